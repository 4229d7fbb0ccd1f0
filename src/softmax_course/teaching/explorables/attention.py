"""Attention of one word: scores, weights and the weighted mean of the values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_course.numerics.functional import softmax
from softmax_course.teaching.explorables._explorable import (
    Explorable,
    element,
    explorable,
    messages,
    number,
    path,
    svg,
)

#: Query, key and value of a word by the part it plays: three features (subject, object, attribute)
#: for queries and keys, a point of the plane for values. Set by hand; models learn them.
PARTS = {
    "subject": ((1.0, 0.0, 0.0), (4.0, 0.0, 0.0), (-2.0, 1.0)),
    "object": ((0.0, 0.0, 2.0), (0.0, 4.0, 0.0), (2.0, 1.0)),
    "attribute": ((0.0, 2.0, 0.0), (0.0, 0.0, 4.0), (1.0, -1.0)),
    "verb": ((2.0, 1.5, 0.0), (0.0, 0.0, 0.0), (-1.0, -1.0)),
}

#: Corners of the values in order, by part.
_HULL = ("subject", "object", "attribute", "verb")

# Places of the picture, as in assets/attention.js.
_LINE, _TOP, _BAR, _WIDE = 26, 34, 150, 148


def attention() -> Explorable:
    """Show which words of a sentence one of them looks at, and the mean of their values.

    Asks what dividing the scores by √d does to the weights; then the reader chooses the word that
    asks, division by √d and a causal mask.

    Returns
    -------
    Explorable
        Shown as HTML by Jupyter and in the book, as a table of the start in a terminal.

    See Also
    --------
    softmax_course.attention : The same of arrays.

    Examples
    --------
    >>> attention()
    Word     score  weight  values v
    the cat  8.00   0.8803  (−2, 1)
    drinks   0.00   0.0003  (−1, −1)
    warm     0.00   0.0003  (1, −1)
    milk     6.00   0.1191  (2, 1)
    """
    words = messages("attention")
    roles = words.pop("roles")
    q, k, v = (np.array([PARTS[role][i] for role in roles]) for i in range(3))
    query = roles.index("verb")
    # Not divided by √d yet: that is what the reader is asked about.
    scores = k @ q[query]
    weights = softmax(scores)
    caption = f"{words['query']}: {words['words'][query]}"
    names = words["words"]
    return explorable(
        "attention",
        picture=svg(
            360, _TOP + _LINE * len(roles) + 144, caption, *_parts(words, query, scores, weights, v)
        ),
        caption=caption,
        heads=tuple(words[key] for key in ("word", "score", "weight", "value")),
        rows=[
            (name, number(score, 2), number(weight), f"({number(x, 0)}, {number(y, 0)})")
            for name, score, weight, (x, y) in zip(names, scores, weights, v, strict=True)
        ],
        data={
            "q": q.tolist(),
            "k": k.tolist(),
            "v": v.tolist(),
            "query": query,
            "hull": [roles.index(role) for role in _HULL],
        },
    )


def _parts(
    words: Mapping[str, Any],
    query: int,
    scores: NDArray[np.float64],
    weights: NDArray[np.float64],
    v: NDArray[np.float64],
) -> list[str]:
    names = words["words"]
    plane = _TOP + _LINE * len(names) + 6
    small, halo = "smx-small", "smx-small smx-halo"

    def place(point: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
        return 180 + 58 * point[0], plane + 68 - 46 * point[1]

    x, y = place(weights @ v)
    rows, rays = [], []
    for i, (name, score, weight, value) in enumerate(zip(names, scores, weights, v, strict=True)):
        line = _TOP + _LINE * i
        rows.append(
            f'<g class="smx-c{i + 1}">'
            + (element("text", "▸", x=0, y=line + 5) if i == query else "")
            + element("text", name, x=14, y=line + 5)
            + element(
                "text", number(score, 2), x=_BAR - 10, y=line + 5, text_anchor="end", class_=small
            )
            + element("rect", x=_BAR, y=line - 8, width=_WIDE * weight, height=16, rx=2)
            + element("text", number(weight), x=360, y=line + 5, text_anchor="end", class_=small)
            + "</g>"
        )
        at_x, at_y = place(value)
        side = -1 if value[0] < 0 else 1
        rays.append(
            f'<g class="smx-c{i + 1}">'
            + element(
                "line",
                x1=at_x,
                y1=at_y,
                x2=x,
                y2=y,
                stroke_width=0.5 + 7 * weight,
                class_="smx-ray",
            )
            + element("circle", cx=at_x, cy=at_y, r=6)
            + element(
                "text",
                name,
                x=at_x + 11 * side,
                y=at_y + 5,
                text_anchor="end" if side < 0 else "start",
                class_=halo,
            )
            + "</g>"
        )
    hull = [place(PARTS[role][2]) for role in _HULL]
    return [
        element("text", "q·k", x=_BAR - 10, y=12, text_anchor="end", class_=small),
        element("text", words["weight"], x=_BAR, y=12, class_=small),
        *rows,
        element("path", d=path(hull, close=True), class_="smx-faint"),
        *rays,
        element(
            "path",
            d=path([(x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y)], close=True),
            class_="smx-mean",
        ),
        element("text", words["mean"], x=x, y=y + 24, text_anchor="middle", class_=halo),
    ]
