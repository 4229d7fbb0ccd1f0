"""Reliability curve, expected calibration error and temperature scaling."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from softmax_course.numerics.calibration import (
    classwise_calibration_error,
    expected_calibration_error,
    fit_temperature,
    reliability_curve,
)
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.verification.error_bounds import cross_entropy_error_bound

U = np.finfo(float).eps / 2


def sample(seed, examples=200, classes=4, scale=2.0):
    """Return logits, and labels drawn from their softmax."""
    rng = np.random.default_rng(seed)
    z = rng.normal(scale=scale, size=(examples, classes))
    # Gumbel noise turns argmax into a draw from softmax(z).
    return z, (z + rng.gumbel(size=z.shape)).argmax(axis=1)


def beta_error(z, target, temperature):
    """Bound the relative error of 1/T that `fit_temperature` may leave.

    Brent's method stops within its own tolerances of a sign change of the computed slope, and that
    lies within (error of the slope) / (curvature) of the true root.
    """
    examples, classes = z.shape
    allowed = np.isfinite(z)
    below = np.where(allowed, z - z.max(axis=1, keepdims=True), 0.0)
    p = softmax(z, temperature=temperature)
    beta = 1 / temperature
    mean = (p * below).sum(axis=1)
    curvature = (p * (below - mean[:, None]) ** 2).sum(axis=1).mean()
    # A probability errs by (n + 5 + 2 beta d) u of itself, the expectation adds n + 1 roundings,
    # the mean N, and the differences that all of it begins with one each.
    roundings = examples + 2 * classes + 8 + 2 * beta * np.abs(below).max()
    at_target = below[np.arange(examples), target].mean()
    of_slope = roundings * U * (np.abs(mean).mean() + np.abs(at_target))
    highest = 2.0**10 / np.abs(below).max()  # no bracket here needs more than ten doublings
    return of_slope / curvature / beta + 1e-14 + 1e-15 * highest / beta


class TestReliability:
    @given(st.integers(0, 2**32 - 1), st.integers(1, 20))
    def test_against_a_plain_loop(self, seed, bins):
        z, target = sample(seed, examples=50)
        probs = softmax(z)
        curve = reliability_curve(probs, target, bins)
        seen = 0
        for b in range(bins):
            left, right = curve.edges[b], curve.edges[b + 1]
            inside = [i for i, p in enumerate(probs) if left < p.max() <= right]
            seen += len(inside)
            assert curve.count[b] == len(inside)
            if inside:
                expected = np.mean([probs[i].max() for i in inside])
                assert curve.confidence[b] == pytest.approx(expected, rel=100 * U)
                hits = sum(probs[i].argmax() == target[i] for i in inside)
                assert curve.accuracy[b] == hits / len(inside)
            else:
                assert np.isnan(curve.confidence[b])
                assert np.isnan(curve.accuracy[b])
        assert seen == len(target)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_probabilities_of_any_precision_are_accepted(self, dtype):
        z, target = sample(5, classes=1000)
        probs = softmax(z.astype(dtype))
        assert reliability_curve(probs, target).count.sum() == len(target)
        with pytest.raises(ValueError, match="apply softmax first"):
            reliability_curve(np.abs(z), target)

    def test_certain_predictions_fall_in_the_last_bin(self):
        curve = reliability_curve(np.eye(3), [0, 1, 0])
        assert curve.count[-1] == 3
        assert curve.accuracy[-1] == 2 / 3
        assert expected_calibration_error(np.eye(3), [0, 1, 0]) == pytest.approx(1 / 3)

    def test_error_by_hand(self):
        probs = [[0.6, 0.4], [0.7, 0.3], [0.05, 0.95], [0.95, 0.05]]
        # Bins (0.5, 0.75]: sure 0.65, right 0.5. (0.75, 1]: sure 0.95, right 1.
        error = expected_calibration_error(probs, [0, 1, 1, 0], n_bins=4)
        assert error == pytest.approx((2 * 0.15 + 2 * 0.05) / 4, rel=20 * U)

    def test_one_bin_compares_the_means(self):
        z, target = sample(3)
        probs = softmax(z)
        gap = abs((probs.argmax(axis=1) == target).mean() - probs.max(axis=1).mean())
        assert expected_calibration_error(probs, target, n_bins=1) == pytest.approx(
            gap,
            abs=(2 * len(target) + 8) * U,  # two orders of adding up numbers of at most 1
        )

    def test_true_probabilities_are_calibrated(self):
        z, target = sample(0, examples=20_000)
        # Each bin's deviation has standard error at most 1 / (2 sqrt(N_b)), so that the weighted
        # mean over 10 bins stays below sqrt(10 / N) / 2 on average; twice that is allowed.
        assert expected_calibration_error(softmax(z), target) <= np.sqrt(10 / 20_000)
        assert expected_calibration_error(softmax(3 * z), target) > 0.1

    @pytest.mark.parametrize(
        ("probs", "target", "bins", "error", "words"),
        [
            ([0.5, 0.5], [0], 10, ValueError, "shape"),
            (np.empty((0, 3)), np.empty(0, int), 10, ValueError, "shape"),
            ([[0.5, 0.5]], [0, 1], 10, ValueError, r"\(2,\)"),
            ([[0.5, 0.5]], [2], 10, ValueError, "target 2 of example 0"),
            ([[0.5, 0.5]], [-1], 10, ValueError, "target -1"),
            ([[0.5, 0.5]], [0.0], 10, TypeError, "float64"),
            ([[0.5, 0.5], [3.0, 1.0]], [0, 0], 10, ValueError, "row 1"),
            ([[1.5, -0.5]], [0], 10, ValueError, r"probs\[0, 1\] is -0.5"),
            ([[np.nan, 0.5]], [0], 10, ValueError, "row 0"),
            ([["a", "b"]], [0], 10, TypeError, "real numbers"),
            ([[0.5, 0.5]], [0], 0, ValueError, "bins"),
            ([[0.5, 0.5]], [0], True, TypeError, "bins"),
            ([[0.5, 0.5]], [0], 2.0, TypeError, "n_bins must be an integer of at least 1, got 2.0"),
        ],
    )
    def test_bad_input(self, probs, target, bins, error, words):
        with pytest.raises(error, match=words):
            reliability_curve(probs, target, bins)


class TestTemperature:
    @given(st.integers(0, 2**32 - 1), st.integers(-900, 900))
    def test_units_of_the_logits_cancel(self, seed, power):
        z, target = sample(seed)
        t = fit_temperature(z, target)
        # A power of two changes no digit, of the logits or of anything made of them.
        assert fit_temperature(np.ldexp(z, power), target) == np.ldexp(t, power)

    @given(st.integers(0, 2**32 - 1))
    def test_is_the_minimum(self, seed):
        z, target = sample(seed)

        def loss(beta):
            return cross_entropy(beta * z, target)

        beta = 1 / fit_temperature(z, target)
        assert loss(beta) <= min(loss(beta * (1 - 1e-4)), loss(beta * (1 + 1e-4)))
        # A minimiser that sees values only cannot tell points apart whose losses, at
        # f'' (x - beta)^2 / 2 above the minimum, differ by less than their rounding errors.
        found = minimize_scalar(loss, bracket=(beta / 2, 2 * beta), tol=1e-9)
        p = softmax(beta * z)
        curvature = ((p * z**2).sum(axis=1) - (p * z).sum(axis=1) ** 2).mean()
        rounding = cross_entropy_error_bound(beta * z, target)
        assert abs(found.x - beta) <= np.sqrt(2 * 2 * rounding / curvature) + 2e-9 * beta

    def test_recovers_the_temperature_of_the_labels(self):
        z, target = sample(1, examples=50_000)
        # Standard error of 1/T is 1 / sqrt(N Var) with the variance about 1 here: 0.5 %.
        assert fit_temperature(3 * z, target) == pytest.approx(3, rel=0.02)

    def test_shifting_a_row_changes_nothing(self):
        z, target = sample(2)
        z = np.round(z * 2**20) / 2**20  # so that the sums are exact
        shift = np.random.default_rng(0).integers(-100, 100, size=(len(z), 1))
        assert fit_temperature(z + shift, target) == fit_temperature(z, target)

    def test_masked_classes(self):
        z, target = sample(4)
        with_masked = np.column_stack([z, np.full(len(z), -np.inf)])
        t = fit_temperature(z, target)
        # The zeros of the masked class may change the order of the sums.
        error = beta_error(z, target, t) + beta_error(with_masked, target, t)
        assert fit_temperature(with_masked, target) == pytest.approx(t, rel=error)

    @pytest.mark.parametrize("margin", [1e-200, 1e-8, 1.0, 1e8, 1e200])
    def test_any_scale(self, margin):
        z, target = np.array([[margin, 0.0]] * 4), [0, 0, 0, 1]
        exact = margin / np.log(3)
        assert fit_temperature(z, target) == pytest.approx(
            exact,
            rel=beta_error(z / margin, target, exact / margin) + 4 * U,  # log, quotients
        )

    def test_a_common_shift_of_a_row_is_not_a_scale(self):
        z, target = np.array([[1.0, -1.0]] * 10), [0] * 9 + [1]
        shifted = fit_temperature(np.vstack([1e-10 * z, [1e308, 1e308]]), [*target, 0])
        assert shifted == fit_temperature(np.vstack([1e-10 * z, [0.0, 0.0]]), [*target, 0])

    def test_one_mistake_among_many_with_a_thin_margin(self):
        z, target = np.array([[1.0, 0.0]] * 1000 + [[0.0, 1e-6]]), np.zeros(1001, int)
        t = fit_temperature(z, target)
        # f'(beta) = 0 reads 1000 / (1 + e^beta) = 1e-6 / (1 + e^(-1e-6 beta)).
        exact = brentq(lambda b: 1000 / (1 + np.exp(b)) - 1e-6 / (1 + np.exp(-1e-6 * b)), 1, 100)
        assert exact == pytest.approx(np.log(2e9), rel=1e-6)  # by hand, to first order in 1e-6
        # Brent's default tolerances for this root: 2e-12 and 4 eps.
        error = beta_error(z, target, t) + 2e-12 / exact + 8 * U
        assert 1 / t == pytest.approx(exact, rel=error)

    def test_separable(self):
        with pytest.raises(ValueError, match="every right class has the largest logit"):
            fit_temperature([[2.0, 1.0], [0.0, 3.0], [1.0, 1.0]], [0, 1, 1])

    @pytest.mark.parametrize(
        ("z", "target"), [([[0.0, 1.0]], [0]), ([[1.0, 0.0], [1.0, 0.0]], [0, 1])]
    )
    def test_no_information(self, z, target):
        with pytest.raises(ValueError, match="no information"):
            fit_temperature(z, target)

    def test_one_class_is_not_identifiable(self):
        with pytest.raises(ValueError, match="every right class"):
            fit_temperature([[1.0], [2.0]], [0, 0])

    @pytest.mark.parametrize(
        ("z", "target", "words"),
        [
            ([[np.nan, 0.0]], [0], "NaN"),
            ([[np.inf, 0.0]], [0], r"\+inf"),
            ([[-np.inf, 0.0]], [0], "example 0 is masked"),
            ([[1.0, 0.0]], [2], "target 2"),
        ],
    )
    def test_bad_input(self, z, target, words):
        with pytest.raises(ValueError, match=words):
            fit_temperature(z, target)


class TestAdaptiveAndClasswise:
    @given(st.integers(0, 2**32 - 1), st.integers(1, 12))
    def test_bins_of_equal_mass_hold_as_many_examples(self, seed, bins):
        z, target = sample(seed, examples=60)
        curve = reliability_curve(softmax(z), target, bins, "mass")
        assert curve.count.sum() == 60
        # Confidences do not tie here.
        assert curve.count.max() - curve.count.min() <= 1
        assert (np.diff(curve.edges) >= 0).all()
        assert curve.edges[0] == 0
        assert curve.edges[-1] == 1

    def test_equal_confidences_share_a_bin(self):
        probs = [[0.9, 0.1]] * 7 + [[0.6, 0.4]]
        curve = reliability_curve(probs, [0] * 8, 4, "mass")
        assert sorted(curve.count) == [0, 0, 1, 7] or sorted(curve.count) == [0, 0, 0, 8]
        assert expected_calibration_error(probs, [0] * 8, 4, "mass") == pytest.approx(
            (7 * 0.1 + 0.4) / 8, rel=20 * U
        )

    def test_more_bins_than_examples(self):
        curve = reliability_curve([[0.9, 0.1], [0.7, 0.3]], [0, 1], 5, "mass")
        assert curve.count.sum() == 2
        assert curve.count.max() == 1

    @given(st.integers(0, 2**32 - 1), st.integers(1, 10), st.sampled_from(["width", "mass"]))
    def test_classwise_against_the_error_of_two_classes(self, seed, bins, kind):
        """Each class against the rest is a problem of its own."""
        z, target = sample(seed, examples=40, classes=3)
        probs = softmax(z)
        expected = []
        for k in range(3):
            edges = np.linspace(0, 1, bins + 1)
            if kind == "mass":
                ordered = np.sort(probs[:, k])
                edges[1:-1] = [ordered[b * 40 // bins - 1] for b in range(1, bins)]
            gaps = 0.0
            for left, right in pairwise(edges):
                inside = (left < probs[:, k]) & (probs[:, k] <= right)
                gaps += abs((target[inside] == k).sum() - probs[inside, k].sum())
            expected.append(gaps / 40)
        found = classwise_calibration_error(probs, target, bins, kind)
        assert found == pytest.approx(np.mean(expected), abs=100 * U)

    def test_true_probabilities_are_calibrated_for_each_class(self):
        z, target = sample(0, examples=20_000)
        # As above, each class has a weighted mean below sqrt(10 / N) / 2 on average.
        for kind in ("width", "mass"):
            assert classwise_calibration_error(softmax(z), target, 10, kind) <= np.sqrt(10 / 20_000)
        assert classwise_calibration_error(softmax(3 * z), target) > 0.05

    def test_zero_probabilities_belong_to_the_first_bin(self):
        assert classwise_calibration_error(np.eye(3), [0, 1, 2]) == 0
        assert classwise_calibration_error(np.eye(3), [1, 2, 0]) == pytest.approx(2 / 3)

    def test_unknown_bins(self):
        with pytest.raises(ValueError, match="bins must be one of width, mass, got 'equal'"):
            reliability_curve([[0.5, 0.5]], [0], 10, "equal")
