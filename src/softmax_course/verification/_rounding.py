"""What the error bounds share: the roundings of a row, in multiples of the unit roundoff."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_positive,
    as_real_array,
    as_target,
    check_top,
    class_axis,
    float_dtypes,
)
from softmax_course.verification._exact import exact_target


def exp_error(dtype: np.dtype[Any] | type) -> float:
    """Bound on the relative error of NumPy's ``exp``, in units of u.

    One unit in the last place is at most 2 u. NumPy's vectorised float32 ``exp`` errs by up to 2.52
    such units, measured over all float32 numbers by its authors [1]_. In float64 one unit is
    assumed, which C libraries and NumPy's vectorised code keep (0.77 units for Tang's algorithm).

    References
    ----------
    .. [1] Devulapalli, R. (2019). Use AVX for float32 implementation of np.exp & np.log.
       https://github.com/numpy/numpy/pull/13134; repeated in the source, above ``simd_exp_FLOAT``
       in ``numpy/_core/src/umath/loops_exponent_log.dispatch.c.src``.
    """
    return 5.04 if np.dtype(dtype).itemsize <= 4 else 2.0


def log1p_error(dtype: np.dtype[Any] | type) -> float:
    """Bound on the relative error of NumPy's ``log1p``, in units of u.

    An assumption, for NumPy publishes no bound: one unit in the last place in float64, as good C
    libraries keep; two in float32, where vectorised code of lower accuracy may stand in.
    """
    return 4.0 if np.dtype(dtype).itemsize <= 4 else 2.0


def inflate(first_order: Any) -> Any:
    """Cover every product of relative errors whose first-order sum is given."""
    return first_order / (1 - first_order)


class RowBounds:
    """What all bounds need: a row's numbers and the bounds of its parts, in float64.

    The class axis is moved to the end. Values are float64 results of the same formulas: their own
    errors change a bound in its 13th digit.
    """

    def __init__(self, z: ArrayLike, axis: int, temperature: float) -> None:
        x = as_real_array(z, "z")
        self.axis = class_axis(x, axis, "z")
        self.temperature = as_positive(temperature, "temperature")
        self.work, self.result = float_dtypes(x.dtype)
        self.u = float(np.finfo(self.work).eps) / 2
        self.tiny = float(np.finfo(self.work).smallest_subnormal)
        x = np.moveaxis(x.astype(np.float64), self.axis, -1)
        top = x.max(axis=-1, keepdims=True)
        check_top(top, -1)
        self.at_top = x.argmax(axis=-1, keepdims=True)
        self.n = x.shape[-1]
        self.top = top.squeeze(-1)
        with np.errstate(over="ignore", under="ignore"):
            shifted = (x - top) / self.temperature
            terms = np.exp(shifted)
        # A masked class is exact, and so is one that overflowed to it.
        self.is_open = np.isfinite(shifted)
        self.distance = np.where(self.is_open, -shifted, 0.0)
        # z - z_max is rounded once, and once more when divided by T.
        roundings = 1 if self.temperature == 1.0 else 2
        self.shifted_error = inflate(roundings * self.u) * self.distance
        # exp turns the absolute error of its argument into a relative error of its value.
        term_error = roundings * self.u * self.distance + exp_error(self.work) * self.u
        sums = terms.sum(axis=-1, keepdims=True)
        self.probs = terms / sums
        # (n - 1) additions, the reciprocal, the product with it.
        relative = term_error + (self.probs * term_error).sum(axis=-1, keepdims=True)
        relative = inflate(relative + (self.n + 1) * self.u)
        self.probs_error = self.probs * relative + 3 * self.tiny
        # The tail log1p(r), r the sum of the terms other than the largest.
        others = terms.copy()
        np.put_along_axis(others, self.at_top, 0, -1)
        rest = others.sum(axis=-1)
        self.tail = np.log1p(rest)
        safe = np.where(rest == 0, 1, rest)
        rest_error = (others * term_error).sum(axis=-1) / safe + max(self.n - 2, 0) * self.u
        condition = np.where(rest == 0, 1, rest / ((1 + rest) * np.log1p(safe)))
        relative = inflate(condition * rest_error + log1p_error(self.work) * self.u)
        self.tail_error = self.tail * relative + 2 * self.n * self.tiny
        self.log_probs = -self.distance - self.tail[..., None]
        bound = self.shifted_error + self.tail_error[..., None]
        self.log_probs_error = bound + self.u * (np.abs(self.log_probs) + bound)

    def add_final_rounding(self, value: NDArray[Any], bound: NDArray[Any]) -> NDArray[Any]:
        """Add the last rounding, from the working dtype to that of the result."""
        if self.work == self.result:
            return bound
        info = np.finfo(self.result)
        half = float(info.eps) / 2
        return bound + half * (np.abs(value) + bound) + float(info.smallest_subnormal) / 2

    def add_rounding(self, value: NDArray[Any], bound: NDArray[Any]) -> NDArray[Any]:
        """Add one rounding in the working dtype."""
        return bound + self.u * (np.abs(value) + bound) + self.tiny

    def divide(
        self, value: NDArray[Any], bound: NDArray[Any], divisor: float, times: int = 1
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Divide value and bound, adding a rounding each time unless the divisor is 1."""
        if divisor != 1:
            for _ in range(times):
                value, bound = value / divisor, bound / divisor
                bound = self.add_rounding(value, bound)
        return value, bound

    def restore_axis(self, array: NDArray[Any]) -> NDArray[Any]:
        """Put the class axis back where it came from."""
        return np.moveaxis(array, -1, self.axis)


# Rounding a target to the working dtype, and with smoothing the factor, the share and their sum.
TARGET_ROUNDINGS = 5


def float_target(
    z: ArrayLike, target: ArrayLike, axis: int, label_smoothing: float
) -> tuple[NDArray[np.float64], bool]:
    """Return the smoothed target with the classes last, and whether it is one class a row."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    weights = exact_target(z, target, axis, label_smoothing)
    moved = np.moveaxis(x, axis, -1)
    dense = np.empty(moved.shape)
    for index in np.ndindex(moved.shape[:-1]):
        dense[index] = [float(w) for w in weights(index)]
    return dense, as_target(target, x, axis)[1] and not label_smoothing
