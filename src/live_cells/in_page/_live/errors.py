"""What an exception says to a reader: its class, its text, the lines of the reader's own cells."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from _live import cells

_ADVICE = ". Site initialization is disabled"


def describe(error: BaseException, name: str) -> dict[str, Any]:
    """Return what is said of an exception that a cell raised, as a message."""
    found = traceback.TracebackException.from_exception(error)
    frames = [frame for frame in found.stack if is_cell(frame.filename)]
    lines = traceback.StackSummary.from_list(frames).format()
    deepest = found.stack[-1] if found.stack else None
    if deepest is not None and frames and not is_cell(deepest.filename):
        # Where in a library it ended, in one line: its own lines help only who knows it.
        place = deepest.filename.removeprefix(f"{sys.path[0]}/")
        if not place.startswith("_live/"):
            lines.append(f'  … File "{place}", line {deepest.lineno}, in {deepest.name}\n')
    lines += found.format_exception_only()
    if isinstance(error, SyntaxError):
        line, text = error.lineno, error.msg
    else:
        line = next((one.lineno for one in reversed(frames) if one.filename == name), None)
        text = _text(error)
        # Without the advice of the interpreter on its own command line.
        lines[-1] = f"{lines[-1].partition(_ADVICE)[0].rstrip()}\n"
    return {
        "ename": type(error).__name__,
        "evalue": text,
        "traceback": "".join(lines).splitlines(),
        "line": line,
    }


def is_cell(filename: str) -> bool:
    """Tell whether a file name is that of a cell."""
    return filename in cells.known


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        return "(its text cannot be shown)"
    if isinstance(error, ModuleNotFoundError) and text == f"No module named {error.name!r}":
        text += ": it is left out of the Python of this page, which has no pip either"
    return text
