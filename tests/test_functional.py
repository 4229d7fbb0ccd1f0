"""Softmax, its logarithm and its losses: properties, accuracy, and every row of bad input."""

import math
import re
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import scipy.special
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)
from softmax_course.numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from softmax_course.numerics.losses import cross_entropy, entropy, kl_divergence
from softmax_course.verification._rounding import exp_error
from softmax_course.verification.error_bounds import (
    cross_entropy_error_bound,
    log_softmax_error_bound,
    logsumexp_error_bound,
    softmax_error_bound,
)
from softmax_course.verification.references import (
    absolute_error,
    cross_entropy_reference,
    log_softmax_reference,
    logsumexp_reference,
    softmax_reference,
)

DTYPES = [np.float16, np.float32, np.float64]
SCALES = [0.1, 1.0, 10.0, 1000.0]
INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
NAN, INF = float("nan"), float("inf")


def unit_roundoff(dtype) -> float:
    return float(np.finfo(dtype).eps) / 2


def one_hot_first(z):
    """A distribution of the shape of `z`, all of its weight on the first class of the last axis."""
    target = np.zeros(np.shape(z))
    if target.ndim:
        target[..., :1] = 1
    return target


# Every public function of the logits as a function of z alone, with z's shape deciding the rest.
OF_LOGITS = {
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "sigmoid": sigmoid,
    "cross_entropy": lambda z, **kw: cross_entropy(
        z, np.zeros(np.shape(z)[:-1], int), reduction="none", **kw
    ),
    "cross_entropy (soft)": lambda z, **kw: cross_entropy(
        z, one_hot_first(z), label_smoothing=0.1, reduction="none", **kw
    ),
    "softmax_jacobian": softmax_jacobian,
    "softmax_jvp": lambda z, **kw: softmax_jvp(z, one_hot_first(z), **kw),
    "softmax_vjp": lambda z, **kw: softmax_vjp(z, one_hot_first(z), **kw),
    "cross_entropy_grad": lambda z, **kw: cross_entropy_grad(
        z, np.zeros(np.shape(z)[:-1], int), reduction="none", **kw
    ),
    "cross_entropy_grad (soft)": lambda z, **kw: cross_entropy_grad(
        z, one_hot_first(z), label_smoothing=0.1, reduction="none", **kw
    ),
    "cross_entropy_hvp": lambda z, **kw: cross_entropy_hvp(z, one_hot_first(z), **kw),
    "cross_entropy_hessian": cross_entropy_hessian,
}
WITH_ROWS = {k: f for k, f in OF_LOGITS.items() if k != "sigmoid"}
OF_PROBABILITIES = {
    "entropy": entropy,
    "kl_divergence (p)": lambda p: kl_divergence(p, np.full(np.shape(p), 0.5)),
    "kl_divergence (q)": lambda q: kl_divergence(np.full(np.shape(q), 0.5), q),
}
TEMPERED = {k: f for k, f in WITH_ROWS.items() if k != "logsumexp"}
FINITE_ONLY = TEMPERED


def each(functions):
    return pytest.mark.parametrize("f", functions.values(), ids=functions.keys())


def logits(dtype=np.float64, limit=50.0, max_side=6):
    width = np.dtype(dtype).itemsize * 8
    return hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=max_side),
        elements=st.floats(-limit, limit, width=width),
    )


def any_dtype_logits(limit=50.0):
    return st.sampled_from(DTYPES).flatmap(lambda dtype: logits(dtype, limit))


# --------------------------------------------------------------------------------------------------
# Values everybody can check by hand


def test_the_sources_own_examples():
    np.testing.assert_allclose(softmax([2.0, -1.0, 0.5]), [0.7856, 0.0391, 0.1753], atol=5e-5)
    np.testing.assert_allclose(softmax([3.0, 1.0, 0.2]), [0.836, 0.113, 0.051], atol=5e-4)


def test_exact_values():
    assert softmax([0.0, 0.0]).tolist() == [0.5, 0.5]
    assert softmax([[7.0]]).tolist() == [[1.0]]
    assert logsumexp([5.0]) == 5.0
    assert log_softmax([5.0]).tolist() == [0.0]
    assert cross_entropy([0.0, 0.0], 1) == math.log(2)
    assert sigmoid(0.0) == 0.5
    assert entropy([0.5, 0.5]) == math.log(2)
    assert entropy([0.0, 1.0]) == 0
    assert not np.signbit(entropy([0.0, 1.0]))
    assert kl_divergence([1.0, 0.0], [0.5, 0.5]) == math.log(2)


# --------------------------------------------------------------------------------------------------
# Properties


@given(any_dtype_logits())
def test_softmax_sums_to_one(z):
    # The rounded numerators are divided by their own rounded sum: their errors cancel, and what is
    # left is the n - 1 additions, a reciprocal, a product, and the rounding to float16.
    p = softmax(z)
    n = z.shape[-1]
    work = np.float64 if z.dtype == np.float64 else np.float32
    bound = (n + 1) * unit_roundoff(work) / (1 - (n + 1) * unit_roundoff(work))
    if z.dtype == np.float16:
        bound += 1.001 * unit_roundoff(np.float16)
    bound += n * float(np.finfo(z.dtype).smallest_subnormal)
    for row in p.reshape(-1, n):
        assert abs(math.fsum(row.tolist()) - 1) <= bound


@given(any_dtype_logits(limit=5.0))
def test_softmax_is_positive_and_keeps_shape_and_dtype(z):
    p = softmax(z)
    assert p.dtype == z.dtype
    assert p.shape == z.shape
    assert (p > 0).all()
    assert (p <= 1).all()


@given(any_dtype_logits())
def test_softmax_keeps_order(z):
    p = softmax(z)
    bound = softmax_error_bound(z)
    order = np.argsort(z, axis=-1)
    rising = np.diff(np.take_along_axis(p.astype(np.float64), order, -1), axis=-1)
    slack = np.take_along_axis(bound, order, -1)
    assert (rising >= -(slack[..., 1:] + slack[..., :-1])).all()
    at_top = np.take_along_axis(p, z.argmax(-1, keepdims=True), -1)
    assert (at_top == p.max(axis=-1, keepdims=True)).all()


@given(
    hnp.arrays(np.int32, hnp.array_shapes(max_dims=2), elements=st.integers(-500, 500)),
    st.integers(-10_000, 10_000),
)
def test_a_common_shift_changes_nothing(z, c):
    # Integers add without rounding, so nothing at all may differ.
    z, shifted = z.astype(np.float64), z.astype(np.float64) + c
    np.testing.assert_array_equal(softmax(shifted), softmax(z))
    np.testing.assert_array_equal(log_softmax(shifted), log_softmax(z))
    bound = logsumexp_error_bound(shifted) + logsumexp_error_bound(z)
    assert (np.abs(logsumexp(shifted) - (logsumexp(z) + c)) <= bound + 1e-16 * abs(c)).all()


@given(any_dtype_logits(), st.randoms(use_true_random=False))
def test_softmax_is_permutation_equivariant(z, random):
    order = list(range(z.shape[-1]))
    random.shuffle(order)
    difference = np.abs(softmax(z[..., order]).astype(float) - softmax(z)[..., order].astype(float))
    assert (difference <= 2 * softmax_error_bound(z)[..., order]).all()


@given(logits(), st.integers(-8, 8))
def test_temperature_divides_the_logits(z, power):
    # Dividing by a power of two is exact (away from underflow), so again nothing may differ.
    assume((np.abs(z[z != 0]) > 1e-290).all())
    temperature = 2.0**power
    np.testing.assert_array_equal(softmax(z, temperature=temperature), softmax(z / temperature))


@given(any_dtype_logits())
@pytest.mark.parametrize("temperature", [5e-324, 1e-300])
def test_the_cold_limit_is_the_argmax_shared_among_ties(temperature, z):
    z[np.abs(z) < 1e-280] = 0  # closer logits than 1e-300 are warm
    ties = z == z.max(axis=-1, keepdims=True)
    expected = (ties / ties.sum(axis=-1, keepdims=True)).astype(z.dtype)
    # 1 / n and 1 * (1 / n): one rounding each.
    np.testing.assert_array_max_ulp(softmax(z, temperature=temperature), expected, 1)


@given(any_dtype_logits())
def test_the_hot_limit_is_uniform(z):
    n = z.shape[-1]
    p = softmax(z, temperature=1e300)
    np.testing.assert_array_max_ulp(p, np.full(z.shape, 1 / n, z.dtype), 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_hot_or_cold_softmax_keeps_masks_and_dtype(dtype):
    z = np.array([1.0, -INF, 3.0], dtype)
    assert softmax(z, temperature=1e300).tolist() == [0.5, 0.0, 0.5]
    assert softmax(z, temperature=1e-300).tolist() == [0.0, 0.0, 1.0]
    assert softmax(z, temperature=1e-300).dtype == dtype


def test_shifting_comes_before_dividing():
    # z / T overflows in each of these, the difference over T does not.
    assert softmax([1e308, 1e308], temperature=1e-5).tolist() == [0.5, 0.5]
    p = softmax([1e300, 1e300 + 1e285], temperature=1e285)
    assert p[1] / p[0] == pytest.approx(math.exp(((1e300 + 1e285) - 1e300) / 1e285), rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_difference_beyond_the_largest_float_is_divided_first(dtype):
    big = float(np.finfo(dtype).max)
    z = np.array([big, -big, 0.0], dtype)
    with np.errstate(all="raise", under="ignore"):
        for temperature in (1000.0, big / 3):
            loss = cross_entropy(z, 1, temperature=temperature)
            exact = cross_entropy_reference(z, 1, temperature=temperature)
            bound = cross_entropy_error_bound(z, 1, temperature=temperature)
            assert absolute_error(loss, exact) <= bound
            assert bound <= 1e-5 * loss
            probs = softmax(z, temperature=temperature)
            exact = softmax_reference(z, temperature=temperature)
            bound = softmax_error_bound(z, temperature=temperature)
            assert (absolute_error(probs, exact) <= bound).all()
            in_place = z.copy()
            softmax(in_place, temperature=temperature, out=in_place)
            np.testing.assert_array_equal(in_place, probs)
    # Where the temperature does not help, the loss itself is beyond the largest float.
    assert cross_entropy(z, 1, temperature=0.5) == INF


def test_extreme_logits_neither_overflow_nor_warn():
    big = np.finfo(np.float64).max
    with np.errstate(all="raise"):
        assert softmax([big, -big]).tolist() == [1.0, 0.0]
        assert softmax([[1e4, 1e4], [-1e4, -1e4]]).tolist() == [[0.5, 0.5], [0.5, 0.5]]
        assert logsumexp([big, -big]) == big
        assert logsumexp([1e4, 1e4]) == 1e4 + math.log(2)
        assert log_softmax([1000.0, 0.0]).tolist() == [0.0, -1000.0]
        assert cross_entropy([0.0, 1e5], 0) == 1e5
        assert sigmoid([-1e5, 1e5]).tolist() == [0.0, 1.0]
        assert softmax_jacobian([1e5, 0.0]).tolist() == [[0.0, 0.0], [0.0, 0.0]]
        assert cross_entropy_grad([0.0, 1e5], 0).tolist() == [-1.0, 1.0]


@each(WITH_ROWS)
def test_a_row_does_not_see_the_others(f):
    z = np.array([[0.0, 1.0, -2.0], [2000.0, 1999.0, 0.0], [-3000.0, -3001.0, -2999.0]])
    together = f(z)
    for i in range(len(z)):
        np.testing.assert_array_equal(together[i], f(z[i]))


@given(hnp.arrays(np.float64, (2, 3, 4), elements=st.floats(-30, 30)), st.integers(-3, 2))
def test_every_axis_can_hold_the_classes(z, axis):
    last = np.moveaxis(z, axis, -1)
    bound = np.moveaxis(softmax_error_bound(z, axis=axis), axis, -1)
    # Summed in another order, hence the bound; strided and contiguous rows add up differently.
    assert (np.abs(np.moveaxis(softmax(z, axis=axis), axis, -1) - softmax(last)) <= bound).all()
    bound = np.moveaxis(log_softmax_error_bound(z, axis=axis), axis, -1)
    difference = np.moveaxis(log_softmax(z, axis=axis), axis, -1) - log_softmax(last)
    assert (np.abs(difference) <= 2 * bound).all()
    bound = logsumexp_error_bound(z, axis=axis)
    assert (np.abs(logsumexp(z, axis=axis) - logsumexp(last)) <= 2 * bound).all()
    labels = np.argmin(last, axis=-1)
    losses = cross_entropy(z, labels, axis=axis, reduction="none")
    bound = cross_entropy_error_bound(last, labels, reduction="none")
    assert (np.abs(losses - cross_entropy(last, labels, reduction="none")) <= 2 * bound).all()


def test_logsumexp_keepdims():
    z = np.arange(24.0).reshape(2, 3, 4)
    for axis in range(3):
        kept = logsumexp(z, axis=axis, keepdims=True)
        assert kept.shape == tuple(1 if k == axis else m for k, m in enumerate(z.shape))
        np.testing.assert_array_equal(kept.squeeze(axis), logsumexp(z, axis=axis))


@given(logits())
def test_logsumexp_lies_between_the_maximum_and_log_n_above(z):
    slack = logsumexp_error_bound(z)
    value, top = logsumexp(z), z.max(axis=-1)
    assert (value >= top - slack).all()
    assert (value <= top + math.log(z.shape[-1]) + slack + 1e-16).all()


@given(st.floats(-745, 745))
def test_sigmoid_is_softmax_of_two(x):
    # Relative accuracy: exp, the sum, the quotient; in softmax also the reciprocal's product.
    expected = softmax([x, 0.0])[0]
    assert abs(sigmoid(x) - expected) <= 12 * unit_roundoff(float) * expected + 1e-323
    assert sigmoid(x) + sigmoid(-x) == pytest.approx(1, abs=4 * unit_roundoff(float))


@given(any_dtype_logits())
def test_entropy_is_the_expected_surprise(z):
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


# --------------------------------------------------------------------------------------------------
# Accuracy: within the derived bound of the 50-digit value, dtype by dtype and scale by scale


@pytest.mark.parametrize("temperature", [1.0, 0.3, 7.0])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy_against_fifty_digits(dtype, scale, temperature):
    rng = np.random.default_rng(20)
    at = {"temperature": temperature}
    for n in (1, 2, 3, 10, 40):
        z = (scale * rng.standard_normal((4, n))).astype(dtype)
        for f, reference, bound, kwargs in [
            (softmax, softmax_reference, softmax_error_bound, at),
            (log_softmax, log_softmax_reference, log_softmax_error_bound, at),
            (logsumexp, logsumexp_reference, logsumexp_error_bound, {}),
        ]:
            value = f(z, **kwargs)
            assert value.dtype == dtype
            error = absolute_error(value, reference(z, **kwargs))
            assert (error <= bound(z, **kwargs)).all(), f"{f.__name__} for {n} classes"


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_confident_rows_keep_their_digits(dtype):
    # log1p of the other terms; a plain log of the sum gives 0. float32 exp errs by 2.5 ulp.
    z = np.array([0.0, -40.0], dtype)
    rel = 3e-7 * 2 if dtype == np.float32 else 1e-15
    exact = math.exp(-40)
    assert float(log_softmax(z)[0]) == pytest.approx(-exact, rel=rel, abs=0)
    assert float(cross_entropy(z, 0)) == pytest.approx(exact, rel=rel, abs=0)
    assert float(cross_entropy(z, [1, 0])) == pytest.approx(exact, rel=rel, abs=0)
    assert float(logsumexp(z)) == pytest.approx(exact, rel=rel, abs=0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_keeps_relative_accuracy(dtype):
    z = np.linspace(-9, 9, 181).astype(dtype)
    value = sigmoid(z)
    exact = [scipy.special.expit(v) for v in z.astype(np.longdouble)]
    # exp (5.04 u in float32), the sum, the quotient, and the rounding to float16.
    u = unit_roundoff(np.float32 if dtype == np.float16 else dtype)
    bound = (exp_error(np.float32 if dtype == np.float16 else dtype) + 3) * u
    bound += unit_roundoff(np.float16) if dtype == np.float16 else 0
    assert value.dtype == dtype
    assert (np.abs(value - np.array(exact)) <= bound * np.array(exact)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4)])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_parity_with_scipy(shape, scale, dtype):
    z = (scale * np.random.default_rng(22).standard_normal(shape)).astype(dtype)
    for axis in range(len(shape)):
        # Two results, each within the bound (scipy divides where we multiply: one rounding less).
        bound = 2 * softmax_error_bound(z, axis=axis)
        assert (np.abs(softmax(z, axis=axis) - scipy.special.softmax(z, axis=axis)) <= bound).all()
        theirs = scipy.special.logsumexp(z, axis=axis)
        bound = logsumexp_error_bound(z, axis=axis)
        assert (np.abs(logsumexp(z, axis=axis) - theirs) <= 4 * bound).all()
        # A plain log of the sum has an absolute error where ours is relative.
        theirs = scipy.special.log_softmax(z, axis=axis)
        bound = 4 * log_softmax_error_bound(z, axis=axis) + 20 * unit_roundoff(dtype)
        assert (np.abs(log_softmax(z, axis=axis) - theirs) <= bound).all()


def test_parity_with_scipy_on_entropy_and_divergence():
    rng = np.random.default_rng(23)
    p, q = rng.dirichlet(np.ones(6), 20), rng.dirichlet(np.ones(6), 20)
    p[0] = [1, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(entropy(p), scipy.special.entr(p).sum(-1), atol=1e-15)
    np.testing.assert_allclose(
        kl_divergence(p, q), scipy.special.rel_entr(p, q).sum(-1), rtol=1e-13, atol=1e-15
    )


# --------------------------------------------------------------------------------------------------
# Cross-entropy: targets, smoothing, reductions


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


def test_no_rows():
    empty = np.zeros((0, 3))
    labels = np.zeros(0, int)
    assert softmax(empty).shape == (0, 3)
    assert log_softmax(empty).shape == (0, 3)
    assert logsumexp(empty).shape == (0,)
    assert cross_entropy(empty, labels, reduction="sum") == 0
    assert cross_entropy(empty, labels, reduction="none").shape == (0,)
    for f in (cross_entropy, cross_entropy_grad):
        with pytest.raises(ValueError, match="mean of no rows"):
            f(empty, labels)
    assert cross_entropy_grad(empty, labels, reduction="sum").shape == (0, 3)
    assert softmax_jacobian(empty).shape == (0, 3, 3)


# --------------------------------------------------------------------------------------------------
# The table of unusual input, row by row


@each(OF_LOGITS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_of_any_width_are_computed_in_float64(f, dtype):
    z = [[1, 2, 100], [3, 0, 1]]
    value = f(np.array(z, dtype))
    assert value.dtype == np.float64
    np.testing.assert_array_equal(value, f(np.array(z, np.float64)))


def test_unsigned_logits_do_not_wrap():
    np.testing.assert_array_equal(softmax(np.array([1, 2, 250], np.uint8)), softmax([1.0, 2, 250]))


@each(OF_LOGITS)
@pytest.mark.parametrize(
    ("z", "named"),
    [
        (np.array([True, False]), "bool"),
        (np.array([1.0, 2.0], object), "object"),
        (np.array(["1", "2"]), "<U1"),
        (np.array([1j, 2.0]), "complex128"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "masked array of dtype float64"),
        ([10**30, 1], "object"),
        (None, "object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_real_array_is_a_type_error_naming_the_dtype(f, z, named):
    with pytest.raises(TypeError, match=named):
        f(z)


@each(OF_PROBABILITIES)
@pytest.mark.parametrize(
    "p", [np.array([True, False]), np.array([1j, 0]), np.ma.array([0.5, 0.5])], ids=str
)
def test_probabilities_must_be_real_numbers(f, p):
    with pytest.raises(TypeError, match=r"bool|complex128|masked array"):
        f(p)


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


@each(WITH_ROWS | OF_PROBABILITIES)
def test_zero_dimensions(f):
    with pytest.raises(ValueError, match=r"0-d|does not match"):
        f(np.float64(1.0))


@each(FINITE_ONLY | OF_PROBABILITIES)
@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_an_empty_class_axis(f, shape):
    with pytest.raises(ValueError, match=r"no classes: axis -1 of shape \(.*0"):
        f(np.zeros(shape))


def test_logsumexp_of_no_classes():
    assert logsumexp([]) == -INF
    assert logsumexp(np.zeros((2, 0)), keepdims=True).tolist() == [[-INF], [-INF]]
    assert logsumexp(np.zeros((2, 0), np.float32)).dtype == np.float32


@each(OF_LOGITS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_stays_in_its_row(f, dtype):
    z = np.array([[0.0, 1.0, 2.0], [1.0, NAN, 2.0], [NAN, -INF, INF], [3.0, 1.0, 0.5]], dtype)
    if f is sigmoid:
        assert np.isnan(f(z)).tolist() == np.isnan(z).tolist()
        return
    value = f(z)
    assert np.isnan(value[1]).all()
    assert np.isnan(value[2]).all()
    for i in (0, 3):
        np.testing.assert_array_equal(value[i], f(z[i]))
        assert np.isfinite(value[i]).all()
    assert np.isnan(f(np.array([[NAN]], dtype))).all()


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


@each(FINITE_ONLY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_plus_infinity_is_refused_with_its_row(f, dtype):
    with pytest.raises(ValueError, match=r"\+inf: row 1 "):
        f(np.array([[0.0, 1.0], [INF, 0.0]], dtype))
    with pytest.raises(ValueError, match=r"\+inf: the row "):
        f(np.array([0.0, INF, -INF], dtype))


def test_logsumexp_and_sigmoid_have_limits_at_infinity():
    assert logsumexp([[0.0, INF], [INF, INF], [-INF, INF]]).tolist() == [INF] * 3
    assert logsumexp([[-INF, -INF], [-INF, 1.0]]).tolist() == [-INF, 1.0]
    assert sigmoid([-INF, INF]).tolist() == [0.0, 1.0]


@each(FINITE_ONLY)
def test_a_row_of_only_masked_classes_is_refused(f):
    with pytest.raises(ValueError, match=r"every class is masked: row \(0, 1\)"):
        f(np.array([[[0.0, 1.0], [-INF, -INF]]]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_masked_class_is_as_if_it_were_not_there(dtype):
    z = np.array([0.5, -INF, 2.0, -1.0], dtype)
    keep = [0, 2, 3]
    rest = z[keep]
    np.testing.assert_array_equal(softmax(z)[keep], softmax(rest))
    assert softmax(z)[1] == 0
    np.testing.assert_array_equal(log_softmax(z)[keep], log_softmax(rest))
    assert log_softmax(z)[1] == -INF
    assert logsumexp(z) == logsumexp(rest)
    assert cross_entropy(z, 2) == cross_entropy(rest, 1)
    soft = np.array([0.25, 0.0, 0.5, 0.25])
    for a in (0.0, 0.2):
        kwargs = {"label_smoothing": a, "temperature": 0.7}
        assert cross_entropy(z, soft, **kwargs) == cross_entropy(rest, soft[keep], **kwargs)
        assert cross_entropy(z, 2, **kwargs) == cross_entropy(rest, 1, **kwargs)
        for target, kept in ((soft, soft[keep]), (2, 1)):
            grad = cross_entropy_grad(z, target, **kwargs)
            np.testing.assert_array_equal(grad[keep], cross_entropy_grad(rest, kept, **kwargs))
            assert grad[1] == 0
    for matrix in (softmax_jacobian, cross_entropy_hessian):
        full = matrix(z, temperature=0.7)
        np.testing.assert_array_equal(full[np.ix_(keep, keep)], matrix(rest, temperature=0.7))
        assert not full[1].any()
        assert not full[:, 1].any()
    v = np.array([1.0, 5.0, -2.0, 0.5], dtype)
    for product in (softmax_jvp, softmax_vjp, cross_entropy_hvp):
        np.testing.assert_array_equal(product(z, v)[keep], product(rest, v[keep]))
        assert product(z, v)[1] == 0


def test_a_target_on_a_masked_class_costs_infinitely_much():
    z = [0.0, -INF, 1.0]
    assert cross_entropy(z, 1) == INF
    assert cross_entropy(z, [0.5, 0.5, 0.0]) == INF
    assert cross_entropy(z, 1, label_smoothing=0.1) == INF
    grad = cross_entropy_grad(z, 1)
    assert grad[1] == -1
    np.testing.assert_array_equal(grad[[0, 2]], softmax(z)[[0, 2]])


@each(TEMPERED)
@pytest.mark.parametrize("temperature", [0, 0.0, -1.0, INF, -INF, NAN, -(10**400), 10**400])
def test_a_temperature_must_be_positive_and_finite(f, temperature):
    with pytest.raises(ValueError, match=r"temperature must be positive and finite, got"):
        f(np.zeros(3), temperature=temperature)


@each(TEMPERED)
@pytest.mark.parametrize("temperature", ["1", None, True, 1j, [1.0], np.array([1.0])], ids=str)
def test_a_temperature_must_be_a_number(f, temperature):
    with pytest.raises(TypeError, match="temperature must be one real number"):
        f(np.zeros(3), temperature=temperature)


@each(TEMPERED)
def test_any_real_number_is_a_temperature(f):
    z = np.array([0.0, 1.0, 3.0])
    for two in (2, np.float32(2), np.int8(2), Fraction(2)):
        np.testing.assert_array_equal(f(z, temperature=two), f(z, temperature=2.0))


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


@each(OF_PROBABILITIES)
def test_probabilities_must_be_distributions(f):
    with pytest.raises(ValueError, match=r"must sum to 1 along axis 1: row 1 sums to 1\.5"):
        f(np.array([[0.5, 0.5], [1.0, 0.5]]))
    with pytest.raises(ValueError, match=r"must not be negative: .\w*\[0, 1\] is -0.5"):
        f(np.array([[1.5, -0.5], [0.5, 0.5]]))
    with pytest.raises(ValueError, match="must sum to 1"):
        f(np.array([INF, 0.0]))


def test_divergence_of_rows_of_different_shapes():
    with pytest.raises(ValueError, match=r"p of shape \(2,\) does not match q of shape \(1,\)"):
        kl_divergence([0.5, 0.5], [1.0])


@each(WITH_ROWS)
def test_axis_that_does_not_exist_or_is_no_integer(f):
    with pytest.raises(ValueError, match="axis 3 is out of bounds"):
        f(np.zeros((2, 2)), axis=3)
    for axis in (None, 0.0, (0, 1), True):
        with pytest.raises(TypeError, match="axis must be an integer"):
            f(np.zeros((2, 2)), axis=axis)


# --------------------------------------------------------------------------------------------------
# dtype, memory, out


@each(OF_LOGITS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_kept(f, dtype):
    if f in (OF_LOGITS["softmax_jvp"], OF_LOGITS["softmax_vjp"], OF_LOGITS["cross_entropy_hvp"]):
        return  # these follow the wider of two arguments: see test_derivatives
    z = np.array([[1.0, 2.0, -1.0]])
    assert f(z.astype(dtype)).dtype == dtype
    assert f(z.astype(np.dtype(dtype).newbyteorder())).dtype == dtype
    np.testing.assert_array_equal(f(z.astype(np.dtype(dtype).newbyteorder())), f(z.astype(dtype)))


def test_float16_is_computed_in_float32_and_rounded_once():
    z = np.random.default_rng(26).standard_normal((5, 300)).astype(np.float16)
    np.testing.assert_array_equal(softmax(z), softmax(z.astype(np.float32)).astype(np.float16))
    # 300 float16 additions of equal terms would stall long before the sum is right.
    assert float(logsumexp(np.zeros(4096, np.float16))) == np.float16(math.log(4096))


@each(OF_LOGITS)
def test_the_input_is_left_alone(f):
    z = np.array([[3.0, 1.0, -2.0], [0.0, 0.5, 1.0]])
    before = z.copy()
    z.flags.writeable = False
    f(z)
    np.testing.assert_array_equal(z, before)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_needs_one_array_at_most(dtype, axis):
    z = np.random.default_rng(27).standard_normal((600, 1000)).astype(dtype)
    # Beside the result: the maxima and the sums of the rows, and NumPy's buffers.
    slack = 4 * z.itemsize * max(z.shape) + 4 * 8192 * 8
    for out, arrays in ((None, 1), (np.empty_like(z), 0)):
        softmax(z, axis=axis, out=out)
        tracemalloc.start()
        try:
            softmax(z, axis=axis, out=out)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak <= arrays * z.nbytes + slack


@pytest.mark.parametrize("dtype", DTYPES)
def test_out(dtype):
    z = np.array([[2.0, -1.0, 0.5], [1.0, 1.0, -INF]], dtype)
    expected = softmax(z, temperature=0.5)
    out = np.full_like(z, NAN)
    assert softmax(z, temperature=0.5, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert softmax(z, temperature=0.5, out=z) is z
    np.testing.assert_array_equal(z, expected)


def test_out_may_overlap_the_input():
    line = np.random.default_rng(28).standard_normal(101)
    expected = softmax(line[:-1].copy())
    softmax(line[:-1], out=line[1:])
    np.testing.assert_array_equal(line[1:], expected)


def test_out_takes_integers_results_as_float64():
    out = np.empty(3)
    softmax(np.array([1, 2, 3], np.uint8), out=out)
    np.testing.assert_array_equal(out, softmax([1.0, 2.0, 3.0]))


def test_out_of_the_wrong_kind():
    z = np.zeros((2, 3))
    with pytest.raises(
        ValueError, match=r"out of shape \(3, 2\) does not match z of shape \(2, 3\)"
    ):
        softmax(z, out=np.empty((3, 2)))
    with pytest.raises(TypeError, match=r"out must have dtype float64 .* not float32"):
        softmax(z, out=np.empty((2, 3), np.float32))
    with pytest.raises(TypeError, match="out must be a plain NumPy array, got list"):
        softmax(z, out=[[0.0] * 3] * 2)
    with pytest.raises(TypeError, match="got MaskedArray"):
        softmax(z, out=np.ma.zeros((2, 3)))
    fixed = np.zeros((2, 3))
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        softmax(z, out=fixed)


def test_a_refused_input_leaves_out_alone():
    out = np.full((2, 2), 7.0)
    with pytest.raises(ValueError, match="inf"):
        softmax([[0.0, 1.0], [INF, 0.0]], out=out)
    assert (out == 7).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(1000, 300), (3, 100_000), (2, 500, 300)])
def test_large_arrays_are_what_their_rows_are(shape, order):
    # Beyond the block size the rows are worked on in parts; no row may be skipped or done twice.
    z = np.asarray(np.random.default_rng(29).standard_normal(shape), order=order)
    p = softmax(z)
    for index in [(0,) * (z.ndim - 1), tuple(k // 2 for k in shape[:-1]), (-1,) * (z.ndim - 1)]:
        bound = 2 * softmax_error_bound(z[index])
        assert (np.abs(p[index] - softmax(z[index])) <= bound).all()
    # (n + 1) u from softmax, (n - 1) u from this sum
    assert np.abs(p.sum(axis=-1) - 1).max() <= 2.01 * shape[-1] * unit_roundoff(float)
    np.testing.assert_array_equal(softmax(z, out=z), p)


def test_a_large_out_may_overlap_the_input():
    lines = np.random.default_rng(29).standard_normal((601, 1000))
    expected = softmax(lines[:-1].copy())
    softmax(lines[:-1], out=lines[1:])
    np.testing.assert_array_equal(lines[1:], expected)


@pytest.mark.parametrize("shape", [(500, 3), (7, 30, 10), (200, 13)])
def test_many_short_rows_are_what_their_rows_are(shape):
    # Their maxima are found by columns: still one for each row, and NaN and errors in their rows.
    z = 100 * np.random.default_rng(33).standard_normal(shape)
    z[..., 1, 0] = NAN
    p = softmax(z)
    for index in np.ndindex(shape[:-1]):
        np.testing.assert_array_equal(p[index], softmax(z[index]))
    z[(-1,) * z.ndim] = INF
    last = shape[0] - 1 if z.ndim == 2 else tuple(k - 1 for k in shape[:-1])
    with pytest.raises(ValueError, match=re.escape(f"+inf: row {last} ")):
        softmax(z)
