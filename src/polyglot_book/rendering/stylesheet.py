"""One style sheet out of many, without the rules that no page uses.

The theme brings 400 kB of CSS, most of it for components that a book does not have. A rule is
dropped only if it needs a class or an id that no page and no script of the site mentions.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import tinycss2
from tinycss2.ast import Node

_WORD = re.compile(r"-?[A-Za-z_][\w-]*")
#: At-rules that hold rules; any other one with a block holds declarations.
_NESTING = {"media", "supports", "container", "layer", "-moz-document"}
#: How the rules of PyData's theme ask for its two colour schemes.
_DARK = re.compile(r"""\[data-theme=["']?dark["']?\]""")
_LIGHT = re.compile(r"""\[data-theme=["']?light["']?\]""")


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


def moved(css: str, folder: str, static: Path) -> str:
    """Return a style sheet for another folder: its addresses rewritten, what it imports put in.

    ``folder`` leads from the new folder, ``static``, to the one where the sheet stands.

    Examples
    --------
    >>> moved("a{b:url(../img/c.png)}d{e:url('#f')}g{h:url(/i)}", "css", Path())
    'a{b:url("img/c.png")}d{e:url("#f")}g{h:url("/i")}'
    """
    if folder == "." and "@import" not in css:
        return css
    kept = []
    for rule in parse(css):
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            address = _address(rule.prelude)
            if not _is_relative(address):
                raise ValueError(f"line {rule.source_line}: it imports {address}: only files of "
                                 "the book can be; name others in html_css_files")  # fmt: skip
            name = posixpath.normpath(posixpath.join(folder, address))
            inner = (static / name).read_text("utf-8")
            kept.append(moved(inner, posixpath.dirname(name) or ".", static))
        else:
            _move_addresses([rule], folder)
            kept.append(rule.serialize())
    return "".join(kept)


def _is_relative(address: str) -> bool:
    return bool(address) and not re.match(r"[a-z][a-z0-9+.-]*:|/|#", address, re.IGNORECASE)


def _address(prelude: Iterable[Node]) -> str:
    """Return the address that an ``@import`` names."""
    for node in prelude:
        if node.type in ("url", "string"):
            return str(node.value)
        if node.type == "function" and node.lower_name == "url":
            return _address(node.arguments)
    return ""


def _move_addresses(nodes: Iterable[Node], folder: str, in_url: bool = False) -> None:
    for node in nodes:
        if node.type == "url" or (in_url and node.type == "string"):
            address = node.value
            if _is_relative(address):
                address = posixpath.normpath(posixpath.join(folder, address))
            quoted = json.dumps(address, ensure_ascii=False)
            node.value = address
            node.representation = quoted if in_url else f"url({quoted})"
        is_url = node.type == "function" and node.lower_name == "url"
        for part in ("prelude", "content", "arguments"):
            _move_addresses(getattr(node, part, None) or (), folder, is_url)


def light_on_paper(css: str) -> str:
    """Give what is printed the colours of the light theme, whichever a reader has chosen.

    Both themes are rules for ``[data-theme=…]``. Those of the dark one are left to screens; those
    of the light one are repeated for paper without asking for the theme.

    Examples
    --------
    >>> light_on_paper("html[data-theme=dark] a{b:c}")
    '@media not print{html[data-theme=dark] a{b:c}}'
    >>> light_on_paper("html[data-theme=light] a,d{b:c}")
    'html[data-theme=light] a,d{b:c}@media print{html[data-theme] a{b:c}}'
    """
    changed = []
    for rule in parse(css):
        if rule.type == "at-rule" and rule.lower_at_keyword in _NESTING and rule.content:
            inner = light_on_paper(tinycss2.serialize(rule.content))
            changed.append(f"@{rule.at_keyword} {_text(rule.prelude)}{{{inner}}}")
            continue
        if rule.type == "at-rule":
            changed.append(rule.serialize())
            continue
        block = _text(rule.content)
        selectors = [_text(selector) for selector in _selectors(rule.prelude)]
        dark = [selector for selector in selectors if _DARK.search(selector)]
        kept = [selector for selector in selectors if selector not in dark]
        light = [_LIGHT.sub("[data-theme]", s) for s in kept if _LIGHT.search(s)]
        for prefix, chosen in (("", kept), ("@media not print", dark), ("@media print", light)):
            if chosen:
                text = f"{','.join(chosen)}{{{block}}}"
                changed.append(f"{prefix}{{{text}}}" if prefix else text)
    return "".join(changed)


def _text(tokens: Iterable[Node]) -> str:
    return tinycss2.serialize([token for token in tokens if token.type != "comment"]).strip()
