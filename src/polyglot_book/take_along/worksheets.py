"""Worksheets of a class: the exercises and questions of each page with room, the answers apart."""

from __future__ import annotations

import copy
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from lxml import html

from . import articles, chromium, paper, questions, solutions
from .articles import Chapter
from .manifest import Book, Manifest

#: What an exercise is answered in, by its class; others get less.
_LONG = "exercise-proof"


def make(
    manifest: Manifest,
    book: Book,
    site: Path,
    sheets: Path,
    answers: Path,
    cache: Path,
    browser: Any,
) -> tuple[int, int]:
    """Write the worksheets of all pages, and the answers; return how many sheets each has."""
    chapters = articles.read(book, site, manifest.baseurl)
    work = [sheet for chapter in chapters if (sheet := _sheet(book, chapter)) is not None]
    back = solutions.gather(book, chapters, lambda what, target: articles.parse("<p></p>"))
    if back is None:
        return 0, 0
    back.find("h1").text = f"{book.title}. {book.say('Answers')}"
    counts = []
    for target, parts in ((sheets, work), (answers, [back])):
        articles.address_links(parts, lambda _, name: f"#{name}")
        for part in parts:
            paper.show_images(part, site)
        body = "".join(html.tostring(part, encoding="unicode") for part in parts)
        styles = ("book.css", "worksheets.css")
        text = paper.document(manifest, book, body, chapters, site, cache, styles)
        counts.append(_print(browser, text, target, book))
    return counts[0], counts[1]


def _sheet(book: Book, chapter: Chapter) -> Any | None:
    """Return the worksheet of a page, if there is anything to do."""
    tasks = [_exercise(one.element) for one in questions.exercises(chapter.element)]
    asked = [
        questions.print_question(one, book.say("Your answer:"))
        for one in questions.questions(chapter.element)
    ]
    if not tasks and not asked:
        return None
    title = escape(solutions.numbered(chapter.page))
    sheet = articles.parse(
        f'<section class="worksheet"><p class="worksheet-kind">{escape(book.say("Worksheet"))}</p>'
        f'<h1>{title}</h1><p class="worksheet-who">{escape(book.say("Name:"))} <span class="line">'
        f'</span> {escape(book.say("Date:"))} <span class="line short"></span></p></section>'
    )
    sheet.extend(tasks)
    if asked:
        sheet.append(articles.parse(f"<h2>{escape(book.say('Test yourself'))}</h2>"))
        sheet.append(articles.parse('<div class="asked"></div>'))
        sheet[-1].extend(asked)
    articles.open_folds(sheet)
    return sheet


def _exercise(element: Any) -> Any:
    task = copy.deepcopy(element)
    task.tail = None
    kind = "long" if _LONG in articles.classes(task) else "short"
    task.append(articles.parse(f'<div class="room {kind}"></div>'))
    return task


def _print(browser: Any, text: str, target: Path, book: Book) -> int:
    with tempfile.TemporaryDirectory() as folder:
        source, first = Path(folder, "sheets.html"), Path(folder, "sheets.pdf")
        source.write_text(text, "utf-8")
        chromium.print_file(browser, source, first)
        return paper.finish(first, target, book)
