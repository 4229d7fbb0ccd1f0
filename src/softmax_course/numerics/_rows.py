"""How arrays of any shape are worked on: rows, blocks of rows, dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_course._checks import check_top, float_dtypes, has_finite_sum
from softmax_course.numerics.core import exp_normalize, shift_logits

# Large arrays are worked on in blocks of so many entries, which stay in the processor's cache.
BLOCK = 2**16

# The maxima of rows up to this length are found by columns.
SHORT_ROW = 12


def row_max(x: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return the maximum of each row, the class axis kept with length 1."""
    if x.shape[axis] <= SHORT_ROW and axis == x.ndim - 1:
        # NumPy reduces contiguous rows one at a time, but columns all at once.
        x = np.asfortranarray(x)
    return np.maximum.reduce(x, axis, keepdims=True)  # without the wrapper of `max`


def blocks(x: NDArray[Any]) -> list[slice]:
    """Return slices of the first axis that cut `x` into blocks of whole rows."""
    return spans(len(x), max(1, BLOCK * len(x) // max(1, x.size)))


def spans(length: int, size: int) -> list[slice]:
    """Return slices that cut a range into pieces of `size`, the last of which may be shorter."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def as_rows(x: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return `x` in its working dtype as a contiguous matrix, a row for each row of `x`."""
    x = x.astype(float_dtypes(x.dtype)[0], copy=False)
    if axis != x.ndim - 1:
        x = np.moveaxis(x, axis, -1)
    return np.ascontiguousarray(x).reshape(-1, x.shape[-1])


def check_row_tops(tops: NDArray[Any], x: NDArray[Any], axis: int) -> None:
    """Check the largest logit of each row, in the order of `as_rows`."""
    if not has_finite_sum(tops):
        check_top(tops.reshape((*x.shape[:axis], 1, *x.shape[axis + 1 :])), axis)


def softmax_in_work_dtype(
    x: NDArray[Any], axis: int, temperature: float, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Return softmax of checked input, not yet rounded to the dtype of the result."""
    x = x.astype(float_dtypes(x.dtype)[0], copy=False)
    with np.errstate(over="ignore", under="ignore"):  # to -inf and to 0: both are the limits
        top = row_max(x, axis)
        check_top(top, axis)  # all of it, before anything is written
        if x.size <= BLOCK or axis == 0:
            return exp_normalize(shift_logits(x, top, temperature, out), axis)
        if out is None:
            out = np.empty_like(x)
        elif out is not x and np.may_share_memory(out, x):
            x = x.copy()  # else a block would be overwritten before it is read
        for block in blocks(x):
            exp_normalize(shift_logits(x[block], top[block], temperature, out[block]), axis)
    return out


def round_to(array: NDArray[Any], dtype: np.dtype[Any]) -> Any:
    """Round to the dtype of the result once; a 0-d array becomes a scalar."""
    if array.dtype != dtype:
        with np.errstate(over="ignore", under="ignore"):
            array = array.astype(dtype)
    return array[()]


def reduce_losses(losses: NDArray[Any], reduction: str, shape: tuple[int, ...]) -> Any:
    """Return the losses of rows, their sum or their mean; `shape` is that of the logits."""
    if reduction == "none":
        return losses
    if reduction == "mean" and losses.size == 0:
        raise ValueError(f"the mean of no rows is undefined: z has shape {shape}")
    total = losses.sum()
    return total if reduction == "sum" else total / losses.size


def from_rows(values: NDArray[Any], shape: tuple[int, ...], axis: int) -> NDArray[Any]:
    """Return a matrix of rows in the shape that `as_rows` took it from."""
    batch = shape[:axis] + shape[axis + 1 :]
    return np.moveaxis(values.reshape((*batch, shape[axis])), -1, axis)
