"""Figures of language models whose true entropy is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_integer, as_names, as_nonnegative, as_positive
from softmax_course.teaching.figures._common import (
    INK,
    MUTED,
    RULE,
    SMALL,
    TINT,
    VERMILION,
    check_row,
    format_number,
    hide_ruler,
    is_narrow,
    label_line_ends,
    legend_above,
    single_panel,
    text_color,
    two_lines,
    width,
    with_course_style,
)
from softmax_course.teaching.plotting import PALETTE
from softmax_course.teaching.words import text

#: From one line of tick labels to the next, in points: Bengali's are the highest.
_LINE = 19.0


@with_course_style
def entropy_and_gaps(entropy: float, gaps: ArrayLike, labels: Sequence[str]) -> Figure:
    """Draw the cross-entropy of models as the entropy they share and the divergence on top of it.

    Parameters
    ----------
    entropy : float
        True entropy, in nats per token: no model gets below it.
    gaps : array_like, shape (models,)
        Divergence of each of 1 to 10 models from the truth, in nats per token.
    labels : sequence of str
        Names of the models, first on top.

    See Also
    --------
    prefix_costs : The same split at each place of one sentence.
    softmax_course.entropy : The common part.
    softmax_course.kl_divergence : What a model adds.

    Examples
    --------
    >>> figure = entropy_and_gaps(1.77, [2.42, 0.28, 0.003], ["unigram", "bigram", "attention"])
    """
    floor = as_positive(entropy, "entropy")
    names = as_names(labels, "labels")
    if not 1 <= len(names) <= 10:
        raise ValueError(f"labels must name 1 to 10 models, got {len(names)}")
    extra = check_row(gaps, "gaps", len(names), low=0.0)
    rows = np.arange(len(names))
    shown = [_in_column(name) for name in names]
    # Rows of names in two lines are higher.
    figure, axis = _rows(1.4, 0.64 if any("\n" in name for name in shown) else 0.5, len(names))
    axis.barh(rows, np.full(len(rows), floor), color=TINT, height=0.62)
    axis.barh(rows, extra, left=floor, color=VERMILION, height=0.62)
    for row, gap in zip(rows, extra, strict=True):
        axis.annotate(
            f"+{format_number(gap, 3)}",
            (floor + gap, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=text_color(VERMILION),
        )
    axis.axvline(floor, color=INK, linewidth=1.6, linestyle=(0, (4, 3)))
    axis.set_xlim(0, (floor + extra.max()) * (1.24 if is_narrow() else 1.15))
    axis.set_ylim(len(rows) - 0.5, -0.55)
    # Words of the floor stand over it, on the side where there is more room.
    on_left = floor > axis.get_xlim()[1] / 2
    axis.annotate(
        text("figures.entropy_and_gaps.floor", value=format_number(floor, 3)),
        (floor, -0.55),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right" if on_left else "left",
        annotation_clip=False,
    )
    axis.set_yticks(rows, shown)
    hide_ruler(axis, "left")
    axis.set_xlabel(text("figures.entropy_and_gaps.x"))
    return figure


@with_course_style
def prefix_costs(tokens: Sequence[str], entropy: ArrayLike, divergence: ArrayLike) -> Figure:
    """Draw what each token of a sentence costs a model: entropy of that place and divergence.

    Columns stand above the tokens where those fit below them, in one or two lines; bars lie beside
    the tokens where they do not, as on a phone.

    Parameters
    ----------
    tokens : sequence of str
        Two to sixteen tokens.
    entropy : array_like, shape (tokens,)
        True entropy of each token given those before it, in nats.
    divergence : array_like, shape (tokens,)
        Divergence of the model's distribution of that token from the true one, in nats.

    See Also
    --------
    entropy_and_gaps : The mean over all sentences, for several models.
    softmax_course.cross_entropy : Entropy and divergence together.

    Examples
    --------
    >>> figure = prefix_costs(["the", "cat", "sleeps"], [0.7, 2.3, 1.1], [0.0, 0.02, 0.4])
    """
    names = as_names(tokens, "tokens")
    n = len(names)
    if not 2 <= n <= 16:
        raise ValueError(f"tokens must be 2 to 16, got {n}")
    truth = check_row(entropy, "entropy", n, low=0.0)
    extra = check_row(divergence, "divergence", n, low=0.0)
    if not is_narrow():
        figure, axis = single_panel(3.8)
        _draw_columns(axis, truth, extra)
        if _fit_below(figure, axis, names):
            return figure
    figure, axis = _rows(1.4, 0.34, n)
    rows = np.arange(n)
    axis.barh(rows, truth, color=TINT, height=0.66)
    axis.barh(rows, extra, left=truth, color=VERMILION, height=0.66)
    axis.set_yticks(rows, names)
    axis.set_ylim(n - 0.45, -0.55)
    axis.set_xlim(left=0)
    hide_ruler(axis, "left")
    axis.set_xlabel(text("figures.prefix_costs.unit"))
    _legend(figure)
    return figure


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
    axis.set_xlabel(text("figures.reward_history.x"))
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


def _rows(base: float, each: float, n: int) -> tuple[Figure, Axes]:
    """Make a panel for horizontal bars, as high on a phone as in a text column."""
    figure = Figure(figsize=(width(), base + each * n), layout="constrained")
    return figure, figure.subplots()


def _in_column(name: str) -> str:
    """Break a long name in a narrow figure: bars need the room."""
    return two_lines(name) if is_narrow() and len(name) > 10 else name


def _draw_columns(axis: Axes, truth: NDArray[np.float64], extra: NDArray[np.float64]) -> None:
    places = np.arange(len(truth))
    axis.bar(places, truth, color=TINT, width=0.66)
    axis.bar(places, extra, bottom=truth, color=VERMILION, width=0.66)
    axis.set_xlim(-0.6, len(truth) - 0.4)
    axis.set_ylim(bottom=0)
    axis.tick_params(axis="x", length=0)
    axis.set_ylabel(text("figures.prefix_costs.unit"))


def _fit_below(figure: Figure, axis: Axes, names: Sequence[str]) -> bool:
    """Write the tokens below their columns, in two lines by turns if one has no room for all."""
    _legend(figure)
    for lines in (1, 2):
        axis.set_xticks(range(len(names)), names)
        for k, tick in enumerate(axis.xaxis.get_major_ticks()):
            tick.set_pad(4 if k % lines == 0 else 4 + _LINE)
        figure.draw_without_rendering()
        boxes: list[Any] = [label.get_window_extent() for label in axis.get_xticklabels()]
        apart = all(one.x1 + 4 < other.x0 for one, other in zip(boxes, boxes[lines:], strict=False))
        if apart and boxes[0].x0 >= 0 and boxes[-1].x1 <= figure.bbox.x1:
            return True
    return False


def _legend(figure: Figure) -> None:
    names = [text(f"figures.prefix_costs.{name}") for name in ("entropy", "divergence")]
    patches = [mpl.patches.Patch(color=color) for color in (TINT, VERMILION)]
    legend_above(figure, patches, names)
