"""The replay of Binder notices what would stop a reader there.

The whole replay installs an environment and runs every notebook: that is ``make binder-check``.
Here its parts are given repositories that Binder would refuse, or open and fail to run.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import binder_check
import nbformat
import pytest
from binder_check import BinderCheckError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from project import ROOT


@pytest.fixture
def repository(tmp_path) -> Path:
    """Copy what Binder goes by."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / ".binder", folder / ".binder")
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def test_this_repository_is_installed_by_its_own_requirements(repository):
    base, lines = binder_check.plan(repository)
    names = {package.partition("==")[0] for package in base}
    assert {"jupyterlab", "nbclient"} <= names
    assert len(lines) == 1
    assert '-r ".binder/requirements.txt"' in lines[0]


def test_a_base_environment_without_jupyterlab_is_refused(repository, monkeypatch):
    monkeypatch.setattr(binder_check, "BASE", ("jupyterlab", "a-package-that-was-removed"))
    with pytest.raises(BinderCheckError, match=r"not all of .*a-package-that-was-removed"):
        binder_check.plan(repository)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("runtime.txt", "python-3.11", "repo2docker chose PythonBuildPack, Python 3.11"),
        ("environment.yml", "dependencies: [numpy]", "repo2docker chose CondaBuildPack"),
        ("Dockerfile", "FROM scratch", "repo2docker chose DockerBuildPack"),
        ("apt.txt", "fonts-noto", r"Binder would run .*fonts-noto"),
        ("postBuild", "true", r"Binder would run .*postBuild"),
    ],
)
def test_what_binder_would_do_otherwise_is_refused(repository, name, text, message):
    (repository / ".binder" / name).write_text(text)
    with pytest.raises(BinderCheckError, match=message):
        binder_check.plan(repository)


def test_a_repository_that_asks_for_nothing_is_refused(repository):
    (repository / ".binder" / "requirements.txt").unlink()
    with pytest.raises(BinderCheckError, match="Binder would run nothing"):
        binder_check.plan(repository)


SEEN = new_output("stream", name="stdout", text="1")
WARNING = new_output("stream", name="stderr", text="no glyph")
ERROR = new_output("error", ename="ValueError", evalue="no such class", traceback=[])


def executed(*outputs, count: int | None = 1):
    """Return a notebook whose last code cell has these outputs."""
    first = new_code_cell("a = 1", id="first", execution_count=1, outputs=[SEEN])
    last = new_code_cell("a", id="last", execution_count=count, outputs=list(outputs))
    empty = new_code_cell("", id="empty")
    return new_notebook(cells=[new_markdown_cell("# Page", id="title"), first, last, empty])


@pytest.mark.parametrize(
    ("notebook", "problem"),
    [
        (executed(SEEN), None),
        (executed(), None),
        (executed(SEEN, ERROR), "cell 2 (last): ValueError: no such class"),
        (executed(SEEN, WARNING, ERROR), "cell 2 (last): wrote to stderr: no glyph"),
        (executed(count=None), "cell 2 (last): was not run"),
    ],
    ids=["fine", "silent", "error", "stderr", "not run"],
)
def test_what_a_reader_would_stumble_over_is_read_from_the_outputs(notebook, problem):
    assert binder_check.outcome(notebook) == problem


@pytest.fixture
def environment() -> Path:
    """Return the environment of these tests: it has a Jupyter, as Binder's has."""
    return Path(sys.prefix)


def write(repository: Path, **sources: str) -> list[str]:
    """Write notebooks of one cell each and return their paths."""
    (repository / "book").mkdir()
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    for name, source in sources.items():
        notebook = new_notebook(cells=[new_code_cell(source, id="only")], metadata=kernel)
        nbformat.write(notebook, repository / "book" / f"{name}.ipynb")
    return [f"book/{name}.ipynb" for name in sources]


def test_notebooks_are_run_and_all_that_fail_are_named(
    repository, environment, monkeypatch, capsys
):
    monkeypatch.setattr(binder_check, "CELL_TIMEOUT", 5)
    notebooks = write(
        repository,
        good="print(1)",
        bound="open('../pyproject.toml')",
        slow="import time\ntime.sleep(60)",
    )
    with pytest.raises(BinderCheckError) as failure:
        binder_check.run_all(repository, environment, notebooks)
    message = str(failure.value)
    assert "book/bound.ipynb: cell 0 (only): FileNotFoundError: " in message
    assert "book/slow.ipynb: nbclient.exceptions.CellTimeoutError: " in message
    assert "time.sleep(60)" in message
    assert "Traceback" not in message
    assert "good" not in message
    assert "book/good.ipynb: ran" in capsys.readouterr().out


def test_a_launch_button_that_leads_to_no_notebook_fails_the_check(repository, environment):
    notebooks = [*write(repository, good="1"), "book/absent.ipynb"]
    with pytest.raises(BinderCheckError, match=r"book/absent.ipynb: does not open as a notebook"):
        binder_check.open_all(repository, environment, notebooks)


def test_only_what_is_committed_is_cloned(tmp_path, monkeypatch):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    (source / "committed.txt").write_text("1")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], cwd=source, check=True)
    (source / "forgotten.txt").write_text("2")
    monkeypatch.setattr(binder_check, "ROOT", source)
    binder_check.clone(target)
    assert (target / "committed.txt").is_file()
    assert not (target / "forgotten.txt").exists()
