r"""Scaled dot-product attention."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_array, as_integer, float_dtypes
from softmax_course.numerics.functional import softmax


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
    q, k, v = as_float_array(q, "q"), as_float_array(k, "k"), as_float_array(v, "v")
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
    weights_dtype, output_dtype = np.result_type(q, k), np.result_type(q, k, v)
    q, k, v = (array.astype(float_dtypes(output_dtype)[0], copy=False) for array in (q, k, v))
    scores = _scores(q, k)
    if mask is not None:
        scores = _add_mask(scores, mask)
    weights = softmax(scores)
    with np.errstate(under="ignore"):
        output = (weights @ v).astype(output_dtype, copy=False)
        return output, weights.astype(weights_dtype, copy=False)


def _scores(q: NDArray[Any], k: NDArray[Any]) -> NDArray[Any]:
    """Products of queries and keys over the root of d; NaN only where an argument is NaN."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        # The smaller factor first: the product may be too large where the score is not.
        scores = (q / q.dtype.type(np.sqrt(q.shape[-1]))) @ np.swapaxes(k, -1, -2)
    not_finite = ~np.isfinite(scores)
    if not_finite.any():
        q_nan, k_nan = np.isnan(q).any(axis=-1), np.isnan(k).any(axis=-1)
        if (not_finite & ~(q_nan[..., :, None] | k_nan[..., None, :])).any():
            raise ValueError(
                f"a query and a key have a score that is no finite {scores.dtype}: "
                "q or k holds infinities or numbers that are too large"
            )
    return scores


def _add_mask(scores: NDArray[Any], mask: ArrayLike) -> NDArray[Any]:
    """Add a mask to attention scores, in the wider dtype of the two."""
    # `as_real_array` refuses masked arrays, which np.asarray would strip, and booleans.
    if not isinstance(mask, np.ma.MaskedArray) and np.asarray(mask).dtype == bool:
        mask = np.where(mask, 0.0, -np.inf).astype(scores.dtype)
    mask = as_float_array(mask, "mask")
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
