"""Abstaining, conformal sets, energies, averages of models."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numerics_cases import DTYPES, INF, NAN, SCALES, logits, unit_roundoff

from softmax_course.numerics.conformal import (
    conformal_scores,
    conformal_sets,
    conformal_threshold,
)
from softmax_course.numerics.functional import log_softmax, logsumexp, softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.numerics.uncertainty import (
    energy_score,
    ensemble_log_softmax,
    jensen_gap,
    risk_coverage_curve,
    should_abstain,
)
from softmax_course.verification.loss_error_bounds import (
    energy_score_error_bound,
    ensemble_log_softmax_error_bound,
)
from softmax_course.verification.loss_references import (
    energy_score_reference,
    ensemble_log_softmax_reference,
)
from softmax_course.verification.references import absolute_error

U = unit_roundoff(float)


def sample(seed, examples=200, classes=4, scale=2.0):
    """Return probabilities, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    z = rng.normal(scale=scale, size=(examples, classes))
    return softmax(z), (z + rng.gumbel(size=z.shape)).argmax(axis=1)


class TestAbstaining:
    @given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99))
    def test_the_rule_is_the_cheapest_for_true_probabilities(self, seed, cost):
        probs, _ = sample(seed, 50)
        abstain = should_abstain(probs, cost)
        error = 1 - probs.max(axis=1)
        ours = np.where(abstain, cost, error)
        assert (ours <= np.minimum(cost, error) + 4 * U).all()

    def test_at_equal_cost_it_answers(self):
        assert not should_abstain([0.75, 0.25], 0.25)
        assert should_abstain([[0.75, 0.7], [0.25, 0.3]], 0.25, axis=0).tolist() == [False, True]

    @given(st.integers(0, 2**32 - 1), st.integers(1, 3))
    def test_curve_against_a_plain_loop(self, seed, decimals):
        probs, target = sample(seed, 40)
        probs = np.round(probs, decimals)  # so that confidences tie
        probs[:, 0] = np.abs(1 - probs[:, 1:].sum(axis=1))
        probs /= probs.sum(axis=1, keepdims=True)
        curve = risk_coverage_curve(probs, target)
        assert (np.diff(curve.threshold) < 0).all()
        for threshold, coverage, risk in zip(*curve, strict=True):
            answered = probs.max(axis=1) >= threshold
            assert coverage == answered.mean()
            wrong = (probs.argmax(axis=1) != target)[answered]
            assert risk == pytest.approx(wrong.mean(), rel=4 * U)
        assert curve.coverage[-1] == 1

    @pytest.mark.parametrize("cost", [0, 1, -0.5, NAN])
    def test_impossible_costs(self, cost):
        with pytest.raises(ValueError, match="cost must lie between 0 and 1"):
            should_abstain([0.5, 0.5], cost)


class TestConformal:
    @given(st.integers(1, 200), st.integers(1, 99))
    def test_threshold_is_the_rank_of_the_theorem(self, m, percent):
        alpha = percent / 100
        scores = np.random.default_rng(m).permutation(m) + 1.0
        exact = (m + 1) * (1 - Fraction(percent, 100))
        rank = -(-exact.numerator // exact.denominator)
        assert conformal_threshold(scores, alpha) == (rank if rank <= m else INF)

    def test_a_tenth_is_a_tenth(self):
        # In floats 10 * (1 - 0.7) is 3.0000000000000004.
        assert conformal_threshold(np.arange(1, 10), 0.7) == 3
        assert conformal_threshold(np.arange(1, 25), 0.44) == 14

    @pytest.mark.parametrize("adaptive", [False, True])
    def test_coverage_over_splits(self, adaptive):
        """The mean over splits has the coverage of the theorem, whatever the model."""
        alpha, m, new, splits = 0.1, 99, 500, 200
        covered = []
        for seed in range(splits):
            probs, target = sample(seed, m + new)
            probs = softmax(3 * np.log(probs))  # a model that is far too sure
            threshold = conformal_threshold(
                conformal_scores(probs[:m], target[:m], adaptive), alpha
            )
            sets = conformal_sets(probs[m:], threshold, adaptive)
            covered.append(sets[np.arange(new), target[m:]].mean())
        # A split's coverage is beta-distributed with variance below 0.9 * 0.1 / 101, and 500
        # examples add 0.09 / 500: a standard error of 0.0024 of the mean; four of them.
        mean = np.mean(covered)
        assert mean >= 1 - alpha - 4 * 0.0024
        # Scores of an adaptive set tie at 1 (to rounding), which only adds coverage.
        assert adaptive or mean <= 1 - alpha + 1 / (m + 1) + 4 * 0.0024

    @given(st.integers(0, 2**32 - 1))
    def test_sets_hold_exactly_the_classes_within_the_threshold(self, seed):
        probs, target = sample(seed, 20)
        for adaptive in (False, True):
            threshold = conformal_threshold(conformal_scores(probs, target, adaptive), 0.2)
            sets = conformal_sets(probs, threshold, adaptive)
            for k in range(probs.shape[1]):
                scores = conformal_scores(probs, np.full(20, k), adaptive)
                np.testing.assert_array_equal(sets[:, k], scores <= threshold)

    @given(st.integers(0, 2**32 - 1))
    def test_adaptive_scores_against_a_plain_loop(self, seed):
        probs = np.random.default_rng(seed).integers(0, 4, (20, 5)) + 0.0  # with ties
        probs[:, 0] += 1
        probs /= probs.sum(axis=1, keepdims=True)
        for k in range(5):
            scores = conformal_scores(probs, np.full(20, k), adaptive=True)
            expected = [row[row >= row[k]].sum() for row in probs]
            np.testing.assert_allclose(scores, expected, rtol=10 * U)

    def test_too_few_examples_put_every_class_in_every_set(self):
        threshold = conformal_threshold([0.1] * 5, 0.1)
        assert threshold == INF
        assert conformal_sets([[1.0, 0.0]], threshold).all()

    @pytest.mark.parametrize(
        ("scores", "alpha", "error", "words"),
        [
            ([], 0.1, ValueError, "at least one number"),
            ([[0.1]], 0.1, ValueError, "one row"),
            ([0.1, NAN], 0.1, ValueError, r"scores\[1\] is NaN"),
            ([0.1], 0, ValueError, "alpha must lie between 0 and 1"),
            ([0.1], 1.0, ValueError, "alpha must lie between 0 and 1"),
            ([0.1], "0.1", TypeError, "alpha must be one real number"),
        ],
    )
    def test_bad_input_of_the_threshold(self, scores, alpha, error, words):
        with pytest.raises(error, match=words):
            conformal_threshold(scores, alpha)

    @pytest.mark.parametrize(
        ("f", "arguments", "error", "words"),
        [
            (conformal_scores, ([0.5, 0.5], 0), ValueError, r"shape \(examples, classes\)"),
            (conformal_scores, ([[0.5, 0.5]], [2]), ValueError, "target index 2"),
            (conformal_scores, ([[2.0, 1.0]], [0]), ValueError, "apply softmax first"),
            (conformal_sets, ([[0.5, 0.5]], NAN), ValueError, "threshold must not be NaN"),
            (conformal_sets, ([[0.5, 0.5]], None), TypeError, "threshold"),
            (risk_coverage_curve, ([[0.5, 0.5]], [0, 1]), ValueError, r"\(2,\)"),
        ],
    )
    def test_bad_input(self, f, arguments, error, words):
        with pytest.raises(error, match=words):
            f(*arguments)


class TestEnergy:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("temperature", [1.0, 0.3, 7.0])
    def test_accuracy(self, dtype, temperature):
        rng = np.random.default_rng(72)
        for scale in SCALES:
            z = (scale * rng.standard_normal((4, 6))).astype(dtype)
            z[0, 1] = -INF
            value = energy_score(z, temperature, axis=0)
            assert value.dtype == dtype
            error = absolute_error(value, energy_score_reference(z, temperature, axis=0))
            assert (error <= energy_score_error_bound(z, temperature, axis=0)).all()

    @given(logits(limit=30.0))
    def test_at_temperature_one_it_is_minus_logsumexp(self, z):
        np.testing.assert_array_equal(energy_score(z), -logsumexp(z))

    def test_a_common_shift_moves_the_energy_alone(self):
        z = np.array([1.0, -2.0, 0.5])
        assert energy_score(z + 8) == pytest.approx(energy_score(z) - 8, rel=10 * U)
        np.testing.assert_allclose(softmax(z + 8), softmax(z), rtol=20 * U)


class TestEnsemble:
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_accuracy(self, dtype):
        rng = np.random.default_rng(73)
        for scale in SCALES:
            for models in (1, 2, 7):
                z = (scale * rng.standard_normal((models, 5, 3))).astype(dtype)
                z[:, 0, 1] = -INF
                for axis in (-1, 2):
                    value = ensemble_log_softmax(z, axis)
                    assert value.dtype == dtype
                    assert value[0, 1] == -INF
                    error = absolute_error(value, ensemble_log_softmax_reference(z, axis))
                    assert (error <= ensemble_log_softmax_error_bound(z, axis)).all()
                moved = ensemble_log_softmax(np.moveaxis(z, 2, 1), 1)
                np.testing.assert_array_equal(moved, ensemble_log_softmax(z).T)

    def test_it_is_a_distribution_and_of_one_model_its_own(self):
        z = np.random.default_rng(74).standard_normal((3, 4, 5))
        np.testing.assert_allclose(
            np.exp(ensemble_log_softmax(z)), softmax(z).mean(axis=0), rtol=60 * U
        )
        np.testing.assert_array_equal(ensemble_log_softmax(z[:1]), log_softmax(z[0]))

    @given(
        hnp.arrays(
            float,
            st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4)),
            elements=st.floats(-30, 30),
        )
    )
    def test_the_gap_is_what_it_says_and_never_negative(self, z):
        labels = np.zeros(z.shape[1], int)
        gap = jensen_gap(z, labels)
        assert (gap >= 0).all()
        mean = np.mean([cross_entropy(one, labels, reduction="none") for one in z], axis=0)
        of_mean = -ensemble_log_softmax(z)[:, 0]
        np.testing.assert_allclose(gap, mean - of_mean, atol=200 * U * (1 + mean.max()))
        assert (gap <= mean + 200 * U).all()

    def test_models_that_agree_gain_nothing(self):
        z = np.random.default_rng(75).standard_normal((1, 4, 5))
        assert not jensen_gap(np.repeat(z, 3, axis=0), [0, 1, 2, 3]).any()

    def test_masked_targets(self):
        z = [[[0.0, -INF]], [[0.0, 1.0]]]
        assert jensen_gap(z, [1]).tolist() == [INF]
        assert np.isnan(jensen_gap(z[:1], [1]))

    @pytest.mark.parametrize("f", [ensemble_log_softmax, lambda z: jensen_gap(z, [0])])
    @pytest.mark.parametrize("z", [[0.0, 1.0], np.zeros((0, 1, 2)), np.zeros((2, 1, 0))])
    def test_bad_input(self, f, z):
        with pytest.raises(ValueError, match=r"at least one model|no classes"):
            f(z)

    def test_the_axis_of_the_models_is_not_that_of_the_classes(self):
        with pytest.raises(ValueError, match="first axis of z is that of the models"):
            ensemble_log_softmax(np.zeros((2, 2)), axis=0)
        with pytest.raises(ValueError, match="class indices here"):
            jensen_gap(np.zeros((2, 1, 2)), [[1.0, 0.0]])
