"""Attention of one word: scores, weights and the weighted mean of the values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_integer, as_names, as_real_array
from softmax_course.numerics.functional import softmax
from softmax_course.teaching.explorables._explorable import (
    Explorable,
    element,
    explorable,
    messages,
    number,
    path,
    rounded,
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


def attention(
    tokens: Sequence[str] | None = None,
    q: ArrayLike | None = None,
    k: ArrayLike | None = None,
    v: ArrayLike | None = None,
    query: int | None = None,
    causal: bool = False,
) -> Explorable:
    """Show which words of a sentence one of them looks at, and the mean of their values.

    Asks what dividing the scores by √d does to the weights; then the reader chooses the word that
    asks, division by √d and a causal mask.

    Parameters
    ----------
    tokens : sequence of str, optional
        Three to eight words, all different, given with `q`, `k`, `v` and `query`; by default a
        sentence in the language in use, with queries, keys and values set by hand.
    q, k : array_like, shape (tokens, d), optional
        A query and a key of each word, such as a trained model has.
    v : array_like, shape (tokens, m), optional
        A value of each. Of more than two features the plane is drawn in which they differ most.
    query : int, optional
        Index of the word that asks at first.
    causal : bool, default False
        Start with the causal mask. A model trained with one has never seen a later word.

    Returns
    -------
    Explorable
        Shown as HTML by Jupyter and in the book, as a table of the start in a terminal.

    Raises
    ------
    TypeError
        If an argument has the wrong type, or only some are given.
    ValueError
        If shapes do not fit each other, a number is not finite, or all scores that the first query
        sees are equal, so that dividing them changes nothing.

    See Also
    --------
    softmax_course.attention : The same of arrays.
    softmax_course.AttentionModel : A model whose queries and keys can be shown.

    Examples
    --------
    >>> attention()
    Word     score  weight  values v
    the cat  8.00   0.8803  (−2, 1)
    drinks   0.00   0.0003  (−1, −1)
    warm     0.00   0.0003  (1, −1)
    milk     6.00   0.1191  (2, 1)
    >>> v = [[0, 0], [2, 1], [5, 0]]
    >>> attention(["we", "see", "it"], [[1, 0]] * 3, [[2, 0], [1, 0], [0, 0]], v, query=2)
    Word  score  weight  values v
    we    2.00   0.6652  (−1.7, −0.6)
    see   1.00   0.2447  (−0.3, 1.0)
    it    0.00   0.0900  (2.0, −0.4)
    """
    own = messages("attention")
    roles = own.pop("roles")
    given = (tokens, q, k, v, query)
    if all(argument is None for argument in given):
        names = own["words"]
        queries, keys, values = (np.array([PARTS[role][i] for role in roles]) for i in range(3))
        query, digits = roles.index("verb"), 0
        hull = [roles.index(role) for role in _HULL]
    elif tokens is None or q is None or k is None or v is None or query is None:
        raise TypeError("tokens, q, k, v and query belong together: give all five or none")
    else:
        names, queries, keys, values = _checked(tokens, q, k, v)
        query = as_integer(query, "query", low=0, high=len(names) - 1)
        hull, digits = [], 1
    # Not divided by √d yet: that is what the reader is asked about.
    scores = keys @ queries[query]
    seen = slice(query + 1) if causal else slice(None)
    if np.ptp(scores[seen]) == 0:
        raise ValueError(f"all scores that token {query} sees are equal; division changes nothing")
    weights = np.zeros(len(names))
    weights[seen] = softmax(scores[seen])
    caption = own["asking"].format(name=names[query])
    shown = [number(score, 2) for score in np.where(weights > 0, scores, -np.inf)]
    parts = _parts(own, names, query, shown, weights, values, hull)
    return explorable(
        "attention",
        picture=svg(360, _TOP + _LINE * len(names) + 144, caption, *parts),
        caption=caption,
        heads=tuple(own[key] for key in ("word", "score", "weight", "value")),
        rows=[
            (name, score, number(weight), f"({number(x, digits)}, {number(y, digits)})")
            for name, score, weight, (x, y) in zip(names, shown, weights, values, strict=True)
        ],
        data={
            "tokens": list(names),
            "q": queries.tolist(),
            "k": keys.tolist(),
            "v": values.tolist(),
            "query": query,
            "causal": causal,
            "hull": hull,
        },
    )


def _checked(
    tokens: Sequence[str], q: ArrayLike, k: ArrayLike, v: ArrayLike
) -> tuple[list[str], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return words and arrays that fit each other, the values as points of the picture."""
    names = as_names(tokens, "tokens")
    if not 3 <= len(names) <= 8 or len(set(names)) < len(names):
        raise ValueError(f"tokens must be three to eight different words, got {names}")
    arrays: list[NDArray[Any]] = []
    for name, given in {"q": q, "k": k, "v": v}.items():
        array = as_real_array(given, name).astype(float)
        if array.ndim != 2 or len(array) != len(names):
            raise ValueError(
                f"{name} must have a row for each of {len(names)} tokens, got shape {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite")
        arrays.append(rounded(array))
    queries, keys, values = arrays
    if queries.shape != keys.shape:
        raise ValueError(f"q and k must have one shape, got {queries.shape} and {keys.shape}")
    if values.shape[1] < 2:
        raise ValueError(f"v must have at least two features, got {values.shape[1]}")
    return names, queries, keys, _in_plane(values)


def _in_plane(values: NDArray[Any]) -> NDArray[Any]:
    """Return points of the picture: along the two directions in which the values differ most.

    Projection and scale are linear, so the mean of the points is the point of the mean.
    """
    centred = values - values.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    # The sign of a direction is free: the largest part of each is positive.
    largest = np.argmax(abs(directions[:2]), axis=1)
    signs = np.sign(directions[[0, 1], largest])
    points = centred @ (signs[:, None] * directions[:2]).T
    points *= np.array([2.0, 1.0]) / np.maximum(abs(points).max(axis=0), 1e-300)
    return rounded(points)


def _parts(
    words: Mapping[str, Any],
    names: Sequence[str],
    query: int,
    scores: Sequence[str],
    weights: NDArray[np.float64],
    v: NDArray[np.float64],
    hull: Sequence[int],
) -> list[str]:
    plane = _TOP + _LINE * len(names) + 6
    small, halo = "smx-small", "smx-small smx-halo"

    def place(point: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
        return 180 + 58 * point[0], plane + 68 - 46 * point[1]

    x, y = place(weights @ v)
    rows, rays = [], []
    for i, (name, score, weight, value) in enumerate(zip(names, scores, weights, v, strict=True)):
        line = _TOP + _LINE * i
        rows.append(
            f'<g class="{_color(i)}">'
            + (element("text", "▸", x=0, y=line + 5) if i == query else "")
            + element("text", name, x=14, y=line + 5)
            + element("text", score, x=_BAR - 10, y=line + 5, text_anchor="end", class_=small)
            + element("rect", x=_BAR, y=line - 8, width=_WIDE * weight, height=16, rx=2)
            + element("text", number(weight), x=360, y=line + 5, text_anchor="end", class_=small)
            + "</g>"
        )
        at_x, at_y = place(value)
        side = -1 if value[0] < 0 else 1
        rays.append(
            f'<g class="{_color(i)}">'
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
    corners = path([place(v[i]) for i in hull], close=True) if hull else ""
    return [
        element("text", "q·k", x=_BAR - 10, y=12, text_anchor="end", class_=small),
        element("text", words["weight"], x=_BAR, y=12, class_=small),
        *rows,
        element("path", d=corners, class_="smx-faint"),
        *rays,
        element(
            "path",
            d=path([(x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y)], close=True),
            class_="smx-mean",
        ),
        element("text", words["mean"], x=x, y=y + 24, text_anchor="middle", class_=halo),
    ]


def _color(i: int) -> str:
    """Return the class of a word's colour; there are four, by turns."""
    return f"smx-c{i % 4 + 1}"
