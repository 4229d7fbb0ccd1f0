"""Where results that take long are kept from one build to the next, outside ``_build``."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

#: The variable of the environment that names another folder.
VARIABLE = "LIVE_CELLS_CACHE"


def folder() -> Path:
    """Return the folder of all that is kept: the user's cache unless the environment says else."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else platformdirs.user_cache_path("live-cells")


def key(*parts: bytes | str) -> str:
    """Return a name for what is made of these parts: the same for the same parts alone."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:32]


def made(place: Path, make: Callable[[Path], None]) -> Path:
    """Return a file or a folder, made now unless it is there.

    ``make`` gets another place to make it at. It is renamed at the end: a build that is interrupted
    leaves no half, and two builds side by side do not meet.
    """
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, ignore_cleanup_errors=True) as work:
        result = Path(work) / "result"
        make(result)
        try:
            os.replace(result, place)
        except OSError:
            if not place.exists():  # otherwise another build was faster
                raise
    return place
