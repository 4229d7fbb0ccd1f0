"""Every committed notebook: its form and its cells."""

import ast
import re
import unicodedata
from pathlib import Path

import nbformat
import notebooks as tool
import pytest
from pages import NOTEBOOKS, PAGES, exercise_of, name, solved_in
from project import FINISHED, ROOT, TRAITS
from sphinx_external_toc.parsing import parse_toc_yaml

from softmax_course.proofs import theorems
from softmax_course.teaching.exercises import load

EXERCISES = load()


def code_of(path: Path) -> str:
    """Return the code of a notebook, magics left out."""
    cells = nbformat.read(path, as_version=4).cells
    source = "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return re.sub(r"^([ \t]*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


def text_of(path: Path) -> str:
    """Return the prose of a page."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_there_are_notebooks_in_every_language():
    assert {path.parent.name for path in NOTEBOOKS} >= set(FINISHED)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_form_is_canonical(path):
    text = path.read_text(encoding="utf-8")
    assert text == tool.canonical(text, path.parent.name), f"run: python tools/notebooks.py {path}"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert text == nbformat.writes(notebook) + "\n"
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_canonical_form_drops_outputs_and_keeps_chosen_ids():
    cell = nbformat.v4.new_code_cell("1 + 1", execution_count=3, metadata={"trusted": True})
    cell.outputs = [nbformat.v4.new_output("stream", text="2")]
    named = nbformat.v4.new_markdown_cell("text")
    named.id = "chosen"
    notebook = nbformat.v4.new_notebook(cells=[cell, named], metadata={"widgets": {}})
    once = tool.canonical(nbformat.writes(notebook))
    again = nbformat.reads(once, as_version=4)
    assert tool.canonical(once) == once
    assert again.cells[0].outputs == []
    assert again.cells[0].execution_count is None
    assert "trusted" not in again.cells[0].metadata
    assert "widgets" not in again.metadata
    assert again.cells[1].id == "chosen"
    assert again.cells[1].source == "text"


@pytest.mark.parametrize(
    ("source", "folded"),
    [
        ('import numpy as np\n\nlanguage.use("ru")', True),
        ("figures.simplex([2.0, -1.0, 0.5])", True),
        ("theorems.softmax_jacobian()", True),
        ("import numpy as np\nz = np.zeros(3)", False),
        ("z = softmax(x)\nfigures.simplex(z)", False),
        ('check(answer, "jacobian-1")', False),
        ("print(softmax(z))", False),
    ],
)
def test_canonical_form_folds_code_that_nobody_needs_to_read(source, folded):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    cell = nbformat.reads(tool.canonical(nbformat.writes(notebook)), as_version=4).cells[0]
    assert cell.metadata.get("tags", []) == (["hide-input"] if folded else [])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_code_that_teaches_imports_nothing(path):
    """Names are imported in the first, folded cell of a page."""
    if name(path) == "zh/05-1-environment.ipynb":
        return  # importing is what it teaches
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and not cell.metadata.get("tags"):
            imports = [
                ast.unparse(statement)
                for statement in ast.parse(cell.source).body
                if isinstance(statement, ast.Import | ast.ImportFrom)
            ]
            assert not imports, f"{cell.id}: {imports}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_it_imports_the_shared_module_and_speaks_its_folder_s_language(path):
    tree = ast.parse(code_of(path))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert any(module and module.split(".")[0] == "softmax_course" for module in modules)
    spoken = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "language.use"
    ]
    assert spoken == [path.parent.name]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_text_is_composed_and_free_of_stray_characters(path):
    text = path.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text), "text must be in Unicode normal form C"
    assert "�" not in text
    # A joiner changes a Bengali conjunct. One sound needs it: the vowel of "র‍্যাঙ্ক" (rank).
    text = text.replace("\u09b0\u200d\u09cd\u09af", "")
    joiners = TRAITS.get(path.parent.name, {}).get("joiners", "")
    assert not set(text) & set("\u200b\u200c\u200d\ufeff") - set(joiners)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_matplotlib_string_mixes_letters_that_join_and_math(path):
    """Matplotlib draws a string with ``$`` letter by letter."""
    for node in ast.walk(ast.parse(code_of(path))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            joined = [c for c in node.value if unicodedata.category(c) == "Mc" or "؀" <= c <= "ۿ"]
            assert not (joined and "$" in node.value), node.value


def calls_of(path: Path) -> list[ast.Call]:
    """Return the calls in the code of a notebook."""
    return [node for node in ast.walk(ast.parse(code_of(path))) if isinstance(node, ast.Call)]


def derivations_shown(path: Path) -> set[str]:
    """Return the theorems a notebook derives line by line: ``theorems.name()``."""
    functions = [call.func for call in calls_of(path) if isinstance(call.func, ast.Attribute)]
    return {node.attr for node in functions if ast.unparse(node.value) == "theorems"}


def exercises_checked(path: Path) -> set[str]:
    """Return the exercises whose answers a notebook checks: ``check(answer, "name")``."""
    checks = [call for call in calls_of(path) if ast.unparse(call.func) == "check"]
    return {ast.literal_eval(call.args[1]) for call in checks}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_exercise_is_followed_by_a_solution_that_checks_its_answer(path):
    cells = nbformat.read(path, as_version=4).cells
    assert exercises_checked(path) == set(solved_in(cells))
    for number, cell in enumerate(cells, 1):
        exercise, asks = exercise_of(cell)
        if asks:
            assert exercise in solved_in(cells[number:])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_solution_that_begins_ends(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    marks = re.findall(r"\{(?:solution|exercise)-(start|end)\}", text)
    assert marks == ["start", "end"] * (len(marks) // 2)


def of_each_language(found_in) -> dict[str, set[str]]:
    """Return what a function of a notebook finds in all the notebooks of each language.

    Drafts are left out: theirs may still be missing.
    """
    found: dict[str, set[str]] = {code: set() for code in FINISHED}
    for path in NOTEBOOKS:
        if path.parent.name in found:
            found[path.parent.name] |= found_in(path)
    return found


def test_every_theorem_is_derived_in_every_language():
    for language, shown in of_each_language(derivations_shown).items():
        assert shown == set(theorems.ALL), f"{language}: {sorted(shown ^ set(theorems.ALL))}"


def test_every_exercise_is_set_and_every_course_has_some_on_each_topic():
    # The courses choose among the exercises (three vectors, three outlines), so no course has to
    # set all of them, but one that no course sets is dead, and a topic without any is a gap.
    checked = of_each_language(exercises_checked)
    assert set().union(*checked.values()) == set(EXERCISES)
    topics = {exercise.rpartition("-")[0] for exercise in EXERCISES}
    for language, names in checked.items():
        missing = topics - {exercise.rpartition("-")[0] for exercise in names}
        assert not missing, f"{language}: no exercise on {sorted(missing)}"


def changes_proposed(path: Path) -> set[str]:
    """Return the boxes of a page that ask to change the cell above them and run it."""
    cells = nbformat.read(path, as_version=4).cells
    boxes = [i for i, cell in enumerate(cells) if ":class: tip live-change" in cell.source]
    for i in boxes:
        hidden = {"claim", "remove-cell"}
        above = next(c for c in cells[i - 1 :: -1] if not hidden & {*c.metadata.get("tags", ())})
        assert above.cell_type == "code", f"{name(path)}: {cells[i].source}"
        assert "hide-input" not in above.metadata.get("tags", ()), f"{name(path)}: {above.source}"
    return {f"{name(path)} {i}" for i in boxes}


def test_every_course_proposes_changes_of_cells():
    for language, proposed in of_each_language(changes_proposed).items():
        assert len(proposed) >= 3, f"{language}: {sorted(proposed)}"


def test_pages_of_the_table_of_contents_are_the_pages_on_disk():
    on_disk = {path.relative_to(ROOT).with_suffix("").as_posix() for path in PAGES}
    assert set(parse_toc_yaml(ROOT / "_toc.yml")) == on_disk
