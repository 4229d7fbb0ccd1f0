"""The probability simplex of three classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from softmax_course._checks import as_integer
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import entropy
from softmax_course.teaching.figures._common import (
    BLUE,
    INK,
    SMALL,
    TINTS,
    VERMILION,
    check_logits,
    check_temperatures,
    with_course_style,
    single_panel,
    symbol_of,
    text_color,
)
from softmax_course.teaching.words import text

__all__ = [
    "simplex",
]


@with_course_style
def simplex(
    logits: ArrayLike | None = None,
    target: int | None = None,
    temperatures: Sequence[float] = (0.5, 1.0, 2.0),
) -> Figure:
    """All distributions over three classes as a triangle, with level sets and a path of T.

    Parameters
    ----------
    logits : array_like, shape (3,), optional
        Draws softmax(z / T) for every T, from a corner (T → 0) to the centre (T → ∞).
    target : int, optional
        Level sets of the loss −log p for this right class; without it, of the entropy.
    temperatures : sequence of float
        Marked on the path.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If there are not three logits, or `target` names no class.

    Examples
    --------
    >>> figure = simplex([2.0, -1.0, 0.5])
    """
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]])
    z = None if logits is None else check_logits(logits, 3, 3)
    right = None if target is None else as_integer(target, "target", 0, 2)
    marked = check_temperatures(temperatures)
    figure, axis = single_panel(5.2)

    # A triangular grid fills the simplex exactly, edges included.
    side = 120
    grid = np.array([(i, j, side - i - j) for i in range(side + 1) for j in range(side + 1 - i)])
    probs = grid / side
    flat = probs @ corners
    if right is None:
        heights = entropy(probs)
        levels = np.array([0.4, 0.6, 0.8, 1.0])
        name = text("figures.simplex.entropy")
    else:
        with np.errstate(divide="ignore"):
            heights = np.minimum(-np.log(probs[:, right]), np.log(4 * side))
        levels = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
        name = text("figures.simplex.loss", symbol=symbol_of("p", right))
    axis.tricontourf(
        flat[:, 0],
        flat[:, 1],
        heights,
        levels=[0.0, *levels, float(heights.max()) + 1e-9],
        cmap=TINTS,
    )
    lines = axis.tricontour(
        flat[:, 0], flat[:, 1], heights, levels=levels, colors=[BLUE], linewidths=0.9, alpha=0.7
    )
    # Where each line is named: away from the path, one after the other towards a far corner.
    by_size = np.argsort([0.0, 0.0, 0.0] if z is None else z, kind="stable")
    if right is None:
        start, end = np.full(3, 1 / 3), np.eye(3)[by_size[0]]
    else:
        far = next(int(i) for i in by_size if i != right)
        start, end = 0.88 * np.eye(3)[right] + 0.04, 0.88 * np.eye(3)[far] + 0.04
    steps = np.linspace(0.0, 1.0, 2001)[:, None]
    along = (1 - steps) * start + steps * end
    met = entropy(along) if right is None else -np.log(along[:, right])
    named = [
        tuple(along[np.abs(met - level).argmin()] @ corners)
        for level in levels
        if met.min() < level < met.max()
    ]
    names = axis.clabel(
        lines, manual=named, fmt=lambda level: f"{level:g}", fontsize=SMALL, inline=True
    )
    for label in names:
        label.set(color=INK, alpha=1.0, rotation=0)
    axis.add_patch(Polygon(corners, closed=True, fill=False, edgecolor=INK, linewidth=1.4))
    for i, (x, y) in enumerate(corners):
        axis.annotate(
            f"{symbol_of('p', i)} = 1",
            (x, y),
            xytext=[(-4, -8), (4, -8), (0, 8)][i],
            textcoords="offset points",
            ha=["left", "right", "center"][i],
            va=["top", "top", "bottom"][i],
        )
    if z is not None:
        path = softmax(z / np.geomspace(0.01, 1000.0, 500)[:, None]) @ corners
        axis.plot(path[:, 0], path[:, 1], color=VERMILION)
        for temperature in marked:
            x, y = softmax(z, temperature=temperature) @ corners
            # The label stands off the path at a right angle to it.
            ahead = softmax(z, temperature=1.01 * temperature) @ corners - (x, y)
            away = np.array([-ahead[1], ahead[0]]) / (np.hypot(*ahead) or 1.0)
            axis.plot([x], [y], "o", color=VERMILION, markeredgecolor="white", zorder=4)
            _halo(
                axis.annotate(
                    text("figures.temperature", T=temperature),
                    (x, y),
                    xytext=tuple(9 * away),
                    textcoords="offset points",
                    ha="right" if away[0] < 0 else "left",
                    va="bottom" if away[1] > 0 else "top",
                    color=text_color(VERMILION),
                    fontsize=SMALL,
                    zorder=5,
                )
            )
        centre = corners.mean(axis=0)
        axis.plot(*centre[:, None], "o", color="white", markeredgecolor=VERMILION, zorder=4)
        _halo(
            axis.annotate(
                "T → ∞",
                centre,
                xytext=(0, 9),
                textcoords="offset points",
                ha="center",
                color=text_color(VERMILION),
                fontsize=SMALL,
            )
        )
    axis.set_title(name, fontsize=12.5)
    axis.set_xlim(-0.04, 1.04)
    axis.set_ylim(-0.09, 0.95)
    axis.set_aspect("equal")
    axis.axis("off")
    return figure


def _halo(label: Any) -> None:
    label.set_path_effects([withStroke(linewidth=3, foreground="white")])
