"""Fonts, style sheet and colors of everything the course draws.

The figures of `softmax_course.figures` and a reader's own Matplotlib code look alike, and have the
letters of the language in use, once `softmax_course.teaching.language.use` has been called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from weakref import WeakKeyDictionary

import matplotlib as mpl
from matplotlib import font_manager, style
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text

from softmax_course.teaching import words

#: The style sheet of the course.
STYLE = Path(__file__).with_name("assets") / "course.mplstyle"

#: Colors of the course, from its style sheet: blue, vermilion, green, purple, ink.
PALETTE: tuple[str, ...] = tuple(
    mpl.rc_params_from_file(STYLE, use_default_template=False)["axes.prop_cycle"].by_key()["color"]
)

#: White to blue, light enough for numbers in ink: a contrast of 4.5 or more on each shade.
TINTS = LinearSegmentedColormap.from_list("tints", ["#ffffff", "#cfe4f3", "#94c5e7"])

#: Orange below zero, blue above, light enough for numbers in ink.
DIVERGING_TINTS = LinearSegmentedColormap.from_list(
    "diverging tints", ["#f5b98f", "#fbe3d2", "#ffffff", "#d5e8f5", "#94c5e7"]
)

#: Orange below zero, blue above, for cells without numbers; an odd count has white in its middle.
DIVERGING = LinearSegmentedColormap.from_list(
    "diverging", [PALETTE[1], "#f5b98f", "#ffffff", "#94c5e7", PALETTE[0]], N=257
)

#: Width in inches of the variant for phones: at 360 pixels its smallest label has 12.
NARROW = 4.2

#: How notebooks offer that variant beside ``image/svg+xml``; others pass over it.
NARROW_MIME = "application/vnd.narrow.svg+xml"

_narrow: WeakKeyDictionary[Figure, Callable[[], Figure]] = WeakKeyDictionary()

# Comes with Matplotlib itself; has the letters with subscripts, arrows and Greek others lack.
_FALLBACK_FAMILY = "DejaVu Sans"

_FONT_SUFFIXES = {".ttf", ".otf", ".ttc"}


#: Where a font is named, for errors about one.
_PLACES = (
    "The font of a language is named in the table [font] of softmax_course/teaching/{file}; one "
    "that is new to the course also in requirements.txt, in pyproject.toml and under "
    "live_cells.fonts in _config.yml, and then pinned by: make lock"
)


class MissingFontError(ImportError):
    """The package that brings a language's font is missing, or cannot be used."""


class MissingGlyphError(ValueError):
    """A figure holds a character that none of the selected fonts can draw."""


def select_style(code: str) -> None:
    """Draw in the course's style, with the fonts of a language, from here on."""
    messages = words.messages(code)
    font = messages["font"]
    least = font.get("matplotlib")
    if least and _version(mpl.__version__) < _version(least):
        raise MissingFontError(
            f"Matplotlib {mpl.__version__} cannot join the letters of "
            f"{messages['language']['name']}; {least} is the first release that can. "
            f'Run: python -m pip install "matplotlib>={least}"'
        )
    for package in font["packages"]:
        for path in _fonts(package, code):
            _add(path)
    style.use(STYLE)
    mpl.rcParams["font.family"] = [*font["families"], _FALLBACK_FAMILY]


def draw_svg_in_notebooks() -> None:
    """Ask the notebook this runs in, if any, to show figures as SVG."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg")
    formatter = ipython.get_ipython().display_formatter
    formatter.formatters["image/svg+xml"].for_type(Figure, as_svg)
    formatter.mimebundle_formatter.for_type(Figure, _narrow_bundle)


def as_svg(figure: Figure) -> str:
    """Write a figure as notebooks show it; if it was drawn before, everything keeps its place."""
    from IPython.core.pylabtools import print_figure

    engine = figure.get_layout_engine()
    is_laid_out = engine is not None and not figure.stale
    if is_laid_out:
        figure.set_layout_engine("none")  # looking for places takes longer than drawing
    try:
        # Without its date an SVG depends on nothing but what is drawn.
        return str(print_figure(figure, "svg", metadata={"Date": None}))
    finally:
        if is_laid_out:
            figure.set_layout_engine(engine)


def offer_narrow(figure: Figure, draw: Callable[[], Figure]) -> None:
    """Remember how to draw the variant of a figure for phones."""
    _narrow[figure] = draw


def narrow_variant(figure: Figure) -> Figure | None:
    """Draw a figure of the course anew for phones; of others there is no such drawing."""
    draw = _narrow.get(figure)
    return None if draw is None else draw()


def _narrow_bundle(figure: Figure) -> dict[str, str]:
    """Return what notebooks offer beside the figure: its variant, or the same with less width."""
    drawn = narrow_variant(figure)
    width, height = figure.get_size_inches()
    try:
        if drawn is None:
            figure.set_size_inches(min(width, NARROW), height)
        svg = as_svg(drawn or figure)
    finally:
        figure.set_size_inches(width, height)
    return {NARROW_MIME: svg}


def check_glyphs(figure: Figure) -> None:
    """Raise if a text of a figure has a character the selected fonts cannot draw.

    Matplotlib itself draws a box in its place and warns.
    """
    drawn = [artist for artist in figure.findobj(Text) if artist.get_visible()]
    letters = sorted({c for artist in drawn for c in artist.get_text() if not c.isspace()})
    if not letters:
        return
    covered = _covered(tuple(mpl.rcParams["font.family"]))
    if lost := [c for c in letters if ord(c) not in covered]:
        raise MissingGlyphError(_remedy(", ".join(f"{c} (U+{ord(c):04X})" for c in lost)))


def _version(release: str) -> tuple[int, int]:
    major, minor = release.split(".")[:2]
    return int(major), int(minor)


def _fonts(package: str, code: str) -> list[Path]:
    """Find the fonts of an installed package, without importing it."""
    remedy = f"Run: python -m pip install {package}"
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise MissingFontError(
            f"the package {package}, which brings the letters for the language {code!r}, "
            f"is not installed. {remedy}. {_PLACES.format(file=f'messages/{code}.toml')}"
        ) from None
    paths = [Path(file.locate()) for file in files if file.suffix.lower() in _FONT_SUFFIXES]
    if fonts := [path for path in paths if path.is_file()]:
        return fonts
    raise MissingFontError(f"the installed package {package} holds no font. {remedy} --upgrade")


@cache
def _add(font: Path) -> None:
    """Make a font known to Matplotlib, which would list it twice if asked twice."""
    font_manager.fontManager.addfont(font)


@cache
def _covered(families: tuple[str, ...]) -> frozenset[int]:
    covered: set[int] = set()
    for family in families:
        # A bare text would be read as a pattern of fontconfig, where a hyphen has a meaning.
        wanted = font_manager.FontProperties(family=[family])
        path = font_manager.findfont(wanted, fallback_to_default=False)
        covered.update(font_manager.get_font(path).get_charmap())
    return frozenset(covered)


def _remedy(what: str) -> str:
    fonts = {code: words.messages(code)["font"]["packages"] for code in words.available()}
    packages = "; ".join(f"{code}: {', '.join(names)}" for code, names in fonts.items() if names)
    return (
        f"no selected font can draw {what}. The language in use is {words.current()!r}: call "
        "language.use with the language of the text before drawing. Fonts come from these pip "
        f"packages ({packages}). {_PLACES.format(file=f'messages/{words.current()}.toml')}"
    )
