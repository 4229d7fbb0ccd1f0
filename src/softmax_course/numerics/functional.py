r"""Softmax and the functions built on it, computed from the logits.

Every function here follows these conventions.

* **Axis.** ``axis`` is the class axis (default: the last); all other axes are a batch. One slice
  along ``axis`` is called a *row*.
* **Dtype.** float16, float32 and float64 are kept (float16 is computed in float32 and rounded once
  at the end); integers of any width are computed in float64, which rounds those beyond 2**53.
* **Masked classes.** A logit of :math:`-\infty` removes its class: probability exactly 0.
* **NaN.** A NaN makes its own row NaN and leaves the others alone, even where the row also holds
  an infinity.
* **Range.** A logit whose distance from the row's largest exceeds the largest float counts as
  masked, at every temperature.

Input that has no meaning raises ``TypeError`` (wrong kind of data) or ``ValueError`` (right kind,
impossible value), with the offending value or position in the message.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_positive,
    as_real_array,
    class_axis,
    float_dtypes,
)
from softmax_course.numerics._rows import (
    as_rows,
    blocks,
    check_row_tops,
    round_to,
    softmax_in_work_dtype,
)
from softmax_course.numerics.core import log_softmax_parts

__all__ = [
    "log_softmax",
    "logsumexp",
    "sigmoid",
    "softmax",
]


def logsumexp(z: ArrayLike, axis: int = -1, keepdims: bool = False) -> Any:
    r"""Return the logarithm of the sum of exponentials, :math:`\log \sum_k e^{z_k}`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`.
    axis : int, default -1
        Class axis.
    keepdims : bool, default False
        Keep the class axis with length 1.

    Returns
    -------
    ndarray or scalar, shape (...)
        One number for each row. A row of only -inf, or of no classes, gives -inf; a row
        with +inf gives +inf; a row with NaN gives NaN.

    Raises
    ------
    TypeError
        If `z` is not of real numbers or is a masked array.
    ValueError
        If `z` is 0-d.

    See Also
    --------
    log_softmax : Logits minus this logarithm.
    OnlineLogSumExp : The same of logits that arrive block by block.

    Notes
    -----
    With :math:`m = \max_k z_k` attained at :math:`k = t`, the value is
    :math:`m + \log(1 + \sum_{k \ne t} e^{z_k - m})`, through ``log1p``. No exponential can
    overflow, and a small second term is not lost. It lies between :math:`m` and :math:`m + \log n`.

    References
    ----------
    Blanchard, P., Higham, D. J., Higham, N. J. (2021). Accurately computing the log-sum-exp and
    softmax functions. IMA Journal of Numerical Analysis 41(4). doi:10.1093/imanum/draa038

    Examples
    --------
    >>> from softmax_course import logsumexp
    >>> logsumexp([[1000.0, 1000.0], [0.0, 0.0]])  # log 2 more, though exp(1000) overflows
    array([1.00069315e+03, 6.93147181e-01])
    >>> float(logsumexp([0.0, -40.0]))
    4.248354255291589e-18
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z", allow_empty=True)
    result = float_dtypes(x.dtype)[1]
    batch = x.shape[:axis] + x.shape[axis + 1 :]
    if x.shape[axis] == 0:
        value = np.full(batch, -np.inf, result)
    else:
        rows = as_rows(x, axis)
        value, top = np.empty((2, len(rows)), rows.dtype)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for block in blocks(rows):
                _, value[block], top[block] = log_softmax_parts(rows[block])
            value += top
        # An infinite largest logit is the answer; shifting by it was inf - inf.
        value = np.where(np.isinf(top), top, value).reshape(batch)
    return round_to(np.expand_dims(value, axis) if keepdims else value, result)


def softmax(
    z: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    r"""Return the softmax of logits, :math:`p_i = e^{z_i / T} / \sum_k e^{z_k / T}`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`. Small values sharpen towards the largest logit, large ones flatten.
    out : ndarray, shape (..., n), optional
        Where to write the result, of the dtype of the result. It may be `z` itself.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities; `out` if it was given.

    Raises
    ------
    TypeError
        If `z` is not of real numbers or is a masked array, `temperature` is not a number, or `out`
        is not an array of the right dtype.
    ValueError
        If `z` is 0-d, has no classes, holds +inf or a row of only -inf; if `temperature` is not
        positive and finite; if `out` has another shape or is read-only.

    See Also
    --------
    log_softmax : Logarithms of the probabilities.
    softmax_jacobian : Derivatives.
    sparsemax : Probabilities with exact zeros.
    exp_normalize : The arithmetic without the checks.

    Notes
    -----
    The row's maximum is subtracted first, which changes nothing (softmax is invariant under a
    common shift) and keeps every exponent at or below 0. The work is done in place in one copy.
    `softmax_course.verification.error_bounds.softmax_error_bound` bounds the rounding error.

    References
    ----------
    Blanchard, P., Higham, D. J., Higham, N. J. (2021). Accurately computing the log-sum-exp and
    softmax functions. IMA Journal of Numerical Analysis 41(4). doi:10.1093/imanum/draa038

    Examples
    --------
    >>> from softmax_course import softmax
    >>> softmax([2.0, -1.0, 0.5]).round(3)
    array([0.786, 0.039, 0.175])
    >>> softmax([2.0, -1.0, 0.5], temperature=0.1).round(3)
    array([1., 0., 0.])
    >>> softmax([[1000.0, 1000.0], [0.0, float("-inf")]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    work, result = float_dtypes(x.dtype)
    if out is None:
        probs = softmax_in_work_dtype(x, axis, temperature)
        return probs if work == result else probs.astype(result)
    _check_out(out, x.shape, result)
    if work == result:
        softmax_in_work_dtype(x, axis, temperature, out)
    else:
        out[...] = softmax_in_work_dtype(x, axis, temperature)
    return out


def _check_out(out: NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if not isinstance(out, np.ndarray) or isinstance(out, np.ma.MaskedArray):
        raise TypeError(f"out must be a plain NumPy array, got {type(out).__name__}")
    if out.dtype != dtype:
        raise TypeError(f"out must have dtype {dtype} to hold this result, not {out.dtype}")
    if out.shape != shape:
        raise ValueError(f"out of shape {out.shape} does not match z of shape {shape}")
    if not out.flags.writeable:
        raise ValueError("out is read-only")


def log_softmax(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    r"""Return the logarithm of softmax, :math:`z_i / T - \log \sum_k e^{z_k / T}`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.

    Returns
    -------
    ndarray, shape (..., n)
        Log-probabilities in nats, at most 0; -inf for a masked class.

    Raises
    ------
    TypeError, ValueError
        As `softmax`.

    See Also
    --------
    softmax : The probabilities.
    cross_entropy : The loss that is made of log-probabilities.
    log_softmax_parts : The arithmetic without the checks.

    Notes
    -----
    Never ``log(softmax(z))``, which is -inf as soon as a probability underflows. Where one class
    is almost certain its log-probability is tiny, and a plain ``log`` of the sum returns 0; here
    ``log1p`` of the sum of the other terms keeps full relative accuracy.

    Examples
    --------
    >>> from softmax_course import log_softmax
    >>> log_softmax([0.0, -40.0])
    array([-4.24835426e-18, -4.00000000e+01])
    >>> log_softmax([0.0, -2000.0])
    array([    0., -2000.])
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    rows = as_rows(x, axis)
    log_probs, top = np.empty_like(rows), np.empty(len(rows), rows.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for block in blocks(rows):
            shifted, log_sum, top[block] = log_softmax_parts(
                rows[block], temperature, log_probs[block]
            )
            shifted -= log_sum[:, np.newaxis]
    check_row_tops(top, x, axis)
    batch = x.shape[:axis] + x.shape[axis + 1 :]
    log_probs = log_probs.reshape(batch + x.shape[axis : axis + 1])
    if axis != x.ndim - 1:
        log_probs = np.moveaxis(log_probs, -1, axis)
    return round_to(log_probs, float_dtypes(x.dtype)[1])


def sigmoid(z: ArrayLike) -> Any:
    r"""Return the logistic sigmoid, :math:`1 / (1 + e^{-z})`, elementwise.

    It is softmax of two classes, one of which has logit 0: ``softmax([z, 0])[0]``.

    Parameters
    ----------
    z : array_like, shape (...)
        Real numbers, 0-d included: there is no class axis. Infinities give the limits 0 and 1,
        NaN gives NaN.

    Returns
    -------
    ndarray or scalar, shape (...)
        Values in [0, 1].

    Raises
    ------
    TypeError
        If `z` is not of real numbers or is a masked array.

    See Also
    --------
    softmax : The same for any number of classes.

    Notes
    -----
    Only :math:`e^{-|z|}` is evaluated, so nothing overflows and small values keep their relative
    accuracy.

    Examples
    --------
    >>> from softmax_course import sigmoid
    >>> sigmoid([-800.0, 0.0, 2.0]).round(4)
    array([0.    , 0.5   , 0.8808])
    >>> float(sigmoid(-700.0))
    9.85967654375977e-305
    """
    x = as_real_array(z, "z")
    work, result = float_dtypes(x.dtype)
    x = x.astype(work, copy=False)
    with np.errstate(under="ignore"):
        small = np.exp(-np.abs(x))
        value = np.where(x < 0, small, 1) / (1 + small)
    return round_to(value.astype(work, copy=False), result)
