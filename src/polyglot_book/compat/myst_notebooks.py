"""MyST-NB 1.4.0: hidden cells speak English; lines are coded; tags of cells of text are lost.

Its ``<summary>`` has an English ``aria-label`` in place of the prompt's own words, and two prompts
of which a style sheet shows one: needless once it has one, and asks the catalogs for it. It counts
the lines of a notebook as cell number times 10 000: needless once a node says its cell. Tags of
cells of code become classes, those of cells of text are dropped: needless once they are kept. It
runs notebooks one by one, when it reads them, from one cache: needless once they may run ahead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

from .. import order
from ..words import catalogs

_KINDS = ("content", "source", "output", "outputs")
#: What it says on a hidden cell, by default.
_PROMPTS = {f"Show code cell {kind}" for kind in _KINDS}
_LINES_OF_A_CELL = 10000
#: The tag of cells that make slides.
_SLIDE = "slide"


@dataclass(frozen=True)
class Notebook:
    """Hold a notebook that is to be run, and MyST-NB's configuration for it."""

    path: Path
    content: NotebookNode
    config: Any


def to_execute(env: BuildEnvironment, docname: str) -> Notebook | None:
    """Return a page as the notebook that MyST-NB would run from its cache; else ``None``.

    Text counts as a notebook where MyST-NB says so, ``.md`` among them, and is read by it.
    """
    from myst_nb.core.read import create_nb_reader

    path, config = Path(env.doc2path(docname)), getattr(env, "mystnb_config", None)
    if config is None:
        return None
    text = path.read_text(env.config.source_encoding)
    markdown = env.myst_config  # type: ignore[attr-defined]
    reader = create_nb_reader(str(path), markdown, config, text)
    if reader is None:
        return None
    notebook = reader.read(text)
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    for pattern, alias in (config.kernel_rgx_aliases or {}).items() if kernel else ():
        if re.fullmatch(pattern, kernel):
            notebook.metadata["kernelspec"]["name"] = alias
            break
    own = notebook.metadata.get(config.metadata_key, {})
    try:
        config = config.copy(**{key: own[key] for key in own if key != "output_folder"})
    except Exception:  # whatever is wrong with it, MyST-NB says it when it reads the page
        return None
    excluded = any(
        PurePosixPath(path.as_posix()).match(name) for name in config.execution_excludepatterns
    )
    if excluded or config.execution_mode != "cache":
        return None
    return Notebook(path, notebook, config)


def use_cache(env: BuildEnvironment, folder: Path) -> None:
    """Have the notebooks that are read next taken from a cache of their own."""
    if config := getattr(env, "mystnb_config", None):
        own = config.copy(execution_cache_path=str(folder))
        env.mystnb_config = own  # type: ignore[attr-defined]


def output_folder(env: BuildEnvironment) -> Path | None:
    """Return where MyST-NB writes what notebooks draw; ``None`` where it is not in use."""
    config = getattr(env, "mystnb_config", None)
    return Path(config.output_folder).resolve() if config else None


def place_of(node: nodes.Element | None, docname: str) -> str:
    """Say where a node comes from, as far as that is known.

    Examples
    --------
    >>> formula, block = nodes.math("", "x"), nodes.paragraph()
    >>> block += formula
    >>> block.line = 30004
    >>> place_of(formula, "book/ru/a")
    'book/ru/a, cell 3, line 4'
    """
    while node is not None and not node.line:
        node = node.parent
    if node is None:
        return docname
    cell, line = divmod(node.line, _LINES_OF_A_CELL)
    return f"{docname}, cell {cell}, line {line}" if cell else f"{docname}, line {line}"


def forms_of(image: nodes.image) -> nodes.Element:
    """Return what holds the forms of a notebook's output, or the image itself if it is none."""
    node: nodes.Element | None = image
    while node is not None:
        if node.get("nb_element") == "mime_bundle":
            return node
        node = node.parent
    return image


def _prompt(self: HTML5Translator, text: str) -> str:
    """Word a prompt of the whole book; one that a cell has for itself is in its language."""
    pattern = self.builder.config.nb_code_prompt_show
    is_of_all = text in {pattern.replace("{type}", kind) for kind in _KINDS} | _PROMPTS
    words = catalogs.of(self.builder.app).text(text) if is_of_all else text
    return self.encode(words)


def _visit_hidden_cell(self: HTML5Translator, node: nodes.Element) -> None:
    if _is_answered_above(node):
        # A box judges the answer: whoever would rather compute it opens the cell by these words.
        self.body.append(
            '<details class="polyglot-code">\n<summary class="polyglot-code__words">'
            f"{self.encode(catalogs.of(self.builder.app).text('Answer in Python'))}</summary>\n"
        )
        return
    if all(child.get("nb_element") == "cell_code_source" for child in node.children):
        # It stands at the corner of what the code made: see static/polyglot-folds.css.
        name = _prompt(self, node["prompt_show"])
        self.body.append(
            f'<details class="polyglot-code">\n<summary title="{name}" aria-label="{name}">'
            "&lt;/&gt;</summary>\n"
        )
        return
    for source in [child for child in node.children if _is_line_of_code(child)]:
        # One line says no more than the prompt: inside, too, it stands at a corner.
        folded = type(node)(prompt_show="Show code cell source")
        source.replace_self(folded)
        folded += source
    # Its own classes say where it stands in the cell, for a style that themes repeat.
    self.body.append(
        '<details class="admonition hide">\n'
        f'<summary class="admonition-title">{_prompt(self, node["prompt_show"])}</summary>\n'
    )


def _is_answered_above(node: nodes.Element) -> bool:
    """Tell whether a page has something of its own in place of what a hidden cell shows."""
    if node.parent is None:
        return False  # MyST-NB leaves it out where the whole cell, outputs too, is hidden
    return any("page_html" in raw["classes"] for raw in node.parent.findall(nodes.raw))


def _is_line_of_code(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Element)
        and node.get("nb_element") == "cell_code_source"
        and len(node.astext().strip().splitlines()) == 1
    )


def _depart_hidden_cell(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</details>\n")


def _rewrite_hidden_cells(app: Sphinx) -> None:
    if "myst_nb" in app.extensions:
        from myst_nb.sphinx_ import HideCodeCellNode

        app.add_node(
            HideCodeCellNode, override=True, html=(_visit_hidden_cell, _depart_hidden_cell)
        )


def _keep_slides(app: Sphinx) -> None:
    """Give what comes of a cell of text that is tagged ``slide`` classes, as cells of code have."""
    if "myst_nb" not in app.extensions:
        return
    from myst_nb.sphinx_ import SphinxNbRenderer

    def render(self: Any, token: Any) -> None:
        if _SLIDE not in token.meta["metadata"].get("tags", ()):
            self.render_children(token)
            return
        before = {id(node) for node in self.document.findall()}
        self.render_children(token)
        new = [node for node in self.document.findall(nodes.Element) if id(node) not in before]
        sections = {id(node) for node in new if isinstance(node, nodes.section)}
        for node in new:
            if isinstance(node, nodes.section | nodes.title | nodes.target | nodes.comment):
                continue
            if id(node.parent) in before | sections:
                node["classes"] += [f"tag_{_SLIDE}", f"slide-cell-{token.meta['index']}"]

    # The same for every application, so that it does not matter which one was first.
    SphinxNbRenderer.render_nb_cell_markdown = render  # type: ignore[method-assign]


def setup(app: Sphinx) -> None:
    """Write hidden cells otherwise, whatever MyST-NB has registered for them; keep tags."""
    app.connect("builder-inited", _keep_slides, priority=order.REWRITE_HIDDEN_CELLS)
    app.connect("builder-inited", _rewrite_hidden_cells, priority=order.REWRITE_HIDDEN_CELLS)
