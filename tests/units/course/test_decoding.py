"""Top-k and top-p probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numerics_cases import masked_rows, tables

from softmax_course.numerics.decoding import top_k_probs, top_p_probs
from softmax_course.numerics.functional import softmax

U = np.finfo(float).eps / 2


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
