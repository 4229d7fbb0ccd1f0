"""Figures of language models."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from softmax_course._checks import as_integer, as_nonnegative
from softmax_course.teaching.figures._common import (
    MUTED,
    RULE,
    SMALL,
    format_number,
    label_line_ends,
    single_panel,
    with_course_style,
)
from softmax_course.teaching.plotting import PALETTE
from softmax_course.teaching.words import text


@with_course_style
def divergence_history(
    histories: Mapping[str, Mapping[int, float]], levels: Mapping[str, float] | None = None
) -> Figure:
    """Draw how far models are from a grammar while they are trained; its entropy is the floor, 0.

    Parameters
    ----------
    histories : mapping of str to mapping of int to float
        One to five models by name: the divergence in nats a token after so many steps, at least at
        two of them, as ``AttentionModel.history_`` keeps it.
    levels : mapping of str to float, optional
        Names and divergences of what does not change, such as n-grams with infinite data: dashed.

    See Also
    --------
    softmax_course.AttentionModel : Keeps a history.
    softmax_course.compare_with_grammar : Measures the divergence.
    loss_history : The loss itself.

    Examples
    --------
    >>> figure = divergence_history({"head": {0: 4.5, 50: 0.6, 100: 0.1}}, {"bigram": 0.28})
    """
    if not 1 <= len(histories) <= len(PALETTE):
        raise ValueError(
            f"divergence_history draws 1 to {len(PALETTE)} models, got {len(histories)}"
        )
    series = {}
    for name, history in histories.items():
        if len(history) < 2:
            raise ValueError(
                f"the history of {name!r} must have at least two steps, got {dict(history)}"
            )
        steps = sorted(as_integer(step, "a step", 0) for step in history)
        series[str(name)] = steps, [as_nonnegative(history[s], "a divergence") for s in steps]
    figure, axis = single_panel(3.8)
    last = max(steps[-1] for steps, _ in series.values())
    lines = dict(levels or {})
    for value in lines.values():
        axis.axhline(
            as_nonnegative(value, "a level"), color=MUTED, linewidth=1.2, linestyle=(0, (4, 3))
        )
    axis.axhline(0.0, color=RULE, linewidth=1.2)
    for (steps, values), color in zip(series.values(), PALETTE, strict=False):
        axis.plot(steps, values, color=color, marker="o", markersize=4)
    # Both axes show the start and what comes of it: close to 0 they are linear, then logarithmic.
    axis.set_xscale("symlog", linthresh=10, linscale=0.6)
    axis.set_yscale("symlog", linthresh=0.01, linscale=0.4)
    axis.set_xlim(0, last)
    highest = max(max(values) for _, values in series.values())
    axis.set_ylim(0, max([highest, *lines.values()]) * 1.6)
    whole = [step for step in (0, 10, 100, 1000, 10_000) if step <= last]
    axis.set_xticks(whole, [str(step) for step in whole])
    parts = [part for part in (0.0, 0.01, 0.1, 1.0, 10.0) if part <= axis.get_ylim()[1]]
    axis.set_yticks(parts, [f"{part:g}" for part in parts])
    axis.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    axis.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    axis.set_xlabel(text("figures.loss_history.x"))
    axis.set_ylabel(text("figures.divergence_history.y"))
    axis.annotate(
        text("figures.divergence_history.floor"),
        (0, 0),
        xytext=(4, 4),
        textcoords="offset points",
        color=MUTED,
        fontsize=SMALL,
    )
    _name_ends(axis, last, series, lines)
    return figure


def _name_ends(
    axis: mpl.axes.Axes,
    last: int,
    series: Mapping[str, tuple[list[int], list[float]]],
    lines: Mapping[str, float],
) -> None:
    """Name lines and levels at the right, spread where the axis draws them, not by their values."""
    ends = [values[-1] for _, values in series.values()] + list(lines.values())
    names = [
        f"{name}  {format_number(end, 3)}".strip()
        for name, end in zip([*series, *lines], ends, strict=True)
    ]
    colors = [*PALETTE[: len(series)], *[MUTED] * len(lines)]
    # The heights of the axis as it is drawn: from 0 at its bottom to 1 at its top.
    drawn = axis.transAxes.inverted().transform(
        axis.transData.transform(np.column_stack([np.full(len(ends), float(last)), ends]))
    )[:, 1]
    twin = axis.twinx()
    twin.set_ylim(0, 1)
    twin.axis("off")
    label_line_ends(twin, last, drawn, names, colors)
