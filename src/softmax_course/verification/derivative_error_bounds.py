r"""Error bounds of the derivatives of softmax and cross-entropy, derived.

See `softmax_course.verification.error_bounds` for how such a bound is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_real_array,
    float_dtypes,
)
from softmax_course.verification.error_bounds import _TARGET_ROUNDINGS, _Bounds, _float_target

__all__ = [
    "gradient_error_bound",
    "hessian_error_bound",
    "hvp_error_bound",
    "jacobian_error_bound",
    "jvp_error_bound",
]


def _curvature_error_bound(
    z: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[np.float64]:
    b = _Bounds(z, axis, temperature)
    p, of_p = b.probs, b.of_probs
    # The complement 1 - p: subtracted, except at the top, where it is the sum of the others.
    others, of_others = p.copy(), of_p.copy()
    np.put_along_axis(others, b.at_top, 0, -1)
    np.put_along_axis(of_others, b.at_top, 0, -1)
    sum_others = others.sum(axis=-1, keepdims=True)
    of_sum = of_others.sum(axis=-1, keepdims=True) + b.n * b.u * sum_others
    rest = 1 - p
    np.put_along_axis(rest, b.at_top, sum_others, -1)
    of_rest = b.operation(rest, of_p)
    np.put_along_axis(of_rest, b.at_top, of_sum, -1)
    value = p[..., :, None] * p[..., None, :]
    bound = (
        p[..., :, None] * of_p[..., None, :]
        + of_p[..., :, None] * p[..., None, :]
        + of_p[..., :, None] * of_p[..., None, :]
    )
    diagonal = np.arange(b.n)
    value[..., diagonal, diagonal] = p * rest
    bound[..., diagonal, diagonal] = p * of_rest + of_p * rest + of_p * of_rest
    value, bound = b.divide(value, b.operation(value, bound), b.temperature, power)
    return b.rounded(value, bound)


def jacobian_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound on the absolute error of each entry of `softmax_course.softmax_jacobian`.

    With b the bound of softmax, an entry :math:`p_i p_k` errs by
    :math:`p_i b_k + p_k b_i + b_i b_k` and one rounding. On the diagonal the second factor is
    :math:`1 - p_i`, with error :math:`b_i + u (1 - p_i)`, or for the largest class the sum of the
    others, with the sum of their errors and n u of itself. A division by T adds one rounding.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.softmax_jacobian`.

    Returns
    -------
    ndarray of float64, shape (..., n, n)
        One bound for each entry.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax_jacobian`.

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
    """Bound on the absolute error of each entry of `softmax_course.cross_entropy_hessian`.

    That of `jacobian_error_bound` with a second division by the temperature.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.cross_entropy_hessian`.

    Returns
    -------
    ndarray of float64, shape (..., n, n)
        One bound for each entry.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax_jacobian`.

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
    r"""Bound on the absolute error of each entry of `softmax_course.cross_entropy_grad`.

    Away from the label the gradient is :math:`p_i`, with the bound b of softmax; at the label it is
    minus the sum of the others, with the sum of their bounds and n u of itself. For weights y,
    :math:`p_i - y_i` errs by :math:`b_i + (n + 6) u p_i + 5 u y_i` and one rounding, and a class
    with more than half of the weight takes the sum of the others again. Divisions by N and T add a
    rounding each.

    Parameters
    ----------
    z, target, axis, temperature, label_smoothing, reduction
        As `softmax_course.cross_entropy_grad`.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`.

    Examples
    --------
    An entry of 4e-18 is right to 14 digits, for p - 1 is never formed at the label:

    >>> [f"{bound:.0e}" for bound in gradient_error_bound([0.0, -40.0], 0)]
    ['2e-32', '2e-32']
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    b = _Bounds(z, axis, temperature)
    weights, is_index = _float_target(z, target, axis, label_smoothing)
    heavy = weights.argmax(axis=-1, keepdims=True)
    share = np.take_along_axis(weights, heavy, -1)
    value = b.probs - weights
    if is_index:
        bound = b.of_probs.copy()
    else:
        slack = (b.n + 1 + _TARGET_ROUNDINGS) * b.u
        bound = b.of_probs * (1 + slack) + slack * b.probs + _TARGET_ROUNDINGS * b.u * weights
        bound = b.operation(value, bound)
    direct = np.take_along_axis(bound, heavy, -1)
    others, of_others = np.abs(value), bound.copy()
    np.put_along_axis(others, heavy, 0, -1)
    np.put_along_axis(of_others, heavy, 0, -1)
    summed = of_others.sum(axis=-1, keepdims=True)
    summed = summed + b.n * b.u * (others.sum(axis=-1, keepdims=True) + summed)
    # A share within rounding of one half may go either way.
    at_label = np.where(share > 0.51, summed, np.maximum(direct, summed))
    at_label = np.where(share < 0.49, direct, at_label)
    np.put_along_axis(bound, heavy, at_label, -1)
    count = value.size // b.n if reduction == "mean" else 1
    value, bound = b.divide(value, bound, count)
    value, bound = b.divide(value, bound, b.temperature)
    return b.back(b.rounded(value, bound))


def _product_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[np.float64]:
    given = as_real_array(v, "v")
    if given.shape != np.shape(z):
        raise ValueError(f"v of shape {given.shape} does not match z of shape {np.shape(z)}")
    b = _Bounds(z, axis, temperature)
    direction = np.moveaxis(given.astype(np.float64), b.axis, -1)
    # Both the direction and its entry at the top are rounded to the working dtype first.
    start = np.take_along_axis(direction, b.at_top, -1)
    centred = direction - start
    of_centred = b.u * (np.abs(centred) + 2 * np.abs(direction) + 2 * np.abs(start))
    if float_dtypes(given.dtype)[1] == b.work:
        of_centred = b.u * np.abs(centred)
    size = np.abs(centred)
    mean = (b.probs * centred).sum(axis=-1, keepdims=True)
    of_mean = (b.of_probs * (size + of_centred) + b.probs * of_centred).sum(axis=-1, keepdims=True)
    of_mean = of_mean + b.n * b.u * ((b.probs * size).sum(axis=-1, keepdims=True) + of_mean)
    spread = centred - mean
    of_spread = b.operation(spread, of_centred + of_mean)
    value = b.probs * spread
    bound = b.of_probs * (np.abs(spread) + of_spread) + b.probs * of_spread
    value, bound = b.divide(value, b.operation(value, bound), b.temperature, power)
    return b.back(b.rounded(value, bound))


def jvp_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound on the absolute error of `softmax_course.softmax_jvp` and ``softmax_vjp``.

    The code computes :math:`w = v - v_{\max}` (error :math:`u |w_i|`), its mean
    :math:`m = p \cdot w` (error :math:`\sum_k (b_k + (n + 1) u p_k) |w_k|`, with b the bound of
    softmax), and :math:`p_i (w_i - m)`; the errors of the factors add up as in a product.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.softmax_jvp`, `v` in the dtype of `z`.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`; also if the shapes of `z` and `v` differ.

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
    """Bound on the absolute error of `softmax_course.cross_entropy_hvp`.

    That of `jvp_error_bound` with a second division by the temperature.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.cross_entropy_hvp`, `v` in the dtype of `z`.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`; also if the shapes of `z` and `v` differ.

    Examples
    --------
    >>> z, v = [2.0, -1.0, 0.5], [1.0, 0.0, 0.0]
    >>> bool((hvp_error_bound(z, v) == jvp_error_bound(z, v)).all())  # at T = 1
    True
    """
    return _product_error_bound(z, v, axis, temperature, 2)
