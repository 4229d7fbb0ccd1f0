"""Where pages offer the files to take along: an empty place until they are made.

Landing pages have one at their end; the directive ``{take-along}`` makes one on any page. `fill`
writes into them what there is, with sizes, once it is there: a build of the book does not wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from posixpath import relpath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .. import order, state
from ..site import offline
from .manifest import Book

_CLASS = "polyglot-take-along"
_OPEN = f'<div class="{_CLASS}">'
_PLACE = f"{_OPEN}</div>"


@dataclass(frozen=True)
class Offer:
    """Say what a file of the site is."""

    #: From the root of the site.
    file: str
    #: One of `manifest.WORDS`.
    words: str
    #: Whether it is for teachers: not offered on the landing page.
    for_teachers: bool = False
    #: Whether it is a page to open, not a file to keep.
    is_page: bool = False


class _Place(SphinxDirective):
    """``{take-along}``: the files to take along, those for teachers among them."""

    def run(self) -> list[nodes.Node]:
        """Leave a place, empty until the files are made."""
        return [nodes.raw("", _PLACE + "\n", format="html")]


def _offer(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Leave a place at the end of a landing page."""
    book = state.of(app).registry
    language = book.language_of(pagename)
    if book.take_along and language is not None and pagename == book.landing(language):
        context["body"] += _PLACE + "\n"


def fill(book: Book, site: Path, offers: Sequence[Offer]) -> list[str]:
    """Write what there is into the places on the pages of a language; return those pages."""
    filled = []
    landing = book.pages[0].address
    for page in sorted((site / landing).parent.rglob("*.html")):
        text = page.read_text("utf-8")
        start = text.find(_OPEN)
        if start < 0:
            continue
        start += len(_OPEN)
        end = text.index("</div>", start)  # a list holds no further one
        place = page.relative_to(site).as_posix()
        shown = [one for one in offers if place != landing or not one.for_teachers]
        page.write_text(text[:start] + _list(book, site, place, shown) + text[end:], "utf-8")
        filled.append(place)
    return filled


def _list(book: Book, site: Path, page: str, offers: Sequence[Offer]) -> str:
    items = []
    for offer in offers:
        file = site / offer.file
        if not file.is_file():
            continue
        address = escape(relpath(offer.file, Path(page).parent.as_posix()))
        words = escape(book.say(offer.words))
        if offer.is_page:
            items.append(f'<li><a href="{address}">{words}</a></li>')
        else:
            size = escape(offline.size(file, book.gettext))
            items.append(f'<li><a href="{address}" download>{words}</a> · {size}</li>')
    if not items:
        return ""
    title = escape(book.say("Take the course along"))
    return f"<p><strong>{title}</strong></p><ul>{''.join(items)}</ul>"


def setup(app: Sphinx) -> None:
    """Leave places for what is made later."""
    app.add_directive("take-along", _Place)
    app.connect("html-page-context", _offer, priority=order.OFFER_FILES)
