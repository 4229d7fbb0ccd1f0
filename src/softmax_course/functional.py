r"""Softmax and the functions built on it, computed from the logits.

Every function here follows four conventions.

* **Axis.** ``axis`` is the class axis (default: the last); all other axes are a batch. One slice
  along ``axis`` is called a *row*.
* **Dtype.** float16, float32 and float64 are kept (float16 is computed in float32 and rounded once
  at the end); integers of any width are computed in float64, which rounds those beyond 2**53.
* **Masked classes.** A logit of :math:`-\infty` removes its class: probability exactly 0.
* **NaN.** A NaN makes its own row NaN and leaves the others alone, even where the row also holds
  an infinity.

Input that has no meaning raises ``TypeError`` (wrong kind of data) or ``ValueError`` (right kind,
impossible value), with the offending value or position in the message.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_label_smoothing,
    as_positive,
    as_real_array,
    as_target,
    check_rows,
    check_top,
    class_axis,
    dense_target,
    float_dtypes,
)

__all__ = [
    "cross_entropy",
    "entropy",
    "kl_divergence",
    "log_softmax",
    "logsumexp",
    "sigmoid",
    "softmax",
]

# Large arrays are worked on in parts of so many entries, which stay in the processor's cache from
# one step to the next: a tenth to a quarter of the time. From 2**15 to 2**18 it hardly matters.
BLOCK = 2**17

# Rows up to this length are reduced by columns, see `_row_max`.
SHORT_ROW = 12

# A ufunc's buffer holds this many entries while rows at least as long are worked on.
ROW_BUFFER = 512


# --------------------------------------------------------------------------------------------------
# Shared computations, in the working dtype


def _spare_buffers(x: NDArray[Any], axis: int) -> None:
    """Keep NumPy from copying a column of one number a row into its buffer, number by number.

    It does so to make its inner loops longer than a row, whenever its buffer is; where rows are
    long that gains nothing and doubles the time of ``matrix - column``. To be called within
    ``np.errstate``, whose end restores the buffer size.
    """
    if x.shape[axis] >= ROW_BUFFER and axis == x.ndim - 1:
        np.setbufsize(ROW_BUFFER)


def _shift(
    x: NDArray[Any],
    top: NDArray[Any],
    temperature: float,
    dtype: np.dtype[Any],
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """``(x - top) / temperature``: at most 0, so that its exponential cannot overflow.

    Shifting comes first: ``x / temperature`` may overflow where the difference does not. Where the
    difference overflows to -inf, so does the quotient, unless the temperature is above 1: there the
    difference is taken of halves, which is exact. The division runs in float64 whatever the dtype,
    for a temperature of 1e-300 would be 0 in float32 and 0 / 0 is NaN.
    """
    if temperature > 1.0:
        shifted = np.multiply(x, 0.5, out=out, dtype=dtype)
        shifted -= np.multiply(top, 0.5, dtype=dtype)
        temperature /= 2
    else:
        shifted = np.subtract(x, top, out=out, dtype=dtype)
    if temperature != 1.0:
        np.divide(shifted, np.float64(temperature), out=shifted, casting="same_kind")
    return shifted


def _row_max(x: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return each row's maximum, the class axis kept with length 1.

    NumPy reduces contiguous rows one at a time, which for many short rows costs more than all the
    exponentials; by columns it takes all the rows at once. The reordered copy is gone before the
    result is allocated.
    """
    if x.size > 32 * SHORT_ROW and x.shape[axis] <= SHORT_ROW and axis == x.ndim - 1:
        x = np.asfortranarray(x)
    # The ufuncs' own `reduce` spares a small array the wrappers of `max` and `sum`.
    return np.maximum.reduce(x, axis, keepdims=True)


def softmax_in_work_dtype(
    x: NDArray[Any], axis: int, temperature: float, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Softmax of checked input, not yet rounded to the dtype of the result."""
    work = float_dtypes(x.dtype)[0]
    with np.errstate(over="ignore", under="ignore"):  # to -inf and to 0: both are the limits
        top = _row_max(x, axis)
        check_top(top, axis)  # all of it, before anything is written
        _spare_buffers(x, axis)
        # An `out` that overlaps x at an offset would be overwritten before it is read.
        if x.size <= BLOCK or axis == 0 or not (out is None or out is x):
            return _normalised_exp(x, top, axis, temperature, work, out)
        if out is None:
            out = np.empty_like(x, work, subok=False)
        step = max(1, BLOCK * len(x) // x.size)
        for start in range(0, len(x), step):
            part = slice(start, start + step)
            _normalised_exp(x[part], top[part], axis, temperature, work, out[part])
    return out


def _normalised_exp(
    x: NDArray[Any],
    top: NDArray[Any],
    axis: int,
    temperature: float,
    work: np.dtype[Any],
    out: NDArray[Any] | None,
) -> NDArray[Any]:
    """``exp((x - top) / temperature)`` divided by its sum, in one array."""
    probs = _shift(x, top, temperature, work, out)
    np.exp(probs, probs)
    total = np.add.reduce(probs, axis, keepdims=True)
    # One division a row; a division for each entry is a tenth of the whole time.
    probs *= np.reciprocal(total, total)
    return probs


def _log_parts(
    x: NDArray[Any], axis: int, temperature: float, labels: NDArray[np.intp] | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """``(shifted, tail)`` with ``log_softmax = shifted - tail`` and ``tail = log1p(the others)``.

    The row's largest term is exp(0) = 1, so the logarithm of the sum is log1p of the sum of the
    *other* terms: adding them to 1 first would lose all of them below the unit roundoff. Both parts
    of the difference have one sign, so nothing cancels. With `labels`, only the labels' entries of
    ``shifted`` are kept, which saves an array.
    """
    where_top = x.argmax(axis=axis, keepdims=True)
    top = np.take_along_axis(x, where_top, axis)
    with np.errstate(over="ignore", under="ignore"):
        check_top(top, axis)
        _spare_buffers(x, axis)
        shifted = _shift(x, top, temperature, float_dtypes(x.dtype)[0])
        if labels is None:
            terms = np.exp(shifted)
        else:
            terms = shifted
            shifted = np.take_along_axis(shifted, labels, axis)
            np.exp(terms, out=terms)
        np.put_along_axis(terms, where_top, 0, axis)
        tail = np.log1p(terms.sum(axis=axis, keepdims=True))
    return shifted, tail


def _finish(array: NDArray[Any], dtype: np.dtype[Any]) -> Any:
    """Round to the dtype of the result once; a 0-d array becomes a scalar."""
    with np.errstate(over="ignore", under="ignore"):  # rounding to float16
        return array.astype(dtype, copy=False)[()]


# --------------------------------------------------------------------------------------------------
# Public functions


def logsumexp(z: ArrayLike, axis: int = -1, keepdims: bool = False) -> Any:
    r"""Logarithm of the sum of exponentials, :math:`\log \sum_k e^{z_k}`.

    Parameters
    ----------
    z : array_like
        Logits of any shape with at least one axis.
    axis : int, default -1
        Class axis.
    keepdims : bool, default False
        Keep the class axis with length 1.

    Returns
    -------
    ndarray or scalar
        The shape of `z` without `axis`. A row of only -inf, or of no classes, gives -inf; a row
        with +inf gives +inf; a row with NaN gives NaN.

    Raises
    ------
    TypeError
        If `z` is not of real numbers or is a masked array.
    ValueError
        If `z` is 0-d.

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
    work, result = float_dtypes(x.dtype)
    if x.shape[axis] == 0:
        shape = x.shape[:axis] + ((1,) if keepdims else ()) + x.shape[axis + 1 :]
        return np.full(shape, -np.inf, result)[()]
    where_top = x.argmax(axis=axis, keepdims=True)
    top = np.take_along_axis(x, where_top, axis)
    # An infinite largest logit is the answer already; shifting by it would make inf - inf.
    shift = np.where(np.isinf(top), 0, top) if x.dtype.kind == "f" else top
    with np.errstate(over="ignore", under="ignore"):
        _spare_buffers(x, axis)
        terms = _shift(x, shift, 1.0, work)
        np.exp(terms, out=terms)
        np.put_along_axis(terms, where_top, 0, axis)
        value = np.log1p(terms.sum(axis=axis, keepdims=True)) + top
    return _finish(value if keepdims else value.squeeze(axis), result)


def softmax(
    z: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    r"""Softmax, :math:`p_i = e^{z_i / T} / \sum_k e^{z_k / T}`.

    Parameters
    ----------
    z : array_like
        Logits of any shape with at least one axis. -inf masks a class.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`. Small values sharpen towards the largest logit, large ones flatten.
    out : ndarray, optional
        Where to write the result: the shape of `z` and the dtype of the result. It may be `z`
        itself.

    Returns
    -------
    ndarray
        Probabilities, the shape of `z`; `out` if it was given.

    Raises
    ------
    TypeError
        If `z` is not of real numbers or is a masked array, `temperature` is not a number, or `out`
        is not an array of the right dtype.
    ValueError
        If `z` is 0-d, has no classes, holds +inf or a row of only -inf; if `temperature` is not
        positive and finite; if `out` has another shape or is read-only.

    Notes
    -----
    The row's maximum is subtracted first, which changes nothing (softmax is invariant under a
    common shift) and keeps every exponent at or below 0. The work is done in place in one copy.
    `softmax_course.gradcheck.softmax_error_bound` bounds the rounding error.

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
    r"""Logarithm of softmax, :math:`\log p_i = z_i / T - \log \sum_k e^{z_k / T}`.

    Parameters
    ----------
    z : array_like
        Logits of any shape with at least one axis. -inf masks a class.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.

    Returns
    -------
    ndarray
        Log-probabilities in nats, at most 0, the shape of `z`; -inf for a masked class.

    Raises
    ------
    TypeError, ValueError
        As `softmax`.

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
    shifted, tail = _log_parts(x, axis, as_positive(temperature, "temperature"))
    with np.errstate():
        _spare_buffers(x, axis)
        shifted -= tail
    return _finish(shifted, float_dtypes(x.dtype)[1])


def sigmoid(z: ArrayLike) -> Any:
    r"""Logistic sigmoid, :math:`1 / (1 + e^{-z})`, elementwise.

    It is softmax of two classes, one of which has logit 0: ``softmax([z, 0])[0]``.

    Parameters
    ----------
    z : array_like
        Real numbers of any shape, 0-d included: there is no class axis. Infinities give the
        limits 0 and 1, NaN gives NaN.

    Returns
    -------
    ndarray or scalar
        Values in [0, 1], the shape of `z`.

    Raises
    ------
    TypeError
        If `z` is not of real numbers or is a masked array.

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
    return _finish(value.astype(work, copy=False), result)


def cross_entropy(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    r"""Cross-entropy of a target and softmax, from the logits: :math:`-\sum_k y_k \log p_k`.

    Parameters
    ----------
    z : array_like
        Logits of any shape with at least one axis. -inf masks a class.
    target : array_like
        Class indices (integers, the shape of `z` without `axis`) or distributions over the classes
        (the shape of `z`, rows summing to 1).
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`; :math:`p` is ``softmax(z, temperature=T)``.
    label_smoothing : float, default 0.0
        :math:`a \in [0, 1)`: the target becomes :math:`(1 - a) y + a / n`, where :math:`n` counts
        the row's classes that are not masked.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own loss.

    Returns
    -------
    scalar or ndarray
        Loss in nats; with ``"none"``, the shape of `z` without `axis`. It is inf where the target
        gives weight to a masked class.

    Raises
    ------
    TypeError
        As `softmax`; also if `target` holds anything but numbers, or class indices that are not
        integers.
    ValueError
        As `softmax`; also if the shapes do not match, a class index is out of range, a target row
        is negative or does not sum to 1, `label_smoothing` is outside [0, 1), `reduction` is
        unknown, or the mean of no rows is asked for.

    Examples
    --------
    >>> from softmax_course import cross_entropy
    >>> round(float(cross_entropy([2.0, -1.0, 0.5], 0)), 6)
    0.241311
    >>> cross_entropy([[0.0, -40.0], [0.0, -2000.0]], [0, 1], reduction="none")
    array([4.24835426e-18, 2.00000000e+03])
    >>> round(float(cross_entropy([2.0, -1.0, 0.5], [0.7, 0.1, 0.2])), 6)
    0.841311
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    label_smoothing = as_label_smoothing(label_smoothing)
    as_choice(reduction, "reduction", REDUCTIONS)
    checked, is_index = as_target(target, x, axis)
    work, result = float_dtypes(x.dtype)
    if is_index and not label_smoothing:
        shifted, tail = _log_parts(x, axis, temperature, checked)
        losses = (tail - shifted).squeeze(axis)
    else:
        weights = dense_target(checked, is_index, x, axis, label_smoothing, work)
        terms, tail = _log_parts(x, axis, temperature)
        np.subtract(tail, terms, out=terms)
        # A class without weight has no part in the loss even if it is masked: 0 * inf is NaN.
        terms[(weights == 0) & np.isinf(terms)] = 0
        terms *= weights
        losses = terms.sum(axis=axis)
    if reduction == "sum":
        losses = losses.sum()
    elif reduction == "mean":
        if losses.size == 0:
            raise ValueError(f"the mean of no rows is undefined: z has shape {x.shape}")
        losses = losses.mean()
    return _finish(losses, result)


def entropy(probs: ArrayLike, axis: int = -1) -> Any:
    r"""Shannon entropy :math:`-\sum_k p_k \log p_k` in nats, with :math:`0 \log 0 = 0`.

    Parameters
    ----------
    probs : array_like
        Distributions along `axis`: not negative, summing to 1.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray or scalar
        The shape of `probs` without `axis`; between 0 and :math:`\log n`. A row with NaN gives
        NaN.

    Raises
    ------
    TypeError
        If `probs` is not of real numbers or is a masked array.
    ValueError
        If `probs` is 0-d, has no classes, or a row is negative or does not sum to 1.

    Examples
    --------
    >>> from softmax_course import entropy
    >>> entropy([[0.5, 0.5], [1.0, 0.0]])
    array([0.69314718, 0.        ])
    """
    p = as_real_array(probs, "probs")
    axis = class_axis(p, axis, "probs")
    check_rows(p, axis, "probs", allow_nan=True)
    work, result = float_dtypes(p.dtype)
    p = p.astype(work, copy=False)
    terms = np.where(p == 0, 1, p)
    np.log(terms, out=terms)
    terms *= p
    # 0 - 0 is 0 where -0 would be "-0."; a row of 1 + 1e-16 is no negative entropy.
    return _finish(np.maximum(0 - terms.sum(axis=axis), 0), result)


def kl_divergence(p: ArrayLike, q: ArrayLike, axis: int = -1) -> Any:
    r"""Kullback-Leibler divergence :math:`\sum_k p_k \log(p_k / q_k)` in nats.

    Parameters
    ----------
    p, q : array_like
        Distributions of one shape along `axis`: not negative, summing to 1.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray or scalar
        The shape of `p` without `axis`; never negative, exactly 0 where the rows are equal, inf
        where :math:`q_k = 0 < p_k`. A row with NaN in `p` or `q` gives NaN.

    Raises
    ------
    TypeError
        If `p` or `q` is not of real numbers or is a masked array.
    ValueError
        If they have different shapes, are 0-d, have no classes, or a row is negative or does not
        sum to 1.

    Notes
    -----
    A term with :math:`p_k = 0` is 0. Where the two probabilities are close, their log-ratio is
    taken as ``log1p((p - q) / q)``, whose difference is exact.

    Examples
    --------
    >>> from softmax_course import kl_divergence
    >>> round(float(kl_divergence([0.5, 0.5], [0.25, 0.75])), 6)
    0.143841
    >>> kl_divergence([[1.0, 0.0], [0.5, 0.5]], [[0.5, 0.5], [1.0, 0.0]])
    array([0.69314718,        inf])
    """
    p = as_real_array(p, "p")
    q = as_real_array(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"p of shape {p.shape} does not match q of shape {q.shape}")
    axis = class_axis(p, axis, "p")
    for name, rows in (("p", p), ("q", q)):
        check_rows(rows, axis, name, allow_nan=True)
    work, result = float_dtypes(np.result_type(float_dtypes(p.dtype)[1], float_dtypes(q.dtype)[1]))
    p, q = p.astype(work, copy=False), q.astype(work, copy=False)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        difference = p - q
        close = np.abs(difference) <= q / 2
        ratio = np.where(close, np.log1p(difference / q), np.log(p) - np.log(q))
        terms = np.where(p == 0, 0, p * ratio)
        # A NaN in q must reach the sum even where p is 0; the exact value is never negative.
        total = np.where(np.isnan(q), np.nan, terms).sum(axis=axis, dtype=work)
    return _finish(np.maximum(total, 0), result)
