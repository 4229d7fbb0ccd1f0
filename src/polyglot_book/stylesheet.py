"""One style sheet out of many, without the rules that no page uses.

The theme brings 400 kB of CSS, most of it for components that a book does not have. A rule is
dropped only if it needs a class or an id that no page and no script of the site mentions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"-?[A-Za-z_][\w-]*")
_ARGUMENTS = re.compile(r":(?:not|is|where|has)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_ATTRIBUTE = re.compile(r"\[[^\]]*\]")
_NEEDED = re.compile(r"[.#]((?:[\w-]|\\.)+)")
#: At-rules that hold rules; any other one with a block holds declarations.
_NESTING = ("@media", "@supports", "@container", "@layer", "@-moz-document")


def words(text: str) -> set[str]:
    """Everything in a page or a script that could be a class or an id.

    Examples
    --------
    >>> sorted(words('<p class="fa-lg note">'))
    ['class', 'fa-lg', 'note', 'p']
    """
    return set(_WORD.findall(text))


def rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Split a style sheet into its top-level rules.

    Yields
    ------
    prelude : str
        Selectors, or an at-rule up to its block.
    block : str or None
        What stands between the braces; None for a statement without a block.

    Examples
    --------
    >>> list(rules('@charset "utf-8";a{color:red}@media print{a{color:black}}'))
    [('@charset "utf-8"', None), ('a', 'color:red'), ('@media print', 'a{color:black}')]
    """
    css = _COMMENT.sub("", css)
    depth, start, opened, quote, i = 0, 0, 0, "", 0
    while i < len(css):
        character = css[i]
        if character == "\\":
            i += 1
        elif quote:
            if character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == "(" and css.startswith("url(", i - 3) and css[i + 1] not in "\"'":
            i = css.index(")", i)
        elif character == "{":
            if depth == 0:
                opened = i
            depth += 1
        elif character == "}":
            depth -= 1
            if depth < 0:
                raise ValueError(f"a closing brace too many near {css[max(0, i - 60) : i + 1]!r}")
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : i].strip()
                start = i + 1
        elif character == ";" and depth == 0:
            yield css[start:i].strip(), None
            start = i + 1
        i += 1
    if depth or quote:
        raise ValueError(f"a style sheet that ends inside a rule: {css[start : start + 60]!r}")


def selectors(prelude: str) -> list[str]:
    """Split a list of selectors at its outer commas.

    Examples
    --------
    >>> selectors("a:is(.b, .c), d")
    ['a:is(.b, .c)', 'd']
    """
    found, depth, start = [], 0, 0
    for i, character in enumerate(prelude):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            found.append(prelude[start:i].strip())
            start = i + 1
    found.append(prelude[start:].strip())
    return found


def needs(selector: str) -> set[str]:
    """Classes and ids that a page must have for a selector to match anything.

    What stands in ``:not()``, ``:is()`` and the like is left out: it may match without.

    Examples
    --------
    >>> sorted(needs("#main .a.b:not(.c) > [class*='.d']"))
    ['a', 'b', 'main']
    """
    bare = _ATTRIBUTE.sub("", selector)
    bare = _ARGUMENTS.sub("", bare)
    return {name.replace("\\", "") for name in _NEEDED.findall(bare)}


def pruned(css: str, used: Callable[[str], bool]) -> str:
    """Drop the rules that no page can match.

    Parameters
    ----------
    css : str
        A style sheet.
    used : callable
        Tells whether a class or an id may appear on a page.

    Returns
    -------
    str
        The rest, in its order, without comments.

    Examples
    --------
    >>> pruned("a{b:c}.x,.y{d:e}@media print{.y{f:g}}", lambda name: name == "x")
    'a{b:c}.x{d:e}'
    """
    kept = []
    for prelude, block in rules(css):
        if block is None:
            if not prelude.startswith(("@charset", "@import")):
                kept.append(prelude + ";")
        elif prelude.startswith(_NESTING):
            inner = pruned(block, used)
            if inner:
                kept.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{block}}}")
        else:
            matching = [s for s in selectors(prelude) if all(map(used, needs(s)))]
            if matching and block:
                kept.append(f"{','.join(matching)}{{{block}}}")
    return "".join(kept)
