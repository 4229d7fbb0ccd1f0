"""A report as a table, in HTML and as plain text, in the reader's language."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from softmax_course.teaching.words import text

if TYPE_CHECKING:
    from softmax_course.verification.report import Report, Row

__all__ = ["report_html", "report_text"]

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def report_html(report: Report) -> str:
    """Return a report as an HTML table.

    Parameters
    ----------
    report : Report
        What to show.

    Returns
    -------
    str
        A table with headers and a caption, which scrolls by itself where it is wider than the
        screen.

    Raises
    ------
    LookupError
        If a word is missing in the language in use.

    See Also
    --------
    report_text : The same table as plain text.
    softmax_course.report : Makes a report.

    Examples
    --------
    >>> from softmax_course import report
    >>> "<td" in report_html(report("jacobian"))
    True
    """
    cell = "padding: 0.3em 0.4em; text-align: start"
    number = f"{cell}; white-space: nowrap"
    heads = "".join(f'<th scope="col" style="{cell}">{escape(head)}</th>' for head in _heads())
    lines = "".join(
        f'<tr><th scope="row" style="{cell}; font-weight: normal">'
        f"{escape(_compared(row))}</th>"
        f'<td style="{number}">{_html_number(row.error)}</td>'
        f'<td style="{number}">{_html_number(row.bound)}</td>'
        f'<td style="{number}">{escape(_verdict(row))}</td></tr>'
        for row in report.rows
    )
    caption = escape(_caption(report))
    return (
        # A table wider than the screen scrolls by itself, with the keyboard too.
        f'<div role="region" tabindex="0" aria-label="{caption}" style="overflow-x: auto">'
        f'<table class="table" style="font-size: 0.85em">'
        f'<caption style="caption-side: top">{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def report_text(report: Report) -> str:
    """Return a report as a table of plain text.

    Parameters
    ----------
    report : Report
        What to show.

    Returns
    -------
    str
        A caption, a line of headers and one line for each row.

    Raises
    ------
    LookupError
        If a word is missing in the language in use.

    See Also
    --------
    report_html : The same table for a browser.
    softmax_course.report : Makes a report.

    Examples
    --------
    >>> from softmax_course import report
    >>> print(report_text(report("jacobian")).splitlines()[0])
    Verification: Jacobian of softmax
    """
    table = [_heads()]
    table += [
        [_compared(row), _plain_number(row.error), _plain_number(row.bound), _verdict(row)]
        for row in report.rows
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in table
    ]
    return "\n".join([_caption(report), *lines])


def _caption(report: Report) -> str:
    return text("report.caption", subject=text(f"report.subjects.{report.formula}"))


def _heads() -> list[str]:
    return [text(f"report.{key}") for key in ("compared", "error", "bound", "verdict")]


def _compared(row: Row) -> str:
    values = {
        name: _power_of_ten(value) if name == "step" else value
        for name, value in row.values.items()
    }
    # "n = 3" stays on one line of a narrow table.
    return text(f"report.rows.{row.key}", **values).replace(" = ", "\u00a0=\u00a0")


def _power_of_ten(value: float) -> str:
    return "10" + str(round(math.log10(value))).translate(_SUPERSCRIPTS)


def _verdict(row: Row) -> str:
    return text("report.holds" if row.holds else "report.broken")


def _plain_number(x: float) -> str:
    return f"{x:.1e}" if x else "0"


def _html_number(x: float) -> str:
    if x == 0 or not math.isfinite(x):
        return f"{x:g}"
    digits, power = f"{x:.1e}".split("e")
    sign = "−" if int(power) < 0 else ""
    return f"{digits}·10<sup>{sign}{abs(int(power))}</sup>"
