r"""Samples that the usual draw does not give: without repetition, and by a cheaper draft model.

The class axis is the last one; of a batch every row is sampled by itself. `size` puts axes before
those of the batch, as in `numpy.random.Generator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_float_rows,
    as_generator,
    as_size,
    check_rows,
)

__all__ = ["speculative_sample"]


def _inverse_cdf(weights: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the class at each number of [0, 1), for weights that need not sum to 1."""
    cumulative = np.cumsum(weights)
    # Classes of weight 0 end where they begin, so that the search from the right passes them. A
    # product that rounds up to the total belongs to the last class that has any weight.
    last = np.flatnonzero(weights)[-1]
    return np.minimum(np.searchsorted(cumulative, uniform * cumulative[-1], side="right"), last)


def speculative_sample(
    target_probs: ArrayLike,
    draft_probs: ArrayLike,
    random_state: int | np.random.Generator | None = None,
    size: int | Sequence[int] | None = None,
) -> tuple[Any, Any]:
    r"""Sample from a target distribution by correcting samples of a draft.

    A token :math:`x` is drawn from the draft :math:`q` and kept with probability
    :math:`\min(1, p_x / q_x)`. If it is not, another is drawn from the rest that the draft lacks,
    :math:`(p - q)_+` normalised. The result has the distribution :math:`p`, exactly.

    Parameters
    ----------
    target_probs : array_like, shape (..., n)
        Distributions :math:`p` to sample from: those of the large model.
    draft_probs : array_like, shape (..., n)
        Distributions :math:`q` that the draft is drawn from: those of the small model.
    random_state : int, Generator or None, default None
        Seed, or the generator itself. A generator goes on where it stood.
    size : int or sequence of int, optional
        Shape of the sample; by default one draw from each row.

    Returns
    -------
    tokens : int or ndarray of int, shape (\*size, ...)
        Class indices, each distributed as its row of `target_probs`.
    accepted : bool or ndarray of bool, shape (\*size, ...)
        Whether the token is the draft's own.

    Raises
    ------
    TypeError
        If the probabilities are not real, or `random_state` or `size` are of another kind.
    ValueError
        If the shapes differ, or a row is negative, holds NaN or does not sum to 1.

    See Also
    --------
    gumbel_top_k : Several different tokens in one draw.
    kl_divergence : Another distance of the two distributions.

    Notes
    -----
    Token :math:`x` is drawn and kept with probability :math:`\min(p_x, q_x)`. Draws are rejected
    with probability :math:`1 - \sum_k \min(p_k, q_k) = \sum_k (p_k - q_k)_+`, the total variation
    distance, which is also what :math:`(p - q)_+` is divided by: the second draw adds exactly
    :math:`(p_x - q_x)_+`, and :math:`\min(p_x, q_x) + (p_x - q_x)_+ = p_x`.

    The draft decides how often it is accepted, ``np.minimum(p, q).sum()``, never what is sampled.

    References
    ----------
    Leviathan, Y., Kalman, M., Matias, Y. (2023). Fast Inference from Transformers via Speculative
    Decoding. arXiv:2211.17192

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import speculative_sample
    >>> p, q = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
    >>> tokens, accepted = speculative_sample(p, q, random_state=0, size=100_000)
    >>> (np.bincount(tokens) / len(tokens)).round(2)
    array([0.6, 0.3, 0.1])
    >>> print(f"{accepted.mean():.2f} {np.minimum(p, q).sum():.2f}")
    0.60 0.60
    """
    p = as_float_rows(target_probs, "target_probs")
    q = as_float_rows(draft_probs, "draft_probs")
    if p.shape != q.shape:
        raise ValueError(
            f"draft_probs of shape {q.shape} does not match target_probs of shape {p.shape}"
        )
    for probs, name in ((p, "target_probs"), (q, "draft_probs")):
        check_rows(probs, p.ndim - 1, name, allow_nan=False)
    generator, size = as_generator(random_state), as_size(size)
    *batch, n = p.shape
    # Rows may sum to a little more or less than 1: of different sums, no rest would be right.
    p, q = (rows.reshape(-1, n).astype(np.float64) for rows in (p, q))
    p, q = (rows / rows.sum(axis=1, keepdims=True) for rows in (p, q))
    draws = int(np.prod(size))
    draft, keep, again = generator.random((3, len(p), draws))
    tokens = np.empty((len(p), draws), np.intp)
    accepted = np.empty(tokens.shape, bool)
    for i, (target, proposal) in enumerate(zip(p, q, strict=True)):
        tokens[i] = _inverse_cdf(proposal, draft[i])
        # A product, for the quotient p / q may overflow.
        accepted[i] = keep[i] * proposal[tokens[i]] < target[tokens[i]]
        rest = np.maximum(target - proposal, 0)
        # Nothing is lacking where the two differ by rounding alone.
        rejected = ~accepted[i]
        tokens[i, rejected] = _inverse_cdf(rest if rest.any() else target, again[i, rejected])
    shape = (*size, *batch)
    return tokens.T.reshape(shape)[()], accepted.T.reshape(shape)[()]
