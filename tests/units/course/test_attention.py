"""Scaled dot-product attention and its causal mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softmax_course.numerics.attention import attention, causal_mask
from softmax_course.numerics.functional import softmax
from softmax_course.verification.error_bounds import softmax_error_bound

U = np.finfo(float).eps / 2


def attention_bounds(q, k, v, mask=0.0):
    """Return bounds on the difference of two orders of the same sums: output and weights."""
    n, d = k.shape
    # d products, their sum, the root of d and the division by it, in either order.
    scores_error = 2 * (d + 3) * U * (np.abs(q) @ np.abs(k).T) / np.sqrt(d)
    scores = q @ k.T / np.sqrt(d) + mask
    weights = softmax(scores)
    # Scores changed by at most e change a weight by a factor of at most exp(2 e).
    weights_error = weights * np.expm1(2 * scores_error.max(axis=-1, keepdims=True))
    weights_error += 2 * softmax_error_bound(scores)
    output_error = (weights_error + 2 * n * U * (weights + weights_error)) @ np.abs(v)
    return output_error, weights_error


class TestAttention:
    @given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
    def test_is_a_weighted_mean(self, m, n, d, seed):
        rng = np.random.default_rng(seed)
        q, k, v = rng.normal(size=(m, d)), rng.normal(size=(n, d)), rng.normal(size=(n, 3))
        output, weights = attention(q, k, v)
        output_error, weights_error = attention_bounds(q, k, v)
        for i in range(m):
            expected = softmax([q[i] @ k[j] / np.sqrt(d) for j in range(n)])
            assert (np.abs(weights[i] - expected) <= weights_error[i]).all()
            mean = sum(weights[i, j] * v[j] for j in range(n))
            assert (np.abs(output[i] - mean) <= output_error[i]).all()

    @given(st.integers(1, 6), st.integers(0, 2**32 - 1))
    def test_causal_mask_hides_the_future(self, n, seed):
        rng = np.random.default_rng(seed)
        q, k, v = rng.normal(size=(3, n, 4))
        output, weights = attention(q, k, v, causal_mask(n))
        assert (weights[np.triu_indices(n, 1)] == 0).all()
        output_error, _ = attention_bounds(q, k, v, causal_mask(n))
        for length in range(1, n):
            short, _ = attention(q[:length], k[:length], v[:length], causal_mask(length))
            assert (np.abs(short - output[:length]) <= output_error[:length]).all()

    @given(st.integers(1, 6), st.integers(0, 2**32 - 1))
    def test_order_of_keys_does_not_matter(self, n, seed):
        rng = np.random.default_rng(seed)
        q, k, v = rng.normal(size=(3, n, 4))
        order = rng.permutation(n)
        permuted, _ = attention(q, k[order], v[order])
        difference = np.abs(permuted - attention(q, k, v)[0])
        assert (difference <= attention_bounds(q, k, v)[0]).all()

    def test_boolean_mask_says_what_is_seen(self):
        rng = np.random.default_rng(0)
        q, k, v = rng.normal(size=(3, 4, 2))
        for a, b in zip(
            attention(q, k, v, np.tri(4, dtype=bool)),
            attention(q, k, v, causal_mask(4)),
            strict=True,
        ):
            np.testing.assert_array_equal(a, b)

    def test_batches_and_dtype(self):
        rng = np.random.default_rng(0)
        q = rng.normal(size=(5, 2, 3, 4)).astype(np.float32)
        k, v = rng.normal(size=(2, 2, 6, 4)).astype(np.float32)
        output, weights = attention(q, k, v, np.zeros(6))
        assert output.shape == (5, 2, 3, 4)
        assert weights.shape == (5, 2, 3, 6)
        assert output.dtype == weights.dtype == np.float32

    def test_large_scores_are_stable(self):
        _, weights = attention([[1e150]], [[1e150], [-1e150]], [[1.0], [2.0]])
        np.testing.assert_array_equal(weights, [[1, 0]])

    @pytest.mark.parametrize(
        ("q", "k", "v", "mask", "words"),
        [
            (np.ones(3), np.ones((2, 3)), np.ones((2, 3)), None, "q must have two"),
            (np.ones((2, 3)), np.ones((2, 4)), np.ones((2, 3)), None, "as many features"),
            (np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 3)), None, "one value"),
            (np.ones((2, 2, 3)), np.ones((5, 2, 3)), np.ones((2, 3)), None, "leading axes"),
            (np.ones((2, 3)), np.ones((4, 3)), np.ones((4, 1)), np.zeros((3, 2)), "broadcast"),
            (np.ones((2, 3)), np.ones((4, 3)), np.ones((4, 1)), np.zeros((7, 2, 4)), "broadcast"),
            (np.ones((1, 3)), np.ones((2, 3)), np.ones((2, 1)), [[False, False]], "hides every"),
            (np.ones((1, 3)), np.ones((2, 3)), np.ones((2, 1)), -np.inf, "hides every"),
            (np.ones((2, 0)), np.ones((2, 0)), np.ones((2, 1)), None, "non-empty"),
        ],
    )
    def test_bad_shapes(self, q, k, v, mask, words):
        with pytest.raises(ValueError, match=words):
            attention(q, k, v, mask)

    def test_bad_types(self):
        with pytest.raises(TypeError, match="v must hold real"):
            attention(np.ones((1, 1)), np.ones((1, 1)), [["a"]])

    @pytest.mark.parametrize(("n", "error"), [(0, ValueError), (True, TypeError), (2.0, TypeError)])
    def test_bad_length(self, n, error):
        with pytest.raises(error, match=f"n must be an integer of at least 1, got {n}"):
            causal_mask(n)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_is_rounded_once(self, dtype):
        rng = np.random.default_rng(1)
        q, k, v = rng.normal(size=(3, 5, 64)).astype(dtype)
        mask = np.where(np.tri(5, dtype=bool), 0.0, -1e9)
        work = np.promote_types(dtype, np.float32)
        found = attention(q, k, v, mask)
        expected = attention(*(array.astype(work) for array in (q, k, v)), mask)
        for a, b in zip(found, expected, strict=True):
            assert a.dtype == dtype
            np.testing.assert_array_equal(a, b.astype(dtype))

    def test_scores_beyond_float16_are_no_error(self):
        q = np.full((2, 64), 40, np.float16)  # products of 102 400, scores of 12 800
        with np.errstate(all="raise"):
            output, weights = attention(q, q, q, np.array([[0.0, -1e9], [0.0, -1e300]]))
        np.testing.assert_array_equal(weights, [[1, 0], [1, 0]])
        np.testing.assert_array_equal(output, q)

    def test_dtypes_follow_the_widest_of_the_arguments(self):
        q, v = np.ones((1, 2), np.float16), np.ones((1, 2), np.float32)
        output, weights = attention(q, q, v)
        assert output.dtype == np.float32
        assert weights.dtype == np.float16

    def test_scores_too_large_for_a_float_are_named(self):
        for q, k in (
            ([[1e200]], [[1e200]]),
            ([[1e200, 1e200]], [[1e200, -1e200]]),  # inf - inf
            ([[np.inf]], [[1.0]]),
        ):
            with pytest.raises(ValueError, match="q or k holds infinities or numbers that are too"):
                attention(q, k, [[1.0]])
        with pytest.raises(ValueError, match=r"mask must not hold \+inf"):
            attention([[1.0]], [[1.0]], [[1.0]], [[np.inf]])

    def test_nan_stays_with_its_query(self):
        output, weights = attention([[np.nan], [0.0]], [[1.0], [2.0]], [[1.0], [3.0]])
        assert np.isnan(weights[0]).all()
        assert np.isnan(output[0]).all()
        np.testing.assert_array_equal(weights[1], [0.5, 0.5])
        np.testing.assert_array_equal(output[1], [2.0])

    def test_a_masked_array_is_no_mask(self):
        ones = np.ones((2, 2))
        for hidden in (np.ma.array(np.zeros((2, 2)), mask=np.eye(2)), np.ma.array(ones == 1)):
            with pytest.raises(TypeError, match="mask is a masked array"):
                attention(ones, ones, ones, hidden)
