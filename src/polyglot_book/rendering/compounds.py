"""Short compounds with a hyphen stay on one line: «one-hot», «top-k», «Softmax-এর».

A browser may end a line after any hyphen. That leaves half of a term, or an ending alone at the
beginning of the next line, which is worst in headings and on narrow screens.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from docutils import nodes
from sphinx.application import Sphinx

from .. import order, state

_CLASS = "together"
#: A longer compound may break, or a narrow screen would have to scroll.
_LONGEST = 18

#: A Latin word or a number with a hyphen after it.
_BEGINNING = re.compile(r"(?<![A-Za-z0-9-])[A-Za-z0-9]+(?=-)")


def continues_word(sign: str) -> bool:
    """Tell whether a line may not break between a word and this character.

    That is so for letters and parts of them, but not in a script that breaks lines anywhere.

    Examples
    --------
    >>> [continues_word(sign) for sign in "й্个-"]
    [True, True, False, False]
    """
    return unicodedata.category(sign)[0] in "LM" and unicodedata.east_asian_width(sign) not in "WF"


def _continues_compound(sign: str) -> bool:
    wide = unicodedata.east_asian_width(sign) in "WF"
    return sign == "-" or continues_word(sign) or (unicodedata.category(sign) == "Nd" and not wide)


def _split(text: str) -> list[tuple[str, bool]]:
    """Cut a text into its compounds and what is between them.

    Examples
    --------
    >>> _split("вектор one-hot, не -1")
    [('вектор ', False), ('one-hot', True), (', не -1', False)]
    >>> _split("Softmax-এর") == [("Softmax-এর", True)]
    True
    """
    pieces, done = [], 0
    for match in _BEGINNING.finditer(text):
        if match.start() < done:
            continue
        compound = "".join(takewhile(_continues_compound, text[match.start() :]))
        if compound.endswith("-") or len(compound) > _LONGEST:
            continue
        if between := text[done : match.start()]:
            pieces.append((between, False))
        pieces.append((compound, True))
        done = match.start() + len(compound)
    if rest := text[done:]:
        pieces.append((rest, False))
    return pieces


def _keep_together(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Mark the compounds in the running text of a page."""
    if not state.html_builder(app):
        return
    for node in list(doctree.findall(nodes.Text)):
        # Code and formulas have lines of their own; a text node of anything else is prose.
        if isinstance(node.parent, (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.raw)):
            continue
        pieces = _split(str(node))
        if any(is_compound for _, is_compound in pieces):
            marked = [
                nodes.inline("", piece, classes=[_CLASS]) if is_compound else nodes.Text(piece)
                for piece, is_compound in pieces
            ]
            node.parent.replace(node, marked)


def setup(app: Sphinx) -> None:
    """Mark compounds after references are resolved, which give texts to links."""
    app.connect("doctree-resolved", _keep_together, priority=order.KEEP_COMPOUNDS_TOGETHER)
