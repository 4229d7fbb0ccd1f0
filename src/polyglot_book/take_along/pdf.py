"""The book on paper: a PDF with a cover, contents, bookmarks, running heads, solutions at its end.

Chromium lays it out, in two passes: it cannot say on which page a link ends (`target-counter`), so
the first PDF is read for that, and the second says it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from lxml import html

from . import articles, chromium, paper, solutions
from .articles import Chapter
from .manifest import Book, Manifest

#: What stands for a page's number in the first pass: as wide as most.
_UNKNOWN = "000"
#: The last one confirms the one before.
_PASSES = 5


def make(
    manifest: Manifest, book: Book, site: Path, target: Path, cache: Path, browser: Any
) -> int:
    """Write the book in one language; return how many pages it has."""
    chapters = articles.read(book, site, manifest.baseurl)
    back = solutions.gather(book, chapters, partial(_see, book))
    contents = _contents(book, chapters, back is not None)
    parts = [contents, *(chapter.element for chapter in chapters)]
    if back is not None:
        parts.append(back)
    articles.address_links(parts, lambda _, name: f"#{name}")
    for part in parts:
        paper.show_images(part, site)
    body = "".join(
        f'<div class="chapter" style="page:{_sheet(number)}">{markup}</div>'
        for number, markup in _sheets(parts, chapters)
    )
    heads = "".join(_head(book, chapter) for chapter in chapters if not chapter.page.depth)
    heads += _head_rule(solutions.PLACE, book.say("Solutions and answers")) + _head_rule(
        "contents", book.say("Contents")
    )
    text = paper.document(
        manifest,
        book,
        paper.cover(manifest, book) + body,
        chapters,
        site,
        cache,
        ("book.css",),
        more=heads,
    )
    return _print(browser, text, target, book)


def _see(book: Book, what: str, target: str) -> Any:
    """Return a line that says on which page something stands."""
    before, _, after = escape(book.say(f"{what}: p. {{n}}", n="{n}")).partition("{n}")
    line = articles.parse(
        f'<p class="see"><a>{before}<span class="page-of" data-page-of="{target}">{_UNKNOWN}</span>'
        f"{after}</a></p>"
    )
    articles.point(line[0], target)
    return line


def _contents(book: Book, chapters: list[Chapter], with_solutions: bool) -> Any:
    entries = []
    for chapter in chapters:
        if chapter.page.part is not None:
            entries.append(f'<p class="part">{escape(chapter.page.part)}</p>')
        entries.append(_entry(solutions.numbered(chapter.page), chapter.id, chapter.page.depth))
    if with_solutions:
        entries.append('<p class="part"></p>')
        entries.append(_entry(book.say("Solutions and answers"), solutions.PLACE, 0))
    title = escape(book.say("Contents"))
    section = articles.parse(
        f'<section id="contents" class="contents"><p class="contents-title">{title}</p>'
        f"{''.join(entries)}</section>"
    )
    for link in section.iter("a"):
        articles.point(link, link.get("data-to"))
        del link.attrib["data-to"]
    return section


def _entry(title: str, target: str, depth: int) -> str:
    return (
        f'<p class="entry depth-{depth}"><a data-to="{target}">{escape(title)}</a>'
        f'<span class="page-of" data-page-of="{target}">{_UNKNOWN}</span></p>'
    )


def _sheets(parts: list[Any], chapters: list[Chapter]) -> Iterable[tuple[str, str]]:
    """Join what stands on the same run of sheets: a page and those below it."""
    names = ["contents"]
    for chapter in chapters:
        names.append(chapter.id if not chapter.page.depth else names[-1])
    names.append(solutions.PLACE)
    runs: dict[str, str] = {}
    for name, part in zip(names, parts, strict=False):
        runs[name] = runs.get(name, "") + html.tostring(part, encoding="unicode")
    return runs.items()


def _sheet(name: str) -> str:
    return f"run-{name}"


def _head(book: Book, chapter: Chapter) -> str:
    return _head_rule(chapter.id, solutions.numbered(chapter.page))


def _head_rule(name: str, title: str) -> str:
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    return f'@page {_sheet(name)}{{@top-right{{content:"{quoted}"}}}}'


def _print(browser: Any, text: str, target: Path, book: Book) -> int:
    """Print until the numbers that are written are those of the pages: as a rule, twice."""
    with tempfile.TemporaryDirectory() as folder:
        source, printed = Path(folder, "book.html"), Path(folder, "book.pdf")
        known: dict[str, int] | None = None
        for _ in range(_PASSES):
            source.write_text(_number(text, known or {}), "utf-8")
            chromium.print_file(browser, source, printed)
            found = paper.destinations(printed)
            if found == known:
                return paper.finish(printed, target, book)
            known = found
    raise RuntimeError(f"{book.title}: its pages move each time their numbers are written")


def _number(text: str, pages: dict[str, int]) -> str:
    for name, number in pages.items():
        text = text.replace(
            f'data-page-of="{name}">{_UNKNOWN}<', f'data-page-of="{name}">{number}<'
        )
    return text
