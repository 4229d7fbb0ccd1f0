r"""Softmax policies: the gradient of the expected reward, its estimates, the regularised optimum.

A policy is a softmax over actions, its class axis the last one; a batch holds one policy for each
state or prompt. Rewards have the shape of the logits, or that of their last axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_float_array,
    as_float_rows,
    as_positive,
    float_dtypes,
)
from softmax_course.numerics.derivatives import softmax_vjp
from softmax_course.numerics.functional import softmax

__all__ = [
    "expected_reward_grad",
    "group_advantages",
    "kl_regularized_policy",
    "optimal_baseline",
    "policy_gradient_variance",
]


def _as_rewards(rewards: ArrayLike, logits: NDArray[Any]) -> NDArray[np.float64]:
    """Return one finite reward for each logit."""
    r = as_float_array(rewards, "rewards")
    if r.shape not in (logits.shape, logits.shape[-1:]):
        raise ValueError(
            f"rewards of shape {r.shape} do not match logits of shape {logits.shape}: "
            f"expected {logits.shape[-1:]} or {logits.shape}"
        )
    if (bad := ~np.isfinite(r)).any():
        raise ValueError(f"rewards must be finite, got {r[bad][0]}")
    return np.broadcast_to(r.astype(np.float64), logits.shape)


def expected_reward_grad(logits: ArrayLike, rewards: ArrayLike) -> NDArray[Any]:
    r"""Return the gradient of the expected reward :math:`p \cdot r` with respect to the logits.

    .. math:: J^T r = p \circ (r - \bar r), \qquad \bar r = p \cdot r.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits of the policy; ``-inf`` marks an action that is never taken.
    rewards : array_like, shape (n,) or (..., n)
        Reward of each action.

    Returns
    -------
    ndarray, shape (..., n)
        Each row sums to 0: what one action gains others lose.

    Raises
    ------
    TypeError
        If an argument is not of real numbers.
    ValueError
        If the shapes do not match or a reward is not finite, or as raised by
        `softmax_course.softmax`.

    See Also
    --------
    softmax_vjp : The product with any vector.
    policy_gradient_variance : Spread of its estimate from one action.

    Notes
    -----
    An action of probability 0 has gradient 0, however large its reward: it is not found. Adding a
    constant to all rewards changes nothing, for :math:`J 1 = 0`; this is why a baseline does not
    bias the estimate :math:`(r_a - b)(e_a - p)` from one action :math:`a`.

    References
    ----------
    Williams, R. J. (1992). Simple Statistical Gradient-Following Algorithms for Connectionist
    Reinforcement Learning. Machine Learning 8, 229-256. doi:10.1007/BF00992696

    Examples
    --------
    >>> from softmax_course import expected_reward_grad
    >>> expected_reward_grad([0.0, 0.0], [1.0, 0.0])
    array([ 0.25, -0.25])
    """
    z = as_float_rows(logits, "logits")
    return softmax_vjp(z, _as_rewards(rewards, z)).astype(float_dtypes(z.dtype)[1], copy=False)


def _score_norms(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return :math:`|e_a - p|^2` for each action, without cancellation where p is almost 1."""
    top = p.argmax(axis=-1, keepdims=True)
    others = p.copy()
    np.put_along_axis(others, top, 0, axis=-1)
    rest = 1 - p
    np.put_along_axis(rest, top, others.sum(axis=-1, keepdims=True), axis=-1)
    square = np.square(p)
    # The square of every probability but the action's own: for the likeliest, those of the others.
    beside = square.sum(axis=-1, keepdims=True) - square
    np.put_along_axis(beside, top, np.square(others).sum(axis=-1, keepdims=True), axis=-1)
    return np.square(rest) + beside


def optimal_baseline(logits: ArrayLike, rewards: ArrayLike) -> Any:
    r"""Return the baseline for which the estimate of the policy gradient varies least.

    .. math:: b^* = \frac{\sum_a p_a w_a r_a}{\sum_a p_a w_a}, \qquad
              w_a = |e_a - p|^2 = 1 - 2 p_a + \sum_k p_k^2.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits of the policy; ``-inf`` marks an action that is never taken.
    rewards : array_like, shape (n,) or (..., n)
        Reward of each action.

    Returns
    -------
    scalar or ndarray, shape (...)
        One baseline for each row. Where the policy has no choice every baseline is as good, and
        it is the reward of the one action.

    Raises
    ------
    TypeError, ValueError
        As `expected_reward_grad`.

    See Also
    --------
    policy_gradient_variance : The variance with any baseline.
    group_advantages : A baseline made of the sample.

    Notes
    -----
    The estimate :math:`(r_a - b)(e_a - p)` has a mean that does not depend on :math:`b`, and the
    sum of the variances of its entries is :math:`\sum_a p_a (r_a - b)^2 w_a - |J^T r|^2`, a
    parabola in :math:`b` with its lowest point at :math:`b^*`. It is an average of the rewards in
    which an action counts by its probability and by the length of its score. It equals
    :math:`\bar r` for a uniform policy, whose scores are all equally long, and in general lies
    elsewhere: for two actions it is :math:`p_2 r_1 + p_1 r_2`, the probabilities changed over.

    References
    ----------
    Greensmith, E., Bartlett, P. L., Baxter, J. (2004). Variance Reduction Techniques for Gradient
    Estimates in Reinforcement Learning. Journal of Machine Learning Research 5, 1471-1530.

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import optimal_baseline
    >>> round(float(optimal_baseline(np.log([0.9, 0.1]), [1.0, 0.0])), 6)  # the mean is 0.9
    0.1
    """
    z = as_float_rows(logits, "logits")
    r = _as_rewards(rewards, z)
    p = softmax(z.astype(np.float64))
    weights = p * _score_norms(p)
    total = weights.sum(axis=-1, keepdims=True)
    weights = np.where(total == 0, p, weights)  # one action is certain
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return (weights * r).sum(axis=-1).astype(float_dtypes(z.dtype)[1])[()]


def policy_gradient_variance(
    logits: ArrayLike, rewards: ArrayLike, baseline: ArrayLike = 0.0
) -> Any:
    r"""Return the variance of the policy gradient as estimated from one action.

    The estimate is :math:`g_a = (r_a - b)(e_a - p)` with the action :math:`a` drawn from the
    policy; its variance is the sum of those of its entries, :math:`\sum_a p_a |g_a - J^T r|^2`.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits of the policy; ``-inf`` marks an action that is never taken.
    rewards : array_like, shape (n,) or (..., n)
        Reward of each action.
    baseline : array_like, shape () or (...), default 0.0
        Baseline :math:`b`, one for all rows or one for each.

    Returns
    -------
    scalar or ndarray, shape (...)
        Exact: the sum over all actions, not an estimate. The mean of m independent estimates
        varies m times less.

    Raises
    ------
    TypeError, ValueError
        As `expected_reward_grad`; also if `baseline` is not finite or has another shape.

    See Also
    --------
    optimal_baseline : The baseline with the least variance.
    expected_reward_grad : The mean of the estimate, whatever the baseline.

    Notes
    -----
    All estimates are formed, n by n numbers for each row, so that no difference of large squares
    is taken. With another baseline the variance exceeds the least by
    :math:`(b - b^*)^2 \sum_a p_a |e_a - p|^2`.

    References
    ----------
    Greensmith, E., Bartlett, P. L., Baxter, J. (2004). Variance Reduction Techniques for Gradient
    Estimates in Reinforcement Learning. Journal of Machine Learning Research 5, 1471-1530.

    Examples
    --------
    >>> from softmax_course import optimal_baseline, policy_gradient_variance
    >>> z, r = [0.0, 0.0, 0.0], [10.0, 11.0, 12.0]
    >>> b = optimal_baseline(z, r)
    >>> [round(float(policy_gradient_variance(z, r, b)), 3) for b in (0.0, 11.0, b)]
    [80.889, 0.222, 0.222]
    """
    z = as_float_rows(logits, "logits")
    r = _as_rewards(rewards, z)
    b = as_float_array(baseline, "baseline")
    if b.shape not in ((), z.shape[:-1]):
        raise ValueError(
            f"baseline of shape {b.shape} does not match logits of shape {z.shape}: "
            f"expected one number or shape {z.shape[:-1]}"
        )
    if not np.isfinite(b).all():
        raise ValueError(f"baseline must be finite, got {baseline!r}")
    p = softmax(z.astype(np.float64))
    scores = np.eye(p.shape[-1]) - p[..., np.newaxis, :]
    advantages = r - b[..., np.newaxis].astype(np.float64)
    mean = softmax_vjp(z.astype(np.float64), r)
    deviations = advantages[..., np.newaxis] * scores - mean[..., np.newaxis, :]
    variance = (p * np.square(deviations).sum(axis=-1)).sum(axis=-1)
    return variance.astype(float_dtypes(z.dtype)[1])[()]


def group_advantages(rewards: ArrayLike, normalize: bool = True) -> NDArray[Any]:
    r"""Subtract the mean of a group from its rewards, and divide by the deviation: as in GRPO.

    Parameters
    ----------
    rewards : array_like, shape (..., G)
        Rewards of the G answers sampled for each prompt.
    normalize : bool, default True
        Whether to divide by the standard deviation of the group, its mean square taken over G.

    Returns
    -------
    ndarray, shape (..., G)
        Advantages; each group sums to 0. Where all rewards of a group are equal they are all 0.

    Raises
    ------
    TypeError
        If `rewards` are not real.
    ValueError
        If `rewards` are 0-d, hold empty groups, or are not finite.

    See Also
    --------
    optimal_baseline : The baseline that suits the policy best.
    policy_gradient_variance : What a baseline is good for.

    Notes
    -----
    The group's mean holds the answer's own reward and so depends on the answer. For independent
    answers the mean of :math:`(r_i - \bar r_G)(e_{a_i} - p)` is :math:`(1 - 1/G) J^T r`: the right
    direction, a step too short by a known factor. Multiplied by :math:`G / (G - 1)` it is the mean
    of the *other* answers that is subtracted, which biases nothing. Dividing by the deviation is no
    such factor: it differs from group to group and depends on the answers too, and groups that
    almost agree weigh as much as those that do not.

    References
    ----------
    Shao, Z. et al. (2024). DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open
    Language Models. arXiv:2402.03300

    Liu, Z. et al. (2025). Understanding R1-Zero-Like Training: A Critical Perspective.
    arXiv:2503.20783 (without the division).

    Examples
    --------
    >>> from softmax_course import group_advantages
    >>> group_advantages([1.0, 0.0, 0.0, 1.0])
    array([ 1., -1., -1.,  1.])
    >>> group_advantages([1.0, 0.0, 0.0, 1.0], normalize=False)
    array([ 0.5, -0.5, -0.5,  0.5])
    """
    x = as_float_array(rewards, "rewards")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError(f"rewards must have shape (..., G) with G at least 1, got {x.shape}")
    if (bad := ~np.isfinite(x)).any():
        raise ValueError(f"rewards must be finite, got {x[bad][0]}")
    # Less the first reward equal ones are exactly 0; a rounded mean would leave noise to divide.
    centred = x.astype(np.float64) - x[..., :1]
    centred -= centred.mean(axis=-1, keepdims=True)
    if normalize:
        largest = np.abs(centred).max(axis=-1, keepdims=True)
        centred /= np.where(largest == 0, 1, largest)  # the square of 1e-200 would be 0
        deviation = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True))
        centred /= np.where(deviation == 0, 1, deviation)
    return centred.astype(float_dtypes(x.dtype)[1])


def kl_regularized_policy(
    rewards: ArrayLike, reference_logits: ArrayLike, beta: float
) -> NDArray[Any]:
    r"""Return the policy with the best reward less its divergence from a reference.

    .. math:: \pi^* = \arg\max_\pi \; \pi \cdot r - \beta \operatorname{KL}(\pi \,\|\, \pi_0),
              \qquad \pi^*_a \propto \pi_{0,a} e^{r_a / \beta}.

    Parameters
    ----------
    rewards : array_like, shape (n,) or (..., n)
        Reward of each action.
    reference_logits : array_like, shape (..., n)
        Logits of the reference policy :math:`\pi_0`; ``-inf`` marks an action it never takes.
    beta : float
        :math:`\beta > 0`, the price of a nat of divergence. Small values follow the reward, large
        ones the reference.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities.

    Raises
    ------
    TypeError
        If an argument is not of real numbers.
    ValueError
        If the shapes do not match, a reward is not finite, `beta` is not positive and finite, or
        as raised by `softmax_course.softmax`.

    See Also
    --------
    dpo_loss : Reach it from preferences, without rewards.
    softmax : The case of a uniform reference, with `beta` as the temperature.
    kl_divergence : What is paid for.

    Notes
    -----
    For every policy, :math:`\pi \cdot r - \beta \operatorname{KL}(\pi \| \pi_0) = V - \beta
    \operatorname{KL}(\pi \| \pi^*)` with :math:`V = \beta \log \sum_a \pi_{0,a} e^{r_a / \beta}`:
    the right side is largest at :math:`\pi^*`, where it is :math:`V`. The divergence is taken from
    the policy to the reference. An action that the reference never takes stays at 0, whatever its
    reward.

    References
    ----------
    Ziegler, D. M. et al. (2019). Fine-Tuning Language Models from Human Preferences.
    arXiv:1909.08593

    Rafailov, R. et al. (2023). Direct Preference Optimization: Your Language Model is Secretly a
    Reward Model. arXiv:2305.18290

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import kl_regularized_policy
    >>> reference = np.log([0.5, 0.3, 0.2])
    >>> kl_regularized_policy([0.0, 1.0, 2.0], reference, beta=1.0).round(3)
    array([0.179, 0.292, 0.529])
    >>> kl_regularized_policy([0.0, 1.0, 2.0], reference, beta=100.0).round(3)
    array([0.496, 0.301, 0.203])
    """
    z = as_float_rows(reference_logits, "reference_logits")
    r = _as_rewards(rewards, z)
    beta = as_positive(beta, "beta")
    wide = z.astype(np.float64)
    # Neither r / beta nor beta z may overflow where the other form does not.
    probs = softmax(wide + r / beta) if beta >= 1 else softmax(beta * wide + r, temperature=beta)
    return probs.astype(float_dtypes(z.dtype)[1], copy=False)
