"""Figures of decoding rules."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_names, as_real_array
from softmax_course.teaching.figures._common import (
    BLUE,
    MUTED,
    SMALL,
    is_narrow,
    single_panel,
    with_course_style,
)
from softmax_course.teaching.words import text

#: Where a label may stand, best first: each side of its dot, corners, and what lies between.
_SIDES = (
    *((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)),
    *((1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)),
    *((0.5, 1.0), (-0.5, 1.0), (0.5, -1.0), (-0.5, -1.0)),
)

#: How far from its dot, in points; from the second on a line leads to the dot.
_DISTANCES = (6.0, 15.0, 27.0, 45.0)


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
    softmax_course.decoding_probs : Several rules in an order of one's own.

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
    """Write names beside dots, with a line to those that stand at a distance."""
    figure.draw_without_rendering()
    unit = figure.dpi / 72
    dots = axis.transData.transform(points)
    written = [
        axis.annotate(name, point, fontsize=SMALL)
        for name, point in zip(names, points, strict=True)
    ]
    extents = [artist.get_window_extent() for artist in written]
    sizes = np.array([(box.width, box.height) for box in extents])
    for artist in written:
        artist.remove()
    boxes = _candidates(dots, sizes, unit)
    chosen = _choose(dots, boxes, np.array(axis.get_window_extent().padded(-2).extents), unit)
    for k, name in enumerate(names):
        box = boxes[k, chosen[k]]
        across, up = (box[:2] - dots[k]) / unit
        _annotate(axis, name, points[k], (across, up), fontsize=SMALL)
        if chosen[k] >= len(_SIDES):
            across, up = (np.clip(dots[k], box[:2], box[2:]) - dots[k]) / unit
            line = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 4}
            _annotate(axis, "", points[k], (across, up), arrowprops=line)


def _annotate(
    axis: Axes,
    words: str,
    point: NDArray[np.float64],
    offset: tuple[float, float],
    **options: Any,
) -> None:
    # The panel must not give way to a label that was placed by the panel's size.
    axis.annotate(
        words, (point[0], point[1]), xytext=offset, textcoords="offset points", **options
    ).set_in_layout(False)


def _candidates(
    dots: NDArray[np.float64], sizes: NDArray[np.float64], unit: float
) -> NDArray[np.float64]:
    """Return where labels may stand, in pixels: left, low, right, high; (labels, places, 4)."""
    sides = np.array(_SIDES)
    away = np.concatenate([distance * sides * unit for distance in _DISTANCES])
    direction = np.tile(sides, (len(_DISTANCES), 1))
    corners = dots[:, np.newaxis] + away + (direction - 1) / 2 * sizes[:, np.newaxis]
    return np.concatenate([corners, corners + sizes[:, np.newaxis]], axis=-1)


def _choose(
    dots: NDArray[np.float64],
    boxes: NDArray[np.float64],
    frame: NDArray[np.float64],
    unit: float,
) -> NDArray[np.intp]:
    """Return the place of each label: few faults first, short distances second.

    From several orders of placing one label after another, and moving each until none gains by it,
    the best result is taken; nothing is left to chance.
    """
    n, places = boxes.shape[:2]
    leads = _leads(dots, boxes)
    nearness = np.repeat(np.arange(len(_DISTANCES)), len(_SIDES)) + np.arange(places) / 100.0
    is_out = (boxes[..., :2] < frame[:2]).any(axis=-1) | (boxes[..., 2:] > frame[2:]).any(axis=-1)
    own = nearness + 1e4 * is_out
    clash = np.zeros((n, n, places, places))
    # What all places of a label take up: labels further apart than that cannot clash.
    reach = np.concatenate([boxes[..., :2].min(axis=1), boxes[..., 2:].max(axis=1)], axis=-1)
    for k, i in itertools.permutations(range(n), 2):
        if not _overlap(reach[k], reach[i]):
            continue
        dot = np.concatenate([dots[i] - 5 * unit, dots[i] + 5 * unit])
        own[k] += 100.0 * _overlap(boxes[k], dot) + 20.0 * _enters(leads[k], dot)
        # Close to another dot a label would seem to be that one's.
        own[k] += 1.5 * _overlap(boxes[k], _grown(dot, 5 * unit))
        clash[k, i] += 50.0 * _overlap(_grown(boxes[k], 2 * unit)[:, np.newaxis], boxes[i])
        clash[k, i] += 20.0 * _enters(leads[k][:, np.newaxis], boxes[i])
        clash[k, i] += 10.0 * _meet(leads[k][:, np.newaxis], leads[i])
    clash += clash.transpose(1, 0, 3, 2)
    best, least = np.zeros(n, dtype=np.intp), np.inf
    for start in range(n):
        order = np.roll(np.arange(n), -start)
        chosen = own.argmin(axis=1)
        for turn, k in itertools.product(range(6), order.tolist()):
            placed = order[: int(np.argmax(order == k))] if turn == 0 else order
            chosen[k] = (own[k] + sum(clash[k, i, :, chosen[i]] for i in placed)).argmin()
        pairs = sum(clash[k, i, chosen[k], chosen[i]] for k in range(n) for i in range(k))
        total = float(own[np.arange(n), chosen].sum() + pairs)
        if total < least:
            best, least = chosen, total
    return best


def _leads(dots: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on the lines from dots to places of labels, shape (labels, places, 9, 2)."""
    start = dots[:, np.newaxis]
    way = np.clip(start, boxes[..., :2], boxes[..., 2:]) - start
    share = np.linspace(0, 1, 9)[:, np.newaxis]
    return np.asarray(start[..., np.newaxis, :] + share * way[:, :, np.newaxis])


def _grown(boxes: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    return boxes + margin * np.array([-1.0, -1.0, 1.0, 1.0])


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool]:
    """Tell which boxes overlap; shapes before the last axis broadcast, here and below."""
    return np.asarray(
        ((one[..., :2] < other[..., 2:]) & (other[..., :2] < one[..., 2:])).all(axis=-1)
    )


def _enters(lines: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool]:
    low, high = boxes[..., np.newaxis, :2], boxes[..., np.newaxis, 2:]
    return np.asarray(((low < lines) & (lines < high)).all(axis=-1).any(axis=-1))


def _meet(lines: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool]:
    """Tell which lines cross: each has the ends of the other on both of its sides."""
    a, b, c, d = lines[..., 0, :], lines[..., -1, :], others[..., 0, :], others[..., -1, :]
    apart = _turn(a, b, c) * _turn(a, b, d) < 0
    return np.asarray(apart & (_turn(c, d, a) * _turn(c, d, b) < 0))


def _turn(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a number whose sign says on which side of the line from a to b the point c lies."""
    u, v = b - a, c - a
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])
