"""The files that a page's Python gets besides its library: the book's packages, fonts and data."""

from __future__ import annotations

import csv
import importlib.util
import io
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from sphinx.errors import ConfigError

from . import modules
from .runtime import IN_PAGE

_COMPILED = {".so", ".pyd", ".dylib"}
_FONTS = {".ttf", ".otf", ".ttc"}
_LEFT_OUT = {".pyc", ".pyi"}
#: Data of Matplotlib for other kinds of output, its samples, and its lesser fonts.
_SUPERFLUOUS = (
    "matplotlib/mpl-data/fonts/afm/",
    "matplotlib/mpl-data/fonts/pdfcorefonts/",
    "matplotlib/mpl-data/images/",
    "matplotlib/mpl-data/plot_directive/",
    "matplotlib/mpl-data/sample_data/",
)


def in_page() -> dict[str, bytes]:
    """Return the modules that run the cells."""
    files = {name: data for name, data in modules.read(IN_PAGE).items() if name.endswith(".py")}
    # IPython's own, one file without dependencies, so that values look as in Jupyter.
    pretty = importlib.util.find_spec("IPython.lib.pretty")
    assert pretty is not None
    assert pretty.origin is not None
    files["_live/pretty.py"] = Path(pretty.origin).read_bytes()
    return files


def files(package: str, library: Path) -> dict[str, bytes]:
    """Return the files of a package of the environment that builds the book.

    Nothing is returned of what the library of the runtime holds already, at the version that it
    has there.
    """
    if (library / package).is_dir() or (library / f"{package}.pyc").is_file():
        return {}
    if package in sys.stdlib_module_names:
        return {}
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise ConfigError(
            f"_config.yml: live_cells.packages: {package!r} is neither in the runtime nor "
            "installed where the book is built; the name that an import statement gives it is "
            "expected"
        )
    result = dict(_described(_distributions(package)))
    if not spec.submodule_search_locations:
        return {**result, Path(spec.origin).name: Path(spec.origin).read_bytes()}
    root = Path(spec.submodule_search_locations[0])
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.suffix in _COMPILED:
            raise ConfigError(
                f"_config.yml: live_cells.packages: {package!r} has compiled parts ({name}), "
                "which no page can run; a package of Python alone is expected"
            )
        if path.is_file() and path.suffix not in _LEFT_OUT and "__pycache__" not in name.parts:
            result[f"{package}/{name.as_posix()}"] = path.read_bytes()
    # Stubs that a package reads itself, as lazy_loader does.
    for stub in root.rglob("__init__.pyi"):
        result[f"{package}/{stub.relative_to(root).as_posix()}"] = stub.read_bytes()
    return result


def _distributions(package: str) -> Iterable[metadata.Distribution]:
    for name in metadata.packages_distributions().get(package, [package.replace("_", "-")]):
        try:
            yield metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue


def _described(distributions: Iterable[metadata.Distribution]) -> Iterable[tuple[str, bytes]]:
    """Yield what `importlib.metadata` reads: name and version."""
    for one in distributions:
        name = f"{one.name.replace('-', '_')}-{one.version}.dist-info/METADATA"
        yield name, f"Metadata-Version: 2.1\nName: {one.name}\nVersion: {one.version}\n".encode()


def versions(library: Path) -> dict[str, bytes]:
    """Return what `importlib.metadata` reads of the runtime's packages: names and versions."""
    found = metadata.distributions(path=[str(library)])
    return dict(_described(sorted(found, key=lambda one: one.name)))


def is_font(name: str) -> bool:
    """Tell whether a file is a font, by its name."""
    return Path(name).suffix.lower() in _FONTS


def is_superfluous(name: str) -> bool:
    """Tell whether pages do without a file of the library."""
    return name.startswith(_SUPERFLUOUS)


def fonts(distribution: str) -> dict[str, bytes]:
    """Return the fonts of an installed distribution, and its list of files."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        raise ConfigError(
            f"_config.yml: live_cells.fonts: {distribution!r} is not installed where the book is "
            "built; a name of a package as pip has it is expected"
        ) from None
    result = dict(_described([found]))
    for file in found.files or []:
        path = Path(str(file.locate()))
        if path.suffix.lower() in _FONTS and path.is_file():
            result[str(file)] = path.read_bytes()
    if len(result) == 1:
        raise ConfigError(
            f"_config.yml: live_cells.fonts: {distribution!r} holds no file {sorted(_FONTS)}"
        )
    place = next(iter(result)).partition("/")[0]
    record = io.StringIO()  # a name may hold a comma: "NotoSansDevanagari[wdth,wght].ttf"
    csv.writer(record, lineterminator="\n").writerows((name, "", "") for name in result)
    result[f"{place}/RECORD"] = record.getvalue().encode()
    return result
