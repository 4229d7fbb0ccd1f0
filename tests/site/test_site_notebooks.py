"""What the notebooks printed when the book was built."""

import pytest
from executed import executed
from pages import NOTEBOOKS, name, solved_in


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_it_ran_in_the_build_without_error_or_warning(path):
    cells = executed(path).cells
    for cell in cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error", f"{cell.id}: {output.get('evalue')}"
            assert output.get("name") != "stderr", f"{cell.id}: {output.get('text')}"
    assert any(cell.get("outputs") for cell in cells), "a page whose code shows nothing"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_solution_was_right_in_the_build(path):
    for exercise, cell in solved_in(executed(path).cells).items():
        feedback = cell.outputs[-1].data["text/plain"]
        assert feedback.startswith("✓"), f"{exercise}: {feedback}"
