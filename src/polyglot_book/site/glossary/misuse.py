"""What pages call by a name that the glossary rules out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from .data import Entry

#: Options at the beginning of a MyST directive, in either notation.
_OPTIONS = re.compile(r"\A---\n.*?^---\n|\A(:[\w-]+:[^\n]*\n)+", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Misuse:
    """Name a form of a term that a page uses and the glossary does not.

    Attributes
    ----------
    phrase : str
        What the page says.
    term : str
        What it should say.
    key : str
        The concept.

    See Also
    --------
    misuses : Find all of a text.
    """

    phrase: str
    term: str
    key: str


def misuses(text: str, entries: Mapping[str, Entry]) -> list[Misuse]:
    """Find what a Markdown text calls by a name that the glossary rules out.

    Code, formulas, comments and the addresses of links are left alone; so is, consequently, a
    form that a page quotes in backticks to warn of it.

    Parameters
    ----------
    text : str
        MyST Markdown.
    entries : mapping of str to Entry
        The glossary in the text's language.

    Returns
    -------
    list of Misuse
        In the order of the text, paragraph by paragraph.

    See Also
    --------
    prose : What of a text is looked at.
    polyglot_book.site.glossary.data.load : Read the glossary.
    """
    found = []
    for paragraph in prose(text):
        for entry in entries.values():
            for pattern in entry.avoid:
                for match in pattern.finditer(paragraph):
                    found.append(Misuse(match[0], entry.term, entry.key))
    return found


def prose(text: str) -> Iterator[str]:
    r"""Yield what a reader reads as sentences: headings, paragraphs, cells, also inside directives.

    Parameters
    ----------
    text : str
        MyST Markdown.

    Yields
    ------
    str
        A paragraph, without code, formulas and comments.

    See Also
    --------
    misuses : Look for terms there.

    Examples
    --------
    >>> list(prose("# A *b* `c`\n\n:::{note} Title\nof $x$\nd\n:::"))
    ['A b  ', 'Title', 'of  \nd']
    """
    for token in _parser().parse(text):
        if token.type == "inline":
            yield _inline(token.children or ())
        elif token.type in ("fence", "colon_fence") and token.info.startswith("{"):
            name, _, title = token.info[1:].partition("}")
            if name in ("math", "code", "code-block", "code-cell", "literalinclude", "raw"):
                continue
            if title.strip():
                yield from prose(title.strip())
            body = _OPTIONS.sub("", token.content)
            yield from prose(body)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    for plugin in (
        amsmath_plugin,
        colon_fence_plugin,
        dollarmath_plugin,
        front_matter_plugin,
        myst_block_plugin,
        myst_role_plugin,
    ):
        parser.use(plugin)
    return parser


def _inline(tokens: Iterable[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type == "text":
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "image":
            parts.append(_inline(token.children or ()))
        elif token.type == "myst_role" and token.meta["name"] in ("ref", "doc", "term", "abbr"):
            parts.append(token.content.partition("<")[0])
        elif not token.nesting:
            parts.append(" ")  # code, formulas: they still part words
    return "".join(parts)
