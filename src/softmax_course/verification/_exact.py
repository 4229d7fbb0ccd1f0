"""Rows of logits in exact arithmetic, as far as 50 digits are exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_label_smoothing,
    as_positive,
    as_real_array,
    as_target,
    check_top,
    class_axis,
)

#: Digits of a reference. The work is done in ten more.
DIGITS = 50


class ExactRow(NamedTuple):
    """What the references need of one row, each entry an ``mpmath.mpf``."""

    shifted: list[Any]  # (z - max z) / T
    probs: list[Any]
    others: list[Any]  # 1 - p, as the sum of the other p
    tail: Any  # log of the sum of exp(shifted)
    top: Any


def exact_row(row: Iterable[float], temperature: float) -> ExactRow:
    """Evaluate one row of logits in the working precision of mpmath."""
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
    return ExactRow(shifted, probs, others, mpmath.log1p(rest), top)


def map_rows(
    z: ArrayLike,
    axis: int,
    temperature: float,
    per_row: Callable[[tuple[int, ...], ExactRow], Any],
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
            per_row(index, exact_row(rows[index], temperature))
            for index in np.ndindex(rows.shape[:-1])
        ]
    results = np.array(values, dtype=object)
    results = results.reshape(rows.shape[:-1] + results.shape[1:])
    return np.moveaxis(results, -1, axis) if move_back else results


def exact_target(
    z: ArrayLike, target: ArrayLike, axis: int, label_smoothing: float
) -> Callable[[tuple[int, ...]], list[Any]]:
    """Return a function that gives the smoothed target of a row, in mpmath numbers."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    smoothing = mpmath.mpf(as_label_smoothing(label_smoothing))
    checked, is_index = as_target(target, x, axis)
    logits = np.moveaxis(x, axis, -1)
    targets = np.moveaxis(checked, axis, -1)

    def weights(index: tuple[int, ...]) -> list[Any]:
        n = logits.shape[-1]
        is_open = [bool(v != -np.inf) for v in logits[index]]
        if is_index:
            row = [mpmath.mpf(int(k == targets[index][0])) for k in range(n)]
        else:
            row = [mpmath.mpf(float(v)) for v in targets[index]]
        share = smoothing / sum(is_open)
        return [(1 - smoothing) * v + share * o for v, o in zip(row, is_open, strict=True)]

    return weights
