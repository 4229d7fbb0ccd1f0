"""pydata-sphinx-theme 0.17.1: a megabyte and a half of icons to show ten.

Its icon fonts and the files that go with them are left out; the few icons that pages show come in a
small font of their own. Needless once the theme lets a book choose its icons.

Its ``<html>`` has a language and no direction: needless once it takes one.

Its script asks every box, those in closed folds too, whether it scrolls. A browser must lay out
each fold for that: on a phone it is most of what the script takes. Needless once the theme learns
it from the browser's own layout, as ``polyglot-book.js`` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import ExtensionError

from .. import order, state
from ..config import Language
from . import scripts

#: Left in the output folder, and asked for by no page of a book without the theme's icon script.
UNUSED_FILES = (
    "_static/**/*.map",
    "_static/**/*.LICENSE.txt",
    "_static/*webpack-macros.html",
    "_static/scripts/fontawesome.js",
    "_static/locales",
    "_static/vendor",
)
#: The theme's own sheets, which the style sheet of the book replaces.
STYLE_FOLDER = "_static/styles"

_STYLE = "styles/pydata-sphinx-theme.css"
#: The icon font's faces: file, the classes that ask for it, what follows ``@font-face{``. The short
#: name is older: the book theme's buttons for repositories have it.
_ICON_FONTS = (
    ("fa-solid-900", (), "font-family:'Font Awesome 6 Free';font-weight:900"),
    ("fa-regular-400", ("fa-regular",), "font-family:'Font Awesome 6 Free';font-weight:400"),
    ("fa-brands-400", ("fa-brands", "fab"), "font-family:'Font Awesome 6 Brands';font-weight:400"),
)
#: A character from the private area that icon fonts use, written as itself or by its number.
_ICON = re.compile(r"([\ue000-\uf8ff])|\\([ef][0-9a-f]{3})(?![0-9a-f])")
_ICON_CONTENT = re.compile(r'(content:("(?:\\[ef][0-9a-f]{3}|[\ue000-\uf8ff])"))(?=[;}])')
_SCRIPT = "scripts/pydata-sphinx-theme.js"
#: Of the script: how boxes that scroll become stops for the Tab key.
_TAB_STOPS = (
    ".forEach(e=>{e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1})"
)
_ICON_FACE = re.compile(r"@font-face\{[^}]*Awesome[^}]*\}")


def language_attribute(language: Language) -> str:
    """Return what its template writes between the quotes of ``<html lang>``.

    It has no place for ``dir``, which pages of a script that runs from right to left need there.

    Examples
    --------
    >>> language_attribute(Language("fa", "fa", "fa", "فارسی", "فارسی"))
    'fa" dir="rtl'
    """
    return f'{language.tag}" dir="rtl' if language.is_right_to_left else language.tag


def static_folder(builder: StandaloneHTMLBuilder) -> Path:
    """Return the theme's ``static`` folder, wherever it is installed."""
    for folder in builder.theme.get_theme_dirs():
        if (Path(folder) / "static" / _STYLE).is_file():
            return Path(folder) / "static"
    raise ExtensionError("polyglot_book needs a theme made on pydata-sphinx-theme")


def style(static: Path) -> str:
    """Return the theme's style sheet without its icon fonts."""
    return _ICON_FACE.sub("", (static / _STYLE).read_text("utf-8"))


def icon_fonts(static: Path, used: Callable[[str], bool]) -> list[tuple[Path, str]]:
    """Return the file of each icon font that pages use, and what its ``@font-face`` begins with."""
    folder = static / "vendor/fontawesome/webfonts"
    return [
        (folder / f"{file}.woff2", face)
        for file, names, face in _ICON_FONTS
        if not names or any(map(used, names))
    ]


def icons(css: str) -> set[int]:
    r"""Return the icons that a style sheet shows, by their numbers in Unicode.

    Examples
    --------
    >>> sorted(map(hex, icons(r'.a:before{content:"\f0c9"}.b:before{content:"\2022"}')))
    ['0xf0c9']
    """
    return {ord(sign) if sign else int(code, 16) for sign, code in _ICON.findall(css)}


def hide_icons(css: str) -> str:
    r"""Mark icons as decoration: screen readers pass over them where browsers know how to say so.

    Examples
    --------
    >>> print(hide_icons(r'.a:before{content:"\f0c9"}'))
    .a:before{content:"\f0c9";content:"\f0c9"/""}
    """
    return _ICON_CONTENT.sub(r'\1;content:\2/""', css)


def _leave_tab_stops(app: Sphinx, exception: Exception | None) -> None:
    if not exception and state.html_builder(app):
        scripts.rewrite(app, _SCRIPT, _TAB_STOPS, "/* polyglot-book.js does it */")


def setup(app: Sphinx) -> None:
    """Connect to the end of a build."""
    app.connect("build-finished", _leave_tab_stops, priority=order.SPEED_SCRIPTS)
