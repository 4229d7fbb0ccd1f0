"""One Jupyter Book, several languages, each page wholly in its own."""

from __future__ import annotations

from importlib import import_module

#: Parts of the extension; each has one concern and a ``setup(app)`` of its own.
PARTS = ("registry",)


def setup(app):
    """Connect every part of the extension to Sphinx."""
    for name in PARTS:
        part = import_module(f"{__name__}.{name}")
        if hasattr(part, "setup"):
            part.setup(app)
    return {"version": "0.1.0", "parallel_read_safe": False, "parallel_write_safe": False}
