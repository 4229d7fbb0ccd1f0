"""What attention at once and attention by blocks share: checks, scores, masks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_array, as_real_array


def as_sequences(
    q: ArrayLike, k: ArrayLike, v: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return queries, keys and values as floating-point arrays that fit together."""
    q, k, v = as_float_array(q, "q"), as_float_array(k, "k"), as_float_array(v, "v")
    for name, array in (("q", q), ("k", k), ("v", v)):
        if array.ndim < 2 or 0 in array.shape[-2:]:
            raise ValueError(
                f"{name} must have two non-empty last axes (position, feature), "
                f"got shape {array.shape}"
            )
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(
            f"queries and keys must have as many features: q has shape {q.shape}, "
            f"k has shape {k.shape}"
        )
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"each key needs one value: k has shape {k.shape}, v has shape {v.shape}")
    try:
        np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        raise ValueError(
            f"leading axes do not broadcast: q has shape {q.shape}, k {k.shape}, v {v.shape}"
        ) from None
    return q, k, v


def as_output_grad(
    values: ArrayLike, q: NDArray[Any], k: NDArray[Any], v: NDArray[Any]
) -> NDArray[Any]:
    """Return the gradient with respect to the output, which must have the output's shape."""
    grad = as_float_array(values, "grad_output")
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    check_output_shape(grad, "grad_output", (*batch, q.shape[-2], v.shape[-1]))
    if np.isinf(grad).any():
        where = tuple(int(i) for i in np.argwhere(np.isinf(grad))[0])
        raise ValueError(f"grad_output must be finite: grad_output{list(where)} is {grad[where]}")
    return grad


def check_output_shape(array: NDArray[Any], name: str, shape: tuple[int, ...]) -> None:
    """Check that an array has the shape that the forward pass gave it."""
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")


def scaled_scores(q: NDArray[Any], k: NDArray[Any]) -> NDArray[Any]:
    """Products of queries and keys over the root of d; NaN only where an argument is NaN."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        # The smaller factor first: the product may be too large where the score is not.
        scores = (q / q.dtype.type(np.sqrt(q.shape[-1]))) @ np.swapaxes(k, -1, -2)
    not_finite = ~np.isfinite(scores)
    if not_finite.any():
        q_nan, k_nan = np.isnan(q).any(axis=-1), np.isnan(k).any(axis=-1)
        if (not_finite & ~(q_nan[..., :, None] | k_nan[..., None, :])).any():
            raise ValueError(
                f"a query and a key have a score that is no finite {scores.dtype}: "
                "q or k holds infinities or numbers that are too large"
            )
    return scores


def as_mask(mask: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a mask of booleans or real numbers that broadcasts to the scores' shape, uncopied."""
    # `as_real_array` refuses masked arrays, which np.asarray would strip, and booleans.
    if isinstance(mask, np.ma.MaskedArray) or (array := np.asarray(mask)).dtype != bool:
        array = as_real_array(mask, "mask")
    try:
        fits = np.broadcast_shapes(array.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"mask of shape {array.shape} does not broadcast to the scores' shape {shape}"
        )
    return array


def as_scores(mask: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a checked mask, or a block of one, as numbers to be added to scores."""
    if mask.dtype == bool:
        return np.where(mask, dtype.type(0), dtype.type(-np.inf))
    mask = as_float_array(mask, "mask")
    if np.isposinf(mask).any():
        raise ValueError("mask must not hold +inf: use -inf to hide a key, 0 to leave it alone")
    return mask


def sum_to_shape(array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Sum over the axes along which an array of that shape was broadcast."""
    extra = array.ndim - len(shape)
    widened = tuple(
        extra + axis
        for axis, length in enumerate(shape)
        if length == 1 and array.shape[extra + axis] != 1
    )
    return array.sum(axis=(*range(extra), *widened), keepdims=True).reshape(shape)
