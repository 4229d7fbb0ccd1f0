r"""What to do with uncertain probabilities: abstain, look at the energy, ask several models.

Calibration, the condition for taking probabilities at their word, is in
`softmax_course.numerics.calibration`; sets of several classes are in
`softmax_course.numerics.conformal`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_labels,
    as_positive,
    as_prediction_table,
    as_real_array,
    as_share,
    check_rows,
    class_axis,
    float_dtypes,
)
from softmax_course.numerics._rows import as_rows, check_row_tops, round_to
from softmax_course.numerics.core import log_softmax_parts
from softmax_course.numerics.functional import log_softmax, logsumexp
from softmax_course.numerics.losses import cross_entropy

__all__ = [
    "energy_score",
    "ensemble_log_softmax",
    "jensen_gap",
    "risk_coverage_curve",
    "should_abstain",
]


# --------------------------------------------------------------------------------------------------
# Abstaining


def should_abstain(probs: ArrayLike, cost: float, axis: int = -1) -> Any:
    r"""Tell where to abstain if an error costs 1 and abstaining costs `cost`: Chow's rule.

    Naming the likeliest class costs :math:`1 - \max_k p_k` on average, if the probabilities are
    true; abstaining is cheaper where that exceeds the cost.

    Parameters
    ----------
    probs : array_like, shape (..., n)
        Distributions along `axis`.
    cost : float
        Cost of abstaining, between 0 and 1, in units of the cost of an error.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray of bool or bool, shape (...)
        True where abstaining is strictly cheaper.

    Raises
    ------
    TypeError
        If `probs` is not of real numbers or is a masked array, or `cost` is not a number.
    ValueError
        If a row is not a distribution, or `cost` does not lie between 0 and 1.

    See Also
    --------
    risk_coverage_curve : All thresholds at once.
    fit_temperature : Makes probabilities of a classifier truer.

    References
    ----------
    Chow, C. K. (1970). On optimum recognition error and reject tradeoff. IEEE Transactions on
    Information Theory 16(1), 41-46. doi:10.1109/TIT.1970.1054406

    Examples
    --------
    >>> from softmax_course import should_abstain
    >>> should_abstain([[0.95, 0.05], [0.6, 0.4]], cost=0.25)
    array([False,  True])
    """
    p = as_real_array(probs, "probs")
    axis = class_axis(p, axis, "probs")
    cost = as_share(cost, "cost")
    check_rows(p, axis, "probs", allow_nan=False)
    return p.max(axis=axis).astype(np.float64) < 1 - cost


class RiskCoverageCurve(NamedTuple):
    """Hold what `risk_coverage_curve` returns, from the surest example to all of them.

    Attributes
    ----------
    threshold : ndarray, shape (levels,)
        Confidences, decreasing: examples with at least so much are answered.
    coverage : ndarray, shape (levels,)
        Fraction of the examples that are answered.
    risk : ndarray, shape (levels,)
        Fraction of errors among the answers.

    See Also
    --------
    risk_coverage_curve : Compute one.
    """

    threshold: NDArray[np.float64]
    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]


def risk_coverage_curve(probs: ArrayLike, target: ArrayLike) -> RiskCoverageCurve:
    """Count errors among the examples that a classifier is surest of, for every threshold.

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Predicted distributions.
    target : array_like of int, shape (examples,)
        Right classes.

    Returns
    -------
    RiskCoverageCurve
        Named tuple ``(threshold, coverage, risk)``, one entry for each different confidence.

    Raises
    ------
    TypeError
        `probs` are not real, or `target` not integers.
    ValueError
        Shapes do not match, a target is out of range, or rows of `probs` are not distributions.

    See Also
    --------
    should_abstain : The threshold for a given cost of abstaining.
    reliability_curve : Accuracy at each confidence, not above it.

    Notes
    -----
    Examples of equal confidence are answered together or not at all. The mean cost of a threshold
    is ``coverage * risk + (1 - coverage) * cost``.

    References
    ----------
    Geifman, Y., El-Yaniv, R. (2017). Selective Classification for Deep Neural Networks. NeurIPS.
    arXiv:1705.08500

    Examples
    --------
    >>> from softmax_course import risk_coverage_curve
    >>> curve = risk_coverage_curve([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.4, 0.6]], [0, 0, 1, 0])
    >>> curve.coverage
    array([0.25, 0.5 , 1.  ])
    >>> curve.risk
    array([0.  , 0.  , 0.25])
    """
    p = as_prediction_table(probs)
    labels = as_labels(target, p, 1, "probs")
    confidence = p.max(axis=1).astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    errors = np.cumsum(p.argmax(axis=1)[order] != labels[order])
    # The last of each run of equal confidences.
    ends = np.append(np.flatnonzero(np.diff(sorted_confidence)), len(p) - 1)
    return RiskCoverageCurve(
        sorted_confidence[ends], (ends + 1) / len(p), errors[ends] / (ends + 1)
    )


# --------------------------------------------------------------------------------------------------
# Energy


def energy_score(z: ArrayLike, temperature: float = 1.0, axis: int = -1) -> Any:
    r"""Return the energy of an example, :math:`-T \log \sum_k e^{z_k / T}`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    temperature : float, default 1.0
        :math:`T > 0`.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray or scalar, shape (...)
        One number for each row: the larger, the less the logits speak for any class. Between
        :math:`-\max_k z_k - T \log n` and :math:`-\max_k z_k`.

    Raises
    ------
    TypeError, ValueError
        As `softmax`.

    See Also
    --------
    logsumexp : Minus the energy at temperature 1.
    softmax : Does not know it: a common shift of the logits moves the energy alone.

    Notes
    -----
    Cross-entropy does not see a common shift of the logits, so that what the energy says of unknown
    input is a habit of the model, not something it was trained for.

    References
    ----------
    Liu, W. et al. (2020). Energy-based Out-of-distribution Detection. NeurIPS. arXiv:2010.03759

    Examples
    --------
    The same probabilities, another energy:

    >>> from softmax_course import energy_score
    >>> energy_score([[10.0, 8.0], [2.0, 0.0]]).round(6)
    array([-10.126928,  -2.126928])
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    rows = as_rows(x, axis)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        _, log_sum, top = log_softmax_parts(rows, temperature)
        check_row_tops(top, x, axis)
        energy = -(log_sum * np.float64(temperature) + top)
    return round_to(energy.reshape(x.shape[:axis] + x.shape[axis + 1 :]), float_dtypes(x.dtype)[1])


# --------------------------------------------------------------------------------------------------
# Several models


def _members(z: ArrayLike, axis: int) -> tuple[NDArray[Any], int]:
    x = as_real_array(z, "z")
    if x.ndim < 2 or len(x) == 0:
        raise ValueError(
            f"z must hold the logits of at least one model along its first axis, got {x.shape}"
        )
    axis = class_axis(x, axis, "z")
    if axis == 0:
        raise ValueError("the first axis of z is that of the models, not of the classes")
    return x, axis


def ensemble_log_softmax(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    r"""Return the logarithm of the mean of several models' probabilities.

    Parameters
    ----------
    z : array_like, shape (models, ..., n)
        Logits of each model for the same examples. -inf masks a class.
    axis : int, default -1
        Class axis, counted in `z`; not the first.

    Returns
    -------
    ndarray, shape (..., n)
        :math:`\log \frac1M \sum_m p^{(m)}_i`, without the axis of the models. It is finite where
        the probabilities themselves are too small for a float.

    Raises
    ------
    TypeError, ValueError
        As `softmax`; also ValueError if `z` has no axis of models.

    See Also
    --------
    jensen_gap : What averaging gains.
    log_softmax : Of one model.

    Notes
    -----
    The probabilities are averaged, not the logits: softmax of the mean logits is the normalised
    geometric mean of the distributions, another combination.

    Examples
    --------
    >>> from softmax_course import ensemble_log_softmax
    >>> np.exp(ensemble_log_softmax([[[0.0, 0.0]], [[0.0, -1000.0]]])).round(6)
    array([[0.75, 0.25]])
    """
    x, axis = _members(z, axis)
    work, result = float_dtypes(x.dtype)
    logs = log_softmax(x.astype(work, copy=False), axis)
    mean = logsumexp(logs, axis=0) - np.asarray(np.log(len(x)), work)
    # The logarithm of a mean of numbers up to 1 is not positive: rounding may say so.
    return np.asarray(round_to(np.minimum(mean, 0), result))


def jensen_gap(z: ArrayLike, target: ArrayLike, axis: int = -1) -> Any:
    r"""Return what averaging models gains: their mean loss minus the loss of their mean.

    .. math:: \frac1M \sum_m \bigl(-\log p^{(m)}_y\bigr) - \Bigl(-\log \frac1M \sum_m p^{(m)}_y
              \Bigr) \ge 0

    Parameters
    ----------
    z : array_like, shape (models, ..., n)
        Logits of each model for the same examples.
    target : array_like of int, shape (...)
        Right classes.
    axis : int, default -1
        Class axis, counted in `z`; not the first.

    Returns
    -------
    ndarray or scalar, shape (...)
        Nats, one number for each example; 0 where all models give the right class the same
        probability. It is inf where some of the models mask the right class, NaN where all do.

    Raises
    ------
    TypeError, ValueError
        As `ensemble_log_softmax` and `cross_entropy`.

    See Also
    --------
    ensemble_log_softmax : Log-probabilities of the mean.

    Notes
    -----
    By Jensen's inequality, for :math:`-\log` is convex: the loss of the mean is at most the mean
    loss of the models, on each example. It may still be more than the loss of the best of them.
    The gap is computed from differences of log-probabilities; rounding cannot make it negative.

    Examples
    --------
    >>> from softmax_course import jensen_gap
    >>> jensen_gap([[[0.0, 0.0], [1.0, 0.0]], [[0.0, -9.0], [1.0, 0.0]]], [1, 0]).round(6)
    array([3.460588, 0.      ])
    """
    x, axis = _members(z, axis)
    work, result = float_dtypes(x.dtype)
    labels = as_labels(target, x[0], axis - 1).reshape(x[0].shape[: axis - 1] + x.shape[axis + 1 :])
    x = x.astype(work, copy=False)
    losses = np.stack([cross_entropy(one, labels, axis - 1, reduction="none") for one in x])
    least = losses.min(axis=0)
    with np.errstate(invalid="ignore"):
        # mean(l) - (-log mean exp(-l)), both shifted by the least loss.
        excess = losses - least
        gap = excess.mean(axis=0) + np.log(np.exp(-excess).mean(axis=0))
    return round_to(np.maximum(gap, 0), result)
