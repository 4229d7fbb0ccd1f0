r"""Sparsemax: the projection of logits onto the probability simplex."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_array, check_top, class_axis


def sparsemax(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    r"""Project logits onto the probability simplex: probabilities with exact zeros.

    .. math:: \operatorname{sparsemax}(z) = \arg\min_{p \in \Delta} \lVert p - z \rVert_2
              = \max(z - \tau, 0),

    with the one threshold :math:`\tau` for which the entries sum to 1. Unlike softmax it gives
    exact zeros to classes far below the largest.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities, of the floating dtype of `z`. A row with a NaN is NaN throughout.

    Raises
    ------
    TypeError
        `z` is not real.
    ValueError
        The class axis is missing or empty, `z` contains ``+inf``, or a row has no finite logit.

    See Also
    --------
    softmax : Probabilities that are never 0.
    entropy : How far probabilities spread.

    Notes
    -----
    Sorting finds the threshold exactly, in O(n log n): with :math:`z_{(1)} \ge z_{(2)} \ge \dots`,
    the support has the largest size :math:`k` with
    :math:`1 + k z_{(k)} > \sum_{j \le k} z_{(j)}` [1]_.

    A logit that lies 1 or more below the largest can never be in the support, since
    :math:`\tau \ge z_\max - 1`. Logits are therefore shifted and raised to that level first,
    which keeps the sums small and makes ``-inf`` finite.

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
    z = as_float_array(z, "z")
    axis = class_axis(z, axis, "z")
    check_top(z.max(axis=axis, keepdims=True), axis)
    # Sums of many float16 or float32 terms would lose the digits that decide the support.
    rows = np.moveaxis(z, axis, -1).astype(np.float64)
    largest = rows.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # to -inf, which becomes -1 below
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
