"""Runs the cells of a page inside the runtime and says on standard output what came of them.

Whoever started the runtime calls `run` with one JSON text a cell. What comes of a cell is said
in lines, each `MARK` and a JSON object: text of a stream, an output with its MIME types, an
error, or the need of a tier of files that has not been loaded yet.
"""

from __future__ import annotations

import builtins
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from _live import cells, errors, figures, shell, streams, tiers
from _live.streams import MARK
from _live.tiers import when_imported

__all__ = ["MARK", "added", "run", "start", "when_imported"]

#: The names of the reader: those that cells define.
_names: dict[str, Any] = sys.modules["__main__"].__dict__


def start(configuration: Mapping[str, Any]) -> None:
    """Make the interpreter ready: streams, rich output, what is loaded only when it is used.

    The configuration is that of the manifest: "tiers" gives for each tier that is still to come
    the top-level modules that it brings, "lazy" the packages of the book, "run" a Python text of
    the book to run at once.
    """
    # The book's data files lie there; the interpreter starts in the root folder.
    os.chdir(os.environ["HOME"])
    builtins.input = _no_input
    builtins.help = _help  # type: ignore[assignment]
    streams.replace()
    shell.start(_names)
    tiers.watch(configuration.get("tiers", {}), configuration.get("lazy", ()))
    if text := configuration.get("run"):
        exec(compile(text, "<start of the book>", "exec"), {"__name__": "_live.book"})


def added(tier: str) -> None:
    """Let the modules of a tier be found whose files have just been put in place."""
    tiers.added(tier)


def run(request: str) -> None:
    """Run a cell, given as JSON with its "source" and the "name" that tracebacks give it."""
    cell = json.loads(request)
    source, name = cell["source"], cell["name"]
    try:
        try:
            cells.execute(source, name, _names)
            figures.show_open()
        finally:
            streams.flush()
    except tiers.TierNeeded as need:
        figures.close_open()
        streams.send(type="needs", tier=need.tier)
    except BaseException as error:
        figures.close_open()
        streams.send(type="error", **errors.describe(error, name))


def _help(value: object = None) -> None:
    """Print what is known of an object."""
    import pydoc

    print(pydoc.render_doc(value, "%s", renderer=pydoc.plaintext))  # type: ignore[arg-type]


def _no_input(prompt: object = "") -> str:
    raise NotImplementedError("input() has nobody to ask here: write the value into the cell")
