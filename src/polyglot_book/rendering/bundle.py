"""What a page loads: one style sheet, few scripts, small fonts, the icons it shows; nothing else.

The themes bring style sheets for components that a book does not have, and tools that other parts
of this extension replace. Everything here happens while the book is built, from packages installed
at pinned versions; no page asks another site for anything.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from .. import order, state
from ..compat import jupyter_book, pydata_theme, sphinx_core
from ..config import Language
from ..words import catalogs
from . import fonts, mathml, node, stylesheet

_STYLESHEET = "polyglot.css"
#: The same as in a mirror, and what a mirror does not know.
_MIRRORED = "polyglot.rtl.css"
_MIRRORED_ONLY = "_static/polyglot-rtl.css"
#: Of MyST-NB and sphinx-copybutton: code runs from left to right in every language.
_SHEETS_OF_CODE = ("mystnb", "copybutton", "pygments")
#: What a language may change: see `messages/zh.toml`.
_SEMIBOLD = re.compile(r"(font-weight(?:-heading)?):\s*600\b")
#: Put after those of others, in this order.
_LAST_STYLES = ("_static/polyglot-book.css", "_static/polyglot-print.css")


def sheet_of(language: Language | None) -> str:
    """Return the name of the style sheet that the pages of a language load."""
    return _MIRRORED if language and language.is_right_to_left else _STYLESHEET


def _bundle_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Take from a page the sheets and scripts that it need not load; defer the others."""
    seen = state.of(app).style_sheets
    # Whether other sites may be asked, `site.content_policy` says, of all pages at once.
    remote = [sheet for sheet in context["css_files"] if "//" in str(sheet.filename)]
    for sheet in context["css_files"]:
        if sheet not in remote:
            seen.setdefault(str(sheet.filename))
    context["css_files"] = remote
    language = state.of(app).registry.language_of(pagename)
    context["polyglot_stylesheet"] = sheet_of(language)
    font = catalogs.of(app).writing[language.code].font if language else None
    own = [_font_file(language.code, each) for each in font.weights] if language and font else []
    context["polyglot_fonts"] = [*own, *mathml.fonts_of(context.get("body", ""))]

    scripts = []
    for script in context["script_files"]:
        name = str(script.filename or "")
        body = script.attributes.get("body") or ""
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
        own = f":not(:lang({language.tag}))>[lang]:lang({language.tag})"
        result.append(
            f"{own}{{font-family:'{font.family}',sans-serif}}"
            f".polyglot-switcher {own}{{font-family:'Polyglot Names','{font.family}',sans-serif}}"
        )
    return "".join(result)


def _math_rules(app: Sphinx) -> str:
    """Write the fonts of formulas; return Temml's style sheet, which names them.

    Pages with formulas preload them, so that the first layout is the last. The sign that nobody
    sees asks for the font at once where there is no preload, in a page from a folder.
    """
    formulas = mathml.of(app)
    css = (formulas.modules / "temml/dist/Temml-STIX2.css").read_text("utf-8")
    kept = [
        rule.serialize()
        for rule in stylesheet.parse(css)
        if getattr(rule, "lower_at_keyword", None) != "font-face"
    ]
    rules = []
    for name, data in formulas.font_files().items():
        (Path(app.outdir) / "_static" / name).write_bytes(data)
        family = mathml.FAMILIES[name]
        rules.append(f"@font-face{{font-family:'{family}';src:url({name}) format('woff2')}}")
    css = "".join([*rules, *kept]).replace("STIX2", "'Polyglot Math'")
    unseen = "content:'=';position:absolute;visibility:hidden;font-family:'Polyglot Math'"
    return f"{css}body::before{{{unseen}}}"


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


def _moved(out: Path, name: str) -> str:
    """Return a style sheet as it reads in the folder of the book's: with what it imports."""
    try:
        text = (out / name).read_text("utf-8")
        folder = posixpath.relpath(posixpath.dirname(name), "_static")
        return stylesheet.moved(text, folder, out / "_static")
    except (OSError, ValueError) as error:
        raise ExtensionError(f"{name}: {error}") from error


def _remove(out: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in sorted(out.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _finish(css: str, is_used: Callable[[str], bool]) -> str:
    """Return what the bundle takes of a style sheet."""
    css = stylesheet.prune(css, is_used)
    css = stylesheet.light_on_paper(pydata_theme.hide_icons(css))
    css = _SEMIBOLD.sub(r"\1:var(--polyglot-semibold,600)", css)
    return css.replace("}.", "}\n.")  # lines, for whoever looks into it


def _mirror(sheets: dict[str, str], modules: Path) -> dict[str, str]:
    """Return the style sheets of pages from right to left, but for those that code alone has."""
    turned = {
        name: css for name, css in sheets.items() if not Path(name).name.startswith(_SHEETS_OF_CODE)
    }
    return sheets | node.run("mirror.mjs", modules, turned)


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
    # Those of all pages, and those that some page has added for itself.
    names = list(dict.fromkeys([*sphinx_core.style_sheets(builder), *seen]))
    left_out = {*_LAST_STYLES, *jupyter_book.UNUSED_STYLES}
    ordered = [name for name in names if name not in left_out] + list(_LAST_STYLES)
    sources = {name: _moved(out, name) for name in ["_static/basic.css", *ordered]}
    sources["_static/basic.css"] += pydata_theme.style(static)
    for code, writing in catalogs.of(app).writing.items():
        sources[code] = writing.css
    sheets = {name: _finish(source, is_used) for name, source in sources.items()}
    css = "\n".join(sheets.values())
    formulas = mathml.of(app)
    generated = _math_rules(app) + _font_rules(app)
    generated += _icon_rules(css, static, is_used, formulas.cache)
    (out / "_static" / _STYLESHEET).write_text(generated + "\n" + css, "utf-8")
    if any(one.is_right_to_left for one in state.of(app).registry.languages.values()):
        own = stylesheet.prune((out / _MIRRORED_ONLY).read_text("utf-8"), is_used)
        css = "\n".join([*_mirror(sheets, formulas.modules).values(), own])
        (out / "_static" / _MIRRORED).write_text(generated + "\n" + css, "utf-8")
    unneeded = (*names, *jupyter_book.UNUSED_FILES, _MIRRORED_ONLY, "_static/basic.css")
    _remove(out, (*unneeded, pydata_theme.STYLE_FOLDER))


def setup(app: Sphinx) -> None:
    """Give pages the bundle in place of what Sphinx, the themes and extensions add."""
    for name in ("polyglot-identity.css", "polyglot-type.css", "polyglot-scroll-edges.css"):
        app.add_css_file(name, priority=order.PAGE_STYLE)
    for name in _LAST_STYLES:
        app.add_css_file(Path(name).name, priority=order.PAGE_STYLE)
    app.connect("html-page-context", _add_script, priority=order.ADD_PAGE_SCRIPT)
    app.connect("html-page-context", _bundle_assets, priority=order.BUNDLE_ASSETS)
    app.connect("build-finished", _write_bundle, priority=order.WRITE_BUNDLE)
