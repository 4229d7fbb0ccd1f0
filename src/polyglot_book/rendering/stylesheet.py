"""One style sheet out of many, without the rules that no page uses.

The theme brings 400 kB of CSS, most of it for components that a book does not have. A rule is
dropped only if it needs a class or an id that no page and no script of the site mentions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

import tinycss2
from tinycss2.ast import Node

_WORD = re.compile(r"-?[A-Za-z_][\w-]*")
#: At-rules that hold rules; any other one with a block holds declarations.
_NESTING = {"media", "supports", "container", "layer", "-moz-document"}


def words(text: str) -> set[str]:
    """Return everything in a page or a script that could be a class or an id."""
    return set(_WORD.findall(text))


def parse(css: str | Iterable[Node]) -> list[Node]:
    """Split a style sheet, or the inside of an at-rule, into its rules; mistakes are errors."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    for rule in rules:
        if rule.type == "error":
            raise ValueError(f"a style sheet, line {rule.source_line}: {rule.message}")
    return rules


def _selectors(prelude: Iterable[Node]) -> list[list[Node]]:
    """Split a list of selectors at its outer commas.

    Examples
    --------
    >>> [rule] = parse("a:is(.b, .c), d {}")
    >>> [tinycss2.serialize(selector) for selector in _selectors(rule.prelude)]
    ['a:is(.b, .c)', ' d ']
    """
    found: list[list[Node]] = [[]]
    for token in prelude:
        if token == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def _needs(selector: list[Node]) -> set[str]:
    """Return the classes and ids that a page must have for a selector to match anything.

    What stands in ``:not()``, ``:is()`` and the like is left out: it may match without.

    Examples
    --------
    >>> [rule] = parse("#main .a.b:not(.c) > [class*='.d'] {}")
    >>> sorted(_needs(rule.prelude))
    ['a', 'b', 'main']
    """
    classes = {b.value for a, b in pairwise(selector) if a == "." and b.type == "ident"}
    return classes | {token.value for token in selector if token.type == "hash"}


def prune(css: str | Iterable[Node], used: Callable[[str], bool]) -> str:
    """Drop the rules that no page can match, given what tells whether it may have a name.

    Examples
    --------
    >>> prune("a{b:c}.x,.y{d:e}@media print{.y{f:g}}", lambda name: name == "x")
    'a{b:c}.x{d:e}'
    """
    kept = []
    for rule in parse(css):
        if rule.type == "at-rule" and rule.lower_at_keyword in _NESTING and rule.content:
            inner = prune(rule.content, used)
            if inner:
                kept.append(f"@{rule.at_keyword} {_text(rule.prelude)}{{{inner}}}")
        elif rule.type == "at-rule":
            if rule.lower_at_keyword not in {"charset", "import"}:
                kept.append(rule.serialize())
        else:
            matching = [s for s in _selectors(rule.prelude) if all(map(used, _needs(s)))]
            block = _text(rule.content)
            if matching and block:
                kept.append(f"{','.join(map(_text, matching))}{{{block}}}")
    return "".join(kept)


def _text(tokens: Iterable[Node]) -> str:
    return tinycss2.serialize([token for token in tokens if token.type != "comment"]).strip()
