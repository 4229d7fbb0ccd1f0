r"""Derivations that are checked line by line, for every n, and shown in the reader's language.

A `Derivation` is data: a claim and steps, each a formula and the reason for it. `derive` checks
every step twice before it returns:

1. *proved* equal to the line before, for all n and all indices (`symbolic.difference`);
2. *evaluated* at n = 4 with sums written out and derivatives taken by ``mpmath.diff``; the two
   sides must agree to 60 digits.

Formulas are the LaTeX that is displayed (see `notation`): what the reader sees is what was checked.

Examples
--------
>>> from softmax_course.proofs.derivation import Step, derive
>>> found = derive(
...     r"\frac{\partial \log S}{\partial z_k} = p_k",
...     Step(r"\frac{1}{S} \frac{\partial S}{\partial z_k}", "chain_rule"),
...     Step(r"\frac{e^{z_k}}{S}", "only_own_term"),
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
softmax_course.proofs.derivation.UnprovedStep: line 1 …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import mpmath
from sympy import Eq, Expr, Ne

from softmax_course._checks import as_choice, as_names, as_text
from softmax_course.proofs.latex import Notation, NotationError, split_relation, to_latex
from softmax_course.proofs.normal_form import difference, is_nonnegative, readable
from softmax_course.proofs.numeric_check import Comparison, compare_numerically
from softmax_course.teaching import language

__all__ = ["Check", "Derivation", "Step", "UnprovedStep", "derive"]


# Sets a line off from the reason of the line above. The gap that LaTeX has for this, in brackets
# after the end of a row, is ignored by Temml.
_STRUT = r"\rule{0em}{2.4em}"


@dataclass(frozen=True)
class Step:
    r"""One line of a derivation.

    Parameters
    ----------
    expression : str or sympy.Expr
        The formula, as LaTeX (see `notation`). A SymPy expression is printed, and the print is
        read back and proved equal to it.
    reason : str
        Key of the reason in the ``[derivation.reasons]`` table of the message files.
    using : str, optional
        An equation that the reason rests on, shown beside it; it is proved too.
    relation : {"=", "\\ge"}, optional
        How the line follows. ``\ge`` is proved only where the form shows it: a difference that is
        a sum of nonnegative terms.
    """

    expression: str | Expr
    reason: str
    using: str | None = None
    relation: str = "="

    def __post_init__(self) -> None:
        as_choice(self.relation, "relation", ("=", r"\ge"))
        as_text(self.reason, "reason")
        if self.using is not None:
            as_text(self.using, "using")
        if not isinstance(self.expression, str | Expr):
            raise TypeError(
                f"expression must be LaTeX or a SymPy expression, got {self.expression!r}"
            )
        if not isinstance(self.expression, str):
            printed = to_latex(self.expression)
            gap = difference(Notation().read(printed), self.expression)
            if gap != 0:
                raise NotationError(f"{printed} does not mean {self.expression}")
            object.__setattr__(self, "expression", printed)


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
    holds : bool
        Whether proof and numbers both say so.
    """

    line: int
    left: str
    relation: str
    right: str
    difference: Expr
    numbers: Comparison
    holds: bool


class UnprovedStep(ValueError):
    """A step of a derivation that does not follow from the line before.

    Attributes
    ----------
    name : str
        Of the derivation.
    check : Check
        The line, both sides, their difference, and numbers.
    """

    def __init__(self, name: str, check: Check, last: bool):
        self.name, self.check = name, check
        values = {
            "name": name,
            "line": check.line,
            "left": check.left,
            "right": check.right,
            "difference": readable(check.difference),
            "left_value": mpmath.nstr(check.numbers.left, 12),
            "right_value": mpmath.nstr(check.numbers.right, 12),
            "indices": ", ".join(f"{s} = {m}" for s, m in sorted(check.numbers.indices.items())),
        }
        parts = [
            language.text(
                "derivation.unproved_claim" if last else "derivation.unproved_step", **values
            )
        ]
        parts.append(language.text("derivation.two_sides", **values))
        if check.difference != 0:
            parts.append(language.text("derivation.difference", **values))
        parts.append(language.text("derivation.numbers", **values))
        super().__init__("\n".join(parts))


@dataclass(frozen=True)
class Derivation:
    r"""A proved claim with the steps that lead to it.

    Made by `derive`, which has checked it. In a notebook it shows itself in the language in use
    (`language.use`), also when the language changes after the proof: JupyterLab takes the table of
    `markdown`, VS Code and the book (``nb_mime_priority_overrides``) the formula of `latex`.

    Attributes
    ----------
    name : str
        Name of the theorem.
    left, relation, right : str
        The claim, as LaTeX.
    steps : tuple of Step
        From the left side to the right side.
    definitions : dict
        LaTeX of the names used.
    given : tuple of str
        Hypotheses, as LaTeX.
    checks : tuple of Check
        One for each step, and one for the claim.
    """

    name: str
    left: str
    relation: str
    right: str
    steps: tuple[Step, ...]
    definitions: Mapping[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def statement(self) -> str:
        """The claim as LaTeX, without dollar signs."""
        return f"{self.left} {self.relation} {self.right}"

    @property
    def largest_gap(self) -> mpmath.mpf:
        """The largest gap between two equal lines at n = 4, of about ``1e-80``."""
        return max(check.numbers.gap for check in self.checks if check.relation == "=")

    def latex(self, layout: str = "stacked", definitions: bool = True) -> str:
        r"""Return the derivation as an ``aligned`` environment, without dollar signs.

        Parameters
        ----------
        layout : {"stacked", "wide"}, optional
            ``stacked`` puts the reason under its line, in smaller type, and fits a phone; ``wide``
            puts it to the right.
        definitions : bool, optional
            Whether to open with the definitions of the names used.

        Returns
        -------
        str

        Raises
        ------
        TypeError, ValueError
            If `layout` is neither.
        language.MissingMessageError
            If a reason is missing in the language in use.
        """
        as_choice(layout, "layout", ("stacked", "wide"))
        rows: list[str] = []
        if definitions:
            rows.extend(_header(self.definitions))
        if self.given:
            conditions = r",\quad ".join(self.given)
            rows.append(rf"&\text{{{language.text('derivation.given')}}}\quad {conditions}")
        opening = rf"{self.left} &"
        if r"\sum" in self.left and self.steps:
            # A long left side has a row of its own: the lines below keep their width for phones.
            rows.append(rf"&{_STRUT} {self.left}")
            opening = "&"
        if not self.steps:
            rows.append(rf"{self.left} &{self.relation} {self.right}")
        for step in self.steps:
            line = rf"{opening}{_STRUT} {step.relation} {step.expression}"
            opening = "&"
            rows.append(_with_reason(line, step, layout))
        body = r" \\ ".join(rows)
        return rf"\begin{{aligned}} {body} \end{{aligned}}"

    def markdown(self, definitions: bool = True) -> str:
        """Return the derivation as a Markdown table, with the words outside of the formulas.

        JupyterLab sets formulas with MathJax, which takes a word apart into letters; for scripts
        that join them, such as Bengali, nothing readable is left.

        Parameters
        ----------
        definitions : bool, optional
            Whether to open with the definitions of the names used.

        Returns
        -------
        str

        Raises
        ------
        language.MissingMessageError
            If a reason is missing in the language in use.
        """
        rows: list[tuple[str, str]] = []
        if definitions:
            rows.extend(("", f"$\\displaystyle {row[1:]}$") for row in _header(self.definitions))
        if self.given:
            conditions = ", ".join(rf"$\displaystyle {condition}$" for condition in self.given)
            rows.append(("", f"{language.text('derivation.given')} {conditions}"))
        opening = rf"$\displaystyle {self.left}$"
        if not self.steps:
            rows.append((opening, rf"$\displaystyle {self.relation} {self.right}$"))
        for step in self.steps:
            reason = language.text(f"derivation.reasons.{step.reason}")
            if step.using:
                reason += f" ${step.using}$"
            line = rf"$\displaystyle {step.relation} {step.expression}$"
            rows.append((opening, f"{line}<br><small>{reason}</small>"))
            opening = ""
        return "\n".join(["| | |", "|--:|:--|", *(f"| {a} | {b} |" for a, b in rows)])

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        return f"<Derivation {self.name}: {self.statement}; {len(self.steps)} steps, proved>"


def _header(definitions: Mapping[str, str]) -> list[str]:
    """Set the definitions, as many on a row as a phone has room for."""
    rows: list[list[str]] = []
    room = 0
    for name, formula in definitions.items():
        piece = rf"{name} := {formula}"
        # Signs that are seen: a sum with its limits counts as one, a fraction as both its parts.
        seen = re.sub(r"\\sum_\{\w=1\}\^\{\w\}|\\operatorname|\\(?:left|right)|[{}^_ ]", "", piece)
        width = len(re.sub(r"\\[a-zA-Z]+", "m", seen)) + 3
        if rows and width <= room:
            rows[-1].append(piece)
            room -= width
        else:
            rows.append([piece])
            room = 22 - width
    return ["&" + r",\quad ".join(row) for row in rows]


def _with_reason(line: str, step: Step, layout: str) -> str:
    reason = rf"\text{{{language.text(f'derivation.reasons.{step.reason}')}}}"
    if layout == "wide":
        return rf"{line} && {reason}" + (rf"\ \ {step.using}" if step.using else "")
    rows = [line, rf"&\quad \small {reason}"]
    if step.using:
        rows.append(rf"&\quad \small \textstyle {step.using}")
    return r" \\ ".join(rows)


def derive(
    claim: str,
    *steps: Step,
    definitions: Mapping[str, str] | None = None,
    given: Iterable[str] = (),
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
        Names used and their formulas, see `notation.Notation`.
    given : iterable of str, optional
        Hypotheses as LaTeX: ``\sum_{j=1}^{n} y_j = 1``, ``i \ne k``.
    name : str, optional
        For messages.

    Returns
    -------
    Derivation

    Raises
    ------
    TypeError
        If an argument is of another kind.
    UnprovedStep
        At the first line that is not proved, or whose two sides differ at n = 4.
    NotationError
        If a formula cannot be read.
    ValueError
        If the claim says = and a step shows only ≥, or the other way round.
    CaseError
        If the hypotheses contradict each other or cannot be used.
    """
    as_text(claim, "claim")
    for step in steps:
        if not isinstance(step, Step):
            raise TypeError(f"after the claim come its steps, each a Step, got {step!r}")
    given = tuple(as_names(given, "given"))
    notation = Notation(definitions)
    hypotheses = [notation.relation(condition) for condition in given]
    left, relation, right = split_relation(claim)
    strongest = r"\ge" if any(step.relation == r"\ge" for step in steps) else "="
    if steps and relation != strongest:
        raise ValueError(f"{name}: the claim says {relation}, its steps show {strongest}")

    checks: list[Check] = []
    previous = left
    for line, step in enumerate(steps, start=1):
        if step.using is not None:
            _check(name, notation, line, step.using, hypotheses)
        proposition = (previous, step.relation, step.expression)
        checks.append(_check(name, notation, line, proposition, hypotheses))
        previous = step.expression
    end = (previous, relation if not steps else "=", right)
    checks.append(_check(name, notation, len(steps) + 1, end, hypotheses, last=True))
    return Derivation(
        name, left, relation, right, tuple(steps), notation.definitions, given, tuple(checks)
    )


def _check(
    name: str,
    notation: Notation,
    line: int,
    proposition: str | tuple[str, str, str],
    hypotheses: list[Eq | Ne],
    last: bool = False,
) -> Check:
    if isinstance(proposition, str):
        proposition = split_relation(proposition)
    left, relation, right = proposition
    try:
        a, b = notation.read(left), notation.read(right)
    except NotationError as error:
        raise NotationError(f"{name}, {line}: {error}") from None
    numbers = compare_numerically(a, b, hypotheses)
    if relation == "=":
        gap = difference(a, b, hypotheses)
        holds = gap == 0 and numbers.agrees
    else:
        gap = a - b
        holds = is_nonnegative(gap) and bool(numbers.left >= numbers.right)
    check = Check(line, left, relation, right, gap, numbers, holds)
    if not holds:
        raise UnprovedStep(name, check, last)
    return check
