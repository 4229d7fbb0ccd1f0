"""What the explorables share: the object that a call returns, and the parts of a still picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, isinf, isnan, log10
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course.teaching import _widget, words
from softmax_course.teaching.display.table import table

#: What every script of an explorable builds on; the playground too.
CORE = ("elements.js", "explorable.js", "explorable.css")


@dataclass(frozen=True)
class Explorable:
    """An explorable in the language of the moment it was made; made by `explorable`.

    `picture` and the table of `rows` show the start where there are no scripts; `data` goes to the
    script.
    """

    name: str
    picture: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    data: Mapping[str, Any]
    tag: str

    def _repr_html_(self) -> str:
        body = still(self.picture, self.caption, self.heads, self.rows)
        label = self.data["words"]["title"]
        return _widget.widget(self.name, body, self.data, lang=self.tag, label=label, shared=CORE)

    def __repr__(self) -> str:
        return repr(table(self.rows, self.heads))


def messages(name: str) -> dict[str, Any]:
    """Return the words of an explorable: those of all and its own."""
    shared = words.table("explorables")
    own = shared[name]
    return {
        **{key: text for key, text in shared.items() if isinstance(text, str)},
        "times": words.text("table.times"),
        **own,
    }


def explorable(
    name: str,
    *,
    picture: str,
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    data: Mapping[str, Any],
) -> Explorable:
    """Return an explorable with the words of the language in use among its data."""
    return Explorable(
        name,
        picture,
        caption,
        tuple(heads),
        tuple(map(tuple, rows)),
        {**data, "words": messages(name)},
        words.text("language.tag"),
    )


def still(picture: str, caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the HTML of the start: a picture over a table whose first column names the rows."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return (
        f'<div class="smx-still">\n{picture}\n'
        f"<table><caption>{escape(caption)}</caption>\n<tr>{head}</tr>\n{lines}\n</table></div>"
    )


def svg(width: float, height: float, label: str, *parts: str) -> str:
    """Return a picture that fills its column; `label` is its text alternative.

    It has no ids: any number of pictures, saved outputs among them, stand on one page.
    """
    return (
        f'<svg class="smx-picture" viewBox="0 0 {_short(width)} {_short(height)}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def element(tag: str, text: str = "", **attributes: object) -> str:
    """Return an SVG element; ``class_`` is its class, ``stroke_width`` the stroke's width.

    >>> element("circle", r=2.5, cx=1 / 3, class_="smx-dot")
    '<circle r="2.5" cx="0.33" class="smx-dot"/>'
    >>> element("text", "a < b", x=0)
    '<text x="0">a &lt; b</text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for key, value in attributes.items()
    )
    return f"<{tag}{written}>{escape(text)}</{tag}>" if text else f"<{tag}{written}/>"


def path(points: ArrayLike, *, close: bool = False) -> str:
    """Return the ``d`` of a path through points, to a tenth of a pixel.

    >>> path([(0, 0), (10, 0.52)])
    'M0 0L10 0.5'
    """
    places = "L".join(f"{x:.4g} {y:.4g}" for x, y in np.round(np.asarray(points, dtype=float), 1))
    return f"M{places}{'Z' if close else ''}"


def _short(value: object) -> str:
    """Write a number with two decimals at most: a hundredth of a pixel is not seen."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def rounded(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return six digits of the largest number, and as many places of the others.

    Enough for a picture, a third of the page's bytes, and the same wherever a model was trained.

    >>> rounded(np.array([[-4.361234567, 0.0985123456]])).tolist()
    [[-4.36123, 0.09851]]
    """
    largest = float(abs(array).max(initial=0.0))
    places = 5 - floor(log10(largest)) if largest else 0
    # Python's own, which is right at any size: NumPy's multiplies by a power of ten.
    return np.array([round(float(x), places) for x in array.flat]).reshape(array.shape)


def number(value: float, digits: int = 4) -> str:
    """Write a number as the scripts do, with a true minus sign; none before a rounded zero.

    >>> number(-0.5, 2), number(-0.04, 1), number(float("inf")), number(float("nan"))
    ('−0.50', '0.0', '∞', 'nan')
    """
    if isnan(value):
        return "nan"
    size = "∞" if isinf(value) else f"{abs(value):.{digits}f}"
    return f"−{size}" if value < 0 and size.strip("0.") else size
