"""The pages of the book as they are committed, and what their cells ask."""

import ast
import re
from pathlib import Path

import nbformat
from project import ROOT

BOOK = ROOT / "book"
NOTEBOOKS = sorted(BOOK.rglob("*.ipynb"))
PAGES = sorted([*NOTEBOOKS, *BOOK.rglob("*.md")])


def name(path: Path) -> str:
    return path.relative_to(BOOK).as_posix()


def exercise_of(cell: nbformat.NotebookNode) -> tuple[str | None, bool]:
    """Return the exercise whose answer a cell checks last, if any, and whether it asks for it.

    A cell that asks holds dots in place of an answer: ``answer = ...``.
    """
    if cell.cell_type != "code" or "check(" not in cell.source:
        return None, False
    *_, last = statements = ast.parse(cell.source).body
    match last:
        case ast.Expr(ast.Call(ast.Name("check"), [_, ast.Constant(exercise)])):
            return exercise, any(
                isinstance(statement, ast.Assign) and ast.unparse(statement.value) == "..."
                for statement in statements
            )
    return None, False


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
