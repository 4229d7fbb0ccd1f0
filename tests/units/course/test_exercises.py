"""Feedback on answers: right ones pass, known errors are named, no answer is given away or raises.

What the catalog may hold is tested at the end.
"""

import fractions
import re
import string
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softmax_course.numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.teaching import language
from softmax_course.teaching.exercises import (
    ExerciseDataError,
    Feedback,
    UnknownExerciseError,
    catalog,
    check,
    errors,
    load,
)

EXERCISES = load()
LANGUAGES = language.available()
Z = np.array([2.0, -1.0, 0.5])
FUNCTIONS = [name for name, exercise in EXERCISES.items() if exercise.kind == "function"]
VALUES = [name for name in EXERCISES if name not in FUNCTIONS]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_right_answer_passes(name):
    feedback = check(EXERCISES[name].right_answer(), name)
    assert feedback
    assert feedback.hint is None


@pytest.mark.parametrize("name", [n for n in VALUES if EXERCISES[n].kind != "boolean"])
def test_an_answer_rounded_by_hand_passes(name):
    assert check(np.round(EXERCISES[name].right_answer(), 3).tolist(), name)


@pytest.mark.parametrize(
    ("name", "hint"), [(n, h) for n in EXERCISES for h in EXERCISES[n].common_errors]
)
def test_each_common_error_is_told_apart(name, hint):
    wrong = dict(EXERCISES[name].wrong_answers())[hint]
    feedback = check(wrong, name)
    assert not feedback
    assert feedback.hint == hint


@pytest.mark.parametrize(
    ("name", "hint"), [(n, h) for n in VALUES for h in EXERCISES[n].common_errors]
)
def test_a_common_error_is_far_from_the_right_answer(name, hint):
    wrong = np.asarray(dict(EXERCISES[name].wrong_answers())[hint], float)
    right = np.asarray(EXERCISES[name].right_answer(), float)
    assert right.shape == wrong.shape
    assert np.max(np.abs(right - wrong)) > 10 * errors.TOLERANCE


def test_a_name_says_a_concept_and_a_number():
    concepts = {
        *("intuition", "formula", "worked-example", "properties", "implementation"),
        *("numerical-stability", "temperature", "sigmoid", "jacobian", "cross-entropy"),
        *("training", "strengths-limits", "applications", "summary"),
        *("origins", "losses", "uncertainty", "libraries"),
        *("language-model", "attention", "decoding", "policy", "large-vocabulary"),
    }
    assert {name.rpartition("-")[0] for name in EXERCISES} <= concepts
    assert all(name.rpartition("-")[2].isdigit() for name in EXERCISES)


P = softmax(Z)
BATCH = np.array([[2.0, -1.0, 0.5], [0.0, 1.5, 1.0], [3.0, 1.0, 0.2]])


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("worked-example-1", 100 * P, "percent"),
        ("worked-example-1", np.round(100 * P, 1), "percent"),
        ("worked-example-1", np.exp(Z), "not_normalised"),
        ("worked-example-1", [0.5, 0.2, 0.2], "sum"),
        ("worked-example-1", [1.2, -0.1, -0.1], "negative"),
        ("worked-example-1", -P, "sign"),
        ("worked-example-1", P[::-1], "order"),
        ("worked-example-1", log_softmax(Z), "logarithm"),
        ("worked-example-1", [0.5, 0.25, 0.25], "other"),
        ("worked-example-1", P[:, None], "shape"),
        ("worked-example-1", [np.nan, 0.5, 0.5], "not_finite"),
        ("training-1", lambda: Z, "not_numbers"),
        ("cross-entropy-1", cross_entropy(Z, 2) / np.log(2), "base_2"),
        ("cross-entropy-1", cross_entropy(Z, 2) / np.log(10), "base_10"),
        ("cross-entropy-1", -cross_entropy(Z, 2), "sign"),
        ("cross-entropy-1", [1.0, 2.0], "one_number"),
        ("cross-entropy-2", -(P - [0.0, 0.0, 1.0]), "sign"),
        ("cross-entropy-2", P - [0.0, 0.0, 1.0] + 0.25, "shift"),
        ("cross-entropy-2", 3.0 * (P - [0.0, 0.0, 1.0]), "scale"),
        ("applications-1", lambda: None, "not_numbers"),
        ("intuition-1", 1, "one_based"),
        ("intuition-1", 2, "experiment"),
        ("intuition-1", 0.5, "not_index"),
        ("intuition-11", True, "experiment"),
        ("intuition-11", 0, "not_boolean"),
        ("intuition-11", "False", "not_boolean"),
        ("temperature-1", "0.6", "text"),
        ("temperature-1", ["a", "b", "c"], "text"),
        ("temperature-1", None, "none"),
        ("temperature-1", ..., "unanswered"),
        ("temperature-1", {}, "not_numbers"),
        ("temperature-1", [[1.0], [1.0, 2.0]], "not_numbers"),
        ("temperature-1", np.array([True, False, True]), "not_numbers"),
        ("temperature-1", P + 0j, "not_numbers"),
        ("numerical-stability-2", np.inf, "naive"),
        ("numerical-stability-2", np.nan, "not_finite"),
        ("implementation-1", P, "not_callable"),
        ("implementation-1", None, "none"),
        ("implementation-1", lambda z: None, "none"),
        ("implementation-1", lambda z: 1 / 0, "raised"),
        ("implementation-1", lambda: None, "raised"),
        ("implementation-1", lambda z: exit(), "raised"),
        ("implementation-1", lambda z: "text", "text"),
        ("implementation-1", lambda z: softmax(z)[0], "shape"),
        ("implementation-1", lambda z: softmax(z) + 1e-6, "other"),
        ("implementation-1", lambda z: np.full_like(z, np.nan), "not_finite"),
        (
            "implementation-1",
            lambda z: softmax(np.subtract(z, z.max(), out=z)),
            "changed_input",
        ),
    ],
)
def test_typical_mistakes_get_their_hint(name, answer, hint):
    feedback = check(answer, name)
    assert not feedback
    assert feedback.hint == hint


def test_transposed_matrix():
    weights = EXERCISES["applications-1"].right_answer()
    assert check(weights.T, "applications-1").hint == "transposed"


def test_logits_are_right_up_to_a_constant():
    right = EXERCISES["properties-2"].right_answer()
    assert check(right + 7.0, "properties-2")
    assert not check(2.0 * right, "properties-2")


@pytest.mark.parametrize(
    "stable", [lambda z: np.exp(log_softmax(z)), lambda z: np.exp(z - logsumexp(z)[:, None])]
)
def test_other_stable_implementations_pass(stable):
    assert check(stable, "numerical-stability-1")


def test_other_kinds_of_numbers_pass():
    assert check([fractions.Fraction(p) for p in P.tolist()], "worked-example-1")
    assert check(tuple(P.astype(np.float32)), "worked-example-1")
    assert check(np.array([sigmoid(1.5)]), "sigmoid-1")
    assert check(np.int8(0), "intuition-1")


class Hostile:
    """Raises whenever it is looked at as numbers."""

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.builds(Hostile),
    st.builds(object),
    st.dictionaries(st.text(max_size=2), st.integers()),
    st.lists(st.lists(st.floats(), max_size=3), max_size=3),
    hnp.arrays(
        st.one_of(hnp.scalar_dtypes(), hnp.unicode_string_dtypes()),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    ),
)


@given(answer=ANYTHING, name=st.sampled_from(sorted(EXERCISES)))
def test_no_answer_does_harm(answer, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        feedback = check(answer, name)
        assert isinstance(feedback, Feedback)
        assert feedback.verdict
        check(lambda *args: answer, name)


def test_a_huge_answer_is_refused_by_its_shape():
    # A view of one number: as floats it would take 8 TB.
    huge = np.broadcast_to(np.int8(1), (10**6, 10**6))
    assert check(huge, "worked-example-1").hint == "shape"
    assert check(huge, "cross-entropy-1").hint == "one_number"
    assert check(lambda z: huge, "implementation-1").hint == "shape"


def digits_of(name):
    """Return the ways to write the numbers of the answer of an exercise."""
    found = set()
    for value in np.ravel(np.asarray(EXERCISES[name].right_answer(), dtype=float)):
        for decimals in (1, 2, 3, 4):
            found.add(f"{abs(value):.{decimals}f}")
        if value == round(value):
            found.add(str(abs(int(value))))
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hints_keep_the_answer(lang):
    with language.using(lang):
        hints = language.table("check.hint")
    numbers = {hint: set(re.findall(r"\d[\d.]*", text)) for hint, text in hints.items()}
    for name in VALUES:
        digits = digits_of(name)
        for hint in {*EXERCISES[name].common_errors, *GENERAL_HINTS}:
            assert not digits & numbers[hint], (name, hint)
    # Only the places of shapes and errors are filled in, and these say nothing of values.
    fields = {field for hint in hints.values() for _, field, *_ in string.Formatter().parse(hint)}
    assert fields <= {None, "got", "expected", "error"}


# Hints that `check` finds for any exercise of a kind.
GENERAL_HINTS = {
    "unanswered", "none", "text", "not_numbers", "not_finite", "shape", "one_number",
    "not_index", "one_based", "not_boolean", "experiment", "negative", "not_normalised", "sum",
    "percent", "sign", "order", "transposed", "logarithm", "exponential", "base_2", "base_10",
    "shift", "scale", "not_callable", "raised", "changed_input", "other",
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_hint_has_words_and_every_word_a_use(lang):
    named = {hint for exercise in EXERCISES.values() for hint in exercise.common_errors}
    with language.using(lang):
        assert language.table("check.hint").keys() == GENERAL_HINTS | named


@pytest.mark.parametrize("lang", LANGUAGES)
def test_feedback_speaks_the_language(lang):
    with language.using(lang):
        feedback = check(100 * P, "worked-example-1")
        waiting = check(..., "worked-example-1")
        right = check(P, "worked-example-1")
        advice = language.text("check.hint.percent")
        assert feedback.advice == advice
        assert waiting.verdict == language.text("check.waiting")
        assert right.verdict == language.text("check.right")
    # It keeps the language it was made in.
    assert advice in feedback._repr_html_()
    assert advice in feedback._repr_markdown_()
    assert advice in repr(feedback)
    assert [str(f)[0] for f in (feedback, waiting, right)] == ["✗", "…", "✓"]


def test_feedback_is_escaped():
    assert "<b>" not in Feedback("other", "<b>", "<b>")._repr_html_().replace("<strong>", "")


def test_unknown_exercise_names_the_nearest():
    with pytest.raises(UnknownExerciseError, match="temperature-1"):
        check(1.0, "temprature-1")


@pytest.mark.parametrize("name", [None, 3, [], ""])
def test_an_id_that_is_no_text_is_unknown(name):
    with pytest.raises(UnknownExerciseError):
        check(1.0, name)


# The catalog

NUMBER = '[a-1]\nkind = "number"\nasks = "how many?"\nexpected = "2 * N[0]"\n'
FUNCTION = '[a-1]\nkind = "function"\nasks = "which?"\nexpected = "softmax"\ncases = [["N"]]\n'
CONSTANTS = "[constants]\nN = [3]\n\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (NUMBER.replace("number", "numeral"), "'a-1', kind must be one of .* got 'numeral'"),
        (NUMBER.replace('"how many?"', '" "'), "'a-1', asks must match .* not empty"),
        (NUMBER.replace('"2 * N[0]"', "6"), "'a-1', expected must be string .* got 6"),
        (NUMBER.replace("asks", "ask"), "'a-1' must contain .*asks"),
        (NUMBER + 'hint = "h"', "'a-1' must not contain .*hint"),
        (NUMBER + 'cases = [["N"]]', "'a-1', cases must not be there"),
        (NUMBER + "common_errors.sign = -6", "'a-1', common_errors, sign must be string"),
        (NUMBER.replace("a-1", "a"), "must not contain {'a'}"),
        (FUNCTION.replace('cases = [["N"]]\n', ""), "'a-1' must contain .*cases"),
        (FUNCTION.replace('["N"]', '["N"], []'), "'a-1', cases 2 must contain at least 1"),
        (NUMBER.replace("[a-1]", "[a-1"), "line 4"),
        ("[constants]\nn = [3]", "constants' must not contain {'n'}"),
    ],
)
def test_a_broken_catalog_is_named(source, words):
    with pytest.raises(ExerciseDataError, match=words) as caught:
        catalog._parse(CONSTANTS + source if "constants" not in source else source)
    assert str(caught.value).startswith("exercises/catalog.toml: ")


def test_a_catalog_is_read():
    exercises = catalog._parse(CONSTANTS + NUMBER + FUNCTION.replace("a-1", "b-1"))
    assert exercises["a-1"].right_answer() == 6
    (arguments,) = exercises["b-1"].arguments()
    assert arguments == (np.array([3]),)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("1 +", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("no_such_name", "NameError: name 'no_such_name'"),
    ],
)
def test_an_expression_that_fails_is_named(expected, words):
    exercise = catalog._parse(CONSTANTS + NUMBER.replace("2 * N[0]", expected))["a-1"]
    with pytest.raises(ExerciseDataError, match=f"'a-1', expected: .*{words}"):
        exercise.right_answer()
