"""One build at a time in a folder: two would mix their pages and their environments.

The lock belongs to the process, so the system takes it from one that is killed.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from . import order


def setup(app: Sphinx) -> None:
    """Hold a lock on the environment's folder while the book is built."""
    lock = FileLock(Path(app.doctreedir) / "build.lock")

    def take(*_: object) -> None:
        Path(app.doctreedir).mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise ExtensionError(
                f"another build is writing to {Path(app.doctreedir).parent}: wait until it has "
                "ended, stop it, or build elsewhere (jupyter-book build --path-output FOLDER)"
            ) from error

    app.connect("config-inited", take, priority=order.LOCK_FOLDER)
    app.connect("build-finished", lambda *_: lock.release(), priority=order.UNLOCK_FOLDER)
