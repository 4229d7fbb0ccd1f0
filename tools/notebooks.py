"""Keep the committed notebooks in one form: no outputs, stable cell ids, nbformat's own layout.

Every notebook begins, after its title, with a cell that installs the course where it is missing
(Google Colab), does nothing elsewhere and is not shown in the book. It is written here from the
address in ``_config.yml``, so that the address stands in one place.

Cells that only import, or only show what the course has made, carry the tag ``hide-input``: the
book folds their code, so that a page begins with an idea. So do those that ask for an answer, where
a page shows a box. Code that teaches stays open.

Usage: ``python tools/notebooks.py PATH...`` where a path is a notebook or a folder. Files that are
not in this form are rewritten.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import re
import tomllib
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEACHING = ROOT / "src" / "softmax_course" / "teaching"
EXERCISES = tomllib.loads((TEACHING / "exercises" / "catalog.toml").read_text(encoding="utf-8"))
SETUP_ID = "install-the-course"

#: Metadata a page may carry; an editor's traces (widgets, toc state, language version) are dropped.
NOTEBOOK_METADATA = ("concepts", "kernelspec", "language_info", "myst")
CELL_METADATA = ("editable", "jupyter", "mystnb", "tags")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
#: Calls that show a figure, a derivation, a table from proof to numbers, questions, what is moved
#: by hand.
SHOWING = re.compile(
    r"(explorables|figures|theorems|quiz|playground)\.\w+|report|statements|show_code"
)
GENERATED_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}")


def setup_source(language: str) -> str:
    """Return the code of the cell that installs the course where it is missing.

    Google Colab starts its kernels with Matplotlib loaded. Where installing the course brings
    another version, only a new kernel takes it: the cell asks for one and says so.

    Parameters
    ----------
    language : str
        Language of the comment, a message file of ``softmax_course``.
    """
    messages = TEACHING / "messages" / f"{language}.toml"
    words = tomllib.loads(messages.read_text(encoding="utf-8"))["notebook"]
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return (
        f"# {words['install']}\n"
        "import importlib.metadata\n"
        "import importlib.util\n\n"
        'if importlib.util.find_spec("softmax_course") is None:\n'
        f'    %pip install --quiet "git+{config["repository"]["url"]}"\n'
        "    import matplotlib\n\n"
        '    if matplotlib.__version__ != importlib.metadata.version("matplotlib"):\n'
        f'        print("{words["restart"]}")\n'
        "        get_ipython().kernel.do_shutdown(restart=True)"
    )


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


def only_asks(source: str) -> bool:
    """Tell whether code does no more than ask for an answer that a box on the page can judge."""
    exercise, asks = exercise_of(nbformat.v4.new_code_cell(source))
    if not asks or EXERCISES[exercise]["kind"] == "function":
        return False
    return len(ast.parse(source).body) == 2


def needs_no_reading(source: str) -> bool:
    r"""Tell whether code only imports, chooses a language, shows something or asks for it.

    Examples
    --------
    >>> needs_no_reading('import numpy as np\nlanguage.use("ru")')
    True
    >>> needs_no_reading("figures.simplex([2.0, -1.0, 0.5])")
    True
    >>> needs_no_reading('answer = ...  # a number\ncheck(answer, "formula-2")')
    True
    >>> needs_no_reading("import numpy as np\nz = np.zeros(3)")
    False
    """
    if only_asks(source):
        return True
    statements = ast.parse(source).body
    calls = [
        ast.unparse(statement.value.func)
        for statement in statements
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    ]
    imports = sum(isinstance(statement, ast.Import | ast.ImportFrom) for statement in statements)
    if imports:
        return imports + calls.count("language.use") == len(statements)
    return len(statements) == 1 and len(calls) == 1 and bool(SHOWING.fullmatch(calls[0]))


def canonical(text: str, language: str | None = None) -> str:
    """Return the committed form of a notebook.

    Parameters
    ----------
    text : str
        The notebook as JSON.
    language : str, optional
        Language of the page; without it the cell that installs the course is left as it is.

    Returns
    -------
    str
        The same notebook without outputs, execution counts and editors' metadata, with code that
        nobody needs to read tagged ``hide-input``. A cell id that an editor made up becomes a hash
        of the cell's source, so that writing the same notebook again gives the same file; an id
        chosen by hand stays.
    """
    notebook = nbformat.reads(text, as_version=4)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(
        {key: notebook.metadata[key] for key in NOTEBOOK_METADATA if key in notebook.metadata}
        | {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    if language is not None:
        cells = [cell for cell in notebook.cells if cell.get("id") != SETUP_ID]
        setup = nbformat.v4.new_code_cell(setup_source(language), id=SETUP_ID)
        setup.metadata = nbformat.from_dict({"tags": ["remove-cell"]})
        notebook.cells = [*cells[:1], setup, *cells[1:]]
    taken: set[str] = set()
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        )
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            tags = cell.metadata.get("tags", [])
            if cell.id != SETUP_ID and not tags and needs_no_reading(cell.source):
                cell.metadata["tags"] = ["hide-input"]
        if "id" not in cell or GENERATED_ID.fullmatch(cell.id):
            cell.id = hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        original, copy = cell.id, 1
        while cell.id in taken:
            copy += 1
            cell.id = f"{original}-{copy}"
        taken.add(cell.id)
    return nbformat.writes(notebook) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Rewrite the notebooks that are not in their committed form."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    for path in parser.parse_args(arguments).paths:
        if not path.exists():
            parser.error(f"no such file or folder: {path}")
        for file in sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]:
            if ".ipynb_checkpoints" in file.parts:
                continue
            text = file.read_text(encoding="utf-8")
            wanted = canonical(text, file.parent.name)
            if text != wanted:
                file.write_text(wanted, encoding="utf-8", newline="\n")
                print(f"{file}: rewritten")


if __name__ == "__main__":
    main()
