r"""Multiclass hinge loss, the loss of support vector machines, beside cross-entropy.

Conventions (axis, dtype, masked classes, NaN) are those of `softmax_course.numerics.functional`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_labels,
    as_nonnegative,
    as_real_array,
    class_axis,
    float_dtypes,
)
from softmax_course.numerics._rows import (
    as_rows,
    check_row_tops,
    from_rows,
    reduce_losses,
    round_to,
)
from softmax_course.numerics.core import divide

__all__ = ["multiclass_hinge", "multiclass_hinge_subgradient"]


def multiclass_hinge(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    margin: float = 1.0,
    reduction: str = "mean",
) -> Any:
    r"""Return Crammer and Singer's hinge loss, :math:`\max(0, m + \max_{k \ne y} z_k - z_y)`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like of int, shape (...)
        Class indices, one for each row.
    axis : int, default -1
        Class axis.
    margin : float, default 1.0
        :math:`m \ge 0`, by which the target's logit has to be ahead for a loss of 0.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own loss.

    Returns
    -------
    scalar or ndarray, shape (...)
        Loss in units of the logits; with ``"none"``, one for each row. It is inf where the target
        is masked.

    Raises
    ------
    TypeError
        As `cross_entropy`; also if `margin` is not a number.
    ValueError
        As `cross_entropy`; also if `target` holds distributions, or `margin` is negative or
        infinite.

    See Also
    --------
    multiclass_hinge_subgradient : A subgradient with respect to the logits.
    cross_entropy : Its smooth kin, never quite 0.

    Notes
    -----
    Log-sum-exp lies between the maximum and the maximum plus :math:`\log n`, so that cross-entropy
    of ``z / T``, times :math:`T`, tends to the hinge loss of margin 0 as :math:`T \to 0`.

    References
    ----------
    Crammer, K., Singer, Y. (2001). On the Algorithmic Implementation of Multiclass Kernel-based
    Vector Machines. Journal of Machine Learning Research 2, 265-292.

    Examples
    --------
    >>> from softmax_course import multiclass_hinge
    >>> multiclass_hinge([[2.0, -1.0, 0.5], [0.2, 0.0, 0.1]], [0, 1], reduction="none")
    array([0. , 1.2])
    """
    x, axis, margin, labels = _checked(z, target, axis, margin, reduction)
    losses = _violations(x, axis, margin, labels)[2].reshape(x.shape[:axis] + x.shape[axis + 1 :])
    return round_to(reduce_losses(losses, reduction, x.shape), float_dtypes(x.dtype)[1])


def multiclass_hinge_subgradient(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    margin: float = 1.0,
    reduction: str = "mean",
) -> NDArray[Any]:
    r"""Return a subgradient of the hinge loss with respect to the logits.

    It is :math:`e_k - e_y`, with :math:`k` the strongest class besides the target, where the loss
    is positive, and 0 where it is not.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like of int, shape (...)
        Class indices, one for each row.
    axis : int, default -1
        Class axis.
    margin : float, default 1.0
        :math:`m \ge 0`.
    reduction : {"mean", "sum", "none"}, default "mean"
        Of which loss. ``"mean"`` divides by the number of rows.

    Returns
    -------
    ndarray, shape (..., n)
        Each row sums to 0; that of a masked class is 0. Where several classes are equally strong
        it is the subgradient of the first, and where the loss has just become 0 it is 0: at such
        points there is no gradient.

    Raises
    ------
    TypeError, ValueError
        As `multiclass_hinge`.

    See Also
    --------
    multiclass_hinge : The loss.
    cross_entropy_grad : No class is left out there: its entries are probabilities.

    Examples
    --------
    >>> from softmax_course import multiclass_hinge_subgradient
    >>> multiclass_hinge_subgradient([[2.0, -1.0, 0.5], [0.2, 0.0, 0.1]], [0, 1], reduction="none")
    array([[ 0.,  0.,  0.],
           [ 1., -1.,  0.]])
    """
    x, axis, margin, labels = _checked(z, target, axis, margin, reduction)
    if reduction == "mean" and labels.size == 0:
        raise ValueError(f"the mean of no rows is undefined: z has shape {x.shape}")
    rows, rival, losses = _violations(x, axis, margin, labels)
    grad = np.zeros_like(rows)
    first = np.arange(0, grad.size, x.shape[axis])
    violated = np.sign(losses)  # 0, 1, or NaN
    grad.put(first + rival, violated)
    grad.put(first + labels, -violated + 0)
    grad[np.isnan(losses)] = np.nan
    if reduction == "mean":
        divide(grad, labels.size)
    return from_rows(grad, x.shape, axis).astype(float_dtypes(x.dtype)[1], copy=False)


def _checked(
    z: ArrayLike, target: ArrayLike, axis: int, margin: float, reduction: str
) -> tuple[NDArray[Any], int, float, NDArray[np.intp]]:
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    margin = as_nonnegative(margin, "margin")
    as_choice(reduction, "reduction", REDUCTIONS)
    return x, axis, margin, as_labels(target, x, axis)


def _violations(
    x: NDArray[Any], axis: int, margin: float, labels: NDArray[np.intp]
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[Any]]:
    """Return the rows, the strongest class of each besides its target, and the losses."""
    rows = as_rows(x, axis)
    check_row_tops(rows.max(axis=1), x, axis)
    at_labels = np.arange(0, rows.size, rows.shape[1]) + labels
    others = rows.copy()
    others.put(at_labels, -np.inf)
    rival = others.argmax(axis=1)
    strongest = np.take_along_axis(others, rival[:, np.newaxis], 1)[:, 0]
    at_label = rows.take(at_labels)
    with np.errstate(over="ignore"):
        losses = np.maximum(strongest - at_label + np.asarray(margin, rows.dtype), 0)
    return rows, rival, losses
