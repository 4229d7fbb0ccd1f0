"""Sparsemax, one-pass softmax, truncated distributions and attention."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softmax_course.numerics.attention import attention, causal_mask
from softmax_course.numerics.decoding import top_k_probs, top_p_probs
from softmax_course.numerics.functional import logsumexp, softmax
from softmax_course.numerics.online import OnlineLogSumExp, online_softmax
from softmax_course.numerics.sparsemax import sparsemax
from softmax_course.verification.error_bounds import softmax_error_bound

U = np.finfo(float).eps / 2

finite = st.floats(-50, 50)
rows = hnp.arrays(float, st.integers(1, 12), elements=finite)
tables = hnp.arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=finite)
# Logits as a decoder with masked classes sees them; at least one class stays open.
masked_rows = hnp.arrays(
    float, st.integers(1, 12), elements=st.one_of(finite, st.just(-np.inf))
).filter(lambda z: np.isfinite(z).any())


def sparsemax_by_support(z):
    """Projection onto the simplex by trying every support: the definition, no sorting."""
    best, distance = None, np.inf
    for size in range(1, len(z) + 1):
        for support in map(list, itertools.combinations(range(len(z)), size)):
            p = np.zeros(len(z))
            p[support] = z[support] - (z[support].sum() - 1) / size
            if (p >= 0).all() and np.sum((p - z) ** 2) < distance:
                best, distance = p, np.sum((p - z) ** 2)
    return best


class TestSparsemax:
    @given(hnp.arrays(float, st.integers(1, 6), elements=st.floats(-3, 3)))
    def test_is_the_nearest_point_of_the_simplex(self, z):
        # Sums of up to 6 terms of size at most 18, in either algorithm.
        assert np.abs(sparsemax(z) - sparsemax_by_support(z)).max() <= 300 * U

    @given(tables)
    def test_is_a_distribution(self, z):
        p = sparsemax(z)
        assert (p >= 0).all()
        n = z.shape[-1]
        # tau is off by at most n u times sums that are at most n: the cut-off sees to that.
        assert np.abs(p.sum(axis=-1) - 1).max() <= 4 * n**2 * U

    @given(tables)
    def test_optimality_conditions(self, z):
        """On the support z - p is one constant, off it at most that constant."""
        p = sparsemax(z)
        for zi, pi in zip(z, p, strict=True):
            thresholds = (zi - pi)[pi > 0]
            slack = 8 * len(zi) ** 2 * U + 4 * U * np.abs(zi).max()
            assert np.ptp(thresholds) <= slack
            assert (zi[pi == 0] <= thresholds.min() + slack).all()

    @given(rows, st.integers(-1000, 1000))
    def test_does_not_notice_a_shift(self, z, shift):
        moved = z + shift
        # The shift itself rounds z to within u |z + shift|; the projection never expands (factor
        # sqrt(n)), and then come its own rounding errors.
        bound = np.sqrt(len(z)) * (2 * U * np.abs(moved).max() * np.sqrt(len(z))) + 8 * 144 * U
        assert np.abs(sparsemax(moved) - sparsemax(z)).max() <= bound

    def test_two_classes_are_a_ramp(self):
        t = np.array([-3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0])
        z = np.stack([t, np.zeros_like(t)], axis=-1)
        np.testing.assert_array_equal(sparsemax(z)[:, 0], np.clip((t + 1) / 2, 0, 1))

    def test_known_values(self):
        np.testing.assert_array_equal(sparsemax([0, 0, 0, 0]), [0.25] * 4)
        np.testing.assert_array_equal(sparsemax([1e300, -1e300]), [1, 0])
        np.testing.assert_array_equal(sparsemax([5.0]), [1])

    def test_masked_class_gets_zero(self):
        np.testing.assert_array_equal(sparsemax([1.0, -np.inf, 1.0]), [0.5, 0, 0.5])

    def test_nan_stays_in_its_row(self):
        p = sparsemax([[0.0, np.nan, 9.0], [2.0, 1.5, 0.0]])
        assert np.isnan(p[0]).all()
        np.testing.assert_array_equal(p[1], [0.75, 0.25, 0])

    @given(hnp.arrays(float, (2, 3, 4), elements=finite), st.integers(-3, 2))
    def test_axis(self, z, axis):
        expected = np.apply_along_axis(sparsemax, axis, z)
        np.testing.assert_array_equal(sparsemax(z, axis=axis), expected)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_keeps_dtype(self, dtype):
        assert sparsemax(np.array([2.0, 1.5], dtype)).dtype == dtype
        assert sparsemax(np.array([2, 1], np.uint8)).dtype == np.float64

    def test_leaves_its_input_alone(self):
        z = np.array([2.0, 1.5, -np.inf])
        before = z.copy()
        sparsemax(z)
        np.testing.assert_array_equal(z, before)

    @pytest.mark.parametrize(
        ("z", "error", "words"),
        [
            (1.0, ValueError, "0-d"),
            ([], ValueError, "no classes"),
            ([np.inf, 0.0], ValueError, r"\+inf"),
            ([[0.0, 1.0], [-np.inf, -np.inf]], ValueError, "masked"),
            ([True, False], TypeError, "bool"),
            (["a"], TypeError, "real numbers"),
            ([1j], TypeError, "complex"),
            (np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, "masked array"),
            ([None], TypeError, "object"),
        ],
    )
    def test_bad_input(self, z, error, words):
        with pytest.raises(error, match=words):
            sparsemax(z)


def cut(z, sizes):
    """Cut the last axis into blocks of the given sizes, the last taking what is left."""
    borders = np.cumsum(sizes)
    return [b for b in np.split(z, borders[borders < z.shape[-1]], axis=-1) if b.shape[-1]]


def lse_bound(z):
    """Rounding error that any order of summation keeps to (every term at most 1, n of them)."""
    n = z.shape[-1]
    finite_part = np.where(np.isfinite(z), z, 0.0)
    return U * (3 * np.abs(finite_part).max() + 2 * np.ptp(finite_part) + 4 * n + 10)


class TestOnline:
    @given(tables, st.lists(st.integers(1, 5), min_size=1, max_size=6))
    def test_same_as_all_at_once(self, z, sizes):
        state = OnlineLogSumExp(cut(z, sizes))
        assert np.abs(state.value - logsumexp(z)).max() <= lse_bound(z)

    @given(masked_rows, st.lists(st.integers(1, 5), min_size=1, max_size=6))
    def test_probabilities_with_masked_classes(self, z, sizes):
        p = np.concatenate(list(online_softmax(cut(z, sizes))))
        expected = softmax(z)
        np.testing.assert_array_equal(p == 0, expected == 0)
        # Relative error of exp is its argument's absolute error, plus that of the sum.
        assert (np.abs(p - expected) <= 3 * lse_bound(z) * expected).all()

    @given(tables, st.integers(0, 12))
    def test_merge(self, z, border):
        left = OnlineLogSumExp(cut(z[:, :border], [4]) if border else [])
        right = OnlineLogSumExp(cut(z[:, border:], [3]) if border < z.shape[1] else [])
        merged = left.merge(right)
        assert merged is left
        assert np.abs(merged.value - logsumexp(z)).max() <= lse_bound(z)

    def test_order_of_extremes(self):
        for blocks in itertools.permutations([[-np.inf], [-1e308], [1e308], [0.0]]):
            assert OnlineLogSumExp(blocks).value == 1e308

    def test_nothing_read(self):
        assert OnlineLogSumExp().value == -np.inf
        assert OnlineLogSumExp([[-np.inf], [-np.inf]]).value == -np.inf

    def test_nan_stays_in_its_row(self):
        value = OnlineLogSumExp([[[0.0], [np.nan]], [[0.0], [1.0]]]).value
        assert value[0] == pytest.approx(np.log(2), rel=4 * U)
        assert np.isnan(value[1])

    def test_keeps_dtype_of_blocks(self):
        blocks = [np.array([2.0, 1.0], np.float32), np.array([0.5], np.float32)]
        assert {p.dtype for p in online_softmax(blocks)} == {np.dtype(np.float32)}

    def test_needs_one_block_of_memory(self):
        class Blocks:
            """A million logits, of which only a thousand exist at any time."""

            def __iter__(self):
                rng = np.random.default_rng(0)
                return (rng.normal(size=1000) for _ in range(1000))

        tracemalloc.start()
        total = sum(float(p.sum()) for p in online_softmax(Blocks()))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == pytest.approx(1, rel=1e6 * U)
        assert peak < 1_000_000 * 8 / 20

    def test_one_pass_iterator_is_refused(self):
        with pytest.raises(TypeError, match="only once"):
            online_softmax(np.ones(2) for _ in range(3))

    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            (lambda: online_softmax([]), ValueError, "blocks is empty"),
            (lambda: online_softmax([[-np.inf], [-np.inf]]), None, None),
            (lambda: OnlineLogSumExp([[]]), ValueError, "no classes"),
            (lambda: OnlineLogSumExp([1.0]), ValueError, "0-d"),
            (lambda: OnlineLogSumExp([[np.inf]]), ValueError, r"\+inf"),
            (lambda: OnlineLogSumExp([[True]]), TypeError, "bool"),
            (lambda: OnlineLogSumExp([np.ones((2, 3)), np.ones((3, 3))]), ValueError, r"\(3,\)"),
            (lambda: OnlineLogSumExp().probs([1.0]), ValueError, "no block"),
            (lambda: OnlineLogSumExp([[0.0]]).probs([1.0]), ValueError, "larger than any"),
            (lambda: OnlineLogSumExp().merge(3), TypeError, "int"),
            (
                lambda: OnlineLogSumExp([[0.0]]).merge(OnlineLogSumExp([[[0.0]]])),
                ValueError,
                "batch shape",
            ),
        ],
    )
    def test_bad_input(self, call, error, words):
        if error is None:  # raised when the second pass starts
            with pytest.raises(ValueError, match="masked"):
                list(call())
        else:
            with pytest.raises(error, match=words):
                call()


class TestTopK:
    @given(tables, st.data())
    def test_is_softmax_over_the_k_largest(self, z, data):
        k = data.draw(st.integers(1, z.shape[-1]))
        p = top_k_probs(z, k)
        for zi, pi in zip(z, p, strict=True):
            kept = sorted(range(len(zi)), key=lambda j: (-zi[j], j))[:k]
            expected = np.zeros(len(zi))
            expected[kept] = softmax(zi[kept])
            # Two orders of summation of k terms.
            np.testing.assert_allclose(pi, expected, rtol=4 * k * U, atol=0)

    def test_ties_keep_exactly_k(self):
        np.testing.assert_array_equal(top_k_probs([1.0, 1.0, 1.0], 2), [0.5, 0.5, 0])

    def test_edges(self):
        z = np.array([0.3, -1.0, 2.0])
        np.testing.assert_array_equal(top_k_probs(z, 3, 0.7), softmax(z, temperature=0.7))
        np.testing.assert_array_equal(top_k_probs(z, 1, 0.7), [0, 0, 1])
        np.testing.assert_array_equal(top_k_probs([-np.inf, 0.0, -np.inf], 2), [0, 1, 0])

    def test_nan_stays_in_its_row(self):
        p = top_k_probs([[np.nan, 1.0, 0.0], [0.0, 0.0, -1.0]], 2)
        assert np.isnan(p[0]).all()
        np.testing.assert_array_equal(p[1], [0.5, 0.5, 0])

    def test_float32_is_kept(self):
        assert top_k_probs(np.ones(3, np.float32), 2).dtype == np.float32

    @pytest.mark.parametrize(
        ("k", "error"), [(0, ValueError), (4, ValueError), (1.5, TypeError), (True, TypeError)]
    )
    def test_bad_k(self, k, error):
        with pytest.raises(error, match="k must be"):
            top_k_probs([1.0, 2.0, 3.0], k)


class TestTopP:
    @given(masked_rows, st.floats(0.01, 0.99))
    def test_keeps_the_fewest_that_reach_p(self, z, p):
        kept = np.flatnonzero(top_p_probs(z, p) > 0)
        full = softmax(z)
        slack = 4 * len(z) * U
        assert full[kept].sum() >= p - slack
        assert full[kept].sum() - full[kept].min() < p + slack
        assert full[kept].min() >= np.delete(full, kept).max(initial=0)

    @given(masked_rows, st.floats(0.01, 1.0))
    def test_ratios_do_not_change(self, z, p):
        probs = top_p_probs(z, p)
        kept = probs > 0
        np.testing.assert_allclose(probs[kept], softmax(z[kept]), rtol=4 * len(z) * U)

    def test_edges(self):
        z = np.array([0.0, -40.0, 0.0])  # the first and last alone sum to 1 when rounded
        np.testing.assert_array_equal(top_p_probs(z, 1), softmax(z))
        np.testing.assert_array_equal(top_p_probs(z, 1e-300), [1, 0, 0])
        np.testing.assert_array_equal(top_p_probs([1.0], 0.5), [1])

    def test_higher_temperature_keeps_more(self):
        z = np.linspace(3, 0, 7)
        counts = [np.count_nonzero(top_p_probs(z, 0.8, t)) for t in (0.1, 1, 10)]
        assert counts == sorted(set(counts))

    def test_nan_stays_in_its_row(self):
        p = top_p_probs([[np.nan, 1.0], [0.0, -9.0]], 0.5)
        assert np.isnan(p[0]).all()
        np.testing.assert_array_equal(p[1], [1, 0])

    @pytest.mark.parametrize("p", [0, -0.1, 1.1, np.nan])
    def test_p_out_of_range(self, p):
        with pytest.raises(ValueError, match="p must be"):
            top_p_probs([1.0, 2.0], p)

    @pytest.mark.parametrize("p", [True, "0.5", [0.5], 1j])
    def test_p_of_wrong_type(self, p):
        with pytest.raises(TypeError, match="p must be"):
            top_p_probs([1.0, 2.0], p)


def attention_bounds(q, k, v, mask=0.0):
    """How far two orders of the same sums may lie apart, for the output and for the weights."""
    n, d = k.shape
    # d products, their sum, the root of d and the division by it, in either order.
    of_scores = 2 * (d + 3) * U * (np.abs(q) @ np.abs(k).T) / np.sqrt(d)
    scores = q @ k.T / np.sqrt(d) + mask
    weights = softmax(scores)
    # Scores changed by at most e change a weight by a factor of at most exp(2 e).
    of_weights = weights * np.expm1(2 * of_scores.max(axis=-1, keepdims=True))
    of_weights += 2 * softmax_error_bound(scores)
    of_output = (of_weights + 2 * n * U * (weights + of_weights)) @ np.abs(v)
    return of_output, of_weights


class TestAttention:
    @given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
    def test_is_a_weighted_mean(self, m, n, d, seed):
        rng = np.random.default_rng(seed)
        q, k, v = rng.normal(size=(m, d)), rng.normal(size=(n, d)), rng.normal(size=(n, 3))
        output, weights = attention(q, k, v)
        of_output, of_weights = attention_bounds(q, k, v)
        for i in range(m):
            expected = softmax([q[i] @ k[j] / np.sqrt(d) for j in range(n)])
            assert (np.abs(weights[i] - expected) <= of_weights[i]).all()
            mean = sum(weights[i, j] * v[j] for j in range(n))
            assert (np.abs(output[i] - mean) <= of_output[i]).all()

    @given(st.integers(1, 6), st.integers(0, 2**32 - 1))
    def test_causal_mask_hides_the_future(self, n, seed):
        rng = np.random.default_rng(seed)
        q, k, v = rng.normal(size=(3, n, 4))
        output, weights = attention(q, k, v, causal_mask(n))
        assert (weights[np.triu_indices(n, 1)] == 0).all()
        of_output, _ = attention_bounds(q, k, v, causal_mask(n))
        for length in range(1, n):
            short, _ = attention(q[:length], k[:length], v[:length], causal_mask(length))
            assert (np.abs(short - output[:length]) <= of_output[:length]).all()

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
