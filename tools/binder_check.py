"""Replay what Binder does with this repository, without Docker.

repo2docker itself reads the repository and says what it would run; this script runs the same `pip`
lines in a clean environment made of the packages Binder starts from, asks its JupyterLab for the
page that each launch button leads to, and runs every notebook with its `jupyter execute`. What went
wrong is read from the outputs saved in the notebooks.

Usage: ``make binder-check``, or ``python tools/binder_check.py [NOTEBOOK...]``, paths from
the root, in an environment that has the ``test`` extra of this project.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import requests
from repo2docker.app import Repo2Docker
from repo2docker.buildpacks import conda
from requests.adapters import HTTPAdapter, Retry

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "_build" / "binder"
PYTHON = "3.12"
#: What a reader is served when a launch button is pressed, what it stands on, what runs notebooks.
BASE = ("jupyterlab", "jupyter_server", "notebook", "ipykernel", "ipywidgets", "nbclient")
CELL_TIMEOUT = 120  # seconds, as in a build of the book: notebooks share the cores here as there
#: Variables for Binder's programs: those meant for the Python that runs this check stay out.
VARIABLES = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON"))}
VARIABLES["OMP_NUM_THREADS"] = "1"  # threads of notebooks run side by side wait for each other


class BinderCheckError(Exception):
    """Binder would not open or run this repository as the launch buttons promise."""


def clone(target: Path) -> None:
    """Clone the committed state of the repository: it is all that Binder sees."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", "--no-local", str(ROOT), str(target)], check=True)


def plan(repository: Path) -> tuple[list[str], list[str]]:
    """Ask repo2docker what it would do.

    Parameters
    ----------
    repository : Path
        A clean clone.

    Returns
    -------
    base : list of str
        Requirements that stand for the environment Binder starts from.
    lines : list of str
        The shell lines that install the repository's own requirements.

    Raises
    ------
    BinderCheckError
        If the build pack, the Python version or the steps are not the expected ones.
    """
    with contextlib.chdir(repository):
        application = Repo2Docker()
        packs = (kind(application.base_image) for kind in application.buildpacks)
        pack = next(pack for pack in packs if pack.detect())
        pack.platform = "linux/amd64"
        chosen = f"{type(pack).__name__}, Python {getattr(pack, 'python_version', None)}"
        if chosen != f"PythonBuildPack, Python {PYTHON}":
            raise BinderCheckError(f"repo2docker chose {chosen}")
        steps = [*pack.get_preassemble_scripts(), *pack.get_assemble_scripts()]
        lines = [line for _, line in steps] + pack.get_post_build_scripts()
    if not lines or not all("/bin/pip install" in line for line in lines):
        raise BinderCheckError(f"Binder would run {lines or 'nothing'}; this replay runs pip alone")
    lock = Path(conda.__file__).with_name(f"environment.py-{PYTHON}-linux-64.lock").read_text()
    versions = [re.findall(rf"/{name}-(\d[\w.]*)-\w+\.conda", lock) for name in BASE]
    if not all(versions):
        raise BinderCheckError(f"not all of {', '.join(BASE)} are in Binder's base environment")
    base = [f"{name}=={version}" for name, (version, *_) in zip(BASE, versions, strict=True)]
    return base, lines


def _interpreter() -> str:
    """Return a Python of the version Binder runs."""
    code = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{PYTHON}')"
    pyenv = Path.home().glob(f".pyenv/versions/{PYTHON}*/bin/python")
    for candidate in filter(None, [sys.executable, shutil.which(f"python{PYTHON}"), *pyenv]):
        if subprocess.run([candidate, "-c", code], capture_output=True).returncode == 0:
            return str(candidate)
    raise BinderCheckError(f"Python {PYTHON} is needed to replay what Binder does; none was found")


def _install(repository: Path, environment: Path, base: list[str], lines: list[str]) -> None:
    """Make Binder's environment and run the repository's own lines in it."""
    subprocess.run([_interpreter(), "-m", "venv", "--clear", str(environment)], check=True)
    variables = os.environ | {"KERNEL_PYTHON_PREFIX": str(environment), "PIP_QUIET": "1"}
    for line in [f"${{KERNEL_PYTHON_PREFIX}}/bin/pip install {shlex.join(base)}", *lines]:
        print(f"replaying: {line}", flush=True)
        subprocess.run(["bash", "-c", line], cwd=repository, check=True, env=variables)


def open_all(repository: Path, environment: Path, notebooks: list[str]) -> None:
    """Ask a JupyterLab on the repository for the pages that launch buttons lead to.

    Parameters
    ----------
    repository, environment, notebooks : Path, Path, list of str
        As for `run_all`.

    Raises
    ------
    BinderCheckError
        If the server does not answer, or not with a notebook.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    token, log = secrets.token_hex(16), repository.with_name("jupyterlab.log")
    command = [environment / "bin" / "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--port={url.rpartition(':')[2]}", f"--ServerApp.root_dir={repository}"]
    command += [f"--IdentityProvider.token={token}"]
    reader = requests.Session()
    reader.headers["Authorization"] = f"token {token}"
    # The server takes some seconds to start, a minute and more on a machine that is busy: while
    # it refuses, ask again once a second.
    reader.mount(url, HTTPAdapter(max_retries=Retry(180, backoff_factor=1, backoff_max=1)))
    with log.open("wb") as said:
        server = subprocess.Popen(command, env=VARIABLES, stdout=said, stderr=said)
    try:
        for path in notebooks:
            page = reader.get(f"{url}/lab/tree/{path}", timeout=30)
            content = reader.get(f"{url}/api/contents/{path}", timeout=30)
            if not page.ok or not content.ok or content.json()["type"] != "notebook":
                raise BinderCheckError(f"{path}: does not open as a notebook ({page.status_code})")
    except requests.ConnectionError as problem:
        raise BinderCheckError(f"JupyterLab does not answer; its log: {log}") from problem
    finally:
        server.terminate()
        server.wait(timeout=30)


def outcome(notebook: nbformat.NotebookNode) -> str | None:
    """Read from an executed notebook what its reader would stumble over.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook with its outputs.

    Returns
    -------
    str or None
        The first error, output on stderr or cell that was not run, and where it is.
    """
    for number, cell in enumerate(notebook.cells):
        where = f"cell {number} ({cell.id})"
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"{where}: {output.ename}: {output.evalue}"
            if output.output_type == "stream" and output.name == "stderr":
                return f"{where}: wrote to stderr: {output.text}"
        if cell.cell_type == "code" and cell.source.strip() and not cell.execution_count:
            return f"{where}: was not run"
    return None


def _execute(environment: Path, notebook: Path) -> str | None:
    """Run a copy of a notebook, with no files of the repository beside it; say what went wrong.

    A reader on Colab or after a download has no more than that. In its own folder a notebook is run
    by every build of the book.
    """
    command = [environment / "bin" / "jupyter", "execute", "--inplace", "--allow-errors"]
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(notebook, folder)
        command += [f"--timeout={CELL_TIMEOUT}", copy]
        run = subprocess.run(command, env=VARIABLES, capture_output=True, encoding="utf-8")
        if run.returncode:  # a cell out of time, which is quoted, or a kernel that died
            return re.split(r"^(?=\S+Error: )", run.stderr, flags=re.MULTILINE)[-1].strip()
        return outcome(nbformat.read(copy, as_version=4))


def run_all(repository: Path, environment: Path, notebooks: list[str]) -> None:
    """Run notebooks, one a core.

    Parameters
    ----------
    repository : Path
        A clean clone.
    environment : Path
        Virtual environment that Binder would have made.
    notebooks : list of str
        Their paths, from the root of the repository.

    Raises
    ------
    BinderCheckError
        If any fails, writes to stderr or takes too long; all such are named.
    """
    problems = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: _execute(environment, repository / path), notebooks)
        for path, problem in zip(notebooks, results, strict=True):
            print(f"{path}: {problem or 'ran'}", flush=True)
            problems += [f"{path}: {problem}"] if problem else []
    if problems:
        raise BinderCheckError("\n".join(problems))


def main() -> None:
    """Run the check from the command line."""
    repository, environment = WORK / "repository", WORK / "environment"
    try:
        clone(repository)
        every = sorted(repository.glob("book/*/*.ipynb"))
        notebooks = sys.argv[1:] or [path.relative_to(repository).as_posix() for path in every]
        if not notebooks:
            raise BinderCheckError("the repository has no notebooks in book/*/")
        _install(repository, environment, *plan(repository))
        open_all(repository, environment, notebooks)
        run_all(repository, environment, notebooks)
    except BinderCheckError as problem:
        sys.exit(f"Binder check failed:\n{problem}")
    print(f"Binder check passed: {len(notebooks)} notebooks opened and ran")


if __name__ == "__main__":
    main()
