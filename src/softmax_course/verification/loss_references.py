"""Losses beside cross-entropy, scores of forecasts and energies, in 50 digits.

Each ``X_reference`` takes the arguments of `softmax_course`'s ``X`` and evaluates its definition,
in the form that does not cancel. See `softmax_course.verification.references`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_class_weights,
    as_labels,
    as_real_array,
    class_axis,
)
from softmax_course.verification._exact import DIGITS, ExactRow, exact_target, map_rows


def _labels(z: ArrayLike, target: ArrayLike, axis: int) -> Callable[[tuple[int, ...]], int]:
    """Return a function that gives the label of a row by its position in the batch."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    batch = x.shape[:axis] + x.shape[axis + 1 :]
    labels = as_labels(target, x, axis).reshape(batch)
    return lambda index: int(labels[index])


def _reduced(losses: NDArray[Any], reduction: str, divisor: Any = None) -> Any:
    as_choice(reduction, "reduction", REDUCTIONS)
    if reduction == "none":
        return losses
    with mpmath.workdps(DIGITS + 10):
        total = mpmath.fsum(losses.ravel())
        return total if reduction == "sum" else total / (divisor or losses.size)


def _divided(grad: NDArray[Any], reduction: str, divisor: Any) -> NDArray[Any]:
    as_choice(reduction, "reduction", REDUCTIONS)
    if reduction != "mean":
        return grad
    with mpmath.workdps(DIGITS + 10):
        return grad / divisor


def _residual(row: ExactRow, y: int) -> list[Any]:
    return [-row.others[k] if k == y else p for k, p in enumerate(row.probs)]


def focal_loss_reference(
    z: ArrayLike, target: ArrayLike, gamma: float = 2.0, axis: int = -1, reduction: str = "mean"
) -> Any:
    """Return the focal loss in 50 digits."""
    label = _labels(z, target, axis)

    def loss(index: tuple[int, ...], row: ExactRow) -> Any:
        y = label(index)
        return row.others[y] ** mpmath.mpf(gamma) * (row.tail - row.shifted[y])

    return _reduced(map_rows(z, axis, 1.0, loss, move_back=False), reduction)


def focal_loss_grad_reference(
    z: ArrayLike, target: ArrayLike, gamma: float = 2.0, axis: int = -1, reduction: str = "mean"
) -> NDArray[Any]:
    """Return the gradient of the focal loss in 50 digits."""
    label = _labels(z, target, axis)

    def grad(index: tuple[int, ...], row: ExactRow) -> list[Any]:
        y, g = label(index), mpmath.mpf(gamma)
        rest, nats = row.others[y], row.tail - row.shifted[y]
        factor = rest**g + g * row.probs[y] * rest ** (g - 1) * nats if rest else 0
        return [factor * r for r in _residual(row, y)]

    value = map_rows(z, axis, 1.0, grad, move_back=True)
    return _divided(value, reduction, value.size // value.shape[axis])


def _weights(
    z: ArrayLike, target: ArrayLike, class_weight: ArrayLike, axis: int
) -> tuple[Callable[[tuple[int, ...]], Any], Any]:
    """Return a function that gives the weight of a row, and the sum of all weights."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    of_classes = as_class_weights(class_weight, x.shape[axis], "class_weight")
    labels = as_labels(target, x, axis)
    label = _labels(z, target, axis)
    with mpmath.workdps(DIGITS + 10):
        total = mpmath.fsum(mpmath.mpf(float(w)) for w in of_classes[labels])
    return lambda index: mpmath.mpf(float(of_classes[label(index)])), total


def weighted_cross_entropy_reference(
    z: ArrayLike,
    target: ArrayLike,
    class_weight: ArrayLike,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    """Return the weighted cross-entropy in 50 digits."""
    label = _labels(z, target, axis)
    weight, total = _weights(z, target, class_weight, axis)

    def loss(index: tuple[int, ...], row: ExactRow) -> Any:
        return weight(index) * (row.tail - row.shifted[label(index)])

    return _reduced(map_rows(z, axis, 1.0, loss, move_back=False), reduction, total)


def weighted_cross_entropy_grad_reference(
    z: ArrayLike,
    target: ArrayLike,
    class_weight: ArrayLike,
    axis: int = -1,
    reduction: str = "mean",
) -> NDArray[Any]:
    """Return the gradient of weighted cross-entropy in 50 digits."""
    label = _labels(z, target, axis)
    weight, total = _weights(z, target, class_weight, axis)

    def grad(index: tuple[int, ...], row: ExactRow) -> list[Any]:
        return [weight(index) * r for r in _residual(row, label(index))]

    return _divided(map_rows(z, axis, 1.0, grad, move_back=True), reduction, total)


def multiclass_hinge_reference(
    z: ArrayLike, target: ArrayLike, axis: int = -1, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    """Return the hinge loss in 50 digits."""
    label = _labels(z, target, axis)

    def loss(index: tuple[int, ...], row: ExactRow) -> Any:
        y = label(index)
        others = [s - row.shifted[y] for k, s in enumerate(row.shifted) if k != y]
        return max([mpmath.mpf(0), *(mpmath.mpf(margin) + d for d in others)])

    return _reduced(map_rows(z, axis, 1.0, loss, move_back=False), reduction)


def _squared(
    z: ArrayLike, target: ArrayLike, axis: int, of_row: Callable[..., Any]
) -> NDArray[Any]:
    weights = exact_target(z, target, axis, 0.0)

    def value(index: tuple[int, ...], row: ExactRow) -> Any:
        y = weights(index)
        total = mpmath.fsum(y)
        if sorted(y)[:-1] == [0] * (len(y) - 1) and max(y) == 1:
            return of_row(row, _residual(row, y.index(1)))
        return of_row(row, [p * total - t for p, t in zip(row.probs, y, strict=True)])

    return map_rows(z, axis, 1.0, value, move_back=False)


def squared_error_reference(
    z: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> Any:
    """Return the squared error of softmax in 50 digits."""
    return _reduced(
        _squared(z, target, axis, lambda _, r: mpmath.fsum(v * v for v in r)), reduction
    )


def squared_error_grad_reference(
    z: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> NDArray[Any]:
    """Return the gradient of the squared error in 50 digits."""

    def grad(row: ExactRow, residual: list[Any]) -> list[Any]:
        # Pair by pair: the mean of r would differ from the r of a sure class in no digit.
        pairs = list(zip(row.probs, residual, strict=True))
        return [2 * p * mpmath.fsum(q * (r - s) for q, s in pairs) for p, r in pairs]

    value = np.moveaxis(_squared(z, target, axis, grad), -1, axis)
    return _divided(value, reduction, value.size // value.shape[axis])


def _score(
    probs: ArrayLike,
    target: ArrayLike,
    axis: int,
    reduction: str,
    of_row: Callable[[list[Any], int], Any],
) -> Any:
    p = as_real_array(probs, "probs")
    axis = class_axis(p, axis, "probs")
    labels = as_labels(target, p, axis, "probs")
    rows = np.moveaxis(p, axis, -1)
    with mpmath.workdps(DIGITS + 10):
        values = [
            of_row([mpmath.mpf(float(v)) for v in row], int(y))
            for row, y in zip(rows.reshape(-1, rows.shape[-1]), labels, strict=True)
        ]
    return _reduced(np.array(values, dtype=object).reshape(rows.shape[:-1]), reduction)


def brier_score_reference(
    probs: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> Any:
    """Return the Brier score in 50 digits; the floats are taken as exact."""
    return _score(
        probs,
        target,
        axis,
        reduction,
        lambda p, y: mpmath.fsum((v - (k == y)) ** 2 for k, v in enumerate(p)),
    )


def log_score_reference(
    probs: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> Any:
    """Return the logarithmic score in 50 digits; the floats are taken as exact."""
    return _score(
        probs, target, axis, reduction, lambda p, y: -mpmath.log(p[y]) if p[y] else mpmath.inf
    )


def spherical_score_reference(
    probs: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> Any:
    """Return the spherical score in 50 digits; the floats are taken as exact."""

    def of_row(p: list[Any], y: int) -> Any:
        others = mpmath.fsum(v * v for k, v in enumerate(p) if k != y)
        norm = mpmath.sqrt(others + p[y] ** 2)
        return others / (norm * (norm + p[y]))

    return _score(probs, target, axis, reduction, of_row)


def energy_score_reference(z: ArrayLike, temperature: float = 1.0, axis: int = -1) -> NDArray[Any]:
    """Return the energy in 50 digits."""
    return map_rows(
        z,
        axis,
        temperature,
        lambda _, row: -(row.top + mpmath.mpf(temperature) * row.tail),
        move_back=False,
    )


def ensemble_log_softmax_reference(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Return the logarithm of the mean of the models' probabilities in 50 digits."""
    probs = map_rows(z, axis, 1.0, lambda _, row: row.probs, move_back=True)
    with mpmath.workdps(DIGITS + 10):
        mean = probs.sum(axis=0) / len(probs)
        logs = [mpmath.log(v) if v else -mpmath.inf for v in mean.ravel()]
        return np.array(logs, dtype=object).reshape(mean.shape)
