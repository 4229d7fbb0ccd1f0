r"""Scores of forecasts: Brier, spherical and logarithmic; squared error as a loss of logits.

A score says how far a distribution is from what happened; it is a loss: the smaller, the better.
It is *proper* if no forecast does better on average than the true distribution, so that honesty
pays, and *strictly* proper if every other forecast does worse. All three scores here are.

Conventions (axis, dtype, NaN) are those of `softmax_course.numerics.functional`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_labels,
    as_real_array,
    as_target,
    check_rows,
    class_axis,
    float_dtypes,
)
from softmax_course.numerics._rows import as_rows, reduce_losses, round_to
from softmax_course.numerics.core import divide
from softmax_course.numerics.derivatives import cross_entropy_grad, softmax_vjp

__all__ = [
    "brier_score",
    "expected_score",
    "log_score",
    "spherical_score",
    "squared_error",
    "squared_error_grad",
]


def _forecast(
    probs: ArrayLike, target: ArrayLike, axis: int, reduction: str
) -> tuple[NDArray[Any], int, NDArray[Any], NDArray[np.intp]]:
    """Return checked probabilities, the class axis, the rows and their labels."""
    p = as_real_array(probs, "probs")
    axis = class_axis(p, axis, "probs")
    as_choice(reduction, "reduction", REDUCTIONS)
    labels = as_labels(target, p, axis, "probs")
    check_rows(p, axis, "probs", allow_nan=True)
    return p, axis, as_rows(p, axis).copy(), labels


def _scored(scores: NDArray[Any], p: NDArray[Any], axis: int, reduction: str) -> Any:
    scores = scores.reshape(p.shape[:axis] + p.shape[axis + 1 :])
    return round_to(reduce_losses(scores, reduction, p.shape), float_dtypes(p.dtype)[1])


def brier_score(
    probs: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> Any:
    r"""Return the Brier score, the squared error of a forecast: :math:`\sum_k (p_k - y_k)^2`.

    Parameters
    ----------
    probs : array_like, shape (..., n)
        Forecasts: distributions along `axis`.
    target : array_like of int, shape (...)
        Classes that came true, one for each row.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own score.

    Returns
    -------
    scalar or ndarray, shape (...)
        Between 0 (certain and right) and 2 (certain and wrong).

    Raises
    ------
    TypeError
        If `probs` is not of real numbers or is a masked array, or `target` not of integers.
    ValueError
        If a row of `probs` is not a distribution, the shapes do not match, a class index is out
        of range, or `reduction` is unknown.

    See Also
    --------
    squared_error : The same of logits, with a gradient.
    expected_score : Its average over a true distribution.
    sklearn.metrics.brier_score_loss : Half of it for two classes.

    References
    ----------
    Brier, G. W. (1950). Verification of Forecasts Expressed in Terms of Probability. Monthly
    Weather Review 78(1), 1-3.

    Examples
    --------
    >>> from softmax_course import brier_score
    >>> brier_score([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]], [0, 1], reduction="none")
    array([0.14, 2.  ])
    """
    p, axis, rows, labels = _forecast(probs, target, axis, reduction)
    rows[np.arange(len(rows)), labels] -= 1
    with np.errstate(under="ignore"):
        return _scored((rows * rows).sum(axis=1), p, axis, reduction)


def log_score(probs: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean") -> Any:
    r"""Return the logarithmic score of a forecast, :math:`-\log p_y`.

    Parameters
    ----------
    probs : array_like, shape (..., n)
        Forecasts: distributions along `axis`.
    target : array_like of int, shape (...)
        Classes that came true, one for each row.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own score.

    Returns
    -------
    scalar or ndarray, shape (...)
        Nats, between 0 and inf, which is the score where a class of probability 0 comes true.

    Raises
    ------
    TypeError, ValueError
        As `brier_score`.

    See Also
    --------
    cross_entropy : The same of logits, exact where a probability rounds to 0 or 1.
    expected_score : Its average over a true distribution.

    Examples
    --------
    >>> from softmax_course import log_score
    >>> log_score([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]], [0, 1], reduction="none")
    array([0.35667494,        inf])
    """
    p, axis, rows, labels = _forecast(probs, target, axis, reduction)
    with np.errstate(divide="ignore"):
        return _scored(0 - np.log(rows[np.arange(len(rows)), labels]), p, axis, reduction)


def spherical_score(
    probs: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> Any:
    r"""Return the spherical score of a forecast, :math:`1 - p_y / \lVert p \rVert_2`.

    Parameters
    ----------
    probs : array_like, shape (..., n)
        Forecasts: distributions along `axis`.
    target : array_like of int, shape (...)
        Classes that came true, one for each row.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own score.

    Returns
    -------
    scalar or ndarray, shape (...)
        Between 0 (certain and right) and 1 (what came true had probability 0): one minus the
        cosine of the angle between the forecast and the corner that came true.

    Raises
    ------
    TypeError, ValueError
        As `brier_score`.

    See Also
    --------
    brier_score : Squared distance instead of the angle.
    expected_score : Its average over a true distribution.

    Notes
    -----
    With :math:`s = \lVert p \rVert_2` it is :math:`\sum_{k \ne y} p_k^2 / (s (s + p_y))`, which
    does not cancel where the forecast is almost certain and right.

    References
    ----------
    Gneiting, T., Raftery, A. E. (2007). Strictly Proper Scoring Rules, Prediction, and Estimation.
    Journal of the American Statistical Association 102(477), 359-378.
    doi:10.1198/016214506000001437

    Examples
    --------
    >>> from softmax_course import spherical_score
    >>> spherical_score([[0.5, 0.5], [1.0, 0.0]], [0, 1], reduction="none").round(6)
    array([0.292893, 1.      ])
    """
    p, axis, rows, labels = _forecast(probs, target, axis, reduction)
    index = np.arange(len(rows)), labels
    at_label = rows[index]
    rows[index] = 0
    with np.errstate(under="ignore"):
        # A probability is at most 1 and the largest at least 1 / n: squares that underflow
        # are nothing beside its own.
        others = (rows * rows).sum(axis=1)
        norm = np.sqrt(others + at_label * at_label)
        return _scored(others / (norm * (norm + at_label)), p, axis, reduction)


def expected_score(score: Callable[..., Any], forecast: ArrayLike, truth: ArrayLike) -> Any:
    r"""Return what a forecast scores on average, :math:`\sum_k \pi_k S(p, k)`.

    Parameters
    ----------
    score : callable
        Called as ``score(probs, target)`` with one distribution and one class index, such as
        `brier_score`, `log_score`, `spherical_score`, or a function of one's own.
    forecast : array_like, shape (..., n)
        Distributions :math:`p`.
    truth : array_like, shape (n,)
        The distribution :math:`\pi` that the classes come from.

    Returns
    -------
    float or ndarray of float64, shape (...)
        One number for each forecast. A class that never comes true adds nothing.

    Raises
    ------
    TypeError
        If `score` is not callable, or the distributions are not real.
    ValueError
        If rows of `forecast` or `truth` are not distributions over the same classes.

    See Also
    --------
    brier_score, log_score, spherical_score : Proper scores.

    Notes
    -----
    A score is proper if this number is smallest at :math:`p = \pi`. Of the three scores the excess
    over that smallest value is :math:`\lVert p - \pi \rVert^2`, the Kullback-Leibler divergence of
    :math:`\pi` from :math:`p`, and :math:`\lVert \pi \rVert (1 - \cos \angle(p, \pi))`.

    Examples
    --------
    The score :math:`1 - p_y` looks harmless, and yet it pays to exaggerate:

    >>> from softmax_course import brier_score, expected_score
    >>> honest, bold, truth = [0.7, 0.3], [1.0, 0.0], [0.7, 0.3]
    >>> def linear(probs, target):
    ...     return 1 - probs[target]
    >>> expected_score(linear, [honest, bold], truth).round(6)
    array([0.42, 0.3 ])
    >>> expected_score(brier_score, [honest, bold], truth).round(6)
    array([0.42, 0.6 ])
    """
    if not callable(score):
        raise TypeError(f"score must be callable, got {score!r}")
    p, q = as_real_array(forecast, "forecast"), as_real_array(truth, "truth")
    axis = class_axis(p, -1, "forecast")
    if q.shape != p.shape[-1:]:
        raise ValueError(f"truth must have shape ({p.shape[axis]},), got {q.shape}")
    check_rows(p, axis, "forecast", allow_nan=False)
    check_rows(q, 0, "truth", allow_nan=False)
    possible = [int(k) for k in np.flatnonzero(q)]
    rows = p.reshape(-1, p.shape[axis])
    values = np.array([sum(float(q[k] * score(row, k)) for k in possible) for row in rows])
    return values.reshape(p.shape[:-1])[()]


def squared_error(z: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean") -> Any:
    r"""Return the squared error of softmax, :math:`\sum_k (p_k - y_k)^2`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like, shape (...) or (..., n)
        Class indices or distributions, see `cross_entropy`.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own loss.

    Returns
    -------
    scalar or ndarray, shape (...)
        Loss, between 0 and 2; with ``"none"``, one for each row.

    Raises
    ------
    TypeError, ValueError
        As `cross_entropy`.

    See Also
    --------
    squared_error_grad : Gradient with respect to the logits.
    brier_score : The same of given probabilities.
    cross_entropy : Convex in the logits, as this is not.

    Notes
    -----
    :math:`p - y` is taken from the gradient of cross-entropy, which keeps its digits where a class
    is almost certain.

    Examples
    --------
    >>> from softmax_course import squared_error
    >>> squared_error([[2.0, -1.0, 0.5], [0.0, -40.0, -40.0]], [0, 1], reduction="none").round(6)
    array([0.078225, 2.      ])
    """
    x, axis, residual = _residual(z, target, axis, reduction)
    with np.errstate(under="ignore"):
        losses = (residual * residual).sum(axis=axis)
    return round_to(reduce_losses(losses, reduction, x.shape), float_dtypes(x.dtype)[1])


def squared_error_grad(
    z: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> NDArray[Any]:
    r"""Return the gradient of the squared error of softmax, :math:`2 J (p - y)`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like, shape (...) or (..., n)
        Class indices or distributions, see `cross_entropy`.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Which loss is differentiated. ``"mean"`` divides by the number of rows.

    Returns
    -------
    ndarray, shape (..., n)
        Each row sums to 0. It is small where the model is sure of a *wrong* class, too: the
        Jacobian is small there.

    Raises
    ------
    TypeError, ValueError
        As `cross_entropy`.

    See Also
    --------
    squared_error : The loss.
    softmax_vjp : The product with the Jacobian.
    cross_entropy_grad : :math:`p - y` itself, which does not fade.

    Examples
    --------
    Sure and wrong:

    >>> from softmax_course import cross_entropy_grad, squared_error_grad
    >>> squared_error_grad([10.0, 0.0], 1).round(6)
    array([ 0.000182, -0.000182])
    >>> cross_entropy_grad([10.0, 0.0], 1).round(6)
    array([ 0.999955, -0.999955])
    """
    x, axis, residual = _residual(z, target, axis, reduction)
    work, result = float_dtypes(x.dtype)
    n_rows = x.size // x.shape[axis]
    if reduction == "mean" and n_rows == 0:
        raise ValueError(f"the mean of no rows is undefined: z has shape {x.shape}")
    grad = softmax_vjp(x.astype(work, copy=False), residual, axis)
    with np.errstate(under="ignore"):
        grad *= 2
        if reduction == "mean":
            divide(grad, n_rows)
        return grad.astype(result, copy=False)


def _residual(
    z: ArrayLike, target: ArrayLike, axis: int, reduction: str
) -> tuple[NDArray[Any], int, NDArray[Any]]:
    """Return the logits, the class axis and p - y."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    as_choice(reduction, "reduction", REDUCTIONS)
    checked, is_index = as_target(target, x, axis)
    if is_index:
        checked = checked.reshape(x.shape[:axis] + x.shape[axis + 1 :])
    work = float_dtypes(x.dtype)[0]
    return x, axis, cross_entropy_grad(x.astype(work, copy=False), checked, axis, reduction="none")
