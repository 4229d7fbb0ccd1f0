r"""Truncated distributions for decoding: top-k and top-p."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_rows, as_integer, as_number
from softmax_course.numerics.functional import softmax


def _keep_only(z: NDArray[Any], keep: NDArray[np.bool], temperature: float) -> NDArray[Any]:
    """Softmax over the kept classes; the others get probability exactly 0."""
    # A NaN makes its whole row NaN, so nothing in such a row may be masked away.
    keep = keep | np.isnan(z).any(axis=-1, keepdims=True)
    return softmax(np.where(keep, z, z.dtype.type(-np.inf)), temperature=temperature)


def top_k_probs(logits: ArrayLike, k: int, temperature: float = 1.0) -> NDArray[Any]:
    """Keep the `k` most probable classes and renormalise: top-k decoding.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits; ``-inf`` marks a masked class, which stays at probability 0.
    k : int
        How many classes to keep, from 1 to n. Of equal logits the one with the smaller index
        comes first, so that exactly `k` are kept.
    temperature : float, default 1.0
        Divides the logits; it does not change which classes are kept.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities; at most `k` of a row are not 0.

    Raises
    ------
    TypeError
        `k` is not an integer, or `logits` are not real.
    ValueError
        `k` is outside 1 to n, or as raised by `softmax_course.softmax`.

    See Also
    --------
    top_p_probs : Choose the number of classes by their probability.
    softmax : Keep every class.

    Examples
    --------
    >>> top_k_probs([3.0, 1.0, 0.2], k=2).round(3)
    array([0.881, 0.119, 0.   ])
    """
    z = as_float_rows(logits, "logits")
    k = as_integer(k, "k", 1, z.shape[-1])
    order = np.argsort(-z, axis=-1, kind="stable")
    keep = np.zeros(z.shape, dtype=bool)
    np.put_along_axis(keep, order[..., :k], True, axis=-1)
    return _keep_only(z, keep, temperature)


def top_p_probs(logits: ArrayLike, p: float, temperature: float = 1.0) -> NDArray[Any]:
    r"""Keep the fewest most probable classes that reach probability `p`: nucleus decoding.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits; ``-inf`` marks a masked class, which stays at probability 0.
    p : float
        Probability to reach, :math:`0 < p \le 1`. With 1 every class is kept.
    temperature : float, default 1.0
        Divides the logits *before* the classes are chosen: a higher one keeps more of them.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities, renormalised over the classes kept.

    Raises
    ------
    TypeError
        `logits` are not real, or `p` is not a real number.
    ValueError
        `p` is outside :math:`(0, 1]`, or as raised by `softmax_course.softmax`.

    See Also
    --------
    top_k_probs : Keep a fixed number of classes.
    softmax : Keep every class.

    Notes
    -----
    Classes are taken from the most probable on, a smaller index first among equals, as long as the
    probability taken before is less than `p`. So at least one is kept, and the one that crosses
    the threshold is kept too. Where the sum of some classes *equals* `p`, rounding decides about
    the next one.

    References
    ----------
    .. [1] Holtzman, A. et al. (2020). The Curious Case of Neural Text Degeneration.
       arXiv:1904.09751

    Examples
    --------
    >>> top_p_probs([3.0, 1.0, 0.2], p=0.9).round(3)
    array([0.881, 0.119, 0.   ])
    >>> top_p_probs([3.0, 1.0, 0.2], p=0.8)
    array([1., 0., 0.])
    """
    z = as_float_rows(logits, "logits")
    p = as_number(p, "p")
    if not 0 < p <= 1:
        raise ValueError(f"p must be greater than 0 and at most 1, got {p!r}")
    probs = softmax(z, temperature=temperature)
    if p == 1:  # rounded sums may reach 1 before the last class
        return probs
    order = np.argsort(-probs, axis=-1, kind="stable")
    descending = np.take_along_axis(probs, order, axis=-1)
    before = np.zeros(z.shape)
    np.cumsum(descending[..., :-1], axis=-1, out=before[..., 1:])
    keep = np.zeros(z.shape, dtype=bool)
    np.put_along_axis(keep, order, before < p, axis=-1)
    return _keep_only(z, keep, temperature)
