r"""What is done to attention scores before softmax, and to its denominator.

Conventions (axis, dtype, masked classes, NaN) are those of `softmax_course.numerics.functional`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_nonnegative,
    as_number,
    as_positive,
    as_real_array,
    class_axis,
    float_dtypes,
)
from softmax_course.numerics._rows import round_to, row_max, softmax_in_work_dtype

__all__ = ["length_scale", "rms_normalize", "sink_softmax", "soft_cap"]


def sink_softmax(z: ArrayLike, sink: ArrayLike = 0.0, axis: int = -1) -> NDArray[Any]:
    r"""Return softmax with one more term in the denominator.

    .. math:: p_i = \frac{e^{z_i}}{e^s + \sum_k e^{z_k}}

    The sink is a class that takes weight and has no value. A head that finds nothing to attend to
    gives its weight to it instead of to some key.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    sink : array_like, shape (...), default 0.0
        Logit :math:`s` of the sink: one number, or one for each row (or a shape that broadcasts to
        the rows). With 0 the term is 1; with -inf this is softmax.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray, shape (..., n)
        Weights, in the dtype of `z`. Each row sums to less than 1, to 1 minus the weight of the
        sink. A row in which every class is masked is 0.

    Raises
    ------
    TypeError
        If `z` or `sink` is not of real numbers or is a masked array.
    ValueError
        If `z` is 0-d, has no classes or holds +inf, `sink` is +inf or does not broadcast to the
        rows, or a row has neither a class nor a sink that is not -inf.

    See Also
    --------
    softmax : Without a sink.
    attention : Where the weights are used.

    Notes
    -----
    Trained models make a sink themselves, mostly of the first token [1]_. Here it is explicit: the
    constant 0 is the "zero sink" compared there, a learned number for each head its successor. The
    Jacobian keeps its form :math:`p_i (\delta_{ik} - p_k)`, but its rows no longer sum to 0: adding
    a constant to all logits does change the weights.

    References
    ----------
    .. [1] Xiao, G. et al. (2023). Efficient Streaming Language Models with Attention Sinks.
       arXiv:2309.17453

    Examples
    --------
    >>> sink_softmax([0.0, 0.0]).round(3)
    array([0.333, 0.333])
    >>> sink_softmax([-9.0, -9.0]).round(3)
    array([0., 0.])
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    work, result = float_dtypes(x.dtype)
    x = np.moveaxis(x, axis, -1)
    last = as_real_array(sink, "sink")
    try:
        last = np.broadcast_to(last, x.shape[:-1])[..., np.newaxis]
    except ValueError:
        raise ValueError(
            f"sink of shape {last.shape} does not broadcast to the rows of shape {x.shape[:-1]}"
        ) from None
    with np.errstate(over="ignore", under="ignore"):
        if np.isposinf(last.astype(work)).any():
            raise ValueError(f"sink must not hold +inf or numbers too large for a {work}")
        with_sink = np.concatenate([x.astype(work), last.astype(work)], axis=-1)
        weights = softmax_in_work_dtype(with_sink, with_sink.ndim - 1, 1.0)[..., :-1]
        return np.moveaxis(weights, -1, axis).astype(result)


def soft_cap(z: ArrayLike, cap: float) -> NDArray[Any]:
    r"""Return logits held softly between two bounds, :math:`c \tanh(z / c)`.

    Parameters
    ----------
    z : array_like, shape (...)
        Logits or scores.
    cap : float
        :math:`c > 0`. Logits much smaller than it hardly change, none exceeds it.

    Returns
    -------
    ndarray, shape (...)
        Numbers between -c and c, except that -inf stays -inf: what is masked stays so.

    Raises
    ------
    TypeError
        If `z` is not of real numbers or is a masked array, or `cap` is not a number.
    ValueError
        If `cap` is not positive and finite.

    See Also
    --------
    rms_normalize : Bounds the scores through queries and keys.
    softmax : What the result is meant for.

    Notes
    -----
    The derivative is :math:`1 - \tanh^2(z / c)`: where the cap holds, no gradient passes. Finite
    "masks" such as -1e9 become -c, which hides nothing: cap first, mask then. Of any two
    probabilities the larger is at most :math:`e^{2c}` times the smaller. Gemma 2 has
    :math:`c = 50` for attention scores and 30 for the last logits [1]_.

    References
    ----------
    .. [1] Gemma Team (2024). Gemma 2: Improving Open Language Models at a Practical Size.
       arXiv:2408.00118

    Examples
    --------
    >>> soft_cap([1.0, 50.0, 1000.0, -np.inf], cap=50.0).round(3)
    array([ 1.   , 38.08, 50.   ,   -inf])
    """
    x = as_real_array(z, "z")
    cap = as_positive(cap, "cap")
    work, result = float_dtypes(x.dtype)
    x = x.astype(work, copy=False)
    with np.errstate(over="ignore", under="ignore"):  # to inf, whose tanh is 1, and to 0
        # In float64: a cap of 1e-300 would be 0 in float32.
        capped = np.float64(cap) * np.tanh(x / np.float64(cap))
        return np.asarray(round_to(np.where(np.isneginf(x), -np.inf, capped), result))


def rms_normalize(x: ArrayLike, axis: int = -1, epsilon: float = 1e-6) -> NDArray[Any]:
    r"""Divide vectors by their root mean square.

    .. math:: \frac{x}{\sqrt{\frac1d \sum_i x_i^2 + \epsilon}}

    Done to queries and keys before their product, it is known as QK-norm.

    Parameters
    ----------
    x : array_like, shape (..., d)
        Vectors; their axis may be another one, see `axis`.
    axis : int, default -1
        Axis of the entries of a vector.
    epsilon : float, default 1e-6
        :math:`\epsilon \ge 0`, which keeps the zero vector from division by zero. With 0 the zero
        vector stays 0 as well.

    Returns
    -------
    ndarray, shape (..., d)
        Vectors of root mean square 1, that is of length :math:`\sqrt d`, or less by what
        :math:`\epsilon` takes.

    Raises
    ------
    TypeError
        If `x` is not of real numbers or is a masked array, or `epsilon` is not a number.
    ValueError
        If `x` is 0-d or empty along `axis`, or `epsilon` is negative or infinite.

    See Also
    --------
    attention : Divides the product of queries and keys by the root of d.
    soft_cap : Bounds the scores themselves.

    Notes
    -----
    By the Cauchy-Schwarz inequality scores of normalised queries and keys lie between
    :math:`-\sqrt d` and :math:`\sqrt d`, however large the weights that made them. QK-norm was
    proposed with vectors of length 1 and a learned factor in place of :math:`1 / \sqrt d` [1]_;
    models today take the root mean square [2]_ and a learned factor for each entry.

    Vectors are scaled by their largest entry first, so that no square overflows or vanishes.

    References
    ----------
    .. [1] Henry, A. et al. (2020). Query-Key Normalization for Transformers. arXiv:2010.04245
    .. [2] Zhang, B., Sennrich, R. (2019). Root Mean Square Layer Normalization. arXiv:1910.07467

    Examples
    --------
    >>> rms_normalize([[3.0, 4.0], [300.0, 400.0], [0.0, 0.0]]).round(3)
    array([[0.849, 1.131],
           [0.849, 1.131],
           [0.   , 0.   ]])
    """
    array = as_real_array(x, "x")
    axis = class_axis(array, axis, "x")
    root_of_epsilon = math.sqrt(as_nonnegative(epsilon, "epsilon"))
    work, result = float_dtypes(array.dtype)
    array = array.astype(work, copy=False)
    largest = row_max(np.abs(array), axis)
    largest = np.where(largest == 0, 1, largest)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        array = array / largest
        # A vector so small that the quotient is infinite is 0 beside epsilon.
        ratio = root_of_epsilon / largest
        mean_square = (array * array).mean(axis=axis, keepdims=True)
        size = np.hypot(np.sqrt(mean_square), ratio)
        return (array / np.where(size == 0, 1, size)).astype(result)


def length_scale(n: ArrayLike, reference: float = math.e) -> Any:
    r"""Return a factor for attention scores that grows with the number of keys.

    It is :math:`\log n / \log r`.

    The more keys there are, the flatter is the softmax of scores of a given size. Multiplying the
    scores by a number that grows as :math:`\log n` makes up for it.

    Parameters
    ----------
    n : array_like of int, shape (...)
        Number of keys that a query sees, at least 1; under a causal mask ``arange(1, n + 1)``.
    reference : float, default e
        :math:`r > 1`, the number of keys at which the factor is 1, such as the length that the
        model was trained on. With e the factor is :math:`\log n`.

    Returns
    -------
    scalar or ndarray, shape (...)
        The factors, in float64. It is 0 for a single key, whose weight is 1 with any score.

    Raises
    ------
    TypeError
        If `n` does not hold integers, or `reference` is not a number.
    ValueError
        If a number is less than 1, or `reference` is not greater than 1 and finite.

    See Also
    --------
    attention : Whose scores are scaled: multiply the queries by the factors.

    Notes
    -----
    Let one key have a score larger by a constant :math:`a` than the other :math:`n - 1`. Its weight
    is :math:`1 / (1 + (n - 1) e^{-a})`, which goes to 0 as :math:`n` grows. With scores times
    :math:`\log n` it is :math:`1 / (1 + (n - 1) n^{-a})`, which goes to 1 for :math:`a > 1`, to one
    half at 1 and to 0 below [1]_.

    References
    ----------
    .. [1] Chiang, D., Cholak, P. (2022). Overcoming a Theoretical Limitation of Self-Attention.
       arXiv:2202.12172

    Examples
    --------
    >>> length_scale([1, 16, 256], reference=16)
    array([0., 1., 2.])
    """
    counts = as_real_array(n, "n")
    if counts.dtype.kind == "f":
        raise TypeError(f"n must hold integers, not {counts.dtype}")
    if (counts < 1).any():
        raise ValueError(f"n must be at least 1, got {counts[counts < 1][0]}")
    base = as_number(reference, "reference")
    if not 1.0 < base < math.inf:
        raise ValueError(f"reference must be greater than 1 and finite, got {reference!r}")
    return (np.log(counts.astype(np.float64)) / math.log(base))[()]
