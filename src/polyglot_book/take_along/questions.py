"""Questions with choices or numbers, exercises and their solutions, as pages have them.

A page may ask anything in a ``<form data-polyglot-question="name">``. To be printed, or made a card
of, such a form has a ``<fieldset>`` whose ``<legend>`` is the question; the choices are labels with
radio buttons, that of the right one marked ``data-right``; and a ``<details>`` lists the replies,
``<li data-reply="…">`` with the value of the choice, or ``right`` of a number that is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import articles
from .articles import Chapter

_LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True)
class Question:
    """Hold a question of a form."""

    name: str
    form: Any
    #: As markup.
    text: str
    choices: tuple[str, ...]
    right: int | None
    reply: str


@dataclass(frozen=True)
class Exercise:
    """Hold an exercise, with the cells that belong to it, and its solution."""

    element: Any
    #: What the page calls it; empty if it has no name.
    label: str
    solution: Any | None


def questions(element: Any) -> Iterator[Question]:
    """Yield the questions beneath an element that have the form above."""
    for form in element.xpath(".//form[@data-polyglot-question]"):
        legend = form.find("fieldset/legend")
        replies = {item.get("data-reply"): item for item in form.xpath(".//details//li")}
        if legend is None or not replies:
            continue
        radios = form.xpath(".//fieldset//input[@type='radio']")
        labels = tuple(articles.inner(radio.getparent().find("span")) for radio in radios)
        right = next((n for n, one in enumerate(radios) if "data-right" in one.attrib), None)
        reply = replies.get("right" if right is None else radios[right].get("value"))
        if reply is None:
            continue
        yield Question(
            name=form.get("data-polyglot-question"),
            form=form,
            text=articles.inner(legend),
            choices=labels,
            right=right,
            reply=articles.inner(reply),
        )


def print_question(question: Question, label: str) -> Any:
    """Return a question as it stands on paper: letters before choices, a line for a number."""
    if question.choices:
        items = "".join(f"<li>{choice}</li>" for choice in question.choices)
        below = f'<ol class="choices" type="A">{items}</ol>'
    else:
        below = f'<p class="blank">{label} <span class="line"></span></p>'
    return articles.parse(
        f'<div class="question"><p class="question-text">{question.text}</p>{below}</div>'
    )


def print_answer(question: Question) -> Any:
    """Return the answer to a question, for a list of answers."""
    letter = "" if question.right is None else f"<b>{_LETTERS[question.right]}.</b> "
    number = question.text.partition(".")[0]
    before = f"{number}. " if number.isdigit() else ""
    return articles.parse(f'<p class="question-answer">{before}{letter}{question.reply}</p>')


def exercises(element: Any) -> Iterator[Exercise]:
    """Yield exercises in order. A solution stands after its exercise, before the next one."""
    found = element.cssselect("div.exercise, details.solution, div.solution")
    for place, box in enumerate(found):
        if "exercise" not in articles.classes(box):
            continue
        following = found[place + 1] if place + 1 < len(found) else None
        if following is not None and "solution" not in articles.classes(following):
            following = None
        yield Exercise(box, box.get(articles.KEY, ""), following)


def replace_forms(chapter: Chapter, label: str) -> list[Any]:
    """Put questions for paper in place of a page's forms; return the answers."""
    answers = []
    for question in list(questions(chapter.element)):
        answers.append(print_answer(question))
        printed = print_question(question, label)
        printed.tail = question.form.tail
        question.form.getparent().replace(question.form, printed)
    for form in chapter.element.xpath(".//form"):
        form.drop_tree()
    return answers
