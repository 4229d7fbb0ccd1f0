"""What the notebooks printed when the book was built."""

from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from pages import NOTEBOOKS, name, solved_in


def executed(path: Path, site: Path) -> nbformat.NotebookNode:
    """Return a notebook with the outputs that the build of the book got."""
    (folder,) = (site.parent / ".jupyter_cache").iterdir()
    return get_cache(folder).merge_match_into_notebook(nbformat.read(path, as_version=4))[1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_it_ran_in_the_build_without_error_or_warning(path, site):
    cells = executed(path, site).cells
    for cell in cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error", f"{cell.id}: {output.get('evalue')}"
            assert output.get("name") != "stderr", f"{cell.id}: {output.get('text')}"
    assert any(cell.get("outputs") for cell in cells), "a page whose code shows nothing"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_solution_was_right_in_the_build(path, site):
    for exercise, cell in solved_in(executed(path, site).cells).items():
        feedback = cell.outputs[-1].data["text/plain"]
        assert feedback.startswith("✓"), f"{exercise}: {feedback}"
