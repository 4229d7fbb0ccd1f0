"""Errors that can be made in every exercise of a kind, and how far a number may be from another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

#: An answer worked out by hand is rounded to three decimals, so half a unit of the third is allowed
#: (and a rounding in binary on top). Common errors differ by more than ten times that.
TOLERANCE = 0.5e-3 * (1 + 1e-9)


def near(values: np.ndarray, target: Any, scale: float = 1.0) -> bool:
    """Tell whether numbers agree but for a rounding by hand, `scale` times as large."""
    target = np.asarray(target, dtype=float)
    if values.shape != target.shape:
        return False
    same = values == target  # infinities
    return bool(np.all(same | (np.abs(values - target) <= TOLERANCE * scale)))


def errors_of_kind(kind: str, expected: np.ndarray) -> list[tuple[str, np.ndarray, float]]:
    """Return the errors that can be made in every exercise of a kind and tell another answer.

    Of each: its hint, what it gives, and by how much it enlarges a rounding.
    """
    errors = [("sign", -expected, 1.0)]
    if kind != "logits":
        errors.append(("percent", 100.0 * expected, 100.0))
    if expected.ndim == 1:
        errors.append(("order", expected[::-1], 1.0))
    if expected.ndim == 2 and expected.shape[0] == expected.shape[1]:
        errors.append(("transposed", expected.T, 1.0))
    if kind in ("number", "numbers"):
        errors.append(("base_2", expected / math.log(2.0), 1.0))
        errors.append(("base_10", expected / math.log(10.0), 1.0))
    if kind != "logits":
        if (expected > 0.0).all():
            errors.append(("logarithm", np.log(expected), 1.0))
        if (expected < 100.0).all():
            errors.append(("exponential", np.exp(expected), max(1.0, np.exp(expected).max())))
    return [error for error in errors if not near(expected, error[1])]
