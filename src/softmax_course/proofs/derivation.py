r"""Derivations that are checked line by line, for every number of classes.

A `Derivation` is data: a claim and steps, each a formula and the reason for it. `derive` checks
every step twice before it returns:

1. *proved* equal to the line before, for all n and all indices (`normal_form.difference`);
2. *evaluated* at n = 4 with sums written out and derivatives taken by ``mpmath.diff``
   (`numeric_check.compare_numerically`); the two sides must agree to 60 digits.

Formulas are LaTeX (see `softmax_course.proofs.latex`), and the same text is displayed: what a
reader sees is what was checked.

Examples
--------
>>> from softmax_course import Step, derive
>>> found = derive(
...     r"\frac{\partial \log S}{\partial z_k} = p_k",
...     Step(r"\frac{1}{S} \frac{\partial S}{\partial z_k}", "chain_rule"),
...     Step(r"\frac{e^{z_k}}{S}", "exp_derivatives"),
...     Step(r"p_k", "definition"),
...     definitions={"S": r"\sum_{j=1}^{n} e^{z_j}", "p_i": r"\frac{e^{z_i}}{S}"},
... )
>>> len(found.checks)
4

A wrong step is named:

>>> derive(
...     r"\frac{\partial \log S}{\partial z_k} = p_k",
...     Step(r"\frac{\partial S}{\partial z_k}", "chain_rule"),
...     definitions={"S": r"\sum_{j=1}^{n} e^{z_j}", "p_i": r"\frac{e^{z_i}}{S}"},
... )  # doctest: +ELLIPSIS, +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
softmax_course.proofs.derivation.UnprovedStepError: line 1 …
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import mpmath
from sympy import Eq, Expr, Ne

from softmax_course._checks import as_choice, as_names, as_text
from softmax_course.proofs.latex import Notation, NotationError, split_relation
from softmax_course.proofs.normal_form import abbreviate_softmax, difference, is_nonnegative
from softmax_course.proofs.numeric_check import Comparison, compare_numerically


@dataclass(frozen=True)
class Step:
    r"""One line of a derivation.

    Attributes
    ----------
    expression : str
        The formula, as LaTeX.
    reason : str
        Key of the reason in the ``[derivation.reasons]`` table of the message files.
    lemma : str, optional
        An equation that the reason rests on, as LaTeX; it is proved too, and shown.
    relation : {"=", "\\ge"}, optional
        How the line follows. ``\ge`` is proved only where the form shows it: a difference that is
        a sum of nonnegative terms.

    See Also
    --------
    derive : Checks the steps of a claim.

    Examples
    --------
    >>> Step(r"\frac{e^{z_k}}{S}", "definition").relation
    '='
    """

    expression: str
    reason: str
    lemma: str | None = None
    relation: str = "="

    def __post_init__(self) -> None:
        as_text(self.expression, "expression")
        as_text(self.reason, "reason")
        if self.lemma is not None:
            as_text(self.lemma, "lemma")
        as_choice(self.relation, "relation", ("=", r"\ge"))


@dataclass(frozen=True)
class Check:
    """What was found out about one line.

    Attributes
    ----------
    line : int
        Number of the step, from 1; one past the last is the claim itself.
    left, relation, right : str
        LaTeX of the two sides, and how they are related.
    difference : sympy.Expr
        Of the two sides, 0 if they are proved equal.
    numbers : Comparison
        The two sides at n = 4.

    See Also
    --------
    Derivation : Holds the checks of its lines.
    """

    line: int
    left: str
    relation: str
    right: str
    difference: Expr
    numbers: Comparison


class UnprovedStepError(ValueError):
    """A step of a derivation that does not follow from the line before.

    Its message is English; a notebook that displays it shows it in the reader's language.

    Parameters
    ----------
    name : str
        Name of the derivation.
    check : Check
        The line, both sides, their difference, and numbers.
    is_claim : bool
        Whether the claim itself does not follow from the last step.

    See Also
    --------
    derive : Raises it.
    """

    def __init__(self, name: str, check: Check, is_claim: bool = False):
        self.name, self.check, self.is_claim = name, check, is_claim
        if is_claim:
            message = f"the last line of the derivation {name!r} is not what it claims"
        else:
            message = (
                f"line {check.line} of the derivation {name!r} does not follow from the line before"
            )
        lines = [message, f"  from: {check.left}", f"  to:   {check.right}"]
        if check.difference != 0:
            lines.append(f"  difference, for every n: {abbreviate_softmax(check.difference)}")
        indices = "".join(f", {s} = {m}" for s, m in sorted(check.numbers.indices.items()))
        left, right = (mpmath.nstr(x, 12) for x in (check.numbers.left, check.numbers.right))
        lines.append(f"  at n = 4{indices}: {left} against {right}")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Derivation:
    r"""A proved claim with the steps that lead to it.

    Made by `derive`, which has checked it. In a notebook that has called `language.use` it is shown
    in the reader's language.

    Attributes
    ----------
    name : str
        Name of the theorem.
    left, relation, right : str
        The claim, as LaTeX.
    steps : tuple of Step
        From the left side to the right side.
    definitions : mapping of str to str
        LaTeX of the names used.
    assumptions : tuple of str
        What is assumed, as LaTeX.
    checks : tuple of Check
        One for each step, and one for the claim.

    See Also
    --------
    derive : Makes it.
    softmax_course.theorems : The derivations of the course.
    """

    name: str
    left: str
    relation: str
    right: str
    steps: tuple[Step, ...]
    definitions: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def statement(self) -> str:
        """The claim as LaTeX, without dollar signs."""
        return f"{self.left} {self.relation} {self.right}"

    @property
    def largest_gap(self) -> mpmath.mpf:
        """The largest gap between two equal lines at n = 4, of about ``1e-80``."""
        return max(check.numbers.gap for check in self.checks if check.relation == "=")

    def __repr__(self) -> str:
        return f"<Derivation {self.name}: {self.statement}; {len(self.steps)} steps, proved>"


def derive(
    claim: str,
    *steps: Step,
    definitions: Mapping[str, str] | None = None,
    assumptions: Iterable[str] = (),
    name: str = "claim",
) -> Derivation:
    r"""Check a derivation line by line and return it.

    Parameters
    ----------
    claim : str
        ``left = right`` (or ``left \ge right``) as LaTeX.
    *steps : Step
        Lines that lead from the left side to the right side.
    definitions : mapping of str to str, optional
        Names used and their formulas, see `softmax_course.proofs.latex.Notation`.
    assumptions : iterable of str, optional
        What may be used, as LaTeX: ``\sum_{j=1}^{n} y_j = 1``, ``i \ne k``.
    name : str, optional
        Name in error messages.

    Returns
    -------
    Derivation
        With one check for each step, and one for the claim.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    UnprovedStepError
        At the first line that is not proved, or whose two sides differ at n = 4.
    NotationError
        If a formula cannot be read.
    ValueError
        If the claim says = and a step shows only ≥, or the other way round; if the assumptions
        contradict each other or cannot be used.

    See Also
    --------
    Step : One line.
    softmax_course.theorems : The derivations of the course.

    Examples
    --------
    >>> derive(
    ...     r"\sum_{i=1}^{n} p_i = 1",
    ...     Step(r"\frac{1}{S} \sum_{i=1}^{n} e^{z_i}", "common_factor"),
    ...     Step("1", "cancel"),
    ...     definitions={"S": r"\sum_{j=1}^{n} e^{z_j}", "p_i": r"\frac{e^{z_i}}{S}"},
    ...     name="sum of probabilities",
    ... )
    <Derivation sum of probabilities: \sum_{i=1}^{n} p_i = 1; 2 steps, proved>
    """
    as_text(claim, "claim")
    for step in steps:
        if not isinstance(step, Step):
            raise TypeError(f"after the claim come its steps, each a Step, got {step!r}")
    assumptions = tuple(as_names(assumptions, "assumptions"))
    notation = Notation(definitions)
    relations = [notation.relation(assumption) for assumption in assumptions]
    left, relation, right = split_relation(claim)
    strongest = r"\ge" if any(step.relation == r"\ge" for step in steps) else "="
    if steps and relation != strongest:
        raise ValueError(f"{name}: the claim says {relation}, its steps show {strongest}")

    checks: list[Check] = []
    previous = left
    for line, step in enumerate(steps, start=1):
        if step.lemma is not None:
            _check(name, notation, line, split_relation(step.lemma), relations)
        proposition = (previous, step.relation, step.expression)
        checks.append(_check(name, notation, line, proposition, relations))
        previous = step.expression
    end = (previous, relation if not steps else "=", right)
    checks.append(_check(name, notation, len(steps) + 1, end, relations, is_claim=True))
    return Derivation(
        name, left, relation, right, tuple(steps), notation.definitions, assumptions, tuple(checks)
    )


def _check(
    name: str,
    notation: Notation,
    line: int,
    proposition: tuple[str, str, str],
    assumptions: list[Eq | Ne],
    is_claim: bool = False,
) -> Check:
    left, relation, right = proposition
    try:
        a, b = notation.read(left), notation.read(right)
    except NotationError as error:
        raise NotationError(f"{name}, {line}: {error}") from None
    numbers = compare_numerically(a, b, assumptions)
    if relation == "=":
        gap = difference(a, b, assumptions)
        holds = gap == 0 and numbers.agrees
    else:
        gap = a - b
        holds = is_nonnegative(gap) and bool(numbers.left >= numbers.right)
    check = Check(line, left, relation, right, gap, numbers)
    if not holds:
        raise UnprovedStepError(name, check, is_claim)
    return check
