"""The language the course speaks and draws in.

Words live in ``messages/<code>.toml``, one file for each language, one top-level table for each
concern (``[figures]``, ``[quiz]``, …). ``[language]`` names the language, ``[font]`` names the
pip packages that bring its glyphs. A further language is a further file; no code changes.

Examples
--------
>>> from softmax_course import language
>>> language.available()
('bn', 'en', 'ru', 'zh')
>>> with language.using("ru"):
...     language.text("language.name")
'Русский'
"""

from __future__ import annotations

import sys
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from softmax_course._checks import as_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "MissingFont",
    "MissingGlyph",
    "MissingMessage",
    "UnknownLanguage",
    "available",
    "check_glyphs",
    "current",
    "table",
    "text",
    "use",
    "using",
]

MESSAGES = Path(__file__).with_name("messages")
STYLE = Path(__file__).with_name("assets") / "course.mplstyle"

#: Comes with Matplotlib itself; has the letters with subscripts, arrows and Greek others lack.
FALLBACK_FAMILY = "DejaVu Sans"

_FONT_SUFFIXES = {".ttf", ".otf", ".ttc"}
_current = "en"


class UnknownLanguage(LookupError):
    """No message file exists for the language asked for."""


class MissingMessage(LookupError):
    """A message is not in the message file of the current language."""


class MissingFont(ImportError):
    """The package that brings a language's font is missing, or cannot be used."""


class MissingGlyph(UserWarning, ValueError):
    """A figure holds a character that none of the selected fonts can draw.

    A `UserWarning` too, because that is what Matplotlib reports it as.
    """


def available() -> tuple[str, ...]:
    """Codes of the languages that have a message file, sorted.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "bn" in available()
    True
    """
    return tuple(sorted(path.stem for path in MESSAGES.glob("*.toml")))


def current() -> str:
    """Code of the language in use; English until `use` is called.

    Returns
    -------
    str

    Examples
    --------
    >>> with using("zh"):
    ...     current()
    'zh'
    """
    return _current


def use(code: str) -> None:
    """Speak and draw in a language from here on.

    Selects the messages, registers the fonts the language needs (from their pip packages, so a
    machine without any font will do), applies the course's Matplotlib style, asks notebooks for
    SVG, and turns Matplotlib's warning about a missing glyph into `MissingGlyph`. Notebooks show
    derivations and reports in the language from then on (`softmax_course.teaching.display`).

    Parameters
    ----------
    code : str
        A language from `available`, e.g. ``"ru"``.

    Raises
    ------
    TypeError
        If `code` is no text.
    UnknownLanguage
        If no message file exists for `code`.
    MissingFont
        If a font package is not installed, or Matplotlib is too old to shape the script.

    Examples
    --------
    >>> before = current()
    >>> use("bn")
    >>> text("language.name")
    'বাংলা'
    >>> use(before)
    """
    global _current
    _messages(as_text(code, "code"))
    _select_style(code)
    _draw_svg_in_notebooks()
    _report_missing_glyphs()
    _current = code

    # At the top once the front door is a module of its own: `display` asks this one for words.
    from softmax_course.teaching import display

    display.register()


@contextmanager
def using(code: str) -> Iterator[None]:
    """Speak and draw in a language inside a ``with`` block, then return to the one before.

    Matplotlib's settings are restored too.

    Parameters
    ----------
    code : str
        A language from `available`.

    Raises
    ------
    TypeError, UnknownLanguage, MissingFont
        As `use` does.

    Examples
    --------
    >>> with using("ru"):
    ...     text("language.tag")
    'ru'
    """
    global _current
    import matplotlib as mpl

    before = _current
    with mpl.rc_context():
        use(code)
        try:
            yield
        finally:
            _current = before


def text(key: str, **values: object) -> str:
    """One message in the current language.

    Parameters
    ----------
    key : str
        Table and name joined by dots, e.g. ``"figures.softmax_steps.title"``.
    **values
        What the message's ``{placeholders}`` stand for, as in `str.format`. Without any, the
        message is returned as it is written, so that LaTeX needs no doubled braces.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If `key` is no text.
    MissingMessage
        If the language's file has no such message.
    ValueError
        If the message has a placeholder without a value.

    Examples
    --------
    >>> with using("en"):
    ...     text("figures.temperature", T=0.5)
    'T = 0.5'
    """
    message = _lookup(key)
    if not isinstance(message, str):
        raise MissingMessage(
            f"{key!r} in {_file(_current)} is {_kind(message)}, not a message: "
            "name one of its messages, or use language.table for all"
        )
    if not values:
        return message
    try:
        return message.format(**values)
    except (KeyError, IndexError) as error:
        raise ValueError(
            f"the message {key!r} in {_file(_current)} needs a value for {error}; "
            f"given: {', '.join(sorted(values))}"
        ) from None


def table(key: str) -> dict[str, Any]:
    """All messages below a key in the current language.

    Parameters
    ----------
    key : str
        Name of a table, e.g. ``"playground"`` or ``"figures.simplex"``.

    Returns
    -------
    dict
        A copy: strings, lists and tables as they stand in the file.

    Raises
    ------
    TypeError
        If `key` is no text.
    MissingMessage
        If the language's file has no such table.

    Examples
    --------
    >>> with using("zh"):
    ...     table("language")["tag"]
    'zh-CN'
    """
    messages = _lookup(key)
    if not isinstance(messages, Mapping):
        raise MissingMessage(f"{key!r} in {_file(_current)} is {_kind(messages)}, not a table")
    return _copy(messages)


def check_glyphs(figure: Figure) -> None:
    """Raise if a text of a figure has a character the selected fonts cannot draw.

    `use` makes Matplotlib report this too, but only when it draws; called at once, the error
    points at the line that made the figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Raises
    ------
    MissingGlyph
        Names the characters and the remedy.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> with using("ru"):
    ...     check_glyphs(Figure())
    """
    import matplotlib as mpl
    from matplotlib.text import Text

    drawn = [artist for artist in figure.findobj(Text) if artist.get_visible()]
    letters = sorted({c for artist in drawn for c in artist.get_text() if not c.isspace()})
    if not letters:
        return
    families = tuple(mpl.rcParams["font.family"])
    if families == ("sans-serif",):
        families = tuple(mpl.rcParams["font.sans-serif"])
    covered = _covered(families)
    lost = [c for c in letters if ord(c) not in covered]
    if lost:
        raise MissingGlyph(_remedy(", ".join(f"{c} (U+{ord(c):04X})" for c in lost)))


# Messages


def _file(code: str) -> str:
    return f"softmax_course/teaching/messages/{code}.toml"


@cache
def _messages(code: str) -> Mapping[str, Any]:
    if code not in available():
        raise UnknownLanguage(
            f"no language {code!r}: there are {', '.join(available())}. A file {_file(code)}, "
            f"translated from {_file('en')}, would add it"
        )
    with (MESSAGES / f"{code}.toml").open("rb") as stream:
        return tomllib.load(stream)


def _lookup(key: str) -> Any:
    node: Any = _messages(_current)
    for name in as_text(key, "key").split("."):
        if not isinstance(node, Mapping) or name not in node:
            raise MissingMessage(f"no message {key!r} in {_file(_current)}")
        node = node[name]
    return node


def _kind(node: object) -> str:
    names: dict[type, str] = {dict: "a table", list: "a list", str: "a message"}
    return names.get(type(node), "a value")


def _copy(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {name: _copy(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_copy(value) for value in node]
    return node


# Fonts and style


def _select_style(code: str) -> None:
    import matplotlib as mpl
    from matplotlib import style

    font = _messages(code)["font"]
    least = font.get("matplotlib")
    if least and _version(mpl.__version__) < _version(least):
        raise MissingFont(
            f"Matplotlib {mpl.__version__} cannot join the letters of "
            f"{_messages(code)['language']['name']}; {least} is the first release that can. "
            f'Run: python -m pip install "matplotlib>={least}"'
        )
    for package in font["packages"]:
        _register(package, code)
    style.use(STYLE)
    mpl.rcParams["font.family"] = [*font["families"], FALLBACK_FAMILY]


def _version(release: str) -> tuple[int, int]:
    major, minor = release.split(".")[:2]
    return int(major), int(minor)


@cache
def _register(package: str, code: str) -> None:
    """Make the fonts of an installed package known to Matplotlib, without importing it."""
    from matplotlib import font_manager

    remedy = f"Run: python -m pip install {package}"
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise MissingFont(
            f"the package {package}, which brings the letters for the language {code!r}, "
            f"is not installed. {remedy}"
        ) from None
    fonts = [Path(file.locate()) for file in files if file.suffix.lower() in _FONT_SUFFIXES]
    fonts = [path for path in fonts if path.is_file()]
    if not fonts:
        raise MissingFont(f"the installed package {package} holds no font. {remedy} --upgrade")
    for path in fonts:
        font_manager.fontManager.addfont(path)


@cache
def _covered(families: tuple[str, ...]) -> frozenset[int]:
    from matplotlib import font_manager

    covered: set[int] = set()
    for family in families:
        path = font_manager.findfont(family, fallback_to_default=False)
        covered.update(font_manager.get_font(path).get_charmap())
    return frozenset(covered)


def _in_ipython() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _draw_svg_in_notebooks() -> None:
    if not _in_ipython():
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    # Without its date an SVG depends on nothing but what is drawn.
    set_matplotlib_formats("svg", metadata={"Date": None})


# Missing glyphs


def _remedy(what: str) -> str:
    needing = [code for code in available() if _messages(code)["font"]["packages"]]
    packages = "; ".join(
        f"{code}: {', '.join(_messages(code)['font']['packages'])}" for code in needing
    )
    return (
        f"no selected font can draw {what}. The language in use is {_current!r}: call "
        "language.use with the language of the text before drawing. Fonts come from these pip "
        f"packages ({packages}); another script needs its package in the [font] table of its "
        "message file"
    )


def _report_missing_glyphs() -> None:
    """Let Matplotlib's warning about a glyph raise, with the remedy; leave all others alone."""
    warnings.filterwarnings("always", message=r"Glyph \d+ .*missing from font", module="")
    previous = warnings.showwarning
    if getattr(previous, "raises_missing_glyph", False):
        return

    def showwarning(message, category, filename, lineno, file=None, line=None):
        words = str(message)
        if words.startswith("Glyph ") and "missing from font" in words:
            remedy = _remedy(words.partition(" missing from")[0])
            if _in_ipython():
                # IPython shows an exception raised while it displays a figure, and goes on: a line
                # on stderr lets a build that refuses stderr stop.
                print(f"MissingGlyph: {remedy}", file=sys.stderr)
            raise MissingGlyph(remedy)
        previous(message, category, filename, lineno, file, line)

    showwarning.raises_missing_glyph = True  # type: ignore[attr-defined]
    warnings.showwarning = showwarning
