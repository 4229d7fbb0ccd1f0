"""Tables of numbers that line up in a browser as in a terminal, in every script.

A column padded with spaces drifts from its head as soon as the head is Bengali or Chinese: no
monospace font gives their letters the width of digits. `table` leaves the columns to HTML, and to
the widths of Unicode where there is none.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np

from softmax_course._checks import as_names, as_text
from softmax_course.teaching import words
from softmax_course.teaching._numbers import SUPERSCRIPTS, power_of_ten

#: How the numbers of a column are written: a format of `format`, or a function.
Format: TypeAlias = str | Callable[[Any], str] | None

_NARROW_SPACE = "\u202f"  # does not break
_TIMES = re.compile("[·×]")  # before a power of ten, as the language writes it

#: Widths of signs in digits, at least those of common fonts; for all others, 1.
_IN_DIGITS = {".": 0.6, "·": 0.6, "×": 1.0, "%": 1.6, **dict.fromkeys(SUPERSCRIPTS.values(), 0.7)}

# Styles stand at the elements: a notebook's output has no other place that JupyterLab, VS Code and
# the book all keep. Colors are those of the page.
_TABLE = "width: auto; margin-inline: 0; font-size: 0.85em"
_CAPTION = "caption-side: top; text-align: start"
# Between Chinese characters a line may break anywhere: names of one or two of them stay whole.
_HEAD = "white-space: normal; word-break: keep-all; vertical-align: bottom"
_WORDS = "padding: 0.3em 0.5em; text-align: start; word-break: keep-all"
_NUMBER = (
    "padding: 0.3em 0.5em; text-align: right; white-space: nowrap; "
    "font-variant-numeric: tabular-nums"
)


@dataclass(frozen=True)
class Table:
    """A table that shows itself as HTML in a notebook, as text in a terminal; made by `table`."""

    rows: tuple[tuple[Any, ...], ...]
    head: tuple[str, ...]
    formats: tuple[Format, ...]
    caption: str | None = None
    row_heads: bool = True

    @cached_property
    def _numeric(self) -> list[bool]:
        """Whether a column holds numbers, or nothing, in all its cells."""
        return [
            any(map(_is_number, column)) and all(c is None or _is_number(c) for c in column)
            for column in zip(*self.rows, strict=True)
        ]

    def _columns(self) -> list[list[str]]:
        # Not cached: truth is a word of the language in use.
        return [
            [_write(cell, how) for cell in column]
            for column, how in zip(zip(*self.rows, strict=True), self.formats, strict=True)
        ]

    def _repr_html_(self) -> str:
        columns = [
            _align_html(column) if numeric else [escape(cell) for cell in column]
            for column, numeric in zip(self._columns(), self._numeric, strict=True)
        ]
        styles = [_NUMBER if numeric else _WORDS for numeric in self._numeric]
        head = "".join(
            f'<th scope="col" style="{style}; {_HEAD}">{escape(name)}</th>' if name else "<td></td>"
            for name, style in zip(self.head, styles, strict=True)
        )
        opening = [f'<td style="{style}">' for style in styles]
        closing = ["</td>"] * len(styles)
        if self.row_heads:
            opening[0] = f'<th scope="row" style="{styles[0]}; font-weight: normal">'
            closing[0] = "</th>"
        body = "".join(
            f"<tr>{''.join(map(''.join, zip(opening, row, closing, strict=True)))}</tr>"
            for row in zip(*columns, strict=True)
        )
        title = escape(self.caption or "")
        caption = title and f'<caption style="{_CAPTION}">{title}</caption>'
        label = title or escape(", ".join(filter(None, self.head)))
        return (
            # A table wider than the screen scrolls by itself, with the keyboard too.
            f'<div role="region" tabindex="0" aria-label="{label}" style="overflow-x: auto">'
            f'<table class="table" style="{_TABLE}">{caption}'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def __repr__(self) -> str:
        columns = [
            [head, *(_align_text(column) if numeric else column)]
            for head, column, numeric in zip(self.head, self._columns(), self._numeric, strict=True)
        ]
        widths = [max(map(_width, column)) for column in columns]
        lines = [
            "  ".join(
                _pad(cell, width, right=numeric)
                for cell, width, numeric in zip(row, widths, self._numeric, strict=True)
            ).rstrip()
            for row in zip(*columns, strict=True)
        ]
        return "\n".join(lines if self.caption is None else [self.caption, *lines])


def table(
    rows: Iterable[Iterable[Any]],
    head: Sequence[str],
    formats: Format | Sequence[Format] | Mapping[str, Format] = None,
    *,
    caption: str | None = None,
    row_heads: bool = True,
) -> Table:
    """Lay rows of numbers and words out as a table.

    Numbers are aligned by the decimal point and written with a true minus sign; very large and
    small ones as 1.2·10⁻⁵. A column with words is aligned at its start. `None` is an empty place,
    a dash; `True` and `False` are written in the language in use.

    Parameters
    ----------
    rows : iterable of iterables
        The cells: numbers, texts, truth values, `None`, vectors as tuples or lists. Anything else
        is shown as `str` gives it.
    head : sequence of str
        One head for each column.
    formats : str, callable, sequence or mapping, optional
        How numbers are written: a format such as ``".3f"``, ``".1%"`` or ``".1e"``, or a function
        that returns a text. One for all columns is for numbers that are not integers; a sequence
        has one for each column, a mapping names columns by their heads. Without a format integers
        are written in full and other numbers to four digits.
    caption : str, optional
        A title above the table.
    row_heads : bool, default True
        Whether the first column names the rows, for readers who listen.

    Returns
    -------
    Table
        Shown as HTML by Jupyter and in the book, as text in a terminal.

    Raises
    ------
    TypeError
        If `head` or `caption` is no text, or a format is neither text nor function.
    ValueError
        If there are no rows, a row has not one cell for each head, or a format is for no column.

    See Also
    --------
    softmax_course.report : A table of checks from proof to numbers.

    Examples
    --------
    >>> table([(0.5, 0.951, 1e-5), (10, -0.25, 2.0)], ["T", "p₁", "error"], [None, ".2f", ".1e"])
       T     p₁     error
     0.5   0.95  1.0·10⁻⁵
    10    −0.25  2.0
    """
    names = tuple(as_names(head, "head"))
    cells = tuple(tuple(map(_scalar, row)) for row in rows)
    if not cells or not names:
        raise ValueError("a table has at least one column and one row")
    for place, row in enumerate(cells):
        if len(row) != len(names):
            raise ValueError(f"row {place} has {len(row)} cells for {len(names)} heads: {row!r}")
    if caption is not None:
        as_text(caption, "caption")
    return Table(cells, names, _one_for_each(formats, names), caption, bool(row_heads))


def _scalar(cell: Any) -> Any:
    """Take what a NumPy array without axes holds."""
    return cell.item() if isinstance(cell, np.ndarray) and cell.ndim == 0 else cell


def _one_for_each(formats: Any, head: tuple[str, ...]) -> tuple[Format, ...]:
    if isinstance(formats, Mapping):
        if unknown := [name for name in formats if name not in head]:
            raise ValueError(f"formats for no column: {unknown}; the heads are {list(head)}")
        chosen = [formats.get(name) for name in head]
    elif formats is None or isinstance(formats, str) or callable(formats):
        # The format of all columns is not for integers, which have no digits to spare.
        chosen = [None if formats is None else _unless_integer(formats)] * len(head)
    else:
        chosen = list(formats)
        if len(chosen) != len(head):
            raise ValueError(f"{len(chosen)} formats for {len(head)} columns")
    for one in chosen:
        if not (one is None or isinstance(one, str) or callable(one)):
            raise TypeError(f"a format is a text, a function or None, not {one!r}")
    return tuple(chosen)


def _unless_integer(how: str | Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: _write_number(value, None if isinstance(value, Integral) else how)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, bool | np.bool)


def _write(cell: Any, how: Format) -> str:
    if cell is None:
        return "—"
    if isinstance(cell, bool | np.bool):
        return words.text("table.true" if cell else "table.false")
    if _is_number(cell):
        return _write_number(cell, how)
    if isinstance(cell, tuple | list):
        # A vector, which stays on one line.
        return "(" + ",\u00a0".join(_write(item, how) for item in cell) + ")"
    return str(cell).replace("\n", " ")


def _write_number(value: Real, how: Format) -> str:
    if callable(how):
        return how(value)
    if isinstance(value, Integral):
        shown = format(int(value), how or "d")
    else:
        # NumPy's, SymPy's and mpmath's numbers know only some formats, or none.
        shown = format(float(value), how or ".4g")
    return typeset(shown.strip(), float(value) if math.isfinite(value) else value)


def typeset(shown: str, value: Any) -> str:
    """Write a formatted number as it is printed: −1.2·10⁻⁵, not -1.2e-05.

    Parameters
    ----------
    shown : str
        The number as Python formats it.
    value : number
        The number itself.

    Returns
    -------
    str
        The same with a true minus sign, none before zero, and powers of ten.

    See Also
    --------
    table : Lays such numbers out.

    Examples
    --------
    >>> typeset("-1.2e-05", -1.2e-5), typeset("-0.00", -0.001)
    ('−1.2·10⁻⁵', '0.00')
    """
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if math.isnan(value):
        return "nan"
    if not any(digit in shown for digit in "123456789"):
        shown = shown.replace("-", "")  # no minus zero
    digits, _, power = shown.lower().partition("e")
    if power:
        exponent = int(power)
        if value == 0:
            digits = "0"
        elif exponent:
            digits += power_of_ten(exponent)
    return digits.replace("-", "−").replace(",", _NARROW_SPACE)


# Alignment


def _split(cell: str) -> tuple[str, str]:
    """Split a number before its decimal point."""
    whole, point, rest = cell.partition(".")
    if not point:
        power = _TIMES.search(cell)
        start = power.start() if power else len(cell)
        return cell[:start], cell[start:]
    return whole, point + rest


def _align_html(column: Sequence[str]) -> list[str]:
    """Give what follows the decimal points one width, where it differs, at the right of a cell."""
    pairs = [_split(cell) for cell in column]
    powers = any(_TIMES.search(rest) for _, rest in pairs)
    if len({_width(rest) for _, rest in pairs}) == 1 and not powers:
        return [escape(cell) for cell in column]
    room = max(sum(_IN_DIGITS.get(sign, 1.0) for sign in rest) for _, rest in pairs)
    style = f"display: inline-block; min-width: {room:.1f}ch; text-align: left"
    return [f'{escape(whole)}<span style="{style}">{escape(rest)}</span>' for whole, rest in pairs]


def _align_text(column: Sequence[str]) -> list[str]:
    """Pad what follows the decimal points to one width."""
    pairs = [_split(cell) for cell in column]
    room = max(_width(rest) for _, rest in pairs)
    return [whole + _pad(rest, room) for whole, rest in pairs]


def _width(text: str) -> int:
    """Count the columns of a terminal that a text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    # Marks stand on the letter before; format controls are not seen.
    unseen = sum(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in text)
    return len(text) + wide - unseen


def _pad(text: str, width: int, right: bool = False) -> str:
    room = " " * (width - _width(text))
    return room + text if right else text + room
