"""What a page loads: one style sheet, few scripts, small fonts, the icons it shows; nothing else.

The themes load a megabyte and a half of icons to show ten, style sheets for components a book does
not have, and tools that other parts of this extension replace. Everything here happens while the
book is built, from packages installed at pinned versions; no page asks another site for anything.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

from polyglot_book import fonts, i18n, mathml, registry, stylesheet

STYLESHEET = "polyglot.css"

#: Scripts of other search engines and of Sphinx's own keyboard shortcuts.
UNUSED_SCRIPTS = ("sphinx_highlight.js", "doctools.js", "searchtools.js", "language_data.js")
#: Inline settings that only those scripts read; they would run before what they set.
UNUSED_SETTINGS = "DOCUMENTATION_OPTIONS."

#: Left in the output folder by Sphinx and the themes, and asked for by no page.
UNUSED_FILES = (
    "_static/**/*.map",
    "_static/**/*.LICENSE.txt",
    "_static/*webpack-macros.html",
    "_static/file.png",
    "_static/minus.png",
    "_static/plus.png",
    "_static/scripts/fontawesome.js",
    "_static/locales",
    "_static/vendor",
    *(f"_static/{name}" for name in UNUSED_SCRIPTS),
)

#: The icon font's faces: file, the class that asks for it, what follows ``@font-face{``.
ICONS = (
    ("fa-solid-900", None, "font-family:'Font Awesome 6 Free';font-weight:900"),
    ("fa-regular-400", "fa-regular", "font-family:'Font Awesome 6 Free';font-weight:400"),
    ("fa-brands-400", "fa-brands", "font-family:'Font Awesome 6 Brands';font-weight:400"),
)
#: A character from the private area that icon fonts use, written as itself or by its number.
_ICON = re.compile(r"([\ue000-\uf8ff])|\\([ef][0-9a-f]{3})(?![0-9a-f])")
_ICON_CONTENT = re.compile(r'(content:("(?:\\[ef][0-9a-f]{3}|[\ue000-\uf8ff])"))(?=[;}])')


def icon_rules(css: str, theme: Path, used: Callable[[str], bool], cache: Path) -> str:
    """Font rules with the icons that a style sheet still shows, in the style sheet itself.

    Parameters
    ----------
    css : str
        The style sheet, without rules for icons that no page shows.
    theme : pathlib.Path
        The ``static`` folder of pydata-sphinx-theme, which brings the icon fonts.
    used : callable
        Tells whether a class may appear on a page.
    cache : pathlib.Path
        Folder that keeps fonts between builds.

    Returns
    -------
    str
        CSS rules.
    """
    codepoints = {ord(sign) if sign else int(code, 16) for sign, code in _ICON.findall(css)}
    result = []
    for file, name, face in ICONS:
        if name is None or used(name):
            source = theme / f"vendor/fontawesome/webfonts/{file}.woff2"
            font = fonts.data_uri(fonts.subset(source, codepoints, [], cache))
            result.append(f"@font-face{{{face};src:url({font}) format('woff2')}}")
    return "".join(result)


def _font_file(code: str, weight: int) -> str:
    return f"polyglot-{code}-{weight}.woff2"


def _font_rules(app) -> str:
    """Write the text fonts of the book's languages, and return the rules that name them."""
    modules, cache = app.polyglot_formulas.modules, app.polyglot_formulas.cache
    result = []
    for code, language in registry.of(app).languages.items():
        font = i18n.of(app).writing[code].font
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
                names = {ord(c) for c in language.name + language.short}
                data = fonts.subset(source, names, ["*"], cache)
                result.append(
                    f"@font-face{{font-family:'Polyglot Names';src:url({fonts.data_uri(data)})"
                    f" format('woff2');unicode-range:{fonts.unicode_range(names)}}}"
                )
    return "".join(result)


def _math_rules(app) -> str:
    """Temml's style sheet with the book's own font in it, so that no formula waits for a font.

    A browser decodes a font when it first lays text out in it. The sign that nobody sees makes that
    the first layout of all, not the one that meets the first formula.
    """
    css = (app.polyglot_formulas.modules / "temml/dist/Temml-STIX2.css").read_text("utf-8")
    kept = [
        rule.serialize()
        for rule in stylesheet.parse(css)
        if getattr(rule, "lower_at_keyword", None) != "font-face"
    ]
    css = "".join(kept).replace("STIX2", "'Polyglot Math'")
    font = fonts.data_uri(app.polyglot_formulas.font())
    return (
        f"@font-face{{font-family:'Polyglot Math';src:url({font}) format('woff2')}}{css}"
        "body::before{content:'=';position:absolute;visibility:hidden;font-family:'Polyglot Math'}"
    )


def _theme_static(app) -> Path:
    """Return the ``static`` folder of pydata-sphinx-theme, wherever it is installed."""
    for folder in app.builder.theme.get_theme_dirs():
        if (Path(folder) / "static/styles/pydata-sphinx-theme.css").is_file():
            return Path(folder) / "static"
    raise ExtensionError("polyglot_book needs a theme made on pydata-sphinx-theme")


def lighten(app, pagename, templatename, context, doctree):
    """Take from a page what it need not load, and give it the scripts of this extension."""
    if app.builder.format != "html":
        return
    for sheet in context["css_files"]:
        if "://" in str(sheet.filename):
            raise ExtensionError(f"{pagename}: a style sheet of another site: {sheet.filename}")
        app.polyglot_sheets.setdefault(str(sheet.filename))
    context["css_files"] = []
    context["polyglot_stylesheet"] = STYLESHEET
    language = registry.of(app).language_of(pagename)
    font = i18n.of(app).writing[language.code].font if language else None
    weights = font.weights if font else []
    context["polyglot_fonts"] = [_font_file(language.code, weight) for weight in weights]

    scripts = []
    for script in context["script_files"]:
        name = str(script.filename or "")
        body = script.attributes.get("body") or ""
        if "://" in name:
            raise ExtensionError(f"{pagename}: a script of another site: {name}")
        if name.endswith(UNUSED_SCRIPTS) or body.startswith(UNUSED_SETTINGS):
            continue
        if name and "async" not in script.attributes:
            # Later than the style sheet and the text, which a reader waits for.
            attributes = {**script.attributes, "defer": "defer", "fetchpriority": "low"}
            script = type(script)(script.filename, priority=script.priority, **attributes)
        scripts.append(script)
    context["script_files"] = scripts


def correct_roles(app, pagename, templatename, context, doctree):
    """Give entries of a bibliography a role that a list may hold: docutils writes a retired one."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def add_script(app, pagename, templatename, context, doctree):
    """Add the extension's script, with its words in the page's language."""
    say = i18n.of(app).text
    app.add_js_file(
        "polyglot-book.js",
        loading_method="defer",
        **{
            "data-copy": say("Copy LaTeX"),
            "data-copied": say("Copied!"),
            "data-failed": say("Failed to copy"),
            "data-formula": say("Formula, scrolls sideways"),
            "data-table": say("Table, scrolls sideways"),
            "data-output": say("Output, scrolls sideways"),
            "data-code": say("Code, scrolls sideways"),
        },
    )


def finish(app, exception):
    """Make the style sheet of what the pages turned out to use; remove what none asks for."""
    if exception or app.builder.format != "html" or not app.polyglot_sheets:
        return  # without a sheet no page was written: Sphinx has copied nothing to make it of
    out = Path(app.outdir)
    for pattern in UNUSED_FILES:
        for path in sorted(out.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    used: set[str] = set()
    for page in out.rglob("*.html"):
        used |= stylesheet.words(page.read_text("utf-8"))
    prefixes = []
    for script in (out / "_static").rglob("*.js"):
        mentioned = stylesheet.words(script.read_text("utf-8"))
        used |= mentioned
        # "bs-tooltip-" + side, and the like
        prefixes.extend(word for word in mentioned if word.endswith("-") and len(word) > 3)
    prefix = tuple(prefixes)

    def is_used(name: str) -> bool:
        return name in used or (bool(prefix) and name.startswith(prefix))

    theme = _theme_static(app)
    parts = [(out / "_static/basic.css").read_text("utf-8")]
    themes = (theme / "styles/pydata-sphinx-theme.css").read_text("utf-8")
    parts.append(_without_icon_fonts(themes))
    own = ""
    # Those of all pages, and those that some page has added for itself.
    names = [str(sheet.filename) for sheet in app.builder._css_files]
    names = list(dict.fromkeys([*names, *app.polyglot_sheets]))
    for name in names:
        text = (out / name).read_text("utf-8")
        if name.endswith("polyglot-book.css"):
            own = text
        else:
            parts.append(text)
    parts.append(own)
    parts.extend(writing.css for writing in i18n.of(app).writing.values())
    css = "\n".join(stylesheet.pruned(part, is_used) for part in parts)
    # Icons are decoration: screen readers pass over them where browsers know how to say so.
    css = _ICON_CONTENT.sub(r'\1;content:\2/""', css)
    css = css.replace("}.", "}\n.")  # lines, for whoever looks into it
    generated = _math_rules(app) + _font_rules(app)
    generated += icon_rules(css, theme, is_used, app.polyglot_formulas.cache)
    (out / "_static" / STYLESHEET).write_text(generated + "\n" + css, "utf-8")
    for name in names:
        (out / name).unlink()
    for name in ("_static/basic.css", "_static/styles"):
        path = out / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _without_icon_fonts(css: str) -> str:
    return re.sub(r"@font-face\{[^}]*Awesome[^}]*\}", "", css)


def check_alternatives(app, doctree, docname):
    """Refuse a figure that says nothing to those who do not see it."""
    if app.builder.format != "html":
        return
    missing = [
        mathml.place_of(image, docname) + f": {image['uri']}"
        for image in doctree.findall(nodes.image)
        if not image.get("alt", "").strip() or image["alt"] in (image["uri"], image.get("original"))
    ]
    if missing:
        raise ExtensionError(
            "figures without alternative text (alt: in the cell's metadata under "
            "mystnb.image, or in the directive):\n" + "\n".join(missing)
        )


def prepare(app):
    """Begin a build."""
    app.polyglot_sheets = {}


def remove_orphans(app, env, added, changed, removed):
    """Delete pages that the book no longer has: they would stay on the site, and be found."""
    if app.builder.format == "html":
        for docname in removed:
            Path(app.builder.get_outfilename(docname)).unlink(missing_ok=True)
    return []


def setup(app):
    """Connect to Sphinx; after the other parts, which add sheets and scripts of their own."""
    app.connect("builder-inited", prepare)
    app.connect("env-get-outdated", remove_orphans)
    app.add_css_file("polyglot-book.css", priority=900)
    app.connect("html-page-context", add_script, priority=500)
    app.connect("html-page-context", correct_roles)
    app.connect("html-page-context", lighten, priority=950)
    app.connect("doctree-resolved", check_alternatives)
    app.connect("build-finished", finish, priority=800)
