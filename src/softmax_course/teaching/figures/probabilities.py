"""Figures of logits and probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softmax_course._checks import as_integer, as_positive
from softmax_course.numerics.functional import sigmoid, softmax
from softmax_course.numerics.losses import entropy
from softmax_course.numerics.sparsemax import sparsemax
from softmax_course.teaching.figures._common import (
    BLUE,
    INK,
    MUTED,
    RULE,
    VERMILION,
    check_labels,
    check_logits,
    check_temperatures,
    class_colors,
    draw_bars,
    format_number,
    label_line_ends,
    panel_grid,
    single_panel,
    symbol_of,
    text_color,
    with_course_style,
)
from softmax_course.teaching.plotting import PALETTE
from softmax_course.teaching.words import text


@with_course_style
def softmax_steps(
    logits: ArrayLike, labels: Sequence[str] | None = None, temperature: float = 1.0
) -> Figure:
    """Draw bars of the logits, their exponentials and the probabilities, side by side.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to ten classes.
    labels : sequence of str, optional
        Names of the classes; z₁, z₂, … by default.
    temperature : float, default 1.0
        Divides the logits first.

    Raises
    ------
    ValueError
        Also if an exponential overflows.

    See Also
    --------
    temperature_sweep : Probabilities alone, at several temperatures.
    softmax_course.softmax : The numbers.
    """
    z = check_logits(logits, at_most=10)
    names = check_labels(labels, z.size)
    probs = softmax(z, temperature=temperature)
    scaled = z / temperature
    with np.errstate(over="ignore"):
        powers = np.exp(scaled)
    if not np.isfinite(powers.sum()):
        raise ValueError(
            f"exp({scaled.max():g}) overflows: take the largest logit from all of them first, "
            "the probabilities stay the same"
        )
    figure, axes = panel_grid(1.35 + 0.42 * z.size, 1, 3, sharey=True)
    colors = class_colors(z.size)
    same = temperature == 1
    titles = [
        text("figures.softmax_steps.logits" if same else "figures.softmax_steps.scaled"),
        text("figures.softmax_steps.exponentials" if same else "figures.softmax_steps.powers"),
        text("figures.softmax_steps.probabilities"),
    ]
    for axis, values, title, places, limit in zip(
        axes[0], (scaled, powers, probs), titles, (2, 2, 3), (None, None, 1.0), strict=True
    ):
        draw_bars(axis, values, colors, places, limit)
        axis.set_title(title)
    axes[0, 0].set_yticks(range(z.size), names)
    for axis, total in ((axes[0, 1], powers.sum()), (axes[0, 2], probs.sum())):
        axis.set_xlabel(text("figures.sum", total=format_number(total)), loc="left", color=MUTED)
    return figure


@with_course_style
def temperature_sweep(
    logits: ArrayLike,
    temperatures: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
) -> Figure:
    """Draw the probabilities of the same logits at several temperatures.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to ten classes.
    temperatures : sequence of float, optional
        Two to four temperatures; 0.5, 1 and 2 by default.
    labels : sequence of str, optional
        Names of the classes; p₁, p₂, … by default.

    See Also
    --------
    entropy_of_temperature : Their entropy, at every temperature.
    simplex : Their path, for three classes.

    Examples
    --------
    >>> len(temperature_sweep([2.0, -1.0, 0.5], [0.25, 1, 4]).axes)
    3
    """
    z = check_logits(logits, at_most=10)
    chosen = check_temperatures((0.5, 1.0, 2.0) if temperatures is None else temperatures)
    if not 2 <= len(chosen) <= 4:
        raise ValueError(f"temperature_sweep draws 2 to 4 temperatures, got {len(chosen)}")
    names = check_labels(labels, z.size, "p")
    figure, axes = panel_grid(1.3 + 0.42 * z.size, 1, len(chosen), sharey=True)
    for axis, temperature in zip(axes[0], chosen, strict=True):
        draw_bars(axis, softmax(z, temperature=temperature), class_colors(z.size), 2, 1.0)
        axis.set_title(text("figures.temperature", T=temperature))
    axes[0, 0].set_yticks(range(z.size), names)
    axes[0, 0].set_xlabel(text("figures.temperature_sweep.low"), loc="left", color=MUTED)
    axes[0, -1].set_xlabel(text("figures.temperature_sweep.high"), loc="left", color=MUTED)
    return figure


@with_course_style
def probability_curves(logits: ArrayLike, index: int, span: float = 6.0) -> Figure:
    """Draw every probability while one logit moves and the others stay.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to five classes.
    index : int
        The logit that moves, from 0.
    span : float, default 6.0
        How far it moves to either side.

    See Also
    --------
    loss_along_logit : The loss of the class whose logit moves.

    Examples
    --------
    >>> len(probability_curves([2.0, -1.0, 0.5], index=1).axes[0].lines)
    5
    """
    z = check_logits(logits, at_most=len(PALETTE))
    moving = as_integer(index, "index", 0, z.size - 1)
    span = as_positive(span, "span")
    where = np.linspace(z[moving] - span, z[moving] + span, 241)
    rows = np.tile(z, (where.size, 1))
    rows[:, moving] = where
    curves = softmax(rows)
    figure, axis = single_panel(3.7)
    for probs, color in zip(curves.T, PALETTE, strict=False):
        axis.plot(where, probs, color=color)
    axis.axvline(z[moving], color=RULE, linewidth=1, zorder=0.5)
    axis.plot(
        np.full(z.size, z[moving]), softmax(z), "o", color=INK, markerfacecolor="white", zorder=3
    )
    axis.set_xlim(where[0], where[-1])
    axis.set_ylim(-0.02, 1.02)
    axis.set_xlabel(text("figures.logit", symbol=symbol_of("z", moving)))
    axis.set_ylabel(text("figures.probability"))
    label_line_ends(
        axis, where[-1], curves[-1], [symbol_of("p", i) for i in range(z.size)], PALETTE[: z.size]
    )
    return figure


@with_course_style
def entropy_of_temperature(logits: ArrayLike) -> Figure:
    """Draw the entropy of the probabilities against the temperature, between its two limits.

    Parameters
    ----------
    logits : array_like, shape (n,)
        At least two classes, not all logits equal.

    Raises
    ------
    ValueError
        If all logits are equal: the entropy would be log n at every temperature.

    See Also
    --------
    temperature_sweep : The probabilities at some temperatures.
    softmax_course.entropy : The numbers.

    Examples
    --------
    >>> entropy_of_temperature([2.0, -1.0, 0.5]).axes[0].get_xscale()
    'log'
    """
    z = check_logits(logits, at_most=100_000)
    if np.ptp(z) == 0:
        raise ValueError("logits must not all be equal: their entropy does not depend on T")
    where = np.geomspace(0.05, 50.0, 241)
    values = entropy(softmax(z / where[:, None]))
    ceiling = np.log(z.size)
    figure, axis = single_panel(3.6)
    axis.axhline(ceiling, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    axis.plot(where, values, color=BLUE)
    here = float(entropy(softmax(z)))
    axis.plot([1.0], [here], "o", color=VERMILION, zorder=3)
    axis.annotate(
        f"T = 1: {format_number(here)}",
        (1.0, here),
        xytext=(9, -5),
        textcoords="offset points",
        va="top",
        color=text_color(VERMILION),
    )
    axis.annotate(
        text("figures.entropy_of_temperature.ceiling", n=z.size, value=format_number(ceiling)),
        (where[0], ceiling),
        xytext=(2, 4),
        textcoords="offset points",
        color=MUTED,
    )
    axis.set_xscale("log")
    axis.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axis.minorticks_off()
    axis.set_xlim(where[0], where[-1])
    axis.set_ylim(0, ceiling * 1.14)
    axis.set_xlabel(text("figures.entropy_of_temperature.x"))
    axis.set_ylabel(text("figures.entropy_of_temperature.y"))
    return figure


@with_course_style
def sigmoid_vs_softmax(
    logits: ArrayLike = (2.0, -1.0, 0.5), labels: Sequence[str] | None = None
) -> Figure:
    """Draw the same logits through a sigmoid each and through one softmax: who sums to one.

    Parameters
    ----------
    logits : array_like, shape (n,), default (2.0, -1.0, 0.5)
        Two to eight classes.
    labels : sequence of str, optional
        Names of the classes; z₁, z₂, … by default.

    See Also
    --------
    softmax_steps : How softmax comes to its bars.
    softmax_course.sigmoid : The numbers of the first panel.
    """
    z = check_logits(logits, at_most=8)
    names = [
        f"{name} = {format_number(value, 1)}" if labels is None else name
        for name, value in zip(check_labels(labels, z.size), z, strict=True)
    ]
    figure, axes = panel_grid(1.6 + 0.42 * z.size, 1, 2, sharey=True)
    for axis, values, kind in (
        (axes[0, 0], sigmoid(z), "sigmoid"),
        (axes[0, 1], softmax(z), "softmax"),
    ):
        draw_bars(axis, values, class_colors(z.size), 3, 1.0)
        axis.set_title(text(f"figures.sigmoid_vs_softmax.{kind}"))
        total = text("figures.sum", total=format_number(values.sum()))
        note = text(f"figures.sigmoid_vs_softmax.{kind}_note")
        axis.set_xlabel(f"{total}\n{note}", loc="left", color=MUTED, linespacing=1.4)
    axes[0, 0].set_yticks(range(z.size), names)
    return figure


@with_course_style
def sparsemax_vs_softmax(span: float = 4.0) -> Figure:
    """Draw the probability of the first of two classes: softmax never reaches 0 and 1.

    Parameters
    ----------
    span : float, default 4.0
        Largest difference of the logits that is drawn; more than 1, where sparsemax ends.

    See Also
    --------
    softmax_course.sparsemax : The numbers.
    """
    if as_positive(span, "span") <= 1:
        raise ValueError(f"span must be larger than 1, got {span}")
    # A multiple of 8 intervals puts a point on each corner of sparsemax for the default span.
    where = np.linspace(-span, span, 321)
    rows = np.stack([where, np.zeros_like(where)], axis=1)
    figure, axis = single_panel(3.7)
    smooth, sparse = softmax(rows)[:, 0], sparsemax(rows)[:, 0]
    for height in (0.0, 1.0):
        axis.axhline(height, color=RULE, linewidth=1, zorder=0.5)
    axis.plot(where, smooth, color=BLUE)
    axis.plot(where, sparse, color=VERMILION)
    axis.annotate(
        "softmax",
        (-span / 2, float(softmax([-span / 2, 0.0])[0])),
        xytext=(-4, 8),
        textcoords="offset points",
        ha="right",
        color=text_color(BLUE),
    )
    axis.annotate(
        text("figures.sparsemax_vs_softmax.sparsemax"),
        (1.0, 1.0),
        xytext=(0, 7),
        textcoords="offset points",
        ha="left",
        color=text_color(VERMILION),
    )
    axis.set_xlim(-span, span)
    axis.set_ylim(-0.06, 1.16)
    axis.set_xlabel(text("figures.sparsemax_vs_softmax.x"))
    axis.set_ylabel(text("figures.probability_of", symbol="p₁"))
    return figure
