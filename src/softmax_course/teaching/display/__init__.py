"""What the course computes and proves, as a notebook shows it in the reader's language.

`register` tells IPython how to show derivations and reports; the functions give the same text for
other uses.
"""

from softmax_course.teaching.display._formatters import register
from softmax_course.teaching.display.derivation import (
    STEPS_TYPE,
    derivation_latex,
    derivation_markdown,
    derivation_steps,
)
from softmax_course.teaching.display.report import report_table
from softmax_course.teaching.display.statements import statements
from softmax_course.teaching.display.table import table

__all__ = [
    "STEPS_TYPE",
    "derivation_latex",
    "derivation_markdown",
    "derivation_steps",
    "register",
    "report_table",
    "statements",
    "table",
]
