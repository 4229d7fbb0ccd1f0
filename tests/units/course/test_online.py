"""Log-sum-exp and softmax of a stream of blocks."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numerics_cases import masked_rows, tables

from softmax_course.numerics.functional import logsumexp, softmax
from softmax_course.numerics.online import OnlineLogSumExp, online_softmax

U = np.finfo(float).eps / 2


def cut(z, sizes):
    """Cut the last axis into blocks of the given sizes, the last taking what is left."""
    borders = np.cumsum(sizes)
    return [b for b in np.split(z, borders[borders < z.shape[-1]], axis=-1) if b.shape[-1]]


def lse_bound(z):
    """Bound the rounding error of log-sum-exp for any order of summation."""
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
        with pytest.raises(error, match=words):
            call()

    def test_a_row_of_only_masked_classes_is_refused_in_the_second_pass(self):
        probs = online_softmax([[-np.inf], [-np.inf]])
        with pytest.raises(ValueError, match="masked"):
            next(probs)
