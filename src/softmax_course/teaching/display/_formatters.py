"""How IPython finds the functions of this package."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from softmax_course.teaching.display.derivation import derivation_latex, derivation_markdown
from softmax_course.teaching.display.report import report_table

# Classes by module and name: naming them does not import SymPy.
_DERIVATION = ("softmax_course.proofs.derivation", "Derivation")
_REPORT = ("softmax_course.verification.report", "Report")

_FORMATTERS: tuple[tuple[str, tuple[str, str], Callable[..., Any]], ...] = (
    ("text/latex", _DERIVATION, lambda derivation: f"$$\n{derivation_latex(derivation)}\n$$"),
    ("text/markdown", _DERIVATION, derivation_markdown),
    ("text/html", _REPORT, lambda report: report_table(report)._repr_html_()),
    (
        "text/plain",
        _REPORT,
        lambda report, printer, cycle: printer.text(repr(report_table(report))),
    ),
)


def register() -> None:
    """Show derivations and reports in the language in use, where IPython runs.

    JupyterLab takes the Markdown of a derivation; VS Code and the book
    (``nb_mime_priority_overrides``) take the LaTeX. Elsewhere nothing is done.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    for mime, (module, name), function in _FORMATTERS:
        shell.display_formatter.formatters[mime].for_type_by_name(module, name, function)
