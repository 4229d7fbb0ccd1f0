"""Softmax and its losses evaluated with mpmath in 50 digits, to measure errors against.

The definitions are evaluated as they are written. Checks of the arguments are shared with the code
under test, and nothing else.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import REDUCTIONS, as_choice
from softmax_course.verification._exact import DIGITS, ExactRow, exact_target, map_rows


def absolute_error(computed: ArrayLike, reference: Any) -> NDArray[np.float64]:
    """Return the distance of computed numbers from a reference, which is not rounded first.

    Parameters
    ----------
    computed : array_like of float
        What the code under test returned.
    reference : array_like of mpmath.mpf
        What one of the ``*_reference`` functions returned for the same input.

    Returns
    -------
    ndarray of float64
        The absolute errors, of the shape of `computed`; 0 where both are the same infinity.

    Raises
    ------
    ValueError
        If the shapes differ.

    See Also
    --------
    softmax_reference : One of the references.
    softmax_course.softmax_error_bound : What the error may be.

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


def softmax_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Return the softmax in 50 digits.

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
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`; also if `z` has no rows or holds NaN.

    See Also
    --------
    softmax_course.softmax : The function to measure.
    absolute_error : Measures it.

    Examples
    --------
    >>> print(mpmath.nstr(softmax_reference([2.0, -1.0, 0.5])[0], 30))
    0.785597034589275858091011317353
    """
    return map_rows(z, axis, temperature, lambda _, row: row.probs, move_back=True)


def logsumexp_reference(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Return the log-sum-exp in 50 digits.

    Parameters
    ----------
    z : array_like
        Logits. Each row has a finite maximum.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.

    See Also
    --------
    softmax_course.logsumexp : The function to measure.
    absolute_error : Measures it.

    Examples
    --------
    The second term of 1 + exp(-40) is far below the last digit of 1:

    >>> print(mpmath.nstr(logsumexp_reference([0.0, -40.0])[()], 20))
    4.2483542552915889863e-18
    """
    return map_rows(z, axis, 1.0, lambda _, row: row.top + row.tail, move_back=False)


def log_softmax_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Return the log-softmax in 50 digits.

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
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.

    See Also
    --------
    softmax_course.log_softmax : The function to measure.
    absolute_error : Measures it.

    Examples
    --------
    No float is so small; the definition has no such limit:

    >>> print(mpmath.nstr(log_softmax_reference([0.0, -1000.0])[0], 20))
    -5.0759588975494567653e-435
    """
    return map_rows(
        z, axis, temperature, lambda _, row: [d - row.tail for d in row.shifted], move_back=True
    )


def cross_entropy_reference(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """Return the cross-entropy in 50 digits.

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
    mpmath.mpf or ndarray of mpmath.mpf
        The shape of `z` without `axis` if `reduction` is ``"none"``, else one number.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`; also if `z` has no rows or holds NaN.

    See Also
    --------
    softmax_course.cross_entropy : The function to measure.
    absolute_error : Measures it.

    Examples
    --------
    >>> print(mpmath.nstr(cross_entropy_reference([0.0, 0.0], 0), 30))  # log 2
    0.693147180559945309417232121458
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    weights = exact_target(z, target, axis, label_smoothing)

    def loss(index: tuple[int, ...], row: ExactRow) -> Any:
        return mpmath.fsum(
            w * (row.tail - d) for w, d in zip(weights(index), row.shifted, strict=True) if w
        )

    losses = map_rows(z, axis, temperature, loss, move_back=False)
    if reduction == "none":
        return losses
    with mpmath.workdps(DIGITS + 10):
        total = mpmath.fsum(losses.ravel())
        return total if reduction == "sum" else total / losses.size
