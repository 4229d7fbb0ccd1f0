"""The notebooks as the build of the book has executed them."""

from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from project import ROOT


def executed(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with the outputs that the book was built with."""
    notebook = nbformat.read(path, 4)
    folders = [path.parent for path in ROOT.glob("_build/.jupyter_cache/*/global.db")]
    for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True):
        try:
            return get_cache(folder).merge_match_into_notebook(notebook)[1]
        except KeyError:
            continue
    pytest.fail(f"{path.name} has not been executed as it is; run `make book` first")
