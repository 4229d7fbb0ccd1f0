"""A dial: the logits grow, and four formats of numbers show which bits are left of exp(z)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, frexp, inf, isinf, isnan, ldexp, log
from typing import NamedTuple

from softmax_course.numerics.functional import softmax
from softmax_course.teaching.explorables._explorable import (
    Explorable,
    element,
    explorable,
    messages,
    number,
    svg,
)


class Format(NamedTuple):
    """How many bits a format of numbers has for the exponent and for the fraction."""

    exponent: int
    fraction: int

    @property
    def least(self) -> int:
        """The exponent of the smallest normal number."""
        return 2 - 2 ** (self.exponent - 1)

    @property
    def overflow(self) -> float:
        """The least z, in tenths, whose exponential is infinite."""
        half = 2.0 ** -(self.fraction + 2)  # what is left of the last step rounds to infinity
        return ceil(10 * (2 ** (self.exponent - 1) * log(2) + log(1 - half))) / 10


FORMATS = {
    "float16": Format(5, 10),
    "bfloat16": Format(8, 7),
    "float32": Format(8, 23),
    "float64": Format(11, 52),
}

#: The three logits are the dial's and these steps from it.
OFFSETS = (0.0, -0.7, -2.3)
START = 11.5

#: The dial is a logarithm: its ends are ±(10 to this, less one), 812.
REACH = 2.91

# Places of the picture, as in assets/overflow.js: 64 cells, a line of text above each strip.
_CELL, _GAP, _LINE = 5.5, 4, 44


def overflow() -> Explorable:
    """Show exp(z) bit by bit in four formats, and what two formulas of softmax make of it.

    Asks from which logit on bfloat16 overflows; then a dial takes the logits up and down, and the
    formula as written stands beside the shifted one and the right answer, each operation rounded to
    the format.

    Returns
    -------
    Explorable
        Shown as HTML by Jupyter and in the book, as a table of the start in a terminal.

    See Also
    --------
    softmax_course.figures.overflow_map : Where each formula fails, as a map.

    Examples
    --------
    >>> overflow()
    Format    exp(z₁)  p₁, as written  p₁, shifted
    float16   ∞        nan             0.6265
    bfloat16  98816    0.6211          0.6250
    float32   98716    0.6262          0.6262
    float64   98716    0.6262          0.6262
    """
    words = messages("overflow")
    rows = []
    strips = []
    for place, (name, kind) in enumerate(FORMATS.items()):
        z = [round_to(START + offset, kind) for offset in OFFSETS]
        weight = round_to(_exp(z[0]), kind)
        shifted = [round_to(value - max(z), kind) for value in z]
        shown = (number(weight, 0), number(_share(z, kind)), number(_share(shifted, kind)))
        rows.append((name, *shown))
        strips.append(_strip(place, f"{name}   exp(z₁) = {shown[0]}", bits(weight, kind)))
    logits = ", ".join(number(START + offset, 1) for offset in OFFSETS)
    caption = f"z = ({logits}), p₁ = {number(softmax(OFFSETS)[0])}"
    return explorable(
        "overflow",
        picture=svg(360, _LINE * len(FORMATS), caption, *strips),
        caption=caption,
        heads=(
            words["format"],
            "exp(z₁)",
            *(f"p₁, {words[key]}" for key in ("naive", "shifted")),
        ),
        rows=rows,
        data={
            "offsets": OFFSETS,
            "start": START,
            "reach": REACH,
            "limits": {name: kind.overflow for name, kind in FORMATS.items()},
        },
    )


def round_to(value: float, kind: Format) -> float:
    """Return the number of a format nearest to a float64, of two the even one.

    Parameters
    ----------
    value : float
        Any float64, infinities and nan among them.
    kind : Format
        Bits of the exponent and of the fraction.

    Returns
    -------
    float
        A number of the format; an infinity beyond the largest.

    See Also
    --------
    bits : How the format writes it.

    Examples
    --------
    >>> round_to(2049.0, FORMATS["float16"]), round_to(65520.0, FORMATS["float16"])
    (2048.0, inf)
    """
    if value == 0 or isinf(value) or isnan(value):
        return value
    gap = 2.0 ** (max(frexp(value)[1] - 1, kind.least) - kind.fraction)
    near = round(value / gap) * gap if kind.fraction < 52 else value
    return near if abs(near) < 2 ** (2 ** (kind.exponent - 1)) else inf if near > 0 else -inf


def bits(value: float, kind: Format) -> tuple[str, str, str]:
    """Return how a format writes one of its numbers.

    Parameters
    ----------
    value : float
        A number of the format or an infinity.
    kind : Format
        Bits of the exponent and of the fraction.

    Returns
    -------
    tuple of str
        Binary digits of sign, exponent and fraction.

    See Also
    --------
    round_to : Turns any number into one of the format.

    Examples
    --------
    >>> bits(-1.5, FORMATS["float16"])
    ('1', '01111', '1000000000')
    """
    exponent, fraction = 2**kind.exponent - 1, 0
    if not isinf(value):
        power = frexp(value)[1] - 1
        is_normal = value != 0 and power >= kind.least
        exponent = power - kind.least + 1 if is_normal else 0
        scaled = ldexp(abs(value), kind.fraction - (power if is_normal else kind.least))
        fraction = int(scaled) - (2**kind.fraction if is_normal else 0)
    return (
        "1" if value < 0 else "0",
        f"{exponent:0{kind.exponent}b}",
        f"{fraction:0{kind.fraction}b}",
    )


def _share(z: Sequence[float], kind: Format) -> float:
    """Return the first share of the formula as written, each operation rounded to a format."""
    weights = [round_to(_exp(value), kind) for value in z]
    total = weights[0]
    for weight in weights[1:]:
        total = round_to(total + weight, kind)
    return round_to(weights[0] / total, kind)


def _exp(value: float) -> float:
    try:
        return exp(value)
    except OverflowError:
        return inf


def _strip(place: int, title: str, fields: Sequence[str]) -> str:
    """Draw the bits of a number: a one is a full box, a zero a pale one."""
    top, first = _LINE * place + 20, 0.0
    parts = [element("text", title, x=0, y=top - 6, class_="smx-small")]
    for field, color in zip(fields, (2, 1, 3), strict=True):
        for bit, kind in (("1", ""), ("0", " smx-zero")):
            boxes = "".join(
                f"M{first + _CELL * i:g} {top}h{_CELL - 1:g}v14h-{_CELL - 1:g}z"
                for i, digit in enumerate(field)
                if digit == bit
            )
            parts.append(element("path", d=boxes, class_=f"smx-c{color}{kind}"))
        first += _CELL * len(field) + _GAP
    return "".join(parts)
