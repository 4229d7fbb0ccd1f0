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
from binder_check import CheckFailed
from project import ROOT


@pytest.fixture
def repository(tmp_path) -> Path:
    """Copy what Binder goes by."""
    shutil.copytree(ROOT / ".binder", tmp_path / ".binder")
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_this_repository_is_installed_by_its_own_requirements(repository):
    base, lines = binder_check.plan(repository)
    assert any(package.startswith("jupyterlab==") for package in base)
    assert any('-r ".binder/requirements.txt"' in line for line in lines)


def write(name: str, text: str):
    def change(repository: Path) -> None:
        (repository / ".binder" / name).write_text(text)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (write("runtime.txt", "python-3.11"), "Binder would run Python 3.11, expected 3.12"),
        (write("environment.yml", "dependencies: [numpy]"), "repo2docker chose CondaBuildPack"),
        (write("Dockerfile", "FROM scratch"), "repo2docker chose DockerBuildPack"),
        (write("apt.txt", "fonts-noto"), "a step this replay cannot run"),
        (write("postBuild", "true"), "a step this replay cannot run"),
    ],
    ids=["runtime", "conda", "docker", "apt", "postBuild"],
)
def test_what_binder_would_do_otherwise_is_refused(repository, change, message):
    change(repository)
    with pytest.raises(CheckFailed, match=message):
        binder_check.plan(repository)


def test_a_repository_that_asks_for_nothing_is_refused(repository):
    (repository / ".binder" / "requirements.txt").unlink()
    with pytest.raises(CheckFailed, match="install nothing"):
        binder_check.plan(repository)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve a repository of small notebooks with the JupyterLab of this environment."""
    folder = tmp_path_factory.mktemp("repository")
    sources = {
        "good": "import numpy\nprint(numpy.ones(2))",
        "bound": "print(open('beside.txt').read())",
        "lacking": "import a_package_that_was_removed",
        "warning": "import sys\nprint('no glyph', file=sys.stderr)",
        "slow": "import time\ntime.sleep(60)",
    }
    (folder / "book").mkdir()
    (folder / "book" / "beside.txt").write_text("here")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    for name, source in sources.items():
        cells = [nbformat.v4.new_markdown_cell("# Page"), nbformat.v4.new_code_cell(source)]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
        nbformat.write(notebook, folder / "book" / f"{name}.ipynb")
    with binder_check.Lab(folder, Path(sys.prefix), folder / "lab.log") as lab:
        yield lab


def test_a_good_notebook_runs_from_its_folder_and_from_another(lab, capsys):
    binder_check.replay(lab, ["book/good.ipynb"])
    said = capsys.readouterr().out
    assert "ran book/good.ipynb from 'book'" in said
    assert "ran book/good.ipynb from '.'" in said


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lacking", r"book/lacking.ipynb, cell 1 .*: ModuleNotFoundError: .*a_package_that_was"),
        ("bound", r"cell 1 .*: FileNotFoundError: [\s\S]*the kernel's folder was '\.'"),
        ("warning", r"cell 1 .*: wrote to stderr: no glyph"),
        ("slow", r"cell 1 .*: no answer from the kernel"),
        ("absent", r"book/absent.ipynb: does not open as a notebook"),
    ],
)
def test_a_notebook_that_would_fail_its_reader_fails_the_check(lab, monkeypatch, name, message):
    monkeypatch.setattr(binder_check, "CELL_TIMEOUT", 3)
    with pytest.raises(CheckFailed, match=message):
        binder_check.replay(lab, [f"book/{name}.ipynb"])


@pytest.mark.parametrize(("silent", "passes"), [(1, True), (2, False)])
def test_a_kernel_that_never_becomes_ready_is_replaced_once(lab, monkeypatch, silent, passes):
    wait, starts = lab._wait, []

    def sometimes(channel, path):
        starts.append(path)
        if len(starts) <= silent:
            raise binder_check.NoKernel(f"{path}: the kernel never became ready")
        wait(channel, path)

    monkeypatch.setattr(lab, "_wait", sometimes)
    if passes:
        binder_check.replay(lab, ["book/good.ipynb"])
    else:
        with pytest.raises(CheckFailed, match="never became ready"):
            binder_check.replay(lab, ["book/good.ipynb"])
    assert len(starts) == (3 if passes else 2)


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
