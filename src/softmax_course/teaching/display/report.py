"""A report as a table, in the reader's language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from softmax_course.teaching._numbers import superscript
from softmax_course.teaching.display.table import Table, table
from softmax_course.teaching.words import text

if TYPE_CHECKING:
    from softmax_course.verification.report import Report, Row


def report_table(report: Report) -> Table:
    """Return a report as a table: what was compared, its error, the bound, the verdict."""
    return table(
        [
            (
                _compared(row),
                row.error,
                row.bound,
                text("report.holds" if row.holds else "report.broken"),
            )
            for row in report.rows
        ],
        head=[text(f"report.{key}") for key in ("compared", "error", "bound", "verdict")],
        formats=[None, ".1e", ".1e", None],
        caption=text("report.caption", subject=text(f"report.subjects.{report.formula}")),
    )


def _compared(row: Row) -> str:
    values = {
        name: f"10{superscript(round(math.log10(value)))}" if name == "step" else value
        for name, value in row.values.items()
    }
    # "n = 3" stays on one line of a narrow table.
    return text(f"report.rows.{row.key}", **values).replace(" = ", "\u00a0=\u00a0")
