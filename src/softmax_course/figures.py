"""One function for each figure of the course; each returns a Matplotlib figure.

Data go in, numbers come from `softmax_course` itself, words from the message file of the language
that `softmax_course.language.use` selected. In a notebook the call alone, as a cell's last line,
shows the figure as SVG.

Examples
--------
>>> from softmax_course import figures, language
>>> language.use("en")
>>> figure = figures.softmax_steps([2.0, -1.0, 0.5])
>>> [panel.get_title(loc="left") for panel in figure.axes]
['logits zᵢ', 'exponentials exp(zᵢ)', 'probabilities pᵢ']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Literal, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import FancyArrowPatch, Polygon
from matplotlib.patheffects import withStroke
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike, NDArray

from softmax_course import calibration, language
from softmax_course._checks import as_integer, as_names, as_positive, as_real_array
from softmax_course.derivatives import cross_entropy_grad, softmax_jacobian
from softmax_course.functional import (
    cross_entropy,
    entropy,
    logsumexp,
    sigmoid,
    softmax,
)
from softmax_course.gradcheck import step_size_errors
from softmax_course.language import text
from softmax_course.variants import sparsemax

__all__ = [
    "PALETTE",
    "attention_weights",
    "confusion_matrix",
    "difference_error",
    "digits",
    "entropy_of_temperature",
    "gradient_arrows",
    "jacobian_heatmap",
    "loss_along_logit",
    "loss_history",
    "overflow_map",
    "probability_curves",
    "reliability_diagram",
    "sigmoid_vs_softmax",
    "simplex",
    "softmax_steps",
    "sparsemax_vs_softmax",
    "temperature_sweep",
]

_STYLE = mpl.rc_params_from_file(language.STYLE, use_default_template=False)

#: Colours of the course, from its style sheet: blue, vermilion, green, purple, ink.
PALETTE: tuple[str, ...] = tuple(_STYLE["axes.prop_cycle"].by_key()["color"])

BLUE, VERMILION, GREEN, PURPLE, INK = PALETTE
MUTED = "#66717d"
RULE = "#aab4bf"
TINT = "#9ccbe8"

# Light enough at both ends that ink on any of their colours keeps a contrast of 4.5 or more.
TINTS = LinearSegmentedColormap.from_list("tints", ["#ffffff", "#cfe4f3", "#94c5e7"])
DIVERGING = LinearSegmentedColormap.from_list(
    "diverging", ["#f5b98f", "#fbe3d2", "#ffffff", "#d5e8f5", "#94c5e7"]
)

WIDTH = 6.2
SMALL = 11.5

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


# What the figures share


def _figure(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw in the language in use, and fail here rather than at display if a glyph is missing."""

    @wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> Figure:
        language.use(language.current())
        figure = draw(*args, **kwargs)
        language.check_glyphs(figure)
        # Makes the tick labels now, in this language's font, should the language change later.
        figure.draw_without_rendering()
        return figure

    return drawn


def _panels(
    height: float, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, NDArray[Any]]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def _panel(height: float) -> tuple[Figure, Axes]:
    figure, axes = _panels(height)
    return figure, axes[0, 0]


def _logits(logits: ArrayLike, at_most: int, at_least: int = 2) -> NDArray[Any]:
    z = as_real_array(logits, "logits").astype(np.float64)
    if z.ndim != 1 or not at_least <= z.size <= at_most:
        wanted = f"{at_least}" if at_least == at_most else f"{at_least} to {at_most}"
        raise ValueError(f"logits must be one row of {wanted} classes, got shape {z.shape}")
    if not np.isfinite(z).all():
        raise ValueError(f"logits must be finite, got {z.tolist()}")
    return z


def _labels(labels: Sequence[str] | None, n: int, symbol: str = "z") -> list[str]:
    if labels is None:
        return [_symbol(symbol, i) for i in range(n)]
    return as_names(labels, "labels", n)


def _temperatures(values: Sequence[float]) -> list[float]:
    temperatures = as_real_array(values, "temperatures").astype(np.float64)
    if temperatures.ndim != 1 or temperatures.size == 0:
        raise ValueError(f"temperatures must be a list of numbers, got {values!r}")
    return [as_positive(temperature, "temperatures") for temperature in temperatures.tolist()]


def _symbol(letter: str, i: int) -> str:
    """Write the i-th component as a formula does: index 0 is z₁."""
    return letter + str(i + 1).translate(_SUBSCRIPTS)


def _colours(n: int) -> list[str]:
    """Choose a colour for each class; one for all where there are more classes than colours."""
    return list(PALETTE[:n]) if n <= len(PALETTE) else [BLUE] * n


def _written(colour: str) -> tuple[float, float, float]:
    """Darken a colour until it serves for words: at least 4.5 to 1 on white."""
    rgb = np.array(to_rgb(colour))
    while 1.05 / (_luminance(rgb) + 0.05) < 4.5:
        rgb = rgb * 0.97
    return float(rgb[0]), float(rgb[1]), float(rgb[2])


def _luminance(rgb: ArrayLike) -> float:
    """Relative luminance, by the definition of WCAG 2."""
    c = np.asarray(rgb, dtype=float)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _number(value: float, digits: int = 2) -> str:
    """Write a number as figures show it: point, true minus sign, no minus zero, no false zero."""
    if value and not 0.5 * 10.0**-digits < abs(value) < 1e5:
        shown = f"{value:.{digits}g}" if abs(value) < 1e5 else f"{value:.2g}"
    else:
        shown = f"{value:.{digits}f}"
    if float(shown) == 0:
        shown = shown.lstrip("-")
    return shown.replace("-", "−").replace("e+0", "e").replace("e+", "e").replace("e−0", "e−")


def _bare(axis: Axes, *sides: str) -> None:
    """Remove the ruler where numbers stand on the marks themselves."""
    for side in sides:
        axis.spines[side].set_visible(False)
        which: Literal["x", "y"] = "x" if side in ("bottom", "top") else "y"
        axis.tick_params(axis=which, length=0)
        if which == "x":
            axis.set_xticks([])


def _bars(
    axis: Axes,
    values: NDArray[Any],
    colours: Sequence[str],
    digits: int = 2,
    limit: float | None = None,
) -> None:
    """Horizontal bars, first class on top, each with its number at its end."""
    rows = np.arange(len(values))
    axis.barh(rows, values, color=colours, height=0.62)
    low, high = min(0.0, values.min()), max(0.0, values.max() if limit is None else limit)
    span = (high - low) or 1.0
    for row, value in zip(rows, values, strict=True):
        axis.annotate(
            _number(value, digits),
            (value, row),
            xytext=(-4 if value < 0 else 4, 0),
            textcoords="offset points",
            ha="right" if value < 0 else "left",
            va="center",
            fontsize=SMALL,
        )
    axis.axvline(0, color=RULE, linewidth=1, zorder=0.5)
    axis.set_xlim(low - (0.5 * span if low < 0 else 0), high + 0.44 * span)
    axis.set_ylim(len(values) - 0.4, -0.6)
    _bare(axis, "bottom", "left")


def _spread(values: ArrayLike, gap: float) -> NDArray[Any]:
    """Move label positions apart until neighbours are `gap` from each other, order kept."""
    wanted = np.asarray(values, dtype=float)
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(wanted.size)
    # Isotonic regression of the positions less the gaps: blocks of labels share their mean.
    blocks: list[list[float]] = []
    for value in wanted[order] - steps:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            blocks[-1] = [
                (blocks[-1][0] * blocks[-1][1] + mean * count) / (blocks[-1][1] + count),
                blocks[-1][1] + count,
            ]
    placed = np.repeat([mean for mean, _ in blocks], [int(count) for _, count in blocks]) + steps
    result = np.empty_like(placed)
    result[order] = placed
    return result


def _end_labels(
    axis: Axes, x: float, heights: ArrayLike, names: Sequence[str], colours: Sequence[str]
) -> None:
    """Name lines at their right ends instead of in a legend."""
    low, high = axis.get_ylim()
    inches = cast(Figure, axis.get_figure()).get_figheight() * 0.72
    gap = (high - low) * 0.23 / inches
    for y, name, colour in zip(_spread(heights, gap), names, colours, strict=True):
        axis.annotate(
            name,
            (x, y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=_written(colour),
            annotation_clip=False,
        )


def _heat(
    axis: Axes, values: NDArray[Any], colours: LinearSegmentedColormap, low: float, high: float
) -> None:
    """Cells with white gaps between them; rasters would blur in SVG."""
    rows, columns = values.shape
    axis.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(rows + 1) - 0.5,
        values,
        cmap=colours,
        vmin=low,
        vmax=high,
        edgecolors="white",
        linewidth=1.5,
    )
    axis.set_xlim(-0.5, columns - 0.5)
    axis.set_ylim(rows - 0.5, -0.5)
    axis.set_aspect("equal")
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)


# From logits to probabilities


@_figure
def softmax_steps(
    logits: ArrayLike, labels: Sequence[str] | None = None, temperature: float = 1.0
) -> Figure:
    """Bars of the logits, their exponentials and the probabilities, side by side.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to ten classes.
    labels : sequence of str, optional
        Names of the classes; z₁, z₂, … by default.
    temperature : float, default 1.0
        Divides the logits first.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are too many classes, a logit is not finite, or an exponential overflows.

    Examples
    --------
    >>> len(softmax_steps([2.0, -1.0, 0.5]).axes)
    3
    """
    z = _logits(logits, at_most=10)
    names = _labels(labels, z.size)
    probs = softmax(z, temperature=temperature)
    scaled = z / temperature
    with np.errstate(over="ignore"):
        powers = np.exp(scaled)
    if not np.isfinite(powers.sum()):
        raise ValueError(
            f"exp({scaled.max():g}) overflows: take the largest logit from all of them first, "
            "the probabilities stay the same"
        )
    figure, axes = _panels(1.35 + 0.42 * z.size, 1, 3, sharey=True)
    colours = _colours(z.size)
    same = temperature == 1
    titles = [
        text("figures.softmax_steps.logits" if same else "figures.softmax_steps.scaled"),
        text("figures.softmax_steps.exponentials" if same else "figures.softmax_steps.powers"),
        text("figures.softmax_steps.probabilities"),
    ]
    for axis, values, title, places, limit in zip(
        axes[0], (scaled, powers, probs), titles, (2, 2, 3), (None, None, 1.0), strict=True
    ):
        _bars(axis, values, colours, places, limit)
        axis.set_title(title)
    axes[0, 0].set_yticks(range(z.size), names)
    for axis, total in ((axes[0, 1], powers.sum()), (axes[0, 2], probs.sum())):
        axis.set_xlabel(text("figures.sum", total=_number(total)), loc="left", color=MUTED)
    return figure


@_figure
def temperature_sweep(
    logits: ArrayLike,
    temperatures: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
) -> Figure:
    """Probabilities of the same logits at several temperatures.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to ten classes.
    temperatures : sequence of float, optional
        Two to four temperatures; 0.5, 1 and 2 by default.
    labels : sequence of str, optional
        Names of the classes; p₁, p₂, … by default.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a temperature is not positive, or there are too many of them.

    Examples
    --------
    >>> len(temperature_sweep([2.0, -1.0, 0.5], [0.25, 1, 4]).axes)
    3
    """
    z = _logits(logits, at_most=10)
    chosen = _temperatures((0.5, 1.0, 2.0) if temperatures is None else temperatures)
    if not 2 <= len(chosen) <= 4:
        raise ValueError(f"temperature_sweep draws 2 to 4 temperatures, got {len(chosen)}")
    names = _labels(labels, z.size, "p")
    figure, axes = _panels(1.3 + 0.42 * z.size, 1, len(chosen), sharey=True)
    for axis, temperature in zip(axes[0], chosen, strict=True):
        _bars(axis, softmax(z, temperature=temperature), _colours(z.size), 2, 1.0)
        axis.set_title(text("figures.temperature", T=temperature))
    axes[0, 0].set_yticks(range(z.size), names)
    axes[0, 0].set_xlabel(text("figures.temperature_sweep.low"), loc="left", color=MUTED)
    axes[0, -1].set_xlabel(text("figures.temperature_sweep.high"), loc="left", color=MUTED)
    return figure


@_figure
def probability_curves(logits: ArrayLike, index: int, span: float = 6.0) -> Figure:
    """Every probability while one logit moves and the others stay.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to five classes.
    index : int
        The logit that moves, from 0.
    span : float, default 6.0
        How far it moves to either side.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If `index` names no class, or `span` is not positive.

    Examples
    --------
    >>> len(probability_curves([2.0, -1.0, 0.5], index=1).axes[0].lines)
    5
    """
    z = _logits(logits, at_most=len(PALETTE))
    moving = as_integer(index, "index", 0, z.size - 1)
    span = as_positive(span, "span")
    where = np.linspace(z[moving] - span, z[moving] + span, 241)
    rows = np.tile(z, (where.size, 1))
    rows[:, moving] = where
    curves = softmax(rows)
    figure, axis = _panel(3.7)
    for probs, colour in zip(curves.T, PALETTE, strict=False):
        axis.plot(where, probs, color=colour)
    axis.axvline(z[moving], color=RULE, linewidth=1, zorder=0.5)
    axis.plot(
        np.full(z.size, z[moving]), softmax(z), "o", color=INK, markerfacecolor="white", zorder=3
    )
    axis.set_xlim(where[0], where[-1])
    axis.set_ylim(-0.02, 1.02)
    axis.set_xlabel(text("figures.logit", symbol=_symbol("z", moving)))
    axis.set_ylabel(text("figures.probability"))
    _end_labels(
        axis, where[-1], curves[-1], [_symbol("p", i) for i in range(z.size)], PALETTE[: z.size]
    )
    return figure


@_figure
def entropy_of_temperature(logits: ArrayLike) -> Figure:
    """Entropy of the probabilities against the temperature, between its two limits.

    Parameters
    ----------
    logits : array_like, shape (n,)
        At least two classes, not all logits equal.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If all logits are equal: the entropy would be log n at every temperature.

    Examples
    --------
    >>> entropy_of_temperature([2.0, -1.0, 0.5]).axes[0].get_xscale()
    'log'
    """
    z = _logits(logits, at_most=100_000)
    if np.ptp(z) == 0:
        raise ValueError("logits must not all be equal: their entropy does not depend on T")
    where = np.geomspace(0.05, 50.0, 241)
    values = entropy(softmax(z / where[:, None]))
    ceiling = np.log(z.size)
    figure, axis = _panel(3.6)
    axis.axhline(ceiling, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    axis.plot(where, values, color=BLUE)
    here = float(entropy(softmax(z)))
    axis.plot([1.0], [here], "o", color=VERMILION, zorder=3)
    axis.annotate(
        f"T = 1: {_number(here)}",
        (1.0, here),
        xytext=(9, -5),
        textcoords="offset points",
        va="top",
        color=_written(VERMILION),
    )
    axis.annotate(
        text("figures.entropy_of_temperature.ceiling", n=z.size, value=_number(ceiling)),
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


@_figure
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
    z = None if logits is None else _logits(logits, 3, 3)
    right = None if target is None else as_integer(target, "target", 0, 2)
    marked = _temperatures(temperatures)
    figure, axis = _panel(5.2)

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
        name = text("figures.simplex.loss", symbol=_symbol("p", right))
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
            f"{_symbol('p', i)} = 1",
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
                    color=_written(VERMILION),
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
                color=_written(VERMILION),
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


@_figure
def sigmoid_vs_softmax(
    logits: ArrayLike = (2.0, -1.0, 0.5), labels: Sequence[str] | None = None
) -> Figure:
    """Put the same logits through a sigmoid each and through one softmax: who sums to one.

    Parameters
    ----------
    logits : array_like, shape (n,), default (2.0, -1.0, 0.5)
        Two to eight classes.
    labels : sequence of str, optional
        Names of the classes; z₁, z₂, … by default.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are too many classes or a logit is not finite.

    Examples
    --------
    >>> len(sigmoid_vs_softmax().axes)
    2
    """
    z = _logits(logits, at_most=8)
    names = [
        f"{name} = {_number(value, 1)}" if labels is None else name
        for name, value in zip(_labels(labels, z.size), z, strict=True)
    ]
    figure, axes = _panels(1.6 + 0.42 * z.size, 1, 2, sharey=True)
    for axis, values, kind in (
        (axes[0, 0], sigmoid(z), "sigmoid"),
        (axes[0, 1], softmax(z), "softmax"),
    ):
        _bars(axis, values, _colours(z.size), 3, 1.0)
        axis.set_title(text(f"figures.sigmoid_vs_softmax.{kind}"))
        total = text("figures.sum", total=_number(values.sum()))
        note = text(f"figures.sigmoid_vs_softmax.{kind}_note")
        axis.set_xlabel(f"{total}\n{note}", loc="left", color=MUTED, linespacing=1.4)
    axes[0, 0].set_yticks(range(z.size), names)
    return figure


@_figure
def sparsemax_vs_softmax(span: float = 4.0) -> Figure:
    """Probability of the first of two classes against z₁ − z₂: softmax never reaches 0 and 1.

    Parameters
    ----------
    span : float, default 4.0
        Largest difference of the logits that is drawn; more than 1, where sparsemax ends.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If `span` is not larger than 1.

    Examples
    --------
    >>> len(sparsemax_vs_softmax().axes[0].lines)
    4
    """
    if as_positive(span, "span") <= 1:
        raise ValueError(f"span must be larger than 1, got {span}")
    # A multiple of 8 intervals puts a point on each corner of sparsemax for the default span.
    where = np.linspace(-span, span, 321)
    rows = np.stack([where, np.zeros_like(where)], axis=1)
    figure, axis = _panel(3.7)
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
        color=_written(BLUE),
    )
    axis.annotate(
        text("figures.sparsemax_vs_softmax.sparsemax"),
        (1.0, 1.0),
        xytext=(0, 7),
        textcoords="offset points",
        ha="left",
        color=_written(VERMILION),
    )
    axis.set_xlim(-span, span)
    axis.set_ylim(-0.06, 1.16)
    axis.set_xlabel(text("figures.sparsemax_vs_softmax.x"))
    axis.set_ylabel(text("figures.probability_of", symbol="p₁"))
    return figure


# Derivatives


@_figure
def jacobian_heatmap(logits: ArrayLike, temperature: float = 1.0) -> Figure:
    """Draw the Jacobian of softmax with its numbers, and its rows' sums, which are zero.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to six classes.
    temperature : float, default 1.0
        Temperature.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are too many classes or a logit is not finite.

    Examples
    --------
    >>> jacobian_heatmap([3.0, 1.0, 0.2]).axes[0].texts[0].get_text()
    '0.137'
    """
    z = _logits(logits, at_most=6)
    values = softmax_jacobian(z, temperature=temperature)
    n = z.size
    figure, axis = _panel(1.6 + 0.66 * n)
    # As far below 0 as above it, so that white is 0.
    top = float(np.abs(values).max())
    _heat(axis, values, DIVERGING, -top, top)
    axis.set_aspect("auto")
    for i in range(n):
        for k in range(n):
            axis.text(k, i, _number(values[i, k], 3), ha="center", va="center")
    for i, total in enumerate(values.sum(axis=1)):
        # Rounding leaves a few units of 1e-17 here; three digits of it are zero.
        axis.annotate(
            f"Σ = {_number(round(total, 12), 0)}",
            (n - 0.5, i),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=MUTED,
            annotation_clip=False,
        )
    axis.set_xticks(range(n), [f"∂/∂{_symbol('z', k)}" for k in range(n)])
    axis.set_yticks(range(n), [_symbol("p", i) for i in range(n)])
    axis.xaxis.tick_top()
    axis.set_title(text("figures.jacobian_heatmap.title"), pad=14)
    return figure


@_figure
def gradient_arrows(logits: ArrayLike, target: int, labels: Sequence[str] | None = None) -> Figure:
    """Arrows from each probability to its target: what a step against p − y pulls where.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Two to eight classes.
    target : int
        Index of the right class, from 0.
    labels : sequence of str, optional
        Names of the classes; z₁, z₂, … by default.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If `target` names no class.

    Examples
    --------
    >>> figure = gradient_arrows([2.0, -1.0, 0.5], target=0)
    """
    z = _logits(logits, at_most=8)
    right = as_integer(target, "target", 0, z.size - 1)
    names = _labels(labels, z.size)
    probs = softmax(z)
    gradient = cross_entropy_grad(z, right)
    figure, axis = _panel(1.5 + 0.55 * z.size)
    for row, (p, slope) in enumerate(zip(probs, gradient, strict=True)):
        colour = GREEN if row == right else VERMILION
        wanted = 1.0 if row == right else 0.0
        axis.plot([0, 1], [row, row], color="#e3e8ed", linewidth=1.5, zorder=0.5)
        axis.plot([wanted], [row], "o", color="white", markeredgecolor=colour, markersize=10)
        # An arrow too short to have a head would only hide the dots.
        if abs(slope) > 0.03:
            axis.add_patch(
                FancyArrowPatch(
                    (p, row),
                    (wanted, row),
                    arrowstyle="-|>",
                    mutation_scale=17,
                    linewidth=2.6,
                    color=colour,
                    shrinkA=4,
                    shrinkB=6,
                    zorder=2,
                )
            )
        axis.plot([p], [row], "o", color=INK, markersize=8, zorder=3)
        sign = "+" if slope > 0 else ""
        axis.annotate(
            sign + _number(slope, 3),
            (1.0, row),
            xytext=(16, 0),
            textcoords="offset points",
            va="center",
            color=_written(colour),
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
    axis.get_yticklabels()[right].set_color(_written(GREEN))
    axis.set_ylim(z.size - 0.5, -0.7)
    axis.set_xlim(-0.03, 1.03)
    axis.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(text("figures.gradient_arrows.x"))
    axis.set_title(text("figures.gradient_arrows.title", symbol=_symbol("z", right)), fontsize=12.5)
    return figure


@_figure
def loss_along_logit(logits: ArrayLike, target: int, span: float = 6.0) -> Figure:
    """Cross-entropy while the right class's logit moves: slope p − 1, from −1 to 0.

    Parameters
    ----------
    logits : array_like, shape (n,)
        At least two classes.
    target : int
        Index of the right class, whose logit moves, from 0.
    span : float, default 6.0
        How far it moves to either side.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If `target` names no class, or `span` is not positive.

    Examples
    --------
    >>> figure = loss_along_logit([2.0, -1.0, 0.5], target=0)
    """
    z = _logits(logits, at_most=100_000)
    right = as_integer(target, "target", 0, z.size - 1)
    span = as_positive(span, "span")
    others = float(logsumexp(np.delete(z, right)))
    # Centred where p = 1/2, so that both asymptotes show; the given point is always inside.
    reach = max(span, 1.3 * abs(z[right] - others))
    where = np.linspace(others - reach, others + reach, 241)
    rows = np.tile(z, (where.size, 1))
    rows[:, right] = where
    loss = cross_entropy(rows, np.full(where.size, right), reduction="none")
    here = float(cross_entropy(z, right))
    slope = float(cross_entropy_grad(z, right)[right])
    figure, axis = _panel(3.9)
    dashes: dict[str, Any] = {"color": MUTED, "linewidth": 1.2, "linestyle": (0, (4, 3))}
    axis.plot(where[where < others], others - where[where < others], **dashes)
    axis.axhline(0, color=RULE, linewidth=1, zorder=0.5)
    axis.plot(where, loss, color=BLUE)
    half = 0.3 * reach / np.hypot(1.0, slope)
    ends = np.array([z[right] - half, z[right] + half])
    axis.plot(ends, here + slope * (ends - z[right]), color=VERMILION, linewidth=2.6)
    axis.plot([z[right]], [here], "o", color=VERMILION, zorder=3)
    axis.annotate(
        text("figures.loss_along_logit.slope", value=_number(slope)),
        (z[right], here),
        xytext=(8, 12),
        textcoords="offset points",
        color=_written(VERMILION),
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
    axis.set_xlabel(text("figures.loss_along_logit.x", symbol=_symbol("z", right)))
    axis.set_ylabel(text("figures.loss"))
    return figure


# Numbers on a machine


def _naive_softmax(z: NDArray[Any]) -> NDArray[Any]:
    """Softmax exactly as the formula is written, in the array's own precision."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        powers = np.exp(z)
        return powers / powers.sum(axis=-1, keepdims=True, dtype=z.dtype)


def _state(probs: NDArray[Any], exact: NDArray[Any], unit: float) -> NDArray[np.int64]:
    """0 where all digits are right, 1 where digits are lost, 2 where a row is not a number."""
    error = np.abs(probs.astype(np.float64) - exact) / exact
    lost = (error > 64 * unit).any(axis=-1)
    return np.where(np.isnan(probs).any(axis=-1), 2, np.where(lost, 1, 0))


@_figure
def overflow_map(logits: ArrayLike = (1.0, 0.0, -1.0)) -> Figure:
    """Where the formula as written fails, and the shifted one does not, in three precisions.

    The same constant is added to all logits, so that the true probabilities stay. Each strip
    is computed: it shows what the formula and `softmax_course.softmax` give at 1601 constants
    from −10000 to 10000.

    Parameters
    ----------
    logits : array_like, shape (n,), default (1.0, 0.0, -1.0)
        Two to ten classes, none larger than 10 in size.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a logit is larger than 10 in size.

    Examples
    --------
    >>> figure = overflow_map()
    """
    z = _logits(logits, at_most=10)
    if np.abs(z).max() > 10:
        raise ValueError(f"logits must lie within -10 and 10, got {z.tolist()}")
    half = np.geomspace(3.0, 10000.0, 800)
    constants = np.concatenate([-half[::-1], [0.0], half])
    figure, axis = _panel(5.0)
    colours: list[ColorType] = [BLUE, "#f2c14e", _written(VERMILION)]
    height = 0.34
    for block, dtype in enumerate(map(np.dtype, ("float16", "float32", "float64"))):
        # The constant moves the rounding of the inputs too: compare with the softmax of what
        # the machine really got.
        rows = (constants[:, None] + z).astype(dtype)
        exact = softmax(rows.astype(np.float64))
        unit = float(np.finfo(dtype).eps) / 2
        for line, probs in enumerate((_naive_softmax(rows), softmax(rows))):
            y = block + (0.2 if line else -0.2)
            state = _state(probs, exact, unit)
            starts = np.flatnonzero(np.diff(state, prepend=-1))
            stops = np.append(starts[1:], constants.size) - 1
            for start, stop in zip(starts, stops, strict=True):
                end = constants[min(stop + 1, constants.size - 1)]
                axis.barh(
                    y,
                    end - constants[start],
                    left=constants[start],
                    height=height,
                    color=colours[state[start]],
                )
            if line == 0:
                good = constants[np.flatnonzero(state != 2)]
                for edge, side in ((good[0], -1), (good[-1], 1)):
                    axis.annotate(
                        _number(edge, 0),
                        (edge, y),
                        xytext=(6 * side, 0),
                        textcoords="offset points",
                        ha="left" if side > 0 else "right",
                        va="center",
                        color="white",
                        fontsize=SMALL,
                    )
    axis.set_xscale("symlog", linthresh=3.0, linscale=0.4)
    ticks = [-1000, -100, -10, 0, 10, 100, 1000]
    axis.set_xticks(ticks, [_number(tick, 0) for tick in ticks])
    axis.minorticks_off()
    axis.set_xlim(-10000, 10000)
    axis.set_ylim(2.55, -0.55)
    rows_at = [block + shift for block in range(3) for shift in (-0.2, 0.2)]
    names = [
        text(f"figures.overflow_map.{way}", dtype=dtype)
        for dtype in ("float16", "float32", "float64")
        for way in ("naive", "stable")
    ]
    axis.set_yticks(rows_at, names)
    _bare(axis, "left")
    axis.set_xlabel(text("figures.overflow_map.x"))
    figure.legend(
        handles=[mpl.patches.Patch(color=colour) for colour in colours],
        labels=[text(f"figures.overflow_map.{name}") for name in ("right", "lost", "nan")],
        loc="outside upper left",
        ncols=3,
        handlelength=1.0,
        handleheight=1.0,
        columnspacing=1.4,
    )
    return figure


@_figure
def difference_error(logits: ArrayLike = (2.0, -1.0, 0.5), temperature: float = 1.0) -> Figure:
    """Draw the error of central differences and of the complex step against the step size.

    Measured on the Jacobian of softmax by `softmax_course.gradcheck.step_size_errors`.

    Parameters
    ----------
    logits : array_like, shape (n,), default (2.0, -1.0, 0.5)
        Two to ten classes.
    temperature : float, default 1.0
        Temperature.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are too many classes or a logit is not finite.

    Examples
    --------
    >>> difference_error().axes[0].get_xscale()
    'log'
    """
    z = _logits(logits, at_most=10)
    errors = step_size_errors(z.tolist(), temperature=temperature)
    figure, axis = _panel(4.4)
    axis.set_xscale("log")
    # An error of exactly 0 has no place on this axis; its line has a gap there.
    axis.set_yscale("log", nonpositive="mask")
    best = int(errors.central.argmin())
    axis.plot(errors.steps, errors.central, color=BLUE)
    axis.plot(errors.steps, errors.complex, color=VERMILION)
    axis.plot(
        errors.steps[best],
        errors.central[best],
        "o",
        color="white",
        markeredgecolor=BLUE,
        markeredgewidth=1.8,
        zorder=3,
    )
    axis.set_xlim(errors.steps[0], errors.steps[-1])
    axis.set_ylim(1e-18, 10.0)
    notes = (
        ("rounding", 10.0**-11.4, BLUE, "left", 8, 6),
        ("truncation", 10.0**-2.2, MUTED, "right", -10, 4),
        ("complex", 10.0**-11.4, VERMILION, "left", 0, 14),
    )
    for name, step, colour, side, across, up in notes:
        near = int(np.abs(np.log(errors.steps / step)).argmin())
        line = errors.complex if name == "complex" else errors.central
        axis.annotate(
            text(f"figures.difference_error.{name}"),
            (errors.steps[near], max(line[near], np.finfo(np.float64).eps / 4)),
            xytext=(across, up),
            textcoords="offset points",
            ha=side,
            color=_written(colour),
        )
    axis.annotate(
        text("figures.difference_error.central"),
        (errors.steps[0], 10.0),
        xytext=(8, -4),
        textcoords="offset points",
        va="top",
        color=_written(BLUE),
    )
    axis.set_xticks(*_powers(-15, 0, 3))
    axis.set_yticks(*_powers(-18, 0, 3))
    axis.minorticks_off()
    axis.set_xlabel(text("figures.difference_error.x"))
    axis.set_ylabel(text("figures.difference_error.y"))
    return figure


def _powers(low: int, high: int, step: int) -> tuple[list[float], list[str]]:
    """Put ticks at powers of ten, written without Matplotlib's math, which Bengali cannot share."""
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    exponents = range(low, high + 1, step)
    return [10.0**e for e in exponents], [f"10{str(e).translate(raised)}" for e in exponents]


# Training and judging a classifier


@_figure
def loss_history(
    history: ArrayLike | Mapping[str, ArrayLike], classes: int | None = None
) -> Figure:
    """Loss after each step of training.

    Parameters
    ----------
    history : array_like, shape (steps,), or mapping of names to such
        Losses in nats; several runs, up to five, are named at the ends of their lines.
    classes : int, optional
        Draws log n, the loss of guessing all n classes alike.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a history is shorter than two steps, not finite, or there are too many.

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
    figure, axis = _panel(3.6)
    last = max(losses.size for losses in series.values()) - 1
    for losses, colour in zip(series.values(), PALETTE, strict=False):
        axis.plot(losses, color=colour)
    highest = max(float(losses.max()) for losses in series.values())
    if classes is not None:
        guess = float(np.log(classes))
        highest = max(highest, guess)
        axis.axhline(guess, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
        axis.annotate(
            text("figures.loss_history.guess", n=classes, value=_number(guess)),
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
    names = [f"{name}  {_number(end, 3)}".strip() for name, end in zip(series, ends, strict=True)]
    _end_labels(axis, last, ends, names, PALETTE[: len(series)])
    return figure


@_figure
def reliability_diagram(probs: ArrayLike, target: ArrayLike, n_bins: int = 10) -> Figure:
    """Accuracy against confidence, bin by bin, with the number of examples below.

    Parameters
    ----------
    probs : array_like, shape (examples, classes)
        Probabilities.
    target : array_like of int, shape (examples,)
        Right classes.
    n_bins : int, default 10
        Number of bins of equal width.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.calibration.reliability_curve` does.

    Examples
    --------
    >>> figure = reliability_diagram([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]], [0, 1, 1])
    """
    curve = calibration.reliability_curve(probs, target, n_bins)
    error = calibration.expected_calibration_error(probs, target, n_bins)
    figure = Figure(figsize=(WIDTH, 5.2), layout=ConstrainedLayoutEngine(hspace=0.08))
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
        text("figures.reliability_diagram.error", value=_number(error, 3)), (0.03, 0.95), va="top"
    )
    lower.bar(left, curve.count, widths * 0.94, align="edge", color=RULE)
    lower.set_ylabel(text("figures.reliability_diagram.count"))
    lower.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=2, integer=True))
    lower.set_xlabel(text("figures.reliability_diagram.confidence"))
    return figure


@_figure
def confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, labels: Sequence[str] | None = None
) -> Figure:
    """How often each class (row) was taken for each class (column).

    Parameters
    ----------
    y_true, y_pred : array_like of int, shape (examples,)
        Right and predicted class indices.
    labels : sequence of str, optional
        Names of the classes, index 0 first; the indices by default.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If the two do not match, are empty, or hold something other than class indices.

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
    figure, axis = _panel(min(5.9, 1.5 + 0.75 * n))
    _heat(axis, shade, DIVERGING, -1, 1)
    axis.set_aspect("auto")
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


@_figure
def digits(images: ArrayLike, labels: ArrayLike, probs: ArrayLike | None = None) -> Figure:
    """Handwritten digits with their labels and, below each, the predicted probabilities.

    Parameters
    ----------
    images : array_like, shape (examples, height, width)
        One to ten images; larger values are darker.
    labels : array_like of int, shape (examples,)
        Right classes.
    probs : array_like, shape (examples, classes), optional
        Predicted probabilities.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shapes do not match, or there are too many images.

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
        figsize=(WIDTH, lines * (1.75 if guesses is None else 2.75) + 0.25), layout="constrained"
    )
    axes = figure.subplots(
        lines * each,
        columns,
        squeeze=False,
        height_ratios=([3, 2] if each == 2 else [1]) * lines,
    )
    for axis in axes.flat:
        axis.axis("off")
    for example, picture in enumerate(pictures):
        line, column = divmod(example, columns)
        shown = axes[line * each, column]
        # Cells, not a raster: sharp at every zoom in SVG.
        shown.pcolormesh(picture, cmap="gray_r", edgecolors="face", linewidth=0.2)
        shown.invert_yaxis()
        shown.set_aspect("equal")
        shown.set_title(str(right[example]), loc="center", pad=4)
        if guesses is None:
            continue
        row = guesses[example]
        best = int(row.argmax())
        below = axes[line * each + 1, column]
        below.axis("on")
        colours = np.full(row.size, RULE, dtype=object)
        colours[best] = GREEN if best == right[example] else VERMILION
        below.bar(range(row.size), row, color=list(colours), width=0.8)
        below.set_ylim(0, 1.0)
        _bare(below, "left")
        below.set_yticks([])
        below.tick_params(axis="x", length=0)
        # The number stands in the middle, wherever its bar is.
        below.set_xticks([(row.size - 1) / 2], [f"{best}: {_number(float(row[best]))}"])
        below.get_xticklabels()[0].set_color(_written(str(colours[best])))
    if guesses is not None:
        figure.supxlabel(text("figures.digits.note"), fontsize=SMALL, color=MUTED)
    return figure


@_figure
def attention_weights(weights: ArrayLike, tokens: Sequence[str]) -> Figure:
    """Attention weights: each row is one softmax, over the tokens it may look at.

    Parameters
    ----------
    weights : array_like, shape (n, n)
        Rows that sum to one; zeros are drawn as masked.
    tokens : sequence of str
        Two to eight tokens.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shape does not fit the tokens, or a row does not sum to one.

    Examples
    --------
    >>> figure = attention_weights([[1.0, 0.0], [0.25, 0.75]], ["a", "b"])
    """
    values = as_real_array(weights, "weights").astype(np.float64)
    names = as_names(tokens, "tokens")
    n = len(names)
    if not 2 <= n <= 8 or values.shape != (n, n):
        raise ValueError(
            "weights must have one row and one column for each of 2 to 8 tokens, got shape "
            f"{values.shape} for {n} tokens"
        )
    if (values < 0).any() or not np.allclose(values.sum(axis=1), 1.0, rtol=0, atol=1e-3):
        raise ValueError(
            f"each row of weights must sum to 1, got sums {values.sum(axis=1).tolist()}"
        )
    figure, axis = _panel(1.5 + 0.56 * n)
    _heat(axis, values, TINTS, 0.0, 1.0)
    axis.set_aspect("auto")
    for i in range(n):
        for k in range(n):
            if values[i, k] > 0:
                axis.text(k, i, _number(values[i, k]), ha="center", va="center", fontsize=12)
            else:
                axis.text(k, i, "·", ha="center", va="center", color=RULE)
    slant: dict[str, Any] = {"rotation": 30, "ha": "left"} if max(map(len, names)) * n > 40 else {}
    axis.set_xticks(range(n), names, **slant)
    axis.set_yticks(range(n), names)
    axis.xaxis.tick_top()
    axis.xaxis.set_label_position("top")
    axis.set_xlabel(text("figures.attention_weights.keys"))
    axis.set_ylabel(text("figures.attention_weights.queries"))
    return figure
