"""Sinks, soft caps, normalised vectors and the factor log n."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numerics_cases import DTYPES, INF, NAN, masked_rows, tables, unit_roundoff

from softmax_course.numerics.attention_scores import (
    length_scale,
    rms_normalize,
    sink_softmax,
    soft_cap,
)
from softmax_course.numerics.functional import softmax

U = unit_roundoff(float)


class TestSink:
    @given(tables, st.floats(-50, 50))
    def test_is_softmax_with_one_more_class(self, z, sink):
        with_sink = softmax(np.hstack([z, np.full((len(z), 1), sink)]))
        np.testing.assert_array_equal(sink_softmax(z, sink), with_sink[:, :-1])

    @given(masked_rows)
    def test_without_a_sink_it_is_softmax(self, z):
        # The same sum with a 0 more, perhaps in another order.
        np.testing.assert_allclose(
            sink_softmax(z, -np.inf), softmax(z), rtol=2 * (len(z) + 3) * U, atol=1e-300
        )

    def test_rows_sum_to_less_than_one_and_masked_rows_to_nothing(self):
        weights = sink_softmax([[1.0, 2.0], [-INF, 0.0], [-INF, -INF]])
        assert (weights.sum(axis=1) < 1).all()
        np.testing.assert_array_equal(weights[1:], [[0, 0.5], [0, 0]])

    def test_one_sink_a_head_and_another_axis(self):
        z = np.random.default_rng(0).normal(size=(2, 3, 4, 5))  # batch, heads, queries, keys
        sink = np.array([[0.0], [1.0], [-2.0]])
        weights = sink_softmax(z, sink)
        for head in range(3):
            np.testing.assert_array_equal(weights[:, head], sink_softmax(z[:, head], sink[head, 0]))
        moved = sink_softmax(np.moveaxis(z, -1, 0), sink, axis=0)
        np.testing.assert_array_equal(np.moveaxis(moved, 0, -1), weights)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_dtype_is_that_of_the_logits(self, dtype):
        assert sink_softmax(np.ones(3, dtype), np.array(0.1)).dtype == dtype

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            (([1.0], INF), ValueError, r"sink must not hold \+inf"),
            (([[1.0], [2.0]], [0.0, 0.0, 0.0]), ValueError, "does not broadcast to the rows"),
            (([-INF], -INF), ValueError, "every class is masked"),
            (([INF],), ValueError, r"\+inf"),
            (([],), ValueError, "no classes"),
            (([1.0], "0"), TypeError, "sink must hold real"),
        ],
    )
    def test_bad_input(self, arguments, error, words):
        with pytest.raises(error, match=words):
            sink_softmax(*arguments)


class TestSoftCap:
    @given(st.floats(-1e300, 1e300), st.floats(1e-3, 1e3))
    def test_stays_within_the_cap_and_below_the_logit(self, z, cap):
        value = float(soft_cap(z, cap))
        # tanh is taken of a rounded quotient, and rounded itself; below normal numbers a rounded
        # quotient is off by a part of the smallest number, which the cap then multiplies.
        smallest = float(np.finfo(float).smallest_subnormal)
        assert abs(value) <= min(cap, abs(z)) * (1 + 4 * U) + (2 * cap + 1) * smallest
        assert value * z >= 0

    def test_small_logits_hardly_change(self):
        z = np.array([-1e-3, 0.0, 1e-3])
        # tanh x = x - x^3 / 3 + ...: here the third power is below the rounding of 1.
        assert np.abs(soft_cap(z, 1e5) - z).max() <= 4 * U * 1e-3

    def test_masked_stays_masked(self):
        np.testing.assert_array_equal(soft_cap([-INF, INF, NAN], 30), [-INF, 30, NAN])

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_dtype_and_extremes(self, dtype):
        value = soft_cap(np.array([np.finfo(dtype).max, 0], dtype), 1e-300)
        assert value.dtype == dtype
        np.testing.assert_array_equal(value, np.array([1e-300, 0]).astype(dtype))

    @pytest.mark.parametrize("cap", [0, -1, INF, NAN])
    def test_bad_cap(self, cap):
        with pytest.raises(ValueError, match="cap must be positive and finite"):
            soft_cap([1.0], cap)


class TestRmsNormalize:
    @given(tables)
    def test_follows_the_formula(self, x):
        expected = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-6)
        # Squares, their sum, root and quotient on both sides.
        np.testing.assert_allclose(
            rms_normalize(x), expected, rtol=(x.shape[-1] + 20) * U, atol=1e-300
        )

    def test_scores_are_bounded_by_the_root_of_d(self):
        rng = np.random.default_rng(0)
        q, k = (rms_normalize(rng.normal(size=(50, 16)) * 10.0**p) for p in (-1, 8))
        assert np.abs(q @ k.T / 4).max() <= 4 * (1 + 40 * U)
        np.testing.assert_allclose((k * k).sum(axis=1), 16, rtol=40 * U)

    @pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
    def test_no_square_overflows(self, size):
        with np.errstate(all="raise"):
            value = rms_normalize(np.array([3.0, 4.0]) * size, epsilon=0)
        np.testing.assert_allclose(value, np.array([3, 4]) / math.sqrt(12.5), rtol=8 * U)

    def test_zero_stays_zero(self):
        for epsilon in (0.0, 1e-6):
            np.testing.assert_array_equal(rms_normalize(np.zeros((2, 3)), epsilon=epsilon), 0)
        np.testing.assert_allclose(rms_normalize([1e-310]), 0, atol=1e-300)

    def test_axis_and_dtype(self):
        x = np.arange(1, 7, dtype=np.float16).reshape(2, 3)
        assert rms_normalize(x).dtype == np.float16
        np.testing.assert_array_equal(rms_normalize(x, axis=0), rms_normalize(x.T).T)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [((1.0,), "0-d"), (([],), "no classes"), (([1.0], -1, -1e-6), "epsilon must be finite")],
    )
    def test_bad_input(self, arguments, words):
        with pytest.raises(ValueError, match=words):
            rms_normalize(*arguments)


class TestLengthScale:
    def test_logarithms(self):
        assert length_scale(1) == 0
        # A quotient of two logarithms, each rounded.
        assert length_scale(512, 512) == 1
        np.testing.assert_allclose(length_scale([8, 64], 8), [1, 2], rtol=4 * U)
        assert length_scale(100) == pytest.approx(math.log(100), rel=4 * U)

    @pytest.mark.parametrize(("gap", "limit"), [(0.5, 0), (1, 0.5), (2, 1)])
    def test_what_becomes_of_one_key_that_stands_out(self, gap, limit):
        weights = []
        for n in (10, 1000, 100_000):
            z = np.zeros(n)
            z[0] = gap
            weights.append(softmax(length_scale(n) * z)[0])
        distance = np.abs(np.array(weights) - limit)
        assert distance[0] > distance[1] > distance[2]
        assert distance[2] < 0.01

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            (([4, 0],), ValueError, "n must be at least 1, got 0"),
            ((2.5,), TypeError, "n must hold integers"),
            ((2, 1), ValueError, "reference must be greater than 1"),
            ((2, INF), ValueError, "reference must be greater than 1"),
            ((2, "e"), TypeError, "reference must be one real number"),
        ],
    )
    def test_bad_input(self, arguments, error, words):
        with pytest.raises(error, match=words):
            length_scale(*arguments)
