r"""Distributions that the next token is drawn from: what decoding makes of the logits.

The class axis is the last one. A class that a rule removes gets the logit :math:`-\infty` and
probability exactly 0, as a masked one has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_float_rows,
    as_integer,
    as_labels_of_rows,
    as_number,
    as_positive,
    as_text,
    check_top,
    float_dtypes,
)
from softmax_course.numerics._rows import row_max
from softmax_course.numerics.core import shift_logits
from softmax_course.numerics.functional import softmax

__all__ = [
    "constrain_logits",
    "decoding_probs",
    "min_p_probs",
    "penalize_repetition",
    "top_k_probs",
    "top_p_probs",
]


def _as_cutoff(value: Any, name: str) -> float:
    number = as_number(value, name)
    if not 0 < number <= 1:
        raise ValueError(f"{name} must be greater than 0 and at most 1, got {value!r}")
    return number


def _tempered(z: NDArray[Any], temperature: float) -> NDArray[Any]:
    """Divide the logits by the temperature, their largest at 0 so that nothing overflows."""
    top = row_max(z, z.ndim - 1)
    check_top(top, z.ndim - 1)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return shift_logits(z, top, temperature)


def _keep_only(z: NDArray[Any], keep: NDArray[np.bool]) -> NDArray[Any]:
    """Mask the other classes."""
    # A NaN makes its whole row NaN, so nothing in such a row may be masked away.
    keep = keep | np.isnan(z).any(axis=-1, keepdims=True)
    return np.where(keep, z, z.dtype.type(-np.inf))


def _top_k(z: NDArray[Any], k: int) -> NDArray[Any]:
    k = as_integer(k, "k", 1, z.shape[-1])
    order = np.argsort(-z, axis=-1, kind="stable")
    keep = np.zeros(z.shape, dtype=bool)
    np.put_along_axis(keep, order[..., :k], True, axis=-1)
    return _keep_only(z, keep)


def _top_p(z: NDArray[Any], p: float, temperature: float) -> NDArray[Any]:
    p = _as_cutoff(p, "p")
    probs = softmax(z, temperature=temperature)
    if p == 1:  # rounded sums may reach 1 before the last class
        return z
    order = np.argsort(-probs, axis=-1, kind="stable")
    descending = np.take_along_axis(probs, order, axis=-1)
    before = np.zeros(z.shape)
    np.cumsum(descending[..., :-1], axis=-1, out=before[..., 1:])
    keep = np.zeros(z.shape, dtype=bool)
    np.put_along_axis(keep, order, before < p, axis=-1)
    return _keep_only(z, keep)


def _min_p(z: NDArray[Any], p: float, temperature: float) -> NDArray[Any]:
    # The ratio to the largest probability needs no denominator: it is one of exponentials.
    return _keep_only(z, _tempered(z, temperature) >= np.log(_as_cutoff(p, "p")))


# Rules that remove classes, given the temperature so far.
_CUTS: dict[str, Callable[[NDArray[Any], Any, float], NDArray[Any]]] = {
    "top_k": lambda z, k, temperature: _top_k(z, k),
    "top_p": _top_p,
    "min_p": _min_p,
}
_RULES = ("temperature", *_CUTS)


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
    ndarray, shape (..., n)
        Probabilities; at most `k` of a row are not 0.

    Raises
    ------
    TypeError
        `k` is not an integer, or `logits` are not real.
    ValueError
        `k` is outside 1 to n, or as raised by `softmax_course.softmax`.

    See Also
    --------
    top_p_probs : Choose the number of classes by their probability.
    softmax : Keep every class.

    Examples
    --------
    >>> top_k_probs([3.0, 1.0, 0.2], k=2).round(3)
    array([0.881, 0.119, 0.   ])
    """
    return softmax(_top_k(as_float_rows(logits, "logits"), k), temperature=temperature)


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
    ndarray, shape (..., n)
        Probabilities, renormalised over the classes kept.

    Raises
    ------
    TypeError
        `logits` are not real, or `p` is not a real number.
    ValueError
        `p` is outside :math:`(0, 1]`, or as raised by `softmax_course.softmax`.

    See Also
    --------
    top_k_probs : Keep a fixed number of classes.
    softmax : Keep every class.

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
    z = as_float_rows(logits, "logits")
    return softmax(_top_p(z, p, temperature), temperature=temperature)


def min_p_probs(logits: ArrayLike, p: float, temperature: float = 1.0) -> NDArray[Any]:
    r"""Keep the classes at least `p` times as probable as the likeliest one: min-p decoding.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits; ``-inf`` marks a masked class, which stays at probability 0.
    p : float
        Smallest ratio to the largest probability, :math:`0 < p \le 1`. With 1 only the likeliest
        class is kept, and those equal to it.
    temperature : float, default 1.0
        Divides the logits *before* the classes are chosen: a higher one keeps more of them.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities, renormalised over the classes kept.

    Raises
    ------
    TypeError
        `logits` are not real, or `p` is not a real number.
    ValueError
        `p` is outside :math:`(0, 1]`, or as raised by `softmax_course.softmax`.

    See Also
    --------
    top_p_probs : Choose the number of classes by their probability together.
    decoding_probs : Several rules, in an order of one's own.

    Notes
    -----
    The ratio of two probabilities is :math:`e^{(z_i - z_j) / T}`: class :math:`i` is kept where
    :math:`\max_k z_k - z_i \le T \log (1/p)`. No other class has a say in it, so adding unlikely
    ones does not move the threshold, as it does for top-p. Where a ratio *equals* `p`, rounding
    decides.

    References
    ----------
    .. [1] Nguyen, M. N. et al. (2024). Turning Up the Heat: Min-p Sampling for Creative and
       Coherent LLM Outputs. arXiv:2407.01082

    Examples
    --------
    >>> from softmax_course import min_p_probs
    >>> min_p_probs([3.0, 1.0, 0.2], p=0.1).round(3)
    array([0.881, 0.119, 0.   ])
    >>> min_p_probs([3.0, 1.0, 0.2], p=0.1, temperature=2.0).round(3)
    array([0.619, 0.228, 0.153])
    """
    z = as_float_rows(logits, "logits")
    temperature = as_positive(temperature, "temperature")
    return softmax(_min_p(z, p, temperature), temperature=temperature)


def decoding_probs(logits: ArrayLike, rules: Iterable[tuple[str, float]]) -> NDArray[Any]:
    r"""Apply rules of decoding one after another, each to what the one before it left.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits; ``-inf`` marks a masked class, which stays at probability 0.
    rules : sequence of pairs (str, float)
        Name and parameter of each rule: ``("temperature", T)`` divides the logits,
        ``("top_k", k)``, ``("top_p", p)`` and ``("min_p", p)`` remove classes as `top_k_probs`,
        `top_p_probs` and `min_p_probs` do. Without rules the result is softmax.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities after the last rule.

    Raises
    ------
    TypeError
        `logits` are not real, or a rule is no pair or has a parameter of the wrong kind.
    ValueError
        A rule is not known or its parameter impossible, or as raised by
        `softmax_course.softmax`.

    See Also
    --------
    penalize_repetition, constrain_logits : What is done to logits before these rules.

    Notes
    -----
    The order matters wherever one rule changes what another looks at. A temperature changes which
    classes top-p and min-p keep. Top-p after top-k sees the probabilities renormalised over the
    `k` classes, which are larger, so it can keep fewer. Top-k looks at the order of the logits
    alone and min-p at their distances from the largest: these two may change places, and so may
    top-k and the temperature.

    Examples
    --------
    >>> from softmax_course import decoding_probs
    >>> z = [3.0, 2.0, 1.0, 0.0]
    >>> decoding_probs(z, [("top_k", 3), ("top_p", 0.9)]).round(3)
    array([0.731, 0.269, 0.   , 0.   ])
    >>> decoding_probs(z, [("top_p", 0.9), ("top_k", 3)]).round(3)
    array([0.665, 0.245, 0.09 , 0.   ])
    """
    z = as_float_rows(logits, "logits")
    # The logits are divided at the end: a division may round two of them to the same number,
    # and top-k would keep another class than it does of the logits given.
    total = 1.0
    for name, value in _as_rules(rules):
        if name == "temperature":
            total = as_positive(total * as_positive(value, name), "the product of temperatures")
        else:
            z = _CUTS[name](z, value, total)
    return softmax(z, temperature=total)


def _as_rules(rules: Any) -> list[tuple[str, Any]]:
    checked = []
    for rule in [rules] if isinstance(rules, str) else rules:
        if isinstance(rule, str) or not isinstance(rule, Iterable):
            raise TypeError(
                f'rules must be pairs of a name and a parameter, as ("top_k", 5), got {rule!r}'
            )
        name, *parameters = tuple(rule)
        if as_text(name, "the name of a rule") not in _RULES:
            raise ValueError(f"a rule must be one of {', '.join(_RULES)}, got {name!r}")
        if len(parameters) != 1:
            raise TypeError(f"rule {name} must have one parameter, got {len(parameters)}")
        checked.append((name, parameters[0]))
    return checked


def penalize_repetition(logits: ArrayLike, tokens: ArrayLike, penalty: float) -> NDArray[Any]:
    r"""Lower the logits of tokens that have occurred: the repetition penalty of CTRL.

    A positive logit is divided by the penalty :math:`\theta`, a negative one multiplied by it.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits; ``-inf`` marks a masked class, which stays masked.
    tokens : array_like of int, shape (..., m)
        Class indices that have occurred, m of them in each row. One that occurs twice is
        penalised once. There may be none.
    penalty : float
        :math:`\theta > 0`. Above 1 it makes repetition less likely, 1 changes nothing.

    Returns
    -------
    ndarray, shape (..., n)
        Logits, not probabilities.

    Raises
    ------
    TypeError
        `logits` are not real, `tokens` are no integers, or `penalty` is no number.
    ValueError
        The shapes do not match, a token is out of range, or `penalty` is not positive and finite.

    See Also
    --------
    decoding_probs : Apply rules to the logits and return probabilities.
    constrain_logits : Forbid tokens altogether.

    Notes
    -----
    A common shift of the logits leaves softmax as it was, but not this rule: what it does depends
    on where the model happened to put its zero. A token with logit 0 is never penalised, and the
    odds of a token with logit 10 fall by the factor :math:`e^{10 (1 - 1/\theta)}`. Subtracting a
    constant from the logits of `tokens` would be invariant.

    Keskar et al. divide every such logit, which would *favour* those below 0; that negative ones
    are multiplied instead became the custom of libraries.

    References
    ----------
    .. [1] Keskar, N. S. et al. (2019). CTRL: A Conditional Transformer Language Model for
       Controllable Generation. arXiv:1909.05858

    Examples
    --------
    >>> from softmax_course import penalize_repetition, softmax
    >>> penalize_repetition([2.0, 1.0, -1.0], [0, 2], penalty=2.0)
    array([ 1.,  1., -2.])
    >>> softmax(penalize_repetition([2.0, 1.0, -1.0], [0], penalty=2.0)).round(2)
    array([0.47, 0.47, 0.06])
    >>> softmax(penalize_repetition([12.0, 11.0, 9.0], [0], penalty=2.0)).round(2)  # all plus 10
    array([0.01, 0.88, 0.12])
    """
    x = as_float_rows(logits, "logits")
    work, result = float_dtypes(x.dtype)
    index = as_labels_of_rows(tokens, x, "tokens", "logits")
    penalty = as_positive(penalty, "penalty")
    z = x.astype(work)
    occurred = np.zeros(z.shape, bool)
    np.put_along_axis(occurred, index, True, axis=-1)
    factor = np.float64(penalty)
    with np.errstate(over="ignore", under="ignore"):
        np.divide(z, factor, out=z, where=occurred & (z > 0), casting="same_kind")
        np.multiply(z, factor, out=z, where=occurred & (z < 0), casting="same_kind")
        return z.astype(result, copy=False)


def constrain_logits(logits: ArrayLike, allowed: ArrayLike) -> NDArray[Any]:
    r"""Forbid all classes but the allowed ones, with the logit :math:`-\infty`.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Logits.
    allowed : array_like of bool, shape (n,) or (..., n)
        Where a class is allowed.

    Returns
    -------
    ndarray, shape (..., n)
        Logits: those given, or ``-inf``.

    Raises
    ------
    TypeError
        `logits` are not real, or `allowed` is not of booleans.
    ValueError
        The shapes do not match, or a row has no class that is allowed and not masked already.

    See Also
    --------
    decoding_probs : Apply rules to the logits and return probabilities.
    causal_mask : The same for attention.

    Notes
    -----
    Softmax of the result is the distribution given that the class is allowed: the allowed
    probabilities keep their ratios. Of a whole sentence that does not hold. Where every token is
    constrained in its turn, sentences are not drawn from the model given that they are allowed,
    for no token knows how likely it makes it that those after it are allowed.

    Examples
    --------
    >>> from softmax_course import constrain_logits, softmax
    >>> constrain_logits([2.0, 1.0, 0.0], [True, False, True])
    array([  2., -inf,   0.])
    >>> softmax(constrain_logits([2.0, 1.0, 0.0], [True, False, True])).round(3)
    array([0.881, 0.   , 0.119])
    """
    z = as_float_rows(logits, "logits")
    mask = np.asarray(allowed)
    if isinstance(allowed, np.ma.MaskedArray) or mask.dtype != bool:
        raise TypeError(f"allowed must hold True or False for each class, not {mask.dtype}")
    if mask.shape not in (z.shape, z.shape[-1:]):
        raise ValueError(
            f"allowed of shape {mask.shape} does not match logits of shape {z.shape}: "
            f"expected {z.shape[-1:]} or {z.shape}"
        )
    # A NaN is no class that is allowed or not: it stays, and makes the row NaN.
    constrained = np.where(mask | np.isnan(z), z, z.dtype.type(-np.inf))
    top = constrained.max(axis=-1)
    if (bad := top == -np.inf).any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"no class is allowed{f' in row {where}' if where else ''}")
    return constrained
