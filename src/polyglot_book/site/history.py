"""When each page was changed last, as git has it."""

from __future__ import annotations

import subprocess
from datetime import datetime
from functools import cache
from pathlib import Path

_COMMIT = "commit "


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git says, ``None`` if there is no git or no repository."""
    try:
        return subprocess.run(
            ["git", "-C", str(folder), "-c", "core.quotePath=false", *arguments],
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


@cache
def last_changes(folder: Path) -> dict[str, datetime]:
    """Return the time of the last commit of each file beneath a folder.

    Nothing without git, and nothing in a shallow clone, whose one commit seems to have changed
    every file.

    Parameters
    ----------
    folder : Path
        The folder; names of files are relative to it.

    Returns
    -------
    dict of str to datetime
        The times, by the names of files.

    See Also
    --------
    polyglot_book.site.footer : Shows them.

    Examples
    --------
    >>> last_changes(Path("/nowhere"))
    {}
    """
    if _git(folder, "rev-parse", "--is-shallow-repository") != "false\n":
        return {}
    log = _git(folder, "log", f"--format={_COMMIT}%cI", "--name-only", "--relative") or ""
    found: dict[str, datetime] = {}
    time = None
    for line in log.splitlines():
        if line.startswith(_COMMIT):
            time = datetime.fromisoformat(line.removeprefix(_COMMIT))
        elif line and time:
            found.setdefault(line, time)
    return found
