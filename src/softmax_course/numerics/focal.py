r"""Focal loss: cross-entropy that turns away from rows which are right already.

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
from softmax_course.numerics.core import divide, exp_normalize, log_softmax_parts

__all__ = ["focal_loss", "focal_loss_grad"]


def focal_loss(
    z: ArrayLike,
    target: ArrayLike,
    gamma: float = 2.0,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    r"""Return the focal loss, :math:`-(1 - p_y)^\gamma \log p_y`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like of int, shape (...)
        Class indices, one for each row.
    gamma : float, default 2.0
        :math:`\gamma \ge 0`. With 0 the loss is cross-entropy, to the last bit; the larger, the
        less a row counts whose class is likely already.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own loss.

    Returns
    -------
    scalar or ndarray, shape (...)
        Loss in nats; with ``"none"``, one for each row. It is inf where the target is masked.

    Raises
    ------
    TypeError
        As `cross_entropy`; also if `gamma` is not a number.
    ValueError
        As `cross_entropy`; also if `target` holds distributions, or `gamma` is negative or
        infinite.

    See Also
    --------
    focal_loss_grad : Gradient with respect to the logits.
    cross_entropy : The loss at `gamma` 0.
    weighted_cross_entropy : Weights that depend on the class alone.

    Notes
    -----
    :math:`1 - p_y` is the sum of the other probabilities and is computed so: where the class is
    almost certain the subtraction would leave no digit. For :math:`\gamma > 0` the loss is not
    proper: its expectation is in general not smallest at the true probabilities
    (`expected_score` shows it).

    References
    ----------
    Lin, T.-Y. et al. (2017). Focal Loss for Dense Object Detection. arXiv:1708.02002

    Examples
    --------
    >>> from softmax_course import cross_entropy, focal_loss
    >>> z = [2.0, -1.0, 0.5]
    >>> print(f"{focal_loss(z, 0):.6f} {focal_loss(z, 1):.6f}")
    0.011093 2.992718
    >>> bool(focal_loss(z, 0, gamma=0) == cross_entropy(z, 0))
    True
    """
    x, axis, gamma, labels = _checked(z, target, gamma, axis, reduction)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        _, _, rest, nats = _focal_parts(x, axis, labels)
        losses = rest ** np.asarray(gamma, rest.dtype) * nats
    losses = losses.reshape(x.shape[:axis] + x.shape[axis + 1 :])
    return round_to(reduce_losses(losses, reduction, x.shape), float_dtypes(x.dtype)[1])


def focal_loss_grad(
    z: ArrayLike,
    target: ArrayLike,
    gamma: float = 2.0,
    axis: int = -1,
    reduction: str = "mean",
) -> NDArray[Any]:
    r"""Return the gradient of the focal loss with respect to the logits.

    It is that of cross-entropy times a factor of each row:

    .. math:: \frac{\partial L}{\partial z_i} = w (p_i - \delta_{iy}), \qquad
              w = (1 - p_y)^\gamma - \gamma p_y (1 - p_y)^{\gamma - 1} \log p_y.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like of int, shape (...)
        Class indices, one for each row.
    gamma : float, default 2.0
        :math:`\gamma \ge 0`.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Which loss is differentiated. ``"mean"`` divides by the number of rows. ``"none"`` gives
        each row the gradient of its own loss, the same numbers as ``"sum"``.

    Returns
    -------
    ndarray, shape (..., n)
        Each row sums to 0.

    Raises
    ------
    TypeError, ValueError
        As `focal_loss`.

    See Also
    --------
    focal_loss : The loss.
    cross_entropy_grad : The gradient at `gamma` 0.

    Notes
    -----
    The factor is computed as :math:`(1 - p_y)^\gamma (1 + \gamma p_y r)` with
    :math:`r = -\log p_y / (1 - p_y)`, which tends to 1 as the class becomes certain: no power of a
    small number is divided by another. It lies between 0 and :math:`1 + \gamma`, and exceeds 1 for
    unlikely classes: focal loss pulls harder there than cross-entropy does.

    References
    ----------
    Lin, T.-Y. et al. (2017). Focal Loss for Dense Object Detection. arXiv:1708.02002

    Examples
    --------
    >>> from softmax_course import cross_entropy_grad, focal_loss_grad
    >>> z = [2.0, -1.0, 0.5]
    >>> (focal_loss_grad(z, 0) / cross_entropy_grad(z, 0)).round(6)
    array([0.127259, 0.127259, 0.127259])
    >>> (focal_loss_grad(z, 1) / cross_entropy_grad(z, 1)).round(6)
    array([1.16694, 1.16694, 1.16694])
    """
    x, axis, gamma, labels = _checked(z, target, gamma, axis, reduction)
    if reduction == "mean" and labels.size == 0:
        raise ValueError(f"the mean of no rows is undefined: z has shape {x.shape}")
    work, result = float_dtypes(x.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        others, at_label, rest, nats = _focal_parts(x, axis, labels)
        # Below this bound the ratio is 1 to rounding; above it nothing underflows.
        is_certain = rest <= np.finfo(work).eps / 4
        ratio = np.where(is_certain, 1, nats / np.where(is_certain, 1, rest))
        pull = np.where(at_label == 0, 0, at_label * ratio)  # 0 * inf of a masked target is NaN
        exponent = np.asarray(gamma, work)
        factor = rest**exponent * (1 + exponent * pull)
        grad = others * factor[:, np.newaxis]
        grad.put(np.arange(0, grad.size, x.shape[axis]) + labels, 0 - factor * rest)
        if reduction == "mean":
            divide(grad, labels.size)
        return from_rows(grad, x.shape, axis).astype(result, copy=False)


def _checked(
    z: ArrayLike, target: ArrayLike, gamma: float, axis: int, reduction: str
) -> tuple[NDArray[Any], int, float, NDArray[np.intp]]:
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    gamma = as_nonnegative(gamma, "gamma")
    as_choice(reduction, "reduction", REDUCTIONS)
    return x, axis, gamma, as_labels(target, x, axis)


def _focal_parts(
    x: NDArray[Any], axis: int, labels: NDArray[np.intp]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the probabilities with 0 at the label, those at it, their rest, and -log p there."""
    rows = as_rows(x, axis)
    probs, log_sum, top = log_softmax_parts(rows)
    check_row_tops(top, x, axis)
    at_labels = np.arange(0, rows.size, rows.shape[1]) + labels
    nats = log_sum - probs.take(at_labels)
    exp_normalize(probs)
    at_label = probs.take(at_labels)
    probs.put(at_labels, 0)
    # Times 0 adds nothing, unless it is the NaN of a row with this one class.
    rest = np.minimum(0 * at_label + probs.sum(axis=1), 1)
    return probs, at_label, rest, nats
