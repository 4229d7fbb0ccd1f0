"""What decoding makes of logits: rules, their order, penalties, constraints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numerics_cases import masked_rows, tables

from softmax_course.numerics.decoding import (
    constrain_logits,
    decoding_probs,
    min_p_probs,
    penalize_repetition,
    top_k_probs,
    top_p_probs,
)
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


class TestMinP:
    @given(masked_rows, st.floats(0.01, 1), st.floats(0.1, 10))
    def test_keeps_what_is_p_times_as_likely_as_the_top(self, z, p, temperature):
        full = softmax(z, temperature=temperature)
        probs = min_p_probs(z, p, temperature)
        ratio = full / full.max()
        slack = 2000 * U  # exponents of up to 1000, rounded
        assert (ratio[probs > 0] >= p * (1 - slack)).all()
        assert (ratio[probs == 0] < p * (1 + slack)).all()
        kept = probs > 0
        np.testing.assert_allclose(
            probs[kept], softmax(z[kept], temperature=temperature), rtol=4 * len(z) * U
        )

    @given(masked_rows, st.floats(0.01, 0.99))
    def test_unlikely_classes_do_not_move_the_threshold(self, z, p):
        more = np.append(z, np.full(50, z.max() - 100))
        np.testing.assert_array_equal(min_p_probs(more, p)[: len(z)] > 0, min_p_probs(z, p) > 0)

    def test_edges(self):
        np.testing.assert_array_equal(min_p_probs([1.0, 1.0, 0.999], 1), [0.5, 0.5, 0])
        np.testing.assert_array_equal(min_p_probs([0.0, -1e300], 1e-300, 1e-300), [1, 0])
        np.testing.assert_array_equal(min_p_probs([1e308, -1e308], 0.5), [1, 0])
        assert min_p_probs(np.ones(3, np.float32), 0.5).dtype == np.float32

    def test_nan_stays_in_its_row(self):
        p = min_p_probs([[np.nan, 1.0], [0.0, -9.0]], 0.5)
        assert np.isnan(p[0]).all()
        np.testing.assert_array_equal(p[1], [1, 0])

    @pytest.mark.parametrize("p", [0, -0.1, 1.1, np.nan])
    def test_p_out_of_range(self, p):
        with pytest.raises(ValueError, match="p must be"):
            min_p_probs([1.0, 2.0], p)

    @pytest.mark.parametrize("f", [top_p_probs, min_p_probs])
    def test_input_that_softmax_refuses(self, f):
        with pytest.raises(ValueError, match="every class is masked"):
            f([-np.inf, -np.inf], 0.5)
        with pytest.raises(ValueError, match="inf"):
            f([np.inf, 0.0], 0.5)
        with pytest.raises(ValueError, match="temperature must be"):
            f([1.0, 0.0], 0.5, 0)


class TestDecodingProbs:
    @given(tables, st.floats(0.1, 10), st.floats(0.01, 1))
    def test_a_rule_after_the_temperature_is_the_function(self, z, temperature, p):
        start = [("temperature", temperature)]
        for name, f, value in [
            ("top_k", top_k_probs, z.shape[-1]),
            ("top_k", top_k_probs, 1),
            ("top_p", top_p_probs, p),
            ("min_p", min_p_probs, p),
        ]:
            np.testing.assert_array_equal(
                decoding_probs(z, [*start, (name, value)]), f(z, value, temperature)
            )

    def test_no_rules_is_softmax(self):
        z = np.array([[0.0, 1.0], [3.0, -np.inf]])
        np.testing.assert_array_equal(decoding_probs(z, []), softmax(z))

    def test_order_matters(self):
        z = np.array([3.0, 2.0, 1.0, 0.0])  # 0.644, 0.237, 0.087, 0.032
        kept = lambda *rules: np.count_nonzero(decoding_probs(z, rules))  # noqa: E731
        assert kept(("top_k", 3), ("top_p", 0.9)) == 2
        assert kept(("top_p", 0.9), ("top_k", 3)) == 3
        assert kept(("temperature", 2.0), ("top_p", 0.6)) == 2
        assert kept(("top_p", 0.6), ("temperature", 2.0)) == 1
        assert kept(("temperature", 2.0), ("min_p", 0.3)) == 3
        assert kept(("min_p", 0.3), ("temperature", 2.0)) == 2

    @given(masked_rows, st.floats(0.01, 1), st.data())
    def test_what_may_change_places(self, z, p, data):
        k = data.draw(st.integers(1, len(z)))
        for other in [("min_p", p), ("temperature", p)]:
            rules = [("top_k", k), other]
            np.testing.assert_array_equal(decoding_probs(z, rules), decoding_probs(z, rules[::-1]))

    def test_logits_that_the_largest_makes_equal_keep_their_order(self):
        z = [0.0, 1e-20, 50.0]  # less 50 the first two are the same number
        for rules in ([("temperature", 0.5), ("top_k", 2)], [("top_k", 2), ("temperature", 0.5)]):
            assert decoding_probs(z, rules)[0] == 0

    def test_temperatures_multiply(self):
        z = [0.0, 1.0, 3.0]
        rules = [("temperature", 2.0), ("top_k", 3), ("temperature", 0.25)]
        np.testing.assert_array_equal(decoding_probs(z, rules), softmax(z, temperature=0.5))
        with pytest.raises(ValueError, match="product of temperatures must be"):
            decoding_probs(z, [("temperature", 1e-200)] * 2)

    def test_a_mask_is_kept_and_rows_are_independent(self):
        z = [[0.0, -np.inf, 1.0], [np.nan, 0.0, 0.0]]
        rules = [("temperature", 0.5), ("top_k", 3), ("top_p", 1), ("min_p", 0.01)]
        p = decoding_probs(z, rules)
        np.testing.assert_array_equal(p[0], softmax(z[0], temperature=0.5))
        assert np.isnan(p[1]).all()

    def test_dtype_is_kept(self):
        for dtype in (np.float16, np.float32):
            z = np.array([1.0, 2.0], dtype)
            p = decoding_probs(z, [("temperature", 0.5)])
            assert p.dtype == dtype
            np.testing.assert_array_equal(p, softmax(z, temperature=0.5))

    def test_logits_near_the_largest_float(self):
        np.testing.assert_array_equal(
            decoding_probs([1e308, -1e308], [("temperature", 1e-300), ("top_p", 0.5)]), [1, 0]
        )

    @pytest.mark.parametrize(
        ("rules", "error", "message"),
        [
            ([("beam", 3)], ValueError, "temperature, top_k, top_p, min_p, got 'beam'"),
            ([("top_k", 3)], ValueError, "k must be an integer from 1 to 2"),
            ([("top_p", 0)], ValueError, "p must be greater than 0"),
            ([("temperature", -1)], ValueError, "temperature must be positive"),
            ([("top_k", 1, 2)], TypeError, "one parameter, got 2"),
            ([("top_k",)], TypeError, "one parameter, got 0"),
            (["top_k"], TypeError, "pairs of a name and a parameter"),
            ("top_k", TypeError, "pairs of a name and a parameter"),
            ([3], TypeError, "pairs of a name and a parameter"),
            (("top_k", 1), TypeError, "pairs of a name and a parameter"),
            ([(1, "top_k")], TypeError, "name of a rule must be a text"),
        ],
    )
    def test_bad_rules(self, rules, error, message):
        with pytest.raises(error, match=message):
            decoding_probs([0.0, 1.0], rules)


class TestPenalizeRepetition:
    @given(tables, st.floats(0.5, 4), st.data())
    def test_divides_above_zero_and_multiplies_below(self, z, penalty, data):
        n = z.shape[-1]
        tokens = [data.draw(st.lists(st.integers(0, n - 1), min_size=3, max_size=3)) for _ in z]
        expected = z.copy()
        for row, occurred in zip(expected, tokens, strict=True):
            for i in set(occurred):
                row[i] = row[i] / penalty if row[i] > 0 else row[i] * penalty
        np.testing.assert_array_equal(penalize_repetition(z, tokens, penalty), expected)

    def test_no_tokens_and_no_penalty(self):
        z = np.array([1.0, -2.0, -np.inf])
        np.testing.assert_array_equal(penalize_repetition(z, [], 3.0), z)
        np.testing.assert_array_equal(penalize_repetition(z, [0, 1, 2], 1.0), z)
        np.testing.assert_array_equal(penalize_repetition(z, [1, 2], 2.0), [1, -4, -np.inf])
        np.testing.assert_array_equal(z, [1, -2, -np.inf])  # it is left as it was

    def test_is_not_invariant_under_a_shift(self):
        z = np.array([2.0, 1.0])
        p = [softmax(penalize_repetition(z + c, [0], 2.0))[0] for c in (-2.0, 0.0, 10.0)]
        assert p[0] == softmax(z)[0]  # a logit of 0 is never penalised
        assert p[0] > p[1] > p[2]

    def test_a_penalty_beyond_float32(self):
        z = penalize_repetition(np.array([1.0, -1.0, 0.0], np.float32), [0, 1, 2], 1e300)
        np.testing.assert_array_equal(z, np.array([0, -np.inf, 0], np.float32))

    @pytest.mark.parametrize(
        ("tokens", "penalty", "error", "message"),
        [
            ([2], 2.0, ValueError, "tokens must lie between 0 and 1"),
            ([-1], 2.0, ValueError, "tokens must lie between 0 and 1"),
            ([[0]], 2.0, ValueError, "tokens of shape"),
            (0, 2.0, ValueError, "tokens of shape"),
            ([0.0], 2.0, TypeError, "tokens must be integers"),
            ([0], 0, ValueError, "penalty must be positive"),
            ([0], "2", TypeError, "penalty must be"),
        ],
    )
    def test_bad_arguments(self, tokens, penalty, error, message):
        with pytest.raises(error, match=message):
            penalize_repetition([1.0, 2.0], tokens, penalty)


class TestConstrainLogits:
    @given(tables, st.data())
    def test_allowed_classes_keep_their_ratios(self, z, data):
        n = z.shape[-1]
        allowed = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n).filter(any)))
        p = softmax(constrain_logits(z, allowed))
        assert (p[:, ~allowed] == 0).all()
        np.testing.assert_allclose(p[:, allowed], softmax(z[:, allowed]), rtol=4 * n * U)

    def test_a_mask_for_each_row(self):
        z = constrain_logits(np.zeros((2, 2), np.float32), [[True, False], [False, True]])
        np.testing.assert_array_equal(z, [[0, -np.inf], [-np.inf, 0]])
        assert z.dtype == np.float32

    @pytest.mark.parametrize(
        ("z", "allowed", "message"),
        [
            ([0.0, 1.0], [False, False], "no class is allowed"),
            ([0.0, -np.inf], [False, True], "no class is allowed"),
            ([[0.0, 1.0], [0.0, -np.inf]], [False, True], r"no class is allowed in row \(1,\)"),
            ([0.0, 1.0], [True], "allowed of shape"),
            ([0.0, 1.0], [[True, True]], "allowed of shape"),
        ],
    )
    def test_what_leaves_nothing_or_does_not_match(self, z, allowed, message):
        with pytest.raises(ValueError, match=message):
            constrain_logits(z, allowed)

    @pytest.mark.parametrize("allowed", [[0, 1], [0.0, 1.0], np.ma.masked_array([True, True])])
    def test_indices_are_refused(self, allowed):
        with pytest.raises(TypeError, match="True or False"):
            constrain_logits([0.0, 1.0], allowed)
