"""The box under an exercise on a page: it judges an answer as `check` does, without a kernel."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np

from softmax_course.teaching import _widget, words
from softmax_course.teaching.exercises.catalog import Exercise
from softmax_course.teaching.exercises.errors import TOLERANCE, errors_of_kind

#: A built page shows outputs of this type in place of others; Jupyter does not know it.
MIME_TYPE = "application/vnd.polyglot-book.page+html"

_HINTS = {
    "boolean": ("experiment",),
    "index": ("one_number", "not_index", "one_based", "experiment"),
}
_SHAPES: tuple[tuple[str, ...], ...] = (("one_number",), ("shape",), ("shape", "transposed"))
#: Of how many wrong answers that are common here a reader is warned, at most.
_WARNINGS = 1
_OF_KIND = {
    "numbers": ("shift", "scale"),
    "probabilities": ("negative", "not_normalised", "sum"),
}


def html(exercise: Exercise) -> str:
    """Return the box of an exercise that is not answered by a function."""
    expected = np.asarray(exercise.right_answer(), dtype=float)
    known = [(hint, _flat(value)) for hint, value in exercise.wrong_answers()]
    general: list[tuple[str, list[float | str], float]] = []
    if exercise.kind in ("boolean", "index"):
        used = {*_HINTS[exercise.kind]}
    else:
        general = [
            (hint, _flat(target), scale)
            for hint, target, scale in errors_of_kind(exercise.kind, expected)
        ]
        used = {hint for hint, _ in known} | {hint for hint, _, _ in general}
        used |= {"not_finite", "other", *_SHAPES[expected.ndim], *_OF_KIND.get(exercise.kind, ())}
    data = {
        "name": exercise.name,
        "kind": exercise.kind,
        "shape": expected.shape,
        "expected": _flat(expected),
        "tolerance": TOLERANCE,
        "known": known,
        "general": general,
    }
    messages = {hint: words.text(f"check.hint.{hint}") for hint in sorted(used)}
    messages["unreadable"] = words.text("answer.unreadable")
    payload = {
        # Not a secret, but not to be read at a glance.
        "data": base64.b64encode(json.dumps(data).encode()).decode(),
        "words": {
            "right": words.text("check.right"),
            "wrong": words.text("check.wrong"),
            "empty": words.text("answer.empty"),
            "hint": words.text("answer.hint"),
            "solution": words.text("answer.solution"),
        },
        "hints": messages,
        "steps": _steps(exercise),
    }
    body = (
        f'<form novalidate hidden data-polyglot-question="{escape(exercise.name)}">'
        f"{''.join(_fields(exercise.kind, expected))}"
        f'<button type="submit">{escape(words.text("quiz.check"))}</button>'
        '<div class="smx-reply" role="status"></div></form>'
    )
    label = words.text("answer.label")
    return _widget.widget(
        "answer",
        body,
        payload,
        lang=words.text("language.tag"),
        label=label,
        shared=("elements.js", "numbers.js"),
    )


def function_html(exercise: Exercise) -> str:
    """Return what stands under a cell that asks for a function: how to answer on the page."""
    # No class of the boxes: nothing is typed here. The ways to run it are added by the page.
    return (
        f'<div class="smx-function" data-polyglot-question="{escape(exercise.name)}" '
        f'lang="{words.text("language.tag")}">'
        f"<p>{escape(words.text('answer.function'))} <span data-live-ways></span></p></div>"
    )


def _steps(exercise: Exercise) -> list[str]:
    """Return the hints before the solution: a general one, then what is often answered wrongly."""
    advice = words.table("answer.advice")
    named = [words.text(f"check.hint.{hint}") for hint in exercise.common_errors][:_WARNINGS]
    warnings = [words.text("answer.common", error=error) for error in named]
    return [advice[exercise.kind], *(warnings or [advice["method"]])]


def _flat(value: Any) -> list[float | str]:
    """Return numbers as JSON has them, and infinities as words."""
    numbers = np.ravel(np.asarray(value, dtype=float)).tolist()
    return [x if math.isfinite(x) else str(x) for x in numbers]


def _fields(kind: str, expected: np.ndarray) -> Iterator[str]:
    label = escape(words.text("answer.label"))
    if kind == "boolean":
        for value in ("true", "false"):
            shown = escape(words.text(f"answer.{value}"))
            yield (
                f'<label class="smx-choice"><input type="radio" name="answer" value="{value}">'
                f"<span>{shown}</span></label>"
            )
        return
    # Not inputmode="decimal": an iPhone's keypad for it has no minus sign.
    about = 'autocomplete="off" autocapitalize="off" spellcheck="false"'
    if expected.ndim == 2:
        help_text = escape(words.text("answer.rows"))
        field = f'<textarea rows="{len(expected)}" {about}></textarea>'
    else:
        help_text = escape(words.text("answer.entries")) if expected.ndim else ""
        field = f'<input type="text" {about}>'
    small = f"<small>{help_text}</small>" if help_text else ""
    yield f"<label><span>{label}{small}</span>{field}</label>"
