"""Sparsemax: the projection onto the simplex, its optimality conditions and bad input."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numerics_cases import finite, rows, tables

from softmax_course.numerics.sparsemax import sparsemax

U = np.finfo(float).eps / 2


def sparsemax_by_support(z):
    """Project onto the simplex by trying every support: the definition, without sorting."""
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
        # tau errs by at most n u times the sums, at most n since logits are cut off at -1.
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
    def test_is_invariant_under_a_common_shift(self, z, shift):
        moved = z + shift
        # The shift itself rounds z to within u |z + shift|; the projection never expands (factor
        # sqrt(n)), and then come its own rounding errors.
        bound = np.sqrt(len(z)) * (2 * U * np.abs(moved).max() * np.sqrt(len(z))) + 8 * 144 * U
        assert np.abs(sparsemax(moved) - sparsemax(z)).max() <= bound

    def test_two_classes_are_a_clipped_linear_function(self):
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

    def test_does_not_change_its_input(self):
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
