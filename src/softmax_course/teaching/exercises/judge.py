"""Judging an answer: whether it is right and, if not, which known error it shows.

`check` compares an answer with what the catalog expects, then with the catalog's common errors of
the exercise, then with the errors that can be made in every exercise of its kind: percentages,
opposite sign, missing normalisation, transposition, reversed order, logarithms to another base, an
additive or multiplicative constant. Whatever the answer is, it returns; only an exercise that does
not exist is an error.
"""

from __future__ import annotations

import difflib
import warnings
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from softmax_course.teaching import words
from softmax_course.teaching.exercises import box
from softmax_course.teaching.exercises.catalog import Exercise, load
from softmax_course.teaching.exercises.errors import TOLERANCE, errors_of_kind, near

#: For functions nothing is rounded by hand. A straightforward formula errs by some tens of units
#: of 1.1e-16 on the inputs here (the bound is the largest difference of logits plus the number of
#: classes); a million times that is still far below what any common error causes.
_FUNCTION_TOLERANCE = 1e-9

# The book's theme puts a light background under HTML outputs of a dark page; this line needs none.
# On paper an exercise is asked and not judged.
_STYLE = (
    "html[data-theme] .bd-content div.cell_output .text_html:has(> .smx-feedback):not(#_)"
    "{background:none;color:inherit;padding:0}"
    "@media print{.smx-feedback{display:none}}"
)

_Finding = tuple[str, dict[str, str]] | None


class UnknownExerciseError(LookupError):
    """No exercise has this name; the message lists the nearest ones."""


@dataclass(frozen=True)
class Feedback:
    """What is said about an answer; true only if the answer is right.

    Attributes
    ----------
    hint : str or None
        Name of the hint, a key of ``[check.hint]`` in the message files; None if right.
    verdict : str
        Whether it is right, in the reader's language.
    advice : str
        What to look at, in the reader's language; empty if right.
    exercise : Exercise or None
        The exercise, if it is not answered yet: a built page then asks for the answer itself.
    name : str
        Name of the exercise, for a page that remembers which are solved.

    See Also
    --------
    check : Makes feedback on an answer.

    Examples
    --------
    >>> print(Feedback("sign", "Not yet.", "The sign is wrong."))
    ✗ Not yet. The sign is wrong.
    """

    hint: str | None
    verdict: str
    advice: str = ""
    exercise: Exercise | None = field(default=None, repr=False, compare=False)
    name: str = field(default="", repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.hint is None

    @property
    def _mark(self) -> str:
        """Sign of the verdict, which does not depend on colour."""
        return {None: "✓", "unanswered": "…"}.get(self.hint, "✗")

    def __str__(self) -> str:
        return f"{self._mark} {self.verdict} {self.advice}".rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return (
            f"<style>{_STYLE}</style>"
            f'<p class="smx-feedback" role="status"{self._answered()} '
            'style="border-inline-start:.25rem solid currentColor;'
            'padding:.25rem .75rem;margin:.25rem 0;font-family:inherit">'
            f"{self._mark} <strong>{escape(self.verdict)}</strong> {escape(self.advice)}</p>"
        )

    def _answered(self) -> str:
        """Attributes by which a page that runs a cell knows what was answered there."""
        if not self.name or self.hint == "unanswered":
            return ""
        right = "true" if self else "false"
        name = escape(self.name)
        return f' data-polyglot-answered="{name}" data-polyglot-right="{right}"'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if self.exercise is None:
            return {}
        shown = box.function_html if self.exercise.kind == "function" else box.html
        return {box.MIME_TYPE: shown(self.exercise)}

    def _repr_markdown_(self) -> str:
        return f"{self._mark} **{self.verdict}** {self.advice}".rstrip()


def check(answer: object, exercise_id: str) -> Feedback:
    """Say whether an answer is right and, if not, what to look at.

    Parameters
    ----------
    answer : object
        The reader's answer. Any object will do: what cannot be an answer is told, not raised.
        ``...`` stands for "not answered yet". A function is called on copies of test inputs.
    exercise_id : str
        Name of an exercise, e.g. ``"temperature-1"``.

    Returns
    -------
    Feedback
        True if the answer is right. Never holds the answer.

    Raises
    ------
    UnknownExerciseError
        If there is no such exercise.

    See Also
    --------
    softmax_course.teaching.exercises.load : The exercises and what is right in each.

    Examples
    --------
    >>> check([0.2, 0.3, 0.5], "formula-1")
    ✗ Not yet. Go back over the steps one by one and compare the intermediate values.
    >>> bool(check([0.09, 0.245, 0.665], "formula-1"))
    True
    """
    exercises = load()
    exercise = exercises.get(exercise_id) if isinstance(exercise_id, str) else None
    if exercise is None:
        near = ", ".join(difflib.get_close_matches(str(exercise_id), exercises, n=5, cutoff=0.0))
        raise UnknownExerciseError(f"no exercise {exercise_id!r}; the nearest names: {near}")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # A reader's overflow is what a hint is about; its warning would only alarm.
        warnings.simplefilter("ignore")
        found = _find(answer, exercise)
    if found is None:
        return Feedback(None, words.text("check.right"), name=exercise.name)
    hint, values = found
    verdict = words.text("check.waiting" if hint == "unanswered" else "check.wrong")
    advice = words.text(f"check.hint.{hint}", **values)
    unanswered = exercise if hint == "unanswered" else None
    return Feedback(hint, verdict, advice, unanswered, exercise.name)


def _find(answer: object, exercise: Exercise) -> _Finding:
    """Return None if the answer is right, else the name of a hint and what it is filled in with."""
    if answer is ...:
        return "unanswered", {}
    if answer is None:
        return "none", {}
    if exercise.kind == "function":
        return _find_in_function(answer, exercise)
    if callable(answer) and not hasattr(answer, "__array__"):
        return "not_numbers", {}
    if exercise.kind == "boolean":
        return _find_in_boolean(answer, exercise)
    array, problem = _as_numbers(answer)
    if problem:
        return problem, {}
    expected = np.asarray(exercise.right_answer(), dtype=float)
    if expected.ndim == 0:
        if array.size != 1:
            return "one_number", {"got": str(array.shape)}
        array = array.reshape(())
    elif array.shape != expected.shape:
        if array.shape == expected.T.shape and near(array.T.astype(float), expected):
            return "transposed", {}
        return "shape", {"got": str(array.shape), "expected": str(expected.shape)}
    values = array.astype(float)
    if exercise.kind == "index":
        return _find_in_index(values, expected)
    if exercise.kind == "logits" and np.isfinite(values).all():
        # The constant that softmax does not see is taken off both.
        if near(values - values.mean(), expected - expected.mean()):
            return None
    elif near(values, expected):
        return None
    return _find_error(values, expected, exercise), {}


def _as_numbers(answer: object) -> tuple[np.ndarray, str | None]:
    """Return the answer as an array of real numbers, or the name of the hint why it is none."""
    nothing = np.empty(0)
    if isinstance(answer, (str, bytes, bytearray)):
        return nothing, "text"
    try:
        array = np.asarray(answer)
        if array.dtype == object:
            array = array.astype(float)
    except Exception:
        # Whatever a foreign object raises when it is converted means the same to the reader.
        return nothing, "not_numbers"
    if array.dtype.kind == "U":
        return nothing, "text"
    if array.dtype.kind not in "iuf":
        return nothing, "not_numbers"
    return array, None


def _find_in_boolean(answer: object, exercise: Exercise) -> _Finding:
    if not isinstance(answer, (bool, np.bool_)):
        return "not_boolean", {}
    return None if bool(answer) == bool(exercise.right_answer()) else ("experiment", {})


def _find_in_index(value: np.ndarray, expected: np.ndarray) -> _Finding:
    if not np.isfinite(value) or value != np.round(value):
        return "not_index", {}
    if value == expected:
        return None
    return ("one_based" if value == expected + 1 else "experiment"), {}


def _find_error(values: np.ndarray, expected: np.ndarray, exercise: Exercise) -> str:
    for hint, wrong in exercise.wrong_answers():
        if near(values, wrong):
            return hint
    if not np.isfinite(values).all():
        return "not_finite"
    for hint, target, scale in errors_of_kind(exercise.kind, expected):
        if near(values, target, scale):
            return hint
    constant = values - expected
    if exercise.kind == "numbers" and near(constant, np.full_like(constant, constant.mean())):
        return "shift"
    if exercise.kind == "probabilities":
        if (values < -TOLERANCE).any():
            return "negative"
        sums = values.sum(axis=-1, keepdims=True)
        # Half a unit for each entry, so that rounded entries are not accused.
        if (np.abs(sums - 1.0) > TOLERANCE * values.shape[-1]).any():
            proportional = (sums > 0.0).all() and near(values / sums, expected)
            return "not_normalised" if proportional else "sum"
    elif exercise.kind == "numbers":
        factor = (values * expected).sum() / (expected**2).sum()
        if factor > 0.0 and near(values, factor * expected, max(1.0, factor)):
            return "scale"
    return "other"


def _find_in_function(answer: object, exercise: Exercise) -> _Finding:
    if not callable(answer):
        return "not_callable", {}
    right = exercise.right_answer()
    for arguments in exercise.arguments():
        given = tuple(np.copy(argument) for argument in arguments)
        try:
            result = answer(*given)
        except (Exception, SystemExit) as error:
            return "raised", {"error": type(error).__name__}
        if any(not np.array_equal(*pair) for pair in zip(given, arguments, strict=True)):
            return "changed_input", {}
        if result is None:
            return "none", {}
        array, problem = _as_numbers(result)
        if problem:
            return problem, {}
        expected = np.asarray(right(*arguments))
        if array.shape != expected.shape:
            return "shape", {"got": str(array.shape), "expected": str(expected.shape)}
        values = array.astype(float)
        if _agree(values, expected):
            continue
        for hint, wrong in exercise.wrong_answers():
            if _agree(values, wrong(*arguments)):
                return hint, {}
        if not np.isfinite(values).all():
            return "not_finite", {}
        return "other", {}
    return None


def _agree(values: np.ndarray, target: Any) -> bool:
    return bool(np.allclose(values, target, rtol=_FUNCTION_TOLERANCE, atol=1e-12, equal_nan=True))
