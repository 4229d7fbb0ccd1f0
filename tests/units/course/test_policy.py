"""Policies: gradients, baselines, group advantages, the regularised optimum, preferences."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softmax_course.numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from softmax_course.numerics.losses import kl_divergence
from softmax_course.numerics.policy import (
    expected_reward_grad,
    group_advantages,
    kl_regularized_policy,
    optimal_baseline,
    policy_gradient_variance,
)
from softmax_course.numerics.preferences import dpo_loss, dpo_loss_grad
from softmax_course.verification.differences import complex_softmax, complex_step

U = np.finfo(float).eps / 2
# Logits and rewards of a few units, so that some n roundings of numbers below 50 stay below this.
ATOL = 1e-13
numbers = st.floats(-5, 5)


@st.composite
def bandits(draw, most=6):
    shape = draw(st.integers(1, most))
    return tuple(draw(hnp.arrays(float, shape, elements=numbers)) for _ in range(2))


def estimates(z, r, b):
    """All estimates of the gradient from one action, written out."""
    p = softmax(z)
    return np.array([(r[a] - b) * (np.eye(len(z))[a] - p) for a in range(len(z))])


class TestExpectedReward:
    @given(bandits())
    def test_is_the_derivative(self, bandit):
        z, r = bandit
        np.testing.assert_allclose(
            expected_reward_grad(z, r), complex_step(lambda x: complex_softmax(x) @ r, z), atol=ATOL
        )

    @given(bandits(), numbers)
    def test_is_the_mean_of_the_estimates_whatever_the_baseline(self, bandit, b):
        z, r = bandit
        np.testing.assert_allclose(
            softmax(z) @ estimates(z, r, b), expected_reward_grad(z, r), atol=ATOL
        )

    def test_rows_masks_and_dtype(self):
        z = np.array([[0.0, 1, -np.inf], [0, 0, 0]], np.float32)
        grad = expected_reward_grad(z, [1.0, 2.0, 1e6])
        assert grad.dtype == np.float32
        assert grad[0, 2] == 0
        np.testing.assert_array_equal(grad[0], expected_reward_grad(z[0], [1.0, 2.0, 1e6]))


class TestBaselines:
    @given(bandits(), numbers)
    def test_variance_is_that_of_the_estimates(self, bandit, b):
        z, r = bandit
        g = estimates(z, r, b)
        expected = softmax(z) @ np.square(g - softmax(z) @ g).sum(axis=1)
        np.testing.assert_allclose(
            policy_gradient_variance(z, r, b), expected, rtol=1e-12, atol=ATOL
        )

    @given(bandits(), numbers)
    def test_the_variance_is_a_parabola_with_its_least_at_the_optimal_baseline(self, bandit, b):
        z, r = bandit
        best = optimal_baseline(z, r)
        p = softmax(z)
        curvature = p @ np.square(np.eye(len(z)) - p).sum(axis=1)
        excess = policy_gradient_variance(z, r, b) - policy_gradient_variance(z, r, best)
        np.testing.assert_allclose(excess, (b - best) ** 2 * curvature, rtol=1e-9, atol=1e-11)

    @given(numbers, numbers, numbers)
    def test_of_two_actions_the_probabilities_are_changed_over(self, z, r, s):
        p, q = softmax([z, 0.0])
        np.testing.assert_allclose(optimal_baseline([z, 0.0], [r, s]), q * r + p * s, atol=ATOL)

    def test_of_a_uniform_policy_it_is_the_mean(self):
        np.testing.assert_allclose(optimal_baseline(np.zeros(3), [1.0, 5.0, 9.0]), 5, rtol=4 * U)

    def test_a_policy_almost_certain(self):
        # 1 - p is lost from 40 nats on: the formula of two actions still holds.
        np.testing.assert_allclose(optimal_baseline([0.0, -40.0], [3.0, 7.0]), 7, rtol=1e-15)
        assert optimal_baseline([0.0, -2000.0], [3.0, 7.0]) == 3  # no choice at all
        assert policy_gradient_variance([0.0, -2000.0], [3.0, 7.0], 99.0) == 0
        assert optimal_baseline([1.0], [3.0]) == 3

    def test_one_baseline_a_row(self):
        z, r = np.array([[0.0, 1, 2], [0, 0, -np.inf]]), np.array([1.0, 2, 4])
        b = optimal_baseline(z, r)
        np.testing.assert_array_equal(b, [optimal_baseline(row, r) for row in z])
        np.testing.assert_array_equal(
            policy_gradient_variance(z, r, b),
            [policy_gradient_variance(row, r, x) for row, x in zip(z, b, strict=True)],
        )

    @pytest.mark.parametrize(
        "f", [expected_reward_grad, optimal_baseline, policy_gradient_variance]
    )
    @pytest.mark.parametrize(
        ("z", "r", "error", "message"),
        [
            ([0.0, 1.0], [1.0], ValueError, "rewards of shape"),
            ([0.0, 1.0], [[1.0, 2.0]], ValueError, "rewards of shape"),
            ([0.0, 1.0], [1.0, np.inf], ValueError, "rewards must be finite"),
            ([0.0, 1.0], [1.0, np.nan], ValueError, "rewards must be finite"),
            ([-np.inf] * 2, [1.0, 2.0], ValueError, "every class is masked"),
            (0.0, 1.0, ValueError, "0-d"),
            ([0.0, 1.0], [1j, 2], TypeError, "rewards must hold real"),
        ],
    )
    def test_bad_arguments(self, f, z, r, error, message):
        with pytest.raises(error, match=message):
            f(z, r)

    @pytest.mark.parametrize("b", [np.nan, np.inf, [1.0, 2.0]])
    def test_bad_baselines(self, b):
        with pytest.raises(ValueError, match="baseline"):
            policy_gradient_variance([0.0, 1.0], [1.0, 2.0], b)


class TestGroupAdvantages:
    @given(hnp.arrays(float, st.integers(1, 8), elements=st.floats(-100, 100)))
    def test_mean_and_deviation(self, r):
        plain, scaled = group_advantages(r, normalize=False), group_advantages(r)
        np.testing.assert_allclose(plain, r - r.mean(), atol=ATOL * 100)
        if np.ptp(r) > 1e-6:  # below it the reference is rounding
            np.testing.assert_allclose(scaled, (r - r.mean()) / r.std(), rtol=1e-6, atol=1e-6)
            assert np.sqrt(np.mean(scaled**2)) == pytest.approx(1, abs=8 * U)

    def test_equal_rewards_have_no_advantage(self):
        for value in (0.1, 1e300, -3.3):
            np.testing.assert_array_equal(group_advantages([value] * 7), 0)
        np.testing.assert_array_equal(group_advantages([5.0]), [0])

    def test_scale_does_not_matter(self):
        np.testing.assert_allclose(group_advantages([1e-200, 0, 0, 1e-200]), [1, -1, -1, 1])
        assert group_advantages(np.ones((2, 3), np.float32)).dtype == np.float32

    def test_the_first_bad_reward_is_named(self):
        with pytest.raises(ValueError, match="rewards must be finite, got inf"):
            group_advantages([1.0, np.inf, np.nan])

    @pytest.mark.parametrize("group", [1, 2, 3, 4])
    def test_the_mean_of_the_group_shortens_the_gradient(self, group):
        # All groups of answers of three actions, each weighted by its probability: no chance.
        z, r = np.array([0.3, -0.5, 1.0]), np.array([1.0, 3.0, -2.0])
        p = softmax(z)
        total = np.zeros(3)
        for actions in itertools.product(range(3), repeat=group):
            actions = np.array(actions)
            advantages = group_advantages(r[actions], normalize=False)
            scores = np.eye(3)[actions] - p
            total += p[actions].prod() * (advantages @ scores) / group
        np.testing.assert_allclose(total, (1 - 1 / group) * expected_reward_grad(z, r), atol=ATOL)

    @pytest.mark.parametrize("r", [1.0, [], [[], []], [np.nan, 1.0], [np.inf, 1.0]])
    def test_what_is_no_group(self, r):
        with pytest.raises(ValueError, match="rewards must"):
            group_advantages(r)


class TestRegularizedPolicy:
    @given(bandits(), st.floats(0.1, 10), st.data())
    def test_no_policy_is_better(self, bandit, beta, data):
        reference, r = bandit
        p = softmax(reference)
        best = kl_regularized_policy(r, reference, beta)
        other = softmax(data.draw(hnp.arrays(float, len(r), elements=numbers)))
        value = beta * logsumexp(log_softmax(reference) + r / beta)
        # The identity behind it: value minus beta KL(other || best), for every policy.
        np.testing.assert_allclose(
            other @ r - beta * kl_divergence(other, p),
            value - beta * kl_divergence(other, best),
            atol=1e-11,  # beta times logarithms of up to 100 nats
        )
        np.testing.assert_allclose(best @ r - beta * kl_divergence(best, p), value, atol=1e-11)

    def test_limits(self):
        reference, r = np.log([0.5, 0.3, 0.2]), [0.0, 1.0, 1.0]
        np.testing.assert_allclose(kl_regularized_policy(r, reference, 1e300), [0.5, 0.3, 0.2])
        np.testing.assert_allclose(kl_regularized_policy(r, reference, 1e-3), [0, 0.6, 0.4], 1e-12)
        np.testing.assert_array_equal(kl_regularized_policy([0, 1e300], [0.0, 0], 1e-300), [0, 1])
        np.testing.assert_array_equal(
            kl_regularized_policy(r, [0, -np.inf, -np.inf], 0.1), [1, 0, 0]
        )

    @pytest.mark.parametrize("beta", [0, -1, np.inf, np.nan])
    def test_bad_beta(self, beta):
        with pytest.raises(ValueError, match="beta must be positive"):
            kl_regularized_policy([0.0], [0.0], beta)


class TestDpo:
    WINNERS, LOSERS = [0, 1, 0, 2], [1, 2, 1, 0]

    @given(
        hnp.arrays(float, 3, elements=numbers),
        hnp.arrays(float, 3, elements=numbers),
        st.floats(0.05, 3),
        st.sampled_from(["mean", "sum"]),
    )
    def test_value_and_gradient(self, z, reference, beta, reduction):
        args = reference, self.WINNERS, self.LOSERS, beta
        gain = log_softmax(z) - log_softmax(reference)
        each = -np.log(sigmoid(beta * (gain[self.WINNERS] - gain[self.LOSERS])))
        np.testing.assert_allclose(dpo_loss(z, *args, "none"), each, rtol=1e-12, atol=ATOL)
        assert dpo_loss(z, *args, reduction) == pytest.approx(getattr(np, reduction)(each))

        def loss(x):
            margins = beta * ((x - reference)[self.WINNERS] - (x - reference)[self.LOSERS])
            return getattr(np, reduction)(np.log(1 + np.exp(-margins)))

        grad = dpo_loss_grad(z, *args, reduction)
        np.testing.assert_allclose(grad, complex_step(loss, z), rtol=1e-12, atol=ATOL)

    def test_rows_and_reductions(self):
        z = np.array([[0.0, 1, 2], [3, 0, -1]], np.float32)
        w, v = np.array([[0, 0], [1, 2]]), np.array([[1, 2], [0, 0]])
        none = dpo_loss(z, 0 * z, w, v, 0.5, "none")
        assert none.shape == (2, 2)
        assert none.dtype == np.float32
        grad = dpo_loss_grad(z, 0 * z, w, v, 0.5, "none")
        for i in range(2):
            row = z[i], 0 * z[i], w[i], v[i], 0.5
            np.testing.assert_array_equal(none[i], dpo_loss(*row, "none"))
            np.testing.assert_array_equal(grad[i], dpo_loss_grad(*row, "sum"))
        np.testing.assert_allclose(dpo_loss_grad(z, 0 * z, w, v, 0.5), grad / 4, rtol=1e-6)

    def test_far_margins(self):
        reference = [0.0, 0.0]
        np.testing.assert_array_equal(
            dpo_loss([1e4, 0.0], reference, [0, 1], [1, 0], 1.0, "none"), [0, 1e4]
        )
        np.testing.assert_array_equal(
            dpo_loss_grad([1e4, 0.0], reference, [0, 1], [1, 0], 1.0, "sum"), [1, -1]
        )

    @pytest.mark.parametrize("seed", range(5))
    def test_the_expected_loss_is_least_at_the_regularised_optimum(self, seed):
        rng = np.random.default_rng(seed)
        reference, r, beta = rng.normal(size=4), rng.normal(size=4), 0.7
        pairs = np.array(list(itertools.permutations(range(4), 2)))
        shares = sigmoid(r[pairs[:, 0]] - r[pairs[:, 1]])  # of Bradley and Terry
        z = np.log(kl_regularized_policy(r, reference, beta))
        grads = [dpo_loss_grad(z, reference, [w], [v], beta) for w, v in pairs]
        np.testing.assert_allclose(shares @ grads, 0, atol=ATOL)

    @pytest.mark.parametrize("f", [dpo_loss, dpo_loss_grad])
    @pytest.mark.parametrize(
        ("args", "error", "message"),
        [
            (([0.0, 1], [0.0], [0], [1]), ValueError, "reference_logits of shape"),
            (([0.0, 1], [0.0, 0], [2], [1]), ValueError, "winners must lie between 0 and 1"),
            (([0.0, 1], [0.0, 0], [0], [-1]), ValueError, "losers must lie between 0 and 1"),
            (([0.0, 1], [0.0, 0], [0, 1], [1]), ValueError, "each winner needs one loser"),
            (([0.0, 1], [0.0, 0], 0, 1), ValueError, "winners of shape"),
            (([0.0, 1], [0.0, 0], [0.0], [1]), TypeError, "winners must be integers"),
            (([0.0, -np.inf], [0.0, 0], [0], [1]), ValueError, "^logits of winners .* finite"),
            (([0.0, 0], [0.0, -np.inf], [0], [1]), ValueError, "^reference_logits of winners"),
            (([0.0, 1], [0.0, 0], [0], [1], 0), ValueError, "beta must be positive"),
            (([0.0, 1], [0.0, 0], [0], [1], 1.0, "max"), ValueError, "reduction must be"),
            (([0.0, 1], [0.0, 0], [], []), ValueError, "mean of no"),
        ],
    )
    def test_bad_arguments(self, f, args, error, message):
        with pytest.raises(error, match=message):
            f(*args)
