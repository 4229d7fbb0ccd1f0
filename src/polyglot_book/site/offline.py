"""One archive for each language, to be read without a network and without a server.

An archive holds the pages of its language with the scripts, styles and figures they use. What a
reader cannot have there is taken out of its pages: links to other languages become their words.
Every landing page offers the archive of its language.
"""

from __future__ import annotations

import copy
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from babel.units import format_unit
from lxml import html as lxml_html
from lxml.cssselect import CSSSelector
from sphinx.application import Sphinx

from .. import order, state
from ..config import Language
from ..words import catalogs
from . import content_policy, documents

#: Of the site, for what readers keep.
FOLDER = "downloads"
#: What leads to other languages or to the whole site, or offers the archive itself.
_OUTSIDE = CSSSelector(
    "link[rel~=alternate], link[rel~=search], link[rel~=index], "
    "nav.polyglot-switcher, .polyglot-offline, .polyglot-take-along",
    translator="html",
)
#: Where a page names files: what it shows, what it links to, what its scripts load.
_ADDRESSES = ("src", "srcset", "href", "data", "data-index", "data-cards", "data-book")

#: On every page, filled in when the archive is there.
_SIZE = re.compile(r'(<span class="polyglot-archive-size">)[^<]*(?=</span>)')


def archive(language: Language) -> str:
    """Return where the archive of a language is, from the site's root."""
    return archive_of(language.code)


def archive_entry(name: str) -> zipfile.ZipInfo:
    """Return an entry for a zip file, always of one time: the same pages give the same file."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16  # readable where it is unpacked
    return entry


def archive_of(code: str) -> str:
    """Return the same for the code of a language."""
    return f"{FOLDER}/book-{code}.zip"


def size(file: Path, locale: str) -> str:
    """Say how large a file is, in whole megabytes or kilobytes, as a language writes it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     for length in (140_000, 1_400_000):
    ...         _ = file.truncate(length)
    ...         size(Path(file.name), "ru")
    '140 кБ'
    '2 МБ'
    """
    kilobytes = math.ceil(file.stat().st_size / 1e3)
    if kilobytes < 1000:
        said = format_unit(kilobytes, "digital-kilobyte", "short", locale=locale)
    else:
        megabytes = math.ceil(kilobytes / 1e3)
        said = format_unit(megabytes, "digital-megabyte", "short", locale=locale)
    return said.replace("\xa0", " ")


def _used_assets(texts: Iterable[str], site: Path) -> set[str]:
    """Return the files of ``_static`` that pages use, and those that these use in their turn.

    Whatever names a file counts: what a script loads later is a file's name in its text.
    """
    found: set[str] = set()
    waiting = {
        path.relative_to(site).as_posix(): path
        for path in (site / "_static").rglob("*")
        if path.is_file()
    }
    said = "\n".join(texts)
    while said:
        named = {name for name, path in waiting.items() if path.name in said}
        found |= named
        files = [waiting.pop(name) for name in sorted(named)]
        said = "\n".join(
            path.read_text("utf-8") for path in files if path.suffix in {".css", ".js", ".mjs"}
        )
    return found


def _used_files(page: Any, place: str, site: Path) -> Iterator[str]:
    """Yield the files of the site that a page shows, links to or loads, but pages and archives."""
    for attribute in _ADDRESSES:
        for address in page.xpath(f"//@{attribute}"):
            file = documents.resolve(place, address)
            if file and not file.endswith((".html", ".zip")) and (site / file).is_file():
                yield file


def _detach(page: Any, place: str, kept: set[str]) -> str:
    """Return a page without what leads to files of the site that its archive lacks.

    Examples
    --------
    >>> page = lxml_html.document_fromstring('<a href="b.html">b</a> <a href="../bn/b.html">খ</a>')
    >>> print(_detach(page, "book/ru/a.html", {"book/ru/a.html", "book/ru/b.html"}))
    <!DOCTYPE html>
    <html><body><a href="b.html">b</a> খ</body></html>
    """
    page = copy.deepcopy(page)
    for element in _OUTSIDE(page):
        element.drop_tree()
    for link in page.xpath("//a[@href]"):
        target = documents.resolve(place, link.get("href"))
        if target is not None and target not in kept:
            link.drop_tag()
    return lxml_html.tostring(page, encoding="unicode", doctype="<!DOCTYPE html>")


def _write_archive(
    site: Path,
    pages: Iterable[tuple[str, Any]],
    start: str,
    target: Path,
    sources: Mapping[str, Sequence[str]],
) -> None:
    """Write the archive of one language; its ``index.html`` leads to the page ``start``.

    Its pages are others than the site's, so their policies are written anew, with the sources that
    the book allows.
    """
    parsed = dict(pages)
    texts: dict[str, str] = {}
    files: set[str] = set()
    for place, page in parsed.items():
        used = set(_used_files(page, place, site))
        texts[place] = _detach(page, place, used.union(parsed))
        files |= used
    files |= _used_assets(texts.values(), site)
    files |= _used_assets(((site / name).read_text("utf-8") for name in files
                           if name.endswith((".css", ".js"))), site)  # fmt: skip
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: str | bytes) -> None:
            archive.writestr(archive_entry(name), content, zipfile.ZIP_DEFLATED)

        for place, html in texts.items():
            add(place, content_policy.protect(html, sources))
        for file in sorted(files):
            add(file, (site / file).read_bytes())
        href = escape(start)
        refresh = f'<meta charset="utf-8"><meta http-equiv="refresh" content="0; url={href}">'
        entrance = f'<!DOCTYPE html>{refresh}<a href="{href}">{href}</a>\n'
        add("index.html", content_policy.protect(entrance, sources))


def _offer_archive(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Offer the archive at the end of a landing page."""
    book = state.of(app).registry
    language = book.language_of(pagename)
    if not book.archives or language is None or pagename != book.landing(language):
        return
    href = context["pathto"](archive(language), 1)
    words = catalogs.of(app).text("Download this book to read it without a network (zip)")
    context["body"] += (
        f'<p class="polyglot-offline"><a href="{href}" download>{escape(words)} · '
        '<span class="polyglot-archive-size"></span></a></p>\n'
    )


def _show_sizes(app: Sphinx) -> None:
    """Put the size of its language's archive on every page that offers it."""
    book, site = state.of(app).registry, Path(app.outdir)
    for language in book.languages.values():
        shown_size = size(site / archive(language), language.gettext)
        for page in (site / book.landing(language)).parent.rglob("*.html"):
            html = page.read_text(encoding="utf-8")
            if (shown := _SIZE.sub(rf"\g<1>{shown_size}", html)) != html:
                page.write_text(shown, encoding="utf-8")


def _write_archives(app: Sphinx, exception: Exception | None) -> None:
    builder = state.html_builder(app)
    if exception is not None or builder is None:
        return
    book, site = state.of(app).registry, Path(app.outdir)
    if not book.archives:
        for language in book.languages.values():
            (site / archive(language)).unlink(missing_ok=True)
        return
    for language in book.languages.values():
        start = builder.get_target_uri(book.landing(language))
        _write_archive(
            site, documents.of(app, language), start, site / archive(language), book.content_policy
        )
    _show_sizes(app)


def setup(app: Sphinx) -> None:
    """Write the archives after the pages, and offer them on these."""
    app.connect("html-page-context", _offer_archive, priority=order.OFFER_ARCHIVE)
    app.connect("build-finished", _write_archives, priority=order.WRITE_ARCHIVES)
