"""Notebook execution that is never stale and uses every core.

Jupyter Book runs a notebook again only when its own cells change. A course whose notebooks import a
package beside them needs more: when that package changes, every stored output is out of date. Here
the cache is keyed on the files that the notebooks depend on, named in ``_config.yml``::

    polyglot:
      depends_on: ["src/softmax_course/**/*", "constraints.txt"]

The same key makes Sphinx read the pages again, so ``jupyter-book build .`` is right as it
stands. What has to run is run before the pages are read, one kernel per core, eight at most, with
progress on screen.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import DeadKernelError
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError, ExtensionError
from sphinx.util.display import status_iterator

from . import order, state
from .compat import sphinx_core

#: Never part of a key: made by running or editing the files, not by writing them.
_IGNORED = {"__pycache__", ".ipynb_checkpoints"}


def digest(root: Path, patterns: Iterable[str]) -> str:
    """Hash the names and contents of every file that the patterns match.

    A pattern that matches nothing is an error: mistyped, it would leave the cache stale in silence.
    """
    seen: set[Path] = set()
    for pattern in patterns:
        files = {
            path
            for path in root.glob(pattern)
            if path.is_file() and not _IGNORED.intersection(path.parts)
        }
        if not files:
            raise ConfigError(f"polyglot.depends_on: no file matches {pattern!r} under {root}")
        seen |= files
    key = hashlib.sha256()
    for path in sorted(seen):
        content = path.read_bytes()
        key.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        key.update(content)
    return key.hexdigest()[:16]


def cache_folder(build: Path, key: str) -> Path:
    """Return the folder of the cache for one state of the sources, as `digest` names it."""
    return build / ".jupyter_cache" / key


def workers() -> int:
    """Return how many notebooks run at once: one a core that this process may use, 8 at most.

    Each has a kernel of its own, with some hundred megabytes of imported packages.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # Linux: a container may have few of many
    return min(8, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _key_on_sources(app: Sphinx, config: Config) -> None:
    """Point MyST-NB at the cache of today's sources and drop the older ones."""
    root = Path(app.confdir)
    patterns = state.of(app).registry.depends_on
    own = digest(Path(__file__).parent, ["**/*"])
    key = digest(root, patterns) if patterns else "-"
    config.polyglot_sources_key = f"{key}+{own}"
    if config.nb_execution_mode != "cache":
        return
    folder = cache_folder(Path(app.outdir).parent, key)
    if folder.parent.is_dir():
        for old in folder.parent.iterdir():
            if old != folder:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(folder)


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
    cache = get_cache(app.config.nb_execution_cache_path)
    waiting = []
    for docname in docnames:
        path = Path(env.doc2path(docname))
        if path.suffix != ".ipynb":
            continue
        notebook = nbformat.read(path, as_version=4)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            waiting.append((path, notebook))
    if not waiting:
        return

    def run(path: Path, notebook: nbformat.NotebookNode) -> tuple[Path, ExecutionResult]:
        folder = str(path.parent)
        try:
            return path, single_nb_execution(
                notebook, folder, allow_errors=False, timeout=app.config.nb_execution_timeout
            )
        except (DeadKernelError, NoSuchKernel) as error:  # jupyter-cache returns errors of cells
            return path, ExecutionResult(notebook, folder, 0, error, f"{error}\n")

    def outcome(finished: tuple[Path, ExecutionResult]) -> str:
        path, result = finished
        outcome = "FAILED" if result.err else f"({result.time:.1f} s)"
        return f"{path.relative_to(app.srcdir)} {outcome}"

    failed = []
    with ThreadPoolExecutor(max_workers=workers()) as pool:
        jobs = [pool.submit(run, *item) for item in waiting]
        finished = status_iterator(
            (job.result() for job in as_completed(jobs)),
            "executing notebooks... ",
            "purple",
            len(jobs),
            app.verbosity,
            stringify_func=outcome,
        )
        for path, result in finished:
            if result.err:
                failed.append(f"{path.relative_to(app.srcdir)}\n{result.exc_string}")
                continue
            bundle = CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if failed:
        raise ExtensionError("A notebook failed:\n\n" + "\n\n".join(failed))


def _forget_flawed_build(app: Sphinx, exception: Exception | None) -> None:
    """Make a build that failed or warned start afresh next time.

    Sphinx says a page's warnings only when it reads the page: a second strict build over the same
    pages would pass as if nothing were wrong.
    """
    if exception is not None or sphinx_core.has_warned(app):
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Connect execution to Sphinx."""
    app.add_config_value("polyglot_sources_key", "", "env", str)
    app.connect("config-inited", _key_on_sources, priority=order.KEY_ON_SOURCES)
    app.connect("env-before-read-docs", _execute_notebooks, priority=order.EXECUTE_NOTEBOOKS)
    app.connect("build-finished", _forget_flawed_build, priority=order.FORGET_FLAWED_BUILD)
