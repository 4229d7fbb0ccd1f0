r"""Questions with a reply to every answer, which work wherever HTML does and need no kernel.

The questions stand in one file per language, ``quizzes/<lang>.toml`` beside this module. A table
array named after the page holds the questions of that page in order; add to the end of the file.

.. code-block:: toml

    [[worked-example]]                       # a question with choices
    question = "Which class has the largest probability for *z* = (2, −1, 0.5)?"
    choices = [
        {text = "*p*_{2}", reply = "It has the smallest logit."},
        {text = "*p*_{1}", reply = "`exp` grows, so order is kept.", right = true},
        {text = "All are equal", reply = "Only equal logits give equal probabilities."},
    ]

    [[worked-example]]                       # a question with a number
    question = "What is *p*_{1}? Round to two decimals."
    answer = "softmax([2, -1, 0.5])[0]"      # computed, never typed
    decimals = 2                             # right if it agrees to so many decimals
    reply = "exp(2) is 79 % of the sum."     # to the right number
    wrong = "Divide exp(2) by the sum of all exponentials."     # to any other number
    mistakes = [                             # optional: to numbers that a known slip gives
        {answer = "sigmoid(2.0)", reply = "That is the sigmoid of one logit."},
    ]

*Markup of every text*: ``*z*`` italic variable, ``_{1}`` subscript, ``^{2}`` superscript,
```exp(z)``` code; a backslash takes the next character literally (in TOML write ``\\*`` or use
``'…'`` strings). Everything else is shown as it stands, ``<`` and ``&`` included. Marks may be
nested (``*z_{i}*``) except inside code. There is no LaTeX: an output of a notebook is not typeset
by the build of the book.

*Expressions*: the names of `NAMESPACE`, that is the functions of `softmax_course` and a few of
NumPy; numbers, strings, lists, tuples, arithmetic, indexing, calls with keyword arguments.

Why not jupyterquiz (2.9.6)? Its words are English constants ("Correct!", "Incorrect -- try
again."), it fetches MathJax from a content network, and without scripts it shows nothing.
"""

from __future__ import annotations

import ast
import math
import re
import tomllib
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from importlib.resources import files
from numbers import Real

import numpy as np

from softmax_course.numerics import derivatives, functional, losses
from softmax_course.teaching import _widget, words

__all__ = ["NAMESPACE", "Choice", "Question", "Quiz", "QuizDataError", "load", "show"]

_NUMPY_NAMES = (
    "abs", "argmax", "array", "exp", "log", "log2", "max", "mean", "min", "round", "sqrt", "sum",
    "trace", "diag", "eye", "ones", "zeros", "pi", "e", "inf",
)  # fmt: skip

#: Names that an ``answer`` may use.
NAMESPACE = {
    **{name: getattr(functional, name) for name in functional.__all__},
    **{name: getattr(losses, name) for name in losses.__all__},
    **{name: getattr(derivatives, name) for name in derivatives.__all__},
    **{name: getattr(np, name) for name in _NUMPY_NAMES},
}

_ALLOWED_NODES = (
    ast.Expression, ast.Constant, ast.List, ast.Tuple, ast.Name, ast.Load, ast.Call, ast.keyword,
    ast.UnaryOp, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
    ast.MatMult, ast.Subscript, ast.Slice,
)  # fmt: skip

_MARK = re.compile(
    r"\\(?P<literal>.)|`(?P<code>[^`]*)`|(?P<open>[_^])\{|(?P<close>\})|(?P<star>\*)"
)


class QuizDataError(ValueError):
    """A question file breaks a rule; the message names the file, the page and the question."""


@dataclass(frozen=True)
class Choice:
    """One answer to a question and what is said to whoever gives it.

    Attributes
    ----------
    text : str
        Markup of a choice; for a number, the expression it was computed from.
    reply : str
        Markup of the reply.
    right : bool
        Whether this answer is right.
    value : float or None
        The number, for a question with a number.
    """

    text: str
    reply: str
    right: bool
    value: float | None = None


@dataclass(frozen=True)
class Question:
    """One question, checked.

    Attributes
    ----------
    text : str
        Markup of the question.
    answers : tuple of Choice
        The choices in order; for a question with a number, the right one and the known slips.
    decimals : int or None
        Decimals to which a number has to agree; None for a question with choices.
    wrong : str
        Markup of the reply to any other number; empty for a question with choices.
    """

    text: str
    answers: tuple[Choice, ...]
    decimals: int | None = None
    wrong: str = ""

    @property
    def right(self) -> Choice:
        """The right answer."""
        return next(answer for answer in self.answers if answer.right)


def to_html(markup: str) -> str:
    r"""Translate the quiz's markup to HTML; all else is escaped.

    Raises
    ------
    ValueError
        If a mark is opened and not closed, or closed and not opened.

    Examples
    --------
    >>> to_html("*z*_{1} < 2 and `exp(z)`")
    '<i>z</i><sub>1</sub> &lt; 2 and <code>exp(z)</code>'
    >>> to_html(r"3 \* 4")
    '3 * 4'
    """
    tags = {"_": "sub", "^": "sup", "*": "i"}
    out: list[str] = []
    stack: list[str] = []
    position = 0
    for mark in _MARK.finditer(markup):
        out.append(escape(markup[position : mark.start()]))
        position = mark.end()
        if mark["literal"] is not None:
            out.append(escape(mark["literal"]))
        elif mark["code"] is not None:
            out.append(f"<code>{escape(mark['code'])}</code>")
        elif mark["star"] and stack[-1:] != ["*"]:
            stack.append("*")
            out.append("<i>")
        elif mark["star"]:
            out.append(f"</{tags[stack.pop()]}>")
        elif mark["open"]:
            stack.append(mark["open"])
            out.append(f"<{tags[mark['open']]}>")
        elif stack and stack[-1] in "_^":
            out.append(f"</{tags[stack.pop()]}>")
        elif "{" in markup[: mark.start()]:
            # A brace of a set, {1, 2}, is a plain character; only marks have to match.
            out.append("}")
        else:
            raise ValueError(f"'}}' closes nothing in {markup!r}; write '\\}}' for the character")
    out.append(escape(markup[position:]))
    if stack:
        raise ValueError(
            f"{stack[-1]!r} is not closed in {markup!r}; write '\\*' for the character"
        )
    if re.search(r"`", re.sub(r"\\.|`[^`]*`", "", markup)):
        raise ValueError(f"'`' is not closed in {markup!r}; write '\\`' for the character")
    return "".join(out)


def evaluate(expression: str) -> float:
    """Compute the number of an ``answer``.

    Parameters
    ----------
    expression : str
        A Python expression of numbers and the names in `NAMESPACE`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it is not such an expression, fails, or is not one finite number.

    Examples
    --------
    >>> evaluate("sum(softmax([2, -1, 0.5]))")
    1.0
    """
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{expression!r} is not a Python expression: {error.msg}") from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED_NODES):
            raise ValueError(f"{expression!r} uses {type(node).__name__}, which is not allowed")
        if isinstance(node, ast.Name) and node.id not in NAMESPACE:
            raise ValueError(
                f"{expression!r} uses the name {node.id!r}; allowed: {', '.join(sorted(NAMESPACE))}"
            )
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
            raise ValueError(f"{expression!r} calls something that is not a plain name")
    try:
        with np.errstate(all="ignore"):  # what is not finite is an error below
            value = eval(compile(tree, "<answer>", "eval"), {"__builtins__": {}}, NAMESPACE)
    except Exception as error:
        raise ValueError(f"{expression!r} fails: {type(error).__name__}: {error}") from error
    if np.ndim(value) != 0 or not isinstance(value, (Real, np.ndarray)):
        raise ValueError(f"{expression!r} gives shape {np.shape(value)}, expected one number")
    if not math.isfinite(value):
        raise ValueError(f"{expression!r} gives {value}, expected a finite number")
    return float(value)


def _text(table: dict, key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key!r} has to be a text that is not empty, got {value!r}")
    to_html(value)
    return value


def _only(table: object, required: Set[str], optional: Set[str] = frozenset()) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"expected a table, got {table!r}")
    if missing := required - table.keys():
        raise ValueError(f"missing: {', '.join(sorted(missing))}")
    if unknown := table.keys() - required - optional:
        raise ValueError(
            f"unknown: {', '.join(sorted(unknown))}; known: "
            f"{', '.join(sorted(required | optional))}"
        )


def _with_choices(table: dict) -> Question:
    _only(table, {"question", "choices"})
    choices = table["choices"]
    if not isinstance(choices, list) or len(choices) < 2:
        raise ValueError("'choices' has to be a list of at least two tables")
    answers = []
    for number, choice in enumerate(choices, 1):
        try:
            _only(choice, {"text", "reply"}, {"right"})
            right = choice.get("right", False)
            if not isinstance(right, bool):
                raise ValueError(f"'right' has to be true or false, got {right!r}")
            answers.append(Choice(_text(choice, "text"), _text(choice, "reply"), right))
        except ValueError as error:
            raise ValueError(f"choice {number}: {error}") from error
    if sum(answer.right for answer in answers) != 1:
        raise ValueError("exactly one choice has to be right")
    texts = [answer.text for answer in answers]
    if len(set(texts)) != len(texts):
        raise ValueError("two choices have the same text")
    return Question(_text(table, "question"), tuple(answers))


def _with_number(table: dict) -> Question:
    _only(table, {"question", "answer", "decimals", "reply", "wrong"}, {"mistakes"})
    decimals = table["decimals"]
    if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= 12:
        raise ValueError(f"'decimals' has to be a whole number from 0 to 12, got {decimals!r}")
    # The expression is code, not markup: its stars multiply.
    expression = table["answer"]
    if not isinstance(expression, str):
        raise ValueError(f"'answer' has to be an expression in quotes, got {expression!r}")
    values = [evaluate(expression)]
    answers = [Choice(expression, _text(table, "reply"), True, values[0])]
    for number, slip in enumerate(table.get("mistakes", []), 1):
        try:
            _only(slip, {"answer", "reply"})
            value = evaluate(slip["answer"])
            if any(abs(value - other) <= 10.0**-decimals for other in values):
                raise ValueError(f"{slip['answer']!r} is not told from another answer: {value}")
            values.append(value)
            answers.append(Choice(slip["answer"], _text(slip, "reply"), False, value))
        except ValueError as error:
            raise ValueError(f"mistake {number}: {error}") from error
    return Question(_text(table, "question"), tuple(answers), decimals, _text(table, "wrong"))


def parse(source: str, name: str) -> dict[str, tuple[Question, ...]]:
    """Read and check the text of a question file.

    Parameters
    ----------
    source : str
        TOML text in the form that the module's docstring shows.
    name : str
        Name of the file, for messages.

    Returns
    -------
    dict
        Questions by page, in the file's order.

    Raises
    ------
    QuizDataError
        If a rule is broken; the message names the file, the page and the question.
    """
    try:
        pages = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise QuizDataError(f"{name}: {error}") from error
    checked = {}
    for page, tables in pages.items():
        if not isinstance(tables, list):
            raise QuizDataError(f"{name}, page {page!r}: begin each question with [[{page}]]")
        questions = []
        for number, table in enumerate(tables, 1):
            try:
                build = _with_number if "answer" in table else _with_choices
                questions.append(build(table))
            except ValueError as error:
                raise QuizDataError(f"{name}, page {page!r}, question {number}: {error}") from error
        checked[page] = tuple(questions)
    return checked


@cache
def load(lang: str) -> dict[str, tuple[Question, ...]]:
    """Return the questions of one language by page.

    Parameters
    ----------
    lang : str
        Code of the language, e.g. ``"ru"``.

    Raises
    ------
    QuizDataError
        If the language has no question file, or the file breaks a rule.
    """
    folder = files("softmax_course.teaching") / "quizzes"
    path = folder / f"{lang}.toml"
    if not path.is_file():
        known = sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml"))
        raise QuizDataError(f"no questions in language {lang!r}; there are: {', '.join(known)}")
    return parse(path.read_text(encoding="utf-8"), f"quizzes/{lang}.toml")


_WORDS = (
    "title", "check", "right", "wrong", "choose", "not_a_number", "rounding", "number",
    "other_number", "answer", "score", "again",
)  # fmt: skip


@dataclass(frozen=True)
class Quiz:
    """The questions of a page in the language of the moment it was made; made by `show`."""

    page: str
    questions: tuple[Question, ...]
    words: dict[str, str]
    tag: str

    def _repr_html_(self) -> str:
        forms = "\n".join(self._form(n, q) for n, q in enumerate(self.questions, 1))
        body = f'{forms}\n<p class="smx-score" role="status" hidden></p>'
        return _widget.widget("quiz", body, self.words, lang=self.tag, label=self.words["title"])

    def _form(self, number: int, question: Question) -> str:
        head = f"{number}. {to_html(question.text)}"
        if question.decimals is None:
            data = ""
            fields = "\n".join(
                f'<label><input type="radio" name="choice" value="{i}"'
                f"{' data-right' if answer.right else ''}>"
                f"<span>{to_html(answer.text)}</span></label>"
                for i, answer in enumerate(question.answers)
            )
            replies = [
                (f'data-reply="{i}"', f"{'✓' if answer.right else '✗'} {to_html(answer.text)}: ",
                 answer.reply)
                for i, answer in enumerate(question.answers)
            ]  # fmt: skip
        else:
            right = question.right
            data = f' data-answer="{right.value!r}" data-slack="{0.5 * 10.0**-question.decimals!r}"'
            fields = (
                f'<label class="smx-num"><span>{escape(self.words["number"])}</span>'
                '<input type="text" inputmode="decimal" autocomplete="off" spellcheck="false">'
                "</label>"
            )
            shown = [f"{answer.value:.{question.decimals}f}" for answer in question.answers]
            replies = [('data-reply="right"', f"✓ {shown[0]}: ", right.reply)]
            replies += [
                (f'data-reply="{i}" data-answer="{slip.value!r}"', f"✗ {shown[i]}: ", slip.reply)
                for i, slip in enumerate(question.answers[1:], 1)
            ]
            other = escape(self.words["other_number"])
            replies.append(('data-reply="wrong"', f"✗ {other}: ", question.wrong))
        items = "\n".join(
            f'<li {attributes}>{lead}<span class="smx-why">{to_html(reply)}</span></li>'
            for attributes, lead, reply in replies
        )
        return (
            f"<form{data}><fieldset><legend>{head}</legend>\n{fields}\n</fieldset>\n"
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


def _plain(markup: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", to_html(markup)))


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
    """
    lang = words.current()
    pages = load(lang)
    if page not in pages:
        raise QuizDataError(f"quizzes/{lang}.toml has no page {page!r}; it has: {', '.join(pages)}")
    messages = {name: words.text(f"quiz.{name}") for name in _WORDS}
    return Quiz(page, pages[page], messages, words.text("language.tag"))
