"""Figures of decoding rules."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_names, as_real_array
from softmax_course.teaching.figures._common import (
    BLUE,
    RULE,
    SMALL,
    is_narrow,
    single_panel,
    with_course_style,
)
from softmax_course.teaching.words import text

#: Where a label may stand, best first: each side of its dot, then the corners.
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))

#: How far from its dot, in points; from the second on a line leads to the dot.
_DISTANCES = (6.0, 16.0, 28.0, 42.0, 60.0)


@with_course_style
def quality_diversity(points: ArrayLike, labels: Sequence[str]) -> Figure:
    """Draw the share of grammatical sentences against their diversity, one dot a decoding rule.

    Each label takes the place beside its dot where it covers neither a dot nor another label.

    Parameters
    ----------
    points : array_like, shape (rules, 2)
        Diversity, not negative, and share of grammatical sentences of each of 2 to 14 rules.
    labels : sequence of str
        Short names of the rules, such as ``"top-p 0.9"``.

    See Also
    --------
    softmax_course.top_k_probs : One of the rules.
    softmax_course.top_p_probs : Another.

    Examples
    --------
    >>> figure = quality_diversity([[0.1, 1.0], [0.9, 0.8]], ["T = 0.2", "T = 1"])
    """
    where = as_real_array(points, "points").astype(np.float64)
    if where.ndim != 2 or where.shape[1] != 2 or not 2 <= len(where) <= 14:
        raise ValueError(f"points must have shape (2 to 14 rules, 2), got {where.shape}")
    diversity, share = where.T
    if not ((diversity >= 0) & np.isfinite(diversity) & (share >= 0) & (share <= 1)).all():
        raise ValueError(
            "points must hold a diversity of at least 0 and a share between 0 and 1 in each row, "
            f"got {where.tolist()}"
        )
    names = as_names(labels, "labels", len(where))
    figure, axis = single_panel(5.4 if is_narrow() else 4.2)
    axis.plot(diversity, share, "o", color=BLUE, markersize=7)
    for values, fit in ((diversity, axis.set_xlim), (share, axis.set_ylim)):
        low, high = float(values.min()), float(values.max())
        margin = 0.12 * ((high - low) or high or 1.0)
        fit(low - margin, high + margin)
    # Room for the label of a dot at the top share must not promise shares above one.
    ticks = mpl.ticker.MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])
    for axes_line, (low, high), most in (
        (axis.xaxis, axis.get_xlim(), np.inf),
        (axis.yaxis, axis.get_ylim(), 1.0 + 1e-9),
    ):
        shown = [t for t in ticks.tick_values(low, high) if max(low, 0) <= t <= min(high, most)]
        axes_line.set_ticks(shown)
    axis.set_xlabel(text("figures.quality_diversity.x"))
    axis.set_ylabel(text("figures.quality_diversity.y"))
    _label_dots(figure, axis, where, names)
    return figure


def _label_dots(
    figure: Figure, axis: Axes, points: NDArray[np.float64], names: Sequence[str]
) -> None:
    """Write names beside dots, at places chosen one after another until none wants to move."""
    figure.draw_without_rendering()
    unit = figure.dpi / 72
    frame = axis.get_window_extent().padded(-2)
    dots = axis.transData.transform(points)
    written = [
        axis.annotate(name, point, fontsize=SMALL)
        for name, point in zip(names, points, strict=True)
    ]
    extents = [artist.get_window_extent() for artist in written]
    sizes = np.array([(box.width, box.height) for box in extents])
    for artist in written:
        artist.remove()
    corners = _candidates(dots, sizes, unit)
    around = np.column_stack([dots - 5 * unit, dots + 5 * unit])
    shape = corners.shape[1]
    boxes = np.concatenate([corners, corners + sizes[:, np.newaxis]], axis=-1)
    inside = (
        (boxes[..., 0] >= frame.x0)
        & (boxes[..., 1] >= frame.y0)
        & (boxes[..., 2] <= frame.x1)
        & (boxes[..., 3] <= frame.y1)
    )
    # An overlap costs more than any distance.
    fixed = np.repeat(np.arange(len(_DISTANCES)), len(_SIDES)) + np.arange(shape) / 100.0
    cost = fixed + np.where(inside, 0.0, 1e4)
    for k in range(len(names)):
        cost[k] += 100.0 * sum(_overlap(boxes[k], dot) for dot in around)
    chosen = cost.argmin(axis=1)
    leads = _leads(dots, boxes)
    for _, k in itertools.product(range(6), range(len(names))):
        total = cost[k].copy()
        for i in set(range(len(names))) - {k}:
            other, its_lead = boxes[i, chosen[i]], leads[i, chosen[i]]
            total += 100.0 * _overlap(boxes[k], other)
            total += 20.0 * _crosses(leads[k], other)
            total += 20.0 * _crosses(its_lead, boxes[k])
        chosen[k] = total.argmin()
    for k, name in enumerate(names):
        across, up = (corners[k, chosen[k]] - dots[k]) / unit
        label = axis.annotate(
            name, points[k], xytext=(across, up), textcoords="offset points", fontsize=SMALL
        )
        label.set_in_layout(False)
        if chosen[k] >= len(_SIDES):
            _lead(axis, points[k], boxes[k, chosen[k]], dots[k], unit)


def _candidates(
    dots: NDArray[np.float64], sizes: NDArray[np.float64], unit: float
) -> NDArray[np.float64]:
    """Return lower left corners of labels, shape (labels, places, 2), in pixels."""
    sides = np.array(_SIDES, dtype=float)
    away = np.concatenate([distance * sides * unit for distance in _DISTANCES])
    direction = np.tile(sides, (len(_DISTANCES), 1))
    return dots[:, np.newaxis] + away + (direction - 1) / 2 * sizes[:, np.newaxis]


def _overlap(boxes: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool]:
    return (
        (boxes[:, 0] < other[2])
        & (other[0] < boxes[:, 2])
        & (boxes[:, 1] < other[3])
        & (other[1] < boxes[:, 3])
    )


def _leads(dots: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on the lines from dots to places of labels, shape (labels, places, 9, 2)."""
    start = dots[:, np.newaxis]
    end = np.clip(start, boxes[..., :2], boxes[..., 2:])
    share = np.linspace(0, 1, 9)[:, np.newaxis]
    points: NDArray[np.float64] = (
        start[..., np.newaxis, :] + share * (end - start)[:, :, np.newaxis]
    )
    return points


def _crosses(lines: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool]:
    """Tell which lines, shape (…, 9, 2), enter which boxes, shape (…, 4)."""
    low, high = boxes[..., np.newaxis, :2], boxes[..., np.newaxis, 2:]
    found: NDArray[np.bool] = ((low < lines) & (lines < high)).all(axis=-1).any(axis=-1)
    return found


def _lead(
    axis: Axes,
    point: NDArray[np.float64],
    box: NDArray[np.float64],
    dot: NDArray[np.float64],
    unit: float,
) -> None:
    """Draw a line from a dot to the nearest point of its label, which stands at a distance."""
    nearest = (np.clip(dot, box[:2], box[2:]) - dot) / unit
    line = axis.annotate(
        "",
        point,
        xytext=nearest,
        textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": RULE, "shrinkA": 1, "shrinkB": 4},
    )
    line.set_in_layout(False)
