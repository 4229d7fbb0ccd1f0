r"""Attention by blocks: the same output and gradients without the matrix of weights.

The scores of a block of queries and a block of keys are computed, used and thrown away, forward
and backward, as FlashAttention does on a GPU. The update is that of `OnlineLogSumExp`, with the
weighted sum of the values rescaled beside the sum of the exponentials.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_array, as_integer, float_dtypes
from softmax_course.numerics._attention import (
    as_mask,
    as_output_grad,
    as_scores,
    as_sequences,
    check_output_shape,
    scaled_scores,
    sum_to_shape,
)
from softmax_course.numerics._rows import spans

__all__ = ["blockwise_attention", "blockwise_attention_vjp"]


def blockwise_attention(
    q: ArrayLike,
    k: ArrayLike,
    v: ArrayLike,
    mask: ArrayLike | None = None,
    causal: bool = False,
    block_size: int = 64,
) -> tuple[NDArray[Any], NDArray[Any]]:
    r"""Compute attention in one pass over blocks of keys, without a matrix of weights.

    For each query keep the largest score so far :math:`m`, the sum of exponentials :math:`\ell` and
    the weighted sum of values :math:`o`. A block of keys with scores :math:`s_j` changes them to

    .. math::

        m' = \max(m, \max_j s_j), \qquad
        \ell' = \ell\, e^{m - m'} + \sum_j e^{s_j - m'}, \qquad
        o' = o\, e^{m - m'} + \sum_j e^{s_j - m'} v_j,

    and after the last block the output is :math:`o / \ell`.

    Parameters
    ----------
    q : array_like, shape (..., m, d)
        Queries, one a row.
    k : array_like, shape (..., n, d)
        Keys.
    v : array_like, shape (..., n, d_v)
        Values, one for each key.
    mask : array_like, shape (..., m, n), optional
        As `attention` takes it: numbers are added to the scores, of booleans ``True`` is seen. It
        is read block by block and never copied as a whole.
    causal : bool, default False
        Whether a query sees only the keys up to its own position, with `mask` or without. There
        must be as many queries as keys.
    block_size : int, default 64
        How many queries and how many keys make a block, at least 1. It changes the output by no
        more than rounding.

    Returns
    -------
    output : ndarray, shape (..., m, d_v)
        As the first result of `attention`, in the widest dtype of `q`, `k` and `v`. It is 0 for
        a query that sees no key.
    log_sums : ndarray, shape (..., m)
        Log-sum-exp of each row of scores, :math:`m + \log \ell`, in the dtype that is computed
        in: float32 where the output is float16. It is ``-inf`` for a query that sees no key. The
        weights are ``exp(scores - log_sums[..., None])``.

    Raises
    ------
    TypeError
        An argument is not real or is a masked array, or `block_size` is not an integer.
    ValueError
        The shapes do not fit together, `causal` is asked for with unequal lengths, `block_size` is
        less than 1, a score is too large for a float, or the mask holds +inf.

    See Also
    --------
    attention : With the weights.
    blockwise_attention_vjp : The backward pass, which needs `log_sums`.
    OnlineLogSumExp : The same update without values.

    Notes
    -----
    Beyond arguments and results it holds one block of scores for each leading index: memory of
    order ``block_size ** 2`` instead of ``m * n``. A block in which everything is hidden is
    skipped, so that `causal` takes about half the time.

    `attention` refuses a query that sees no key, for its weights would be no distribution. Here
    such a query is the sum of nothing: output 0, log-sum-exp ``-inf``, gradients 0. In the update
    :math:`-\infty - (-\infty)` must not be computed: blocks that hide every key of a row may come
    before one that does not.

    References
    ----------
    .. [1] Milakov, M., Gimelshein, N. (2018). Online normalizer calculation for softmax.
       arXiv:1805.02867
    .. [2] Dao, T. et al. (2022). FlashAttention: Fast and Memory-Efficient Exact Attention with
       IO-Awareness. arXiv:2205.14135

    Examples
    --------
    >>> keys = [[1.0, 0.0], [0.0, 1.0]]
    >>> output, log_sums = blockwise_attention(keys, keys, [[10.0], [20.0]], causal=True)
    >>> output.round(2)
    array([[10. ],
           [16.7]])
    >>> log_sums.round(3)
    array([0.707, 1.108])
    """
    q, k, v = as_sequences(q, k, v)
    block_size = as_integer(block_size, "block_size", 1)
    result = np.result_type(q, k, v)
    q, k, v, mask = _prepared(result, q, k, v, mask, causal)
    m, n = q.shape[-2], k.shape[-2]
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2])
    output_batch = np.broadcast_shapes(batch, v.shape[:-2])
    output = np.empty((*output_batch, m, v.shape[-1]), result)
    log_sums = np.empty((*batch, m), q.dtype)
    for rows in spans(m, block_size):
        height = rows.stop - rows.start
        top = np.full((*batch, height), -np.inf, q.dtype)
        total = np.zeros_like(top)
        weighted = np.zeros((*output_batch, height, v.shape[-1]), q.dtype)
        for columns in spans(n, block_size):
            scores = _block_of_scores(q, k, mask, causal, rows, columns)
            if scores is None:
                continue
            new_top = np.maximum(top, scores.max(axis=-1))
            shift = _without_infinity(new_top)
            with np.errstate(over="ignore", under="ignore"):  # to -inf and to 0
                rescale = np.exp(top - shift)
                terms = np.exp(scores - shift[..., np.newaxis])
                total = total * rescale + terms.sum(axis=-1)
                weighted *= rescale[..., np.newaxis]
                weighted += terms @ v[..., columns, :]
            top = new_top
        with np.errstate(divide="ignore", under="ignore"):  # log(0) = -inf: no key is seen
            output[..., rows, :] = weighted / np.where(total == 0, 1, total)[..., np.newaxis]
            log_sums[..., rows] = top + np.log(total)
    return output, log_sums


def blockwise_attention_vjp(
    q: ArrayLike,
    k: ArrayLike,
    v: ArrayLike,
    grad_output: ArrayLike,
    output: ArrayLike,
    log_sums: ArrayLike,
    mask: ArrayLike | None = None,
    causal: bool = False,
    block_size: int = 64,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    r"""Carry a gradient back through attention by blocks, computing the weights again.

    The forward pass kept no weights. Each block of them is had once more from the scores,
    :math:`P_{ij} = e^{S_{ij} - L_i}` with the log-sum-exp :math:`L_i` that was kept, and then
    :math:`dS = P \circ (dP - \operatorname{rowsum}(dO \circ O))` as in `attention_vjp`.

    Parameters
    ----------
    q : array_like, shape (..., m, d)
        Queries, as given to `blockwise_attention`.
    k : array_like, shape (..., n, d)
        Keys.
    v : array_like, shape (..., n, d_v)
        Values.
    grad_output : array_like, shape (..., m, d_v)
        Gradient of the loss with respect to `output`.
    output : array_like, shape (..., m, d_v)
        First result of `blockwise_attention`.
    log_sums : array_like, shape (..., m)
        Second result of `blockwise_attention`.
    mask : array_like, shape (..., m, n), optional
        The mask of the forward pass.
    causal : bool, default False
        As in the forward pass.
    block_size : int, default 64
        How many queries and keys make a block; it may differ from the forward pass.

    Returns
    -------
    grad_q : ndarray, shape (..., m, d)
        Gradient with respect to `q`, of its shape, 0 for a query that sees no key. All three have
        the widest dtype of `q`, `k`, `v` and `grad_output`.
    grad_k : ndarray, shape (..., n, d)
        Gradient with respect to `k`.
    grad_v : ndarray, shape (..., n, d_v)
        Gradient with respect to `v`.

    Raises
    ------
    TypeError
        As `blockwise_attention`.
    ValueError
        As `blockwise_attention`; or `grad_output`, `output` or `log_sums` has another shape than in
        the forward pass, or `grad_output` is infinite somewhere.

    See Also
    --------
    blockwise_attention : The forward pass.
    attention_vjp : The same from the whole matrix of weights.

    Notes
    -----
    `output` and `log_sums` are believed: those of other arguments give wrong gradients, no error.

    Forward there are two products of matrices for each block (scores, output), backward five
    (scores, :math:`dP`, :math:`dQ`, :math:`dK`, :math:`dV`), one of them for the second time. On
    a GPU it is faster all the same, because memory is read less [1]_.

    References
    ----------
    .. [1] Dao, T. et al. (2022). FlashAttention: Fast and Memory-Efficient Exact Attention with
       IO-Awareness. arXiv:2205.14135, appendix B.4

    Examples
    --------
    >>> q, k, v = [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], [[10.0], [20.0]]
    >>> kept = blockwise_attention(q, k, v)
    >>> grad_q, grad_k, grad_v = blockwise_attention_vjp(q, k, v, [[1.0]], *kept)
    >>> grad_q.round(3)
    array([[-1.564,  1.564]])
    """
    q, k, v = as_sequences(q, k, v)
    block_size = as_integer(block_size, "block_size", 1)
    grad_output = as_output_grad(grad_output, q, k, v)
    output, log_sums = as_float_array(output, "output"), as_float_array(log_sums, "log_sums")
    check_output_shape(output, "output", grad_output.shape)
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2])
    check_output_shape(log_sums, "log_sums", (*batch, q.shape[-2]))
    shapes = q.shape, k.shape, v.shape
    result = np.result_type(q, k, v, grad_output)
    q, k, v, mask = _prepared(result, q, k, v, mask, causal)
    work = q.dtype
    grad_output, shift = grad_output.astype(work), _without_infinity(log_sums.astype(work))
    grads = [np.zeros((*grad_output.shape[:-2], *array.shape[-2:]), work) for array in (q, k, v)]
    grad_q, grad_k, grad_v = grads
    root = work.type(np.sqrt(q.shape[-1]))
    with np.errstate(over="ignore", under="ignore"):
        centre = (grad_output * output).sum(axis=-1, keepdims=True)
        for columns in spans(k.shape[-2], block_size):
            for rows in spans(q.shape[-2], block_size):
                scores = _block_of_scores(q, k, mask, causal, rows, columns)
                if scores is None:
                    continue
                weights = np.exp(scores - shift[..., rows, np.newaxis])
                from_output = grad_output[..., rows, :]
                grad_v[..., columns, :] += np.swapaxes(weights, -1, -2) @ from_output
                grad_weights = from_output @ np.swapaxes(v[..., columns, :], -1, -2)
                grad_scores = weights * (grad_weights - centre[..., rows, :]) / root
                grad_q[..., rows, :] += grad_scores @ k[..., columns, :]
                grad_k[..., columns, :] += np.swapaxes(grad_scores, -1, -2) @ q[..., rows, :]
        grad_q, grad_k, grad_v = (
            sum_to_shape(grad, shape).astype(result, copy=False)
            for grad, shape in zip(grads, shapes, strict=True)
        )
    return grad_q, grad_k, grad_v


def _prepared(
    result: np.dtype[Any],
    q: NDArray[Any],
    k: NDArray[Any],
    v: NDArray[Any],
    mask: ArrayLike | None,
    causal: bool,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any] | None]:
    """Return the arguments in the dtype to compute in, and the mask as a view by positions."""
    m, n = q.shape[-2], k.shape[-2]
    if causal and m != n:
        raise ValueError(
            f"causal needs as many queries as keys, got {m} and {n}: pass a mask that says which "
            "keys come before which query"
        )
    work = float_dtypes(result)[0]
    if mask is not None:
        batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2])
        mask = as_mask(mask, (*batch, m, n))
        if mask.dtype != bool:  # -1e300 hides a key in float64; in float32 it would be -inf
            work = np.result_type(work, float_dtypes(mask.dtype)[0])
        mask = np.broadcast_to(mask, np.broadcast_shapes(mask.shape, (m, n)))
    q, k, v = (array.astype(work, copy=False) for array in (q, k, v))
    return q, k, v, mask


def _without_infinity(top: NDArray[Any]) -> NDArray[Any]:
    """Replace -inf by 0: what is shifted by it is -inf itself, and their difference NaN."""
    return np.where(np.isneginf(top), top.dtype.type(0), top)


def _block_of_scores(
    q: NDArray[Any],
    k: NDArray[Any],
    mask: NDArray[Any] | None,
    causal: bool,
    rows: slice,
    columns: slice,
) -> NDArray[Any] | None:
    """Return the masked scores of some queries and keys, or None where all of it is hidden."""
    if causal and columns.start >= rows.stop:
        return None
    bias = None
    if mask is not None:
        bias = as_scores(mask[..., rows, columns], q.dtype)
        if np.isneginf(bias).all():
            return None
    scores = scaled_scores(q[..., rows, :], k[..., columns, :])
    if causal and columns.stop - 1 > rows.start:
        is_later = np.arange(columns.start, columns.stop) > np.c_[rows.start : rows.stop]
        scores = np.where(is_later, scores.dtype.type(-np.inf), scores)
    return scores if bias is None else scores + bias
