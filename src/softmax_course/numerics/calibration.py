"""Calibration of classifiers: reliability curve, calibration error and temperature scaling."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_choice, as_integer, as_real_array, check_rows
from softmax_course.numerics.functional import softmax

BINS = ("width", "mass")


class ReliabilityCurve(NamedTuple):
    """Hold what `reliability_curve` returns, bin by bin.

    Attributes
    ----------
    edges : ndarray, shape (n_bins + 1,)
        Borders of the bins, from 0 to 1. A bin contains its right border, not its left one; the
        first contains 0 too.
    confidence : ndarray, shape (n_bins,)
        Mean of the largest probability, NaN for an empty bin.
    accuracy : ndarray, shape (n_bins,)
        Fraction of right predictions, NaN for an empty bin.
    count : ndarray of int, shape (n_bins,)
        Number of examples.

    See Also
    --------
    reliability_curve : Compute one.
    """

    edges: NDArray[np.float64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.intp]  # type: ignore[assignment]  # hides tuple.count


def _examples(scores: ArrayLike, target: ArrayLike, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a two-dimensional table of scores and one class index for each of its rows."""
    scores = as_real_array(scores, name)
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(f"{name} must have shape (examples, classes), got {scores.shape}")
    target = as_real_array(target, "target")
    if target.dtype.kind == "f":
        raise TypeError(f"target must hold integer class indices, got dtype {target.dtype}")
    if target.shape != scores.shape[:1]:
        raise ValueError(
            f"target must hold one class index for each example: {name} has shape "
            f"{scores.shape}, target has shape {target.shape}"
        )
    outside = np.flatnonzero((target < 0) | (target >= scores.shape[1]))
    if outside.size:
        row = outside[0]
        raise ValueError(
            f"target {target[row]} of example {row} is not a class index from 0 to "
            f"{scores.shape[1] - 1}"
        )
    return scores, target


def _edges(values: NDArray[np.float64], n_bins: int, bins: str) -> NDArray[np.float64]:
    """Return the borders of the bins: of equal width, or such that each holds as many values."""
    edges = np.linspace(0, 1, n_bins + 1)
    if bins == "mass":
        # The last value of each bin; equal values share a bin, so that some may be empty.
        last = np.arange(1, n_bins) * len(values) // n_bins - 1
        edges[1:-1] = np.where(last < 0, 0.0, np.sort(values)[np.maximum(last, 0)])
    return edges


def _binned(
    values: NDArray[np.float64], came_true: NDArray[Any], n_bins: int, bins: str
) -> ReliabilityCurve:
    """Sort predicted probabilities into bins, with the frequency of what they predict in each."""
    edges = _edges(values, n_bins, bins)
    place = np.maximum(np.searchsorted(edges, values, side="left") - 1, 0)
    count = np.bincount(place, minlength=n_bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that marks an empty bin
        return ReliabilityCurve(
            edges,
            np.bincount(place, weights=values, minlength=n_bins) / count,
            np.bincount(place, weights=came_true, minlength=n_bins) / count,
            count,
        )


def _calibration_error(curve: ReliabilityCurve) -> float:
    full = curve.count > 0
    gap = abs(curve.accuracy[full] - curve.confidence[full])
    return float(gap @ curve.count[full] / curve.count.sum())


def _checked(
    probs: ArrayLike, target: ArrayLike, n_bins: int, bins: str
) -> tuple[NDArray[np.float64], NDArray[Any], int]:
    probs, target = _examples(probs, target, "probs")
    n_bins = as_integer(n_bins, "n_bins", 1)
    as_choice(bins, "bins", BINS)
    check_rows(probs, axis=1, name="probs", allow_nan=False)
    return np.minimum(probs.astype(np.float64), 1.0), target, n_bins


def reliability_curve(
    probs: ArrayLike, target: ArrayLike, n_bins: int = 10, bins: str = "width"
) -> ReliabilityCurve:
    """Compare the confidence of a classifier with its accuracy, bin by bin.

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Predicted distributions.
    target : array_like of int, shape (examples,)
        Right classes.
    n_bins : int, default 10
        Number of bins that the confidence (the largest probability) is sorted into.
    bins : {"width", "mass"}, default "width"
        Bins of equal width, or adaptive ones: between quantiles of the confidence, so that each
        holds about as many examples. Equal confidences share a bin.

    Returns
    -------
    ReliabilityCurve
        Named tuple ``(edges, confidence, accuracy, count)``. A calibrated classifier has
        accuracy equal to confidence in every bin, up to sampling noise.

    Raises
    ------
    TypeError
        `probs` are not real, or `target` or `n_bins` not integers.
    ValueError
        Shapes do not match, a target is out of range, rows of `probs` are not distributions,
        `n_bins` is less than 1, or `bins` is unknown.

    See Also
    --------
    expected_calibration_error : One number for the whole curve.
    fit_temperature : Remedy for overconfidence.

    References
    ----------
    .. [1] Guo, C. et al. (2017). On Calibration of Modern Neural Networks. arXiv:1706.04599

    Examples
    --------
    Ninety per cent sure each time, and right three times out of four:

    >>> probs = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]
    >>> curve = reliability_curve(probs, [0, 0, 1, 1], n_bins=5)
    >>> curve.count
    array([0, 0, 0, 0, 4])
    >>> print(f"{curve.confidence[-1]:.2f} {curve.accuracy[-1]:.2f}")
    0.90 0.75
    """
    checked, target, n_bins = _checked(probs, target, n_bins, bins)
    return _binned(checked.max(axis=1), checked.argmax(axis=1) == target, n_bins, bins)


def expected_calibration_error(
    probs: ArrayLike, target: ArrayLike, n_bins: int = 10, bins: str = "width"
) -> float:
    r"""Return the mean distance of confidence and accuracy, weighted by the size of the bins.

    .. math:: \mathrm{ECE} = \sum_b \frac{N_b}{N}\,
              \lvert \mathrm{accuracy}_b - \mathrm{confidence}_b \rvert

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Predicted distributions.
    target : array_like of int, shape (examples,)
        Right classes.
    n_bins : int, default 10
        Number of bins.
    bins : {"width", "mass"}, default "width"
        Bins of equal width, or adaptive ones that hold about as many examples each.

    Returns
    -------
    float
        Between 0 (calibrated) and 1.

    Raises
    ------
    TypeError, ValueError
        As raised by `reliability_curve`.

    See Also
    --------
    reliability_curve : Confidence and accuracy bin by bin.
    fit_temperature : Remedy for overconfidence.

    Notes
    -----
    The value depends on the bins, and few examples make it too large: even a calibrated
    classifier has noise in each bin, and the distance does not let it cancel.

    References
    ----------
    .. [1] Guo, C. et al. (2017). On Calibration of Modern Neural Networks. arXiv:1706.04599

    Examples
    --------
    >>> probs = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]
    >>> round(expected_calibration_error(probs, [0, 0, 1, 1]), 2)
    0.15
    """
    return _calibration_error(reliability_curve(probs, target, n_bins, bins))


def classwise_calibration_error(
    probs: ArrayLike, target: ArrayLike, n_bins: int = 10, bins: str = "width"
) -> float:
    r"""Return the calibration error of every class's probability, averaged over the classes.

    .. math:: \frac1n \sum_{k=1}^n \sum_b \frac{N_{kb}}{N}\,
              \lvert \mathrm{frequency}_{kb} - \mathrm{mean\ probability}_{kb} \rvert

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Predicted distributions.
    target : array_like of int, shape (examples,)
        Right classes.
    n_bins : int, default 10
        Number of bins; each class sorts all examples into bins by the probability it gave them.
    bins : {"width", "mass"}, default "width"
        Bins of equal width, or adaptive ones that hold about as many examples each.

    Returns
    -------
    float
        Between 0 (every class calibrated) and 1.

    Raises
    ------
    TypeError, ValueError
        As raised by `reliability_curve`.

    See Also
    --------
    expected_calibration_error : Looks at the largest probability alone.

    Notes
    -----
    It sees what the other error cannot: one class always too likely, another as much too unlikely.
    With many classes most probabilities are almost 0 and so are their errors: numbers for
    different numbers of classes cannot be compared.

    References
    ----------
    Kull, M. et al. (2019). Beyond temperature scaling: Obtaining well-calibrated multi-class
    probabilities with Dirichlet calibration. NeurIPS. arXiv:1910.12656

    Examples
    --------
    Always 50 % sure of the first class and right every other time, but the second is named three
    times as often as it comes true:

    >>> probs = [[0.5, 0.3, 0.2]] * 10
    >>> target = [0] * 5 + [1] + [2] * 4
    >>> round(expected_calibration_error(probs, target), 3)
    0.0
    >>> round(classwise_calibration_error(probs, target), 3)
    0.133
    """
    checked, target, n_bins = _checked(probs, target, n_bins, bins)
    return float(
        np.mean(
            [
                _calibration_error(_binned(column, target == k, n_bins, bins))
                for k, column in enumerate(checked.T)
            ]
        )
    )


def fit_temperature(z: ArrayLike, target: ArrayLike) -> float:
    r"""Find the temperature that makes held-out logits most likely: temperature scaling.

    Parameters
    ----------
    z : array_like, shape (examples, classes)
        Logits of examples the classifier was *not* trained on; ``-inf`` marks a masked class.
    target : array_like of int, shape (examples,)
        Right classes.

    Returns
    -------
    float
        The temperature :math:`T` that minimises the mean cross-entropy of
        ``softmax(z, temperature=T)``. More than 1 for an overconfident classifier.

    Raises
    ------
    TypeError
        `z` is not real, or `target` not integer.
    ValueError
        Shapes do not match; a target is out of range or masked; `z` contains NaN or ``+inf``; or
        there is no best positive temperature: every right class has the largest logit of its row
        (the colder, the better), or the right classes do not have larger logits than the others
        on average (the hotter, the better).

    See Also
    --------
    softmax : Takes the temperature.
    expected_calibration_error : Measure the effect.

    Notes
    -----
    In :math:`\beta = 1/T` the mean loss is
    :math:`f(\beta) = \frac1N \sum_i [\operatorname{LSE}(\beta z_i) - \beta z_{i, y_i}]`, and

    .. math:: f'(\beta) = \frac1N \sum_i \bigl(\mathbb E_{p_i}[z_i] - z_{i, y_i}\bigr), \qquad
              f''(\beta) = \frac1N \sum_i \operatorname{Var}_{p_i}(z_i) \ge 0.

    So :math:`f` is convex and its minimum is the root of an increasing function. The root is found
    by Brent's method from `scipy.optimize.root_scalar`: to rounding error, whereas
    minimising :math:`f` by its values alone stops at the square root of it. A positive root
    exists exactly if :math:`f'(0) < 0` and
    :math:`f'(\infty) = \frac1N \sum_i (\max_j z_{ij} - z_{i, y_i}) > 0`.

    Temperature scaling keeps the order of the classes, so accuracy does not change [1]_.

    References
    ----------
    .. [1] Guo, C. et al. (2017). On Calibration of Modern Neural Networks. arXiv:1706.04599

    Examples
    --------
    A classifier that is 98 % sure and right in three cases out of four. At the best temperature
    the right odds are 3 to 1, so :math:`4/T = \log 3`:

    >>> temperature = fit_temperature([[4.0, 0.0]] * 4, [0, 0, 0, 1])
    >>> print(f"{temperature:.4f} {4 / np.log(3):.4f}")
    3.6410 3.6410
    """
    from scipy.optimize import root_scalar  # slow to load, and used here only

    z, target = _examples(z, target, "z")
    z = z.astype(np.float64)
    if np.isnan(z).any() or np.isposinf(z).any():
        raise ValueError("z must not contain NaN or +inf")
    rows = np.arange(len(z))
    masked = np.flatnonzero(np.isneginf(z[rows, target]))
    if masked.size:
        raise ValueError(
            f"the right class of example {masked[0]} is masked (-inf): its loss is infinite "
            "at every temperature"
        )
    allowed = np.isfinite(z)
    below = z - z.max(axis=1, keepdims=True)  # at most 0; the loss depends on differences only
    below[~allowed] = 0.0
    if not below[rows, target].any():
        raise ValueError(
            "every right class has the largest logit of its row, so the loss falls forever as "
            "the temperature goes to 0: fit the temperature on examples with mistakes"
        )

    scale = -below.min()  # so that the bracket begins with [0, 1], whatever the units
    below /= scale
    at_target = below[rows, target].mean()

    def slope(beta: float) -> float:
        probs = softmax(np.where(allowed, beta * below, -np.inf))
        return (probs * below).sum(axis=1).mean() - at_target

    if slope(0.0) >= 0:
        raise ValueError(
            "the right classes do not have larger logits than the others on average, so the "
            "loss falls as the temperature grows without bound: the logits carry no information"
        )
    high = 1.0
    while slope(high) <= 0:
        high *= 2
    root = root_scalar(slope, bracket=(0.0, high), method="brentq", xtol=high * 1e-15, rtol=1e-14)
    return float(scale / root.root)
