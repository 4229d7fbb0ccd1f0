"""What the files beside this one share: how to rewrite a script of another package."""

from __future__ import annotations

import json
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError


def literal(value: object) -> str:
    r"""Write a value as a JavaScript literal that may stand in an inline script.

    Examples
    --------
    >>> print(literal({"a": "</script>"}))
    {"a": "\u003c/script>"}
    """
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def rewrite(app: Sphinx, name: str, old: str, new: str) -> None:
    """Replace a piece of a script in the site's ``_static`` folder; fail if it is not there."""
    path = Path(app.outdir) / "_static" / name
    text = path.read_text(encoding="utf-8")
    if new in text:
        return  # an incremental build need not have copied it anew
    if old not in text:
        raise SphinxError(f"polyglot_book: {path} has no {old!r}: an unknown version of it?")
    path.write_text(text.replace(old, new), encoding="utf-8")
