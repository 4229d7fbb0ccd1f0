"""One archive for each language, to be read without a network and without a server.

An archive holds the pages of its language with the scripts, styles and figures they use. What a
reader cannot have there is taken out of its pages: links to other languages become their words.
Every landing page offers the archive of its language.
"""

from __future__ import annotations

import re
import zipfile
from html import escape
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from . import i18n, registry
from .registry import Language

FOLDER = "downloads"
#: Parts of a site that pages of every language use.
SHARED = ("_static",)

_LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_RESOURCE = re.compile(r'\s(?:src|href|data)="([^"#?]+)')
_ALTERNATE = re.compile(r'<link rel="(?:alternate|search|index)"[^>]*>\s*')
_SWITCHER = re.compile(r'<nav class="polyglot-switcher.*?</nav>', re.DOTALL)
_OFFER = re.compile(r'<p class="polyglot-offline">.*?</p>', re.DOTALL)
#: The time inside the archive: the same pages give the same file.
_TIME = (1980, 1, 1, 0, 0, 0)


def archive_name(language: Language) -> str:
    """Return the file name of a language's archive.

    Examples
    --------
    >>> archive_name(registry.Language("zh", "zh-CN", "zh_CN", "简体中文", "中文"))
    'book-zh.zip'
    """
    return f"book-{language.code}.zip"


def resolve(page: str, address: str) -> str | None:
    """Return the file of the site that an address on a page means; ``None`` if it leaves the site.

    Parameters
    ----------
    page : str
        Path of the page from the site's root.
    address : str
        Value of a ``href`` or ``src``.

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


def stand_alone(html: str, page: str, kept: set[str]) -> str:
    """Take out of a page what leads to files that its archive lacks.

    Parameters
    ----------
    html : str
        The page.
    page : str
        Its path from the site's root.
    kept : set of str
        Paths of the files in the archive.

    Examples
    --------
    >>> kept = {"book/ru/a.html", "book/ru/b.html"}
    >>> stand_alone('<a href="b.html">b</a> <a href="../bn/b.html">খ</a>', "book/ru/a.html", kept)
    '<a href="b.html">b</a> খ'
    """

    def link(match: re.Match) -> str:
        target = resolve(page, match[1])
        return match[0] if target is None or target in kept else match[2]

    html = _OFFER.sub("", _SWITCHER.sub("", _ALTERNATE.sub("", html)))
    return _LINK.sub(link, html)


def write_archive(site: Path, pages: list[str], start: str, target: Path) -> None:
    """Write the archive of one language.

    Parameters
    ----------
    site : Path
        The built book.
    pages : list of str
        Paths of the language's pages from the site's root.
    start : str
        The page to begin with, one of them; ``index.html`` of the archive leads there.
    target : Path
        The archive.
    """
    texts = {page: (site / page).read_text(encoding="utf-8") for page in pages}
    files = {
        path.relative_to(site).as_posix()
        for folder in SHARED
        for path in (site / folder).rglob("*")
        if path.is_file()
    }
    for page, html in texts.items():
        for address in _RESOURCE.findall(_SWITCHER.sub("", _ALTERNATE.sub("", html))):
            file = resolve(page, address)
            if file and not file.endswith((".html", ".zip")) and (site / file).is_file():
                files.add(file)
    kept = files | set(texts)
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: str | bytes) -> None:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = 0o644 << 16  # readable where it is unpacked
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)

        for page in sorted(texts):
            add(page, stand_alone(texts[page], page, kept))
        for file in sorted(files):
            add(file, (site / file).read_bytes())
        refresh = (
            f'<meta charset="utf-8"><meta http-equiv="refresh" content="0; url={escape(start)}">'
        )
        add(
            "index.html", f'<!DOCTYPE html>{refresh}<a href="{escape(start)}">{escape(start)}</a>\n'
        )


def _offer(app, pagename, templatename, context, doctree) -> None:
    """Offer the archive at the end of a landing page."""
    language = registry.of(app).language_of(pagename)
    if language is None or pagename != registry.of(app).landing(language):
        return
    href = context["pathto"](f"{FOLDER}/{archive_name(language)}", 1)
    words = escape(i18n.of(app).text("Download this book to read it without a network (zip)"))
    context["body"] += f'<p class="polyglot-offline"><a href="{href}" download>{words}</a></p>\n'


def _write_archives(app, exception) -> None:
    if exception is not None or app.builder.format != "html":
        return
    book, site = registry.of(app), Path(app.outdir)
    for language in book.languages.values():
        pages = [
            app.builder.get_target_uri(docname)
            for docname in app.env.all_docs
            if book.language_of(docname) == language
        ]
        start = app.builder.get_target_uri(book.landing(language))
        write_archive(site, pages, start, site / FOLDER / archive_name(language))


def setup(app) -> None:
    """Connect to Sphinx: after the pages are written and the other parts have finished them."""
    app.connect("html-page-context", _offer)
    app.connect("build-finished", _write_archives, priority=950)
