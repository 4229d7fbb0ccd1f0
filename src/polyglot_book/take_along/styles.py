"""What of the site's style sheet holds elsewhere: rules for formulas and code, and their fonts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import tinycss2

from ..rendering import mathml, stylesheet

_KEPT = re.compile(r"(^|[\s,>])(math|m[a-z]+|\*)(?=[\s.:,>\[]|$)|\.tml-|\.highlight|\.menclose")
#: Which is for HTML to say, and which EPUB forbids.
_DIRECTION = re.compile(r"(?<![\w-])direction:\s*\w+;?")


def _sheet(site: Path) -> str:
    return (site / "_static" / "polyglot.css").read_text("utf-8")


def formula_fonts(site: Path) -> dict[str, bytes]:
    """Return the fonts of formulas, by the names of their families."""
    return {
        family: (site / "_static" / file).read_bytes() for file, family in mathml.FAMILIES.items()
    }


def formula_rules(site: Path) -> list[str]:
    """Return the rules for formulas and for code."""
    return [rule for rule in plain_rules(_sheet(site)) if _KEPT.search(rule.partition("{")[0])]


def plain_rules(css: str) -> Iterator[str]:
    """Yield rules of style without those for a medium, a browser or a dark room.

    Examples
    --------
    >>> list(plain_rules("a{b:c}[data-theme=dark] a{b:d}@media print{a{b:e}}"))
    ['a{b:c}']
    """
    for rule in stylesheet.parse(css):
        if rule.type == "qualified-rule":
            text = tinycss2.serialize([rule])
            if "dark" not in text.partition("{")[0] and "url(" not in text:
                yield _DIRECTION.sub("", text).strip()
