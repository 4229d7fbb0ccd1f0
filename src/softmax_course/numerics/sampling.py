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
    as_integer,
    as_labels_of_rows,
    as_size,
    check_rows,
    check_top,
    float_dtypes,
)
from softmax_course.numerics.functional import log_softmax

__all__ = ["gumbel_top_k", "inverse_cdf", "plackett_luce_log_prob", "speculative_sample"]


def inverse_cdf(weights: NDArray[Any], uniform: NDArray[np.float64]) -> NDArray[np.intp]:
    r"""Return the class at each number of [0, 1), for weights that need not sum to 1.

    This is how a draw is made from a uniform number :math:`u`: the class is the first whose sum of
    weights up to and including its own is above :math:`u` times the total.

    Parameters
    ----------
    weights : ndarray, shape (n,) or (draws, n)
        Weights of the classes, none negative, in each row one at least positive. One row serves
        all numbers; of several rows, each serves one.
    uniform : ndarray of float64, shape (draws,)
        Numbers of [0, 1).

    Returns
    -------
    ndarray of int, shape (draws,)
        Class indices; a class of weight 0 is never among them.

    See Also
    --------
    speculative_sample : Draws by the cheaper distribution and corrects them.

    Examples
    --------
    >>> inverse_cdf(np.array([1.0, 0.0, 3.0]), np.array([0.0, 0.24, 0.25, 0.9]))
    array([0, 0, 2, 2])
    """
    cumulative = np.cumsum(weights, axis=-1, dtype=np.float64)
    # Classes of weight 0 end where they begin: the first sum *above* the number passes them. A
    # product that rounds up to the total belongs to the last class that has any weight.
    last = weights.shape[-1] - 1 - (weights[..., ::-1] > 0).argmax(axis=-1)
    target = uniform * cumulative[..., -1]
    if weights.ndim == 1:
        found = np.searchsorted(cumulative, target, side="right")
    else:
        found = (cumulative <= target[:, np.newaxis]).sum(axis=-1)
    return np.minimum(found, last)


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
    tokens = _draw(q, draft)
    rows = np.arange(len(p))[:, np.newaxis]
    # A product, for the quotient p / q may overflow.
    accepted = keep * q[rows, tokens] < p[rows, tokens]
    rest = np.maximum(p - q, 0)
    # Nothing is lacking where the two differ by rounding alone.
    rest = np.where(rest.any(axis=1, keepdims=True), rest, p)
    tokens = np.where(accepted, tokens, _draw(rest, again))
    shape = (*size, *batch)
    return tokens.T.reshape(shape)[()], accepted.T.reshape(shape)[()]


def _draw(weights: NDArray[Any], uniform: NDArray[np.float64]) -> NDArray[np.intp]:
    """Draw from each row of weights as often as it has numbers, shape (rows, draws)."""
    tokens = np.empty(uniform.shape, np.intp)
    if len(weights) < uniform.shape[1]:
        for i in range(len(weights)):
            tokens[i] = inverse_cdf(weights[i], uniform[i])
    else:
        for j in range(uniform.shape[1]):
            tokens[:, j] = inverse_cdf(weights, uniform[:, j])
    return tokens


def gumbel_top_k(
    logits: ArrayLike,
    k: int,
    random_state: int | np.random.Generator | None = None,
    size: int | Sequence[int] | None = None,
) -> NDArray[np.intp]:
    r"""Sample `k` different classes: the largest of the logits plus Gumbel noise.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits; ``-inf`` marks a masked class, which is never drawn.
    k : int
        How many classes to draw from each row, from 1 to the number that are not masked.
    random_state : int, Generator or None, default None
        Seed, or the generator itself. A generator goes on where it stood.
    size : int or sequence of int, optional
        Shape of the sample; by default one draw of `k` classes from each row.

    Returns
    -------
    ndarray of int, shape (\*size, ..., k)
        Class indices in the order drawn; no two of a draw are equal.

    Raises
    ------
    TypeError
        If `logits` are not real, or `k`, `random_state` or `size` are of another kind.
    ValueError
        If a row holds NaN or +inf or has fewer than `k` classes that are not masked.

    See Also
    --------
    plackett_luce_log_prob : Probability of a draw.
    top_k_probs : The `k` most probable classes, without chance.

    Notes
    -----
    The draw is distributed as if classes were taken one by one, each from the softmax of those
    left over: softmax at first, and after a class is taken, softmax with its logit at
    :math:`-\infty`. With `k` 1 it is the Gumbel-max trick.

    References
    ----------
    Kool, W., van Hoof, H., Welling, M. (2019). Stochastic Beams and Where to Find Them: The
    Gumbel-Top-k Trick for Sampling Sequences Without Replacement. arXiv:1903.06059

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import gumbel_top_k
    >>> draws = gumbel_top_k(np.log([0.6, 0.3, 0.1]), 2, random_state=0, size=100_000)
    >>> draws.shape
    (100000, 2)
    >>> (np.bincount(draws[:, 0]) / len(draws)).round(2)  # the first is an ordinary draw
    array([0.6, 0.3, 0.1])
    """
    z = as_float_rows(logits, "logits")
    check_top(z.max(axis=-1, keepdims=True), z.ndim - 1)
    if np.isnan(z).any():
        raise ValueError("logits must not hold NaN: nothing can be drawn from them")
    k = as_integer(k, "k", 1, z.shape[-1])
    if z.size and (fewest := int((z > -np.inf).sum(axis=-1).min())) < k:
        raise ValueError(f"k must be at most the number of classes not masked, {fewest}, got {k}")
    shape = (*as_size(size), *z.shape)
    noisy = z.astype(np.float64) + as_generator(random_state).gumbel(size=shape)
    return np.argsort(-noisy, axis=-1, kind="stable")[..., :k]


def plackett_luce_log_prob(logits: ArrayLike, order: ArrayLike) -> Any:
    r"""Return the log-probability that classes are drawn in this order, without replacement.

    .. math:: \log P(i_1, \dots, i_k)
              = \sum_{j=1}^{k} \Bigl(z_{i_j} - \log \sum_{l \notin \{i_1, \dots, i_{j-1}\}} e^{z_l}
              \Bigr)

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits; ``-inf`` marks a masked class.
    order : array_like of int, shape (..., k)
        Class indices in the order drawn, all different; its leading axes are those of `logits`.

    Returns
    -------
    scalar or ndarray, shape (...)
        Log-probability of each order in nats; ``-inf`` if it has a masked class.

    Raises
    ------
    TypeError
        If `logits` are not real or `order` is not of integers.
    ValueError
        If the shapes do not match, a class is out of range or comes twice, or as raised by
        `softmax_course.softmax`.

    See Also
    --------
    gumbel_top_k : Draw from this distribution.
    log_softmax : The same for one class.

    References
    ----------
    Plackett, R. L. (1975). The Analysis of Permutations. Journal of the Royal Statistical Society
    Series C 24(2), 193-202. doi:10.2307/2346567

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import plackett_luce_log_prob
    >>> z = np.log([0.5, 0.3, 0.2])
    >>> round(float(np.exp(plackett_luce_log_prob(z, [0, 2]))), 6)  # 0.5 * 0.2 / (1 - 0.5)
    0.2
    """
    x = as_float_rows(logits, "logits")
    work, result = float_dtypes(x.dtype)
    index = as_labels_of_rows(order, x, "order", "logits")
    if (np.diff(np.sort(index, axis=-1), axis=-1) == 0).any():
        raise ValueError("order must not hold a class twice: it is drawn without replacement")
    left = x.astype(work)
    total = np.zeros(x.shape[:-1], work)
    for j in range(index.shape[-1]):
        drawn = index[..., j : j + 1]
        total += np.take_along_axis(log_softmax(left), drawn, axis=-1)[..., 0]
        np.put_along_axis(left, drawn, -np.inf, axis=-1)
        left[(left == -np.inf).all(axis=-1)] = 0  # nothing more is drawn but what is masked
    total[(np.take_along_axis(x, index, axis=-1) == -np.inf).any(axis=-1)] = -np.inf
    return total.astype(result)[()]
