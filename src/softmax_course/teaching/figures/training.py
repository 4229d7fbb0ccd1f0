"""Figures of training and evaluation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import ArrayLike

from softmax_course._checks import as_integer, as_names, as_real_array
from softmax_course.numerics import calibration
from softmax_course.teaching.figures._common import (
    GREEN,
    MUTED,
    RULE,
    SMALL,
    TINT,
    VERMILION,
    WIDTH,
    draw_heatmap,
    draw_image,
    format_number,
    hide_ruler,
    is_narrow,
    label_line_ends,
    panel_grid,
    single_panel,
    text_color,
    width,
    with_course_style,
)
from softmax_course.teaching.plotting import DIVERGING, DIVERGING_TINTS, NARROW, PALETTE
from softmax_course.teaching.words import text


@with_course_style
def loss_history(
    history: ArrayLike | Mapping[str, ArrayLike], classes: int | None = None
) -> Figure:
    """Draw the loss after each step of training.

    Parameters
    ----------
    history : array_like, shape (steps,), or mapping of names to such
        At least two finite losses, in nats; several runs, up to five, are named at the ends of
        their lines.
    classes : int, optional
        Draws log n, the loss of guessing all n classes alike.

    See Also
    --------
    softmax_course.SoftmaxRegression : Keeps its losses in ``loss_history_``.

    Examples
    --------
    >>> figure = loss_history([2.3, 1.2, 0.8, 0.6], classes=10)
    """
    runs = dict(history) if isinstance(history, Mapping) else {"": history}
    if not 1 <= len(runs) <= len(PALETTE):
        raise ValueError(f"loss_history draws 1 to {len(PALETTE)} runs, got {len(runs)}")
    series = {}
    for name, values in runs.items():
        losses = as_real_array(values, "history").astype(np.float64)
        if losses.ndim != 1 or losses.size < 2 or not np.isfinite(losses).all():
            raise ValueError(
                f"history must hold at least two finite losses in one row, got shape {losses.shape}"
            )
        series[str(name)] = losses
    if classes is not None:
        classes = as_integer(classes, "classes", 2)
    figure, axis = single_panel(3.6)
    last = max(losses.size for losses in series.values()) - 1
    for losses, color in zip(series.values(), PALETTE, strict=False):
        axis.plot(losses, color=color)
    highest = max(float(losses.max()) for losses in series.values())
    if classes is not None:
        guess = float(np.log(classes))
        highest = max(highest, guess)
        axis.axhline(guess, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
        axis.annotate(
            text("figures.loss_history.guess", n=classes, value=format_number(guess)),
            (last, guess),
            xytext=(0, 5),
            textcoords="offset points",
            ha="right",
            color=MUTED,
        )
    axis.set_xlim(0, last)
    axis.set_ylim(min(0.0, min(float(v.min()) for v in series.values())), highest * 1.14)
    axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=6, integer=True))
    axis.set_xlabel(text("figures.loss_history.x"))
    axis.set_ylabel(text("figures.loss"))
    ends = [float(losses[-1]) for losses in series.values()]
    names = [
        f"{name}  {format_number(end, 3)}".strip() for name, end in zip(series, ends, strict=True)
    ]
    label_line_ends(axis, last, ends, names, PALETTE[: len(series)])
    return figure


@with_course_style
def reliability_diagram(
    probs: ArrayLike, target: ArrayLike, n_bins: int = 10, bins: str = "width"
) -> Figure:
    """Draw accuracy against confidence, bin by bin, with the number of examples below.

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Probabilities.
    target : array_like of int, shape (examples,)
        Right classes.
    n_bins : int, default 10
        Number of bins.
    bins : {"width", "mass"}, default "width"
        Bins of equal width, or adaptive ones that hold about as many examples each.

    See Also
    --------
    softmax_course.reliability_curve : The numbers.
    softmax_course.fit_temperature : The remedy.

    Examples
    --------
    >>> figure = reliability_diagram([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]], [0, 1, 1])
    """
    curve = calibration.reliability_curve(probs, target, n_bins, bins)
    error = calibration.expected_calibration_error(probs, target, n_bins, bins)
    figure = Figure(figsize=(width(), 5.2), layout=ConstrainedLayoutEngine(hspace=0.08))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    widths, left = np.diff(curve.edges), curve.edges[:-1]
    filled = curve.count > 0
    upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=3)
    upper.bar(
        left[filled],
        curve.accuracy[filled],
        widths[filled] * 0.94,
        align="edge",
        color=TINT,
    )
    middle = left[filled] + widths[filled] / 2
    upper.vlines(
        middle, curve.accuracy[filled], curve.confidence[filled], color=VERMILION, zorder=3
    )
    upper.plot(
        middle,
        curve.confidence[filled],
        "o",
        color=VERMILION,
        markeredgecolor="white",
        markersize=9,
        zorder=4,
    )
    upper.set_ylim(0, 1.02)
    upper.set_xlim(0, 1)
    upper.set_ylabel(text("figures.reliability_diagram.accuracy"))
    figure.legend(
        handles=[
            mpl.patches.Patch(color=TINT),
            mpl.lines.Line2D([], [], color=VERMILION, marker="o", markersize=9),
        ],
        labels=[
            text("figures.reliability_diagram.accuracy"),
            text("figures.reliability_diagram.mean_confidence"),
        ],
        loc="outside upper left",
        ncols=2,
        handlelength=1.2,
        columnspacing=1.4,
    )
    upper.annotate(
        text("figures.reliability_diagram.error", value=format_number(error, 3)),
        (1, 1.02),
        xycoords="axes fraction",
        ha="right",
        va="bottom",
    )
    lower.bar(left, curve.count, widths * 0.94, align="edge", color=RULE)
    lower.set_ylabel(text("figures.reliability_diagram.count"))
    lower.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=2, integer=True))
    lower.set_xlabel(text("figures.reliability_diagram.confidence"))
    return figure


@with_course_style
def confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, labels: Sequence[str] | None = None
) -> Figure:
    """Draw how often each class (row) was taken for each class (column).

    Parameters
    ----------
    y_true, y_pred : array_like of int, shape (examples,)
        Right and predicted class indices.
    labels : sequence of str, optional
        Names of the classes, index 0 first; the indices by default.

    See Also
    --------
    digits : The examples themselves.

    Examples
    --------
    >>> figure = confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2])
    """
    right, guess = as_real_array(y_true, "y_true"), as_real_array(y_pred, "y_pred")
    for array, name in ((right, "y_true"), (guess, "y_pred")):
        if array.dtype.kind not in "iu":
            raise TypeError(f"{name} must hold integer class indices, got dtype {array.dtype}")
    if right.ndim != 1 or right.shape != guess.shape or right.size == 0:
        raise ValueError(
            f"y_true and y_pred must be rows of equal length, got shapes {right.shape} "
            f"and {guess.shape}"
        )
    top = int(max(right.max(), guess.max()))
    names = [str(i) for i in range(top + 1)] if labels is None else as_names(labels, "labels")
    n = len(names)
    if min(right.min(), guess.min()) < 0 or top >= n or not 2 <= n <= 12:
        raise ValueError(
            f"class indices must lie within 0 and {n - 1}, for 2 to 12 classes, "
            f"got {min(right.min(), guess.min())} to {top}"
        )
    counts = np.zeros((n, n), dtype=np.int64)
    np.add.at(counts, (right, guess), 1)
    # Right answers shade blue, errors orange, each by its share of the row.
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shade = np.where(np.eye(n, dtype=bool), share, -np.sqrt(share))
    figure, axis = single_panel(min(5.9, 1.5 + 0.75 * n))
    draw_heatmap(axis, shade, DIVERGING_TINTS, -1, 1)
    for i in range(n):
        for k in range(n):
            if counts[i, k]:
                axis.text(k, i, str(counts[i, k]), ha="center", va="center", fontsize=12)
    axis.set_xticks(range(n), names)
    axis.set_yticks(range(n), names)
    axis.set_xlabel(text("figures.confusion_matrix.predicted"))
    axis.set_ylabel(text("figures.confusion_matrix.true"))
    axis.set_title(
        text("figures.confusion_matrix.title", right=int(np.trace(counts)), total=right.size),
        fontsize=12.5,
    )
    return figure


@with_course_style
def digits(images: ArrayLike, labels: ArrayLike, probs: ArrayLike | None = None) -> Figure:
    """Draw handwritten digits with their labels and, below each, the predicted probabilities.

    Parameters
    ----------
    images : array_like, shape (examples, height, width)
        One to ten images; larger values are darker.
    labels : array_like of int, shape (examples,)
        Right classes.
    probs : array_like, shape (examples, classes), optional
        Predicted probabilities.

    See Also
    --------
    weights : What a linear classifier looks for in them.
    confusion_matrix : All answers at a glance.

    Examples
    --------
    >>> import numpy as np
    >>> figure = digits(np.zeros((2, 8, 8)), [3, 5])
    """
    pictures, right = as_real_array(images, "images"), as_real_array(labels, "labels")
    if pictures.ndim != 3 or not 1 <= len(pictures) <= 10:
        raise ValueError(f"images must have shape (1 to 10, height, width), got {pictures.shape}")
    if right.shape != pictures.shape[:1]:
        raise ValueError(f"labels must have shape {pictures.shape[:1]}, got {right.shape}")
    guesses = None if probs is None else as_real_array(probs, "probs").astype(np.float64)
    if guesses is not None and (guesses.ndim != 2 or guesses.shape[:1] != right.shape):
        raise ValueError(f"probs must have shape ({right.size}, classes), got {guesses.shape}")
    columns = min(5, len(pictures))
    lines = -(-len(pictures) // columns)
    each = 1 if guesses is None else 2
    figure = Figure(
        figsize=(width(), lines * (1.75 if guesses is None else 2.75) + 0.25), layout="constrained"
    )
    axes = figure.subplots(
        lines * each,
        columns,
        squeeze=False,
        height_ratios=([3, 2] if each == 2 else [1]) * lines,
    )
    for axis in axes.flat:
        axis.axis("off")
        axis.set(xticks=[], yticks=[])  # measured by the layout even where they are not drawn
    for example, picture in enumerate(pictures):
        line, column = divmod(example, columns)
        shown = axes[line * each, column]
        draw_image(shown, picture, "gray_r")
        shown.set_title(str(right[example]), loc="center", pad=4)
        if guesses is None:
            continue
        row = guesses[example]
        best = int(row.argmax())
        below = axes[line * each + 1, column]
        below.axis("on")
        colors = np.full(row.size, RULE, dtype=object)
        colors[best] = GREEN if best == right[example] else VERMILION
        below.bar(range(row.size), row, color=list(colors), width=0.8)
        below.set_ylim(0, 1.0)
        hide_ruler(below, "left")
        below.set_yticks([])
        below.tick_params(axis="x", length=0)
        # The number stands in the middle, wherever its bar is.
        below.set_xticks([(row.size - 1) / 2], [f"{best}: {format_number(float(row[best]))}"])
        below.get_xticklabels()[0].set_color(text_color(str(colors[best])))
    if guesses is not None:
        figure.supxlabel(text("figures.digits.note"), fontsize=SMALL, color=MUTED)
    return figure


@with_course_style
def weights(
    coefficients: ArrayLike,
    labels: Sequence[str] | None = None,
    shape: tuple[int, int] | None = None,
) -> Figure:
    """Draw the weights of each class as an image: blue speaks for the class, orange against it.

    Parameters
    ----------
    coefficients : array_like, shape (classes, height * width)
        Weights of one to ten classes, such as ``SoftmaxRegression.coef_``.
    labels : sequence of str, optional
        Names of the classes; the indices by default.
    shape : tuple of int, optional
        Height and width of the images; square by default.

    See Also
    --------
    digits : The images a classifier reads.

    Examples
    --------
    >>> import numpy as np
    >>> figure = weights(np.eye(3, 64))
    """
    rows = as_real_array(coefficients, "coefficients").astype(np.float64)
    if rows.ndim != 2 or not 1 <= len(rows) <= 10 or not np.isfinite(rows).all():
        raise ValueError(
            "coefficients must be finite, a row for each of 1 to 10 classes, "
            f"got shape {rows.shape}"
        )
    side = math.isqrt(rows.shape[1])
    height, width = (side, side) if shape is None else shape
    if height * width != rows.shape[1]:
        raise ValueError(f"{rows.shape[1]} weights do not fill an image of {height} by {width}")
    names = (
        [str(i) for i in range(len(rows))]
        if labels is None
        else as_names(labels, "labels", len(rows))
    )
    top = float(np.abs(rows).max()) or 1.0
    columns = min(5, len(rows))
    lines = -(-len(rows) // columns)
    scale = NARROW / WIDTH if lines > 1 and is_narrow() else 1  # images are squares
    figure, axes = panel_grid(0.8 + 1.45 * scale * lines, lines, columns)
    for axis in axes.flat:
        axis.axis("off")
    for axis, row, name in zip(axes.flat, rows, names, strict=False):
        axis.axis("on")
        cells = draw_image(axis, row.reshape(height, width), DIVERGING, -top, top)
        axis.set_title(name, loc="center", pad=4)
        # Pixels that are always white have weights near 0: a frame shows where the image ends.
        axis.set(xticks=[], yticks=[])
        for spine in axis.spines.values():
            spine.set(visible=True, color=RULE, linewidth=0.8)
    bar = figure.colorbar(cells, ax=axes, orientation="horizontal", aspect=40, pad=0.04)
    bar.set_ticks([-top, 0.0, top], labels=[format_number(-top), "0", format_number(top)])
    bar.outline.set_visible(False)
    return figure
