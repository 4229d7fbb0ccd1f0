"""Compare two expressions by numbers, at a fixed number of classes.

No rule of `softmax_course.proofs.normal_form` is used to evaluate an expression, so that a mistake
in one of the two ways is seen by the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy as sp
from sympy import (
    Add,
    Derivative,
    Eq,
    Expr,
    Indexed,
    KroneckerDelta,
    Mul,
    Ne,
    Pow,
    S,
    Sum,
    Symbol,
    exp,
    log,
)

from softmax_course.proofs._cases import free_indices, index_cases, is_index, split_assumptions
from softmax_course.proofs.expressions import POSITIVE_VECTORS, n
from softmax_course.proofs.normal_form import outer_sum, solve_linear

SIZE = 4  # classes: room for indices that differ, yet sums are short
DIGITS = 80  # of the working precision
TOLERANCE = 1e-60


@dataclass
class _Sample:
    """Numbers for every symbol, at ``n = SIZE``."""

    vectors: dict[str, list] = field(default_factory=dict)
    scalars: dict[str, object] = field(default_factory=dict)
    indices: dict[Expr, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Two values that should be equal, in the case where they differ most.

    Attributes
    ----------
    left, right : mpmath.mpf
        The two values.
    gap : mpmath.mpf
        Their distance, ``|left - right| / max(1, |left|, |right|)``.
    indices : mapping of str to int
        The class that each free index stood for.
    """

    left: mpmath.mpf
    right: mpmath.mpf
    gap: mpmath.mpf
    indices: Mapping[str, int]

    @property
    def agrees(self) -> bool:
        """Whether the gap is within the tolerance."""
        return bool(self.gap <= TOLERANCE)


def _evaluate(e: Expr, sample: _Sample, bound: Mapping[Expr, int]) -> mpmath.mpf:
    """Evaluate as written: sums by adding up, derivatives by ``mpmath.diff``."""
    ctx = mpmath.mp
    if isinstance(e, Sum):
        summand, (variable, lower, upper) = outer_sum(e)
        last = SIZE if upper == n else int(upper)
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
        return ctx.mpf(SIZE) if e == n else sample.scalars[e.name]
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


def _draw(expressions: Sequence[Expr], rng: random.Random) -> _Sample:
    """Draw exact binary fractions, so that they mean the same at every working precision."""

    def between(low: float, high: float) -> mpmath.mpf:
        return mpmath.mpf(int((low + (high - low) * rng.random()) * 2**30)) / 2**30

    sample = _Sample()
    entries = {entry for e in expressions for entry in e.atoms(Indexed)}
    for name in sorted({str(entry.base.label) for entry in entries}):
        low, high = (0.1, 0.3) if name in POSITIVE_VECTORS else (-2, 2)
        sample.vectors[name] = [between(low, high) for _ in range(SIZE)]
    labels = {entry.base.label for entry in entries}
    symbols = {s for e in expressions for s in e.atoms(Symbol)}
    for symbol in sorted(symbols - labels - {n}, key=lambda s: s.name):
        if not is_index(symbol):
            low, high = (0.3, 0.9) if symbol.is_positive else (-1, 1)
            sample.scalars[symbol.name] = between(low, high)
    return sample


def _satisfy(equation: Eq, sample: _Sample) -> None:
    """Change one entry so that an assumption, linear in that entry, holds."""
    unknown, _ = solve_linear(equation)
    if isinstance(unknown, Sum):
        bound = unknown.limits[0][0]
        entries = [e for e in unknown.atoms(Indexed) if e.indices[0] == bound]
        entry, position = min(entries, key=str), SIZE
    else:
        entry, position = unknown, _position(unknown.indices[0], sample, {})
    place = sample.vectors[str(entry.base.label)]
    residual = equation.lhs - equation.rhs

    def at(x):
        place[position - 1] = mpmath.mpf(x)
        return _evaluate(residual, sample, {})

    at_zero, at_one = at(0), at(1)
    if at_zero == at_one or abs(at(at_zero / (at_zero - at_one))) > mpmath.mpf(10) ** -300:
        raise ValueError(f"found no numbers that satisfy {equation}")


def compare_numerically(a: Expr, b: Expr, assumptions: Iterable[Eq | Ne] = ()) -> Comparison:
    """Evaluate two expressions at n = 4, in every case of coinciding indices.

    The numbers drawn satisfy the assumptions. The case with the largest gap is returned.

    References
    ----------
    The mpmath development team (2023). mpmath: a Python library for arbitrary-precision
    floating-point arithmetic (version 1.3.0). https://mpmath.org
    """
    a, b = sp.sympify(a), sp.sympify(b)
    equations, coincidences = split_assumptions(assumptions)
    everything = [a, b, *(side for e in equations for side in e.args)]
    rng = random.Random(20)
    found = []
    for _, blocks in index_cases(free_indices(*everything), coincidences):
        fixed = {int(m) for block in blocks for m in block if m.is_Integer}
        free_places = [m for m in (2, 4, 1, 3) if m not in fixed]
        with mpmath.workdps(400):  # assumptions hold far beyond the precision used below
            sample = _draw(everything, rng)
            for block in blocks:
                number = next((int(m) for m in block if m.is_Integer), None)
                if number is None:
                    if not free_places:
                        raise ValueError(f"{len(blocks)} different indices need more than {SIZE}")
                    number = free_places.pop(0)
                sample.indices.update({member: number for member in block})
            for equation in equations:
                _satisfy(equation, sample)
        with mpmath.workdps(DIGITS):
            left, right = _evaluate(a, sample, {}), _evaluate(b, sample, {})
            gap = abs(left - right) / max(1, abs(left), abs(right))
        named = {str(s): m for s, m in sample.indices.items()}
        found.append(Comparison(left, right, gap, named))
    return max(found, key=lambda comparison: comparison.gap)
