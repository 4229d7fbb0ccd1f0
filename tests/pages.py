"""The pages of the book as they are committed, and what their cells ask."""

import re
from pathlib import Path

import nbformat
from notebooks import exercise_of
from project import ROOT

BOOK = ROOT / "book"
#: JupyterLab keeps copies of pages one folder deeper.
NOTEBOOKS = sorted(BOOK.glob("*/*.ipynb"))
PAGES = sorted([*NOTEBOOKS, *BOOK.glob("*.md"), *BOOK.glob("*/*.md")])


def name(path: Path) -> str:
    return path.relative_to(BOOK).as_posix()


def solved_in(cells: list[nbformat.NotebookNode]) -> dict[str, nbformat.NotebookNode]:
    """Return the exercises that the cells of solutions check, each with its cell."""
    found, in_solution = {}, False
    for cell in cells:
        if cell.cell_type == "markdown":
            for word in re.findall(r"\{solution-(start|end)\}", cell.source):
                in_solution = word == "start"
        exercise, asks = exercise_of(cell)
        if exercise and in_solution and not asks:
            # The first is the answer; a page may go on to show what a wrong one is told.
            found.setdefault(exercise, cell)
    return found
