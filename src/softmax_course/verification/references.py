"""The definitions evaluated with mpmath in 50 digits, to measure errors against.

They share the checks of their arguments with the code under test, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_label_smoothing,
    as_positive,
    as_real_array,
    as_target,
    check_top,
    class_axis,
)

__all__ = [
    "absolute_error",
    "cross_entropy_reference",
    "gradient_reference",
    "hessian_reference",
    "hvp_reference",
    "jacobian_reference",
    "jvp_reference",
    "log_softmax_reference",
    "logsumexp_reference",
    "softmax_reference",
]

DIGITS = 50


def absolute_error(computed: ArrayLike, reference: Any) -> NDArray[np.float64]:
    """Distance of computed numbers from a reference, without rounding the reference first.

    Parameters
    ----------
    computed : array_like of float
        What the code under test returned.
    reference : array_like of mpmath.mpf
        What one of the ``*_reference`` functions returned for the same input.

    Returns
    -------
    ndarray of float64
        The absolute errors; 0 where both are the same infinity.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> from softmax_course import softmax
    >>> bool((absolute_error(softmax([1.0, 2.0]), softmax_reference([1.0, 2.0])) < 1e-16).all())
    True
    """
    computed = np.asarray(computed)
    reference = np.asarray(reference, dtype=object)
    if computed.shape != reference.shape:
        raise ValueError(f"shape {computed.shape} does not match the reference's {reference.shape}")
    errors = np.empty(computed.shape)
    with mpmath.workdps(DIGITS + 10):
        for index in np.ndindex(computed.shape):
            value, exact = mpmath.mpf(float(computed[index])), reference[index]
            errors[index] = 0.0 if value == exact else float(abs(value - exact))
    return errors


class _Row(NamedTuple):
    """One row in exact arithmetic, as far as 50 digits are exact."""

    shifted: list[Any]  # (z - max z) / T
    probs: list[Any]
    others: list[Any]  # 1 - p, as the sum of the other p
    tail: Any  # log of the sum of exp(shifted)
    top: Any


def _exact_row(row: Iterable[float], temperature: float) -> _Row:
    z = [mpmath.mpf(float(v)) for v in row]
    top = max(z)
    at_top = z.index(top)
    shifted = [(v - top) / mpmath.mpf(temperature) for v in z]
    terms = [mpmath.exp(v) for v in shifted]
    rest = mpmath.fsum(t for k, t in enumerate(terms) if k != at_top)
    probs = [t / (1 + rest) for t in terms]
    others = [
        rest / (1 + rest) if k == at_top else (1 + rest - t) / (1 + rest)
        for k, t in enumerate(terms)
    ]
    return _Row(shifted, probs, others, mpmath.log1p(rest), top)


def _collect(
    z: ArrayLike,
    axis: int,
    temperature: float,
    per_row: Callable[[tuple[int, ...], _Row], Any],
    move_back: bool,
) -> NDArray[Any]:
    """Apply `per_row`, in 50 digits, to all rows and put its answers where the rows were.

    It gets a row and its position in the batch. Numbers that it closes over have to be exact: what
    is computed outside of it has the precision of floats.
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    if x.size == 0:
        raise ValueError(f"z of shape {x.shape} has no rows")
    if np.isnan(x).any():
        raise ValueError("z must not hold NaN: there is nothing to refer to")
    check_top(x.max(axis=axis, keepdims=True), axis)
    rows = np.moveaxis(x, axis, -1)
    with mpmath.workdps(DIGITS + 10):
        values = [
            per_row(index, _exact_row(rows[index], temperature))
            for index in np.ndindex(rows.shape[:-1])
        ]
    results = np.array(values, dtype=object)
    results = results.reshape(rows.shape[:-1] + results.shape[1:])
    return np.moveaxis(results, -1, axis) if move_back else results


def softmax_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Softmax in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.softmax`. The floats are taken as exact; NaN is not allowed.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`; also if `z` has no rows or holds NaN.

    Examples
    --------
    >>> print(mpmath.nstr(softmax_reference([2.0, -1.0, 0.5])[0], 30))
    0.785597034589275858091011317353
    """
    return _collect(z, axis, temperature, lambda _, row: row.probs, move_back=True)


def logsumexp_reference(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Log-sum-exp in 50 digits.

    Parameters
    ----------
    z, axis
        As `softmax_course.logsumexp`, with a finite maximum in each row.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.

    Examples
    --------
    The second term of 1 + exp(-40) is far below the last digit of 1:

    >>> print(mpmath.nstr(logsumexp_reference([0.0, -40.0])[()], 20))
    4.2483542552915889863e-18
    """
    return _collect(z, axis, 1.0, lambda _, row: row.top + row.tail, move_back=False)


def log_softmax_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Log-softmax in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_reference`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.

    Examples
    --------
    No float is so small; the definition has no such limit:

    >>> print(mpmath.nstr(log_softmax_reference([0.0, -1000.0])[0], 20))
    -5.0759588975494567653e-435
    """
    return _collect(
        z, axis, temperature, lambda _, row: [d - row.tail for d in row.shifted], move_back=True
    )


def exact_target(
    z: ArrayLike, target: ArrayLike, axis: int, label_smoothing: float
) -> Callable[[tuple[int, ...]], list[Any]]:
    """Return a function that gives the smoothed target of a row, in mpmath numbers."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    smoothing = mpmath.mpf(as_label_smoothing(label_smoothing))
    checked, is_index = as_target(target, x, axis)
    logits = np.moveaxis(x, axis, -1)
    given = np.moveaxis(checked, axis, -1)

    def weights(index: tuple[int, ...]) -> list[Any]:
        n = logits.shape[-1]
        is_open = [bool(v != -np.inf) for v in logits[index]]
        if is_index:
            row = [mpmath.mpf(int(k == given[index][0])) for k in range(n)]
        else:
            row = [mpmath.mpf(float(v)) for v in given[index]]
        share = smoothing / sum(is_open)
        return [(1 - smoothing) * v + share * o for v, o in zip(row, is_open, strict=True)]

    return weights


def cross_entropy_reference(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """Cross-entropy in 50 digits.

    Parameters
    ----------
    z, target, axis, temperature, label_smoothing, reduction
        As `softmax_course.cross_entropy`.

    Returns
    -------
    mpmath.mpf, or ndarray of it
        The shape of `z` without `axis` if `reduction` is ``"none"``.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`; also if `z` has no rows or holds NaN.

    Examples
    --------
    >>> print(mpmath.nstr(cross_entropy_reference([0.0, 0.0], 0), 30))  # log 2
    0.693147180559945309417232121458
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    weights = exact_target(z, target, axis, label_smoothing)

    def loss(index: tuple[int, ...], row: _Row) -> Any:
        return mpmath.fsum(
            w * (row.tail - d) for w, d in zip(weights(index), row.shifted, strict=True) if w
        )

    losses = _collect(z, axis, temperature, loss, move_back=False)
    if reduction == "none":
        return losses
    with mpmath.workdps(DIGITS + 10):
        total = mpmath.fsum(losses.ravel())
        return total if reduction == "sum" else total / losses.size


def _curvature_reference(z: ArrayLike, axis: int, temperature: float, power: int) -> NDArray[Any]:
    def matrix(_: tuple[int, ...], row: _Row) -> list[list[Any]]:
        scale = mpmath.mpf(temperature) ** power
        return [
            [(p * row.others[i] if i == k else -p * q) / scale for k, q in enumerate(row.probs)]
            for i, p in enumerate(row.probs)
        ]

    return _collect(z, axis, temperature, matrix, move_back=False)


def jacobian_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Jacobian of softmax in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.softmax_jacobian`.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., n, n)
        As `softmax_course.softmax_jacobian`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.

    Examples
    --------
    >>> print(*(mpmath.nstr(entry, 6) for entry in jacobian_reference([0.0, -40.0])[0]))
    4.24835e-18 -4.24835e-18
    """
    return _curvature_reference(z, axis, temperature, 1)


def hessian_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Hessian of cross-entropy in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.cross_entropy_hessian`.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., n, n)
        As `softmax_course.cross_entropy_hessian`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.

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
    """Gradient of cross-entropy in 50 digits.

    Parameters
    ----------
    z, target, axis, temperature, label_smoothing, reduction
        As `softmax_course.cross_entropy_grad`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`; also if `z` has no rows or holds NaN.

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

    def gradient(index: tuple[int, ...], row: _Row) -> list[Any]:
        scale = mpmath.mpf(temperature) * n_rows
        target_row = weights(index)
        total = mpmath.fsum(target_row)
        # p s - y, written around the complement so that 50 digits survive a p within 1e-50 of 1.
        return [
            ((total - w) - o * total if 2 * p > 1 else p * total - w) / scale
            for p, o, w in zip(row.probs, row.others, target_row, strict=True)
        ]

    return _collect(z, axis, temperature, gradient, move_back=True)


def _product_reference(
    z: ArrayLike, v: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[Any]:
    direction = as_real_array(v, "v")
    if direction.shape != np.shape(z):
        raise ValueError(f"v of shape {direction.shape} does not match z of shape {np.shape(z)}")
    directions = np.moveaxis(direction, axis, -1)

    def product(index: tuple[int, ...], row: _Row) -> list[Any]:
        scale = mpmath.mpf(temperature) ** power
        v_row = [mpmath.mpf(float(value)) for value in directions[index]]
        # p_i sum_k p_k (v_i - v_k): differences first, so that nothing cancels.
        return [
            p * mpmath.fsum(q * (a - b) for q, b in zip(row.probs, v_row, strict=True)) / scale
            for p, a in zip(row.probs, v_row, strict=True)
        ]

    return _collect(z, axis, temperature, product, move_back=True)


def jvp_reference(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    """Jacobian of softmax times a direction, in 50 digits; also the VJP, for J is symmetric.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.softmax_jvp`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`; also if the shapes of `z` and `v` differ.

    Examples
    --------
    >>> bool((jvp_reference([2.0, -1.0, 0.5], [7.0, 7.0, 7.0]) == 0).all())  # a common shift
    True
    """
    return _product_reference(z, v, axis, temperature, 1)


def hvp_reference(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    """Hessian of cross-entropy times a direction, in 50 digits.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.cross_entropy_hvp`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`; also if the shapes of `z` and `v` differ.

    Examples
    --------
    The Hessian is the Jacobian once more divided by the temperature:

    >>> z, v = [2.0, -1.0, 0.5], [1.0, 0.0, 0.0]
    >>> ratios = hvp_reference(z, v, temperature=0.5) / jvp_reference(z, v, temperature=0.5)
    >>> print(*(mpmath.nstr(ratio) for ratio in ratios))
    2.0 2.0 2.0
    """
    return _product_reference(z, v, axis, temperature, 2)
