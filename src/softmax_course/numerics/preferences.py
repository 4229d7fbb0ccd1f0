r"""Direct preference optimisation: a policy learned from pairs of which one was preferred.

Bradley and Terry's model says that answer :math:`w` is preferred to :math:`l` with probability
:math:`\sigma(r_w - r_l)`. The reward is read off the policy itself: that for which it is the best
policy near the reference, :math:`r = \beta \log (\pi / \pi_0)` up to a constant
(`softmax_course.kl_regularized_policy`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_float_array,
    as_float_rows,
    as_labels_of_rows,
    as_positive,
    float_dtypes,
)
from softmax_course.numerics._rows import reduce_losses
from softmax_course.numerics.functional import sigmoid

__all__ = ["dpo_loss", "dpo_loss_grad"]


def dpo_loss(
    logits: ArrayLike,
    reference_logits: ArrayLike,
    winners: ArrayLike,
    losers: ArrayLike,
    beta: float = 0.1,
    reduction: str = "mean",
) -> Any:
    r"""Return the loss of DPO, :math:`-\log \sigma(\beta m)`, for pairs of answers.

    .. math:: m = \log \frac{\pi_w}{\pi_{0,w}} - \log \frac{\pi_l}{\pi_{0,l}}
                = (z_w - z_l) - (z_{0,w} - z_{0,l}).

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits of the policy over n answers, a row for each prompt.
    reference_logits : array_like, shape (..., n)
        Logits of the reference policy.
    winners, losers : array_like of int, shape (..., m)
        Class indices of the answer preferred and of the other one, m pairs for each row.
    beta : float, default 0.1
        :math:`\beta > 0`: the price of divergence from the reference.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over all pairs: their average, their sum, or each pair's own loss.

    Returns
    -------
    scalar or ndarray, shape (..., m)
        Loss in nats; :math:`\log 2` wherever policy and reference agree.

    Raises
    ------
    TypeError
        If the logits are not real, `winners` or `losers` are no integers, or `beta` is no number.
    ValueError
        If shapes do not match, an answer is out of range or masked, `beta` is not positive and
        finite, `reduction` is unknown, or the mean of no pairs is asked for.

    See Also
    --------
    dpo_loss_grad : Gradient with respect to the logits.
    kl_regularized_policy : Where it leads.
    sigmoid : The probability that a winner is preferred, of :math:`\beta m`.

    Notes
    -----
    The denominators of the two softmaxes cancel: no sum over the answers is needed. Where pairs
    are preferred as Bradley and Terry say and connect all answers, the expected loss is least at
    the regularised optimum of the same `beta` alone. A few pairs that all agree have no such least
    loss: the logits of answers that never lose grow without end.

    References
    ----------
    Rafailov, R. et al. (2023). Direct Preference Optimization: Your Language Model is Secretly a
    Reward Model. arXiv:2305.18290

    Bradley, R. A., Terry, M. E. (1952). Rank Analysis of Incomplete Block Designs: I. The Method of
    Paired Comparisons. Biometrika 39(3/4), 324-345. doi:10.2307/2334029

    Examples
    --------
    >>> from softmax_course import dpo_loss
    >>> reference = [0.0, 0.0, 0.0]
    >>> round(float(dpo_loss(reference, reference, [0], [1])), 6)
    0.693147
    >>> dpo_loss([2.0, 0.0, 0.0], reference, [0, 1], [1, 0], beta=1.0, reduction="none").round(4)
    array([0.1269, 2.1269])
    """
    margins, _, _, result = _margins(logits, reference_logits, winners, losers, beta, reduction)
    return reduce_losses(np.logaddexp(0, -margins), reduction, margins.shape).astype(result)[()]


def dpo_loss_grad(
    logits: ArrayLike,
    reference_logits: ArrayLike,
    winners: ArrayLike,
    losers: ArrayLike,
    beta: float = 0.1,
    reduction: str = "mean",
) -> NDArray[Any]:
    r"""Return the gradient of the loss of DPO with respect to the logits of the policy.

    A pair adds :math:`-\beta \sigma(-\beta m)` at its winner and takes the same from its loser:
    a pair that is ordered right already hardly counts.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits of the policy over n answers, a row for each prompt.
    reference_logits : array_like, shape (..., n)
        Logits of the reference policy.
    winners, losers : array_like of int, shape (..., m)
        Class indices of the answer preferred and of the other one, m pairs for each row.
    beta : float, default 0.1
        :math:`\beta > 0`.
    reduction : {"mean", "sum", "none"}, default "mean"
        Which loss is differentiated. ``"mean"`` divides by the number of all pairs. ``"none"``
        gives the same numbers as ``"sum"``.

    Returns
    -------
    ndarray, shape (..., n)
        Each row sums to 0; answers in no pair have gradient 0.

    Raises
    ------
    TypeError, ValueError
        As `dpo_loss`.

    See Also
    --------
    dpo_loss : The loss.
    expected_reward_grad : The gradient where the rewards are known.

    Notes
    -----
    The *logits* of an answer that is in no pair do not move, but its probability does, and the
    probability of a winner may fall where that of its loser falls more.

    References
    ----------
    Rafailov, R. et al. (2023). Direct Preference Optimization: Your Language Model is Secretly a
    Reward Model. arXiv:2305.18290

    Examples
    --------
    >>> from softmax_course import dpo_loss_grad
    >>> reference = [0.0, 0.0, 0.0]
    >>> dpo_loss_grad(reference, reference, [0], [1], beta=1.0)
    array([-0.5,  0.5,  0. ])
    >>> dpo_loss_grad([4.0, 0.0, 0.0], reference, [0], [1], beta=1.0).round(3)
    array([-0.018,  0.018,  0.   ])
    """
    margins, first, second, result = _margins(
        logits, reference_logits, winners, losers, beta, reduction
    )
    if reduction == "mean" and margins.size == 0:
        raise ValueError(f"the mean of no pairs is undefined: winners has shape {margins.shape}")
    pull = beta * sigmoid(-margins)
    if reduction == "mean":
        pull = pull / margins.size
    shape = np.shape(logits)
    grad = np.zeros((int(np.prod(shape[:-1])), shape[-1]))
    rows = np.arange(len(grad))[:, np.newaxis]
    for index, change in ((first, -pull), (second, pull)):
        pairs = (len(grad), index.shape[-1])
        np.add.at(grad, (rows, index.reshape(pairs)), change.reshape(pairs))  # repeats add up
    return grad.reshape(shape).astype(result, copy=False)


def _margins(
    logits: ArrayLike,
    reference_logits: ArrayLike,
    winners: ArrayLike,
    losers: ArrayLike,
    beta: float,
    reduction: str,
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp], np.dtype[Any]]:
    """Return beta m of each pair, the two indices, and the dtype of the result."""
    z = as_float_rows(logits, "logits")
    reference = as_float_array(reference_logits, "reference_logits")
    if reference.shape != z.shape:
        raise ValueError(
            f"reference_logits of shape {reference.shape} does not match logits of shape {z.shape}"
        )
    first = as_labels_of_rows(winners, z, "winners", "logits")
    second = as_labels_of_rows(losers, z, "losers", "logits")
    if first.shape != second.shape:
        raise ValueError(
            f"each winner needs one loser: winners has shape {first.shape}, "
            f"losers has shape {second.shape}"
        )
    beta = as_positive(beta, "beta")
    as_choice(reduction, "reduction", REDUCTIONS)
    gaps = []
    for array, name in ((z, "logits"), (reference, "reference_logits")):
        pair = [np.take_along_axis(array, i, axis=-1).astype(np.float64) for i in (first, second)]
        if np.isinf(pair).any():
            raise ValueError(
                f"{name} of winners and losers must be finite: a masked one is no pair"
            )
        gaps.append(pair[0] - pair[1])
    return beta * (gaps[0] - gaps[1]), first, second, float_dtypes(z.dtype)[1]
