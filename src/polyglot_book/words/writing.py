"""How a language is written: its font, its rules of style, what search makes of its words.

These are data, not code: they stand beside the words of the interface, in the table ``[writing]``
of the extension's and the project's message files. Every key may be left out::

    [writing]
    css = ":lang(xx) em {font-style: normal}"
    search_endings = 'en?$'          # what search leaves off: a JavaScript regex
    search_exact = true              # a mark makes another letter: "schon" does not find "schön"

    [writing.font]                   # for a script that systems lack or draw badly
    family = "Polyglot Bengali"      # the name that the rules of style use
    package = "@fontsource/noto-sans-bengali"    # in frontend/package.json
    file = "noto-sans-bengali-bengali"           # its files' name before the weight
    weights = [400, 700]
    characters = ["0980-09FF", "200C"]           # what it is for, in hexadecimal
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from sphinx.errors import ConfigError


@dataclass(frozen=True)
class Font:
    """A font that comes with the pages; its attributes are the keys of ``[writing.font]``."""

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
    """How a language is written; its attributes are the keys of ``[writing]``."""

    css: str = ""
    search_endings: str = ""
    search_exact: bool = False
    font: Font | None = None


def read(tables: Iterable[tuple[Path, Mapping]]) -> Writing:
    """Join the tables ``[writing]`` of a language's message files; a later one wins.

    Parameters
    ----------
    tables : iterable of (pathlib.Path, mapping)
        Each file, to be named in errors, and its table.

    Raises
    ------
    sphinx.errors.ConfigError
        If a table has an unknown key or a value of the wrong kind, or a font lacks one.
    """
    values: dict = {}
    for path, table in tables:
        values |= _checked(path, "[writing]", Writing, table)
        if "font" in table:
            font = _checked(path, "[writing.font]", Font, table["font"])
            missing = [field.name for field in fields(Font) if field.name not in font]
            if missing:
                raise ConfigError(f"{path}: [writing.font]: missing key {missing[0]!r}")
            values["font"] = Font(**font)
    return Writing(**values)


#: What keys hold that do not hold a text.
_KINDS = {
    "weights": (list, "a list"),
    "characters": (list, "a list"),
    "font": (Mapping, "a table"),
    "search_exact": (bool, "true or false"),
}


def _checked(path: Path, name: str, kind: type, table: Mapping) -> dict:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{path}: {name}: a table is expected, got {table!r}")
    known = [field.name for field in fields(kind)]
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{path}: {name}: unknown key {key!r} (known: {', '.join(known)})")
        expected, described = _KINDS.get(key, (str, "a text"))
        if not isinstance(value, expected):
            raise ConfigError(f"{path}: {name} {key}: {described} is expected, got {value!r}")
    return dict(table)
