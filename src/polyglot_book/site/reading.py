"""How much there is to read and to do on a page: minutes of prose, exercises."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .. import order, state
from ..config import Language
from ..words import catalogs

#: Not read as sentences are. A formula in a sentence counts as one word.
_NO_PROSE = (
    nodes.literal_block,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
    nodes.image,
    addnodes.toctree,
)
#: Code, what it prints, and what is folded until a reader asks for it.
_NO_PROSE_CLASSES = {"cell", "dropdown"}
_FORMULA = "x"
#: From the radicals to the last ideograph of the basic plane; kana stand between them.
_CHARACTER = re.compile(r"[\u2e80-\u9fff]|[^\W\u2e80-\u9fff]+")


@dataclass(frozen=True)
class Amount:
    """Count what a page holds to read and to do."""

    words: int = 0
    #: What counts in a script without spaces. A word or a number in other letters counts as one.
    characters: int = 0
    exercises: int = 0


def _prose(node: nodes.Node) -> Iterator[str]:
    """Yield the pieces of text beneath a node that a reader reads as sentences."""
    if isinstance(node, nodes.Text):
        yield node.astext()
    elif isinstance(node, nodes.math):
        yield _FORMULA
    elif isinstance(node, nodes.Element) and not (
        isinstance(node, _NO_PROSE) or _NO_PROSE_CLASSES.intersection(node["classes"])
    ):
        for child in node.children:
            yield from _prose(child)
        if isinstance(node, nodes.TextElement) and not isinstance(node, nodes.Inline):
            yield " "


def measure(doctree: nodes.document) -> Amount:
    r"""Count the words, characters and exercises of a page.

    Examples
    --------
    >>> from docutils.core import publish_doctree
    >>> measure(publish_doctree("A *short* page.\n\n::\n\n  with code"))
    Amount(words=3, characters=3, exercises=0)
    """
    text = "".join(_prose(doctree))
    exercises = sum("exercise" in node["classes"] for node in doctree.findall(nodes.Admonition))
    return Amount(len(text.split()), len(_CHARACTER.findall(text)), exercises)


def amount_of(env: BuildEnvironment, docname: str) -> Amount:
    """Return what a page holds, as it was read last."""
    return state.record_of(env).amounts.get(docname, Amount())


def minutes(app: Sphinx, language: Language, *docnames: str) -> int:
    """Return how long some pages take to read, in whole minutes: one at least."""
    writing = catalogs.of(app).writing[language.code]
    amounts = [amount_of(app.env, docname) for docname in docnames]
    if writing.characters_per_minute:
        time = sum(each.characters for each in amounts) / writing.characters_per_minute
    else:
        time = sum(each.words for each in amounts) / writing.words_per_minute
    return max(1, math.ceil(time))


def size(app: Sphinx, language: Language) -> list[str]:
    """Say how large the book is in a language: pages, time, exercises if there are any."""
    book, say = state.of(app).registry, catalogs.of(app).text
    docnames = [name for name in app.env.all_docs if book.language_of(name) == language]
    time = minutes(app, language, *docnames)
    exercises = sum(amount_of(app.env, docname).exercises for docname in docnames)
    said = [
        say("Pages: {n}", language, n=len(docnames)),
        say("Reading time: {hours} h", language, hours=round(time / 60))
        if time >= 60
        else say("{minutes} min of reading", language, minutes=time),
    ]
    if exercises:
        said.append(say("Exercises: {n}", language, n=exercises))
    return said


def _keep_amount(app: Sphinx, doctree: nodes.document) -> None:
    state.record_of(app.env).amounts[app.env.docname] = measure(doctree)


def _forget_amount(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    state.record_of(env).amounts.pop(docname, None)


def setup(app: Sphinx) -> None:
    """Measure each page as it is read."""
    app.connect("env-purge-doc", _forget_amount, priority=order.FORGET_AMOUNT)
    app.connect("doctree-read", _keep_amount, priority=order.KEEP_AMOUNT)
