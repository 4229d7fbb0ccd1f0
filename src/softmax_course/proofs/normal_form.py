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

from collections.abc import Iterable, Sequence

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

from softmax_course.proofs._cases import index_cases, split_assumptions
from softmax_course.proofs.expressions import n, temperature, vector

# One bound index per nesting depth: equal sums then are equal objects.
BOUND_INDICES = [Dummy(f"j{depth}", integer=True, positive=True) for depth in range(8)]


# ------------------------------------------------------------------------------- normal form


def normal_form(expression: Expr) -> Expr:
    """Take the derivatives, collapse the deltas, expand, and name bound indices canonically.

    Examples
    --------
    >>> from softmax_course.proofs.expressions import derivative, index, logsumexp, softmax, vector
    >>> z, k = vector("z"), index("k")
    >>> normal_form(derivative(logsumexp(z), z[k]) - softmax(z, k))
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
    summand, (variable, lower, upper) = outer_sum(expression)
    if lower != 1:
        raise ValueError(f"a sum over the classes starts at 1, not at {lower}")
    body = normal_form(summand)
    if upper.is_Integer:
        written_out = [body.xreplace({variable: Integer(m)}) for m in range(1, int(upper) + 1)]
        return normal_form(Add(*written_out))
    return Add(*(_sum_of_term(term, variable, upper) for term in Add.make_args(body)))


def outer_sum(expression: Sum) -> tuple[Expr, sp.Tuple]:
    """Return the summand and the limits of the outermost sum.

    SymPy merges a sum of sums into one object with several limits.
    """
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


# -------------------------------------------------------------------------- equality


def solve_linear(equation: Eq) -> tuple[Expr, Expr]:
    """Solve an equation for a sum or an entry of a vector in which it is linear."""
    residual = normal_form(equation.lhs - equation.rhs)
    candidates = [*_maximal(residual, Sum), *_maximal(residual, Indexed)]
    for unknown in sorted(candidates, key=lambda a: (isinstance(a, Indexed), a.sort_key())):
        coefficient = residual.coeff(unknown)
        rest = expand(residual - coefficient * unknown)
        if not rest.has(unknown) and (coefficient.is_nonzero or _is_positive(coefficient)):
            return unknown, expand(-rest / coefficient)
    raise ValueError(f"cannot use the assumption {equation}: no sum or entry to solve it for")


def _maximal(expression: Expr, kind: type) -> list[Expr]:
    """Return the factors of the terms of `expression` that are of a `kind`."""
    factors = (f for term in Add.make_args(expression) for f in Mul.make_args(term))
    return list(dict.fromkeys(f for f in factors if isinstance(f, kind)))


def _substitute(expression: Expr, equations: Sequence[Eq]) -> Expr:
    for equation in equations:
        unknown, value = solve_linear(equation)
        expression = normal_form(expression.xreplace({unknown: value}))
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


def difference(a: Expr, b: Expr, assumptions: Iterable[Eq | Ne] = ()) -> Expr:
    """Return ``a - b`` in normal form; it is 0 if the two are proved equal.

    Where the answer depends on which indices coincide, the first case that is not 0 is returned.
    Assumptions are ``Eq(class_sum(lambda j: y[j]), 1)``, ``Eq(i, k)`` or ``Ne(i, k)``.
    """
    equations, coincidences = split_assumptions(assumptions)
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


def are_equal(a: Expr, b: Expr, assumptions: Iterable[Eq | Ne] = ()) -> bool:
    """Tell whether two expressions are proved equal for every n, all entries and all indices.

    Examples
    --------
    The gradient of cross-entropy is :math:`p - y`, provided that the target sums to 1:

    >>> from softmax_course.proofs.expressions import class_sum, cross_entropy, derivative
    >>> from softmax_course.proofs.expressions import index, softmax, vector
    >>> z, y, k = vector("z"), vector("y"), index("k")
    >>> gradient = derivative(cross_entropy(z, y), z[k])
    >>> are_equal(gradient, softmax(z, k) - y[k])
    False
    >>> are_equal(gradient, softmax(z, k) - y[k], assumptions=[Eq(class_sum(lambda j: y[j]), 1)])
    True
    """
    return difference(a, b, assumptions) == 0


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

    Sums and products of positive factors and of even powers pass; a difference never does.
    """
    e = sp.sympify(e)
    if isinstance(e, Sum):
        return is_nonnegative(e.function)
    if isinstance(e, Add | Mul):
        return all(map(is_nonnegative, e.args)) or _is_positive(e)
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp.is_even:
        return bool(e.exp.is_positive)
    return e == 0 or _is_positive(e)


def abbreviate_softmax(expression: Expr) -> Expr:
    """Write the softmax in an expression as ``p[i]``, and its denominator as ``S``."""
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
