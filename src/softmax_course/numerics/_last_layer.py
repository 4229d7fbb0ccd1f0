"""What the losses of a last layer with many classes share: checks and reductions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_float_array,
    as_indices,
    float_dtypes,
)
from softmax_course.numerics._rows import reduce_losses, round_to


def as_hidden(hidden: ArrayLike, reduction: str) -> NDArray[Any]:
    """Return the vectors before a last layer, after a check of how their losses are reduced."""
    array = as_float_array(hidden, "hidden")
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"hidden must have shape (..., d) with d >= 1, got {array.shape}")
    as_choice(reduction, "reduction", REDUCTIONS)
    if reduction == "mean" and array.size == 0:
        raise ValueError(f"the mean of no rows is undefined: hidden has shape {array.shape}")
    return array


def as_layer(weights: ArrayLike, name: str, hidden: NDArray[Any]) -> NDArray[Any]:
    """Return the weights of a layer, a row for each class, that fit the vectors before it."""
    array = as_float_array(weights, name)
    if array.ndim != 2 or len(array) == 0 or array.shape[1] != hidden.shape[-1]:
        raise ValueError(
            f"{name} must have shape (classes, {hidden.shape[-1]}) to fit hidden of shape "
            f"{hidden.shape}, got {array.shape}"
        )
    return array


def as_rows_and_labels(
    hidden: NDArray[Any], labels: ArrayLike, n: int, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the vectors as a matrix in the dtype to compute in, and a flat array of labels."""
    indices = as_indices(labels, "labels", n)
    if indices.shape != hidden.shape[:-1]:
        raise ValueError(
            f"labels of shape {indices.shape} do not match hidden of shape {hidden.shape}: "
            f"expected shape {hidden.shape[:-1]}"
        )
    rows = hidden.reshape(-1, hidden.shape[-1]).astype(float_dtypes(dtype)[0], copy=False)
    return rows, indices.reshape(-1)


def check_logits(logits: NDArray[Any]) -> None:
    """Check that no logit is infinite; NaN stays with its row."""
    if np.isinf(logits).any():
        raise ValueError(
            f"a logit is no finite {logits.dtype}: hidden or weights hold infinities or numbers "
            "that are too large"
        )


def reduced(
    losses: NDArray[Any], reduction: str, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Any:
    """Return each row's loss in the shape of the batch, their sum or their mean, rounded once."""
    return round_to(np.asarray(reduce_losses(losses.reshape(shape), reduction, shape)), dtype)
