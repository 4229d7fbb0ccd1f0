r"""Cross-entropy, entropy and Kullback-Leibler divergence.

Conventions (axis, dtype, masked classes, NaN) are those of `softmax_course.numerics.functional`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_label_smoothing,
    as_positive,
    as_real_array,
    as_target,
    check_rows,
    class_axis,
    dense_target,
    float_dtypes,
)
from softmax_course.numerics._rows import (
    as_rows,
    blocks,
    check_row_tops,
    reduce_losses,
    round_to,
)
from softmax_course.numerics.core import log_softmax_parts
from softmax_course.numerics.functional import log_softmax

__all__ = [
    "cross_entropy",
    "entropy",
    "kl_divergence",
]


def cross_entropy(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    r"""Return the cross-entropy of a target and softmax, :math:`-\sum_k y_k \log p_k`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like, shape (...) or (..., n)
        Class indices (integers, one for each row) or distributions over the classes (of the shape
        of `z`, rows summing to 1).
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`; :math:`p` is ``softmax(z, temperature=T)``.
    label_smoothing : float, default 0.0
        :math:`a \in [0, 1)`: the target becomes :math:`(1 - a) y + a / n`, where :math:`n` counts
        the row's classes that are not masked.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own loss.

    Returns
    -------
    scalar or ndarray, shape (...)
        Loss in nats; with ``"none"``, one for each row. It is inf where the target gives weight to
        a masked class.

    Raises
    ------
    TypeError
        As `softmax`; also if `target` holds anything but numbers, or class indices that are not
        integers.
    ValueError
        As `softmax`; also if the shapes do not match, a class index is out of range, a target row
        is negative or does not sum to 1, `label_smoothing` is outside [0, 1), `reduction` is
        unknown, or the mean of no rows is asked for.

    See Also
    --------
    cross_entropy_grad : Gradient with respect to the logits.
    log_softmax : Log-probabilities.
    kl_divergence : Cross-entropy minus the entropy of the target.

    Examples
    --------
    >>> from softmax_course import cross_entropy
    >>> round(float(cross_entropy([2.0, -1.0, 0.5], 0)), 6)
    0.241311
    >>> cross_entropy([[0.0, -40.0], [0.0, -2000.0]], [0, 1], reduction="none")
    array([4.24835426e-18, 2.00000000e+03])
    >>> round(float(cross_entropy([2.0, -1.0, 0.5], [0.7, 0.1, 0.2])), 6)
    0.841311
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    label_smoothing = as_label_smoothing(label_smoothing)
    as_choice(reduction, "reduction", REDUCTIONS)
    checked, is_index = as_target(target, x, axis)
    work, result = float_dtypes(x.dtype)
    if is_index and not label_smoothing:
        rows, labels = as_rows(x, axis), checked.reshape(-1)
        losses, top = np.empty((2, len(rows)), work)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for block in blocks(rows):
                shifted, log_sum, top[block] = log_softmax_parts(rows[block], temperature)
                at_labels = np.arange(0, shifted.size, shifted.shape[1]) + labels[block]
                losses[block] = log_sum - shifted.take(at_labels)
        check_row_tops(top, x, axis)
        losses = losses.reshape(x.shape[:axis] + x.shape[axis + 1 :])
    else:
        weights = dense_target(checked, is_index, x, axis, label_smoothing, work)
        terms = 0 - log_softmax(x.astype(work, copy=False), axis, temperature)  # no -0.0
        # A class without weight has no part in the loss even if it is masked: 0 * inf is NaN.
        terms[(weights == 0) & np.isinf(terms)] = 0
        with np.errstate(over="ignore", under="ignore"):
            terms *= weights
            losses = terms.sum(axis=axis)
    losses = reduce_losses(losses, reduction, x.shape)
    return round_to(losses, result)


def entropy(probs: ArrayLike, axis: int = -1) -> Any:
    r"""Return the Shannon entropy :math:`-\sum_k p_k \log p_k` in nats, with :math:`0 \log 0 = 0`.

    Parameters
    ----------
    probs : array_like, shape (..., n)
        Distributions along `axis`: not negative, summing to 1.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray or scalar, shape (...)
        One number for each row, between 0 and :math:`\log n`. A row with NaN gives
        NaN.

    Raises
    ------
    TypeError
        If `probs` is not of real numbers or is a masked array.
    ValueError
        If `probs` is 0-d, has no classes, or a row is negative or does not sum to 1.

    See Also
    --------
    kl_divergence : Divergence of two distributions.
    cross_entropy : Loss from logits.

    Examples
    --------
    >>> from softmax_course import entropy
    >>> entropy([[0.5, 0.5], [1.0, 0.0]])
    array([0.69314718, 0.        ])
    """
    p = as_real_array(probs, "probs")
    axis = class_axis(p, axis, "probs")
    check_rows(p, axis, "probs", allow_nan=True)
    work, result = float_dtypes(p.dtype)
    p = p.astype(work, copy=False)
    terms = np.where(p == 0, 1, p)
    np.log(terms, out=terms)
    terms *= p
    # 0 - 0 is 0 where -0 would be "-0."; a row of 1 + 1e-16 is no negative entropy.
    return round_to(np.maximum(0 - terms.sum(axis=axis), 0), result)


def kl_divergence(p: ArrayLike, q: ArrayLike, axis: int = -1) -> Any:
    r"""Return the Kullback-Leibler divergence :math:`\sum_k p_k \log(p_k / q_k)` in nats.

    Parameters
    ----------
    p, q : array_like, shape (..., n)
        Distributions along `axis`: not negative, summing to 1.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray or scalar, shape (...)
        One number for each row: never negative, exactly 0 where the rows are equal, inf
        where :math:`q_k = 0 < p_k`. A row with NaN in `p` or `q` gives NaN.

    Raises
    ------
    TypeError
        If `p` or `q` is not of real numbers or is a masked array.
    ValueError
        If they have different shapes, are 0-d, have no classes, or a row is negative or does not
        sum to 1.

    See Also
    --------
    entropy : Entropy of one distribution.
    cross_entropy : Loss from logits.

    Notes
    -----
    A term with :math:`p_k = 0` is 0. Where the two probabilities are close, their log-ratio is
    taken as ``log1p((p - q) / q)``, whose difference is exact.

    Examples
    --------
    >>> from softmax_course import kl_divergence
    >>> round(float(kl_divergence([0.5, 0.5], [0.25, 0.75])), 6)
    0.143841
    >>> kl_divergence([[1.0, 0.0], [0.5, 0.5]], [[0.5, 0.5], [1.0, 0.0]])
    array([0.69314718,        inf])
    """
    p = as_real_array(p, "p")
    q = as_real_array(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"p of shape {p.shape} does not match q of shape {q.shape}")
    axis = class_axis(p, axis, "p")
    for name, rows in (("p", p), ("q", q)):
        check_rows(rows, axis, name, allow_nan=True)
    work, result = float_dtypes(np.result_type(float_dtypes(p.dtype)[1], float_dtypes(q.dtype)[1]))
    p, q = p.astype(work, copy=False), q.astype(work, copy=False)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        difference = p - q
        close = np.abs(difference) <= q / 2
        ratio = np.where(close, np.log1p(difference / q), np.log(p) - np.log(q))
        terms = np.where(p == 0, 0, p * ratio)
        # A NaN in q must reach the sum even where p is 0; the exact value is never negative.
        total = np.where(np.isnan(q), np.nan, terms).sum(axis=axis, dtype=work)
    return round_to(np.maximum(total, 0), result)
