"""Cross-entropy, entropy and Kullback-Leibler divergence: properties, accuracy and bad input."""

import math

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numerics_cases import (
    DTYPES,
    INF,
    NAN,
    OF_PROBABILITIES,
    SCALES,
    any_dtype_logits,
    each,
    logits,
    unit_roundoff,
)

from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
)
from softmax_course.numerics.functional import log_softmax, softmax
from softmax_course.numerics.losses import cross_entropy, entropy, kl_divergence
from softmax_course.verification.error_bounds import (
    cross_entropy_error_bound,
)
from softmax_course.verification.references import (
    absolute_error,
    cross_entropy_reference,
)


@given(any_dtype_logits())
def test_entropy_is_the_mean_of_minus_log_p(z):
    p = softmax(z.astype(np.float64))
    expected = -(p * log_softmax(z.astype(np.float64))).sum(axis=-1)
    n = z.shape[-1]
    # log(p) inherits p's relative error, at most (2 * 100 + n + 5) u for logits within 50.
    slack = (210 + 2 * n) * unit_roundoff(float) * (1 + np.abs(expected))
    assert (np.abs(entropy(p) - expected) <= slack).all()
    assert (entropy(p) <= math.log(n) + slack).all()


@given(logits(limit=20.0), st.floats(-5, 5))
def test_cross_entropy_is_entropy_plus_divergence(z, scale):
    y, p = softmax(scale * np.sin(z)), softmax(z)
    gap = cross_entropy(z, y, reduction="none") - entropy(y) - kl_divergence(y, p)
    assert (np.abs(gap) <= (200 + 4 * z.shape[-1]) * unit_roundoff(float) * 60).all()


@given(logits(limit=30.0))
def test_divergence_is_never_negative_and_zero_only_from_itself(z):
    p, q = softmax(z), softmax(z[..., ::-1])
    assert (kl_divergence(p, p) == 0).all()
    assert (kl_divergence(p, q) >= 0).all()
    # Pinsker's inequality: a divergence of zero between different rows would break it.
    assert (kl_divergence(p, q) >= 0.5 * np.abs(p - q).sum(axis=-1) ** 2 - 1e-14).all()


def test_divergence_where_a_probability_is_zero():
    assert kl_divergence([0.0, 1.0], [0.0, 1.0]) == 0
    assert kl_divergence([0.5, 0.5], [0.0, 1.0]) == INF
    assert kl_divergence([0.0, 1.0], [0.5, 0.5]) == math.log(2)
    # p / q would overflow here
    assert kl_divergence([1.0, 0.0], [5e-324, 1.0]) == pytest.approx(744.4400719213812, rel=1e-15)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy_of_cross_entropy(dtype, label_smoothing, reduction):
    rng = np.random.default_rng(21)
    for scale in SCALES:
        for n, temperature in ((1, 1.0), (3, 0.3), (10, 1.0), (10, 7.0)):
            z = (scale * rng.standard_normal((n, 5))).astype(dtype)
            for target in (rng.integers(0, n, 5), rng.dirichlet(np.ones(n), 5).T):
                kwargs = {
                    "axis": 0,
                    "temperature": temperature,
                    "label_smoothing": label_smoothing,
                    "reduction": reduction,
                }
                value = cross_entropy(z, target, **kwargs)
                assert value.dtype == dtype
                exact = cross_entropy_reference(z, target, **kwargs)
                bound = cross_entropy_error_bound(z, target, **kwargs)
                assert (absolute_error(value, exact) <= bound).all()


def test_parity_with_scipy_on_entropy_and_divergence():
    rng = np.random.default_rng(23)
    p, q = rng.dirichlet(np.ones(6), 20), rng.dirichlet(np.ones(6), 20)
    p[0] = [1, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(entropy(p), scipy.special.entr(p).sum(-1), atol=1e-15)
    np.testing.assert_allclose(
        kl_divergence(p, q), scipy.special.rel_entr(p, q).sum(-1), rtol=1e-13, atol=1e-15
    )


@given(
    hnp.arrays(np.float64, (3, 4), elements=st.floats(-30, 30)),
    hnp.arrays(np.int64, (3,), elements=st.integers(0, 3)),
)
def test_labels_and_their_one_hot_rows_mean_the_same(z, labels):
    for kind in (np.float64, np.uint8):
        soft = cross_entropy(z, np.eye(4, dtype=kind)[labels], reduction="none")
        np.testing.assert_array_equal(soft, cross_entropy(z, labels, reduction="none"))


def test_label_smoothing_mixes_with_the_uniform_distribution():
    z, n, a = np.array([[1.0, -2.0, 0.5, 3.0]]), 4, 0.3
    mixed = (1 - a) * np.eye(n)[[2]] + a / n
    expected = (mixed * -np.log(softmax(z))).sum()
    assert cross_entropy(z, [2], label_smoothing=a) == pytest.approx(expected, rel=1e-14)
    y = np.array([[0.1, 0.2, 0.3, 0.4]])
    expected = (((1 - a) * y + a / n) * -np.log(softmax(z))).sum()
    assert cross_entropy(z, y, label_smoothing=a) == pytest.approx(expected, rel=1e-14)


def test_reductions_run_over_rows_not_classes():
    z = np.random.default_rng(24).standard_normal((2, 3, 5))
    labels = np.array([[0, 1, 4], [2, 2, 3]])
    losses = cross_entropy(z, labels, reduction="none")
    assert losses.shape == (2, 3)
    assert cross_entropy(z, labels, reduction="sum") == pytest.approx(losses.sum(), rel=1e-15)
    assert cross_entropy(z, labels) == pytest.approx(losses.sum() / 6, rel=1e-15)


@pytest.mark.parametrize(
    "target",
    [
        np.array([True, False]),
        [[True, False], [False, True]],
        np.array([0.0, 1.0]),
        np.array([0, 1], object),
        ["0", "1"],
        np.ma.array([0, 1]),
    ],
    ids=str,
)
def test_targets_of_the_wrong_kind(target):
    for f in (cross_entropy, cross_entropy_grad):
        with pytest.raises(TypeError, match=r"bool|float64|object|<U1|masked array"):
            f(np.zeros((2, 2)), target)


def test_the_loss_of_a_masked_target_is_infinite():
    z = [0.0, -INF, 1.0]
    assert cross_entropy(z, 1) == INF
    assert cross_entropy(z, [0.5, 0.5, 0.0]) == INF
    assert cross_entropy(z, 1, label_smoothing=0.1) == INF
    grad = cross_entropy_grad(z, 1)
    assert grad[1] == -1
    np.testing.assert_array_equal(grad[[0, 2]], softmax(z)[[0, 2]])


@pytest.mark.parametrize("f", [cross_entropy, cross_entropy_grad])
class TestCrossEntropyInput:
    @pytest.mark.parametrize("value", [-0.1, 1.0, 1, 2.0, NAN, INF])
    def test_label_smoothing_out_of_range(self, f, value):
        with pytest.raises(ValueError, match=rf"label_smoothing must lie in \[0, 1\), got {value}"):
            f([0.0, 1.0], 0, label_smoothing=value)

    def test_label_smoothing_of_the_wrong_kind(self, f):
        for value in ("0.1", None, True):
            with pytest.raises(TypeError, match="label_smoothing must be one real number"):
                f([0.0, 1.0], 0, label_smoothing=value)

    def test_unknown_reduction(self, f):
        with pytest.raises(ValueError, match="reduction must be one of none, mean, sum, got 'avg'"):
            f([0.0, 1.0], 0, reduction="avg")
        for value in (None, np.array(["mean", "sum"])):
            with pytest.raises(TypeError, match="reduction must be a text"):
                f([0.0, 1.0], 0, reduction=value)

    @pytest.mark.parametrize("index", [-1, 3, 250])
    def test_index_out_of_range(self, f, index):
        with pytest.raises(ValueError, match=rf"target index {index} of row 1 .* 3 classes"):
            f(np.zeros((2, 3)), [0, index])
        with pytest.raises(ValueError, match=rf"target index {index} of the row"):
            f(np.zeros(3), index)

    def test_huge_unsigned_index(self, f):
        with pytest.raises(ValueError, match="target index 18446744073709551615"):
            f(np.zeros(3), np.uint64(2**64 - 1))

    @pytest.mark.parametrize("target", [[0], [0, 1, 2], 0, [[1.0, 0.0]], np.zeros((3, 2))], ids=str)
    def test_shapes_that_do_not_match(self, f, target):
        with pytest.raises(
            ValueError, match=r"target of shape \(.*\) does not match z of shape \(2"
        ):
            f(np.zeros((2, 3)), target)

    @pytest.mark.parametrize("row", [[0.5, 0.4, 0.0], [0.6, 0.6, 0.0], [NAN, 0.5, 0.5], [0, 0, 0]])
    def test_rows_that_do_not_sum_to_one(self, f, row):
        with pytest.raises(ValueError, match="target must sum to 1 along axis 1: row 1 sums to"):
            f(np.zeros((2, 3)), [[1, 0, 0], row])

    def test_negative_weights(self, f):
        with pytest.raises(
            ValueError, match=r"target must not be negative: target\[1, 2\] is -0.5"
        ):
            f(np.zeros((2, 3)), [[1, 0, 0], [1.0, 0.5, -0.5]])


@pytest.mark.parametrize("n", [2, 1000, 40_000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_softmax_returns_is_accepted_as_a_target(dtype, n):
    z = np.random.default_rng(25).standard_normal(n).astype(dtype)
    assert np.isfinite(cross_entropy(z.astype(np.float64), softmax(z)))
    assert np.isfinite(entropy(softmax(z)))
    if dtype == np.float32:
        assert np.isfinite(entropy(softmax(z).astype(np.float64)))


def test_divergence_of_rows_of_different_shapes():
    with pytest.raises(ValueError, match=r"p of shape \(2,\) does not match q of shape \(1,\)"):
        kl_divergence([0.5, 0.5], [1.0])


@each(OF_PROBABILITIES)
@pytest.mark.parametrize(
    "p", [np.array([True, False]), np.array([1j, 0]), np.ma.array([0.5, 0.5])], ids=str
)
def test_probabilities_must_be_real_numbers(f, p):
    with pytest.raises(TypeError, match=r"bool|complex128|masked array"):
        f(p)


def test_nan_among_probabilities_stays_in_its_row():
    p = np.array([[0.5, 0.5], [NAN, 0.5], [NAN, 0.0]])
    half = np.full((3, 2), 0.5)
    for value in (entropy(p), kl_divergence(p, half), kl_divergence(half, p)):
        assert np.isfinite(value[0])
        assert np.isnan(value[1:]).all()
    assert np.isnan(kl_divergence([1.0, 0.0], [1.0, NAN]))


def test_the_mean_of_a_nan_row_is_nan_but_gradients_stay_in_their_rows():
    z = np.array([[0.0, NAN], [0.0, 1.0]])
    assert np.isnan(cross_entropy(z, [0, 1]))
    grad = cross_entropy_grad(z, [0, 1])
    assert np.isnan(grad[0]).all()
    np.testing.assert_array_equal(grad[1], cross_entropy_grad(z[1], 1) / 2)


@each(OF_PROBABILITIES)
def test_probabilities_must_be_distributions(f):
    with pytest.raises(ValueError, match=r"must sum to 1 along axis 1: row 1 sums to 1\.5"):
        f(np.array([[0.5, 0.5], [1.0, 0.5]]))
    with pytest.raises(ValueError, match=r"must not be negative: .\w*\[0, 1\] is -0.5"):
        f(np.array([[1.5, -0.5], [0.5, 0.5]]))
    with pytest.raises(ValueError, match="must sum to 1"):
        f(np.array([INF, 0.0]))
