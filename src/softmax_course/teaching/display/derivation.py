r"""A derivation as it is shown: in the book, in JupyterLab, and as one formula of LaTeX.

`derivation_steps` says once what is shown, with reasons in the reader's language; the other forms
are made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from softmax_course.teaching.words import text

if TYPE_CHECKING:
    from softmax_course.proofs.derivation import Derivation, Step, UnprovedStepError

#: The type of `derivation_steps` as an output of a notebook: the book makes a list of it.
STEPS_TYPE = "application/vnd.polyglot-book.steps+json"

# Sets a line off from the reason of the line above. The gap that LaTeX has for this, in brackets
# after the end of a row, is ignored by Temml.
_STRUT = r"\rule{0em}{2.4em}"

# How much of a formula fits beside another on a phone, in signs that are seen.
_ROW_WIDTH = 22


def derivation_steps(derivation: Derivation | UnprovedStepError) -> dict[str, Any]:
    r"""Return what is shown of a derivation as plain data, fit for JSON.

    Formulas are LaTeX without dollar signs, everything else words in the reader's language:
    ``left`` and ``steps`` (``relation``, ``expression``, ``reason``, ``lemma``), and if there are
    any, ``definitions`` and what is ``given`` (``label``, ``formulas``).

    Of an error that stopped a proof it is the line that does not follow: its two sides, and as the
    reason which line it is and what the sides are at n = 4.
    """
    if isinstance(derivation, Exception):
        return _unproved(derivation)
    shown: dict[str, Any] = {}
    if derivation.definitions:
        formulas = [f"{name} := {formula}" for name, formula in derivation.definitions.items()]
        shown["definitions"] = {"label": text("derivation.notation"), "formulas": formulas}
    if derivation.assumptions:
        formulas = list(derivation.assumptions)
        shown["given"] = {"label": text("derivation.given"), "formulas": formulas}
    shown["left"] = derivation.left
    # What needs no step is seen at once, without a reason.
    shown["steps"] = [_step(step) for step in derivation.steps] or [
        {"relation": derivation.relation, "expression": derivation.right}
    ]
    return shown


def _step(step: Step) -> dict[str, str]:
    shown = {
        "relation": step.relation,
        "expression": step.expression,
        "reason": text(f"derivation.reasons.{step.reason}"),
    }
    if step.lemma is not None:
        shown["lemma"] = step.lemma
    return shown


def _unproved(error: UnprovedStepError) -> dict[str, Any]:
    check = error.check
    left, right = (
        f"{float(side):.6g}".replace("-", "\N{MINUS SIGN}")
        for side in (check.numbers.left, check.numbers.right)
    )
    which = "unproved_claim" if error.is_claim else "unproved_step"
    step = {
        "relation": rf"\overset{{?}}{{{check.relation}}}",
        "expression": check.right,
        "reason": text(f"derivation.{which}", line=check.line, left=left, right=right),
    }
    return {"left": check.left, "steps": [step]}


def derivation_markdown(derivation: Derivation | UnprovedStepError) -> str:
    r"""Return a derivation as a numbered list in Markdown, with the words outside of the formulas.

    JupyterLab sets formulas with MathJax, which takes a word apart into letters; for scripts
    that join them, such as Bengali, nothing readable is left. There is no HTML around formulas:
    jupyterlab-myst would show their LaTeX.
    """
    shown = derivation_steps(derivation)
    blocks = [
        f"**{shown[key]['label']}** {', '.join(map(_inline, shown[key]['formulas']))}"
        for key in ("definitions", "given")
        if key in shown
    ]
    blocks.append(_inline(shown["left"]))
    for number, step in enumerate(shown["steps"], start=1):
        line = _inline(f"{step['relation']} {step['expression']}")
        blocks.append(f"{number}. {line}")
        if "reason" in step:
            lemma = f" ${step['lemma']}$" if "lemma" in step else ""
            blocks.append(f"   {step['reason']}{lemma}")
    return "\n\n".join(blocks)


def _inline(formula: str) -> str:
    return rf"$\displaystyle {formula}$"


def derivation_latex(derivation: Derivation | UnprovedStepError) -> str:
    r"""Return a derivation as an ``aligned`` environment, without dollar signs.

    Each reason stands under its line, in smaller type, so that the lines fit a phone.
    """
    shown = derivation_steps(derivation)
    left = shown["left"]
    rows = _definitions(shown["definitions"]["formulas"]) if "definitions" in shown else []
    if given := shown.get("given"):
        conditions = r",\quad ".join(given["formulas"])
        rows.append(rf"&\text{{{given['label']}}}\quad {conditions}")
    opening = rf"{left} &"
    if r"\sum" in left and "reason" in shown["steps"][0]:
        # A long left side has a row of its own: the lines below keep their width for phones.
        rows.append(rf"&{_STRUT} {left}")
        opening = "&"
    for step in shown["steps"]:
        strut = _STRUT if "reason" in step else ""
        rows.append(rf"{opening}{strut} {step['relation']} {step['expression']}")
        if "reason" in step:
            rows.append(rf"&\quad \small \text{{{step['reason']}}}")
        if "lemma" in step:
            rows.append(rf"&\quad \small \textstyle {step['lemma']}")
        opening = "&"
    body = r" \\ ".join(rows)
    return rf"\begin{{aligned}} {body} \end{{aligned}}"


def _definitions(formulas: Iterable[str]) -> list[str]:
    """Set the definitions, as many on a row as a phone has room for."""
    rows: list[list[str]] = []
    room = 0
    for piece in formulas:
        # Signs that are seen: a sum with its limits counts as one, a fraction as both its parts.
        seen = re.sub(r"\\sum_\{\w=1\}\^\{\w\}|\\operatorname|\\(?:left|right)|[{}^_ ]", "", piece)
        width = len(re.sub(r"\\[a-zA-Z]+", "m", seen)) + 3
        if rows and width <= room:
            rows[-1].append(piece)
            room -= width
        else:
            rows.append([piece])
            room = _ROW_WIDTH - width
    return ["&" + r",\quad ".join(row) for row in rows]
