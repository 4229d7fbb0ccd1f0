r"""Softmax as SymPy expressions of *symbolic* length, and a decision procedure for equality.

Vectors are ``IndexedBase`` objects (``z``, ``y``, ``v`` …), their length is the symbol ``n``, and a
sum over the classes is ``Sum(f(j), (j, 1, n))``. A proof therefore holds for every :math:`n`, not
for a vector of three entries.

How equality is decided
-----------------------
SymPy's ``simplify`` is of no help on such sums, so `normal_form` brings an expression to a form in
which equal expressions are identical:

* derivatives are taken, and every Kronecker delta under a sum is collapsed (each index is
  understood to lie in ``1..n``);
* products are expanded, sums are distributed over their terms, and factors that do not depend on
  the bound index leave the sum;
* bound indices get canonical names by nesting depth.

What remains is a polynomial in ``exp(z[i])``, in irreducible sums, and in deltas between free
indices. The last are decided by cases: all ways in which the free indices can coincide.

References
----------
Meurer, A. et al. (2017). SymPy: symbolic computing in Python. PeerJ Computer Science 3:e103.
https://doi.org/10.7717/peerj-cs.103
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from sympy import (
    Add,
    Derivative,
    Dummy,
    Eq,
    Expr,
    Indexed,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Mul,
    Ne,
    Pow,
    S,
    Sum,
    Symbol,
    exp,
    expand,
    expand_log,
    fraction,
    log,
    together,
)

from ._checks import as_integer

__all__ = [
    "CaseError",
    "Comparison",
    "as_function",
    "compare_numerically",
    "concrete_cross_entropy_gradient",
    "concrete_cross_entropy_hessian",
    "concrete_jacobian",
    "cross_entropy",
    "difference",
    "index",
    "is_nonnegative",
    "kl_divergence",
    "log_softmax",
    "logsumexp",
    "n",
    "normal_form",
    "partial",
    "proves",
    "readable",
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

# One bound index per nesting depth: equal sums then are equal objects.
_BOUND = [Dummy(f"j{depth}", integer=True, positive=True) for depth in range(8)]


class CaseError(ValueError):
    """The hypotheses contradict each other, or no numbers that satisfy them were found."""


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


# ------------------------------------------------------------------------------- normal form


def normal_form(expression: Expr) -> Expr:
    """Take the derivatives, collapse the deltas, expand, and name bound indices canonically.

    Parameters
    ----------
    expression : Expr
        Of the vectors, scalars and sums of this module.

    Returns
    -------
    Expr
        The same for equal expressions, up to deltas between free indices.

    Raises
    ------
    TypeError
        If the expression has a function for which there is no rule.
    ValueError
        If a sum does not start at 1.

    Examples
    --------
    >>> z, k = vector("z"), index("k")
    >>> normal_form(partial(logsumexp(z), z[k]) - softmax(z, k))
    0
    """
    expression = sp.sympify(expression)
    if isinstance(expression, Sum):
        return _normal_sum(expression)
    if isinstance(expression, Derivative):
        inner = normal_form(expression.expr)
        for variable in expression.variables:
            inner = normal_form(inner.diff(variable))
        return inner
    if isinstance(expression, Indexed) or not expression.args:
        return expression
    if isinstance(expression, KroneckerDelta):
        return KroneckerDelta(*expression.args[:2])
    args = [normal_form(argument) for argument in expression.args]
    if isinstance(expression, log):
        # log(ab) = log a + log b and log(a²) = 2 log a hold where a and b are positive; that the
        # whole argument is, does not suffice.
        return expand(expand_log(log(args[0]), force=_is_positive(expression.args[0])))
    if isinstance(expression, exp):
        return expand(exp(expand(args[0])), power_base=False)
    if isinstance(expression, Pow | Mul | Add):
        return expand(expression.func(*args), power_base=False)
    raise TypeError(f"no rule for {type(expression).__name__} in {expression}")


def _normal_sum(expression: Sum) -> Expr:
    summand, (variable, lower, upper) = _outermost(expression)
    if lower != 1:
        raise ValueError(f"a sum over the classes starts at 1, not at {lower}")
    body = normal_form(summand)
    if upper.is_Integer:
        written_out = [body.xreplace({variable: Integer(m)}) for m in range(1, int(upper) + 1)]
        return normal_form(Add(*written_out))
    return Add(*(_sum_of_term(term, variable, upper) for term in Add.make_args(body)))


def _outermost(expression: Sum) -> tuple[Expr, sp.Tuple]:
    """Take the outer sum off: SymPy merges a sum of a sum into one object with two limits."""
    *inner, outer = expression.limits
    return (Sum(expression.function, *inner) if inner else expression.function), outer


def _sum_of_term(term: Expr, variable: Symbol, upper: Expr) -> Expr:
    factors = Mul.make_args(term)
    for factor in factors:
        delta = factor.base if isinstance(factor, Pow) else factor
        if isinstance(delta, KroneckerDelta) and delta.has(variable):
            (other,) = set(delta.args[:2]) - {variable}
            rest = Mul(*(f for f in factors if f is not factor))
            return normal_form(rest.xreplace({variable: other}))
    outside = Mul(*(f for f in factors if not f.has(variable)))
    inside = Mul(*(f for f in factors if f.has(variable)))
    if inside == 1:
        return expand(outside * upper)
    bound = _BOUND[_depth(inside)]
    return expand(outside * Sum(inside.xreplace({variable: bound}), (bound, 1, upper)))


def _depth(expression: Expr) -> int:
    """Return how deep sums are nested in an expression in normal form."""
    below = max((_depth(argument) for argument in expression.args), default=0)
    return below + len(expression.limits) if isinstance(expression, Sum) else below


# --------------------------------------------------------------------------- hypotheses, cases


def _is_index(expression: Expr) -> bool:
    return isinstance(expression, Symbol) and bool(expression.is_integer) and expression != n


def _split(given: Iterable[Eq | Ne]) -> tuple[list[Eq], list[Eq | Ne]]:
    """Separate equations between numbers from statements about which indices coincide."""
    equations, coincidences = [], []
    for hypothesis in given:
        if not isinstance(hypothesis, Eq | Ne):
            raise TypeError(f"a hypothesis is an Eq or a Ne, not {hypothesis!r}")
        sides_are_indices = all(_is_index(side) or side.is_Integer for side in hypothesis.args)
        if sides_are_indices and any(_is_index(side) for side in hypothesis.args):
            coincidences.append(hypothesis)
        elif isinstance(hypothesis, Eq):
            equations.append(hypothesis)
        else:
            raise TypeError(f"only indices can be given as different, not {hypothesis}")
    return equations, coincidences


def _free_indices(*expressions: Expr) -> list[Expr]:
    # Not ``free_symbols``: for a derivative it leaves out the variable, and with it ``k`` of z[k].
    found = set()
    for expression in expressions:
        bound = {limits[0] for e in expression.atoms(Sum) for limits in e.limits}
        found |= {s for s in expression.atoms(Symbol) - bound if _is_index(s)}
    return sorted(found, key=lambda s: s.name)


def _partitions(items: Sequence[Expr]) -> Iterator[list[list[Expr]]]:
    """Yield all ways to say which of `items` are equal (two distinct integers never are)."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for blocks in _partitions(rest):
        for position, block in enumerate(blocks):
            if not (first.is_Integer and any(member.is_Integer for member in block)):
                yield [*blocks[:position], [first, *block], *blocks[position + 1 :]]
        yield [[first], *blocks]


def _allowed(blocks: list[list[Expr]], coincidences: Iterable[Eq | Ne]) -> bool:
    block_of = {member: position for position, block in enumerate(blocks) for member in block}
    for hypothesis in coincidences:
        left, right = (block_of.get(side) for side in hypothesis.args)
        if left is None or right is None:
            continue
        if (left == right) != isinstance(hypothesis, Eq):
            return False
    return True


def _cases(
    indices: Iterable[Expr], coincidences: Sequence[Eq | Ne]
) -> list[tuple[dict[Expr, Expr], list[list[Expr]]]]:
    """Return, for every allowed case, the replacements that put one name on equal indices."""
    mentioned = {side for h in coincidences for side in h.args}
    everything = sorted(set(indices) | mentioned, key=str)
    cases = []
    for blocks in _partitions(everything):
        if not _allowed(blocks, coincidences):
            continue
        same = {}
        for block in blocks:
            leader = next((m for m in block if m.is_Integer), block[0])
            same.update({member: leader for member in block if member != leader})
        cases.append((same, blocks))
    if not cases:
        raise CaseError(f"these hypotheses contradict each other: {list(coincidences)}")
    return cases


def _atom_of(equation: Eq) -> tuple[Expr, Expr, Expr]:
    """Solve an equation for a sum or an entry in which it is linear: atom, its value, residual."""
    residual = normal_form(equation.lhs - equation.rhs)
    candidates = [*_maximal(residual, Sum), *_maximal(residual, Indexed)]
    for atom in sorted(candidates, key=lambda a: (isinstance(a, Indexed), a.sort_key())):
        coefficient = residual.coeff(atom)
        rest = expand(residual - coefficient * atom)
        if not rest.has(atom) and (coefficient.is_nonzero or _is_positive(coefficient)):
            return atom, expand(-rest / coefficient), residual
    raise CaseError(f"cannot use the hypothesis {equation}: no sum or entry to solve it for")


def _maximal(expression: Expr, kind: type) -> list[Expr]:
    """Return the factors of the terms of `expression` that are of a `kind`."""
    factors = (f for term in Add.make_args(expression) for f in Mul.make_args(term))
    return list(dict.fromkeys(f for f in factors if isinstance(f, kind)))


def _substitute(expression: Expr, equations: Sequence[Eq]) -> Expr:
    for equation in equations:
        atom, value, _ = _atom_of(equation)
        expression = normal_form(expression.xreplace({atom: value}))
    return expression


def _vanishes(expression: Expr) -> bool:
    """Tell whether an expression in normal form is zero, clearing denominators if it has some."""
    if expression == 0:
        return True
    names: dict[Expr, Dummy] = {}

    def rational(e: Expr) -> Expr:
        if isinstance(e, Add | Mul):
            return e.func(*map(rational, e.args))
        if isinstance(e, exp):
            number, rest = e.exp.as_coeff_Mul()
            if number.is_Integer:
                return names.setdefault(exp(rest), Dummy(positive=True)) ** number
        elif isinstance(e, Pow) and e.exp.is_Integer:
            return rational(e.base) ** e.exp
        elif e.is_Symbol or e.is_Rational:
            return e
        return names.setdefault(e, Dummy())

    numerator, _ = fraction(together(rational(expression)))
    return expand(numerator) == 0


def difference(a: Expr, b: Expr, given: Iterable[Eq | Ne] = ()) -> Expr:
    """Return ``a - b`` in normal form under the hypotheses: 0 exactly if the two are equal.

    Where the answer depends on which indices coincide, the first case that is not 0 is returned.

    Parameters
    ----------
    a, b : Expr
        What to compare.
    given : iterable of Eq or Ne, optional
        Hypotheses: ``Eq(total(lambda j: y[j]), 1)``, ``Eq(i, k)``, ``Ne(i, k)``.

    Returns
    -------
    Expr

    Raises
    ------
    CaseError
        If the hypotheses contradict each other or cannot be used.
    TypeError
        If a hypothesis is no ``Eq`` or ``Ne``, or a ``Ne`` is not between indices.

    Examples
    --------
    >>> z, i, k = vector("z"), index("i"), index("k")
    >>> slope = partial(log_softmax(z, i), z[k])
    >>> difference(slope, -softmax(z, k), given=[Ne(i, k)])
    0
    >>> difference(slope, -softmax(z, k), given=[Eq(i, k)])
    1
    """
    equations, coincidences = _split(given)
    gap = _substitute(normal_form(sp.sympify(a) - sp.sympify(b)), equations)
    if _vanishes(gap):
        return S.Zero
    # Only indices met in a delta can matter; the others need no cases.
    met = {side for delta in gap.atoms(KroneckerDelta) for side in delta.args[:2]}
    for same, _ in _cases(met, coincidences):
        case = gap.xreplace(same)
        case = case.xreplace({delta: S.Zero for delta in case.atoms(KroneckerDelta)})
        case = _substitute(normal_form(case), [e.xreplace(same) for e in equations])
        if not _vanishes(case):
            return case
    return S.Zero


def proves(a: Expr, b: Expr, given: Iterable[Eq | Ne] = ()) -> bool:
    """Tell whether ``a == b`` for every n, all entries and all indices allowed by `given`.

    ``False`` means *not proved*.

    Parameters
    ----------
    a, b, given
        As `difference`.

    Returns
    -------
    bool

    Raises
    ------
    CaseError, TypeError
        As `difference`.

    Examples
    --------
    The gradient of cross-entropy is :math:`p - y`, provided that the target sums to 1:

    >>> z, y, k = vector("z"), vector("y"), index("k")
    >>> gradient = partial(cross_entropy(z, y), z[k])
    >>> proves(gradient, softmax(z, k) - y[k])
    False
    >>> proves(gradient, softmax(z, k) - y[k], given=[Eq(total(lambda j: y[j]), 1)])
    True
    """
    return difference(a, b, given) == 0


def _is_positive(e: Expr) -> bool:
    if isinstance(e, Sum):
        return _is_positive(e.function)
    if isinstance(e, Add | Mul):
        return all(map(_is_positive, e.args))
    if isinstance(e, Pow) and not isinstance(e, exp):
        return _is_positive(e.base)
    if isinstance(e, exp):
        return True  # every quantity here is real
    return bool(e.is_positive)


def is_nonnegative(e: Expr) -> bool:
    """Tell whether the *form* of an expression shows that it is nowhere negative.

    Sums and products of positive factors and of even powers are; a difference never is.

    Examples
    --------
    >>> z, v = vector("z"), vector("v")
    >>> is_nonnegative(total(lambda j: softmax(z, j) * (v[j] - 1) ** 2))
    True
    >>> is_nonnegative(total(lambda j: softmax(z, j) * v[j]))
    False
    """
    e = sp.sympify(e)
    if isinstance(e, Sum):
        return is_nonnegative(e.function)
    if isinstance(e, Add | Mul):
        return all(map(is_nonnegative, e.args)) or _is_positive(e)
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp.is_even:
        return bool(e.exp.is_positive)
    return e == 0 or _is_positive(e)


def readable(expression: Expr) -> Expr:
    """Write an expression in normal form with ``p[i]`` for softmax, for messages."""
    p, size = IndexedBase("p"), Dummy("S", positive=True)
    letters = iter("jlmr")
    names = {d: Symbol(next(letters)) for d in _BOUND if expression.has(d)}
    arguments = {a.exp for a in expression.atoms(exp) if a.exp.atoms(Indexed)}
    divisors = {a / next(iter(a.atoms(Indexed))) for a in arguments if len(a.atoms(Indexed)) == 1}
    for divisor in sorted(divisors, key=str):
        if divisor.atoms(Indexed) or not (divisor.is_Rational or divisor == 1 / temperature):
            continue
        base = vector("z")
        whole = Sum(exp(base[_BOUND[0]] * divisor), (_BOUND[0], 1, n))
        expression = expression.xreplace({whole: size}).replace(
            lambda e, d=divisor: isinstance(e, exp) and (e.exp / d).func is Indexed,
            lambda e, d=divisor: p[(e.exp / d).indices[0]] * size,
        )
    expression = normal_form(expression)
    if size in expression.free_symbols:
        expression = expression.xreplace({size: Symbol("S", positive=True)})
    return sp.factor_terms(expression.xreplace(names))


# ------------------------------------------------------------------------- the numeric check


@dataclass
class _Sample:
    """Numbers for every symbol, at one concrete n."""

    size: int
    vectors: dict[str, list] = field(default_factory=dict)
    scalars: dict[str, object] = field(default_factory=dict)
    indices: dict[Expr, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Two values that should be equal, the larger gap over all cases, and what it may be.

    Attributes
    ----------
    left, right : mpmath.mpf
        The two values in the case of the largest gap.
    gap : mpmath.mpf
        ``|left - right| / max(1, |left|, |right|)``.
    tolerance : float
        What the gap may be.
    indices : dict
        The indices of that case.
    """

    left: mpmath.mpf
    right: mpmath.mpf
    gap: mpmath.mpf
    tolerance: float
    indices: Mapping[str, int]

    @property
    def agrees(self) -> bool:
        """Whether the gap is within the tolerance."""
        return bool(self.gap <= self.tolerance)


def _evaluate(e: Expr, sample: _Sample, bound: Mapping[Expr, int]) -> mpmath.mpf:
    """Evaluate as written: sums by adding up, derivatives by ``mpmath.diff``.

    Shares no rule with `normal_form`, so that a mistake in one is seen by the other.
    """
    ctx = mpmath.mp
    if isinstance(e, Sum):
        summand, (variable, lower, upper) = _outermost(e)
        last = sample.size if upper == n else int(upper)
        places = range(int(lower), last + 1)
        return ctx.fsum(_evaluate(summand, sample, {**bound, variable: m}) for m in places)
    if isinstance(e, Derivative):
        return _differentiate(e.expr, list(e.variables), sample, bound)
    if isinstance(e, KroneckerDelta):
        left, right = (_position(side, sample, bound) for side in e.args[:2])
        return ctx.mpf(left == right)
    if isinstance(e, Indexed):
        return sample.vectors[str(e.base.label)][_position(e.indices[0], sample, bound) - 1]
    if e.is_Rational:
        return ctx.mpf(e.p) / e.q
    if e == S.Exp1:
        return +ctx.e
    if isinstance(e, Symbol):
        return ctx.mpf(sample.size) if e == n else sample.scalars[e.name]
    values = [_evaluate(argument, sample, bound) for argument in e.args]
    if isinstance(e, Add):
        return ctx.fsum(values)
    if isinstance(e, Mul):
        return ctx.fprod(values)
    if isinstance(e, exp):
        return ctx.exp(values[-1])
    if isinstance(e, log):
        return ctx.log(values[0])
    if isinstance(e, Pow):
        return ctx.power(*values)
    raise TypeError(f"no way to evaluate {type(e).__name__} in {e}")


def _position(e: Expr, sample: _Sample, bound: Mapping[Expr, int]) -> int:
    if e.is_Integer:
        return int(e)
    return bound[e] if e in bound else sample.indices[e]


def _differentiate(e: Expr, variables: list, sample: _Sample, bound: Mapping) -> mpmath.mpf:
    if not variables:
        return _evaluate(e, sample, bound)
    *others, last = variables
    place: Any
    if isinstance(last, Indexed):
        place = sample.vectors[str(last.base.label)]
        key = _position(last.indices[0], sample, bound) - 1
    else:
        place, key = sample.scalars, last.name
    start = place[key]

    def along(x):
        place[key] = x
        try:
            return _differentiate(e, others, sample, bound)
        finally:
            place[key] = start

    return mpmath.mp.diff(along, start)


def _draw(expressions: Sequence[Expr], size: int, rng: random.Random) -> _Sample:
    """Draw exact binary fractions, so that they mean the same at every working precision."""

    def between(low: float, high: float) -> mpmath.mpf:
        return mpmath.mpf(int((low + (high - low) * rng.random()) * 2**30)) / 2**30

    sample = _Sample(size)
    entries = {entry for e in expressions for entry in e.atoms(Indexed)}
    for name in sorted({str(entry.base.label) for entry in entries}):
        low, high = (0.1, 0.3) if name in POSITIVE_VECTORS else (-2, 2)
        sample.vectors[name] = [between(low, high) for _ in range(size)]
    labels = {entry.base.label for entry in entries}
    symbols = {s for e in expressions for s in e.atoms(Symbol)}
    for symbol in sorted(symbols - labels - {n}, key=lambda s: s.name):
        if not _is_index(symbol):
            low, high = (0.3, 0.9) if symbol.is_positive else (-1, 1)
            sample.scalars[symbol.name] = between(low, high)
    return sample


def _satisfy(equation: Eq, sample: _Sample) -> None:
    """Move one entry so that a hypothesis, linear in that entry, holds."""
    atom, _, _ = _atom_of(equation)
    if isinstance(atom, Sum):
        bound = atom.limits[0][0]
        entries = [e for e in atom.atoms(Indexed) if e.indices[0] == bound]
        entry, position = min(entries, key=str), sample.size
    else:
        entry, position = atom, _position(atom.indices[0], sample, {})
    place = sample.vectors[str(entry.base.label)]
    residual = equation.lhs - equation.rhs

    def at(x):
        place[position - 1] = mpmath.mpf(x)
        return _evaluate(residual, sample, {})

    at_zero, at_one = at(0), at(1)
    if at_zero == at_one or abs(at(at_zero / (at_zero - at_one))) > mpmath.mpf(10) ** -300:
        raise CaseError(f"found no numbers that satisfy {equation}")


def compare_numerically(
    a: Expr,
    b: Expr,
    given: Iterable[Eq | Ne] = (),
    size: int = 4,
    digits: int = 80,
    tolerance: float = 1e-60,
    seed: int = 20,
) -> Comparison:
    """Evaluate two expressions at a concrete n, in every case of coinciding indices.

    Sums are written out and derivatives are taken by ``mpmath.diff``.

    Parameters
    ----------
    a, b : Expr
        What to compare.
    given : iterable of Eq or Ne, optional
        Hypotheses; the numbers drawn satisfy them.
    size : int, optional
        The concrete number of classes.
    digits : int, optional
        Working precision, in decimal digits.
    tolerance : float, optional
        Largest gap allowed, relative to ``max(1, |a|, |b|)``.
    seed : int, optional
        Of the random numbers.

    Returns
    -------
    Comparison
        Of the case with the largest gap.

    Raises
    ------
    CaseError
        If the hypotheses contradict each other, no numbers satisfy them, or `size` is too small
        for so many different indices.
    TypeError
        If a hypothesis is no ``Eq`` or ``Ne``, or there is no way to evaluate a part.

    Examples
    --------
    >>> z, i, k = vector("z"), index("i"), index("k")
    >>> p = lambda m: softmax(z, m)
    >>> found = compare_numerically(partial(p(i), z[k]), p(i) * (KroneckerDelta(i, k) - p(k)))
    >>> found.agrees, bool(found.gap < 1e-60)
    (True, True)
    """
    a, b = sp.sympify(a), sp.sympify(b)
    equations, coincidences = _split(given)
    everything = [a, b, *(side for e in equations for side in e.args)]
    rng = random.Random(seed)
    found = []
    for _, blocks in _cases(_free_indices(*everything), coincidences):
        fixed = {int(m) for block in blocks for m in block if m.is_Integer}
        free_places = [m for m in (2, 4, 1, 3, *range(5, size + 1)) if m <= size and m not in fixed]
        with mpmath.workdps(400):  # hypotheses hold far beyond the precision used below
            sample = _draw(everything, size, rng)
            for block in blocks:
                number = next((int(m) for m in block if m.is_Integer), None)
                if number is None:
                    if not free_places:
                        raise CaseError(f"{len(blocks)} different indices need more than {size}")
                    number = free_places.pop(0)
                sample.indices.update({member: number for member in block})
            for equation in equations:
                _satisfy(equation, sample)
        with mpmath.workdps(digits):
            left, right = _evaluate(a, sample, {}), _evaluate(b, sample, {})
            gap = abs(left - right) / max(1, abs(left), abs(right))
        named = {str(s): m for s, m in sample.indices.items()}
        found.append(Comparison(left, right, gap, tolerance, named))
    return max(found, key=lambda comparison: comparison.gap)


# -------------------------------------------------------------------------- the concrete side


def _written_out(expression: Expr, size: int) -> Expr:
    """Write the sums out over ``1..size`` and take the derivatives, as SymPy does by itself."""
    replaced = expression.xreplace({n: Integer(size)})
    return replaced.doit()


def concrete_jacobian(size: int, temperature: Expr = S.One) -> sp.Matrix:
    r"""Return the Jacobian of softmax for `size` classes as an explicit matrix.

    The entries are SymPy's own derivatives of the written-out softmax, in
    ``z[1], …, z[size]``; row i, column k holds :math:`\partial p_i / \partial z_k`.

    Parameters
    ----------
    size : int
        Number of classes.
    temperature : Expr, optional
        Divides the logits.

    Returns
    -------
    sympy.Matrix, shape (size, size)

    Raises
    ------
    TypeError, ValueError
        If `size` is no positive integer.

    Examples
    --------
    >>> J = concrete_jacobian(3)
    >>> J.shape
    (3, 3)
    >>> as_function(J)([0.0, 0.0, 0.0]).round(3)
    array([[ 0.222, -0.111, -0.111],
           [-0.111,  0.222, -0.111],
           [-0.111, -0.111,  0.222]])
    """
    size, z = as_integer(size, "size", 1), vector("z")
    p = [_written_out(softmax(z, Integer(i), temperature, size), size) for i in range(1, size + 1)]
    return sp.Matrix(size, size, lambda i, k: p[i].diff(z[k + 1]))


def concrete_cross_entropy_gradient(
    size: int, target: int | None = None, temperature: Expr = S.One
) -> sp.Matrix:
    """Return the gradient of cross-entropy for `size` classes as an explicit column.

    Parameters
    ----------
    size : int
        Number of classes.
    target : int, optional
        Index of the right class, counted from 0 as NumPy does. Without it the target is the
        distribution ``y[1], …, y[size]``.
    temperature : Expr, optional
        Divides the logits.

    Returns
    -------
    sympy.Matrix, shape (size, 1)

    Raises
    ------
    TypeError, ValueError
        If `size` is no positive integer, or `target` no class index.

    Examples
    --------
    >>> gradient = as_function(concrete_cross_entropy_gradient(3, target=0))
    >>> gradient([2.0, -1.0, 0.5]).round(4)
    array([-0.2144,  0.0391,  0.1753])
    """
    size, z = as_integer(size, "size", 1), vector("z")
    y = vector("y")
    if target is not None:
        y = Integer(as_integer(target, "target", 0, size - 1) + 1)
    loss = _written_out(cross_entropy(z, y, temperature, size=Integer(size)), size)
    return sp.Matrix([loss.diff(z[k]) for k in range(1, size + 1)])


def concrete_cross_entropy_hessian(size: int, temperature: Expr = S.One) -> sp.Matrix:
    """Return the Hessian of cross-entropy for `size` classes (the same for every target).

    It is that of log-sum-exp: the rest of the loss is linear in the logits when the target sums
    to 1.

    Parameters
    ----------
    size, temperature
        As `concrete_jacobian`.

    Returns
    -------
    sympy.Matrix, shape (size, size)

    Raises
    ------
    TypeError, ValueError
        If `size` is no positive integer.
    """
    size, z = as_integer(size, "size", 1), vector("z")
    value = _written_out(logsumexp(z, temperature, size), size)
    return sp.Matrix(size, size, lambda i, k: value.diff(z[i + 1], z[k + 1]))


def as_function(matrix: sp.Matrix) -> Callable[..., np.ndarray]:
    """Compile an explicit matrix to a NumPy function.

    Parameters
    ----------
    matrix : sympy.Matrix
        In the entries of ``z``, and possibly of ``y`` and in ``T``.

    Returns
    -------
    callable
        ``f(logits)``, ``f(logits, target)`` if the matrix has entries of ``y``; with ``T`` the
        keyword ``temperature`` is required. A column comes back one-dimensional. It raises
        ``TypeError`` for missing or needless arguments, ``ValueError`` for other shapes.

    Raises
    ------
    TypeError
        If `matrix` is no SymPy matrix.
    ValueError
        If the matrix has other vectors than ``z`` and ``y``.

    Examples
    --------
    >>> f = as_function(concrete_cross_entropy_gradient(2))
    >>> f([0.0, 0.0], [1.0, 0.0])
    array([-0.5,  0.5])
    """
    if not isinstance(matrix, sp.MatrixBase):
        raise TypeError(f"matrix must be a SymPy matrix, got {matrix!r}")
    entries = sorted(matrix.atoms(Indexed), key=lambda e: (str(e.base), int(e.indices[0])))
    size = max(matrix.shape)
    names = sorted({str(entry.base.label) for entry in entries} | {"z"}, reverse=True)
    if not set(names) <= {"z", "y"}:
        raise ValueError(f"only z and y can be arguments, the matrix has {names}")
    arguments = [[vector(name)[m] for m in range(1, size + 1)] for name in names]
    needs_temperature = temperature in matrix.free_symbols
    if needs_temperature:
        arguments.append(temperature)
    compiled = sp.lambdify(arguments, matrix, modules="numpy", cse=True)

    def evaluate(logits, target=None, *, temperature=None):
        given = [logits] if "y" not in names else [logits, target]
        if ("y" in names) != (target is not None):
            raise TypeError(f"this function takes {' and '.join(names)}")
        if needs_temperature != (temperature is not None):
            raise TypeError("temperature is " + ("required" if needs_temperature else "not used"))
        arrays = [np.asarray(argument, dtype=float) for argument in given]
        for array in arrays:
            if array.shape != (size,):
                raise ValueError(f"expected shape ({size},), got {array.shape}")
        if needs_temperature:
            arrays.append(float(temperature))
        result = np.asarray(compiled(*arrays), dtype=float)
        return result[:, 0] if matrix.cols == 1 and matrix.rows > 1 else result

    return evaluate
