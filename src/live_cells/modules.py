"""Which modules of the runtime's library a book needs: recorded, not guessed.

The cells of each page are run in the runtime, outside any browser, and what they load is kept. So
is, as a margin, every module in the same folder of a package as one that was loaded: what
`sympy.integrals` imports only for some integrals is there, whole subpackages that nothing asks for
are not. Of the standard library the margin is what beginners import. A page is run anew when its
cells change, unless the book keeps a list of what its cells have loaded.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.errors import ConfigError

from . import storage
from .runtime import IN_PAGE, Runtime
from .validation import check, read_toml

_RECORDING = Path(__file__).with_name("recording")
_RECORD = _RECORDING / "record.py"
_COMPILE = _RECORDING / "compile.py"
_STRIP = _RECORDING / "strip.py"

#: Large packages that others import only if they are there: left out unless the book names them.
_OPTIONAL = {"lxml", "networkx", "pandas", "seaborn", "statsmodels"}

#: What readers may want of the standard library.
_STANDARD = (
    "calendar", "cmath", "collections.abc", "colorsys", "copy", "csv", "dataclasses", "datetime",
    "decimal", "difflib", "enum", "fractions", "functools", "graphlib", "heapq", "html", "io",
    "itertools", "json", "math", "operator", "pprint", "pydoc", "random", "re", "secrets",
    "statistics", "string", "textwrap", "time", "timeit", "typing", "unicodedata", "warnings",
)  # fmt: skip
#: Folders that hold tests, and files that no program asks for.
_NEVER = {"tests", "testing", "test", "__pycache__"}


@dataclass
class Recorded:
    """Hold what pages need of the library, by name of the file in it."""

    #: Needed at once: all that is loaded before the first package of the second tier.
    core: set[str] = field(default_factory=set)
    #: All, what comes with the second tier included.
    everything: set[str] = field(default_factory=set)
    #: Errors of cells, by page and number of the cell.
    errors: dict[tuple[str, int], str] = field(default_factory=dict)
    #: Matplotlib's list of fonts, by the name of its file.
    fonts: dict[str, str] = field(default_factory=dict)

    @property
    def later(self) -> set[str]:
        """What comes with the second tier."""
        return self.everything - self.core


def imports(source: str | bytes) -> Iterator[str]:
    r"""Yield the import statements of a Python text, those of type checkers aside.

    Examples
    --------
    >>> list(imports("import numpy as np\ndef f():\n    from math import pi, e"))
    ['import numpy as np', 'from math import pi, e']
    """
    waiting: deque[ast.AST] = deque([ast.parse(source)])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not (isinstance(node, ast.ImportFrom) and node.level):
                yield ast.unparse(node)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _imported(statement: str) -> str:
    """Return the top-level package that an import statement names first."""
    return re.split(r"[ .,]", statement)[1]


def record(
    runtime: Runtime,
    pages: Mapping[str, Mapping[int, str]],
    book: Mapping[str, bytes],
    data: Mapping[str, bytes],
    settings: Mapping[str, Any],
    kept: Path | None = None,
) -> Recorded:
    """Run the cells of all pages in the runtime and return what they need of its library.

    ``book`` holds the files of the book's own packages, ``data`` those that cells read;
    ``settings`` has "later", the packages of the second tier, "lazy" and "run" as `_live.start`
    takes them, and "modules", which nothing imports by a statement. ``kept`` is the book's list of
    what its cells have loaded: if it is there, no page is run; if not, it is written.
    """
    # The margin first: what comes after a package of the second tier counts as of that tier.
    statements = [f"import {name}" for name in (*_STANDARD, *settings["modules"])]
    # What runs the cells imports packages of the second tier only where cells have done so.
    named_by = {path.name: settings["later"] for path in IN_PAGE.iterdir()}
    own = (
        statement
        for name, source in book.items()
        if name.endswith(".py")
        for statement in imports(source)
        if _imported(statement) not in named_by.get(name.split("/")[0], ())
    )
    statements += sorted(set(own) - set(statements))
    cells = [source for page in pages.values() for source in page.values()]
    named = set(re.findall(r"\w+", " ".join([*statements, *cells])))
    request = {
        "later": sorted(settings["later"]),
        "hidden": sorted(_OPTIONAL - named),
        "lazy": settings["lazy"],
        "run": settings["run"],
    }
    # What the book's packages import inside functions, and the margin: once, for no page.
    requests = {"": {**request, "cells": [], "statements": statements}}
    if kept is None or not kept.exists():
        for page, found in pages.items():
            requests[page] = {**request, "cells": [*found.items()], "statements": []}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        found_by = pool.map(lambda one: _answer(runtime, one, book, data), requests.values())
        answers = dict(zip(requests, found_by, strict=True))
    if kept is not None:
        if not kept.exists():
            _write_list(kept, runtime, [answers[page] for page in pages])
        answers[kept.name] = _read_list(kept, runtime)
    return _join(answers, runtime.library)


def _title(runtime: Runtime) -> str:
    return f"{runtime.name} {runtime.version}"


def _write_list(path: Path, runtime: Runtime, answers: Iterable[Mapping[str, Any]]) -> None:
    """Write which folders of the library pages have loaded modules from, and which top modules."""
    core: set[str] = set()
    everything: set[str] = set()
    for answer in answers:
        core.update(map(_in_list, answer["core"]))
        everything.update(map(_in_list, answer["all"]))
    lines = [
        "# What the book's cells load of the library of the page's Python: folders of modules, and",
        "# modules outside packages. Made by the build: delete this file, and the next build runs",
        "# every page in that Python and makes it anew.",
        f"runtime = {json.dumps(_title(runtime))}",
    ]
    for tier, names in (("core", core), ("later", everything - core)):
        lines += [f"{tier} = [", *(f"    {json.dumps(name)}," for name in sorted(names)), "]"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _in_list(name: str) -> str:
    """Return the folder of a module, with a slash at its end.

    A module outside packages, or in a folder that has no margin, is returned as it is.
    """
    folder, slash, _ = name.rpartition("/")
    return name if _NEVER.intersection(folder.split("/")) else folder + slash or name


def _read_list(path: Path, runtime: Runtime) -> dict[str, Any]:
    """Return the list of a book in the form of an answer."""
    found = read_toml(path)
    check(found, "modules", path)
    if found["runtime"] != _title(runtime):
        raise ConfigError(
            f"_config.yml: live_cells.recorded: {path} was made with "
            f"{found['runtime']}, the runtime is {_title(runtime)} now. "
            "Delete the file; the next build makes it anew"
        )
    for tier in ("core", "later"):
        for name in found[tier]:
            if not (runtime.library / name).exists():
                raise ConfigError(
                    f"{path}: {tier}: {name!r} is neither a file nor a folder of the library. "
                    "Delete the file; the next build makes it anew"
                )
    everything = found["core"] + found["later"]
    return {"core": found["core"], "all": everything, "errors": {}, "fonts": None}


def _answer(
    runtime: Runtime,
    request: Mapping[str, Any],
    book: Mapping[str, bytes],
    data: Mapping[str, bytes],
) -> dict[str, Any]:
    asked = json.dumps(request)
    # Modules by what they say; of the rest, such as fonts cut down to the book's text, the names.
    code = [text for name, text in sorted(book.items()) if name.endswith(".py")]
    names = [*sorted(book), *sorted(data)]
    key = storage.key(runtime.folder.name, _RECORD.read_bytes(), asked, *names, *code)

    def run(place: Path) -> None:
        given = {"request.json": asked.encode()}
        with _running(runtime, _RECORD, book, given, data) as work:
            shutil.copy(work / "answer.json", place)

    place = storage.made(storage.folder() / "recorded" / key, run)
    return json.loads(place.read_text("utf-8"))


def _join(answers: Mapping[str, dict[str, Any]], library: Path) -> Recorded:
    """Put together what all pages need, with the margin."""
    core = {name for answer in answers.values() for name in answer["core"]}
    everything = {name for answer in answers.values() for name in answer["all"]}
    result = Recorded(_with_margin(core, library), _with_margin(everything, library))
    for page, answer in answers.items():
        for index, error in answer["errors"].items():
            result.errors[page, int(index)] = error
        if found := answer["fonts"]:
            result.fonts[found["name"]] = found["text"]
    return result


def compiled(runtime: Runtime, book: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the modules of the book's packages in the bytecode of the runtime."""
    sources = {name: data for name, data in book.items() if name.endswith(".py")}
    contents = [part for name in sorted(sources) for part in (name, sources[name])]
    key = storage.key(runtime.folder.name, _COMPILE.read_bytes(), *contents)

    def run(place: Path) -> None:
        with _running(runtime, _COMPILE, sources, {}, {}) as work:
            shutil.copytree(work, place)

    return read(storage.made(storage.folder() / "bytecode" / key, run))


def stripped(runtime: Runtime, names: Iterable[str]) -> dict[str, bytes]:
    """Return files of the library, compiled modules but NumPy's without their docstrings.

    They are a fifth of what a page would load; a reader asks `help` of NumPy and of the book's own.
    """
    library = runtime.library
    names = sorted(names)
    modules = [name for name in names if name.endswith(".pyc") and not name.startswith("numpy/")]
    asked = json.dumps(modules)
    key = storage.key(runtime.folder.name, _STRIP.read_bytes(), asked)

    def run(place: Path) -> None:
        given = {"request.json": asked.encode()}
        with _running(runtime, _STRIP, {}, given, {}) as work:
            (work / "request.json").unlink()
            shutil.copytree(work, place)

    place = storage.made(storage.folder() / "stripped" / key, run)
    files = {name: (library / name).read_bytes() for name in names}
    return {**files, **read(place)}


@contextmanager
def _running(
    runtime: Runtime,
    script: Path,
    book: Mapping[str, bytes],
    given: Mapping[str, bytes],
    data: Mapping[str, bytes],
) -> Iterator[Path]:
    """Run a script in the runtime and give the folder that it has written to."""
    with tempfile.TemporaryDirectory() as folder:
        work, tmp, packages = (Path(folder) / name for name in ("work", "tmp", "book"))
        for each in (work, tmp, packages):
            each.mkdir()
        write(book, packages)
        write(given, work)
        write(data, tmp)
        mounts = {"/io": work, "/tmp": tmp, "/book": packages}
        runtime.run([script.read_text("utf-8")], mounts)
        yield work


def _with_margin(loaded: Iterable[str], library: Path) -> set[str]:
    """Add to files of the library the modules and data in the same folders.

    A name that ends with a slash is a folder from which something is loaded.
    """
    files = {name for name in loaded if not name.endswith("/")}
    for name in {_in_list(name) for name in loaded} - files:
        folder = PurePosixPath(name)
        files.update(
            str(folder / one.name) for one in (library / folder).iterdir() if one.is_file()
        )
        # What a package reads with its data: files in folders without modules.
        if (library / folder / "__init__.pyc").is_file():
            files.update(_data(library, folder))
    return files


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
