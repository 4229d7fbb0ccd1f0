"""Which modules of the runtime's library a book needs: recorded, not guessed.

The import statements of all cells and of the book's own packages, those inside functions too, are
run in the runtime, and what they load is kept. So is, as a margin, every module in the same folder
of a package as one that was loaded: what `sympy.integrals` imports only for some integrals is
there, whole subpackages that nothing asks for are not. Of the standard library the margin is what
beginners import.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sphinx.util import logging

from . import storage
from .runtime import Runtime

_logger = logging.getLogger(__name__)

_RECORDING = Path(__file__).with_name("recording")
_RECORD = _RECORDING / "record.py"
_COMPILE = _RECORDING / "compile.py"

#: Large packages that others import only if they are there: left out unless the book names them.
_OPTIONAL = {"lxml", "networkx", "pandas", "seaborn", "statsmodels"}

#: What readers may want of the standard library.
_STANDARD = ("calendar", "cmath", "collections.abc", "colorsys", "copy", "csv", "dataclasses",
             "datetime", "decimal", "difflib", "enum", "fractions", "functools", "graphlib", "heapq",
             "html", "io", "itertools", "json", "math", "operator", "pprint", "random", "re",
             "secrets", "statistics", "string", "textwrap", "time", "timeit", "typing",
             "unicodedata", "warnings")  # fmt: skip
#: Folders that hold tests, and files that no program asks for.
_NEVER = {"tests", "testing", "test", "__pycache__"}


@dataclass(frozen=True)
class Recorded:
    """Hold what a book needs of the library, by name of the file in it."""

    #: Needed at once: all that is loaded while the packages of the second tier are not there.
    core: tuple[str, ...]
    #: What comes with the second tier.
    later: tuple[str, ...]
    #: Statements that failed, and why.
    failed: Mapping[str, str]
    #: Matplotlib's list of fonts, by the name of its file.
    fonts: Mapping[str, str]


def imports(source: str) -> Iterator[str]:
    """Yield the import statements of a Python text, those of type checkers aside.

    Examples
    --------
    >>> list(imports("import numpy as np\\ndef f():\\n    from math import pi, e"))
    ['import numpy as np', 'from math import pi, e']
    """
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not (isinstance(node, ast.ImportFrom) and node.level):
                yield ast.unparse(node)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def record(
    runtime: Runtime,
    statements: Iterable[str],
    book: Mapping[str, bytes],
    later: Sequence[str],
    more: Sequence[str],
) -> Recorded:
    """Run import statements in the runtime and return what they need of its library.

    ``book`` holds the files of the book's own packages, ``later`` names the packages of the second
    tier, ``more`` modules that nothing imports by a statement. Kept until a name or a statement
    changes.
    """
    own = sorted({PurePosixPath(name).parts[0].removesuffix(".py") for name in book})
    statements = sorted(set(statements))
    named = set(re.findall(r"\w+", " ".join([*statements, *more])))
    request = {
        "statements": statements,
        "later": sorted(later),
        "hidden": sorted(_OPTIONAL - named),
        "modules": [*_STANDARD, *sorted(more)],
        "own": own,
    }
    asked = json.dumps(request)
    key = storage.key(runtime.folder.name, _RECORD.read_bytes(), asked, *sorted(book))

    def run(place: Path) -> None:
        _logger.info("recording which modules the book needs ...")
        with _running(runtime, _RECORD, book, {"request.json": asked}) as work:
            shutil.copy(work / "answer.json", place)

    place = storage.made(storage.folder() / "recorded" / key, run)
    answer = json.loads(place.read_text("utf-8"))
    core = _with_margin(answer["core"], runtime.library)
    everything = _with_margin(answer["all"], runtime.library)
    fonts = answer["fonts"]
    return Recorded(
        tuple(sorted(core)),
        tuple(sorted(everything - core)),
        answer["failed"],
        {fonts["name"]: fonts["text"]} if fonts else {},
    )


def compiled(runtime: Runtime, book: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the modules of the book's packages in the bytecode of the runtime."""
    sources = {name: data for name, data in book.items() if name.endswith(".py")}
    contents = [part for name in sorted(sources) for part in (name, sources[name])]
    key = storage.key(runtime.folder.name, _COMPILE.read_bytes(), *contents)

    def run(place: Path) -> None:
        with _running(runtime, _COMPILE, sources, {}) as work:
            shutil.copytree(work, place)

    return read(storage.made(storage.folder() / "bytecode" / key, run))


@contextmanager
def _running(
    runtime: Runtime, script: Path, book: Mapping[str, bytes], given: Mapping[str, str]
) -> Iterator[Path]:
    """Run a script in the runtime and give the folder that it has written to."""
    with tempfile.TemporaryDirectory() as folder:
        work, tmp, packages = (Path(folder) / name for name in ("work", "tmp", "book"))
        for each in (work, tmp, packages):
            each.mkdir()
        write(book, packages)
        write({name: text.encode() for name, text in given.items()}, work)
        mounts = {"/work": work, "/tmp": tmp, "/book": packages}
        runtime.run([script.read_text("utf-8")], mounts)
        yield work


def _with_margin(loaded: Iterable[str], library: Path) -> set[str]:
    """Add to files of the library the modules and data in the same folders."""
    folders = {PurePosixPath(name).parent for name in loaded}
    result = set()
    for folder in folders - {PurePosixPath(".")}:
        for path in (library / folder).iterdir():
            if path.is_file() and not _NEVER.intersection(folder.parts):
                result.add(str(folder / path.name))
    for name in loaded:
        # What a package reads with its data: files in folders without modules.
        if name.endswith("/__init__.pyc"):
            result.update(_data(library, PurePosixPath(name).parent))
    return result | set(loaded)


def _data(library: Path, package: PurePosixPath) -> Iterator[str]:
    """Yield the files of a package's folders that hold data, an empty module beside them or not."""
    for folder in (library / package).iterdir():
        if folder.is_dir() and folder.name not in _NEVER:
            inside = [path for path in folder.rglob("*") if path.is_file()]
            if not any(path.suffix == ".pyc" and path.stem != "__init__" for path in inside):
                yield from (path.relative_to(library).as_posix() for path in inside)


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def read(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, those of its folders included, by their names in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
