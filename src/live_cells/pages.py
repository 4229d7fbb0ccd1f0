"""Pages: which of their cells can run, and what the scripts are told of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.read import create_nb_reader
from sphinx.application import Sphinx

from . import cells, node, words
from .cells import CLAIM, Cell

_CLASS = "live-cell-"
_MARKED = re.compile(rf'<div class="([^"]*?)\s*\b{_CLASS}(\d+)\b([^"]*)"')


def read(app: Sphinx, docname: str) -> list[Cell | None] | None:
    """Return the cells of a page, ``None`` for those that hold no code; ``None`` of other pages.

    A page is one whose code is Python.
    """
    env: Any = app.env  # MyST-NB adds its configuration to it
    path = Path(env.doc2path(docname))
    content = path.read_text("utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, content)
    if reader is None:
        return None
    notebook = reader.read(content)
    if notebook.metadata.get("kernelspec", {}).get("language", "python") != "python":
        return None
    return [
        Cell(cell.source, tuple(cell.metadata.get("tags", ())))
        if cell.cell_type == "code"
        else None
        for cell in notebook.cells
    ]


def mark(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each cell a class with its number, for `number` to find."""
    for container in doctree.findall(nodes.container):
        if container.get("nb_element") == "cell_code":
            tags = container["cell_metadata"].get("tags", ())
            if CLAIM not in tags:
                container["classes"].append(f"{_CLASS}{container['cell_index']}")


def number(body: str) -> tuple[str, bool]:
    """Put the numbers of cells into attributes; return the HTML and whether there is a cell.

    Examples
    --------
    >>> number('<div class="cell live-cell-3 docutils container">')
    ('<div data-live-cell="3" class="cell docutils container">', True)
    """
    body, found = _MARKED.subn(r'<div data-live-cell="\2" class="\1\3"', body)
    return body, found > 0


def data(found: Iterable[Cell | None]) -> Iterator[dict[str, Any]]:
    """Yield what the scripts are told of the cells of a page."""
    for index, cell in enumerate(found):
        if cell is None or CLAIM in cell.tags or not cell.source.strip():
            continue
        defines, uses = cells.names(cell.source)
        yield {
            "index": index,
            "source": cell.source,
            "tags": list(cell.tags),
            "defines": defines,
            "uses": uses,
            "shown": "remove-cell" not in cell.tags,
        }


def write_json(path: Path, value: object) -> None:
    """Write data for a script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")


def frame() -> str:
    """Return the script of the frame that holds the worker, where a page may admit it by hash."""
    script = (node.FRONTEND / "frame.js").read_text("utf-8").strip()
    return f'<template id="live-cells-frame"><script>{script}</script></template>\n'


def attributes(settings: dict[str, str], translated: dict[str, str]) -> dict[str, str]:
    """Return the attributes of the script element: settings, and the words needed at once."""
    said = {name: translated[text] for name, text in words.first().items()}
    return {f"data-{name}": value for name, value in {**settings, **said}.items()}


def sources(found: Iterable[Cell | None]) -> dict[int, str]:
    """Return the code of the cells that readers may run, by their numbers."""
    return {
        index: cell.source
        for index, cell in enumerate(found)
        if cell is not None and CLAIM not in cell.tags
    }
