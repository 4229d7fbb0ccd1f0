r"""Shared computations of the functions of logits, in the working dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_course._checks import (
    check_top,
    float_dtypes,
)

# Large arrays are worked on in parts of so many entries, which stay in the processor's cache from
# one step to the next: a tenth to a quarter of the time. From 2**15 to 2**18 it hardly matters.
BLOCK = 2**17

# Rows up to this length are reduced by columns, see `row_max`.
SHORT_ROW = 12

# A ufunc's buffer holds this many entries while rows at least as long are worked on.
ROW_BUFFER = 512


# --------------------------------------------------------------------------------------------------
# Shared computations, in the working dtype


def limit_ufunc_buffers(x: NDArray[Any], axis: int) -> None:
    """Keep NumPy from copying a column of one number a row into its buffer, number by number.

    It does so to make its inner loops longer than a row, whenever its buffer is; where rows are
    long that gains nothing and doubles the time of ``matrix - column``. To be called within
    ``np.errstate``, whose end restores the buffer size.
    """
    if x.shape[axis] >= ROW_BUFFER and axis == x.ndim - 1:
        np.setbufsize(ROW_BUFFER)


def shift_logits(
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


def row_max(x: NDArray[Any], axis: int) -> NDArray[Any]:
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
        top = row_max(x, axis)
        check_top(top, axis)  # all of it, before anything is written
        limit_ufunc_buffers(x, axis)
        # An `out` that overlaps x at an offset would be overwritten before it is read.
        if x.size <= BLOCK or axis == 0 or not (out is None or out is x):
            return normalized_exp(x, top, axis, temperature, work, out)
        if out is None:
            out = np.empty_like(x, work, subok=False)
        step = max(1, BLOCK * len(x) // x.size)
        for start in range(0, len(x), step):
            part = slice(start, start + step)
            normalized_exp(x[part], top[part], axis, temperature, work, out[part])
    return out


def normalized_exp(
    x: NDArray[Any],
    top: NDArray[Any],
    axis: int,
    temperature: float,
    work: np.dtype[Any],
    out: NDArray[Any] | None,
) -> NDArray[Any]:
    """``exp((x - top) / temperature)`` divided by its sum, in one array."""
    probs = shift_logits(x, top, temperature, work, out)
    np.exp(probs, probs)
    total = np.add.reduce(probs, axis, keepdims=True)
    # One division a row; a division for each entry is a tenth of the whole time.
    probs *= np.reciprocal(total, total)
    return probs


def log_softmax_parts(
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
        limit_ufunc_buffers(x, axis)
        shifted = shift_logits(x, top, temperature, float_dtypes(x.dtype)[0])
        if labels is None:
            terms = np.exp(shifted)
        else:
            terms = shifted
            shifted = np.take_along_axis(shifted, labels, axis)
            np.exp(terms, out=terms)
        np.put_along_axis(terms, where_top, 0, axis)
        tail = np.log1p(terms.sum(axis=axis, keepdims=True))
    return shifted, tail


def round_to(array: NDArray[Any], dtype: np.dtype[Any]) -> Any:
    """Round to the dtype of the result once; a 0-d array becomes a scalar."""
    with np.errstate(over="ignore", under="ignore"):  # rounding to float16
        return array.astype(dtype, copy=False)[()]
