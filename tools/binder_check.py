"""Replay what Binder does with this repository, without Docker.

repo2docker itself reads the repository and says what it would run; this script runs the same `pip`
lines in a clean environment made of the packages Binder starts from, opens JupyterLab on a clean
clone, and opens and executes every notebook through it, as a reader's browser would.

Usage: ``make binder-check``, or ``python tools/binder_check.py [--notebook PATTERN]`` in an
environment that has the ``test`` extra of this project.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import nbformat
import requests
import websocket
from repo2docker.app import Repo2Docker
from repo2docker.buildpacks import conda

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "_build" / "binder"
PYTHON = "3.12"
#: What a reader is served when a launch button is pressed, and what it stands on.
BASE = ("jupyterlab", "jupyter_server", "notebook", "ipykernel", "ipywidgets")
CELL_TIMEOUT = 40  # seconds; a cell that takes longer loses its reader on Binder
KERNEL_TIMEOUT = 60  # seconds; how long a kernel may take to answer for the first time


class CheckFailed(Exception):
    """Binder would not open or run this repository as the launch buttons promise."""


class NoAnswer(CheckFailed):
    """A kernel said nothing for too long, or is gone."""


class NoKernel(NoAnswer):
    """A kernel never became ready: not the notebook's fault."""


def say(text: str) -> None:
    """Print a line at once, so that a long check shows where it is."""
    print(text, flush=True)


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
    CheckFailed
        If the build pack, the Python version or the steps are not the expected ones.
    """
    with contextlib.chdir(repository):
        application = Repo2Docker()
        for kind in application.buildpacks:
            pack = kind(application.base_image)
            pack.platform = "linux/amd64"
            if pack.detect():
                break
        name = type(pack).__name__
        if name != "PythonBuildPack":
            raise CheckFailed(f"repo2docker chose {name}, expected PythonBuildPack")
        if pack.python_version != PYTHON:
            raise CheckFailed(f"Binder would run Python {pack.python_version}, expected {PYTHON}")
        dockerfile = pack.render()
        lines = [
            line for _, line in [*pack.get_preassemble_scripts(), *pack.get_assemble_scripts()]
        ]
        later = pack.get_post_build_scripts()
    for line in lines:
        if line.splitlines()[0] not in dockerfile:
            raise CheckFailed(f"a step is not in the rendered Dockerfile: {line}")
        if "/bin/pip install" not in line:
            raise CheckFailed(f"a step this replay cannot run: {line}")
    if later:
        raise CheckFailed(f"a step this replay cannot run: {', '.join(later)}")
    if not lines:
        raise CheckFailed("Binder would install nothing of this repository")
    locks = Path(conda.__file__).parent
    lock = (locks / f"environment.py-{PYTHON}-linux-64.lock").read_text(encoding="utf-8")
    base = []
    for package in BASE:
        version = re.search(rf"/{package}-(\d[\w.]*)-\w+\.conda", lock)
        if not version:
            raise CheckFailed(f"{package} is not in Binder's base environment any more")
        base.append(f"{package}=={version[1]}")
    return base, lines


def interpreter() -> str:
    """Return a Python of the version Binder runs."""
    candidates = [shutil.which(f"python{PYTHON}"), sys.executable]
    candidates += sorted(str(p) for p in Path.home().glob(f".pyenv/versions/{PYTHON}*/bin/python"))
    for candidate in filter(None, candidates):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([candidate, "-c", code], capture_output=True, text=True)
        if answer.stdout.strip() == PYTHON:
            return candidate
    raise CheckFailed(f"Python {PYTHON} is needed to replay what Binder does; none was found")


def install(repository: Path, environment: Path, base: list[str], lines: list[str]) -> None:
    """Make Binder's environment and run the repository's own lines in it."""
    shutil.rmtree(environment, ignore_errors=True)
    subprocess.run([interpreter(), "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "pip"), "--disable-pip-version-check", "--quiet"]
    say(f"base environment: {' '.join(base)}")
    subprocess.run([*pip, "install", *base], check=True)
    for line in lines:
        say(f"replaying: {line}")
        command = line.replace("${KERNEL_PYTHON_PREFIX}", shlex.quote(str(environment)))
        environment_variables = os.environ | {"PIP_QUIET": "1"}
        subprocess.run(
            ["bash", "-c", command], cwd=repository, check=True, env=environment_variables
        )


class Lab:
    """A JupyterLab server on a repository, spoken to as a browser does.

    Parameters
    ----------
    repository : Path
        Root folder of the server.
    environment : Path
        Virtual environment that has JupyterLab.
    log : Path
        File for what the server says.
    """

    def __init__(self, repository: Path, environment: Path, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{port}"
        self.headers = {"Authorization": f"token {self.token}"}
        self.log = log
        # The variables of the environment that runs this check must not reach Binder's.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON"))}
        command = [
            str(environment / "bin" / "jupyter"),
            "lab",
            "--no-browser",
            "--allow-root",
            f"--port={port}",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={repository}",
        ]
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                command,
                cwd=repository,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=inherited | {"PATH": f"{environment / 'bin'}:{os.environ['PATH']}"},
            )

    def __enter__(self) -> Lab:
        """Wait until the server answers."""
        for _ in range(120):
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.url}/api/status", headers=self.headers, timeout=5).ok:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.5)
        raise CheckFailed(f"JupyterLab did not start; its log: {self.log}")

    def __exit__(self, *_: object) -> None:
        """Stop the server and its kernels."""
        self.process.terminate()
        self.process.wait(timeout=30)

    def open(self, path: str) -> None:
        """Ask for the page that the launch button leads to."""
        answer = requests.get(f"{self.url}/lab/tree/{path}", headers=self.headers, timeout=30)
        content = requests.get(f"{self.url}/api/contents/{path}", headers=self.headers, timeout=30)
        if not answer.ok or not content.ok or content.json()["type"] != "notebook":
            raise CheckFailed(f"{path}: does not open as a notebook ({answer.status_code})")

    def run(self, path: str, session_path: str) -> float:
        """Execute every cell of a notebook in a fresh kernel.

        Parameters
        ----------
        path : str
            The notebook, from the root of the repository.
        session_path : str
            Path the session is opened under; its folder is the kernel's working directory.

        Returns
        -------
        float
            Seconds taken, kernel start included.
        """
        content = requests.get(f"{self.url}/api/contents/{path}", headers=self.headers, timeout=30)
        notebook = nbformat.from_dict(content.json()["content"])
        start = time.perf_counter()
        session = requests.post(
            f"{self.url}/api/sessions",
            headers=self.headers,
            timeout=60,
            json={
                "path": session_path,
                "name": Path(path).name,
                "type": "notebook",
                "kernel": {"name": notebook.metadata.kernelspec.name},
            },
        )
        session.raise_for_status()
        kernel = session.json()["kernel"]["id"]
        socket_url = self.url.replace("http", "ws", 1) + f"/api/kernels/{kernel}/channels"
        channel = websocket.create_connection(
            f"{socket_url}?token={self.token}", timeout=KERNEL_TIMEOUT
        )
        try:
            self._wait(channel, path)
            for number, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    content = {"code": cell.source, "silent": False, "store_history": True}
                    content |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
                    where = f"{path}, cell {number} ({cell.id})"
                    self._ask(channel, "execute_request", content, where, CELL_TIMEOUT)
        finally:
            channel.close()
            identifier = session.json()["id"]
            requests.delete(
                f"{self.url}/api/sessions/{identifier}", headers=self.headers, timeout=30
            )
        return time.perf_counter() - start

    def _wait(self, channel: websocket.WebSocket, path: str) -> None:
        """Wait for a kernel that is starting: what it says before it is ready may be lost."""
        deadline = time.monotonic() + KERNEL_TIMEOUT
        while True:
            try:
                return self._ask(channel, "kernel_info_request", {}, f"{path}: the kernel", 5)
            except NoAnswer as problem:
                if time.monotonic() > deadline:
                    raise NoKernel(f"{path}: the kernel never became ready") from problem

    def _ask(
        self, channel: websocket.WebSocket, request: str, content: dict, where: str, seconds: float
    ) -> None:
        """Send a request and wait until the kernel has replied and is idle again."""
        identifier = uuid.uuid4().hex
        header = {"msg_id": identifier, "msg_type": request, "version": "5.4"}
        header |= {"username": "reader", "session": identifier}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        channel.send(json.dumps(message | {"channel": "shell"}))
        deadline = time.monotonic() + seconds
        replied = idle = False
        while not (replied and idle):
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoAnswer(f"{where}: no answer from the kernel in {seconds} s")
            channel.settimeout(left)
            try:
                # Control frames too: the server's pings must not put the deadline off.
                opcode, data = channel.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                continue
            except websocket.WebSocketException as problem:
                raise NoAnswer(f"{where}: the kernel is gone: {problem}") from problem
            if opcode != websocket.ABNF.OPCODE_TEXT:
                continue
            answer = json.loads(data)
            if answer["parent_header"].get("msg_id") != identifier:
                continue
            kind, content = answer["header"]["msg_type"], answer["content"]
            if kind == "error":
                raise CheckFailed(f"{where}: {content['ename']}: {content['evalue']}")
            if kind == "stream" and content["name"] == "stderr":
                raise CheckFailed(f"{where}: wrote to stderr: {content['text']}")
            replied = replied or kind.endswith("_reply")
            idle = idle or (kind == "status" and content["execution_state"] == "idle")


def _run(lab: Lab, path: str, session: str) -> float:
    try:
        return lab.run(path, session)
    except NoKernel as problem:
        # Seen twice in some three hundred starts that followed each other at once. A reader would
        # choose "restart"; twice in a row it is a fault.
        say(f"{problem}; once more with a new one")
        return lab.run(path, session)


def replay(lab: Lab, notebooks: list[str]) -> None:
    """Open and run notebooks as their readers do.

    Parameters
    ----------
    lab : Lab
        A running server.
    notebooks : list of str
        Their paths, from the root of the repository.

    Raises
    ------
    CheckFailed
        If one does not open, fails, writes to stderr, or runs from one folder only.
    """
    for path in notebooks:
        lab.open(path)
        # From its own folder, as Binder opens it, and from the root: a notebook that only runs
        # from one folder fails one of the two.
        for session in (path, f"elsewhere-{Path(path).name}"):
            try:
                seconds = _run(lab, path, session)
            except CheckFailed as problem:
                folder = Path(session).parent.as_posix()
                raise CheckFailed(f"{problem}\n(the kernel's folder was {folder!r})") from problem
            say(f"ran {path} from {Path(session).parent.as_posix()!r} ({seconds:.1f} s)")


def check(pattern: str) -> int:
    """Replay Binder for every notebook the pattern matches; return how many were run."""
    repository, environment = WORK / "repository", WORK / "environment"
    WORK.mkdir(parents=True, exist_ok=True)
    clone(repository)
    base, lines = plan(repository)
    say(f"repo2docker: PythonBuildPack, Python {PYTHON}")
    install(repository, environment, base, lines)
    notebooks = sorted(
        path.relative_to(repository).as_posix() for path in repository.glob(f"book/{pattern}.ipynb")
    )
    if not notebooks:
        raise CheckFailed(f"no notebook matches book/{pattern}.ipynb")
    with Lab(repository, environment, WORK / "jupyterlab.log") as lab:
        replay(lab, notebooks)
    return len(notebooks)


def main() -> int:
    """Run the check from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebook", default="*/*", help="glob under book/, without .ipynb")
    try:
        count = check(parser.parse_args().notebook)
    except CheckFailed as problem:
        say(f"Binder check failed: {problem}")
        return 1
    say(f"Binder check passed: {count} notebooks opened and ran, twice each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
