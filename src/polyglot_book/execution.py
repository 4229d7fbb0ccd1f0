"""Notebook execution that is never stale and uses every core.

Jupyter Book runs a notebook again only when its own cells change. A course whose notebooks import a
package beside them needs more: when that package changes, every stored output is out of date. Here
the cache is keyed on the files that the notebooks depend on, named in ``_config.yml``::

    polyglot:
      depends_on: ["src/softmax_course/**/*", "src/softmax_course/*/{lang}.toml"]

A file that a pattern with ``{lang}`` matches counts for the notebooks of that language alone,
whatever other patterns match it too. Of files of messages (``polyglot.messages``), the tables
``[interface]`` and ``[writing]`` do not count: they are words of pages, not of notebooks.

The same key makes Sphinx read the pages again, so ``jupyter-book build .`` is right as it
stands. What has to run is run before the pages are read, one kernel per core, eight at most, with
progress on screen.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellExecutionError, DeadKernelError
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError, ExtensionError
from sphinx.util.display import status_iterator

from . import kernels, order, state
from .compat import myst_notebooks, sphinx_core
from .words import messages

_HERE = Path(__file__).parent
#: Stands for the code of a language in patterns.
_LANG = "{lang}"
#: Never part of a key: made by running or editing the files, not by writing them.
_IGNORED = {"__pycache__", ".ipynb_checkpoints"}


def _files(root: Path, pattern: str) -> set[Path]:
    found = root.glob(pattern)
    return {path for path in found if path.is_file() and not _IGNORED.intersection(path.parts)}


def _content(path: Path, is_messages: bool) -> bytes:
    """Return what counts of a file: of messages, the tables that notebooks may read."""
    content = path.read_bytes()
    if not is_messages:
        return content
    try:
        tables = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return content  # `words.messages` says what is wrong with it
    rest = {name: table for name, table in tables.items() if name not in messages.TABLES}
    return json.dumps(rest, sort_keys=True, default=str).encode()


def _digest(root: Path, files: Iterable[Path], words: Collection[Path]) -> str:
    key = hashlib.sha256()
    for path in sorted(files):
        content = _content(path, path in words)
        key.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        key.update(content)
    return key.hexdigest()[:16]


def digests(
    root: Path, patterns: Iterable[str], codes: Iterable[str], own_messages: str | None = None
) -> dict[str | None, str]:
    """Hash the names and contents of the files that notebooks depend on, by language.

    ``None`` stands for pages of no language. A pattern that matches nothing is an error: mistyped,
    it would leave the cache stale in silence.
    """
    codes = list(codes)
    everywhere: set[Path] = set()
    by_language: dict[str, set[Path]] = {code: set() for code in codes}
    for pattern in patterns:
        if _LANG in pattern:
            found = {code: _files(root, pattern.replace(_LANG, code)) for code in codes}
            matched = set().union(*found.values())
            for code, files in found.items():
                by_language[code] |= files
        else:
            matched = _files(root, pattern)
            everywhere |= matched
        if not matched:
            raise ConfigError(
                f"_config.yml: polyglot.depends_on: no file matches {pattern!r} under {root}"
            )
    everywhere -= set().union(*by_language.values())
    words = {root / own_messages.replace(_LANG, code) for code in codes} if own_messages else set()
    return {
        None: _digest(root, everywhere, words),
        **{code: _digest(root, everywhere | files, words) for code, files in by_language.items()},
    }


def cache_folder(build: Path, key: str) -> Path:
    """Return the folder of the cache for one state of the sources, as `digest` names it."""
    return build / ".jupyter_cache" / key


def workers() -> int:
    """Return how many notebooks run at once: one a core that this process may use, 8 at most.

    Each has a kernel of its own, with some hundred megabytes of imported packages.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # Linux: a container may have few of many
    return min(8, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _folders(app: Sphinx) -> dict[str | None, Path]:
    """Return the folder of the cache of each language and of pages of none."""
    keys = state.of(app).source_keys
    return {code: cache_folder(Path(app.outdir).parent, key) for code, key in keys.items()}


def _code(app: Sphinx, docname: str) -> str | None:
    language = state.of(app).registry.language_of(docname)
    return language.code if language else None


def _key_on_sources(app: Sphinx, config: Config) -> None:
    """Work out the caches of today's sources and drop the older ones."""
    book = state.of(app).registry
    keys: dict[str | None, str] = dict.fromkeys((None, *book.languages), "-")
    if book.depends_on:
        keys = digests(Path(app.confdir), book.depends_on, book.languages, book.messages)
    state.of(app).source_keys = keys
    # Sphinx reads all pages anew when this changes, and only those of a language for its own key.
    config.polyglot_sources_key = _digest(_HERE, _files(_HERE, "**/*"), ())
    if config.nb_execution_mode != "cache":
        return
    folders = _folders(app)
    if folders[None].parent.is_dir():
        for old in folders[None].parent.iterdir():
            if old not in folders.values():
                shutil.rmtree(old) if old.is_dir() else old.unlink()


def _find_stale_pages(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages of the languages whose sources have changed."""
    record, keys = state.record_of(env), state.of(app).source_keys
    last, record.source_keys = record.source_keys, keys
    stale = {code for code, key in keys.items() if last.get(code) != key}
    return [name for name in env.found_docs if _code(app, name) in stale]


def _choose_cache(app: Sphinx, docname: str, source: list[str]) -> None:
    """Point MyST-NB at the cache of the language of the page that is going to be read."""
    if app.config.nb_execution_mode == "cache":
        myst_notebooks.use_cache(app.env, _folders(app)[_code(app, docname)])


def _prepare_kernels(app: Sphinx) -> None:
    """Give the build's kernels a configuration of their own.

    Without it ipykernel writes a notice about its transport to stderr, which is an error in a
    strict build, and whatever the author keeps in ``~/.ipython`` would leak into the pages.
    """
    folder = Path(app.outdir).parent / ".ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(
        "c = get_config()  # noqa\nc.IPKernelApp.log_level = 40\n", encoding="utf-8"
    )
    os.environ["IPYTHONDIR"] = str(folder)
    # Kernels run side by side, one a core: with threads of their own for linear algebra they would
    # wait for each other, three times as long in all.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def _execute_notebooks(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the notebooks that have no stored result, side by side."""
    if app.config.nb_execution_mode != "cache":
        return
    _prepare_kernels(app)
    caches = {folder: get_cache(str(folder)) for folder in set(_folders(app).values())}
    waiting = []
    for docname in docnames:
        notebook = myst_notebooks.to_execute(env, docname)
        if notebook is None:
            continue
        cache = caches[_folders(app)[_code(app, docname)]]
        try:
            cache.match_cache_notebook(notebook.content)
        except KeyError:
            waiting.append((notebook, cache))
    if not waiting:
        return

    def run(notebook: myst_notebooks.Notebook) -> ExecutionResult:
        config = notebook.config
        with TemporaryDirectory() as empty:
            folder = empty if config.execution_in_temp else str(notebook.path.parent)
            try:
                return single_nb_execution(
                    notebook.content,
                    folder,
                    allow_errors=config.execution_allow_errors,
                    timeout=config.execution_timeout,
                )
            except (DeadKernelError, NoSuchKernel) as error:  # jupyter-cache returns others
                return ExecutionResult(notebook.content, folder, 0, error, f"{error}\n")

    def outcome(job: Future[ExecutionResult]) -> str:
        result = job.result()
        outcome = "FAILED" if result.err else f"({result.time:.1f} s)"
        return f"{jobs[job][0].path.relative_to(app.srcdir)} {outcome}"

    failed = []
    # For a few notebooks it would take longer than what it saves.
    preload = state.of(app).registry.preload if len(waiting) > workers() else ()
    with kernels.preloaded(preload), ThreadPoolExecutor(max_workers=workers()) as pool:
        jobs = {pool.submit(run, notebook): (notebook, cache) for notebook, cache in waiting}
        finished = status_iterator(
            as_completed(jobs),
            "executing notebooks... ",
            "purple",
            len(jobs),
            app.verbosity,
            stringify_func=outcome,
        )
        for job in finished:
            result, (notebook, cache) = job.result(), jobs[job]
            if result.err:
                if notebook.config.execution_raise_on_error or not isinstance(
                    result.err, CellExecutionError
                ):
                    place = notebook.path.relative_to(app.srcdir)
                    failed.append(f"{place}\n{result.exc_string}")
                continue  # MyST-NB runs it again, and warns
            bundle = CacheBundleIn(
                result.nb, str(notebook.path), data={"execution_seconds": result.time}
            )
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if failed:
        raise ExtensionError("A notebook failed:\n\n" + "\n\n".join(failed))


def _mark(app: Sphinx) -> Path:
    """Return the file that says that a page of the stored environment was read with a warning."""
    return Path(app.doctreedir) / "polyglot-warned"


def _read_flawed_pages_anew(app: Sphinx, config: Config) -> None:
    """Have a strict build say the warnings of earlier builds that were not strict."""
    environment = sphinx_core.stored_environment(app)
    if sphinx_core.is_strict(app) and _mark(app).exists():
        environment.unlink(missing_ok=True)
    if not environment.exists():
        _mark(app).unlink(missing_ok=True)


def _forget_flawed_build(app: Sphinx, exception: Exception | None) -> None:
    """Make a strict build that warned, and any that failed, start afresh next time.

    Sphinx says a page's warnings only when it reads the page: a second strict build over the same
    pages would pass as if nothing were wrong. A build that is not strict keeps what it has read,
    and a mark for the next strict one.
    """
    has_warned = sphinx_core.has_warned(app)
    if exception is not None or (has_warned and sphinx_core.is_strict(app)):
        sphinx_core.stored_environment(app).unlink(missing_ok=True)
    elif has_warned:
        _mark(app).touch()


def setup(app: Sphinx) -> None:
    """Connect execution to Sphinx."""
    app.add_config_value("polyglot_sources_key", "", "env", str)
    app.connect("config-inited", _key_on_sources, priority=order.KEY_ON_SOURCES)
    app.connect("config-inited", _read_flawed_pages_anew, priority=order.DEFAULT)
    app.connect("env-get-outdated", _find_stale_pages, priority=order.FIND_STALE_PAGES)
    app.connect("env-before-read-docs", _execute_notebooks, priority=order.EXECUTE_NOTEBOOKS)
    app.connect("source-read", _choose_cache, priority=order.CHOOSE_CACHE)
    app.connect("build-finished", _forget_flawed_build, priority=order.FORGET_FLAWED_BUILD)
