r"""Softmax as SymPy expressions of *symbolic* length, and a decision procedure for equality.

Vectors are ``IndexedBase`` objects (``z``, ``y``, ``v`` …), their length is the symbol ``n``, and a
sum over the classes is ``Sum(f(j), (j, 1, n))``. A proof therefore holds for every :math:`n`, not
for a vector of three entries.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy import (
    Derivative,
    Dummy,
    Expr,
    IndexedBase,
    KroneckerDelta,
    S,
    Sum,
    Symbol,
    exp,
    log,
)

__all__ = [
    "cross_entropy",
    "index",
    "kl_divergence",
    "log_softmax",
    "logsumexp",
    "n",
    "partial",
    "smoothed",
    "softmax",
    "temperature",
    "total",
    "vector",
]


#: The number of classes, any positive integer.
n = Symbol("n", integer=True, positive=True)

#: The temperature, any positive real number.
temperature = Symbol("T", positive=True)

#: Vectors whose entries are known to be positive (targets); the entries of all others are real.
POSITIVE_VECTORS = frozenset({"y", "q"})

#: Scalars known to be positive; all others are real.
POSITIVE_SCALARS = frozenset({"T", "varepsilon"})


def index(name: str) -> Symbol:
    """Return the class index called `name`, understood to lie in ``1..n``."""
    return Symbol(name, integer=True, positive=True)


def vector(name: str) -> IndexedBase:
    """Return the vector called `name`, of symbolic length.

    Targets (``y``, ``q``) have positive entries, every other vector has real ones.
    """
    if name in POSITIVE_VECTORS:
        return IndexedBase(name, positive=True)
    return IndexedBase(name, real=True)


def scalar(name: str) -> Symbol:
    """Return the scalar called `name`: ``n``, a positive ``T`` or ``varepsilon``, or a real one."""
    if name == "n":
        return n
    if name in POSITIVE_SCALARS:
        return Symbol(name, positive=True)
    return Symbol(name, real=True)


def total(summand: Callable[[Symbol], Expr], size: Expr = n) -> Expr:
    """Sum `summand` over all classes.

    The bound index is a new ``Dummy`` each time. A *named* index would be captured silently:
    ``diff(Sum(exp(z[j]), (j, 1, n)), z[j])`` is wrong.

    Examples
    --------
    >>> from softmax_course.proofs.normal_form import proves
    >>> z = vector("z")
    >>> proves(total(lambda j: softmax(z, j)), 1)
    True
    """
    j = Dummy("j", integer=True, positive=True)
    return Sum(summand(j), (j, 1, sp.sympify(size)))


def partial(expression: Expr, *variables: Expr) -> Derivative:
    """Return the derivative, not yet taken (see `normal_form`)."""
    return Derivative(expression, *variables, evaluate=False)


def logsumexp(z: IndexedBase, temperature: Expr = S.One, size: Expr = n) -> Expr:
    r"""Return :math:`\log\sum_j e^{z_j/T}`."""
    return log(total(lambda j: exp(z[j] / temperature), size))


def softmax(z: IndexedBase, i: Expr, temperature: Expr = S.One, size: Expr = n) -> Expr:
    r"""Return the probability of class `i`, :math:`e^{z_i/T} / \sum_j e^{z_j/T}`.

    Parameters
    ----------
    z : IndexedBase
        Logits, see `vector`.
    i : Expr
        Class index, from 1.
    temperature : Expr, optional
        Divides the logits.
    size : Expr, optional
        Number of classes: the symbol ``n``, or an integer.

    Returns
    -------
    Expr

    Examples
    --------
    >>> from softmax_course.proofs.normal_form import proves
    >>> z, i, k = vector("z"), index("i"), index("k")
    >>> p = lambda m: softmax(z, m)
    >>> proves(partial(p(i), z[k]), p(i) * (KroneckerDelta(i, k) - p(k)))
    True
    """
    return exp(z[i] / temperature) / total(lambda j: exp(z[j] / temperature), size)


def log_softmax(z: IndexedBase, i: Expr, temperature: Expr = S.One, size: Expr = n) -> Expr:
    r"""Return :math:`z_i/T - \log\sum_j e^{z_j/T}`."""
    return z[i] / temperature - logsumexp(z, temperature, size)


def smoothed(y: IndexedBase, i: Expr, label_smoothing: Expr = S.Zero, size: Expr = n) -> Expr:
    r"""Return the smoothed target :math:`(1-\varepsilon)y_i + \varepsilon/n`."""
    return (1 - label_smoothing) * y[i] + label_smoothing / sp.sympify(size)


def cross_entropy(
    z: IndexedBase,
    y: IndexedBase | Expr,
    temperature: Expr = S.One,
    label_smoothing: Expr = S.Zero,
    size: Expr = n,
) -> Expr:
    """Return the cross-entropy of the logits `z` with a target, in nats.

    Parameters
    ----------
    z : IndexedBase
        Logits.
    y : IndexedBase or Expr
        A distribution over the classes, or the index of the right class.
    temperature, label_smoothing : Expr, optional
        As in `softmax` and `smoothed`.
    size : Expr, optional
        Number of classes.

    Returns
    -------
    Expr

    Examples
    --------
    >>> from softmax_course.proofs.normal_form import proves
    >>> z, k, right = vector("z"), index("k"), index("r")
    >>> gradient = partial(cross_entropy(z, right), z[k])
    >>> proves(gradient, softmax(z, k) - KroneckerDelta(k, right))
    True
    """

    def target(j: Symbol) -> Expr:
        if isinstance(y, IndexedBase):
            return smoothed(y, j, label_smoothing, size)
        return (1 - label_smoothing) * KroneckerDelta(j, y) + label_smoothing / size

    return -total(lambda j: target(j) * log_softmax(z, j, temperature, size), size)


def kl_divergence(y: IndexedBase, z: IndexedBase, size: Expr = n) -> Expr:
    """Return the divergence of softmax(`z`) from a positive distribution `y`, in nats."""
    return total(lambda j: y[j] * (log(y[j]) - log_softmax(z, j, size=size)), size)
