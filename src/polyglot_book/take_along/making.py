"""All kinds of files, made one after the other, with a line for each that is there."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..site import offline
from . import archives, cards, chromium, epub, offers, pdf, slides, worksheets
from .manifest import Book, Manifest
from .offers import Offer

KINDS = ("pdf", "epub", "apkg", "worksheets", "slides", "zip")
#: What needs a browser.
_DRAWN = {"pdf", "epub", "worksheets", "slides"}
#: By the ending of a file after the language: what it is, and whether it is for teachers.
_OFFERED = (
    (".pdf", "Book to print (PDF)", False),
    (".epub", "Book for e-readers (EPUB)", False),
    (".apkg", "Cards to learn by heart (Anki)", False),
    (
        "-served.zip",
        "Pages with Python for them, for a class without a network: needs a server (zip)",
        False,
    ),
    ("-worksheets.pdf", "Worksheets (PDF)", True),
    ("-answers.pdf", "Answers to the worksheets (PDF)", True),
    ("-slides.zip", "Slides to show without a network (zip)", True),
)


@dataclass(frozen=True)
class _Maker:
    manifest: Manifest
    site: Path
    cache: Path
    dist: Path
    browser: Any

    def _file(self, book: Book, ending: str) -> Path:
        return self.dist / f"{self.manifest.name}-{book.code}{ending}"

    def pdf(self, book: Book) -> Iterator[str]:
        target = self._file(book, ".pdf")
        count = pdf.make(self.manifest, book, self.site, target, self.cache, self.browser)
        yield _line(target, f"{count} pages")

    def epub(self, book: Book) -> Iterator[str]:
        target = self._file(book, ".epub")
        count = epub.make(self.manifest, book, self.site, target, self.cache, self.browser)
        yield _line(target, f"{count} parts")

    def apkg(self, book: Book) -> Iterator[str]:
        target = self._file(book, ".apkg")
        count = cards.make(self.manifest, book, self.site, target, self.cache)
        yield _line(target, f"{count} cards")

    def worksheets(self, book: Book) -> Iterator[str]:
        sheets, answers = self._file(book, "-worksheets.pdf"), self._file(book, "-answers.pdf")
        counts = worksheets.make(
            self.manifest, book, self.site, sheets, answers, self.cache, self.browser
        )
        for target, count in zip((sheets, answers), counts, strict=True):
            if count:
                yield _line(target, f"{count} pages")

    def slides(self, book: Book) -> Iterator[str]:
        target = self._file(book, "-slides.zip")
        count = slides.make(self.manifest, book, self.site, target, self.cache, self.browser)
        if count:
            yield _line(target, f"{count} slides")

    def zip(self, book: Book) -> Iterator[str]:
        if not (self.site / offline.archive_of(book.code)).is_file():
            return  # polyglot.archives: false
        target = self._file(book, ".zip")
        archives.plain(book, self.site, target)
        yield _line(target)
        served = self._file(book, "-served.zip")
        if archives.with_folders(book, self.site, served, self.manifest.served):
            yield _line(served)


def make(
    manifest: Manifest,
    build: Path,
    dist: Path,
    kinds: Collection[str] = KINDS,
    languages: Collection[str] | None = None,
) -> Iterator[str]:
    """Make files of some kinds in some languages; yield a line when each is there.

    They are put into ``dist`` and among the downloads of the site, whose pages then offer all that
    are there.
    """
    build, dist = build.resolve(), dist.resolve()
    site = build / "html"
    dist.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        drawn = _DRAWN.intersection(kinds)
        browser = stack.enter_context(chromium.started()) if drawn else None
        maker = _Maker(manifest, site, build / ".frontend", dist, browser)
        for book in manifest.books:
            if languages is not None and book.code not in languages:
                continue
            for kind in KINDS:
                if kind in kinds:
                    yield from getattr(maker, kind)(book)
            for page in _offer(manifest, book, site, dist):
                yield f"offered on {page}"


def _offer(manifest: Manifest, book: Book, site: Path, dist: Path) -> list[str]:
    """Put the files of a language into the site and on its pages."""
    folder = site / offline.FOLDER
    folder.mkdir(exist_ok=True)
    found = []
    for ending, words, for_teachers in _OFFERED:
        name = f"{manifest.name}-{book.code}{ending}"
        if (dist / name).is_file():
            shutil.copyfile(dist / name, folder / name)
        if (folder / name).is_file():  # now, or by a run before for other kinds
            found.append(Offer(f"{offline.FOLDER}/{name}", words, for_teachers))
    archive = offline.archive_of(book.code)  # landing pages offer it themselves
    found.append(Offer(archive, "Pages to read without a network (zip)", for_teachers=True))
    start = f"slides/{book.code}/index.html"
    if (site / start).is_file():
        found.append(Offer(start, "Slides of a lecture", for_teachers=True, is_page=True))
    return offers.fill(book, site, found)


def _line(file: Path, more: str = "") -> str:
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    return ", ".join(filter(None, (f"{file.name}: {size}", more)))
