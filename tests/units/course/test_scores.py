"""Scores of forecasts: accuracy, propriety, and what an improper one rewards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numerics_cases import DTYPES, INF, unit_roundoff
from sklearn.metrics import brier_score_loss, log_loss

from softmax_course.numerics.focal import focal_loss
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import entropy, kl_divergence
from softmax_course.numerics.scores import (
    brier_score,
    expected_score,
    log_score,
    spherical_score,
    squared_error,
)
from softmax_course.verification import loss_references as references
from softmax_course.verification.loss_error_bounds import log_error, score_error_bound
from softmax_course.verification.references import absolute_error

U = unit_roundoff(float)
SCORES = [brier_score, log_score, spherical_score]
each_score = pytest.mark.parametrize("score", SCORES)
pairs = hnp.arrays(float, st.tuples(st.just(2), st.integers(2, 6)), elements=st.floats(-6, 6))


def test_references_take_rows_of_any_number_of_axes():
    probs = np.random.default_rng(60).dirichlet(np.ones(4), (2, 3))
    target = np.array([[0, 1, 2], [3, 0, 1]])
    for name in ("brier_score", "spherical_score"):
        reference = getattr(references, f"{name}_reference")
        whole = reference(probs, target, reduction="none")
        each = [reference(*row, reduction="none") for row in zip(probs, target, strict=True)]
        assert (whole == np.array(each)).all()


@each_score
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy(score, dtype, reduction):
    reference = getattr(references, f"{score.__name__}_reference")
    rng = np.random.default_rng(61)
    for n in (1, 2, 10, 100):
        for scale in (0.1, 1.0, 10.0):
            p = softmax((scale * rng.standard_normal((20, n))).astype(dtype))
            target = rng.integers(0, n, 20)
            p[0] = np.arange(n) == target[0]
            if score is log_score:
                p[0] = 1 / n
                target = p.argmax(axis=1)  # no probability of 0
            exact = reference(p, target, reduction=reduction)
            rows = reference(p, target, reduction="none").astype(float)
            bound = score_error_bound(rows, p, reduction)
            if score is log_score:
                bound = bound * (1 + log_error(dtype))
            value = score(p, target, reduction=reduction)
            assert value.dtype == dtype
            assert (absolute_error(value, exact) <= bound).all()
            moved = score(p.T, target, axis=0, reduction=reduction)
            assert (absolute_error(moved, exact) <= bound).all()


@each_score
@given(pairs)
def test_honesty_pays(score, z):
    truth, forecast = softmax(z)
    honest = expected_score(score, truth, truth)
    slack = 100 * len(truth) * U * (1 + honest)
    assert expected_score(score, forecast, truth) >= honest - slack


@given(pairs)
def test_what_dishonesty_costs(z):
    truth, forecast = softmax(z)
    slack = 100 * len(truth) * U * 20  # expected scores are below 20 here

    def excess(score):
        return expected_score(score, forecast, truth) - expected_score(score, truth, truth)

    assert excess(brier_score) == pytest.approx(((forecast - truth) ** 2).sum(), abs=slack)
    assert excess(log_score) == pytest.approx(kl_divergence(truth, forecast), abs=slack)
    assert expected_score(log_score, truth, truth) == pytest.approx(entropy(truth), abs=slack)
    norms = np.linalg.norm(truth), np.linalg.norm(forecast)
    cosine = truth @ forecast / norms[0] / norms[1]
    assert excess(spherical_score) == pytest.approx(norms[0] * (1 - cosine), abs=slack)


def test_improper_scores_are_caught_cheating():
    truth = np.array([0.5, 0.3, 0.2])

    def linear(probs, target):
        return 1 - probs[target]

    assert expected_score(linear, [1.0, 0, 0], truth) < expected_score(linear, truth, truth)

    # Focal loss is not proper either: a flatter forecast does better.
    def focal(probs, target):
        return focal_loss(np.log(probs), target, 2.0)

    flatter = softmax(0.8 * np.log(truth))
    assert expected_score(focal, flatter, truth) < expected_score(focal, truth, truth)


def test_parity_with_scikit_learn():
    rng = np.random.default_rng(62)
    p, target = rng.dirichlet(np.ones(3), 40), rng.integers(0, 3, 40)
    assert log_score(p, target) == pytest.approx(log_loss(target, p), rel=100 * U)
    ours = brier_score(p[:, :2] / p[:, :2].sum(1, keepdims=True), target % 2)
    theirs = brier_score_loss(target % 2, p[:, 1] / p[:, :2].sum(1))
    assert ours == pytest.approx(2 * theirs, rel=100 * U)


@given(hnp.arrays(float, (3, 4), elements=st.floats(-30, 30)))
def test_squared_error_is_the_brier_score_of_softmax(z):
    ours = squared_error(z, [0, 1, 2], reduction="none")
    theirs = brier_score(softmax(z), [0, 1, 2], reduction="none")
    # Softmax errs by at most (2 d + n + 5) u, d up to 60; p - 1 may cancel.
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=8 * 130 * U)


def test_the_worst_there_is():
    certain = [[1.0, 0.0], [0.0, 1.0]]
    assert brier_score(certain, [1, 1], reduction="none").tolist() == [2, 0]
    assert spherical_score(certain, [1, 1], reduction="none").tolist() == [1, 0]
    assert log_score(certain, [1, 1], reduction="none").tolist() == [INF, 0]


def test_scores_keep_their_digits_where_the_forecast_is_sure():
    p = softmax([[0.0, -40.0]])
    assert spherical_score(p, [0]) == pytest.approx(p[0, 1] ** 2 / 2, rel=10 * U)


def test_a_class_that_never_comes_true_adds_nothing():
    assert expected_score(log_score, [1.0, 0.0], [1.0, 0.0]) == 0
    assert expected_score(log_score, [[0.5, 0.5], [1.0, 0.0]], [0.5, 0.5]).tolist()[1] == INF


@each_score
@pytest.mark.parametrize(
    ("probs", "target", "error", "words"),
    [
        ([0.5, 0.6], 0, ValueError, "probs must sum to 1 .* apply softmax first"),
        ([0.5, 0.5], 2, ValueError, "target index 2"),
        ([0.5, 0.5], [0, 1], ValueError, "class indices here"),
        ([0.5, 0.5], [0], ValueError, r"does not match probs of shape \(2,\)"),
        ([0.5, 0.5], 0.0, TypeError, "integers"),
        (np.zeros((0, 2)), np.zeros(0, int), ValueError, "mean of no rows"),
    ],
)
def test_bad_input(score, probs, target, error, words):
    if words == "class indices here":
        target = [1.0, 0.0]
    with pytest.raises(error, match=words):
        score(probs, target)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("brier", [0.5, 0.5], [0.5, 0.5]), TypeError, "score must be callable"),
        ((brier_score, [0.5, 0.5], [1.0]), ValueError, r"truth must have shape \(2,\)"),
        ((brier_score, [0.5, 0.6], [0.5, 0.5]), ValueError, "forecast must sum to 1"),
        ((brier_score, [0.5, 0.5], [0.5, 0.6]), ValueError, "truth must sum to 1"),
    ],
)
def test_bad_input_of_expected_score(arguments, error, words):
    with pytest.raises(error, match=words):
        expected_score(*arguments)
