"""How a language is written: its font, its rules of style, what search makes of its words.

These are data, not code: they stand beside the words of the interface, in the table ``[writing]``
of the extension's and the project's message files. Every key may be left out::

    [writing]
    css = ":lang(xx) em {font-style: normal}"
    search_endings = 'en?$'          # what search leaves off: a JavaScript regex
    search_exact = true              # a mark makes another letter: "schon" does not find "schön"
    search_same = [["ae", "a"]]      # what search takes for something else: a regex, plain letters
    words_per_minute = 200           # how fast it is read; 184 unless given
    characters_per_minute = 300      # instead, in a script without spaces

    [writing.font]                   # for a script that systems lack or draw badly
    family = "Polyglot Bengali"      # the name that the rules of style use
    package = "@fontsource/noto-sans-bengali"    # in frontend/package.json
    file = "noto-sans-bengali-bengali"           # its files' name before the weight
    weights = [400, 700]
    characters = ["0980-09FF", "200C"]           # what it is for, in hexadecimal

    [[writing.book_fonts]]           # of PDF and EPUB: what an earlier one lacks a later has
    package = "@fontsource/pt-serif"     # in take_along/frontend/package.json
    file = "pt-serif"                    # its files' name before the subset, the weight, the style
    subsets = ["cyrillic", "latin"]      # may be patterns
    weights = [400, 700]
    italic = true                        # whether it has italics of these weights
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Font:
    """Describe a font that comes with the pages: the keys of ``[writing.font]``."""

    family: str
    package: str
    file: str
    weights: list[int]
    characters: list[str]

    def codepoints(self) -> set[int]:
        """Return the characters that the font is for.

        Examples
        --------
        >>> sorted(Font("F", "p", "f", [400], ["41-43", "200C"]).codepoints())
        [65, 66, 67, 8204]
        """
        found: set[int] = set()
        for span in self.characters:
            first, _, last = span.partition("-")
            found.update(range(int(first, 16), int(last or first, 16) + 1))
        return found


@dataclass(frozen=True)
class Writing:
    """Describe how a language is written: the keys of ``[writing]``."""

    css: str = ""
    search_endings: str = ""
    search_exact: bool = False
    #: In this order, after the folding of letters that is the same in all languages.
    search_same: tuple[tuple[str, str], ...] = ()
    #: The mean of the 17 languages in Trauzettel-Klosinski and Dietz (2012), "Standardized
    #: Assessment of Reading Performance: The New International Reading Speed Texts IReST",
    #: doi:10.1167/iovs.11-8284. They were read aloud, which is about as fast as a text that takes
    #: thought.
    words_per_minute: int = 184
    characters_per_minute: int | None = None
    font: Font | None = None
    book_fonts: tuple[Mapping[str, Any], ...] = ()


def merge(tables: Iterable[Mapping[str, Any]]) -> Writing:
    """Join the tables ``[writing]`` of a language's files: of a key, what a later one says wins."""
    values: dict[str, Any] = {}
    for table in tables:
        values |= table
    font = values.pop("font", None)
    book_fonts = tuple(values.pop("book_fonts", ()))
    same = tuple((expression, letters) for expression, letters in values.pop("search_same", ()))
    return Writing(
        font=None if font is None else Font(**font),
        book_fonts=book_fonts,
        search_same=same,
        **values,
    )
