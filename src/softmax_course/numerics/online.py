r"""Log-sum-exp and softmax of a stream of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_rows


class OnlineLogSumExp:
    r"""Accumulate the log-sum-exp of logits that arrive block by block.

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
    maximum : ndarray, shape (...)
        Largest logit so far, ``-inf`` where there is none.
    total : ndarray, shape (...)
        Sum of ``exp(logit - maximum)`` so far, in float64.

    See Also
    --------
    online_softmax : Both passes over the blocks.
    logsumexp : The same of one array.

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

    def _add_sum(self, maximum: NDArray[np.float64], total: NDArray[np.float64]) -> None:
        """Add a sum of exponentials that is measured from another maximum."""
        common = np.maximum(self.maximum, maximum)
        # Where all logits so far are -inf, -inf - (-inf) would be NaN; both sums are 0 there.
        shift = np.where(np.isneginf(common), 0.0, common)
        with np.errstate(over="ignore", under="ignore"):  # to -inf and to 0: both are the limits
            self.total = self.total * np.exp(self.maximum - shift)
            self.total += total * np.exp(maximum - shift)
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

        See Also
        --------
        merge : Take in what another object has read.
        """
        block = as_float_rows(block, "block").astype(np.float64, copy=False)
        self._check_batch(block.shape[:-1])
        maximum = block.max(axis=-1)
        if (maximum == np.inf).any():
            raise ValueError("block must not hold +inf: the probabilities would be undefined")
        shift = np.where(np.isneginf(maximum), 0.0, maximum)
        with np.errstate(over="ignore", under="ignore"):
            exponentials = np.exp(block - shift[..., np.newaxis])
        self._batch = block.shape[:-1]
        self._add_sum(maximum, exponentials.sum(axis=-1))
        return self

    def merge(self, other: OnlineLogSumExp) -> OnlineLogSumExp:
        """Take in what another object has read, e.g. one that ran on another processor.

        Parameters
        ----------
        other : OnlineLogSumExp
            What has read other blocks; it is not changed.

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

        See Also
        --------
        update : Take in one block.

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
            self._add_sum(other.maximum, other.total)
        return self

    @property
    def value(self) -> NDArray[np.float64]:
        """The log-sum-exp so far, shape (...); ``-inf`` where nothing but that has been read."""
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
        ndarray, shape (..., m)
            Their probabilities among *all* classes read, in the floating dtype of `block`.

        Raises
        ------
        TypeError
            `block` is not real.
        ValueError
            Nothing has been read yet, a row has no finite logit, or a logit is larger than any
            that was read.

        See Also
        --------
        online_softmax : Probabilities of all blocks.
        """
        block = as_float_rows(block, "block")
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
    blocks : iterable of array_like, shape (..., m)
        Consecutive blocks of classes. It must be possible to iterate over it twice, so a list, an
        array whose first axis counts the blocks, or an object whose ``__iter__`` reads a file,
        but not a generator.

    Returns
    -------
    iterator of ndarray, shape (..., m)
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
