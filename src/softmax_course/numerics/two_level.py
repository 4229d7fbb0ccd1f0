r"""Softmax of two levels: the group of a class first, the class within its group then."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_rows, as_indices
from softmax_course.numerics._last_layer import (
    as_hidden,
    as_layer,
    as_rows_and_labels,
    check_logits,
    reduced,
)
from softmax_course.numerics._rows import round_to
from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.functional import log_softmax
from softmax_course.numerics.losses import cross_entropy

__all__ = ["two_level_cross_entropy", "two_level_log_softmax"]


def two_level_log_softmax(
    group_logits: ArrayLike, member_logits: ArrayLike, groups: ArrayLike
) -> NDArray[Any]:
    r"""Return log-probabilities of classes that are chosen in two steps.

    .. math:: \log p_i = \log \operatorname{softmax}(a)_{g(i)}
              + \log \frac{e^{b_i}}{\sum_{k:\, g(k) = g(i)} e^{b_k}}

    Parameters
    ----------
    group_logits : array_like, shape (..., g)
        Logits :math:`a` of the groups; -inf masks a group.
    member_logits : array_like, shape (..., n)
        Logits :math:`b` of the classes, which compete within their group alone; -inf masks a class.
    groups : array_like of int, shape (n,)
        The group of each class, from 0 to g - 1. No group is empty.

    Returns
    -------
    ndarray, shape (..., n)
        Log-probabilities, in the wider dtype of the logits. Their exponentials sum to 1 in each
        row.

    Raises
    ------
    TypeError
        The logits are not real or are masked arrays, or the groups are not integers.
    ValueError
        The shapes do not fit together, a group is empty or out of range, a logit is +inf, or all
        groups, or all classes of a group, are masked.

    See Also
    --------
    two_level_cross_entropy : The loss, which looks at one group only.
    log_softmax : One level.

    Notes
    -----
    All n of them cost as much as one level does; what is cheap is the log-probability of *one*
    class. The model is another than that of one level: adding a constant to the logits of a group's
    classes changes nothing.

    References
    ----------
    .. [1] Morin, F., Bengio, Y. (2005). Hierarchical Probabilistic Neural Network Language Model.
       AISTATS

    Examples
    --------
    >>> log_probs = two_level_log_softmax([0.0, 0.0], [5.0, 5.0, 1.0], groups=[0, 0, 1])
    >>> np.exp(log_probs).round(3)
    array([0.25, 0.25, 0.5 ])
    """
    a, b = (
        as_float_rows(group_logits, "group_logits"),
        as_float_rows(member_logits, "member_logits"),
    )
    members = _members(groups, b.shape[-1], a.shape[-1])
    try:
        batch = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    except ValueError:
        raise ValueError(
            f"group_logits of shape {a.shape} and member_logits of shape {b.shape} must agree in "
            "every axis but the last"
        ) from None
    result = np.result_type(a, b)
    work = np.promote_types(result, np.float32)
    of_group = log_softmax(a.astype(work, copy=False))
    log_probs = np.empty((*batch, b.shape[-1]), work)
    for group, classes in enumerate(members):
        within = log_softmax(b[..., classes].astype(work, copy=False))
        log_probs[..., classes] = of_group[..., group : group + 1] + within
    return np.asarray(round_to(log_probs, result))


def two_level_cross_entropy(
    hidden: ArrayLike,
    group_weights: ArrayLike,
    member_weights: ArrayLike,
    labels: ArrayLike,
    groups: ArrayLike,
    reduction: str = "mean",
) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any]]:
    r"""Compute the cross-entropy of two levels and its gradients from the label's group alone.

    Parameters
    ----------
    hidden : array_like, shape (..., d)
        Vectors before the last layer, one for each token.
    group_weights : array_like, shape (g, d)
        A row for each group: its logits are ``hidden @ group_weights.T``.
    member_weights : array_like, shape (n, d)
        A row for each class. Only rows of groups that hold a label are read.
    labels : array_like of int, shape (...)
        Class indices, one for each token.
    groups : array_like of int, shape (n,)
        The group of each class, from 0 to g - 1. No group is empty.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the tokens: their average, their sum, or each token's own loss.

    Returns
    -------
    loss : scalar or ndarray, shape (...)
        Minus the label's entry of `two_level_log_softmax`, in nats. All four have the widest dtype
        of `hidden` and the weights.
    grad_hidden : ndarray, shape (..., d)
        Gradient with respect to `hidden`; with ``"none"`` that of the sum of the losses.
    grad_group_weights : ndarray, shape (g, d)
        Gradient with respect to `group_weights`.
    grad_member_weights : ndarray, shape (n, d)
        Gradient with respect to `member_weights`: 0 in the rows of groups without a label.

    Raises
    ------
    TypeError
        An array is not real or is a masked array, or labels or groups are not integers.
    ValueError
        The shapes do not fit together, a label or a group is out of range, a group is empty,
        `reduction` is unknown, the mean of no tokens is asked for, or a logit is infinite.

    See Also
    --------
    two_level_log_softmax : Log-probabilities of all classes.
    blockwise_cross_entropy : One level, exactly.

    Notes
    -----
    A token costs as many products of vectors as there are groups, plus the size of its own group,
    forward and backward, where one level costs n. With :math:`\sqrt n` groups of :math:`\sqrt n`
    classes that is the least, :math:`2 \sqrt n`: 447 instead of 50 000.

    References
    ----------
    .. [1] Morin, F., Bengio, Y. (2005). Hierarchical Probabilistic Neural Network Language Model.
       AISTATS

    Examples
    --------
    >>> loss, _, _, grad_members = two_level_cross_entropy(
    ...     [[1.0]], [[0.0], [0.0]], [[5.0], [5.0], [1.0]], labels=[0], groups=[0, 0, 1]
    ... )
    >>> print(f"{loss:.6f}")  # log 4
    1.386294
    >>> grad_members.ravel()
    array([-0.5,  0.5,  0. ])
    """
    vectors = as_hidden(hidden, reduction)
    to_groups = as_layer(group_weights, "group_weights", vectors)
    to_members = as_layer(member_weights, "member_weights", vectors)
    members = _members(groups, len(to_members), len(to_groups))
    group_of = np.empty(len(to_members), np.intp)
    place = np.empty_like(group_of)  # of a class within its group
    for group, classes in enumerate(members):
        group_of[classes], place[classes] = group, np.arange(classes.size)
    result = np.result_type(vectors, to_groups, to_members)
    h, y = as_rows_and_labels(vectors, labels, len(to_members), result)
    to_groups, to_members = (w.astype(h.dtype, copy=False) for w in (to_groups, to_members))
    count = len(h) if reduction == "mean" else 1
    losses, grad_hidden, grad_groups = _level(h, to_groups, group_of[y], count)
    grad_members = np.zeros_like(to_members)
    for group in np.unique(group_of[y]):
        classes, rows = members[group], np.flatnonzero(group_of[y] == group)
        more_loss, more_grad, grad_members[classes] = _level(
            h[rows], to_members[classes], place[y[rows]], count
        )
        losses[rows] += more_loss
        grad_hidden[rows] += more_grad
    return (
        reduced(losses, reduction, vectors.shape[:-1], result),
        round_to(grad_hidden.reshape(vectors.shape), result),
        round_to(grad_groups, result),
        round_to(grad_members, result),
    )


def _level(
    h: NDArray[Any], w: NDArray[Any], labels: NDArray[np.intp], count: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Losses of one choice and the gradients of their sum over `count`."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        logits = h @ w.T
        check_logits(logits)
        grad = cross_entropy_grad(logits, labels, reduction="none") / h.dtype.type(count)
        return cross_entropy(logits, labels, reduction="none"), grad @ w, grad.T @ h


def _members(groups: ArrayLike, n: int, count: int) -> list[NDArray[np.intp]]:
    """Return the classes of each group, every group having some."""
    group_of = as_indices(groups, "groups", count)
    if group_of.shape != (n,):
        raise ValueError(f"groups must have shape ({n},), one for each class, got {group_of.shape}")
    sizes = np.bincount(group_of, minlength=count)
    if not sizes.all():
        raise ValueError(f"every group needs a class: group {int(sizes.argmin())} has none")
    order = np.argsort(group_of, kind="stable")
    return np.split(order, np.cumsum(sizes)[:-1])
