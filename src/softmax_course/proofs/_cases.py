"""Assumptions of a proof, and the ways in which its free indices can coincide under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sympy import Eq, Expr, Ne, Sum, Symbol

from softmax_course.proofs.expressions import n


def is_index(expression: Expr) -> bool:
    """Tell whether an expression is the symbol of a class index."""
    return isinstance(expression, Symbol) and bool(expression.is_integer) and expression != n


def split_assumptions(assumptions: Iterable[Eq | Ne]) -> tuple[list[Eq], list[Eq | Ne]]:
    """Separate equations between numbers from statements about which indices coincide."""
    equations, coincidences = [], []
    for assumption in assumptions:
        if not isinstance(assumption, Eq | Ne):
            raise TypeError(f"an assumption is an Eq or a Ne, not {assumption!r}")
        sides_are_indices = all(is_index(side) or side.is_Integer for side in assumption.args)
        if sides_are_indices and any(is_index(side) for side in assumption.args):
            coincidences.append(assumption)
        elif isinstance(assumption, Eq):
            equations.append(assumption)
        else:
            raise TypeError(f"only indices can be assumed to be different, not {assumption}")
    return equations, coincidences


def free_indices(*expressions: Expr) -> list[Expr]:
    """Return the indices that no sum binds, sorted by name."""
    # Not ``free_symbols``: for a derivative it leaves out the variable, and with it ``k`` of z[k].
    found = set()
    for expression in expressions:
        bound = {limits[0] for e in expression.atoms(Sum) for limits in e.limits}
        found |= {s for s in expression.atoms(Symbol) - bound if is_index(s)}
    return sorted(found, key=lambda s: s.name)


def index_cases(
    indices: Iterable[Expr], coincidences: Sequence[Eq | Ne]
) -> list[tuple[dict[Expr, Expr], list[list[Expr]]]]:
    """Return, for every allowed case, the replacements that put one name on equal indices."""
    mentioned = {side for assumption in coincidences for side in assumption.args}
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
        raise ValueError(f"these assumptions contradict each other: {list(coincidences)}")
    return cases


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
    for assumption in coincidences:
        left, right = (block_of.get(side) for side in assumption.args)
        if left is None or right is None:
            continue
        if (left == right) != isinstance(assumption, Eq):
            return False
    return True
