r"""Decide whether two expressions of symbolic length are equal.

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

from collections.abc import Iterable, Iterator, Sequence

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

from softmax_course.proofs.expressions import n, temperature, vector

__all__ = [
    "CaseError",
    "difference",
    "is_nonnegative",
    "normal_form",
    "proves",
    "readable",
]


# One bound index per nesting depth: equal sums then are equal objects.
BOUND_INDICES = [Dummy(f"j{depth}", integer=True, positive=True) for depth in range(8)]


class CaseError(ValueError):
    """The hypotheses contradict each other, or no numbers that satisfy them were found."""


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
    >>> from softmax_course.proofs.expressions import index, vector, partial, logsumexp, softmax
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
    summand, (variable, lower, upper) = outermost(expression)
    if lower != 1:
        raise ValueError(f"a sum over the classes starts at 1, not at {lower}")
    body = normal_form(summand)
    if upper.is_Integer:
        written_out = [body.xreplace({variable: Integer(m)}) for m in range(1, int(upper) + 1)]
        return normal_form(Add(*written_out))
    return Add(*(_sum_of_term(term, variable, upper) for term in Add.make_args(body)))


def outermost(expression: Sum) -> tuple[Expr, sp.Tuple]:
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
    bound = BOUND_INDICES[_depth(inside)]
    return expand(outside * Sum(inside.xreplace({variable: bound}), (bound, 1, upper)))


def _depth(expression: Expr) -> int:
    """Return how deep sums are nested in an expression in normal form."""
    below = max((_depth(argument) for argument in expression.args), default=0)
    return below + len(expression.limits) if isinstance(expression, Sum) else below


# --------------------------------------------------------------------------- hypotheses, cases


def is_index(expression: Expr) -> bool:
    return isinstance(expression, Symbol) and bool(expression.is_integer) and expression != n


def split_assumptions(given: Iterable[Eq | Ne]) -> tuple[list[Eq], list[Eq | Ne]]:
    """Separate equations between numbers from statements about which indices coincide."""
    equations, coincidences = [], []
    for hypothesis in given:
        if not isinstance(hypothesis, Eq | Ne):
            raise TypeError(f"a hypothesis is an Eq or a Ne, not {hypothesis!r}")
        sides_are_indices = all(is_index(side) or side.is_Integer for side in hypothesis.args)
        if sides_are_indices and any(is_index(side) for side in hypothesis.args):
            coincidences.append(hypothesis)
        elif isinstance(hypothesis, Eq):
            equations.append(hypothesis)
        else:
            raise TypeError(f"only indices can be given as different, not {hypothesis}")
    return equations, coincidences


def free_indices(*expressions: Expr) -> list[Expr]:
    # Not ``free_symbols``: for a derivative it leaves out the variable, and with it ``k`` of z[k].
    found = set()
    for expression in expressions:
        bound = {limits[0] for e in expression.atoms(Sum) for limits in e.limits}
        found |= {s for s in expression.atoms(Symbol) - bound if is_index(s)}
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


def index_cases(
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


def atom_of(equation: Eq) -> tuple[Expr, Expr, Expr]:
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
        atom, value, _ = atom_of(equation)
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
    >>> from softmax_course.proofs.expressions import index, vector, partial, softmax, log_softmax
    >>> z, i, k = vector("z"), index("i"), index("k")
    >>> slope = partial(log_softmax(z, i), z[k])
    >>> difference(slope, -softmax(z, k), given=[Ne(i, k)])
    0
    >>> difference(slope, -softmax(z, k), given=[Eq(i, k)])
    1
    """
    equations, coincidences = split_assumptions(given)
    gap = _substitute(normal_form(sp.sympify(a) - sp.sympify(b)), equations)
    if _vanishes(gap):
        return S.Zero
    # Only indices met in a delta can matter; the others need no cases.
    met = {side for delta in gap.atoms(KroneckerDelta) for side in delta.args[:2]}
    for same, _ in index_cases(met, coincidences):
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

    >>> from softmax_course.proofs.expressions import cross_entropy, index, partial, softmax
    >>> from softmax_course.proofs.expressions import total, vector
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
    >>> from softmax_course.proofs.expressions import vector, softmax, total
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
    names = {d: Symbol(next(letters)) for d in BOUND_INDICES if expression.has(d)}
    arguments = {a.exp for a in expression.atoms(exp) if a.exp.atoms(Indexed)}
    divisors = {a / next(iter(a.atoms(Indexed))) for a in arguments if len(a.atoms(Indexed)) == 1}
    for divisor in sorted(divisors, key=str):
        if divisor.atoms(Indexed) or not (divisor.is_Rational or divisor == 1 / temperature):
            continue
        base = vector("z")
        whole = Sum(exp(base[BOUND_INDICES[0]] * divisor), (BOUND_INDICES[0], 1, n))
        expression = expression.xreplace({whole: size}).replace(
            lambda e, d=divisor: isinstance(e, exp) and (e.exp / d).func is Indexed,
            lambda e, d=divisor: p[(e.exp / d).indices[0]] * size,
        )
    expression = normal_form(expression)
    if size in expression.free_symbols:
        expression = expression.xreplace({size: Symbol("S", positive=True)})
    return sp.factor_terms(expression.xreplace(names))
