r"""A derivation as LaTeX and as Markdown, with its reasons in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from softmax_course.teaching.words import text

if TYPE_CHECKING:
    from softmax_course.proofs.derivation import Derivation, Step


# Sets a line off from the reason of the line above. The gap that LaTeX has for this, in brackets
# after the end of a row, is ignored by Temml.
_STRUT = r"\rule{0em}{2.4em}"

# How much of a formula fits beside another on a phone, in signs that are seen.
_ROW_WIDTH = 22


def derivation_latex(derivation: Derivation) -> str:
    r"""Return a derivation as an ``aligned`` environment, without dollar signs.

    Each reason stands under its line, in smaller type, so that the lines fit a phone.
    """
    rows = _definitions(derivation.definitions)
    if derivation.assumptions:
        conditions = r",\quad ".join(derivation.assumptions)
        rows.append(rf"&\text{{{text('derivation.given')}}}\quad {conditions}")
    opening = rf"{derivation.left} &"
    if r"\sum" in derivation.left and derivation.steps:
        # A long left side has a row of its own: the lines below keep their width for phones.
        rows.append(rf"&{_STRUT} {derivation.left}")
        opening = "&"
    if not derivation.steps:
        rows.append(rf"{derivation.left} &{derivation.relation} {derivation.right}")
    for step in derivation.steps:
        rows.append(rf"{opening}{_STRUT} {step.relation} {step.expression}")
        rows.append(rf"&\quad \small \text{{{_reason(step)}}}")
        if step.lemma:
            rows.append(rf"&\quad \small \textstyle {step.lemma}")
        opening = "&"
    body = r" \\ ".join(rows)
    return rf"\begin{{aligned}} {body} \end{{aligned}}"


def derivation_markdown(derivation: Derivation) -> str:
    r"""Return a derivation as a Markdown table, with the words outside of the formulas.

    JupyterLab sets formulas with MathJax, which takes a word apart into letters; for scripts
    that join them, such as Bengali, nothing readable is left.
    """
    rows = [("", f"$\\displaystyle {row[1:]}$") for row in _definitions(derivation.definitions)]
    if derivation.assumptions:
        conditions = ", ".join(rf"$\displaystyle {a}$" for a in derivation.assumptions)
        rows.append(("", f"{text('derivation.given')} {conditions}"))
    opening = rf"$\displaystyle {derivation.left}$"
    if not derivation.steps:
        rows.append((opening, rf"$\displaystyle {derivation.relation} {derivation.right}$"))
    for step in derivation.steps:
        reason = _reason(step)
        if step.lemma:
            reason += f" ${step.lemma}$"
        line = rf"$\displaystyle {step.relation} {step.expression}$"
        rows.append((opening, f"{line}<br><small>{reason}</small>"))
        opening = ""
    return "\n".join(["| | |", "|--:|:--|", *(f"| {a} | {b} |" for a, b in rows)])


def _reason(step: Step) -> str:
    return text(f"derivation.reasons.{step.reason}")


def _definitions(definitions: Mapping[str, str]) -> list[str]:
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
            room = _ROW_WIDTH - width
    return ["&" + r",\quad ".join(row) for row in rows]
