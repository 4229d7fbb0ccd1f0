"""Figures of derivatives: the Jacobian, the gradient, the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from numpy.typing import ArrayLike

from softmax_course._checks import as_integer, as_positive
from softmax_course.numerics.derivatives import cross_entropy_grad, softmax_jacobian
from softmax_course.numerics.functional import logsumexp, softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.teaching.figures._common import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    RULE,
    VERMILION,
    check_labels,
    check_logits,
    draw_heatmap,
    format_number,
    single_panel,
    symbol_of,
    text_color,
    with_course_style,
)
from softmax_course.teaching.plotting import DIVERGING_TINTS
from softmax_course.teaching.words import text


@with_course_style
def jacobian_heatmap(logits: ArrayLike, temperature: float = 1.0) -> Figure:
    """Draw the Jacobian of softmax with its numbers, and its rows' sums, which are zero.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to six classes.
    temperature : float, default 1.0
        Temperature.

    See Also
    --------
    softmax_course.softmax_jacobian : The numbers.
    difference_error : How exactly quotients give them.

    Examples
    --------
    >>> jacobian_heatmap([3.0, 1.0, 0.2]).axes[0].texts[0].get_text()
    '0.137'
    """
    z = check_logits(logits, at_most=6)
    values = softmax_jacobian(z, temperature=temperature)
    n = z.size
    figure, axis = single_panel(1.6 + 0.66 * n)
    # As far below 0 as above it, so that white is 0.
    top = float(np.abs(values).max())
    draw_heatmap(axis, values, DIVERGING_TINTS, -top, top)
    for i in range(n):
        for k in range(n):
            axis.text(k, i, format_number(values[i, k], 3), ha="center", va="center")
    for i, total in enumerate(values.sum(axis=1)):
        # Rounding leaves a few units of 1e-17 here; three digits of it are zero.
        axis.annotate(
            f"Σ = {format_number(round(total, 12), 0)}",
            (n - 0.5, i),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=MUTED,
            annotation_clip=False,
        )
    axis.set_xticks(range(n), [f"∂/∂{symbol_of('z', k)}" for k in range(n)])
    axis.set_yticks(range(n), [symbol_of("p", i) for i in range(n)])
    axis.xaxis.tick_top()
    axis.set_title(text("figures.jacobian_heatmap.title"), pad=14)
    return figure


@with_course_style
def gradient_arrows(logits: ArrayLike, target: int, labels: Sequence[str] | None = None) -> Figure:
    """Draw an arrow from each probability to its target: what a step against p − y pulls where.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to eight classes.
    target : int
        Index of the right class, from 0.
    labels : sequence of str, optional
        Names of the classes; z₁, z₂, … by default.

    See Also
    --------
    loss_along_logit : The loss whose slope the longest arrow shows.
    softmax_course.cross_entropy_grad : The numbers.

    Examples
    --------
    >>> figure = gradient_arrows([2.0, -1.0, 0.5], target=0)
    """
    z = check_logits(logits, at_most=8)
    right = as_integer(target, "target", 0, z.size - 1)
    names = check_labels(labels, z.size)
    probs = softmax(z)
    gradient = cross_entropy_grad(z, right)
    figure, axis = single_panel(1.5 + 0.55 * z.size)
    for row, (p, slope) in enumerate(zip(probs, gradient, strict=True)):
        color = GREEN if row == right else VERMILION
        wanted = 1.0 if row == right else 0.0
        axis.plot([0, 1], [row, row], color="#e3e8ed", linewidth=1.5, zorder=0.5)
        axis.plot([wanted], [row], "o", color="white", markeredgecolor=color, markersize=10)
        # An arrow too short to have a head would only hide the dots.
        if abs(slope) > 0.03:
            axis.add_patch(
                FancyArrowPatch(
                    (p, row),
                    (wanted, row),
                    arrowstyle="-|>",
                    mutation_scale=17,
                    linewidth=2.6,
                    color=color,
                    shrinkA=4,
                    shrinkB=6,
                    zorder=2,
                )
            )
        axis.plot([p], [row], "o", color=INK, markersize=8, zorder=3)
        sign = "+" if slope > 0 else ""
        axis.annotate(
            sign + format_number(slope, 3),
            (1.0, row),
            xytext=(16, 0),
            textcoords="offset points",
            va="center",
            color=text_color(color),
            annotation_clip=False,
        )
    axis.annotate(
        "p − y",
        (1.0, -0.62),
        xytext=(16, 0),
        textcoords="offset points",
        va="center",
        color=MUTED,
        annotation_clip=False,
    )
    axis.set_yticks(range(z.size), names)
    axis.get_yticklabels()[right].set_color(text_color(GREEN))
    axis.set_ylim(z.size - 0.5, -0.7)
    axis.set_xlim(-0.03, 1.03)
    axis.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(text("figures.gradient_arrows.x"))
    axis.set_title(
        text("figures.gradient_arrows.title", symbol=symbol_of("z", right)), fontsize=12.5
    )
    return figure


@with_course_style
def loss_along_logit(logits: ArrayLike, target: int, span: float = 6.0) -> Figure:
    """Draw cross-entropy while the right class's logit moves: slope p − 1, from −1 to 0.

    Parameters
    ----------
    logits : array_like, shape (n,)
        At least two classes.
    target : int
        Index of the right class, whose logit moves, from 0.
    span : float, default 6.0
        How far it moves to either side.

    See Also
    --------
    gradient_arrows : The slopes of all logits.
    softmax_course.cross_entropy : The numbers.

    Examples
    --------
    >>> figure = loss_along_logit([2.0, -1.0, 0.5], target=0)
    """
    z = check_logits(logits, at_most=100_000)
    right = as_integer(target, "target", 0, z.size - 1)
    span = as_positive(span, "span")
    others = float(logsumexp(np.delete(z, right)))
    # Centered where p = 1/2, so that both asymptotes show; the given point is always inside.
    reach = max(span, 1.3 * abs(z[right] - others))
    where = np.linspace(others - reach, others + reach, 241)
    rows = np.tile(z, (where.size, 1))
    rows[:, right] = where
    loss = cross_entropy(rows, np.full(where.size, right), reduction="none")
    here = float(cross_entropy(z, right))
    slope = float(cross_entropy_grad(z, right)[right])
    figure, axis = single_panel(3.9)
    dashes: dict[str, Any] = {"color": MUTED, "linewidth": 1.2, "linestyle": (0, (4, 3))}
    axis.plot(where[where < others], others - where[where < others], **dashes)
    axis.axhline(0, color=RULE, linewidth=1, zorder=0.5)
    axis.plot(where, loss, color=BLUE)
    half = 0.3 * reach / np.hypot(1.0, slope)
    ends = np.array([z[right] - half, z[right] + half])
    axis.plot(ends, here + slope * (ends - z[right]), color=VERMILION, linewidth=2.6)
    axis.plot([z[right]], [here], "o", color=VERMILION, zorder=3)
    axis.annotate(
        text("figures.loss_along_logit.slope", value=format_number(slope)),
        (z[right], here),
        xytext=(8, 12),
        textcoords="offset points",
        color=text_color(VERMILION),
    )
    axis.annotate(
        text("figures.loss_along_logit.steep"),
        (where[0], loss[0]),
        xytext=(26, -6),
        textcoords="offset points",
        color=MUTED,
        va="center",
    )
    axis.annotate(
        text("figures.loss_along_logit.floor"),
        (where[-1], 0.0),
        xytext=(-2, 9),
        textcoords="offset points",
        ha="right",
        color=MUTED,
    )
    axis.set_xlim(where[0], where[-1])
    axis.set_ylim(-0.05 * loss[0], 1.06 * loss[0])
    axis.set_xlabel(text("figures.loss_along_logit.x", symbol=symbol_of("z", right)))
    axis.set_ylabel(text("figures.loss"))
    return figure
