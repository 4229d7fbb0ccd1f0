"""The triangle of all distributions over three classes: temperature, entropy, loss, descent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_choice
from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import cross_entropy, entropy
from softmax_course.teaching import words
from softmax_course.teaching.display.table import typeset
from softmax_course.teaching.explorables._explorable import (
    Explorable,
    element,
    explorable,
    messages,
    number,
    path,
    svg,
)

__all__ = ["simplex"]

#: The course's logits; the point they give has a curved way from a corner to the centre.
LOGITS = (2.0, -1.0, 0.5)
#: Where a descent to the last class begins. The first class is far ahead, so that it loses most and
#: the second one gains before it loses too.
DESCENT = (3.0, 1.2, -1.0)
#: A step of the descent and how many are drawn; the last stands close to the corner.
RATE, STEPS = 0.25, 240
#: Level lines: of the entropy in nats, of the loss in nats.
ENTROPIES = (0.4, 0.6, 0.8, 1.0)
LOSSES = (0.25, 0.5, 1.0, 2.0, 3.0)

#: Where the corners are drawn, in the order of the classes.
_WIDTH, _HEIGHT = 340.0, 300.0
CORNERS = ((34.0, 268.0), (306.0, 268.0), (170.0, 268.0 - 272 * np.sqrt(0.75)))


def _descend(logits: ArrayLike, target: int, steps: int = STEPS) -> NDArray[Any]:
    """Return the probabilities along a descent of the cross-entropy in the logits, start first."""
    z = np.array(logits, dtype=float)
    visited = [softmax(z)]
    for _ in range(steps):
        z = z - RATE * cross_entropy_grad(z, target)
        visited.append(softmax(z))
    return np.array(visited)


def simplex(start: str = "temperature") -> Explorable:
    """Show a point of the triangle to drag: its logits, entropy, and what moves it.

    It begins with the temperature, over level lines of the entropy; a class chosen as the label
    shows level lines of its loss and the path of gradient descent from the point.

    Parameters
    ----------
    start : str
        ``"temperature"``, or ``"descent"`` to begin with the loss and gradient descent.

    Returns
    -------
    Explorable
        Shown as HTML by Jupyter and in the book, as a table in a terminal.

    Raises
    ------
    TypeError
        If `start` is no text.
    ValueError
        If `start` is neither of the two.

    See Also
    --------
    softmax_course.figures.simplex : The same triangle as a figure.
    softmax_course.playground.show : Sliders for the logits of up to five classes.

    Examples
    --------
    >>> simplex()
    Class  Logit z  Probability p
    cat    2        0.7856
    dog    −1       0.0391
    fox    0.5      0.1753
    """
    descent = as_choice(start, "start", ("temperature", "descent")) == "descent"
    own = messages("simplex")
    logits = DESCENT if descent else LOGITS
    probs = softmax(logits)
    names = own["classes"]
    rows = [
        (name, typeset(f"{z:g}", z), number(p))
        for name, z, p in zip(names, logits, probs, strict=True)
    ]
    if descent:
        value = cross_entropy(logits, 2)
        caption = own["loss"].format(name=names[2], value=f"{value:.4f}")
    else:
        start_entropy = own["entropy"].format(value=f"{entropy(probs):.4f}")
        caption = own["temperature_start"].format(entropy=start_entropy)
    return explorable(
        "simplex",
        picture=_picture(
            probs, descent, names, own["descent_picture" if descent else "sweep_picture"]
        ),
        caption=caption,
        heads=(words.text("playground.class_heading"), own["logit"], own["probability"]),
        rows=rows,
        data={
            "logits": LOGITS,
            "start": DESCENT,
            "descent": descent,
            "corners": [[round(x, 2), round(y, 2)] for x, y in CORNERS],
            "rate": RATE,
            "steps": STEPS,
            "entropies": ENTROPIES,
            "losses": LOSSES,
        },
    )


def _places(probs: ArrayLike) -> NDArray[Any]:
    return np.asarray(probs) @ np.array(CORNERS)


def _meet(aims: NDArray[Any], level: float) -> NDArray[Any]:
    """Return where rays from the centre meet a level of the entropy, or the edge before."""
    low, high = np.zeros(len(aims)), -1 / (3 * aims.min(axis=1))
    for _ in range(40):  # along a ray from the centre the entropy falls
        middle = (low + high) / 2
        inside = entropy(np.maximum(0, 1 / 3 + middle[:, None] * aims)) > level
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return 1 / 3 + low[:, None] * aims


def _level(level: float, label: int | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the corners of the area within a level, and where its number stands."""
    if label is None:
        turns = np.linspace(0, 2 * np.pi, 61)[:-1]
        aims = np.stack([np.cos(turns + k * 2 * np.pi / 3) for k in range(3)], axis=1)
        return _places(_meet(aims, level)), _places(_meet(np.array([[-1.0, 2, -1]]), level)[0])
    p = np.exp(-level)
    near, far = ((1 - p) * np.eye(3)[(label + turn) % 3] + p * np.eye(3)[label] for turn in (2, 1))
    beyond = 0.025 - 0.075 * np.eye(3)[(label + 1) % 3]  # less than nothing of the third class
    return _places([np.eye(3)[label], near, far]), _places(near + beyond)


def _picture(probs: NDArray[Any], descent: bool, names: list[str], label: str) -> str:
    if descent:
        levels = {level: _level(level, 2) for level in LOSSES}
        way = _descend(DESCENT, 2)
    else:
        levels = {level: _level(level, None) for level in ENTROPIES}
        way = softmax(np.array(LOGITS) / np.geomspace(0.05, 500, 50)[:, None])
    parts = [
        element("path", d=path(area, close=True), class_="smx-level") for area, _ in levels.values()
    ]
    parts += [
        element(
            "text",
            f"{level:g}",
            x=float(x),
            y=float(y) + 4.5,
            text_anchor="middle",
            class_="smx-small smx-halo",
        )
        for level, (_, (x, y)) in levels.items()
    ]
    parts.append(element("path", d=path(CORNERS, close=True), class_="smx-line"))
    for k, (x, y) in enumerate(CORNERS):
        parts.append(
            element(
                "text",
                names[k],
                x=x,
                y=y + (-16 if k == 2 else 22),
                text_anchor="middle",
                class_=f"smx-c{k + 1} smx-halo",
            )
        )
    parts.append(element("path", d=path(_places(way)), class_="smx-path"))
    x, y = _places(probs)
    parts.append(element("circle", cx=float(x), cy=float(y), r=8, class_="smx-dot"))
    return svg(_WIDTH, _HEIGHT, label, *parts)
