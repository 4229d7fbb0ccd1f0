"""Solutions and answers, taken out of the pages and put at the end of a book."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from . import articles, questions
from .articles import Chapter
from .manifest import Book, Page

#: The id of the section.
PLACE = "solutions"
#: Returns a line that leads to what has an id: for a solution, or for the answers to a test.
See = Callable[[str, str], Any]


def gather(book: Book, chapters: Iterable[Chapter], see: See) -> Any | None:
    """Move all solutions into one section, under the titles of their pages, and return that.

    ``see`` is given ``"Solution"`` or ``"Answers"``, and the id of what it is to lead to.
    """
    title = escape(book.say("Solutions and answers"))
    section = articles.parse(f'<section id="{PLACE}"><h1>{title}</h1></section>')
    for chapter in chapters:
        found = _of_chapter(book, chapter, see)
        if found:
            heading = articles.parse("<h2><a></a></h2>")
            heading[0].text = numbered(chapter.page)
            articles.point(heading[0], chapter.id)
            section.append(heading)
            for one in found:
                articles.lower_headings(one, 2)
            section.extend(found)
    return section if len(section) > 1 else None


def _of_chapter(book: Book, chapter: Chapter, see: See) -> list[Any]:
    found: list[Any] = []
    for number, exercise in enumerate(questions.exercises(chapter.element), 1):
        if exercise.solution is None:
            continue
        solution = detach(exercise.solution)
        name = solution.get("id") or f"{chapter.id}-solution-{number}"
        solution.set("id", name)
        solution.set("class", "book-solution")
        exercise.element.append(see("Solution", name))
        found.append(solution)
    replies = questions.replace_forms(chapter, book.say("Your answer:"))
    if replies:
        name = f"{chapter.id}-answers"
        words = escape(book.say("Test yourself"))
        box = articles.parse(
            f'<div class="book-answers" id="{name}"><p class="admonition-title">{words}</p></div>'
        )
        box.extend(replies)
        found.append(box)
        chapter.element.cssselect("div.question")[-1].addnext(see("Answers", name))
    for part in (chapter.element, *found):
        articles.open_folds(part)
    articles.lower_headings(chapter.element, chapter.page.depth)
    return found


def detach(element: Any) -> Any:
    """Take an element out of its tree, and leave the text after it there."""
    taken = copy.deepcopy(element)
    taken.tail = None
    element.drop_tree()
    return taken


def numbered(page: Page) -> str:
    """Return a page's title with its number."""
    return f"{page.number}. {page.title}" if page.number else page.title
