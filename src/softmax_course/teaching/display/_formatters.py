"""How IPython finds the functions of this package."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from softmax_course.teaching.display.derivation import (
    STEPS_TYPE,
    derivation_latex,
    derivation_markdown,
    derivation_steps,
)
from softmax_course.teaching.display.report import report_table

if TYPE_CHECKING:
    from softmax_course.proofs.derivation import Derivation, UnprovedStepError

# Classes by module and name: naming them does not import SymPy.
_DERIVATION = ("softmax_course.proofs.derivation", "Derivation")
_UNPROVED = ("softmax_course.proofs.derivation", "UnprovedStepError")
_REPORT = ("softmax_course.verification.report", "Report")

_FORMATTERS: tuple[tuple[str, tuple[str, str], Callable[..., Any]], ...] = (
    ("text/html", _REPORT, lambda report: report_table(report)._repr_html_()),
    (
        "text/plain",
        _REPORT,
        lambda report, printer, cycle: printer.text(repr(report_table(report))),
    ),
)


def _derivation_bundle(derivation: Derivation | UnprovedStepError) -> dict[str, Any]:
    return {
        STEPS_TYPE: derivation_steps(derivation),
        "text/markdown": derivation_markdown(derivation),
        "text/latex": f"$$\n{derivation_latex(derivation)}\n$$",
    }


def register() -> None:
    """Show derivations and reports in the language in use, where IPython runs.

    Of a derivation the book takes the steps, JupyterLab the Markdown, VS Code and Colab the LaTeX.
    Elsewhere nothing is done.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    display = shell.display_formatter
    # IPython has no formatter for a type of our own: all forms of a derivation come as one bundle.
    for name in (_DERIVATION, _UNPROVED):
        display.mimebundle_formatter.for_type_by_name(*name, _derivation_bundle)
    for mime, name, function in _FORMATTERS:
        display.formatters[mime].for_type_by_name(*name, function)
