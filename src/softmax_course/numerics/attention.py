r"""Scaled dot-product attention and its derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_integer, float_dtypes
from softmax_course.numerics._attention import (
    as_mask,
    as_output_grad,
    as_scores,
    as_sequences,
    scaled_scores,
    sum_to_shape,
)
from softmax_course.numerics.functional import softmax

__all__ = ["attention", "attention_vjp", "causal_mask"]


def causal_mask(n: int) -> NDArray[np.float64]:
    """Return the mask that lets each position attend to itself and to those before it.

    Parameters
    ----------
    n : int
        Length of the sequence, at least 1.

    Returns
    -------
    ndarray, shape (n, n)
        0 on and below the diagonal, ``-inf`` above it: to be added to the scores.

    Raises
    ------
    TypeError
        `n` is not an integer.
    ValueError
        `n` is less than 1.

    See Also
    --------
    attention : Takes the mask.

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
    r"""Average values with the weights of scaled dot-product attention.

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
    mask : array_like, shape (..., m, n), optional
        Or a shape that broadcasts to it. Numbers are added to the scores, so ``-inf`` hides a key
        (see `causal_mask`). Booleans say which keys a query may see: ``True`` is seen.

    Returns
    -------
    output : ndarray, shape (..., m, d_v)
        For each query the mean of the values under its weights, in the widest dtype of `q`, `k`
        and `v`.
    weights : ndarray, shape (..., m, n)
        Rows are probability distributions over the keys, in the wider dtype of `q` and `k`.

    Raises
    ------
    TypeError
        An argument is not real, or is a masked array.
    ValueError
        The shapes do not fit together, a score is too large for a float, or the mask holds +inf or
        hides every key from some query.

    See Also
    --------
    causal_mask : Mask that hides later positions.
    attention_vjp : Gradients with respect to `q`, `k` and `v`.
    blockwise_attention : The same output without the matrix of weights.
    softmax : Turns scores into weights.

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
    q, k, v = as_sequences(q, k, v)
    weights_dtype, output_dtype = np.result_type(q, k), np.result_type(q, k, v)
    q, k, v = (array.astype(float_dtypes(output_dtype)[0], copy=False) for array in (q, k, v))
    weights = _weights(q, k, mask)
    with np.errstate(under="ignore"):
        output = (weights @ v).astype(output_dtype, copy=False)
        return output, weights.astype(weights_dtype, copy=False)


def attention_vjp(
    q: ArrayLike,
    k: ArrayLike,
    v: ArrayLike,
    grad_output: ArrayLike,
    mask: ArrayLike | None = None,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    r"""Carry the gradient of a loss from the output of attention back to its arguments.

    With the weights :math:`P`, the output :math:`O = PV`, the scores :math:`S` and
    :math:`dO = \partial L / \partial O`, all of the backward pass is

    .. math::

        dV &= P^\top dO, \qquad dP = dO\, V^\top, \\
        dS &= P \circ \bigl(dP - \operatorname{rowsum}(dO \circ O)\bigr), \\
        dQ &= \frac{dS\, K}{\sqrt d}, \qquad dK = \frac{dS^\top Q}{\sqrt d}.

    Parameters
    ----------
    q : array_like, shape (..., m, d)
        Queries, one a row.
    k : array_like, shape (..., n, d)
        Keys.
    v : array_like, shape (..., n, d_v)
        Values, one for each key.
    grad_output : array_like, shape (..., m, d_v)
        Gradient of the loss with respect to the output of ``attention(q, k, v, mask)``, of its
        shape.
    mask : array_like, shape (..., m, n), optional
        As `attention` takes it.

    Returns
    -------
    grad_q : ndarray, shape (..., m, d)
        Gradient with respect to `q`, of its shape: summed over the leading axes along which `q`
        was broadcast. All three have the widest dtype of `q`, `k`, `v` and `grad_output`.
    grad_k : ndarray, shape (..., n, d)
        Gradient with respect to `k`.
    grad_v : ndarray, shape (..., n, d_v)
        Gradient with respect to `v`.

    Raises
    ------
    TypeError
        As `attention`.
    ValueError
        As `attention`, which also refuses a query that may see no key; or `grad_output` has another
        shape than the output, or is infinite somewhere.

    See Also
    --------
    attention : The function that is differentiated.
    blockwise_attention_vjp : The same without a matrix of m times n numbers.
    softmax_vjp : The step from the weights to the scores, by itself.

    Notes
    -----
    The step from :math:`dP` to :math:`dS` is the Jacobian of softmax, row by row:
    :math:`p \circ (g - p \cdot g)`. What is subtracted needs no weights, because
    :math:`\sum_j P_{ij}\, dP_{ij} = \sum_j P_{ij}\, dO_i \cdot V_j = dO_i \cdot O_i`. So it can be
    had from the output alone, before any block of scores is computed again [1]_.

    References
    ----------
    .. [1] Dao, T. et al. (2022). FlashAttention: Fast and Memory-Efficient Exact Attention with
       IO-Awareness. arXiv:2205.14135, appendix B.2

    Examples
    --------
    >>> keys, values = [[1.0, 0.0], [0.0, 1.0]], [[10.0], [20.0]]
    >>> grad_q, grad_k, grad_v = attention_vjp([[1.0, 0.0]], keys, values, [[1.0]])
    >>> grad_q.round(3)  # towards the second key, whose value is larger
    array([[-1.564,  1.564]])
    >>> grad_v.round(3)  # the weights
    array([[0.67],
           [0.33]])
    """
    q, k, v = as_sequences(q, k, v)
    grad_output = as_output_grad(grad_output, q, k, v)
    result = np.result_type(q, k, v, grad_output)
    work = float_dtypes(result)[0]
    shapes = q.shape, k.shape, v.shape
    q, k, v, grad_output = (a.astype(work, copy=False) for a in (q, k, v, grad_output))
    weights = _weights(q, k, mask)
    root = work.type(np.sqrt(q.shape[-1]))
    with np.errstate(under="ignore"):
        output = weights @ v
        grad_v = np.swapaxes(weights, -1, -2) @ grad_output
        grad_weights = grad_output @ np.swapaxes(v, -1, -2)
        centre = (grad_output * output).sum(axis=-1, keepdims=True)
        grad_scores = weights * (grad_weights - centre) / root
        grads = grad_scores @ k, np.swapaxes(grad_scores, -1, -2) @ q, grad_v
        grad_q, grad_k, grad_v = (
            sum_to_shape(grad, shape).astype(result, copy=False)
            for grad, shape in zip(grads, shapes, strict=True)
        )
    return grad_q, grad_k, grad_v


def _weights(q: NDArray[Any], k: NDArray[Any], mask: ArrayLike | None) -> NDArray[Any]:
    """Softmax of the scores of checked queries and keys."""
    scores = scaled_scores(q, k)
    if mask is not None:
        mask = as_scores(as_mask(mask, scores.shape), scores.dtype)
        hidden = np.isneginf(mask).all(axis=-1) if mask.ndim else np.isneginf(mask)
        if hidden.any():
            raise ValueError("mask hides every key from some query: it has nothing to attend to")
        scores = scores + mask
    return softmax(scores)
