r"""Classes that are rare or whose shares change: class weights and logit adjustment.

Conventions (axis, dtype, masked classes, NaN) are those of `softmax_course.numerics.functional`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_class_weights,
    as_integer,
    as_labels,
    as_nonnegative,
    as_prior,
    as_real_array,
    class_axis,
    float_dtypes,
)
from softmax_course.numerics._rows import round_to
from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.losses import cross_entropy

__all__ = [
    "adjust_logits",
    "balanced_weights",
    "weighted_cross_entropy",
    "weighted_cross_entropy_grad",
]


def balanced_weights(target: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    r"""Return the weights with which every class counts the same, :math:`N / (n N_k)`.

    Parameters
    ----------
    target : array_like of int
        Class indices of the :math:`N` examples.
    n_classes : int
        :math:`n`.

    Returns
    -------
    ndarray of float64, shape (n,)
        Their mean over the examples is 1.

    Raises
    ------
    TypeError
        If `target` or `n_classes` are not integers.
    ValueError
        If a class index is out of range, or a class has no example: no weight makes it count.

    See Also
    --------
    weighted_cross_entropy : Takes the weights.
    sklearn.utils.class_weight.compute_class_weight : The same numbers, as ``"balanced"``.

    Examples
    --------
    >>> from softmax_course import balanced_weights
    >>> balanced_weights([0, 0, 0, 1], 2)
    array([0.66666667, 2.        ])
    """
    n = as_integer(n_classes, "n_classes", 1)
    labels = as_real_array(target, "target").reshape(-1)
    labels = as_labels(labels, np.broadcast_to(0.0, (labels.size, n)), 1)
    counts = np.bincount(labels, minlength=n)
    if not counts.all():
        raise ValueError(
            f"class {int(np.flatnonzero(counts == 0)[0])} has no example, so no weight "
            "makes it count"
        )
    return labels.size / (n * counts)


def weighted_cross_entropy(
    z: ArrayLike,
    target: ArrayLike,
    class_weight: ArrayLike,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    r"""Return the cross-entropy with a weight for each class, :math:`-w_y \log p_y`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like of int, shape (...)
        Class indices, one for each row.
    class_weight : array_like, shape (n,)
        Weights of the classes, finite and not negative.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows. The mean is the weighted one, :math:`\sum w \ell / \sum w`, as in PyTorch:
        it does not depend on the scale of the weights.

    Returns
    -------
    scalar or ndarray, shape (...)
        Loss in nats; with ``"none"``, one for each row. A row of weight 0 has loss 0.

    Raises
    ------
    TypeError
        As `cross_entropy`.
    ValueError
        As `cross_entropy`; also if `target` holds distributions, `class_weight` has another shape
        or is negative or not finite, or the mean of rows without weight is asked for.

    See Also
    --------
    weighted_cross_entropy_grad : Gradient with respect to the logits.
    balanced_weights : Weights with which every class counts the same.
    adjust_logits : What to do when it is the shares of the classes that differ.

    Notes
    -----
    The weighted mean of means is not the weighted mean: average whole data sets with ``"sum"`` and
    divide by the sum of all weights.

    Examples
    --------
    >>> from softmax_course import weighted_cross_entropy
    >>> z = [[0.0, 0.0], [2.0, 0.0]]
    >>> weighted_cross_entropy(z, [0, 1], [1.0, 3.0], reduction="none")
    array([0.69314718, 6.38078403])
    >>> round(float(weighted_cross_entropy(z, [0, 1], [1.0, 3.0])), 6)  # divided by 1 + 3
    1.768483
    """
    x, axis, labels, weights, total = _checked(z, target, class_weight, axis, reduction)
    work, result = float_dtypes(x.dtype)
    batch = x.shape[:axis] + x.shape[axis + 1 :]
    losses = cross_entropy(x.astype(work), labels.reshape(batch), axis, reduction="none")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        of_rows = weights.reshape(batch)
        losses = np.where((of_rows == 0) & np.isinf(losses), 0, losses) * of_rows
        if reduction != "none":
            losses = losses.sum() if reduction == "sum" else losses.sum() / total
    return round_to(np.asarray(losses), result)


def weighted_cross_entropy_grad(
    z: ArrayLike,
    target: ArrayLike,
    class_weight: ArrayLike,
    axis: int = -1,
    reduction: str = "mean",
) -> NDArray[Any]:
    r"""Return the gradient of weighted cross-entropy with respect to the logits.

    It is :math:`w_y (p - e_y)` for each row, with ``"mean"`` divided by the sum of the weights.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like of int, shape (...)
        Class indices, one for each row.
    class_weight : array_like, shape (n,)
        Weights of the classes, finite and not negative.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Which loss is differentiated.

    Returns
    -------
    ndarray, shape (..., n)
        Each row sums to 0.

    Raises
    ------
    TypeError, ValueError
        As `weighted_cross_entropy`.

    See Also
    --------
    weighted_cross_entropy : The loss.
    cross_entropy_grad : The gradient where all weights are 1.

    Examples
    --------
    >>> from softmax_course import weighted_cross_entropy_grad
    >>> weighted_cross_entropy_grad([[0.0, 0.0], [0.0, 0.0]], [0, 1], [1.0, 3.0])
    array([[-0.125,  0.125],
           [ 0.375, -0.375]])
    """
    x, axis, labels, weights, total = _checked(z, target, class_weight, axis, reduction)
    work, result = float_dtypes(x.dtype)
    batch = x.shape[:axis] + x.shape[axis + 1 :]
    grad = cross_entropy_grad(x.astype(work), labels.reshape(batch), axis, reduction="none")
    with np.errstate(over="ignore", under="ignore"):
        grad *= np.expand_dims(weights.reshape(batch), axis)
        if reduction == "mean":
            grad /= total
    return grad.astype(result, copy=False)


def _checked(
    z: ArrayLike, target: ArrayLike, class_weight: ArrayLike, axis: int, reduction: str
) -> tuple[NDArray[Any], int, NDArray[np.intp], NDArray[Any], Any]:
    """Return the logits, the class axis, labels and weights of the rows, the sum of the weights."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    of_classes = as_class_weights(class_weight, x.shape[axis], "class_weight")
    as_choice(reduction, "reduction", REDUCTIONS)
    labels = as_labels(target, x, axis)
    weights = of_classes.astype(float_dtypes(x.dtype)[0])[labels]
    total = weights.sum()
    if reduction == "mean" and not total:
        raise ValueError("the mean of no rows, or of rows without weight, is undefined")
    return x, axis, labels, weights, total


def adjust_logits(
    z: ArrayLike,
    old_prior: ArrayLike,
    new_prior: ArrayLike,
    axis: int = -1,
    strength: float = 1.0,
) -> NDArray[Any]:
    r"""Move logits from one share of the classes to another, :math:`z_k + \log (\pi'_k / \pi_k)`.

    If :math:`p(y \mid x) = \operatorname{softmax}(z)` where classes come with shares :math:`\pi`,
    and what a class looks like, :math:`p(x \mid y)`, is the same where they come with shares
    :math:`\pi'`, then by Bayes' theorem softmax of the adjusted logits is :math:`p(y \mid x)`
    there.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    old_prior : array_like, shape (n,)
        Shares :math:`\pi` that the logits were trained with, all positive.
    new_prior : array_like, shape (n,)
        Shares :math:`\pi'` to move to. A share of 0 masks its class.
    axis : int, default -1
        Class axis.
    strength : float, default 1.0
        Factor of the logarithm, at least 0: 1 is Bayes' theorem, 0 leaves the logits alone.

    Returns
    -------
    ndarray, shape (..., n)
        Adjusted logits.

    Raises
    ------
    TypeError
        If `z` or a prior is not of real numbers or is a masked array, or `strength` is no number.
    ValueError
        If `z` is 0-d or has no classes, a prior is not a distribution over the classes of `z`, an
        old share is 0, or `strength` is negative or not finite.

    See Also
    --------
    weighted_cross_entropy : Weights of the loss instead.
    softmax : Makes probabilities of the adjusted logits.

    Notes
    -----
    The other way round it is a loss: ``cross_entropy(adjust_logits(z, uniform, prior), y)`` trains
    `z` to be right where all classes are equally frequent [1]_.

    References
    ----------
    .. [1] Menon, A. K. et al. (2021). Long-tail learning via logit adjustment. ICLR.
       arXiv:2007.07314

    Examples
    --------
    Even odds where the first class is nine times as frequent are odds of 1 to 9 where it is not:

    >>> from softmax_course import adjust_logits, softmax
    >>> softmax(adjust_logits([0.0, 0.0], [0.9, 0.1], [0.5, 0.5])).round(6)
    array([0.1, 0.9])
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    strength = as_nonnegative(strength, "strength")
    old = as_prior(old_prior, x.shape[axis], "old_prior")
    new = as_prior(new_prior, x.shape[axis], "new_prior")
    if not old.all():
        k = int(np.flatnonzero(old == 0)[0])
        raise ValueError(f"old_prior[{k}] is 0: no logit says what such a class looks like")
    work, result = float_dtypes(x.dtype)
    with np.errstate(divide="ignore"):
        change = np.where(new == 0, -np.inf, strength * (np.log(new) - np.log(old)))
    shape = [1] * x.ndim
    shape[axis] = -1
    return round_to(np.asarray(x.astype(work) + change.reshape(shape)), result)
