r"""Softmax and its losses as SymPy expressions of *symbolic* length.

Vectors are ``IndexedBase`` objects (``z``, ``y``, ``v`` …), their length is the symbol ``n``, and a
sum over the classes is ``Sum(f(j), (j, 1, n))``. What is proved of such an expression holds for
every :math:`n`, not for a vector of three entries.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy import Derivative, Dummy, Expr, IndexedBase, KroneckerDelta, S, Sum, Symbol, exp, log

__all__ = [
    "class_sum",
    "cross_entropy",
    "derivative",
    "index",
    "log_softmax",
    "logsumexp",
    "n",
    "scalar",
    "softmax",
    "temperature",
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
    """Return the class index of a name, understood to lie in ``1..n``.

    Parameters
    ----------
    name : str
        A letter, such as ``"k"``.

    Returns
    -------
    sympy.Symbol
        A positive integer.

    See Also
    --------
    vector : What an index is the index of.
    """
    return Symbol(name, integer=True, positive=True)


def vector(name: str) -> IndexedBase:
    """Return the vector of a name, of symbolic length.

    Parameters
    ----------
    name : str
        A letter. Targets (``"y"``, ``"q"``) have positive entries, all other vectors real ones.

    Returns
    -------
    sympy.IndexedBase
        Its entries are ``vector(name)[k]``, for an `index` or an integer from 1.

    See Also
    --------
    index : An index that may be any class.
    scalar : A single number.
    """
    if name in POSITIVE_VECTORS:
        return IndexedBase(name, positive=True)
    return IndexedBase(name, real=True)


def scalar(name: str) -> Symbol:
    """Return the scalar of a name.

    Parameters
    ----------
    name : str
        ``"n"`` is the number of classes, ``"T"`` and ``"varepsilon"`` are positive, all others
        are real.

    Returns
    -------
    sympy.Symbol
        The same for equal names.

    See Also
    --------
    vector : Many numbers.
    """
    if name == "n":
        return n
    if name in POSITIVE_SCALARS:
        return Symbol(name, positive=True)
    return Symbol(name, real=True)


def class_sum(summand: Callable[[Symbol], Expr], size: Expr | int = n) -> Expr:
    """Return the sum of an expression over all classes.

    The bound index is a new ``Dummy`` each time. A *named* index would be captured silently:
    ``diff(Sum(exp(z[j]), (j, 1, n)), z[j])`` is wrong.

    Parameters
    ----------
    summand : callable
        Takes the index of a class, returns the term of that class.
    size : sympy.Expr or int, optional
        Number of classes.

    Returns
    -------
    sympy.Sum
        Not evaluated.

    See Also
    --------
    derivative : The other operation that is not evaluated at once.

    Examples
    --------
    >>> from softmax_course.proofs.normal_form import are_equal
    >>> z = vector("z")
    >>> are_equal(class_sum(lambda j: softmax(z, j)), 1)
    True
    """
    j = Dummy("j", integer=True, positive=True)
    return Sum(summand(j), (j, 1, sp.sympify(size)))


def derivative(expression: Expr, *variables: Expr) -> Derivative:
    """Return a derivative that is not yet taken.

    Parameters
    ----------
    expression : sympy.Expr
        What to differentiate.
    *variables : sympy.Expr
        Entries of vectors, such as ``z[k]``, or scalars; one for each order.

    Returns
    -------
    sympy.Derivative
        Not evaluated.

    See Also
    --------
    softmax_course.proofs.normal_form.normal_form : Takes the derivatives of an expression.
    """
    return Derivative(expression, *variables, evaluate=False)


def logsumexp(z: IndexedBase, temperature: Expr = S.One, size: Expr | int = n) -> Expr:
    r"""Return :math:`\log\sum_j e^{z_j/T}`.

    Parameters
    ----------
    z : sympy.IndexedBase
        Logits, see `vector`.
    temperature : sympy.Expr, optional
        Divides the logits.
    size : sympy.Expr or int, optional
        Number of classes: the symbol ``n``, or an integer.

    Returns
    -------
    sympy.Expr
        The logarithm of a sum over the classes.

    See Also
    --------
    softmax : Its gradient at temperature 1.
    softmax_course.logsumexp : The same in numbers.
    """
    return log(class_sum(lambda j: exp(z[j] / temperature), size))


def softmax(z: IndexedBase, i: Expr, temperature: Expr = S.One, size: Expr | int = n) -> Expr:
    r"""Return the probability of a class, :math:`e^{z_i/T} / \sum_j e^{z_j/T}`.

    Parameters
    ----------
    z : sympy.IndexedBase
        Logits, see `vector`.
    i : sympy.Expr
        Class index, from 1.
    temperature : sympy.Expr, optional
        Divides the logits.
    size : sympy.Expr or int, optional
        Number of classes: the symbol ``n``, or an integer.

    Returns
    -------
    sympy.Expr
        A quotient of an exponential and a sum over the classes.

    See Also
    --------
    log_softmax : Its logarithm.
    softmax_course.softmax : The same in numbers.

    Examples
    --------
    >>> from softmax_course.proofs.normal_form import are_equal
    >>> z, i, k = vector("z"), index("i"), index("k")
    >>> p = lambda m: softmax(z, m)
    >>> are_equal(derivative(p(i), z[k]), p(i) * (KroneckerDelta(i, k) - p(k)))
    True
    """
    return exp(z[i] / temperature) / class_sum(lambda j: exp(z[j] / temperature), size)


def log_softmax(z: IndexedBase, i: Expr, temperature: Expr = S.One, size: Expr | int = n) -> Expr:
    r"""Return :math:`z_i/T - \log\sum_j e^{z_j/T}`.

    Parameters
    ----------
    z : sympy.IndexedBase
        Logits, see `vector`.
    i : sympy.Expr
        Class index, from 1.
    temperature : sympy.Expr, optional
        Divides the logits.
    size : sympy.Expr or int, optional
        Number of classes: the symbol ``n``, or an integer.

    Returns
    -------
    sympy.Expr
        The logarithm of the probability of class `i`.

    See Also
    --------
    softmax : The probability itself.
    softmax_course.log_softmax : The same in numbers.
    """
    return z[i] / temperature - logsumexp(z, temperature, size)


def cross_entropy(
    z: IndexedBase,
    y: IndexedBase | Expr,
    temperature: Expr = S.One,
    size: Expr | int = n,
) -> Expr:
    """Return the cross-entropy of logits with a target, in nats.

    Parameters
    ----------
    z : sympy.IndexedBase
        Logits, see `vector`.
    y : sympy.IndexedBase or sympy.Expr
        A distribution over the classes, or the index of the right class, from 1.
    temperature : sympy.Expr, optional
        Divides the logits.
    size : sympy.Expr or int, optional
        Number of classes: the symbol ``n``, or an integer.

    Returns
    -------
    sympy.Expr
        A sum over the classes.

    See Also
    --------
    log_softmax : Minus the terms of the sum, without their weights.
    softmax_course.cross_entropy : The same in numbers.

    Examples
    --------
    >>> from softmax_course.proofs.normal_form import are_equal
    >>> z, k, right = vector("z"), index("k"), index("r")
    >>> gradient = derivative(cross_entropy(z, right), z[k])
    >>> are_equal(gradient, softmax(z, k) - KroneckerDelta(k, right))
    True
    """

    def weight(j: Symbol) -> Expr:
        return y[j] if isinstance(y, IndexedBase) else KroneckerDelta(j, y)

    return -class_sum(lambda j: weight(j) * log_softmax(z, j, temperature, size), size)
