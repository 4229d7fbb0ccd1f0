r"""Softmax and its losses as SymPy expressions of *symbolic* length.

Vectors are ``IndexedBase`` objects (``z``, ``y``, ``v`` …), their length is the symbol ``n``, and a
sum over the classes is ``Sum(f(j), (j, 1, n))``. What is proved of such an expression holds for
every :math:`n`, not for a vector of three entries.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy import Derivative, Dummy, Expr, IndexedBase, KroneckerDelta, S, Sum, Symbol, exp, log

#: The number of classes, any positive integer.
n = Symbol("n", integer=True, positive=True)

#: The temperature, any positive real number.
temperature = Symbol("T", positive=True)

#: Vectors whose entries are known to be positive (targets); the entries of all others are real.
POSITIVE_VECTORS = frozenset({"y", "q"})

#: Scalars known to be positive; all others are real.
POSITIVE_SCALARS = frozenset({"T", "varepsilon"})


def index(name: str) -> Symbol:
    """Return the class index of a name, understood to lie in ``1..n``."""
    return Symbol(name, integer=True, positive=True)


def vector(name: str) -> IndexedBase:
    """Return the vector of a name; its entries are ``vector(name)[k]`` for an index or integer."""
    if name in POSITIVE_VECTORS:
        return IndexedBase(name, positive=True)
    return IndexedBase(name, real=True)


def scalar(name: str) -> Symbol:
    """Return the scalar of a name."""
    if name == "n":
        return n
    if name in POSITIVE_SCALARS:
        return Symbol(name, positive=True)
    return Symbol(name, real=True)


def class_sum(summand: Callable[[Symbol], Expr], size: Expr | int = n) -> Expr:
    """Return the sum of an expression over all classes.

    The bound index is a new ``Dummy`` each time. A *named* index would be captured silently:
    ``diff(Sum(exp(z[j]), (j, 1, n)), z[j])`` is wrong.
    """
    j = Dummy("j", integer=True, positive=True)
    return Sum(summand(j), (j, 1, sp.sympify(size)))


def derivative(expression: Expr, *variables: Expr) -> Derivative:
    """Return a derivative that is not yet taken, by as many variables as its order says."""
    return Derivative(expression, *variables, evaluate=False)


def logsumexp(z: IndexedBase, temperature: Expr = S.One, size: Expr | int = n) -> Expr:
    r"""Return :math:`\log\sum_j e^{z_j/T}`."""
    return log(class_sum(lambda j: exp(z[j] / temperature), size))


def softmax(z: IndexedBase, i: Expr, temperature: Expr = S.One, size: Expr | int = n) -> Expr:
    r"""Return the probability of a class, :math:`e^{z_i/T} / \sum_j e^{z_j/T}`."""
    return exp(z[i] / temperature) / class_sum(lambda j: exp(z[j] / temperature), size)


def log_softmax(z: IndexedBase, i: Expr, temperature: Expr = S.One, size: Expr | int = n) -> Expr:
    r"""Return :math:`z_i/T - \log\sum_j e^{z_j/T}`."""
    return z[i] / temperature - logsumexp(z, temperature, size)


def cross_entropy(
    z: IndexedBase,
    y: IndexedBase | Expr,
    temperature: Expr = S.One,
    size: Expr | int = n,
) -> Expr:
    """Return the cross-entropy of logits with a target: a distribution, or a class index from 1."""

    def weight(j: Symbol) -> Expr:
        return y[j] if isinstance(y, IndexedBase) else KroneckerDelta(j, y)

    return -class_sum(lambda j: weight(j) * log_softmax(z, j, temperature, size), size)
