"""The probability simplex of three classes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_integer
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import entropy
from softmax_course.teaching.figures._common import (
    BLUE,
    INK,
    SMALL,
    VERMILION,
    check_logits,
    check_temperatures,
    single_panel,
    symbol_of,
    text_color,
    with_course_style,
)
from softmax_course.teaching.plotting import TINTS
from softmax_course.teaching.words import text

#: Where the distributions (1, 0, 0), (0, 1, 0) and (0, 0, 1) are drawn.
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]])

_HALO = [withStroke(linewidth=3, foreground="white")]


@with_course_style
def simplex(
    logits: ArrayLike | None = None,
    target: int | None = None,
    temperatures: Sequence[float] = (0.5, 1.0, 2.0),
) -> Figure:
    """Draw all distributions over three classes as a triangle, with level sets and a path of T.

    Parameters
    ----------
    logits : array_like, shape (3,), optional
        Draws softmax(z / T) for every T, from a corner (T → 0) to the center (T → ∞).
    target : int, optional
        Level sets of the loss −log p for this right class; without it, of the entropy.
    temperatures : sequence of float
        Marked on the path.

    See Also
    --------
    temperature_sweep : The same path as bars.
    gradient_arrows : What the loss pulls where.

    Examples
    --------
    >>> figure = simplex([2.0, -1.0, 0.5])
    """
    z = None if logits is None else check_logits(logits, 3, 3)
    right = None if target is None else as_integer(target, "target", 0, 2)
    marked = check_temperatures(temperatures)
    figure, axis = single_panel(5.2)
    axis.set_xlim(-0.04, 1.04)
    axis.set_ylim(-0.09, 0.95)
    axis.set_aspect("equal")
    axis.axis("off")
    _draw_levels(axis, right, [0.0, 0.0, 0.0] if z is None else z)
    _draw_corners(axis)
    if z is not None:
        _draw_path(axis, z, marked)
    if right is None:
        title = text("figures.simplex.entropy")
    else:
        title = text("figures.simplex.loss", symbol=symbol_of("p", right))
    axis.set_title(title, fontsize=12.5)
    return figure


def _draw_levels(axis: Axes, right: int | None, logits: ArrayLike) -> None:
    """Draw level sets of the loss of the right class, or of the entropy, with their values."""
    # A triangular grid fills the simplex exactly, edges included.
    side = 120
    grid = np.array([(i, j, side - i - j) for i in range(side + 1) for j in range(side + 1 - i)])
    probs = grid / side
    flat = probs @ _CORNERS
    if right is None:
        heights = entropy(probs)
        levels = np.array([0.4, 0.6, 0.8, 1.0])
    else:
        with np.errstate(divide="ignore"):
            heights = np.minimum(-np.log(probs[:, right]), np.log(4 * side))
        levels = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
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
    by_size = np.argsort(logits, kind="stable")
    if right is None:
        start, end = np.full(3, 1 / 3), np.eye(3)[by_size[0]]
    else:
        far = next(int(i) for i in by_size if i != right)
        start, end = 0.88 * np.eye(3)[right] + 0.04, 0.88 * np.eye(3)[far] + 0.04
    steps = np.linspace(0.0, 1.0, 2001)[:, None]
    along = (1 - steps) * start + steps * end
    met = entropy(along) if right is None else -np.log(along[:, right])
    named = [
        tuple(along[np.abs(met - level).argmin()] @ _CORNERS)
        for level in levels
        if met.min() < level < met.max()
    ]
    names = axis.clabel(
        lines, manual=named, fmt=lambda level: f"{level:g}", fontsize=SMALL, inline=True
    )
    for label in names:
        label.set(color=INK, alpha=1.0, rotation=0)


def _draw_corners(axis: Axes) -> None:
    axis.add_patch(Polygon(_CORNERS, closed=True, fill=False, edgecolor=INK, linewidth=1.4))
    for i, (x, y) in enumerate(_CORNERS):
        axis.annotate(
            f"{symbol_of('p', i)} = 1",
            (x, y),
            xytext=[(-4, -8), (4, -8), (0, 8)][i],
            textcoords="offset points",
            ha=["left", "right", "center"][i],
            va=["top", "top", "bottom"][i],
        )


def _draw_path(axis: Axes, z: NDArray[Any], temperatures: Sequence[float]) -> None:
    """Draw softmax(z / T) for every T, with marks at some."""
    path = softmax(z / np.geomspace(0.01, 1000.0, 500)[:, None]) @ _CORNERS
    axis.plot(path[:, 0], path[:, 1], color=VERMILION)
    lines = [Path(path), Path([*_CORNERS, _CORNERS[0]])]
    for temperature in temperatures:
        place = softmax(z, temperature=temperature) @ _CORNERS
        ahead = softmax(z, temperature=1.01 * temperature) @ _CORNERS - place
        across = np.array([-ahead[1], ahead[0]]) / (np.hypot(*ahead) or 1.0)
        axis.plot(*place[:, None], "o", color=VERMILION, markeredgecolor="white", zorder=4)
        _name_point(axis, text("figures.temperature", T=temperature), place, across, lines)
    center = _CORNERS.mean(axis=0)
    axis.plot(*center[:, None], "o", color="white", markeredgecolor=VERMILION, zorder=4)
    _name_point(axis, "T → ∞", center, np.array([0.0, 1.0]), lines)


def _name_point(
    axis: Axes, name: str, place: NDArray[Any], across: NDArray[Any], lines: Sequence[Path]
) -> None:
    """Write a name beside a point of the path, as near as it meets no line and no other name."""
    label = axis.annotate(
        name,
        tuple(place),
        xytext=(0, 0),
        textcoords="offset points",
        color=text_color(VERMILION),
        fontsize=SMALL,
        zorder=5,
        path_effects=_HALO,
    )
    drawn = [axis.transData.transform_path(line) for line in lines]
    names = [other.get_window_extent() for other in axis.texts if other is not label]
    along = np.array([across[1], -across[0]])
    for distance, side in product((9, 14, 20, 28, 36), (across, -across, along, -along)):
        label.set(
            position=tuple(distance * side),
            ha="center" if side[0] == 0 else "right" if side[0] < 0 else "left",
            va="bottom" if side[1] > 0 else "top",
        )
        box = label.get_window_extent().padded(2)
        if not any(line.intersects_bbox(box, filled=False) for line in drawn) and not any(
            box.overlaps(name) for name in names
        ):
            return
