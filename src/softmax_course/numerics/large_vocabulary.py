r"""Cross-entropy over many classes: by blocks, and from a sample of them.

Each function takes the vector before the last layer and that layer's weights, not logits: the
matrix of logits, a row a token and a column a class, is what must not be formed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_float_array, as_indices, as_integer
from softmax_course.numerics._last_layer import (
    as_hidden,
    as_layer,
    as_rows_and_labels,
    check_logits,
    reduced,
)
from softmax_course.numerics._rows import round_to, spans
from softmax_course.numerics.core import log_softmax_parts
from softmax_course.numerics.online import OnlineLogSumExp

__all__ = ["blockwise_cross_entropy", "sampled_cross_entropy"]


def blockwise_cross_entropy(
    hidden: ArrayLike,
    weights: ArrayLike,
    labels: ArrayLike,
    block_size: int = 1024,
    reduction: str = "mean",
) -> tuple[Any, NDArray[Any], NDArray[Any]]:
    r"""Compute cross-entropy and its gradients, the logits of one block of classes at a time.

    A first pass takes the log-sum-exp of each row (`OnlineLogSumExp`) and the logit of its label.
    A second computes the blocks again and with :math:`G = P - Y` adds up
    :math:`\partial L / \partial H = G W` and :math:`\partial L / \partial W = G^\top H`.

    Parameters
    ----------
    hidden : array_like, shape (..., d)
        Vectors before the last layer, one for each token.
    weights : array_like, shape (n, d)
        Weights of the last layer, a row for each class: the logits would be ``hidden @ weights.T``.
        A bias is one more column, beside a 1 in every vector of `hidden`.
    labels : array_like of int, shape (...)
        Class indices, one for each token.
    block_size : int, default 1024
        How many classes make a block, at least 1. It changes the results by rounding only.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the tokens: their average, their sum, or each token's own loss.

    Returns
    -------
    loss : scalar or ndarray, shape (...)
        Loss in nats, as ``cross_entropy(hidden @ weights.T, labels)``. All three have the wider
        dtype of `hidden` and `weights`.
    grad_hidden : ndarray, shape (..., d)
        Gradient with respect to `hidden`; with ``"none"`` that of the sum of the losses.
    grad_weights : ndarray, shape (n, d)
        Gradient with respect to `weights`.

    Raises
    ------
    TypeError
        An array is not real or is a masked array, the labels are not integers, or `block_size` is
        no integer.
    ValueError
        The shapes do not fit together, a label is out of range, `block_size` is less than 1,
        `reduction` is unknown, the mean of no tokens is asked for, or a logit is infinite.

    See Also
    --------
    cross_entropy, cross_entropy_grad : From logits.
    sampled_cross_entropy : From some of the classes.
    two_level_cross_entropy : From one group of the classes.
    OnlineLogSumExp : The first pass.

    Notes
    -----
    Memory beyond arguments and results is of order ``tokens * block_size``, not ``tokens * n``;
    the price is that every logit is computed twice. On a GPU the same is done within one kernel
    [1]_. The loss is a difference of two numbers, log-sum-exp and logit, so that its *absolute*
    error is of the size of their rounding: unlike `cross_entropy` it does not keep the digits of
    a loss that is nearly 0.

    References
    ----------
    .. [1] Wijmans, E. et al. (2025). Cut Your Losses in Large-Vocabulary Language Models.
       arXiv:2411.09009

    Examples
    --------
    >>> hidden, weights = [[1.0, 0.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]
    >>> loss, grad_hidden, grad_weights = blockwise_cross_entropy(
    ...     hidden, weights, [0, 1], block_size=2
    ... )
    >>> print(f"{loss:.6f}")
    0.275269
    >>> grad_weights.sum(axis=0).round(9) + 0.0  # each row of P - Y sums to 0
    array([0., 0.])
    """
    h, w, y, shape, result = _checked(hidden, weights, labels, reduction)
    block_size = as_integer(block_size, "block_size", 1)
    blocks = spans(len(w), block_size)
    grad_hidden, grad_weights = np.zeros_like(h), np.empty_like(w)
    rows, at_labels = np.arange(len(h)), np.empty(len(h), h.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        state = OnlineLogSumExp()
        for span in blocks:
            block = h @ w[span].T
            check_logits(block)
            state.update(block)
            here = (y >= span.start) & (y < span.stop)
            at_labels[here] = block[rows[here], y[here] - span.start]
        losses = state.value - at_labels
        for span in blocks:
            # The probabilities of the block, then P - Y.
            grad_logits = state.probs(h @ w[span].T)
            here = (y >= span.start) & (y < span.stop)
            grad_logits[rows[here], y[here] - span.start] -= 1
            if reduction == "mean":
                grad_logits /= len(h)
            grad_hidden += grad_logits @ w[span]
            grad_weights[span] = grad_logits.T @ h
    return (
        reduced(losses, reduction, shape[:-1], result),
        round_to(grad_hidden.reshape(shape), result),
        round_to(grad_weights, result),
    )


def sampled_cross_entropy(
    hidden: ArrayLike,
    weights: ArrayLike,
    labels: ArrayLike,
    samples: ArrayLike,
    log_proposal: ArrayLike,
    corrected: bool = True,
    reduction: str = "mean",
) -> tuple[Any, NDArray[Any], NDArray[Any]]:
    r"""Estimate cross-entropy and its gradients from the label and some sampled classes.

    With :math:`k` classes :math:`s_j` drawn from a proposal :math:`q`, the sum over all classes is
    replaced by

    .. math::

        \hat Z = e^{z_y} + \sum_{j:\, s_j \ne y} e^{z_{s_j} - \log(k\, q_{s_j})}, \qquad
        L = \log \hat Z - z_y.

    Subtracting :math:`\log(k\, q)`, the *logQ correction*, makes :math:`\hat Z` unbiased for any
    proposal. Without it the model learns to be right among samples, not among all classes.

    Parameters
    ----------
    hidden : array_like, shape (..., d)
        Vectors before the last layer, one for each token.
    weights : array_like, shape (n, d)
        Weights of the last layer, a row for each class.
    labels : array_like of int, shape (...)
        Class indices, one for each token.
    samples : array_like of int, shape (k,)
        Sampled classes, drawn with replacement and shared by all tokens. A sample that hits the
        label of a token is left out for that token.
    log_proposal : array_like, shape (n,)
        Logarithm of the probability with which each class is drawn.
    corrected : bool, default True
        Whether the logits of the samples are corrected by the proposal. Without it they are used
        as they are, label and samples alike.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the tokens: their average, their sum, or each token's own loss.

    Returns
    -------
    loss : scalar or ndarray, shape (...)
        Estimated loss in nats. All three have the wider dtype of `hidden` and `weights`.
    grad_hidden : ndarray, shape (..., d)
        Gradient of this estimate with respect to `hidden`; with ``"none"`` that of the sum.
    grad_weights : ndarray, shape (n, d)
        Gradient with respect to `weights`: 0 in each row that is neither a label nor sampled.

    Raises
    ------
    TypeError
        An array is not real or is a masked array, or labels or samples are not integers.
    ValueError
        The shapes do not fit together, a label or a sample is out of range, `log_proposal` holds
        NaN or is greater than 0, a sample has probability 0 under it, `reduction` is unknown, the
        mean of no tokens is asked for, or a logit is infinite.

    See Also
    --------
    blockwise_cross_entropy : The loss that is estimated.
    two_level_cross_entropy : As cheap, and exact for another model.

    Notes
    -----
    :math:`\hat Z` is unbiased, its logarithm is not: by Jensen's inequality the expected loss is
    *below* the true one, by about :math:`\operatorname{Var}(\hat Z) / 2Z^2`, which falls as
    :math:`1/k`; the expected gradient is off by the gradient of that. Without the correction no
    number of samples removes the bias.

    Importance sampling of the denominator is due to [1]_; there, as in most libraries, the logit
    of the label is corrected too. But the label is always in the sum and not by chance, so its
    own correction would be a bias [2]_.

    References
    ----------
    .. [1] Jean, S. et al. (2015). On Using Very Large Target Vocabulary for Neural Machine
       Translation. arXiv:1412.2007
    .. [2] Khrylchenko, K. et al. (2025). Correcting the LogQ Correction: Revisiting Sampled Softmax
       for Large-Scale Retrieval. arXiv:2507.09331

    Examples
    --------
    >>> hidden, weights = [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]
    >>> log_proposal = np.log([0.2, 0.4, 0.4])
    >>> loss, _, grad_weights = sampled_cross_entropy(hidden, weights, [0], [1, 1], log_proposal)
    >>> print(f"{loss:.6f}")  # log(e + 2 / (2 * 0.4)) - 1
    0.652168
    >>> grad_weights.round(3) + 0.0
    array([[-0.479,  0.   ],
           [ 0.479,  0.   ],
           [ 0.   ,  0.   ]])
    """
    h, w, y, shape, result = _checked(hidden, weights, labels, reduction)
    drawn = as_indices(samples, "samples", len(w))
    if drawn.ndim != 1 or not drawn.size:
        raise ValueError(f"samples must be one row of at least one class, got shape {drawn.shape}")
    log_q = as_float_array(log_proposal, "log_proposal")
    if log_q.shape != (len(w),):
        raise ValueError(
            f"log_proposal must have shape ({len(w)},), one for each class, got {log_q.shape}"
        )
    if not (log_q <= 1e-6).all():  # probabilities of 1 that were rounded up are no error
        raise ValueError("log_proposal must hold logarithms of probabilities, at most 0")
    if np.isneginf(log_q[drawn]).any():
        hit = int(drawn[np.isneginf(log_q[drawn])][0])
        raise ValueError(f"class {hit} was sampled, but log_proposal gives it probability 0")
    logits = np.empty((len(h), 1 + drawn.size), h.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        logits[:, 0] = (h * w[y]).sum(axis=1)
        logits[:, 1:] = h @ w[drawn].T
        check_logits(logits)
        if corrected:
            logits[:, 1:] -= np.log(drawn.size) + log_q[drawn]
        logits[:, 1:][drawn == y[:, np.newaxis]] = -np.inf
        shifted, log_sum, _ = log_softmax_parts(logits)
        losses = log_sum - shifted[:, 0]
        grad_logits = np.exp(shifted - log_sum[:, np.newaxis])
        # p - 1 of the label, without the cancellation where it is nearly certain.
        grad_logits[:, 0] = -grad_logits[:, 1:].sum(axis=1)
        if reduction == "mean":
            grad_logits /= len(h)
        grad_hidden = grad_logits[:, :1] * w[y] + grad_logits[:, 1:] @ w[drawn]
        grad_weights = np.zeros_like(w)
        np.add.at(grad_weights, y, grad_logits[:, :1] * h)
        np.add.at(grad_weights, drawn, grad_logits[:, 1:].T @ h)
    return (
        reduced(losses, reduction, shape[:-1], result),
        round_to(grad_hidden.reshape(shape), result),
        round_to(grad_weights, result),
    )


def _checked(
    hidden: ArrayLike, weights: ArrayLike, labels: ArrayLike, reduction: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.intp], tuple[int, ...], np.dtype[Any]]:
    """Return matrix, weights and labels to compute with, the shape of `hidden`, the dtype."""
    vectors = as_hidden(hidden, reduction)
    layer = as_layer(weights, "weights", vectors)
    result = np.result_type(vectors, layer)
    rows, indices = as_rows_and_labels(vectors, labels, len(layer), result)
    return rows, layer.astype(rows.dtype, copy=False), indices, vectors.shape, result
