"""Feedback on a reader's answer, in their language, that does not give the answer away.

``check(answer, "temperature-1")`` says whether an answer is right and, for a slip that many make
(no temperature, base-two logarithm, transposed matrix, …), which one it was. Whatever the answer
is, `check` returns; only an exercise that does not exist is an error.

The exercises are data, the same for all languages: pages put them into words. To add one, add an
entry to `EXERCISES`, made by `probabilities`, `numbers`, `number`, `logits`, `index`, `boolean` or
`function`: what is asked, a function that computes the right answer, and, under the name of a hint
of ``[check.hint]`` in ``messages/<lang>.toml``, functions that compute what a known slip gives.
Slips that apply to every exercise of a kind are found without being named: percentages, opposite
sign, missing normalisation, transposition, reversed order, logarithms to another base, an additive
or multiplicative constant.
"""

from __future__ import annotations

import difflib
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from softmax_course.numerics.attention import attention
from softmax_course.numerics.calibration import expected_calibration_error
from softmax_course.numerics.decoding import top_k_probs
from softmax_course.numerics.derivatives import cross_entropy_grad, softmax_jacobian, softmax_vjp
from softmax_course.numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from softmax_course.numerics.losses import cross_entropy, entropy
from softmax_course.numerics.sparsemax import sparsemax
from softmax_course.teaching import words

__all__ = ["EXERCISES", "Exercise", "Feedback", "UnknownExercise", "check"]

#: An answer worked out by hand is rounded to three decimals, so half a unit of the third is allowed
#: (and a rounding in binary on top). Slips are told apart at ten times this, see the tests.
TOLERANCE = 0.5e-3 * (1 + 1e-9)

#: For functions nothing is rounded by hand. A straightforward formula errs by some tens of units
#: of 1.1e-16 on the inputs here (the bound is the largest difference of logits plus the number of
#: classes); a million times that is still far below what any slip causes.
FUNCTION_TOLERANCE = 1e-9

Compute = Callable[[], Any]


class UnknownExercise(LookupError):
    """No exercise has this name; the message lists the nearest ones."""


@dataclass(frozen=True)
class Exercise:
    """What an exercise asks, what is right, and which slips are known.

    Attributes
    ----------
    kind : str
        ``"probabilities"``, ``"numbers"``, ``"number"``, ``"logits"`` (right up to a common
        constant), ``"index"``, ``"boolean"`` or ``"function"``.
    asks : str
        What a page has to ask, for its author.
    expected : callable
        Computes the right answer; for a function, the right function.
    slips : mapping of str to callable
        Name of a hint to what the slip gives.
    cases : tuple of tuple
        For a function: the arguments it is called with, one tuple a call.
    """

    kind: str
    asks: str
    expected: Callable[..., Any]
    slips: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    cases: tuple[tuple[Any, ...], ...] = ()


def probabilities(asks: str, expected: Compute, **slips: Compute) -> Exercise:
    """Ask for non-negative numbers that sum to one along the last axis."""
    return Exercise("probabilities", asks, expected, slips)


def numbers(asks: str, expected: Compute, **slips: Compute) -> Exercise:
    """Ask for an array of real numbers."""
    return Exercise("numbers", asks, expected, slips)


def number(asks: str, expected: Compute, **slips: Compute) -> Exercise:
    """Ask for one real number."""
    return Exercise("number", asks, expected, slips)


def logits(asks: str, expected: Compute, **slips: Compute) -> Exercise:
    """Ask for logits with given probabilities: a constant added to all of them is right too."""
    return Exercise("logits", asks, expected, slips)


def index(asks: str, expected: Compute, **slips: Compute) -> Exercise:
    """Ask for the index of a class, from 0."""
    return Exercise("index", asks, expected, slips)


def boolean(asks: str, expected: Compute) -> Exercise:
    """Ask for True or False."""
    return Exercise("boolean", asks, expected)


def function(
    asks: str, expected: Callable[..., Any], *cases: tuple[Any, ...], **slips: Callable[..., Any]
) -> Exercise:
    """Ask for a function, which is called on copies of `cases`; the last are the hardest."""
    return Exercise("function", asks, expected, slips, cases)


# The vectors of the courses: Russian and Chinese, Bengali.
Z = np.array([2.0, -1.0, 0.5])
Z_BN = np.array([3.0, 1.0, 0.2])
# Logits of three examples with three classes, and their classes.
BATCH = np.array([[2.0, -1.0, 0.5], [0.0, 1.5, 1.0], [3.0, 1.0, 0.2]])
TARGETS = np.array([0, 2, 1])
# Queries and keys of an attention with two queries, three keys of length 2.
Q = np.array([[1.0, 0.0], [0.5, 2.0]])
K = np.array([[1.0, 1.0], [0.0, 1.0], [2.0, 0.0]])
HUGE = np.array([[1e4, 1e4 - 1.0, -1e4], [-1e4, -1e4 + 2.0, -1e4 + 1.0]])


def _naive_softmax(z: np.ndarray) -> np.ndarray:
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def _scores() -> np.ndarray:
    return Q @ K.T


# ----------------------------------------------------------------------------------------------
# ADD EXERCISES HERE: one entry each, named after the concept it belongs to, with a number.
# Inputs belong in the page as well; `asks` says which. Never type an answer: compute it.
# ----------------------------------------------------------------------------------------------
EXERCISES: dict[str, Exercise] = {
    "intuition-1": index(
        "index of the most probable class for z = (2, -1, 0.5)", lambda: np.argmax(softmax(Z))
    ),
    "intuition-2": probabilities(
        "softmax of four equal logits (7, 7, 7, 7), without computing",
        lambda: softmax([7.0, 7.0, 7.0, 7.0]),
        sigmoids=lambda: sigmoid([7.0, 7.0, 7.0, 7.0]),
    ),
    "formula-1": probabilities(
        "softmax of (1, 2, 3)",
        lambda: softmax([1.0, 2.0, 3.0]),
        share_of_logits=lambda: np.array([1.0, 2.0, 3.0]) / 6.0,
        sigmoids=lambda: sigmoid([1.0, 2.0, 3.0]),
    ),
    "formula-2": number(
        "by how much must z_1 exceed z_2 for p_1 to be nine times p_2?",
        lambda: np.log(9.0),
        ratio_of_logits=lambda: 9.0,
    ),
    "formula-3": number(
        "the multiplier beta of the distribution of greatest entropy over three classes with "
        "scores (1, 0, 0), if the mean score is to be 1/2",
        lambda: np.log(0.5 / 0.25),
        base_2=lambda: np.log2(0.5 / 0.25),
    ),
    "worked-example-1": probabilities(
        "softmax of (2, -1, 0.5)",
        lambda: softmax(Z),
        share_of_logits=lambda: Z / Z.sum(),
        sigmoids=lambda: sigmoid(Z),
    ),
    "worked-example-2": probabilities(
        "softmax of (3, 1, 0.2)",
        lambda: softmax(Z_BN),
        share_of_logits=lambda: Z_BN / Z_BN.sum(),
        sigmoids=lambda: sigmoid(Z_BN),
    ),
    "worked-example-3": number(
        "how many times p_1 is larger than p_3 for z = (2, -1, 0.5)",
        lambda: softmax(Z)[0] / softmax(Z)[2],
        inverse_ratio=lambda: softmax(Z)[2] / softmax(Z)[0],
        ratio_of_logits=lambda: Z[0] / Z[2],
    ),
    "worked-example-4": number(
        "what must z_1 be for p_1 = 1/2, if z_2 = 1 and z_3 = 0.2?",
        lambda: logsumexp([1.0, 0.2]),
    ),
    "properties-1": boolean(
        "does adding 100 to every logit change the probabilities?",
        lambda: not np.allclose(softmax(Z + 100.0), softmax(Z)),
    ),
    "properties-2": logits(
        "any logits whose softmax is (0.5, 0.25, 0.25)",
        lambda: np.log([0.5, 0.25, 0.25]),
        base_2=lambda: np.log2([0.5, 0.25, 0.25]),
        exponential=lambda: np.array([0.5, 0.25, 0.25]),
        sign=lambda: -np.log([0.5, 0.25, 0.25]),
    ),
    "properties-3": number(
        "smallest lead of one logit over 999 equal others that gives its class probability 0.99",
        lambda: np.log(0.99 / 0.01 * 999),
    ),
    "properties-4": number(
        "largest probability that softmax can give if it is applied a second time, to the "
        "probabilities of five classes",
        lambda: softmax([1.0, 0.0, 0.0, 0.0, 0.0])[0],
        complement=lambda: 1.0 - softmax([1.0, 0.0, 0.0, 0.0, 0.0])[0],
    ),
    "implementation-1": function(
        "a function of a matrix that returns the softmax of each row, for moderate logits",
        softmax,
        (BATCH,),
        (BATCH[:2],),
        whole_array=lambda z: np.exp(z) / np.exp(z).sum(),
        wrong_axis=lambda z: softmax(z, axis=0),
        logarithm=log_softmax,
    ),
    "implementation-2": numbers(
        "softmax of each column of [[2, -1, .5], [0, 1.5, 1], [3, 1, .2]]",
        lambda: softmax(BATCH, axis=0),
        wrong_axis=lambda: softmax(BATCH),
        whole_array=lambda: np.exp(BATCH) / np.exp(BATCH).sum(),
    ),
    "numerical-stability-1": function(
        "a function of a matrix that returns the softmax of each row, for logits of any size",
        softmax,
        (BATCH,),
        (HUGE,),
        whole_array=lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
        wrong_axis=lambda z: softmax(z, axis=0),
        overflow=_naive_softmax,
    ),
    "numerical-stability-2": number(
        "logsumexp of (1000, 1000), by hand",
        lambda: logsumexp([1000.0, 1000.0]),
        no_log=lambda: 1000.0,
        naive=lambda: math.inf,
        base_2=lambda: 1000.0 + 1.0,
    ),
    "numerical-stability-3": number(
        "running sum d of online softmax, relative to the maximum, after the logits 0, 2, 1",
        lambda: np.exp(np.array([0.0, 2.0, 1.0]) - 2.0).sum(),
    ),
    "temperature-1": probabilities(
        "softmax of (2, -1, 0.5) at T = 2",
        lambda: softmax(Z, temperature=2.0),
        temperature=lambda: softmax(Z),
        inverse_temperature=lambda: softmax(Z, temperature=0.5),
    ),
    "temperature-2": number(
        "entropy in nats of the softmax of (2, -1, 0.5) at T = 2",
        lambda: entropy(softmax(Z, temperature=2.0)),
        temperature=lambda: entropy(softmax(Z)),
        inverse_temperature=lambda: entropy(softmax(Z, temperature=0.5)),
    ),
    "sigmoid-1": number(
        "probability of the first of two classes with logits (1.5, 0)",
        lambda: softmax([1.5, 0.0])[0],
        complement=lambda: sigmoid(-1.5),
    ),
    "sigmoid-2": numbers(
        "independent probabilities of three labels with logits (2, -1, 0.5)",
        lambda: sigmoid(Z),
        one_choice=lambda: softmax(Z),
        complement=lambda: sigmoid(-Z),
    ),
    "jacobian-1": numbers(
        "Jacobian of softmax at z = (2, -1, 0.5)",
        lambda: softmax_jacobian(Z),
        no_outer=lambda: np.diag(softmax(Z) * (1.0 - softmax(Z))),
        no_diagonal=lambda: -np.outer(softmax(Z), softmax(Z)),
    ),
    "jacobian-3": function(
        "a function of z and w that returns J^T w without forming J (vectors)",
        softmax_vjp,
        (Z, np.array([1.0, -2.0, 0.25])),
        (Z_BN, np.array([0.0, 1.0, 3.0])),
        no_diagonal=lambda z, w: -softmax(z) * (softmax(z) @ w),
        no_outer=lambda z, w: softmax(z) * w,
    ),
    "jacobian-4": numbers(
        "Jacobian of softmax with temperature T = 0.5 at z = (0, 0), by hand",
        lambda: softmax_jacobian([0.0, 0.0], temperature=0.5),
        temperature=lambda: softmax_jacobian([0.0, 0.0]),
        inverse_temperature=lambda: softmax_jacobian([0.0, 0.0], temperature=2.0),
        no_diagonal=lambda: np.full((2, 2), -0.5),
    ),
    "cross-entropy-1": number(
        "cross-entropy in nats of logits (2, -1, 0.5) if class 3 (index 2) is right",
        lambda: cross_entropy(Z, 2),
        other_class=lambda: cross_entropy(Z, 1),
        one_based=lambda: cross_entropy(Z, 0),
        probability=lambda: softmax(Z)[2],
    ),
    "cross-entropy-2": numbers(
        "gradient of the cross-entropy at logits (2, -1, 0.5) if class 3 (index 2) is right",
        lambda: cross_entropy_grad(Z, 2),
        no_target=lambda: softmax(Z),
        other_class=lambda: cross_entropy_grad(Z, 1),
    ),
    "cross-entropy-3": number(
        "mean cross-entropy of logits [[2, -1, .5], [0, 1.5, 1], [3, 1, .2]], classes [0, 2, 1]",
        lambda: cross_entropy(BATCH, TARGETS),
        no_mean=lambda: cross_entropy(BATCH, TARGETS, reduction="sum"),
    ),
    "training-1": numbers(
        "logits after one step of gradient descent on the logits (2, -1, 0.5) themselves, "
        "class 3 (index 2) right, learning rate 0.5",
        lambda: Z - 0.5 * cross_entropy_grad(Z, 2),
        ascent=lambda: Z + 0.5 * cross_entropy_grad(Z, 2),
        no_rate=lambda: Z - cross_entropy_grad(Z, 2),
        no_target=lambda: Z - 0.5 * softmax(Z),
    ),
    "training-2": number(
        "parameters of softmax regression on 28 x 28 images and ten classes that are not redundant",
        lambda: 9 * (28 * 28 + 1),
    ),
    "strengths-limits-1": number(
        "largest probability after the logits (2, -1, 0.5) are multiplied by 3",
        lambda: np.max(softmax(3.0 * Z)),
        unscaled_logits=lambda: np.max(softmax(Z)),
        inverse_temperature=lambda: np.max(softmax(Z / 3.0)),
    ),
    "strengths-limits-2": number(
        "ECE, ten bins, of ten answers of a two-class model: five with confidence 0.95, four of "
        "them right, and five with confidence 0.65, three of them right",
        lambda: expected_calibration_error(
            np.repeat([[0.95, 0.05], [0.65, 0.35]], 5, axis=0), [0] * 4 + [1] + [0] * 3 + [1] * 2
        ),
        no_mean=lambda: abs(0.95 - 4 / 5) + abs(0.65 - 3 / 5),
    ),
    "applications-1": probabilities(
        "attention weights of q = [[1, 0], [.5, 2]] over k = [[1, 1], [0, 1], [2, 0]]",
        lambda: attention(Q, K, np.eye(3))[1],
        no_scale=lambda: softmax(_scores()),
        wrong_axis=lambda: softmax(_scores() / math.sqrt(2.0), axis=0),
    ),
    "applications-2": probabilities(
        "softmax of (2, -1, 0.5) with the first class masked out",
        lambda: softmax([-np.inf, -1.0, 0.5]),
        mask_zero=lambda: softmax([0.0, -1.0, 0.5]),
        mask_after=lambda: softmax(Z) * [0.0, 1.0, 1.0],
    ),
    "temperature-3": number(
        "temperature at which two logits (2, 0) give the first class probability 0.9",
        lambda: 2.0 / np.log(9.0),
        inverse_ratio=lambda: np.log(9.0) / 2.0,
    ),
    "temperature-4": probabilities(
        "top-2 decoding of logits (2, -1, 0.5): keep the two largest, renormalise",
        lambda: top_k_probs(Z, 2),
        mask_after=lambda: softmax(Z) * [1.0, 0.0, 1.0],
        mask_zero=lambda: softmax([2.0, 0.0, 0.5]),
    ),
    "cross-entropy-4": number(
        "mean loss over the first two rows of [[2, -1, .5], [0, 1.5, 1], [3, 1, .2]], classes "
        "[0, 2, 1]: the third row is padding and does not count",
        lambda: cross_entropy(BATCH[:2], TARGETS[:2]),
        no_mean=lambda: cross_entropy(BATCH[:2], TARGETS[:2], reduction="sum"),
    ),
    "applications-3": probabilities(
        "attention weights of the query (.5, 2) over k = [[1, 1], [0, 1], [2, 0]], key 3 hidden",
        lambda: attention(Q[1:], K, np.eye(3), mask=[0.0, 0.0, -np.inf])[1][0],
        no_scale=lambda: softmax([*_scores()[1, :2], -np.inf]),
        mask_zero=lambda: softmax([*_scores()[1, :2] / math.sqrt(2.0), 0.0]),
        mask_after=lambda: attention(Q, K, np.eye(3))[1][1] * [1.0, 1.0, 0.0],
    ),
    "applications-4": number(
        "gigabytes (10^9 bytes) of the float32 Jacobian of softmax over 50 000 classes",
        lambda: 50_000**2 * 4 / 1e9,
    ),
    "applications-5": number(
        "how many times fewer numbers does LoRA of rank 8 train than a full 4096 x 4096 matrix?",
        lambda: 4096**2 / (8 * (4096 + 4096)),
        inverse_ratio=lambda: 8 * (4096 + 4096) / 4096**2,
    ),
    "applications-6": numbers(
        "gradient of log pi(a) with respect to the logits (2, -1, 0.5) for the action with index 1",
        lambda: -cross_entropy_grad(Z, 1),
    ),
    "temperature-5": number(
        "largest probability after two probabilities (0.99, 0.01) are recalibrated with T = 2",
        lambda: softmax(np.log([0.99, 0.01]), temperature=2.0)[0],
        inverse_temperature=lambda: softmax(np.log([0.99, 0.01]), temperature=0.5)[0],
        temperature=lambda: 0.99,
    ),
    "cross-entropy-5": number(
        "perplexity of a model that gave three right tokens the probabilities 1/2, 1/4, 1/8",
        lambda: np.exp(-np.mean(np.log([0.5, 0.25, 0.125]))),
    ),
    "strengths-limits-3": number(
        "smallest lead of one logit over 99 999 equal others that gives its class probability 1/2",
        lambda: np.log(99_999),
    ),
    "applications-7": probabilities(
        "sparsemax of (1.2, 0.8, -0.5), by hand",
        lambda: sparsemax([1.2, 0.8, -0.5]),
    ),
    "summary-1": number(
        "cross-entropy in nats of logits (1, 0, -1) if class 2 (index 1) is right",
        lambda: cross_entropy([1.0, 0.0, -1.0], 1),
        other_class=lambda: cross_entropy([1.0, 0.0, -1.0], 0),
        one_based=lambda: cross_entropy([1.0, 0.0, -1.0], 2),
        probability=lambda: softmax([1.0, 0.0, -1.0])[1],
    ),
    "summary-2": numbers(
        "gradient of that loss with respect to the logits",
        lambda: cross_entropy_grad([1.0, 0.0, -1.0], 1),
        no_target=lambda: softmax([1.0, 0.0, -1.0]),
        other_class=lambda: cross_entropy_grad([1.0, 0.0, -1.0], 0),
    ),
}


# The book's theme lays a light plate under HTML outputs of a dark page; this line needs none.
_OWN_GROUND = (
    "html[data-theme] .bd-content div.cell_output .text_html:has(> .smx-feedback):not(#_)"
    "{background:none;color:inherit;padding:0}"
)


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
    """

    hint: str | None
    verdict: str
    advice: str = ""

    def __bool__(self) -> bool:
        return self.hint is None

    @property
    def mark(self) -> str:
        """A sign for the verdict, so that it does not hang on colour."""
        return {None: "✓", "unanswered": "…"}.get(self.hint, "✗")

    def __str__(self) -> str:
        return f"{self.mark} {self.verdict} {self.advice}".rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return (
            f"<style>{_OWN_GROUND}</style>"
            '<p class="smx-feedback" role="status" '
            'style="border-inline-start:.25rem solid currentColor;'
            'padding:.25rem .75rem;margin:.25rem 0;font-family:inherit">'
            f"{self.mark} <strong>{escape(self.verdict)}</strong> {escape(self.advice)}</p>"
        )

    def _repr_markdown_(self) -> str:
        return f"{self.mark} **{self.verdict}** {self.advice}".rstrip()


def check(answer: object, exercise_id: str) -> Feedback:
    """Say whether an answer is right and, if not, what to look at.

    Parameters
    ----------
    answer : object
        The reader's answer. Any object will do: what cannot be an answer is told, not raised.
        ``...`` stands for "not answered yet". A function is called on copies of test inputs.
    exercise_id : str
        Key of `EXERCISES`, e.g. ``"temperature-1"``.

    Returns
    -------
    Feedback
        True if the answer is right. Never holds the answer.

    Raises
    ------
    UnknownExercise
        If there is no such exercise.

    Examples
    --------
    >>> check([0.2, 0.3, 0.5], "formula-1")
    ✗ Not yet. Go back over the steps one by one and compare the intermediate values.
    >>> bool(check([0.09, 0.245, 0.665], "formula-1"))
    True
    """
    exercise = EXERCISES.get(exercise_id) if isinstance(exercise_id, str) else None
    if exercise is None:
        names = difflib.get_close_matches(str(exercise_id), EXERCISES, n=5, cutoff=0.0)
        raise UnknownExercise(
            words.text("check.unknown_id", name=exercise_id, near=", ".join(names))
        )
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # A reader's overflow is what a hint is about; its warning would only alarm.
        warnings.simplefilter("ignore")
        found = _find(answer, exercise)
    if found is None:
        return Feedback(None, words.text("check.right"))
    hint, values = found
    verdict = words.text("check.waiting" if hint == "unanswered" else "check.wrong")
    return Feedback(hint, verdict, words.text(f"check.hint.{hint}", **values))


Finding = tuple[str, dict[str, str]] | None


def _find(answer: object, exercise: Exercise) -> Finding:
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
    expected = np.asarray(exercise.expected(), dtype=float)
    if expected.ndim == 0:
        if array.size != 1:
            return "one_number", {"got": str(array.shape)}
        array = array.reshape(())
    elif array.shape != expected.shape:
        if array.shape == expected.T.shape and _near(array.T.astype(float), expected):
            return "transposed", {}
        return "shape", {"got": str(array.shape), "expected": str(expected.shape)}
    values = array.astype(float)
    if exercise.kind == "index":
        return _find_in_index(values, expected)
    if exercise.kind == "logits" and np.isfinite(values).all():
        # The constant that softmax does not see is taken off both.
        if _near(values - values.mean(), expected - expected.mean()):
            return None
    elif _near(values, expected):
        return None
    return _find_slip(values, expected, exercise), {}


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


def _near(values: np.ndarray, target: Any, scale: float = 1.0) -> bool:
    target = np.asarray(target, dtype=float)
    if values.shape != target.shape:
        return False
    same = values == target  # infinities
    return bool(np.all(same | (np.abs(values - target) <= TOLERANCE * scale)))


def _find_in_boolean(answer: object, exercise: Exercise) -> Finding:
    if not isinstance(answer, (bool, np.bool_)):
        return "not_boolean", {}
    return None if bool(answer) == bool(exercise.expected()) else ("experiment", {})


def _find_in_index(value: np.ndarray, expected: np.ndarray) -> Finding:
    if not np.isfinite(value) or value != np.round(value):
        return "not_index", {}
    if value == expected:
        return None
    return ("one_based" if value == expected + 1 else "experiment"), {}


def _find_slip(values: np.ndarray, expected: np.ndarray, exercise: Exercise) -> str:
    for hint, slip in exercise.slips.items():
        if _near(values, slip()):
            return hint
    if not np.isfinite(values).all():
        return "not_finite"
    for hint, target, scale in _common_slips(expected, exercise.kind):
        if not _near(expected, target) and _near(values, target, scale):
            return hint
    constant = values - expected
    if exercise.kind == "numbers" and _near(constant, np.full_like(constant, constant.mean())):
        return "shift"
    if exercise.kind == "probabilities":
        if (values < -TOLERANCE).any():
            return "negative"
        sums = values.sum(axis=-1, keepdims=True)
        # Half a unit for each entry, so that rounded entries are not accused.
        if (np.abs(sums - 1.0) > TOLERANCE * values.shape[-1]).any():
            proportional = (sums > 0.0).all() and _near(values / sums, expected)
            return "not_normalised" if proportional else "sum"
    elif exercise.kind == "numbers":
        factor = (values * expected).sum() / (expected**2).sum()
        if factor > 0.0 and _near(values, factor * expected, max(1.0, factor)):
            return "scale"
    return "other"


def _common_slips(expected: np.ndarray, kind: str) -> list[tuple[str, np.ndarray, float]]:
    """Name of the hint, what the slip gives, and how much the slip enlarges a rounding."""
    slips = [("sign", -expected, 1.0)]
    if kind != "logits":
        slips.append(("percent", 100.0 * expected, 100.0))
    if expected.ndim == 1:
        slips.append(("order", expected[::-1], 1.0))
    if expected.ndim == 2 and expected.shape[0] == expected.shape[1]:
        slips.append(("transposed", expected.T, 1.0))
    if kind in ("number", "numbers"):
        slips.append(("base_2", expected / math.log(2.0), 1.0))
        slips.append(("base_10", expected / math.log(10.0), 1.0))
    if kind != "logits":
        if (expected > 0.0).all():
            slips.append(("logarithm", np.log(expected), 1.0))
        if (expected < 100.0).all():
            slips.append(("exponential", np.exp(expected), max(1.0, np.exp(expected).max())))
    return slips


def _find_in_function(answer: object, exercise: Exercise) -> Finding:
    if not callable(answer):
        return "not_callable", {}
    for case in exercise.cases:
        given = tuple(np.copy(argument) for argument in case)
        try:
            result = answer(*given)
        except (Exception, SystemExit) as error:
            return "raised", {"error": type(error).__name__}
        if any(not np.array_equal(*pair) for pair in zip(given, case, strict=True)):
            return "changed_input", {}
        if result is None:
            return "none", {}
        array, problem = _as_numbers(result)
        if problem:
            return problem, {}
        expected = np.asarray(exercise.expected(*case))
        if array.shape != expected.shape:
            return "shape", {"got": str(array.shape), "expected": str(expected.shape)}
        values = array.astype(float)
        if _agree(values, expected):
            continue
        for hint, slip in exercise.slips.items():
            if _agree(values, slip(*case)):
                return hint, {}
        if not np.isfinite(values).all():
            return "not_finite", {}
        return "other", {}
    return None


def _agree(values: np.ndarray, target: Any) -> bool:
    return bool(np.allclose(values, target, rtol=FUNCTION_TOLERANCE, atol=1e-12, equal_nan=True))
