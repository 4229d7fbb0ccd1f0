"""Validation of arguments, with one function for each rule.

Each ``as_…`` returns its argument in the form the rest of the code works with; each ``check_…``
returns nothing. The wrong kind of data is a ``TypeError``, an impossible value a ``ValueError``,
and the message names the argument and says what it holds.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Iterable
from numbers import Real
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import ArrayLike, NDArray

REDUCTIONS = ("none", "mean", "sum")

# A row of probabilities is accepted when it sums to one within this much, plus what rounding in
# its own dtype can do (see `check_rows`). It lets through rows computed in float32 and stored in
# float64, and rows printed with seven decimals.
ROW_SUM_SLACK = 1e-6

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


# --------------------------------------------------------------------------------------------------
# One number or word


def as_integer(value: Any, name: str, low: int | None = None, high: int | None = None) -> int:
    """Return `value` as an integer, between `low` and `high` if they are given."""
    wanted = "an integer"
    if low is not None:
        wanted += f" of at least {low}" if high is None else f" from {low} to {high}"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} must be {wanted}, got {value!r}")
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(f"{name} must be {wanted}, got {number}")
    return number


def as_number(value: Any, name: str) -> float:
    """Return `value` as a float, infinite if it is beyond the largest float."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be one real number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # type: ignore[operator]


def as_positive(value: Any, name: str) -> float:
    """Return `value` as a positive finite float."""
    if (
        type(value) is float and 0.0 < value < math.inf
    ):  # the most frequent case, without the slow check of `Real`
        return value
    number = as_number(value, name)
    if not 0.0 < number < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return number


def as_nonnegative(value: Any, name: str) -> float:
    """Return `value` as a finite float of at least 0."""
    number = as_number(value, name)
    if not 0.0 <= number < math.inf:
        raise ValueError(f"{name} must be finite and >= 0, got {value!r}")
    return number


def as_share(value: Any, name: str) -> float:
    """Return `value` as a float strictly between 0 and 1."""
    number = as_number(value, name)
    if not 0.0 < number < 1.0:
        raise ValueError(f"{name} must lie between 0 and 1, got {value!r}")
    return number


def as_label_smoothing(value: Any) -> float:
    """Return the label smoothing as a float in [0, 1)."""
    number = value if type(value) is float else as_number(value, "label_smoothing")
    if not 0 <= number < 1:
        raise ValueError(f"label_smoothing must lie in [0, 1), got {value!r}")
    return number


def as_text(value: Any, name: str) -> str:
    """Return `value`, which must be a text."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text, got {value!r}")
    return value


def as_choice(value: Any, name: str, choices: Collection[str]) -> str:
    """Return `value`, which must be one of the words in `choices`."""
    if as_text(value, name) not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
    return value


def as_names(values: Any, name: str, count: int | None = None) -> list[str]:
    """Return `values` as a list of texts, of length `count` if that is given."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list of texts, got {values!r}")
    names = [str(value) for value in values]
    if count is not None and len(names) != count:
        raise ValueError(f"{name} must be a list of {count} texts, got {len(names)}: {names}")
    return names


def as_generator(value: Any) -> np.random.Generator:
    """Return the generator of random numbers that `random_state` is or, as a seed, begins."""
    if value is None or isinstance(value, np.random.Generator):
        return np.random.default_rng(value)
    try:
        seed = as_integer(value, "random_state", low=0)
    except TypeError:
        raise TypeError(
            "random_state must be None, a seed (an integer of at least 0) or a "
            f"numpy.random.Generator, got {value!r}"
        ) from None
    return np.random.default_rng(seed)


def as_size(value: Any) -> tuple[int, ...]:
    """Return the shape of a sample: `size` is None (one draw), an integer or several."""
    if value is None:
        return ()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(as_integer(side, "an entry of size", low=0) for side in value)
    return (as_integer(value, "size", low=0),)


# --------------------------------------------------------------------------------------------------
# Arrays, rows of logits and of probabilities


def as_real_array(value: ArrayLike, name: str) -> NDArray[Any]:
    """Return `value` as an array of real numbers."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array of dtype {value.dtype}; use filled(-np.inf) on logits "
            "to remove classes, or pass its .data"
        )
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers (floats or integers), not {array.dtype}")
    return array


def float_dtypes(dtype: np.dtype[Any]) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """Return the dtype to compute in and the dtype of the result, for input of `dtype`."""
    # The most frequent case; NumPy has one object for each dtype in native byte order.
    if dtype is _FLOAT64 or dtype is _FLOAT32:
        return dtype, dtype
    if dtype.kind != "f":
        return _FLOAT64, _FLOAT64
    result = dtype.newbyteorder("=")
    return (_FLOAT32 if result.itemsize == 2 else result), result


def class_axis(array: NDArray[Any], axis: int, name: str, allow_empty: bool = False) -> int:
    """Return the class axis as a non-negative number; it must exist and hold classes."""
    if array.ndim == 0:
        raise ValueError(f"{name} must have at least one axis (the classes), but it is 0-d")
    number = normalize_axis_index(as_integer(axis, "axis"), array.ndim)
    if array.shape[number] == 0 and not allow_empty:
        raise ValueError(f"{name} has no classes: axis {axis} of shape {array.shape} is empty")
    return number


def _position(bad: NDArray[np.bool], axis: int | None = None) -> str:
    """Return where `bad` is first true: ``"row (2, 1)"``, or ``"the row"`` if there is one."""
    index = [int(i) for i in np.argwhere(bad)[0]]
    if axis is not None:
        del index[axis]
    if not index:
        return "the row"
    return f"row {index[0]}" if len(index) == 1 else f"row {tuple(index)}"


def has_finite_sum(array: NDArray[Any]) -> bool:
    """Tell whether the sum is finite: the quickest proof that every number is."""
    return math.isfinite(array.item() if array.size == 1 else np.add.reduce(array, None))


def check_top(top: NDArray[Any], axis: int) -> None:
    """Check each row's largest logit: +inf and -inf (every class masked) are errors, NaN is not."""
    if has_finite_sum(top):
        return
    # The sum itself may have overflowed or be NaN: the tests find nothing then.
    if (bad := top == np.inf).any():
        raise ValueError(
            f"z must not hold +inf: {_position(bad, axis)} along axis {axis} does, "
            "and inf - inf has no value"
        )
    if (bad := top == -np.inf).any():
        raise ValueError(
            f"every class is masked: {_position(bad, axis)} along axis {axis} holds -inf only"
        )


def check_rows(probs: NDArray[Any], axis: int, name: str, allow_nan: bool) -> None:
    """Check that rows are distributions: no negative entry, sum one within rounding.

    A row that `softmax` returned sums to one within (n + 1) u (the error of its own denominator)
    plus a rounding of each entry to the stored dtype, where it may be subnormal; the tolerance is
    about twice that, plus `ROW_SUM_SLACK`.
    """
    if (bad := probs < 0).any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name} must not be negative: {name}{list(where)} is {probs[where]}")
    work, result = float_dtypes(probs.dtype)
    sums = probs.sum(axis=axis, keepdims=True, dtype=np.promote_types(work, np.float64))
    info = np.finfo(result)
    rounding = probs.shape[axis] * (np.finfo(work).eps + info.smallest_subnormal) + info.eps
    bad = ~(np.abs(sums - 1) <= ROW_SUM_SLACK + rounding)
    if allow_nan:
        bad &= ~np.isnan(sums)
    if bad.any():
        worst = sums[tuple(np.argwhere(bad)[0])]
        hint = "" if name == "target" else "; if these are logits, apply softmax first"
        raise ValueError(
            f"{name} must sum to 1 along axis {axis}: {_position(bad, axis)} sums to {worst}{hint}"
        )


def as_target(
    target: ArrayLike, logits: NDArray[Any], axis: int, name: str = "z"
) -> tuple[NDArray[Any], bool]:
    """Return the target, checked against the logits, and whether it is of class indices.

    Indices keep the class axis with length 1, ready for ``take_along_axis``. Which of the two a
    target is follows from its shape alone: indices have one axis less than distributions.
    """
    target = as_real_array(target, "target")
    shape = logits.shape
    batch = shape[:axis] + shape[axis + 1 :]
    if target.shape == shape:
        check_rows(target, axis, "target", allow_nan=False)
        return target, False
    if target.shape != batch:
        raise ValueError(
            f"target of shape {target.shape} does not match {name} of shape {shape}: expected "
            f"class indices of shape {batch} or distributions of shape {shape}"
        )
    if target.dtype.kind == "f":
        raise TypeError(f"class indices must be integers, not {target.dtype}")
    n = shape[axis]
    if (bad := (target < 0) | (target >= n)).any():
        raise ValueError(
            f"target index {target[bad][0]} of {_position(bad)} is out of range for {n} classes "
            f"(0 to {n - 1})"
        )
    return target.astype(np.intp, copy=False).reshape((*shape[:axis], 1, *shape[axis + 1 :])), True


def as_labels(
    target: ArrayLike, logits: NDArray[Any], axis: int, name: str = "z"
) -> NDArray[np.intp]:
    """Return the class indices of all rows in one flat array; distributions are refused."""
    checked, is_index = as_target(target, logits, axis, name)
    if not is_index:
        raise ValueError("target must hold class indices here, not distributions over the classes")
    return checked.reshape(-1)


def as_indices(values: ArrayLike, name: str, n: int) -> NDArray[np.intp]:
    """Return indices of n classes: integers from 0 to n - 1."""
    array = as_real_array(values, name)
    if array.dtype.kind == "f" and array.size:  # an empty list has no integers either
        raise TypeError(f"{name} must be integers, not {array.dtype}")
    if (bad := (array < 0) | (array >= n)).any():
        raise ValueError(f"{name} must lie between 0 and {n - 1}, got {array[bad][0]}")
    return array.astype(np.intp, copy=False)


def as_labels_of_rows(
    values: ArrayLike, logits: NDArray[Any], name: str, logits_name: str
) -> NDArray[np.intp]:
    """Return class indices of which every row of the logits, along the last axis, has some."""
    labels = as_real_array(values, name)
    if labels.shape[:-1] != logits.shape[:-1] or labels.ndim == 0:
        raise ValueError(
            f"{name} of shape {labels.shape} does not match {logits_name} of shape {logits.shape}: "
            "only the last axes may differ"
        )
    return as_indices(labels, name, logits.shape[-1])


def as_class_weights(values: ArrayLike, n: int, name: str) -> NDArray[np.float64]:
    """Return `values` as n weights, one for each class: finite and not negative."""
    weights = as_real_array(values, name)
    if weights.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), one for each class, got {weights.shape}")
    if (bad := ~(weights >= 0) | (weights == np.inf)).any():
        k = int(np.flatnonzero(bad)[0])
        raise ValueError(f"{name} must be finite and >= 0: {name}[{k}] is {weights[k]}")
    return weights.astype(np.float64)


def as_prior(values: ArrayLike, n: int, name: str) -> NDArray[np.float64]:
    """Return `values` as a distribution over n classes."""
    prior = as_class_weights(values, n, name)
    check_rows(prior, 0, name, allow_nan=False)
    return prior


def as_prediction_table(probs: ArrayLike) -> NDArray[Any]:
    """Return probabilities of examples as a checked matrix."""
    p = as_real_array(probs, "probs")
    if p.ndim != 2 or 0 in p.shape:
        raise ValueError(f"probs must have shape (examples, classes), got {p.shape}")
    check_rows(p, 1, "probs", allow_nan=False)
    return p.astype(float_dtypes(p.dtype)[1], copy=False)


def dense_target(
    target: NDArray[Any],
    is_index: bool,
    logits: NDArray[Any],
    axis: int,
    label_smoothing: float,
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    """Return the target as distributions, smoothed: ``(1 - a) y + a / m`` over m open classes."""
    if is_index:
        weights = np.zeros(logits.shape, dtype)
        np.put_along_axis(weights, target, 1, axis)
    else:
        weights = target.astype(dtype)
    if label_smoothing:
        # A masked class cannot be predicted, so no share of the smoothing goes to it: it would
        # make every loss infinite.
        is_open = logits != -np.inf
        weights *= 1 - label_smoothing
        # `check_top` refuses rows without open classes; here their count is 1.
        share = label_smoothing / np.maximum(is_open.sum(axis=axis, keepdims=True), 1)
        np.add(weights, share, out=weights, where=is_open, casting="same_kind")
    return weights


def as_float_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return `values` as a native floating-point array; integers become float64."""
    array = as_real_array(values, name)
    return array.astype(float_dtypes(array.dtype)[1], copy=False)


def as_float_rows(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return `values` as a floating-point array whose last axis holds at least one class."""
    array = as_float_array(values, name)
    class_axis(array, -1, name)
    return array
