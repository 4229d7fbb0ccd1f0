r"""Error bounds of the derivatives of softmax and cross-entropy, derived.

See `softmax_course.verification.error_bounds` for how such a bound is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import REDUCTIONS, as_choice, as_real_array, float_dtypes
from softmax_course.verification._rounding import TARGET_ROUNDINGS, RowBounds, float_target


def _curvature_error_bound(
    z: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[np.float64]:
    b = RowBounds(z, axis, temperature)
    p, p_error = b.probs, b.probs_error
    # The complement 1 - p: subtracted, except at the top, where it is the sum of the others.
    others, others_error = p.copy(), p_error.copy()
    np.put_along_axis(others, b.at_top, 0, -1)
    np.put_along_axis(others_error, b.at_top, 0, -1)
    sum_others = others.sum(axis=-1, keepdims=True)
    sum_error = others_error.sum(axis=-1, keepdims=True) + b.n * b.u * sum_others
    rest = 1 - p
    np.put_along_axis(rest, b.at_top, sum_others, -1)
    rest_error = b.add_rounding(rest, p_error)
    np.put_along_axis(rest_error, b.at_top, sum_error, -1)
    value = p[..., :, None] * p[..., None, :]
    bound = (
        p[..., :, None] * p_error[..., None, :]
        + p_error[..., :, None] * p[..., None, :]
        + p_error[..., :, None] * p_error[..., None, :]
    )
    diagonal = np.arange(b.n)
    value[..., diagonal, diagonal] = p * rest
    bound[..., diagonal, diagonal] = p * rest_error + p_error * rest + p_error * rest_error
    value, bound = b.divide(value, b.add_rounding(value, bound), b.temperature, power)
    return b.add_final_rounding(value, bound)


def jacobian_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound the absolute error of each entry of `softmax_course.softmax_jacobian`.

    With b the bound of softmax, an entry :math:`p_i p_k` errs by
    :math:`p_i b_k + p_k b_i + b_i b_k` and one rounding. On the diagonal the second factor is
    :math:`1 - p_i`, with error :math:`b_i + u (1 - p_i)`, or for the largest class the sum of the
    others, with the sum of their errors and n u of itself. A division by T adds one rounding.

    Parameters
    ----------
    z : array_like
        Logits. Their dtype decides u.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.

    Returns
    -------
    ndarray of float64, shape (..., n, n)
        One bound for each entry.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax_jacobian`.

    See Also
    --------
    hessian_error_bound : Divides once more by the temperature.
    softmax_course.jacobian_reference : What the error is measured against.

    Examples
    --------
    An entry of 4e-18 is right to 14 digits, for 1 - p is never formed where p is near 1:

    >>> f"{jacobian_error_bound([0.0, -40.0])[0, 0]:.0e}"
    '3e-32'
    """
    return _curvature_error_bound(z, axis, temperature, 1)


def hessian_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    """Bound the absolute error of each entry of `softmax_course.cross_entropy_hessian`.

    That of `jacobian_error_bound` with a second division by the temperature.

    Examples
    --------
    >>> z = [2.0, -1.0, 0.5]
    >>> bool((hessian_error_bound(z) == jacobian_error_bound(z)).all())  # at T = 1
    True
    """
    return _curvature_error_bound(z, axis, temperature, 2)


def gradient_error_bound(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> NDArray[np.float64]:
    r"""Bound the absolute error of each entry of `softmax_course.cross_entropy_grad`.

    Away from the label the gradient is :math:`p_i`, with the bound b of softmax; at the label it is
    minus the sum of the others, with the sum of their bounds and n u of itself. For weights y,
    :math:`p_i - y_i` errs by :math:`b_i + (n + 6) u p_i + 5 u y_i` and one rounding, and a class
    with more than half of the weight takes the sum of the others again. Divisions by N and T add a
    rounding each.

    Parameters
    ----------
    z : array_like
        Logits. Their dtype decides u.
    target : array_like
        Class indices, or distributions of the shape of `z`.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.
    label_smoothing : float, default 0.0
        Share of the weight that is spread over all classes, from 0 to 1.
    reduction : {"mean", "sum", "none"}, default "mean"
        What is done with the losses of several rows.

    Returns
    -------
    ndarray of float64
        One bound for each entry, of the shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`.

    See Also
    --------
    softmax_course.cross_entropy_error_bound : The bound of the loss.
    softmax_course.gradient_reference : What the error is measured against.

    Examples
    --------
    An entry of 4e-18 is right to 14 digits, for p - 1 is never formed at the label:

    >>> [f"{bound:.0e}" for bound in gradient_error_bound([0.0, -40.0], 0)]
    ['2e-32', '2e-32']
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    b = RowBounds(z, axis, temperature)
    weights, is_index = float_target(z, target, axis, label_smoothing)
    largest = weights.argmax(axis=-1, keepdims=True)
    share = np.take_along_axis(weights, largest, -1)
    value = b.probs - weights
    if is_index:
        bound = b.probs_error.copy()
    else:
        slack = (b.n + 1 + TARGET_ROUNDINGS) * b.u
        bound = b.probs_error * (1 + slack) + slack * b.probs + TARGET_ROUNDINGS * b.u * weights
        bound = b.add_rounding(value, bound)
    direct = np.take_along_axis(bound, largest, -1)
    others, others_error = np.abs(value), bound.copy()
    np.put_along_axis(others, largest, 0, -1)
    np.put_along_axis(others_error, largest, 0, -1)
    summed = others_error.sum(axis=-1, keepdims=True)
    summed = summed + b.n * b.u * (others.sum(axis=-1, keepdims=True) + summed)
    # A share within rounding of one half may go either way.
    at_label = np.where(share > 0.51, summed, np.maximum(direct, summed))
    at_label = np.where(share < 0.49, direct, at_label)
    np.put_along_axis(bound, largest, at_label, -1)
    count = value.size // b.n if reduction == "mean" else 1
    value, bound = b.divide(value, bound, count)
    value, bound = b.divide(value, bound, b.temperature)
    return b.restore_axis(b.add_final_rounding(value, bound))


def _product_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[np.float64]:
    v = as_real_array(v, "v")
    if v.shape != np.shape(z):
        raise ValueError(f"v of shape {v.shape} does not match z of shape {np.shape(z)}")
    b = RowBounds(z, axis, temperature)
    direction = np.moveaxis(v.astype(np.float64), b.axis, -1)
    # Both the direction and its entry at the top are rounded to the working dtype first.
    start = np.take_along_axis(direction, b.at_top, -1)
    centred = direction - start
    centred_error = b.u * (np.abs(centred) + 2 * np.abs(direction) + 2 * np.abs(start))
    if float_dtypes(v.dtype)[1] == b.work:
        centred_error = b.u * np.abs(centred)
    size = np.abs(centred)
    mean = (b.probs * centred).sum(axis=-1, keepdims=True)
    mean_error = (b.probs_error * (size + centred_error) + b.probs * centred_error).sum(
        axis=-1, keepdims=True
    )
    mean_error = mean_error + b.n * b.u * (
        (b.probs * size).sum(axis=-1, keepdims=True) + mean_error
    )
    spread = centred - mean
    spread_error = b.add_rounding(spread, centred_error + mean_error)
    value = b.probs * spread
    bound = b.probs_error * (np.abs(spread) + spread_error) + b.probs * spread_error
    value, bound = b.divide(value, b.add_rounding(value, bound), b.temperature, power)
    return b.restore_axis(b.add_final_rounding(value, bound))


def jvp_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound the absolute error of `softmax_course.softmax_jvp` and ``softmax_vjp``.

    The code computes :math:`w = v - v_{\max}` (error :math:`u |w_i|`), its mean
    :math:`m = p \cdot w` (error :math:`\sum_k (b_k + (n + 1) u p_k) |w_k|`, with b the bound of
    softmax), and :math:`p_i (w_i - m)`; the errors of the factors add up as in a product.

    Examples
    --------
    Nothing but the smallest numbers there are is allowed to a common shift, whose product is 0:

    >>> bool(jvp_error_bound([2.0, -1.0, 0.5], [7.0, 7.0, 7.0]).max() < 1e-320)
    True
    """
    return _product_error_bound(z, v, axis, temperature, 1)


def hvp_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    """Bound the absolute error of `softmax_course.cross_entropy_hvp`.

    That of `jvp_error_bound` with a second division by the temperature.

    Examples
    --------
    >>> z, v = [2.0, -1.0, 0.5], [1.0, 0.0, 0.0]
    >>> bool((hvp_error_bound(z, v) == jvp_error_bound(z, v)).all())  # at T = 1
    True
    """
    return _product_error_bound(z, v, axis, temperature, 2)
