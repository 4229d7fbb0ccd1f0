"""Sampling by a draft and without repetition, compared with exact probabilities."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numerics_cases import masked_rows
from scipy import stats

from softmax_course.numerics.functional import softmax
from softmax_course.numerics.sampling import (
    gumbel_top_k,
    inverse_cdf,
    plackett_luce_log_prob,
    speculative_sample,
)

DRAWS = 20_000
# Seeds are fixed, so a test either always passes or never does; of a correct sampler a fresh seed
# would be refused this often.
SIGNIFICANCE = 1e-6


def check_frequencies(outcomes, probs):
    """Refuse outcomes by Pearson's test; those of probability 0 must not occur at all."""
    counts = np.bincount(outcomes, minlength=len(probs))
    probs = np.asarray(probs)
    assert counts[probs == 0].sum() == 0
    possible = probs > 0
    expected = probs[possible] / probs.sum() * len(outcomes)
    assert expected.min() >= 5  # what the test asks for
    assert stats.chisquare(counts[possible], expected).pvalue > SIGNIFICANCE


class TestInverseCdf:
    def test_weights_of_zero_are_passed(self):
        u = np.array([0, 0.25, 0.5, np.nextafter(1, 0)])
        np.testing.assert_array_equal(inverse_cdf(np.array([0, 1.0, 0, 3, 0]), u), [1, 3, 3, 3])
        # The product of the smallest number rounds up to it, which is the total.
        assert inverse_cdf(np.array([5e-324, 0.0]), np.array([0.9])) == 0

    @given(masked_rows, st.floats(0, 1, exclude_max=True))
    def test_is_the_class_where_the_sum_passes_u(self, z, u):
        p = softmax(z)
        token = int(inverse_cdf(p, np.array([u]))[0])
        slack = len(p) * np.finfo(float).eps
        assert p[token] > 0
        assert p[:token].sum() - slack <= u <= p[: token + 1].sum() + slack


class TestSpeculativeSample:
    P = np.array([0.5, 0.2, 0.0, 0.3])

    @pytest.mark.parametrize(
        "q",
        [
            [0.1, 0.6, 0.2, 0.1],
            [0.0, 0.0, 1.0, 0.0],  # never accepted
            [0.5, 0.2, 0.0, 0.3],  # always accepted
            [0.0, 0.5, 0.0, 0.5],  # does not hold all that the target does
        ],
    )
    @pytest.mark.parametrize("seed", range(5))
    def test_has_the_target_distribution_whatever_the_draft(self, q, seed):
        tokens, accepted = speculative_sample(self.P, q, seed, size=DRAWS)
        check_frequencies(tokens, self.P)
        rate = np.minimum(self.P, q).sum()
        assert stats.binomtest(int(accepted.sum()), DRAWS, min(rate, 1)).pvalue > SIGNIFICANCE

    def test_kept_tokens_are_distributed_as_the_smaller_of_the_two(self):
        q = np.array([0.1, 0.6, 0.2, 0.1])
        tokens, accepted = speculative_sample(self.P, q, 0, size=DRAWS)
        check_frequencies(tokens[accepted], np.minimum(self.P, q))
        check_frequencies(tokens[~accepted], np.maximum(self.P - q, 0))

    def test_equal_distributions_accept_every_draft(self):
        assert speculative_sample(self.P, self.P, 1, size=DRAWS)[1].all()

    def test_rows_are_independent_and_size_comes_first(self):
        p = np.array([[[1.0, 0], [0, 1.0]], [[0, 1.0], [1.0, 0]], [[0, 1.0], [0, 1.0]]])
        tokens, accepted = speculative_sample(p, np.full(p.shape, 0.5), 3, size=(4, 5))
        assert tokens.shape == accepted.shape == (4, 5, 3, 2)
        np.testing.assert_array_equal(tokens, np.broadcast_to(p.argmax(-1), (4, 5, 3, 2)))

    def test_one_draw_is_a_scalar(self):
        token, accepted = speculative_sample([0.0, 1.0], [1.0, 0.0], 0)
        assert (token, accepted) == (1, False)
        assert np.ndim(token) == np.ndim(accepted) == 0
        assert speculative_sample([0.0, 1.0], [1.0, 0.0], size=0)[0].shape == (0,)
        assert speculative_sample(np.ones((0, 1)), np.ones((0, 1)), 0)[0].shape == (0,)

    def test_rows_that_differ_by_rounding_alone(self):
        # Every probability is smaller than the draft's: nothing is left to draw anew from.
        p = np.array([0.25, 0.75]) * (1 - 5e-7)
        tokens, _ = speculative_sample(p, [0.25, 0.75], 0, size=DRAWS)
        check_frequencies(tokens, p)
        a, b = softmax(np.array([[0.1, 0.2, 0.3], [100.1, 100.2, 100.3]], np.float32))
        check_frequencies(speculative_sample(a, b, 0, size=DRAWS)[0], a.astype(float))

    def test_tiny_draft_probabilities(self):
        q = [5e-324, 1.0]
        np.testing.assert_array_equal(speculative_sample([1.0, 0], q, 0, size=100)[0], 0)

    def test_seed_and_generator(self):
        q = [0.25] * 4
        first = speculative_sample(self.P, q, 7, size=50)
        generator = np.random.default_rng(7)
        again = speculative_sample(self.P, q, generator, size=50)
        np.testing.assert_array_equal(first, again)
        assert (speculative_sample(self.P, q, generator, size=50)[0] != first[0]).any()

    @pytest.mark.parametrize(
        ("p", "q", "message"),
        [
            ([0.5, 0.5], [0.3, 0.3, 0.4], "draft_probs of shape"),
            ([2.0, 1.0], [0.5, 0.5], "target_probs must sum to 1.*apply softmax"),
            ([0.5, 0.5], [0.5, 0.4], "draft_probs must sum to 1"),
            ([1.5, -0.5], [0.5, 0.5], "target_probs must not be negative"),
            ([math.nan, 0.5], [0.5, 0.5], "target_probs must sum to 1"),
            (1.0, 1.0, "target_probs must have at least one axis"),
            ([], [], "target_probs has no classes"),
        ],
    )
    def test_what_is_no_distribution(self, p, q, message):
        with pytest.raises(ValueError, match=message):
            speculative_sample(p, q)

    @pytest.mark.parametrize("seed", [1.5, "0", True, np.random.RandomState(0)])
    def test_seeds_of_another_kind(self, seed):
        with pytest.raises(TypeError, match="random_state must be"):
            speculative_sample([1.0], [1.0], seed)

    @pytest.mark.parametrize(
        ("argument", "error"),
        [
            ({"random_state": -1}, ValueError),
            ({"size": -1}, ValueError),
            ({"size": (2, -1)}, ValueError),
            ({"size": 1.5}, TypeError),
            ({"size": "3"}, TypeError),
        ],
    )
    def test_bad_arguments(self, argument, error):
        with pytest.raises(error, match=f"{next(iter(argument))} must be"):
            speculative_sample([1.0], [1.0], **argument)


def plackett_luce(z, order):
    """Take classes one by one from what is left, renormalising each time."""
    prob, left = 1.0, list(range(len(z)))
    for i in order:
        prob *= softmax(np.array(z)[left])[left.index(i)]
        left.remove(i)
    return prob


class TestGumbelTopK:
    Z = np.array([1.0, 0.0, -np.inf, -0.5])

    @pytest.mark.parametrize("k", [1, 2, 3])
    @pytest.mark.parametrize("seed", range(5))
    def test_orders_are_as_likely_as_plackett_luce_says(self, k, seed):
        orders = list(itertools.permutations(range(4), k))
        draws = gumbel_top_k(self.Z, k, seed, size=DRAWS)
        outcomes = np.array([orders.index(tuple(draw)) for draw in draws.tolist()])
        check_frequencies(
            outcomes, [0 if 2 in order else plackett_luce(self.Z, order) for order in orders]
        )

    def test_shape_rows_and_seed(self):
        z = np.array([[[0.0, 1000, 500]], [[1000.0, 0, 500]]])  # noise is far smaller
        draws = gumbel_top_k(z, 2, 0, size=(4, 5))
        expected = [[[1, 2]], [[0, 2]]]
        np.testing.assert_array_equal(draws, np.broadcast_to(expected, (4, 5, 2, 1, 2)))
        assert gumbel_top_k(np.zeros((0, 3)), 2).shape == (0, 2)
        first = gumbel_top_k(self.Z, 2, 7, size=9)
        np.testing.assert_array_equal(
            first, gumbel_top_k(self.Z, 2, np.random.default_rng(7), size=9)
        )

    @pytest.mark.parametrize(
        ("z", "k", "message"),
        [
            ([0.0, 1.0], 3, "k must be an integer from 1 to 2"),
            ([0.0, 1.0], 0, "k must be an integer from 1 to 2"),
            ([[0.0, 1.0], [0.0, -np.inf]], 2, "k must be at most .* 1, got 2"),
            ([np.nan, 1.0], 1, "must not hold NaN"),
            ([np.inf, 1.0], 1, "inf"),
            ([-np.inf, -np.inf], 1, "every class is masked"),
        ],
    )
    def test_what_cannot_be_drawn(self, z, k, message):
        with pytest.raises(ValueError, match=message):
            gumbel_top_k(z, k)


class TestPlackettLuce:
    @given(masked_rows, st.data())
    def test_agrees_with_drawing_one_by_one(self, z, data):
        possible = np.flatnonzero(np.isfinite(z)).tolist()
        order = data.draw(st.permutations(possible))[: data.draw(st.integers(1, len(possible)))]
        # The reference rounds each of at most 12 factors by some n units.
        np.testing.assert_allclose(
            np.exp(plackett_luce_log_prob(z, order)),
            plackett_luce(z, order),
            rtol=1e-12,  # exponents of up to a thousand nats, each rounded
            atol=np.finfo(float).tiny,
        )

    @given(st.integers(1, 4), st.data())
    def test_probabilities_of_all_orders_sum_to_one(self, n, data):
        z = np.array(data.draw(st.lists(st.floats(-5, 5), min_size=n, max_size=n)))
        k = data.draw(st.integers(1, n))
        orders = np.array(list(itertools.permutations(range(n), k)))
        probs = np.exp(plackett_luce_log_prob(np.tile(z, (len(orders), 1)), orders))
        assert abs(probs.sum() - 1) <= 100 * np.finfo(float).eps  # some 4 k roundings each

    def test_masked_classes_are_never_drawn(self):
        z = [[0.0, -np.inf, -np.inf]] * 3
        orders = [[0, 1], [1, 0], [1, 2]]
        np.testing.assert_array_equal(plackett_luce_log_prob(z, orders), -np.inf)
        assert plackett_luce_log_prob([0.0, -np.inf], [0]) == 0

    def test_an_almost_certain_order_keeps_its_digits(self):
        # -log1p(e^-40) of the first class; the second is then alone.
        assert plackett_luce_log_prob([100.0, 60.0], [0, 1]) == -math.log1p(math.exp(-40))

    @pytest.mark.parametrize(
        ("order", "error", "message"),
        [
            ([0, 0], ValueError, "twice"),
            ([0, 3], ValueError, "between 0 and 2"),
            ([-1], ValueError, "between 0 and 2"),
            ([[0, 1]], ValueError, "order of shape"),
            (0, ValueError, "order of shape"),
            ([0.0], TypeError, "integers"),
        ],
    )
    def test_what_is_no_order(self, order, error, message):
        with pytest.raises(error, match=message):
            plackett_luce_log_prob([0.0, 1.0, 2.0], order)
