"""Softmax of numbers that arrive one at a time: a maximum, a sum, and a factor between them."""

from __future__ import annotations

from math import exp

from softmax_course.numerics.online import OnlineLogSumExp
from softmax_course.teaching.explorables._explorable import (
    Explorable,
    element,
    explorable,
    messages,
    number,
    svg,
)

NUMBERS = (1.0, 3.0, 2.0, 5.0, 4.0, 0.0, 6.0, 3.0)

#: How many are read before the reader is asked; the next is larger than all of them.
START = 3

#: What the numbers may be.
RANGE = (-2.0, 7.0)

# Places of the picture, as in assets/online.js.
_EDGE, _STEP, _FLOOR, _BASE, _TALL = 18.0, 40.5, 118.0, 204.0, 62.0
_UNIT = 98 / (RANGE[1] - RANGE[0])


def online() -> Explorable:
    """Show softmax reading numbers one at a time, and two halves merged.

    Asks what becomes of the sum when a number larger than all before arrives; then numbers are read
    on, moved by hand, or split in two halves whose sums are merged.

    Returns
    -------
    Explorable
        Shown as HTML by Jupyter and in the book, as a table of all steps in a terminal.

    See Also
    --------
    softmax_course.OnlineLogSumExp : The same of arrays, block by block.

    Examples
    --------
    >>> online()
    Number  logits z  m  exp(m − m′)  d
    1       1         1  0.0000       1.0000
    2       3         3  0.1353       1.1353
    3       2         3  1.0000       1.5032
    4       5         5  0.1353       1.2034
    5       4         5  1.0000       1.5713
    6       0         5  1.0000       1.5781
    7       6         6  0.3679       1.5805
    8       3         6  1.0000       1.6303
    """
    words = messages("online")
    state = OnlineLogSumExp()
    rows = []
    for k, z in enumerate(NUMBERS, start=1):
        before = float(state.maximum)
        state.update([z])
        m = float(state.maximum)
        steps = (number(z, 0), number(m, 0), number(exp(before - m)), number(float(state.total)))
        rows.append((str(k), *steps))
    m = max(NUMBERS[:START])
    *_, total = rows[START - 1]
    caption = f"m = {number(m, 0)}, {words['symbol']} = {total}"
    return explorable(
        "online",
        picture=svg(360, 208, caption, *_parts(words["logits"], words["weights"])),
        caption=words["title"],
        heads=(words["order"], words["logits"], "m", "exp(m − m′)", words["symbol"]),
        rows=rows,
        data={"numbers": NUMBERS, "start": START, "range": RANGE},
    )


def _height(value: float) -> float:
    return _FLOOR - _UNIT * (value - RANGE[0])


def _parts(logits: str, weights: str) -> list[str]:
    zero, m = _height(0.0), max(NUMBERS[:START])
    small, unread = "smx-small smx-halo", ' class="smx-unread"'
    parts = [
        element("line", x1=0, x2=360, y1=zero, y2=zero, class_="smx-faint"),
        element("line", x1=0, x2=360, y1=_BASE, y2=_BASE, class_="smx-line"),
    ]
    for i, z in enumerate(NUMBERS):
        x, y = _EDGE + _STEP * (i + 0.5), _height(z)
        column = (
            element("line", x1=x, x2=x, y1=zero, y2=y, class_="smx-stem")
            + element("circle", cx=x, cy=y, r=8, class_="smx-fill")
            + element("text", number(z, 0), x=x, y=y - 12, text_anchor="middle", class_=small)
        )
        if i < START:
            tall = _TALL * exp(z - m)
            parts.append(
                element(
                    "rect",
                    x=x - 0.3 * _STEP,
                    y=_BASE - tall,
                    width=0.6 * _STEP,
                    height=tall,
                    class_="smx-fill",
                )
            )
        parts.append(f"<g{'' if i < START else unread}>{column}</g>")
    end = _EDGE + _STEP * START - 2
    return [
        *parts,
        element("line", x1=_EDGE + 2, x2=end, y1=_height(m), y2=_height(m), class_="smx-top"),
        element("text", "m", x=0, y=_height(m) + 4, class_=small),
        element("text", logits, x=0, y=12, class_=small),
        element("text", weights, x=0, y=_BASE - _TALL - 6, class_=small),
    ]
