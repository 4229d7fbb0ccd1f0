"""The layout of polyglot_book: what its files promise of each other and of other packages."""

import ast
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from project import ROOT

PACKAGE = ROOT / "src" / "polyglot_book"
MODULES = sorted(PACKAGE.rglob("*.py"))
#: What a change to another package begins with: its name and version.
UPSTREAM = re.compile(r"([\w-]+) (\d[\w.]*): ")


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line.split(" #")[0]) for line in lines if line and line[0] != "#"]
    return {item.name.lower(): str(item.specifier).removeprefix("==") for item in found}


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if p.parent.name == "compat" and p.stem not in ("__init__", "scripts")],
    ids=lambda path: path.stem,
)
def test_a_change_to_a_package_is_looked_through_when_its_version_changes(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    match = UPSTREAM.match(docstring)
    assert match, "the docstring should begin with the package and the version it is written for"
    assert "eedless" in docstring, "the docstring should say what would make the change needless"
    name, version = match.groups()
    assert pinned()[name.lower()] == version, (
        f"{path.name} is written for {name} {version}: see whether it is still right and needed"
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_priorities_stand_in_one_table(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "app.connect":
            given = {word.arg: ast.unparse(word.value) for word in node.keywords}
            assert given.get("priority", "").startswith("order."), f"line {node.lineno}"
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_priority":
            assert ast.unparse(node.value).startswith("order."), f"line {node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_can_be_read_at_a_sitting(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
