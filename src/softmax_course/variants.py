"""Relatives of softmax: sparse, streamed, truncated for decoding, and at work in attention.

Conventions are those of :mod:`softmax_course.functional`: logits of any shape, the class axis last
unless said otherwise, integers computed in float64, ``-inf`` for a masked class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_integer,
    as_number,
    as_real_array,
    check_top,
    class_axis,
    float_dtypes,
)
from softmax_course.functional import softmax

__all__ = [
    "OnlineLogSumExp",
    "attention",
    "causal_mask",
    "online_softmax",
    "sparsemax",
    "top_k_probs",
    "top_p_probs",
]


def _float_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """`values` as a native floating-point array; integers of any width become float64."""
    array = as_real_array(values, name)
    return array.astype(float_dtypes(array.dtype)[1], copy=False)


def _float_rows(values: ArrayLike, name: str) -> NDArray[Any]:
    """`values` as a floating-point array whose last axis holds at least one class."""
    array = _float_array(values, name)
    class_axis(array, -1, name)
    return array


def sparsemax(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    r"""Project logits onto the probability simplex: softmax's sparse relative.

    .. math:: \operatorname{sparsemax}(z) = \arg\min_{p \in \Delta} \lVert p - z \rVert_2
              = \max(z - \tau, 0),

    with the one threshold :math:`\tau` for which the entries sum to 1. Unlike softmax it gives
    exact zeros to classes far below the largest.

    Parameters
    ----------
    z : array_like
        Logits of any shape; ``-inf`` marks a masked class.
    axis : int, default -1
        The class axis.

    Returns
    -------
    numpy.ndarray
        Probabilities, of the shape and floating dtype of `z`. A row with a NaN is NaN throughout.

    Raises
    ------
    TypeError
        `z` is not real.
    ValueError
        The class axis is missing or empty, `z` contains ``+inf``, or a row has no finite logit.

    Notes
    -----
    Sorting finds the threshold exactly, in O(n log n): with :math:`z_{(1)} \ge z_{(2)} \ge \dots`,
    the support has the largest size :math:`k` with
    :math:`1 + k z_{(k)} > \sum_{j \le k} z_{(j)}` [1]_.

    A logit that lies 1 or more below the largest can never be in the support, since
    :math:`\tau \ge z_\max - 1`. All logits are therefore shifted and cut off there first, which
    keeps the sums short and takes ``-inf`` in its stride.

    References
    ----------
    .. [1] Martins, A. F. T., Astudillo, R. F. (2016). From Softmax to Sparsemax: A Sparse Model of
       Attention and Multi-Label Classification. arXiv:1602.02068

    Examples
    --------
    >>> sparsemax([2.0, 1.5, 0.1])
    array([0.75, 0.25, 0.  ])
    >>> sparsemax([3.0, 1.0, 0.2])
    array([1., 0., 0.])
    """
    z = _float_array(z, "z")
    axis = class_axis(z, axis, "z")
    check_top(z.max(axis=axis, keepdims=True), axis)
    # Sums of many float16 or float32 terms would lose the digits that decide the support.
    rows = np.moveaxis(z, axis, -1).astype(np.float64)
    largest = rows.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # to -inf, which the cut-off takes care of
        rows -= largest
    shifted = np.maximum(rows, -1.0)
    descending = -np.sort(-shifted, axis=-1)
    sums = np.cumsum(descending, axis=-1)
    sizes = np.arange(1, rows.shape[-1] + 1)
    support = np.count_nonzero(1 + sizes * descending > sums, axis=-1, keepdims=True)
    # A row with a NaN compares false everywhere; any index serves, its threshold is NaN anyway.
    last = np.maximum(support, 1) - 1
    threshold = (np.take_along_axis(sums, last, axis=-1) - 1) / (last + 1)
    threshold = np.where(np.isnan(largest), np.nan, threshold)
    return np.moveaxis(np.maximum(shifted - threshold, 0).astype(z.dtype), -1, axis)


class OnlineLogSumExp:
    r"""Maximum and sum of exponentials of logits that arrive block by block.

    The usual stable softmax reads its input three times: for the maximum, for the sum, for the
    quotient. The first two can be one pass: keep the running maximum :math:`m` and
    :math:`d = \sum_j e^{z_j - m}`; when a block raises the maximum to :math:`m'`, multiply
    :math:`d` by :math:`e^{m - m'}` [1]_. Only one block needs to be in memory at a time, which is
    the idea FlashAttention is built on [2]_.

    Parameters
    ----------
    blocks : iterable of array_like, optional
        Blocks to read at once; the same as calling `update` with each.

    Attributes
    ----------
    maximum : numpy.ndarray, shape (...)
        Largest logit so far, ``-inf`` where there is none.
    total : numpy.ndarray, shape (...)
        Sum of ``exp(logit - maximum)`` so far, in float64.

    References
    ----------
    .. [1] Milakov, M., Gimelshein, N. (2018). Online normalizer calculation for softmax.
       arXiv:1805.02867
    .. [2] Dao, T. et al. (2022). FlashAttention: Fast and Memory-Efficient Exact Attention with
       IO-Awareness. arXiv:2205.14135

    Examples
    --------
    >>> state = OnlineLogSumExp().update([2.0, -1.0]).update([0.5])
    >>> print(f"{state.value:.6f}")
    2.241311
    >>> state.probs([2.0, -1.0]).round(3)
    array([0.786, 0.039])
    """

    def __init__(self, blocks: Iterable[ArrayLike] = ()) -> None:
        # 0-d: they broadcast against the batch shape of whichever block comes first.
        self.maximum: NDArray[np.float64] = np.array(-np.inf)
        self.total: NDArray[np.float64] = np.array(0.0)
        self._batch: tuple[int, ...] | None = None
        for block in blocks:
            self.update(block)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(maximum={self.maximum}, total={self.total})"

    def _check_batch(self, batch: tuple[int, ...]) -> None:
        if self._batch is not None and batch != self._batch:
            raise ValueError(
                f"blocks must agree in every axis but the last: got batch shape {batch} "
                f"after {self._batch}"
            )

    def _absorb(self, maximum: NDArray[np.float64], total: NDArray[np.float64]) -> None:
        """Add a sum of exponentials that is measured from another maximum."""
        common = np.maximum(self.maximum, maximum)
        # Where all logits so far are -inf, -inf - (-inf) would be NaN; both sums are 0 there.
        origin = np.where(np.isneginf(common), 0.0, common)
        with np.errstate(over="ignore", under="ignore"):  # to -inf and to 0: both are the limits
            self.total = self.total * np.exp(self.maximum - origin)
            self.total += total * np.exp(maximum - origin)
        self.maximum = common

    def update(self, block: ArrayLike) -> OnlineLogSumExp:
        """Take in one block of logits.

        Parameters
        ----------
        block : array_like, shape (..., m)
            The next `m` classes of every row; `m` may differ from block to block.

        Returns
        -------
        OnlineLogSumExp
            The object itself.

        Raises
        ------
        TypeError
            `block` is not real.
        ValueError
            `block` is 0-d or empty, contains ``+inf``, or its leading shape differs from that of
            the blocks before.
        """
        block = _float_rows(block, "block").astype(np.float64, copy=False)
        self._check_batch(block.shape[:-1])
        maximum = block.max(axis=-1)
        if (maximum == np.inf).any():
            raise ValueError("block must not hold +inf: the probabilities would be undefined")
        origin = np.where(np.isneginf(maximum), 0.0, maximum)
        with np.errstate(over="ignore", under="ignore"):
            exponentials = np.exp(block - origin[..., np.newaxis])
        self._batch = block.shape[:-1]
        self._absorb(maximum, exponentials.sum(axis=-1))
        return self

    def merge(self, other: OnlineLogSumExp) -> OnlineLogSumExp:
        """Take in what another object has read, e.g. one that ran on another processor.

        Parameters
        ----------
        other : OnlineLogSumExp
            Left unchanged.

        Returns
        -------
        OnlineLogSumExp
            The object itself.

        Raises
        ------
        TypeError
            `other` is something else.
        ValueError
            The two have read rows of different batch shapes.

        Examples
        --------
        >>> left, right = OnlineLogSumExp([[2.0, -1.0]]), OnlineLogSumExp([[0.5]])
        >>> print(f"{left.merge(right).value:.6f}")
        2.241311
        """
        if not isinstance(other, OnlineLogSumExp):
            raise TypeError(f"can merge another OnlineLogSumExp only, got {type(other).__name__}")
        if other._batch is not None:
            self._check_batch(other._batch)
            self._batch = other._batch
            self._absorb(other.maximum, other.total)
        return self

    @property
    def value(self) -> NDArray[np.float64]:
        """numpy.ndarray, shape (...) : Log of the sum of exponentials so far, in float64.

        ``-inf`` where nothing but ``-inf`` has been read.
        """
        with np.errstate(divide="ignore"):  # log(0) = -inf is the answer of an empty sum
            return self.maximum + np.log(self.total)

    def probs(self, block: ArrayLike) -> NDArray[Any]:
        """Return the probabilities of a block, once every block has been read.

        Parameters
        ----------
        block : array_like, shape (..., m)
            Logits of some of the classes read before.

        Returns
        -------
        numpy.ndarray, shape (..., m)
            Their probabilities among *all* classes read, in the floating dtype of `block`.

        Raises
        ------
        TypeError
            `block` is not real.
        ValueError
            Nothing has been read yet, a row has no finite logit, or a logit is larger than any
            that was read.
        """
        block = _float_rows(block, "block")
        if self._batch is None:
            raise ValueError("no block has been read: call update first")
        self._check_batch(block.shape[:-1])
        if np.isneginf(self.maximum).any():
            raise ValueError("every class of a row is masked (-inf): it has no distribution")
        if (block > self.maximum[..., np.newaxis]).any():
            raise ValueError("block holds a logit larger than any that was read")
        with np.errstate(over="ignore", under="ignore"):
            exponentials = np.exp(block - self.maximum[..., np.newaxis])
        return (exponentials / self.total[..., np.newaxis]).astype(block.dtype)


def online_softmax(blocks: Iterable[ArrayLike]) -> Iterator[NDArray[Any]]:
    """Compute softmax block by block, with the memory of one block.

    Reads the blocks twice: a first pass for the maximum and the sum together, when the function is
    called; a second for the probabilities, as the result is consumed.

    Parameters
    ----------
    blocks : iterable of array_like, each of shape (..., m)
        Consecutive blocks of classes. It must be possible to iterate over it twice, so a list, an
        array whose first axis counts the blocks, or an object whose ``__iter__`` reads a file,
        but not a generator.

    Returns
    -------
    iterator of numpy.ndarray
        The probabilities of each block; all of them together sum to 1.

    Raises
    ------
    TypeError
        `blocks` can be iterated over only once.
    ValueError
        There is no block, or as raised by `OnlineLogSumExp`.

    See Also
    --------
    OnlineLogSumExp : The first pass by itself.

    Examples
    --------
    >>> for block in online_softmax([[3.0, 1.0], [0.2]]):
    ...     print(block.round(3))
    [0.836 0.113]
    [0.051]
    """
    if iter(blocks) is blocks:
        raise TypeError(
            "blocks are read twice, and an iterator gives them only once: pass a list, an array "
            "or an object with an __iter__ of its own"
        )
    state = OnlineLogSumExp(blocks)
    if state._batch is None:
        raise ValueError("blocks is empty: softmax needs at least one class")
    return (state.probs(block) for block in blocks)


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
    numpy.ndarray, shape (..., n)
        Probabilities; at most `k` of a row are not 0.

    Raises
    ------
    TypeError
        `k` is not an integer, or `logits` are not real.
    ValueError
        `k` is outside 1 to n, or as raised by `softmax_course.softmax`.

    Examples
    --------
    >>> top_k_probs([3.0, 1.0, 0.2], k=2).round(3)
    array([0.881, 0.119, 0.   ])
    """
    z = _float_rows(logits, "logits")
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
    numpy.ndarray, shape (..., n)
        Probabilities, renormalised over the classes kept.

    Raises
    ------
    TypeError
        `logits` are not real, or `p` is not a real number.
    ValueError
        `p` is outside :math:`(0, 1]`, or as raised by `softmax_course.softmax`.

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
    z = _float_rows(logits, "logits")
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


def causal_mask(n: int) -> NDArray[np.float64]:
    """Return the mask that lets each position attend to itself and to those before it.

    Parameters
    ----------
    n : int
        Length of the sequence, at least 1.

    Returns
    -------
    numpy.ndarray, shape (n, n)
        0 on and below the diagonal, ``-inf`` above it: to be added to the scores.

    Raises
    ------
    TypeError
        `n` is not an integer.
    ValueError
        `n` is less than 1.

    Examples
    --------
    >>> causal_mask(3)
    array([[  0., -inf, -inf],
           [  0.,   0., -inf],
           [  0.,   0.,   0.]])
    """
    n = as_integer(n, "n", 1)
    return np.triu(np.full((n, n), -np.inf), k=1)


def attention(
    q: ArrayLike, k: ArrayLike, v: ArrayLike, mask: ArrayLike | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    r"""Scaled dot-product attention: a weighted mean of values, softmax giving the weights.

    .. math:: \operatorname{attention}(Q, K, V) =
              \operatorname{softmax}\!\left(\frac{QK^\top}{\sqrt{d}} + M\right) V

    Parameters
    ----------
    q : array_like, shape (..., m, d)
        Queries, one a row.
    k : array_like, shape (..., n, d)
        Keys.
    v : array_like, shape (..., n, d_v)
        Values, one for each key.
    mask : array_like, broadcastable to (..., m, n), optional
        Numbers are added to the scores, so ``-inf`` hides a key (see `causal_mask`). Booleans say
        which keys a query may see: ``True`` is seen.

    Returns
    -------
    output : numpy.ndarray, shape (..., m, d_v)
        For each query the mean of the values under its weights, in the widest dtype of `q`, `k`
        and `v`.
    weights : numpy.ndarray, shape (..., m, n)
        Rows are probability distributions over the keys, in the wider dtype of `q` and `k`.

    Raises
    ------
    TypeError
        An argument is not real, or is a masked array.
    ValueError
        The shapes do not fit together, a score is too large for a float, or the mask holds +inf or
        hides every key from some query.

    Notes
    -----
    All of it is computed in the widest dtype of the arguments (float16 in float32) and rounded
    once at the end.

    If the entries of a query and a key are independent with mean 0 and variance 1, their dot
    product has variance :math:`d`. Dividing by :math:`\sqrt d` keeps the scores of size 1, and the
    softmax out of the region where its gradient vanishes [1]_.

    References
    ----------
    .. [1] Vaswani, A. et al. (2017). Attention Is All You Need. arXiv:1706.03762

    Examples
    --------
    >>> keys = [[1.0, 0.0], [0.0, 1.0]]
    >>> output, weights = attention(keys, keys, [[10.0], [20.0]], mask=causal_mask(2))
    >>> weights.round(3)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    >>> output.round(2)
    array([[10. ],
           [16.7]])
    """
    q, k, v = _float_array(q, "q"), _float_array(k, "k"), _float_array(v, "v")
    for name, array in (("q", q), ("k", k), ("v", v)):
        if array.ndim < 2 or 0 in array.shape[-2:]:
            raise ValueError(
                f"{name} must have two non-empty last axes (position, feature), "
                f"got shape {array.shape}"
            )
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(
            f"queries and keys must have as many features: q has shape {q.shape}, "
            f"k has shape {k.shape}"
        )
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"each key needs one value: k has shape {k.shape}, v has shape {v.shape}")
    try:
        np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        raise ValueError(
            f"leading axes do not broadcast: q has shape {q.shape}, k {k.shape}, v {v.shape}"
        ) from None
    of_weights, of_output = np.result_type(q, k), np.result_type(q, k, v)
    q, k, v = (array.astype(float_dtypes(of_output)[0], copy=False) for array in (q, k, v))
    scores = _scores(q, k)
    if mask is not None:
        scores = _masked(scores, mask)
    weights = softmax(scores)
    with np.errstate(under="ignore"):
        output = (weights @ v).astype(of_output, copy=False)
        return output, weights.astype(of_weights, copy=False)


def _scores(q: NDArray[Any], k: NDArray[Any]) -> NDArray[Any]:
    """Products of queries and keys over the root of d; NaN only where an argument is NaN."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        # The smaller factor first: the product may be too large where the score is not.
        scores = (q / q.dtype.type(np.sqrt(q.shape[-1]))) @ np.swapaxes(k, -1, -2)
    lost = ~np.isfinite(scores)
    if lost.any():
        q_nan, k_nan = np.isnan(q).any(axis=-1), np.isnan(k).any(axis=-1)
        if (lost & ~(q_nan[..., :, None] | k_nan[..., None, :])).any():
            raise ValueError(
                f"a query and a key have a score that is no finite {scores.dtype}: "
                "q or k holds infinities or numbers that are too large"
            )
    return scores


def _masked(scores: NDArray[Any], mask: ArrayLike) -> NDArray[Any]:
    """Add a mask to attention scores, in the wider dtype of the two."""
    # `as_real_array` refuses masked arrays, which np.asarray would strip, and booleans.
    if not isinstance(mask, np.ma.MaskedArray) and np.asarray(mask).dtype == bool:
        mask = np.where(mask, 0.0, -np.inf).astype(scores.dtype)
    mask = _float_array(mask, "mask")
    try:
        shape = np.broadcast_shapes(mask.shape, scores.shape)
    except ValueError:
        shape = None
    if shape != scores.shape:
        raise ValueError(
            f"mask of shape {mask.shape} does not broadcast to the scores' shape {scores.shape}"
        )
    if np.isposinf(mask).any():
        raise ValueError("mask must not hold +inf: use -inf to hide a key, 0 to leave it alone")
    hidden = np.isneginf(mask).all(axis=-1) if mask.ndim else np.isneginf(mask)
    if hidden.any():
        raise ValueError("mask hides every key from some query: it has nothing to attend to")
    return scores + mask
