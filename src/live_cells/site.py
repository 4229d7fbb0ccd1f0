"""The folder ``live`` of a site: scripts, packed files, and the manifest that lists them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from sphinx.errors import ConfigError

from . import fonts, modules, node, pack, packages, runtime
from .config import Configuration
from .runtime import LIBRARY, Runtime

FOLDER = "live"
_SERVICE_WORKER = "live-cells-sw.js"


@dataclass
class Site:
    """Know what of a site its pages name."""

    bundle: node.Bundle
    #: The manifest as it is written; ``None`` if nothing runs in the page.
    manifest: bytes | None = None
    #: The packed files, by name.
    packed: dict[str, Path] = field(default_factory=dict)
    #: How many bytes the first run loads.
    bytes: int = 0
    notices: Path | None = None
    #: Errors of cells in the page, by page and number of the cell.
    errors: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def manifest_sha256(self) -> str:
        """The hash that a page holds: of the manifest, which holds those of all files."""
        return hashlib.sha256(self.manifest or b"").hexdigest()

    def write(self, out: Path) -> None:
        """Write the files of the site that are the same for all pages."""
        folder = out / FOLDER
        kept = {*self.packed, "pages", "words", "notices"}
        if folder.is_dir():  # what earlier builds have left
            for path in folder.iterdir():
                if path.name not in kept and path.is_file():
                    path.unlink()
        shutil.copytree(self.bundle.folder, folder, dirs_exist_ok=True)
        shutil.copy(node.FRONTEND / "service-worker.js", out / _SERVICE_WORKER)
        if self.manifest is None:
            return
        (folder / "manifest.json").write_bytes(self.manifest)
        for name, path in self.packed.items():
            if not (folder / name).exists():
                shutil.copyfile(path, folder / name)
        if self.notices is not None:
            shutil.copytree(self.notices, folder / "notices", dirs_exist_ok=True)


def make(
    configuration: Configuration, root: Path, sources: Mapping[str, Mapping[int, str]], text: str
) -> Site:
    """Make all that a site needs of the runtime.

    ``sources`` gives the code of each page's cells by their numbers, ``text`` all that the book
    shows: the characters that fonts are cut down to.
    """
    bundle = node.bundle()
    if configuration.runtime == "none":
        return Site(bundle)
    made = _Packing(runtime.fetch(), bundle)
    made.fill(configuration, root, sources, text)
    return made.site


#: The manifest's entry of a file that is being compressed.
_Packed: TypeAlias = "Future[dict[str, Any]]"


class _Packing:
    def __init__(self, found: Runtime, bundle: node.Bundle):
        self._runtime = found
        self.site = Site(bundle, notices=found.notices)
        # Compressing takes most of the time, and lets other threads run.
        self._pool = ThreadPoolExecutor()

    def fill(
        self,
        configuration: Configuration,
        root: Path,
        sources: Mapping[str, Mapping[int, str]],
        text: str,
    ) -> None:
        """Choose files, pack them, and write the manifest."""
        own = packages.in_page()
        for name in configuration.packages:
            own.update(packages.files(name, self._runtime.library))
        data = _data(root, configuration.files)
        lazy = [name for name in configuration.packages if _has(own, name)]
        start: dict[str, Any] = {"lazy": lazy, "run": _text(root, configuration.start)}
        settings = {**start, "later": configuration.later, "modules": configuration.modules}
        in_figures = {
            language: fonts.files(names, text) for language, names in configuration.fonts.items()
        }
        present = {
            **own,
            **{name: one for files in in_figures.values() for name, one in files.items()},
        }
        kept = None if configuration.recorded is None else root / configuration.recorded
        recorded = modules.record(self._runtime, sources, present, data, settings, kept)
        self.site.errors = recorded.errors
        packing = {"core": self._core(own, data, recorded)}
        fonts_packing: dict[str, _Packed] = {}
        later = [name for name in configuration.later if _has(recorded.later, name)]
        if later:
            packing["extra"] = self._extra(recorded)
            for language, files in in_figures.items():
                fonts_packing[language] = self._archive(files, f"live_cells.fonts.{language}")
        tiers = [_tier(name, [one.result() for one in files]) for name, files in packing.items()]
        by_language = {language: [one.result()] for language, one in fonts_packing.items()}
        self.site.bytes = tiers[0]["bytes"]
        start["tiers"] = {"extra": later} if later else {}
        call = '__import__("_live")'
        manifest = {
            "version": 1,
            "runtime": {"name": self._runtime.name, "version": self._runtime.version},
            "tiers": tiers,
            "fonts": by_language,
            "modules": start["tiers"],
            "mounts": ["/usr/local/lib", "/tmp"],
            "argv": list(runtime.ARGV),
            "env": [f"{name}={value}" for name, value in runtime.ENV.items()],
            "start": f"{call}.start({start!r})",
            "run": f"{call}.run({{request}})",
            "added": f"{call}.added({{tier}})",
        }
        self.site.manifest = json.dumps(manifest, ensure_ascii=False).encode()

    def _core(
        self, own: Mapping[str, bytes], data: Mapping[str, bytes], recorded: modules.Recorded
    ) -> list[_Packed]:
        """Pack the first tier: the interpreter, its library, the book's packages and data."""
        found = self._runtime
        files = [
            self._add(found.wasm.read_bytes(), "the interpreter", kind="wasm"),
            self._archive(
                {**modules.stripped(found, recorded.core), **packages.versions(found.library)},
                "the library",
            ),
            self._archive({**own, **modules.compiled(found, own)}, "live_cells.packages"),
        ]
        if data:
            files.append(self._archive(data, "live_cells.files", mount=runtime.ENV["HOME"]))
        return files

    def _extra(self, recorded: modules.Recorded) -> list[_Packed]:
        """Pack the second tier, with a list of fonts, or Matplotlib would make it at each start."""
        names = [name for name in recorded.later if not packages.is_superfluous(name)]
        library = {name: (self._runtime.library / name).read_bytes() for name in names}
        files = [self._archive(library, "the second tier")]
        if recorded.fonts:
            lists = {name: data.encode() for name, data in recorded.fonts.items()}
            mount = runtime.ENV["MPLCONFIGDIR"]
            files.append(self._archive(lists, "the list of fonts", mount=mount))
        return files

    def _archive(self, files: Mapping[str, bytes], what: str, mount: str = LIBRARY) -> _Packed:
        return self._add(pack.archive(files), what, kind="archive", mount=mount)

    def _add(self, data: bytes, what: str, **more: str) -> _Packed:
        def compress() -> dict[str, Any]:
            packed, place = pack.pack(data, what)
            self.site.packed[packed.name] = place
            return {"url": packed.name, **asdict(packed), **more}

        return self._pool.submit(compress)


def _tier(name: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "bytes": sum(file["bytes"] for file in files), "files": files}


def _has(files: Iterable[str], package: str) -> bool:
    return any(name.split("/")[0].split(".")[0] == package for name in files)


def _data(root: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for pattern in patterns:
        paths = [path for path in sorted(root.glob(pattern)) if path.is_file()]
        if not paths:
            raise ConfigError(f"_config.yml: live_cells.files: no file matches {pattern!r}")
        found.update({path.relative_to(root).as_posix(): path.read_bytes() for path in paths})
    return found


def _text(root: Path, name: str | None) -> str:
    if name is None:
        return ""
    try:
        return (root / name).read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"_config.yml: live_cells.start: {error.strerror}: {root / name}"
        ) from error
