"""Short compounds with a hyphen stay on one line: «one-hot», «top-k», «Softmax-এর».

A browser may end a line after any hyphen. That leaves half of a term, or an ending alone at the
beginning of the next line, which is worst in headings and on narrow screens.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from docutils import nodes

CLASS = "together"
#: A longer compound may break, or a narrow screen would have to scroll.
LONGEST = 18

#: A Latin word or a number with a hyphen after it.
_BEGINNING = re.compile(r"(?<![A-Za-z0-9-])[A-Za-z0-9]+(?=-)")


def joins(sign: str) -> bool:
    """Tell a letter or a part of one, but not of a script that breaks lines between any two."""
    return unicodedata.category(sign)[0] in "LM" and unicodedata.east_asian_width(sign) not in "WF"


def _goes_on(sign: str) -> bool:
    wide = unicodedata.east_asian_width(sign) in "WF"
    return sign == "-" or joins(sign) or (unicodedata.category(sign) == "Nd" and not wide)


def split(text: str) -> list[tuple[str, bool]]:
    """Cut a text into its compounds and what is between them.

    Examples
    --------
    >>> split("вектор one-hot, не -1")
    [('вектор ', False), ('one-hot', True), (', не -1', False)]
    >>> split("Softmax-এর") == [("Softmax-এর", True)]
    True
    """
    pieces, done = [], 0
    for match in _BEGINNING.finditer(text):
        if match.start() < done:
            continue
        compound = "".join(takewhile(_goes_on, text[match.start() :]))
        if compound.endswith("-") or len(compound) > LONGEST:
            continue
        if between := text[done : match.start()]:
            pieces.append((between, False))
        pieces.append((compound, True))
        done = match.start() + len(compound)
    if rest := text[done:]:
        pieces.append((rest, False))
    return pieces


def keep_together(app, doctree, docname):
    """Mark the compounds in the running text of a page."""
    if app.builder.format != "html":
        return
    for node in list(doctree.findall(nodes.Text)):
        # Code and formulas have lines of their own; a text node of anything else is prose.
        if isinstance(node.parent, (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.raw)):
            continue
        pieces = split(str(node))
        if any(is_compound for _, is_compound in pieces):
            marked = [
                nodes.inline("", piece, classes=[CLASS]) if is_compound else nodes.Text(piece)
                for piece, is_compound in pieces
            ]
            node.parent.replace(node, marked)


def setup(app):
    """Mark compounds after references are resolved, which give texts to links."""
    app.connect("doctree-resolved", keep_together, priority=950)
