"""The pages as they were written, each parsed once for all parts that read them at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import html
from sphinx.application import Sphinx

from .. import state
from ..config import Language


def parse(path: Path) -> Any:
    """Return the root element of a page."""
    return html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()


def of(app: Sphinx, language: Language) -> Iterator[tuple[str, Any]]:
    """Yield each page of a language by its address, and its root element, which nobody may change.

    To be asked for after the last change to the pages.
    """
    builder = state.html_builder(app)
    assert builder is not None
    parsed = state.of(app).documents
    for docname in sorted(app.env.all_docs):
        if state.of(app).registry.language_of(docname) == language:
            address = builder.get_target_uri(docname)
            if address not in parsed:
                parsed[address] = parse(Path(app.outdir) / address)
            yield address, parsed[address]


def resolve(page: str, address: str) -> str | None:
    """Return the file of the site that an address on a page means; ``None`` if it leaves the site.

    Examples
    --------
    >>> resolve("book/ru/gradient.html", "../../_static/a.css?v=1")
    '_static/a.css'
    >>> resolve("book/ru/gradient.html", "#jacobian")
    'book/ru/gradient.html'
    >>> resolve("book/ru/gradient.html", "https://example.org/") is None
    True
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    if not parts.path:
        return page
    return normpath(str(PurePosixPath(page).parent / unquote(parts.path)))
