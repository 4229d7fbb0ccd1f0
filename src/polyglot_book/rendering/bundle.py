"""What a page loads: one style sheet, few scripts, small fonts, the icons it shows; nothing else.

The themes bring style sheets for components that a book does not have, and tools that other parts
of this extension replace. Everything here happens while the book is built, from packages installed
at pinned versions; no page asks another site for anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from .. import order, state
from ..compat import pydata_theme, sphinx_core
from ..words import catalogs
from . import fonts, mathml, stylesheet

_STYLESHEET = "polyglot.css"
#: Put after those of others, in this order.
_LAST_STYLES = ("_static/polyglot-book.css", "_static/polyglot-print.css")


def _bundle_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Take from a page the sheets and scripts that it need not load; defer the others."""
    seen = state.of(app).style_sheets
    for sheet in context["css_files"]:
        if "://" in str(sheet.filename):
            raise ExtensionError(f"{pagename}: a style sheet of another site: {sheet.filename}")
        seen.setdefault(str(sheet.filename))
    context["css_files"] = []
    context["polyglot_stylesheet"] = _STYLESHEET
    language = state.of(app).registry.language_of(pagename)
    font = catalogs.of(app).writing[language.code].font if language else None
    context["polyglot_fonts"] = (
        [_font_file(language.code, weight) for weight in font.weights] if language and font else []
    )

    scripts = []
    for script in context["script_files"]:
        name = str(script.filename or "")
        body = script.attributes.get("body") or ""
        if "://" in name:
            raise ExtensionError(f"{pagename}: a script of another site: {name}")
        if name.endswith(sphinx_core.UNUSED_SCRIPTS) or body.startswith(
            sphinx_core.UNUSED_SETTINGS
        ):
            continue
        if name and "async" not in script.attributes:
            # Later than the style sheet and the text, which a reader waits for.
            attributes = {**script.attributes, "defer": "defer", "fetchpriority": "low"}
            script = type(script)(script.filename, priority=script.priority, **attributes)
        scripts.append(script)
    context["script_files"] = scripts


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Add the extension's script, with its words in the page's language."""
    say = catalogs.of(app).text
    words: dict[str, Any] = {
        "data-copy": say("Copy LaTeX"),
        "data-copied": say("Copied!"),
        "data-failed": say("Failed to copy"),
        "data-formula": say("Formula, scrolls sideways"),
        "data-table": say("Table, scrolls sideways"),
        "data-output": say("Output, scrolls sideways"),
        "data-code": say("Code, scrolls sideways"),
    }
    app.add_js_file("polyglot-book.js", loading_method="defer", **words)


def _font_file(code: str, weight: int) -> str:
    return f"polyglot-{code}-{weight}.woff2"


def _font_rules(app: Sphinx) -> str:
    """Write the text fonts of the book's languages, and return the rules that name them."""
    modules, cache = mathml.of(app).modules, mathml.of(app).cache
    result = []
    for code, language in state.of(app).registry.languages.items():
        font = catalogs.of(app).writing[code].font
        if font is None:
            continue
        used = font.codepoints()
        for weight in font.weights:
            source = modules / font.package / "files" / f"{font.file}-{weight}-normal.woff2"
            file = _font_file(code, weight)
            data = fonts.subset(source, used, ["*"], cache)
            (Path(app.outdir) / "_static" / file).write_bytes(data)
            result.append(
                f"@font-face{{font-family:'{font.family}';font-weight:{weight};font-display:swap;"
                f"src:url({file}) format('woff2');unicode-range:{fonts.unicode_range(used)}}}"
            )
            if weight == font.weights[0]:
                # The language's name, for the switcher on pages of the others.
                shown = language.name + language.short
                if language.is_draft:
                    shown += catalogs.of(app).text("draft", language)
                names = {ord(c) for c in shown} & used
                data = fonts.subset(source, names, ["*"], cache)
                result.append(
                    f"@font-face{{font-family:'Polyglot Names';src:url({fonts.data_uri(data)})"
                    f" format('woff2');unicode-range:{fonts.unicode_range(names)}}}"
                )
        # On pages of other languages; in the switcher, where the few letters are enough.
        own = f":not(:lang({language.tag}))>:lang({language.tag})"
        result.append(
            f"{own}{{font-family:'{font.family}',sans-serif}}"
            f".polyglot-switcher {own}{{font-family:'Polyglot Names','{font.family}',sans-serif}}"
        )
    return "".join(result)


def _math_rules(formulas: mathml.Formulas) -> str:
    """Temml's style sheet with the book's own font in it, so that no formula waits for a font.

    A browser decodes a font when it first lays text out in it. The sign that nobody sees makes that
    the first layout of all, not the one that meets the first formula.
    """
    css = (formulas.modules / "temml/dist/Temml-STIX2.css").read_text("utf-8")
    kept = [
        rule.serialize()
        for rule in stylesheet.parse(css)
        if getattr(rule, "lower_at_keyword", None) != "font-face"
    ]
    css = "".join(kept).replace("STIX2", "'Polyglot Math'")
    font = fonts.data_uri(formulas.font())
    primes = fonts.data_uri(formulas.primes())
    return (
        f"@font-face{{font-family:'Polyglot Math';src:url({font}) format('woff2')}}"
        f"@font-face{{font-family:'Polyglot Primes';src:url({primes}) format('woff2')}}{css}"
        "body::before{content:'=';position:absolute;visibility:hidden;font-family:'Polyglot Math'}"
    )


def _icon_rules(css: str, static: Path, is_used: Callable[[str], bool], cache: Path) -> str:
    """Return rules that hold small fonts of the icons that a style sheet shows."""
    icons = pydata_theme.icons(css)
    result = []
    for source, face in pydata_theme.icon_fonts(static, is_used):
        font = fonts.data_uri(fonts.subset(source, icons, [], cache))
        result.append(f"@font-face{{{face};src:url({font}) format('woff2')}}")
    return "".join(result)


def _names_in_use(out: Path) -> Callable[[str], bool]:
    """Return a function that tells whether a page or a script of the site has a class or an id."""
    used: set[str] = set()
    for page in out.rglob("*.html"):
        used |= stylesheet.words(page.read_text("utf-8"))
    prefixes: list[str] = []
    for script in (out / "_static").rglob("*.js"):
        mentioned = stylesheet.words(script.read_text("utf-8"))
        used |= mentioned
        # "bs-tooltip-" + side, and the like
        prefixes.extend(word for word in mentioned if word.endswith("-") and len(word) > 3)
    prefix = tuple(prefixes)
    return lambda name: name in used or name.startswith(prefix)


def _remove(out: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in sorted(out.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _write_bundle(app: Sphinx, exception: Exception | None) -> None:
    """Make the style sheet of what the pages turned out to use; remove what none asks for."""
    builder = state.html_builder(app)
    if exception or builder is None:
        return
    seen = state.of(app).style_sheets
    if not seen:
        return  # no page was written: Sphinx has copied nothing to make a sheet of
    out = Path(app.outdir)
    _remove(out, (*sphinx_core.UNUSED_FILES, *pydata_theme.UNUSED_FILES))
    is_used = _names_in_use(out)

    static = pydata_theme.static_folder(builder)
    parts = [(out / "_static/basic.css").read_text("utf-8"), pydata_theme.style(static)]
    # Those of all pages, and those that some page has added for itself.
    names = list(dict.fromkeys([*sphinx_core.style_sheets(builder), *seen]))
    for name in [n for n in names if n not in _LAST_STYLES] + list(_LAST_STYLES):
        parts.append((out / name).read_text("utf-8"))
    parts.extend(writing.css for writing in catalogs.of(app).writing.values())
    css = "\n".join(stylesheet.prune(part, is_used) for part in parts)
    css = stylesheet.light_on_paper(pydata_theme.hide_icons(css))
    css = css.replace("}.", "}\n.")  # lines, for whoever looks into it
    formulas = mathml.of(app)
    generated = _math_rules(formulas) + _font_rules(app)
    generated += _icon_rules(css, static, is_used, formulas.cache)
    (out / "_static" / _STYLESHEET).write_text(generated + "\n" + css, "utf-8")
    _remove(out, (*names, "_static/basic.css", pydata_theme.STYLE_FOLDER))


def setup(app: Sphinx) -> None:
    """Give pages the bundle in place of what Sphinx, the themes and extensions add."""
    for name in ("polyglot-identity.css", "polyglot-type.css", "polyglot-scroll-edges.css"):
        app.add_css_file(name, priority=order.PAGE_STYLE)
    for name in _LAST_STYLES:
        app.add_css_file(Path(name).name, priority=order.PAGE_STYLE)
    app.connect("html-page-context", _add_script, priority=order.ADD_PAGE_SCRIPT)
    app.connect("html-page-context", _bundle_assets, priority=order.BUNDLE_ASSETS)
    app.connect("build-finished", _write_bundle, priority=order.WRITE_BUNDLE)
