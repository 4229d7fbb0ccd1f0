"""Derivations and reports as a notebook shows them, in the reader's language.

`register` tells IPython how; the functions give the same text for other uses.
"""

from softmax_course.teaching.display._formatters import register
from softmax_course.teaching.display.derivation import derivation_latex, derivation_markdown
from softmax_course.teaching.display.report import report_html, report_text

__all__ = [
    "derivation_latex",
    "derivation_markdown",
    "register",
    "report_html",
    "report_text",
]
