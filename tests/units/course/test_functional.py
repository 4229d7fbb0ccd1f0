"""Softmax, log-softmax, log-sum-exp and sigmoid: properties, accuracy, memory and `out`."""

import math
import re
import tracemalloc

import numpy as np
import pytest
import scipy.special
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numerics_cases import (
    DTYPES,
    INF,
    NAN,
    SCALES,
    any_dtype_logits,
    logits,
    unit_roundoff,
)

from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
    softmax_jacobian,
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
    log_softmax_reference,
    logsumexp_reference,
    softmax_reference,
)


def test_examples_of_the_three_sources():
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


@pytest.mark.parametrize("temperature", [0.5, 1000.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_difference_beyond_the_largest_float_is_infinite(dtype, temperature):
    big = np.finfo(dtype).max
    z = np.array([big, -big, 0.0], dtype)
    with np.errstate(all="raise"):
        assert softmax(z, temperature=temperature).tolist() == [1.0, 0.0, 0.0]
        assert log_softmax(z, temperature=temperature)[1] == -INF
        assert cross_entropy(z, 1, temperature=temperature) == INF
        assert cross_entropy(z, 0, temperature=temperature) == 0


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


def test_float16_is_computed_in_float32_and_rounded_once():
    z = np.random.default_rng(26).standard_normal((5, 300)).astype(np.float16)
    np.testing.assert_array_equal(softmax(z), softmax(z.astype(np.float32)).astype(np.float16))
    # In float16 the sum of ones stops at 2048.
    assert float(logsumexp(np.zeros(4096, np.float16))) == np.float16(math.log(4096))


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


def test_out_of_integer_input_is_float64():
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
    with pytest.raises(TypeError, match=r"out must have dtype float32 .* not float64"):
        softmax(z.astype(np.float32), out=np.empty((2, 3)))
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
def test_large_arrays_equal_their_rows(shape, order):
    # Beyond the block size the rows are worked on in parts; no row may be skipped or done twice.
    z = np.asarray(np.random.default_rng(29).standard_normal(shape), order=order)
    p = softmax(z)
    for index in [(0,) * (z.ndim - 1), tuple(k // 2 for k in shape[:-1]), (-1,) * (z.ndim - 1)]:
        bound = 2 * softmax_error_bound(z[index])
        assert (np.abs(p[index] - softmax(z[index])) <= bound).all()
    # (n + 1) u from softmax, (n - 1) u from this sum
    assert np.abs(p.sum(axis=-1) - 1).max() <= 2.01 * shape[-1] * unit_roundoff(float)
    np.testing.assert_array_equal(softmax(z, out=z), p)


@pytest.mark.parametrize("shape", [(1000, 300), (3, 100_000)])
def test_logarithms_of_large_arrays_equal_those_of_their_rows(shape):
    z = np.random.default_rng(34).standard_normal(shape)
    labels = np.arange(len(z)) % 7
    log_probs, log_sums = log_softmax(z), logsumexp(z)
    losses = cross_entropy(z, labels, reduction="none")
    # Rows are summed one at a time, so nothing may differ.
    for row in range(len(z)):
        np.testing.assert_array_equal(log_probs[row], log_softmax(z[row]))
        assert log_sums[row] == logsumexp(z[row])
        assert losses[row] == cross_entropy(z[row], labels[row]) == -log_probs[row, labels[row]]


def test_a_large_out_may_overlap_the_input():
    lines = np.random.default_rng(29).standard_normal((601, 1000))
    expected = softmax(lines[:-1].copy())
    softmax(lines[:-1], out=lines[1:])
    np.testing.assert_array_equal(lines[1:], expected)


@pytest.mark.parametrize("shape", [(500, 3), (7, 30, 10), (200, 13)])
def test_short_rows_equal_their_rows(shape):
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
