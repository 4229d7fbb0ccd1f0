"""Questions with a reply to every answer, which work wherever HTML does and need no kernel.

The questions stand in one file per language, ``quizzes/<lang>.toml`` beside this module; its form
is that of ``quizzes/schema.json``. A table array named after the page holds the questions of that
page in order; add to the end of the file.

.. code-block:: toml

    [[worked-example]]                       # a question with choices
    question = "Which class has the largest probability for <i>z</i> = (2, −1, 0.5)?"
    choices = [
        {text = "<i>p</i><sub>2</sub>", reply = "It has the smallest logit."},
        {text = "<i>p</i><sub>1</sub>", reply = "<code>exp</code> keeps the order.", right = true},
        {text = "All are equal", reply = "Only equal logits give equal probabilities."},
    ]

    [[worked-example]]                       # a question with a number
    question = "What is <i>p</i><sub>1</sub>? Round to two decimals."
    answer = "softmax([2, -1, 0.5])[0]"      # computed, never typed
    decimals = 2                             # right if it agrees to so many decimals
    reply = "exp(2) is 79 % of the sum."     # to the right number
    wrong = "Divide exp(2) by the sum of all exponentials."     # to any other number
    common_errors = [                        # optional: to numbers that a common error gives
        {answer = "sigmoid(2.0)", reply = "That is the sigmoid of one logit."},
    ]

Texts are HTML, with every element closed, and ``&lt;`` and ``&amp;`` for ``<`` and ``&``. There is
no LaTeX: an output of a notebook is not typeset by the build of the book. An ``answer`` is Python
with the names of `softmax_course` and a few of NumPy.

Why not jupyterquiz (2.9.6)? Its words are English constants ("Correct!", "Incorrect -- try
again."), it fetches MathJax from a content network, and without scripts it shows nothing.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from importlib.resources import files
from numbers import Real
from typing import Any
from xml.etree import ElementTree

import numpy as np

from softmax_course.teaching import _data, _widget, words
from softmax_course.teaching.display.table import typeset

__all__ = ["Quiz", "QuizDataError", "show"]


class QuizDataError(_data.DataError):
    """A question file breaks a rule; the message names the file, the page and the question."""


@dataclass(frozen=True)
class _Answer:
    """A choice, or a number computed from the expression `text`, and the reply to it."""

    text: str
    reply: str
    right: bool
    value: float = math.nan


@dataclass(frozen=True)
class _Question:
    """A question with choices or, if `decimals` is given, with a number.

    `answers` are the choices in order, or the right number and then the common errors; `wrong` is
    the reply to any other number.
    """

    text: str
    answers: tuple[_Answer, ...]
    decimals: int | None = None
    wrong: str = ""

    @property
    def fingerprint(self) -> str:
        """A name that never changes its meaning: another text or other choices make another."""
        texts = [self.text, *(answer.text for answer in self.answers if self.decimals is None)]
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]


def _number(expression: str) -> float:
    value = _data.evaluate(expression)
    if np.ndim(value) != 0 or not isinstance(value, (Real, np.ndarray)):
        raise ValueError(f"{expression!r} gives shape {np.shape(value)}, expected one number")
    if not math.isfinite(value):
        raise ValueError(f"{expression!r} gives {value}, expected a finite number")
    return float(value)


def _with_choices(table: dict[str, Any]) -> _Question:
    answers = tuple(
        _Answer(choice["text"], choice["reply"], choice.get("right", False))
        for choice in table["choices"]
    )
    if sum(answer.right for answer in answers) != 1:
        raise ValueError("exactly one choice has to be right")
    if len({answer.text for answer in answers}) < len(answers):
        raise ValueError("two choices have the same text")
    return _Question(table["question"], answers)


def _with_number(table: dict[str, Any]) -> _Question:
    decimals = table["decimals"]
    answers: list[_Answer] = []
    for given in (table, *table.get("common_errors", ())):
        expression = given["answer"]
        value = _number(expression)
        if any(abs(value - other.value) <= 10.0**-decimals for other in answers):
            raise ValueError(
                f"{expression!r} gives {value}, which {decimals} decimals do not tell from the "
                "number of another answer"
            )
        answers.append(_Answer(expression, given["reply"], right=given is table, value=value))
    return _Question(table["question"], tuple(answers), decimals, table["wrong"])


def _check_texts(question: _Question) -> None:
    replies = [*(answer.reply for answer in question.answers), question.wrong]
    if len(set(replies)) < len(replies):
        raise ValueError("two replies are the same")
    choices = [answer.text for answer in question.answers if question.decimals is None]
    for text in (question.text, *choices, *replies):
        try:
            ElementTree.fromstring(f"<p>{text}</p>")
        except ElementTree.ParseError as error:
            raise ValueError(f"{text!r} is not well-formed HTML: {error}") from error


_LEVELS = ("page", "question")


def _parse(source: str, name: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a file by page, or raise `QuizDataError`, naming the file `name`."""
    try:
        return _data.parse(source, "quizzes/schema.json", _LEVELS)
    except ValueError as error:
        raise QuizDataError(f"{name}: {error}") from error


@cache
def _pages(lang: str) -> dict[str, list[dict[str, Any]]]:
    folder = files("softmax_course.teaching") / "quizzes"
    known = sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml"))
    if lang not in known:
        raise QuizDataError(f"no questions in language {lang!r}; there are: {', '.join(known)}")
    return _parse(_data.read(f"quizzes/{lang}.toml"), f"quizzes/{lang}.toml")


def _questions(tables: list[dict[str, Any]], page: str, name: str) -> tuple[_Question, ...]:
    """Check what a schema cannot say of the questions of a page, and compute their numbers."""
    questions = []
    for index, table in enumerate(tables):
        try:
            build = _with_number if "answer" in table else _with_choices
            questions.append(build(table))
            _check_texts(questions[-1])
        except ValueError as error:
            where = _data.place([page, index], _LEVELS)
            raise QuizDataError(f"{name}: {where}: {error}") from error
    return tuple(questions)


_WORDS = (
    "title", "check", "right", "wrong", "choose", "not_a_number", "rounding", "number",
    "other_number", "answer", "lead", "score", "again",
)  # fmt: skip


@dataclass(frozen=True)
class Quiz:
    """The questions of a page, in the language in which `show` made it."""

    page: str
    questions: tuple[_Question, ...]
    words: dict[str, str]
    tag: str

    def _repr_html_(self) -> str:
        forms = "\n".join(self._form(n, q) for n, q in enumerate(self.questions, 1))
        body = f'{forms}\n<p class="smx-score" role="status" hidden></p>'
        title = self.words["title"]
        return _widget.widget(
            "quiz",
            body,
            self.words,
            lang=self.tag,
            label=title,
            shared=("elements.js", "numbers.js"),
        )

    def _form(self, number: int, question: _Question) -> str:
        head = f"{number}. {question.text}"
        if question.decimals is None:
            data = ""
            fields = "\n".join(
                f'<label><input type="radio" name="choice" value="{i}"'
                f"{' data-right' if answer.right else ''}>"
                f"<span>{answer.text}</span></label>"
                for i, answer in enumerate(question.answers)
            )
            replies = [
                (f'data-reply="{i}"', "✓" if answer.right else "✗", answer.text, answer.reply)
                for i, answer in enumerate(question.answers)
            ]
        else:
            right, *common_errors = question.answers
            data = f' data-answer="{right.value!r}" data-slack="{0.5 * 10.0**-question.decimals!r}"'
            fields = (
                f'<label class="smx-num"><span>{escape(self.words["number"])}</span>'
                # Not inputmode="decimal": an iPhone's keypad for it has no minus sign.
                '<input type="text" autocomplete="off" spellcheck="false">'
                "</label>"
            )
            shown = [
                typeset(f"{answer.value:.{question.decimals}f}", answer.value)
                for answer in question.answers
            ]
            replies = [('data-reply="right"', "✓", shown[0], right.reply)]
            replies += [
                (f'data-reply="{i}" data-answer="{error.value!r}"', "✗", shown[i], error.reply)
                for i, error in enumerate(common_errors, 1)
            ]
            other = escape(self.words["other_number"])
            replies.append(('data-reply="wrong"', "✗", other, question.wrong))
        items = "\n".join(
            f"<li {attributes}>{self.words['lead'].format(mark=mark, answer=answer)}"
            f'<span class="smx-why">{reply}</span></li>'
            for attributes, mark, answer, reply in replies
        )
        name = escape(f"{self.page}-{question.fingerprint}")
        return (
            f'<form data-polyglot-question="{name}"{data}><fieldset><legend>{head}</legend>\n'
            f"{fields}\n</fieldset>\n"
            f"<details><summary>{escape(self.words['answer'])}</summary>"
            f"<ul>{items}</ul></details></form>"
        )

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(self.questions, 1):
            lines.append(f"{number}. {_plain(question.text)}")
            if question.decimals is None:
                lines += [f"   ( ) {_plain(answer.text)}" for answer in question.answers]
        return "\n".join(lines)


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def show(page: str) -> Quiz:
    """Show the questions of a page in the current language.

    Parameters
    ----------
    page : str
        Name of the table array in ``quizzes/<lang>.toml``: the page's file name without its ending.

    Returns
    -------
    Quiz
        Shown as HTML by Jupyter and in the book.

    Raises
    ------
    QuizDataError
        If the language has no questions for this page, or its file breaks a rule.

    See Also
    --------
    softmax_course.check : Feedback on the answer of an exercise.

    Examples
    --------
    >>> from softmax_course import language
    >>> with language.using("zh"):
    ...     len(show("06-1-attention").questions)
    4
    """
    lang = words.current()
    name, pages = f"quizzes/{lang}.toml", _pages(lang)
    if page not in pages:
        raise QuizDataError(f"{name} has no page {page!r}; it has: {', '.join(pages)}")
    questions = _questions(pages[page], page, name)
    messages = {word: words.text(f"quiz.{word}") for word in _WORDS}
    return Quiz(page, questions, messages, words.text("language.tag"))
