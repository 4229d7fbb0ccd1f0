"""Derivatives of softmax and cross-entropy evaluated with mpmath in 50 digits.

The closed forms are evaluated so that nothing cancels. A test compares them with mpmath's own
numerical derivatives of the definitions.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import REDUCTIONS, as_choice, as_real_array
from softmax_course.verification._exact import ExactRow, exact_target, map_rows


def _curvature_reference(z: ArrayLike, axis: int, temperature: float, power: int) -> NDArray[Any]:
    def matrix(_: tuple[int, ...], row: ExactRow) -> list[list[Any]]:
        scale = mpmath.mpf(temperature) ** power
        return [
            [(p * row.others[i] if i == k else -p * q) / scale for k, q in enumerate(row.probs)]
            for i, p in enumerate(row.probs)
        ]

    return map_rows(z, axis, temperature, matrix, move_back=False)


def jacobian_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Return the Jacobian of softmax in 50 digits.

    Parameters
    ----------
    z : array_like
        Logits. The floats are taken as exact; NaN is not allowed.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., n, n)
        Row i, column k holds the derivative of entry i by logit k.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.

    See Also
    --------
    softmax_course.softmax_jacobian : The function to measure.
    softmax_course.absolute_error : Measures it.

    Examples
    --------
    >>> print(*(mpmath.nstr(entry, 6) for entry in jacobian_reference([0.0, -40.0])[0]))
    4.24835e-18 -4.24835e-18
    """
    return _curvature_reference(z, axis, temperature, 1)


def hessian_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Return the Hessian of cross-entropy in 50 digits.

    Examples
    --------
    1 / (4 T^2) is 25 at T = 1/10, but the float 0.1 is taken for what it is, a little more:

    >>> print(mpmath.nstr(hessian_reference([0.0, 0.0], temperature=0.1)[0, 0], 20))
    24.999999999999997224
    """
    return _curvature_reference(z, axis, temperature, 2)


def gradient_reference(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> NDArray[Any]:
    """Return the gradient of cross-entropy in 50 digits.

    Parameters
    ----------
    z : array_like
        Logits. The floats are taken as exact; NaN is not allowed.
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
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`; also if `z` has no rows or holds NaN.

    See Also
    --------
    softmax_course.cross_entropy_grad : The function to measure.
    softmax_course.absolute_error : Measures it.

    Examples
    --------
    Even where p rounds to the target the gradient is not 0:

    >>> print(mpmath.nstr(gradient_reference([0.0, -1000.0], 0)[0], 20))
    -5.0759588975494567653e-435
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    weights = exact_target(z, target, axis, label_smoothing)
    x = np.asarray(z)
    n_rows = x.size // x.shape[axis] if reduction == "mean" else 1

    def gradient(index: tuple[int, ...], row: ExactRow) -> list[Any]:
        scale = mpmath.mpf(temperature) * n_rows
        target_row = weights(index)
        total = mpmath.fsum(target_row)
        # p s - y, written around the complement so that 50 digits survive a p within 1e-50 of 1.
        return [
            ((total - w) - o * total if 2 * p > 1 else p * total - w) / scale
            for p, o, w in zip(row.probs, row.others, target_row, strict=True)
        ]

    return map_rows(z, axis, temperature, gradient, move_back=True)


def _product_reference(
    z: ArrayLike, v: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[Any]:
    direction = as_real_array(v, "v")
    if direction.shape != np.shape(z):
        raise ValueError(f"v of shape {direction.shape} does not match z of shape {np.shape(z)}")
    directions = np.moveaxis(direction, axis, -1)

    def product(index: tuple[int, ...], row: ExactRow) -> list[Any]:
        scale = mpmath.mpf(temperature) ** power
        v_row = [mpmath.mpf(float(value)) for value in directions[index]]
        # p_i sum_k p_k (v_i - v_k): differences first, so that nothing cancels.
        return [
            p * mpmath.fsum(q * (a - b) for q, b in zip(row.probs, v_row, strict=True)) / scale
            for p, a in zip(row.probs, v_row, strict=True)
        ]

    return map_rows(z, axis, temperature, product, move_back=True)


def jvp_reference(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    """Return the Jacobian of softmax times a direction, in 50 digits.

    The Jacobian is symmetric: this is the vector-Jacobian product, too.

    Examples
    --------
    >>> bool((jvp_reference([2.0, -1.0, 0.5], [7.0, 7.0, 7.0]) == 0).all())  # a common shift
    True
    """
    return _product_reference(z, v, axis, temperature, 1)


def hvp_reference(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    """Return the Hessian of cross-entropy times a direction, in 50 digits.

    Examples
    --------
    The Hessian is the Jacobian once more divided by the temperature:

    >>> z, v = [2.0, -1.0, 0.5], [1.0, 0.0, 0.0]
    >>> ratios = hvp_reference(z, v, temperature=0.5) / jvp_reference(z, v, temperature=0.5)
    >>> print(*(mpmath.nstr(ratio) for ratio in ratios))
    2.0 2.0 2.0
    """
    return _product_reference(z, v, axis, temperature, 2)
