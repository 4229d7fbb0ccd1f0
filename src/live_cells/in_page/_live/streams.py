"""What a cell prints, as it prints it."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

#: Begins each line that is a message. No program prints it by chance.
MARK = "\x1elive\x1f"


def send(**message: Any) -> None:
    """Write one message, after all that has been printed before it."""
    flush()
    _write(message)


def _write(message: dict[str, Any]) -> None:
    data = (MARK + json.dumps(message, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    while data:
        data = data[os.write(1, data) :]


class _Stream(io.TextIOBase):
    """Send text in whole lines, and what is left of a line when it is flushed."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str):
        self.name = name
        self._waiting: list[str] = []

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._waiting.append(text)
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._waiting:
            text = "".join(self._waiting)
            self._waiting.clear()
            _write({"type": "stream", "name": self.name, "text": text})


def replace() -> None:
    """Let `print` and whatever else writes to the standard streams send messages."""
    sys.stdout = _Stream("stdout")
    sys.stderr = _Stream("stderr")


def flush() -> None:
    """Send what has been printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
