r"""Sets of classes that hold the right one with a given probability: split conformal prediction."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_labels,
    as_number,
    as_prediction_table,
    as_real_array,
    as_share,
)

__all__ = ["conformal_scores", "conformal_sets", "conformal_threshold"]


def _nonconformity(p: NDArray[Any], adaptive: bool) -> NDArray[np.float64]:
    """Return how badly each class fits each example."""
    p = p.astype(np.float64)
    if not adaptive:
        return 1 - p
    # The probability of all classes that are at least as likely, ties counted on both sides.
    order = np.argsort(-p, axis=1, kind="stable")
    sorted_p = np.take_along_axis(p, order, 1)
    sums = np.cumsum(sorted_p, axis=1)
    for k in range(p.shape[1] - 2, -1, -1):
        tied = sorted_p[:, k] == sorted_p[:, k + 1]
        sums[tied, k] = sums[tied, k + 1]
    scores = np.empty_like(p)
    np.put_along_axis(scores, order, sums, 1)
    return scores


def conformal_scores(
    probs: ArrayLike, target: ArrayLike, adaptive: bool = False
) -> NDArray[np.float64]:
    r"""Return how badly the right classes of calibration examples fit, :math:`1 - p_y`.

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Distributions that a model predicted for examples it was *not* trained on.
    target : array_like of int, shape (examples,)
        Right classes.
    adaptive : bool, default False
        Score by the sum of all probabilities that are at least :math:`p_y` instead. Sets then
        grow where the model is unsure; without randomisation they are larger than need be.

    Returns
    -------
    ndarray of float64, shape (examples,)
        Nonconformity scores.

    Raises
    ------
    TypeError
        `probs` are not real, or `target` not integers.
    ValueError
        Shapes do not match, a target is out of range, or rows of `probs` are not distributions.

    See Also
    --------
    conformal_threshold : What is made of them.
    conformal_sets : The sets, with the same `adaptive`.

    References
    ----------
    .. [1] Sadinle, M., Lei, J., Wasserman, L. (2019). Least Ambiguous Set-Valued Classifiers with
       Bounded Error Levels. Journal of the American Statistical Association 114(525), 223-234.
       doi:10.1080/01621459.2017.1395341
    .. [2] Romano, Y., Sesia, M., Candès, E. (2020). Classification with Valid and Adaptive
       Coverage. NeurIPS. arXiv:2006.02544

    Examples
    --------
    >>> from softmax_course import conformal_scores
    >>> conformal_scores([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0]], [0, 0])
    array([0.5 , 0.75])
    >>> conformal_scores([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0]], [0, 0], adaptive=True)
    array([0.5, 1. ])
    """
    p = as_prediction_table(probs)
    labels = as_labels(target, p, 1, "probs")
    return _nonconformity(p, adaptive)[np.arange(len(p)), labels]


def conformal_threshold(scores: ArrayLike, alpha: float) -> float:
    r"""Return the score that a new right class exceeds with probability at most `alpha`.

    It is the :math:`\lceil (m + 1)(1 - \alpha) \rceil`-th smallest of :math:`m` scores.

    Parameters
    ----------
    scores : array_like, shape (m,)
        Scores of calibration examples.
    alpha : float
        Probability of a miss that is put up with, between 0 and 1. It is taken as the decimal that
        it is written as: 0.1 is one tenth.

    Returns
    -------
    float
        The threshold; inf where there are too few examples, fewer than :math:`1 / \alpha - 1`.
        Every class is then in every set.

    Raises
    ------
    TypeError
        If `scores` are not real numbers, or `alpha` is not a number.
    ValueError
        If `scores` is not one row of at least one number, holds NaN, or `alpha` does not lie
        between 0 and 1.

    See Also
    --------
    conformal_scores : The scores.
    conformal_sets : Classes within the threshold.

    Notes
    -----
    If calibration examples and a new example are exchangeable, the rank of the new score among all
    :math:`m + 1` is uniform (ties apart), so that the set misses with probability at most
    :math:`\alpha`, and at least :math:`\alpha - 1/(m + 1)` where scores do not tie. That holds on
    average over calibration sets and examples, not for each class or each kind of input.

    References
    ----------
    Vovk, V., Gammerman, A., Shafer, G. (2005). Algorithmic Learning in a Random World. Springer.
    doi:10.1007/b106715

    Examples
    --------
    Nine scores and one new one: with probability 1/10 the new one is the largest.

    >>> from softmax_course import conformal_threshold
    >>> scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    >>> conformal_threshold(scores, 0.1), conformal_threshold(scores, 0.05)
    (0.9, inf)
    """
    values = as_real_array(scores, "scores")
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"scores must be one row of at least one number, got {values.shape}")
    values = values.astype(np.float64)
    if np.isnan(values).any():
        raise ValueError(f"scores[{int(np.flatnonzero(np.isnan(values))[0])}] is NaN")
    # ceil((m + 1)(1 - alpha)), in exact arithmetic: in floats 10 * (1 - 0.7) is above 3.
    misses = (values.size + 1) * Fraction(repr(as_share(alpha, "alpha")))
    rank = values.size + 1 - misses.numerator // misses.denominator
    return float(np.sort(values)[rank - 1]) if rank <= values.size else np.inf


def conformal_sets(probs: ArrayLike, threshold: float, adaptive: bool = False) -> NDArray[np.bool]:
    """Return the classes that fit an example well enough, for each example.

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Predicted distributions.
    threshold : float
        From `conformal_threshold`.
    adaptive : bool, default False
        As it was for `conformal_scores`.

    Returns
    -------
    ndarray of bool, shape (examples, classes)
        True for the members of each set, which may be empty.

    Raises
    ------
    TypeError
        `probs` are not real, or `threshold` is not a number.
    ValueError
        Rows of `probs` are not distributions, or `threshold` is NaN.

    See Also
    --------
    conformal_threshold : The threshold, and what it guarantees.

    Examples
    --------
    >>> from softmax_course import conformal_sets
    >>> conformal_sets([[0.5, 0.3, 0.2], [0.05, 0.05, 0.9]], 0.75)
    array([[ True,  True, False],
           [False, False,  True]])
    """
    p = as_prediction_table(probs)
    limit = as_number(threshold, "threshold")
    if np.isnan(limit):
        raise ValueError("threshold must not be NaN")
    return _nonconformity(p, adaptive) <= limit
