"""MyST-NB 1.4.0: a page is parsed and its code run in one step, so mistakes are seen after that.

What can be told from the sources alone is read here with MyST-NB's own reader of notebooks and
MyST's own parser: metadata, figures, formulas. Needless once MyST-NB runs notebooks after all are
parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_nb.core.nb_to_tokens import notebook_to_tokens
from myst_nb.core.read import create_nb_reader
from myst_parser.parsers.mdit import create_md_parser
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from .. import state

#: Directives whose content is Markdown; what stands in others is left to the real parser.
_HOLDERS = re.compile(
    r"(prf:.+|(exercise|solution)(-start)?|admonition|attention|caution|danger|error|hint|important|"
    r"note|tip|warning|seealso|margin|sidebar|topic|epigraph|dropdown|card|grid|grid-item|"
    r"grid-item-card|tab-set|tab-item|figure)"
)
_LOGGER = logging.getLogger(__name__)


class Source:
    """Read a page without running it.

    Attributes
    ----------
    metadata : mapping
        What the page says of itself.
    tokens : list of markdown_it.token.Token
        Its Markdown, with the lines as MyST-NB counts them.
    """

    def __init__(self, env: BuildEnvironment, docname: str):
        path = env.doc2path(docname)
        self.metadata: Mapping[str, Any] = {}
        self.tokens: list[Token] = []
        if Path(path).suffix not in (".md", ".ipynb"):
            return
        text = Path(path).read_text(encoding="utf-8-sig")
        config, notebook_config = env.myst_config, env.mystnb_config  # type: ignore[attr-defined]
        reader = create_nb_reader(path, config, notebook_config, text)
        self._parser = create_md_parser(reader.md_config if reader else config, RendererHTML)
        if reader:
            notebook = reader.read(text)
            self.metadata = notebook.metadata
            self.tokens = notebook_to_tokens(notebook, self._parser, {}, _LOGGER)  # type: ignore[arg-type]
            return
        self.tokens = self._parser.parse(text)
        for token in self.tokens:
            if token.map:
                token.map = [line + 1 for line in token.map]
            if token.type == "front_matter":
                self.metadata = _mapping(token.content)

    @cached_property
    def figures_and_formulas(self) -> nodes.container:
        """Return the page's images and formulas as they will be in its doctree."""
        found = nodes.container()
        found += list(self._nodes(self.tokens))
        return found

    def _nodes(self, tokens: list[Token], before: int = 0) -> Iterator[nodes.Node]:
        for token in tokens:
            line = before + token.map[0] if token.map else 0
            found: list[nodes.Node] = []
            match token.type:
                case "inline":
                    paragraph = nodes.paragraph()
                    paragraph += [_inline(child) for child in token.children or []]
                    found = [paragraph]
                case "math_block" | "math_block_label":
                    found = [nodes.math_block("", token.content, nowrap=False)]
                case "amsmath":
                    found = [nodes.math_block("", token.content, nowrap=True)]
                case "fence" | "colon_fence" if directive := re.match(r"\{(.+?)\}(.*)", token.info):
                    found = list(self._directive(directive[1], directive[2], token.content, line))
            for node in found:
                if not node.line:
                    node.line = line
                yield node

    def _directive(self, name: str, argument: str, text: str, line: int) -> Iterator[nodes.Node]:
        options, body, skipped = _options(text)
        if name in ("figure", "image"):
            yield nodes.image(uri=argument.strip(), alt=str(options.get("alt") or ""))
        if name == "math":
            tex = "\n\n".join(part for part in (argument.strip(), body) if part)
            yield nodes.math_block("", tex, nowrap="nowrap" in options)
        elif _HOLDERS.fullmatch(name):
            # Lines of what is inside are counted from 0, those of the directive's from its fence.
            yield from self._nodes(self._parser.parse(body), line + 1 + skipped)


def of(env: BuildEnvironment, docname: str) -> Source:
    """Return the source of a page, read once for all checks."""
    sources = state.of(env.app).sources
    if docname not in sources:
        sources[docname] = Source(env, docname)
    found = sources[docname]
    assert isinstance(found, Source)
    return found


def _inline(token: Token) -> nodes.Node:
    match token.type:
        case "math_inline":
            return nodes.math("", token.content)
        case "math_inline_double":
            return nodes.math_block("", token.content, nowrap=False)
        case "myst_role" if token.meta.get("name") == "math":
            return nodes.math("", token.content)
        case "image":
            return nodes.image(uri=token.attrs.get("src", ""), alt=token.content)
    return nodes.Text(token.content)


def _options(text: str) -> tuple[dict[str, Any], str, int]:
    r"""Take the options of a directive from its text; count their lines.

    Examples
    --------
    >>> _options(":name: rain\n:alt: Rain\nIt rains.")
    ({'name': 'rain', 'alt': 'Rain'}, 'It rains.', 2)
    """
    lines = text.splitlines()
    if lines and lines[0].startswith("---"):
        ends = (number for number, line in enumerate(lines[1:], 1) if line.startswith("---"))
        end = next(ends, len(lines))
        return _mapping("\n".join(lines[1:end])), "\n".join(lines[end + 1 :]), end + 1
    options: dict[str, Any] = {}
    for line in lines:
        option = re.match(r"\s*:([^:\s]+):(.*)", line)
        if not option:
            break
        options[option[1]] = option[2].strip()
    return options, "\n".join(lines[len(options) :]), len(options)


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}  # MyST says what is wrong when the page is read
    return found if isinstance(found, dict) else {}
