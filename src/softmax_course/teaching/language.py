"""The language the course speaks and draws in: what a notebook calls first.

Words come from `softmax_course.teaching.words`, fonts and style of figures from
`softmax_course.teaching.plotting`.

Examples
--------
>>> from softmax_course import language
>>> {"bn", "en", "ru"} <= set(language.available())
True
>>> with language.using("ru"):
...     language.text("language.name")
'Русский'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from softmax_course.teaching import display, words
from softmax_course.teaching.words import (
    MissingMessageError,
    UnknownLanguageError,
    available,
    current,
    table,
    text,
)

__all__ = [
    "MissingMessageError",
    "UnknownLanguageError",
    "available",
    "current",
    "table",
    "text",
    "use",
    "using",
]


def use(code: str) -> None:
    """Speak and draw in a language from here on.

    Selects the messages, registers the fonts the language needs (from their pip packages, so a
    machine without any font will do), applies the course's Matplotlib style and asks notebooks for
    SVG. Notebooks show derivations and reports in the language from then on
    (`softmax_course.teaching.display`). Loads Matplotlib.

    Parameters
    ----------
    code : str
        A language from `available`, e.g. ``"ru"``.

    Raises
    ------
    TypeError
        If `code` is no text.
    UnknownLanguageError
        If no message file exists for `code`.
    softmax_course.teaching.plotting.MissingFontError
        If a font package is not installed, or Matplotlib is too old to shape the script.

    See Also
    --------
    using : Return to the language before at the end of a ``with`` block.
    current : The language in use.

    Examples
    --------
    >>> before = current()
    >>> use("bn")
    >>> text("language.name")
    'বাংলা'
    >>> use(before)
    """
    from softmax_course.teaching import plotting

    plotting.select_style(code)
    plotting.draw_svg_in_notebooks()
    words.select(code)
    display.register()


@contextmanager
def using(code: str) -> Iterator[None]:
    """Speak and draw in a language inside a ``with`` block, then return to the one before.

    Matplotlib's settings are restored too.

    Parameters
    ----------
    code : str
        A language from `available`.

    Yields
    ------
    None
        Nothing; the block runs in the language.

    Raises
    ------
    TypeError, UnknownLanguageError, softmax_course.teaching.plotting.MissingFontError
        As `use` does.

    See Also
    --------
    use : Stay in the language.

    Examples
    --------
    >>> with using("ru"):
    ...     text("language.tag")
    'ru'
    """
    import matplotlib as mpl

    before = current()
    with mpl.rc_context():
        use(code)
        try:
            yield
        finally:
            words.select(before)
