"""What the figures share: panels, labels, checks of arguments, bars and cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, Literal, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_names, as_positive, as_real_array
from softmax_course.teaching import plotting, words
from softmax_course.teaching._numbers import power_of_ten
from softmax_course.teaching.plotting import PALETTE

BLUE, VERMILION, GREEN, PURPLE, INK = PALETTE
MUTED = "#66717d"  # words beside the data
RULE = "#aab4bf"  # thin lines
TINT = "#9ccbe8"  # large areas

WIDTH = 6.2  # inches: the width of the text column
SMALL = 11.5  # points

#: Height of a panel of lines, wide and narrow: `panel_grid` cuts a quarter off the narrow one.
LINES_HEIGHT = (3.6, 4.5)

#: The width of figures that are being drawn.
_width: ContextVar[float] = ContextVar("width", default=WIDTH)

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def with_course_style(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw with the style and the fonts of the language in use, and check that no glyph lacks."""

    def finished(*args: Any, **kwargs: Any) -> Figure:
        plotting.select_style(words.current())
        plotting.draw_svg_in_notebooks()
        figure = draw(*args, **kwargs)
        plotting.check_glyphs(figure)
        # Makes the tick labels now, in this language's font, should the language change later.
        figure.draw_without_rendering()
        if is_narrow():
            _break_long_texts(figure)
        return figure

    def narrow(*args: Any, **kwargs: Any) -> Figure:
        token = _width.set(plotting.NARROW)
        try:
            return finished(*args, **kwargs)
        finally:
            _width.reset(token)

    @wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> Figure:
        figure = finished(*args, **kwargs)
        plotting.offer_narrow(figure, partial(narrow, *args, **kwargs))
        return figure

    return drawn


def width() -> float:
    """Return how wide a figure has to be, in inches: on a phone less than in a text column."""
    return _width.get()


def is_narrow() -> bool:
    return width() < WIDTH


def two_lines(text: str) -> str:
    r"""Break a text where its halves are most alike: at a space, or after a Chinese stop.

    Examples
    --------
    >>> two_lines("float64 as written")
    'float64\nas written'
    >>> two_lines("float64：先平移")
    'float64：\n先平移'
    """
    places = [match.end() for match in re.finditer(r" |[，：；。、]", text)]
    if not places:
        return text
    middle = min(places, key=lambda place: abs(2 * place - len(text)))
    return f"{text[:middle].rstrip(' ')}\n{text[middle:]}"


def _break_long_texts(figure: Figure) -> None:
    """Set texts that reach beyond the figure in two lines, and lay it out anew if there are any."""
    for artist in figure.findobj(Text):
        box = artist.get_window_extent()
        if artist.get_text() and (box.x0 < 0 or box.x1 > figure.bbox.x1):
            artist.set_text(two_lines(artist.get_text()))
    if figure.stale:
        figure.draw_without_rendering()


def panel_grid(
    height: float, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, NDArray[Any]]:
    """Make panels; what stands side by side in one row stands below each other if narrow."""
    if is_narrow() and rows == 1:
        figure = Figure(figsize=(width(), 0.75 * height * columns), layout="constrained")
        panels = figure.subplots(columns, 1, squeeze=False, **options)
        return figure, panels.reshape(1, columns)
    figure = Figure(figsize=(width(), height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def single_panel(height: float) -> tuple[Figure, Axes]:
    figure, axes = panel_grid(height)
    return figure, axes[0, 0]


def check_logits(logits: ArrayLike, at_most: int, at_least: int = 2) -> NDArray[Any]:
    z = as_real_array(logits, "logits").astype(np.float64)
    if z.ndim != 1 or not at_least <= z.size <= at_most:
        wanted = f"{at_least}" if at_least == at_most else f"{at_least} to {at_most}"
        raise ValueError(f"logits must be one row of {wanted} classes, got shape {z.shape}")
    if not np.isfinite(z).all():
        raise ValueError(f"logits must be finite, got {z.tolist()}")
    return z


def check_row(
    values: ArrayLike,
    name: str,
    size: int | None = None,
    least: int = 2,
    low: float = -np.inf,
    high: float = np.inf,
) -> NDArray[np.float64]:
    """Return values as one row of finite numbers between `low` and `high`, as many as wanted."""
    row = as_real_array(values, name).astype(np.float64)
    wanted = f"at least {least}" if size is None else str(size)
    if row.ndim != 1 or (row.size < least if size is None else row.size != size):
        raise ValueError(f"{name} must be one row of {wanted} numbers, got shape {row.shape}")
    if bad := [v for v in row.tolist() if not (np.isfinite(v) and low <= v <= high)]:
        limits = [f">= {low:g}"] * (low > -np.inf) + [f"<= {high:g}"] * (high < np.inf)
        raise ValueError(f"{name} must be {' and '.join(['finite', *limits])}, got {bad[0]}")
    return row


def check_sizes(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return values as a row of at least two positive numbers that rise."""
    sizes = check_row(values, name)
    if sizes[0] <= 0 or (np.diff(sizes) <= 0).any():
        raise ValueError(f"{name} must be positive and rise, got {sizes.tolist()}")
    return sizes


def check_labels(labels: Sequence[str] | None, n: int, symbol: str = "z") -> list[str]:
    if labels is None:
        return [symbol_of(symbol, i) for i in range(n)]
    return as_names(labels, "labels", n)


def check_temperatures(values: Sequence[float]) -> list[float]:
    temperatures = as_real_array(values, "temperatures").astype(np.float64)
    if temperatures.ndim != 1 or temperatures.size == 0:
        raise ValueError(f"temperatures must be a list of numbers, got {values!r}")
    return [as_positive(temperature, "temperatures") for temperature in temperatures.tolist()]


def symbol_of(letter: str, i: int) -> str:
    """Write the i-th component as a formula does: index 0 is z₁."""
    return letter + str(i + 1).translate(_SUBSCRIPTS)


def class_colors(n: int) -> list[str]:
    """Choose a color for each class; one for all where there are more classes than colors."""
    return list(PALETTE[:n]) if n <= len(PALETTE) else [BLUE] * n


def text_color(color: str) -> tuple[float, float, float]:
    """Darken a color until it serves for words: at least 4.5 to 1 on white."""
    rgb = np.array(to_rgb(color))
    while 1.05 / (_luminance(rgb) + 0.05) < 4.5:
        rgb = rgb * 0.97
    return float(rgb[0]), float(rgb[1]), float(rgb[2])


def _luminance(rgb: ArrayLike) -> float:
    """Relative luminance, by the definition of WCAG 2."""
    c = np.asarray(rgb, dtype=float)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def text_width(artist: Text) -> float:
    """Measure a text, in points."""
    figure = cast(Figure, artist.get_figure(root=True))
    return float(artist.get_window_extent().width) * 72 / figure.dpi


def format_number(value: float, digits: int = 2) -> str:
    """Write a number as figures show it: point, true minus sign, no minus zero, no false zero."""
    if value and not 0.5 * 10.0**-digits < abs(value) < 1e5:
        shown = f"{value:.{digits}g}" if abs(value) < 1e5 else f"{value:.2g}"
    else:
        shown = f"{value:.{digits}f}"
    if float(shown) == 0:
        shown = shown.lstrip("-")
    number, _, exponent = shown.partition("e")
    return number.replace("-", "−") + (power_of_ten(int(exponent)) if exponent else "")


def hide_ruler(axis: Axes, *sides: str) -> None:
    """Remove the ruler where numbers stand on the marks themselves."""
    for side in sides:
        axis.spines[side].set_visible(False)
        which: Literal["x", "y"] = "x" if side in ("bottom", "top") else "y"
        axis.tick_params(axis=which, length=0)
        if which == "x":
            axis.set_xticks([])


def draw_bars(
    axis: Axes,
    values: NDArray[Any],
    colors: Sequence[str],
    digits: int = 2,
    limit: float | None = None,
) -> None:
    """Horizontal bars, first class on top, each with its number at its end."""
    rows = np.arange(len(values))
    axis.barh(rows, values, color=colors, height=0.62)
    low, high = min(0.0, values.min()), max(0.0, values.max() if limit is None else limit)
    span = (high - low) or 1.0
    for row, value in zip(rows, values, strict=True):
        axis.annotate(
            format_number(value, digits),
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
    hide_ruler(axis, "bottom", "left")


def _spread(values: ArrayLike, gap: float) -> NDArray[Any]:
    """Move label positions apart until neighbors are `gap` from each other, order kept."""
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


def label_line_ends(
    axis: Axes, x: float, heights: ArrayLike, names: Sequence[str], colors: Sequence[str]
) -> None:
    """Name lines at their right ends instead of in a legend."""
    low, high = axis.get_ylim()
    inches = cast(Figure, axis.get_figure()).get_figheight() * 0.72
    gap = (high - low) * 0.23 / inches
    for y, name, color in zip(_spread(heights, gap), names, colors, strict=True):
        axis.annotate(
            name,
            (x, y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=text_color(color),
            annotation_clip=False,
        )


def legend_above(figure: Figure, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """Name colors in one line above the panels, where no mark can come."""
    figure.legend(
        handles=list(handles),
        labels=list(labels),
        loc="outside upper left",
        ncols=len(labels),
        handlelength=1.0,
        handleheight=1.0,
        columnspacing=1.4,
    )


def log_size_axis(axis: Axes, sizes: NDArray[np.float64]) -> None:
    """Make the horizontal axis one of ratios, with ticks at the sizes that were measured.

    The largest has a tick always; of the others those that have room beside it.
    """
    axis.set_xscale("log")
    axis.minorticks_off()
    low, high = float(sizes.min()), float(sizes.max())
    room = (0.15 if is_narrow() else 0.09) * np.log(high / low)
    ticks: list[float] = []
    for size in sorted(sizes.tolist(), reverse=True):
        if not ticks or np.log(ticks[-1] / size) >= room:
            ticks.append(size)
    axis.set_xticks(ticks, [format_number(tick, 0) for tick in ticks])
    axis.set_xlim(low, high)


def draw_heatmap(
    axis: Axes, values: NDArray[Any], colors: LinearSegmentedColormap, low: float, high: float
) -> None:
    """Cells with white gaps between them; rasters would blur in SVG."""
    rows, columns = values.shape
    axis.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(rows + 1) - 0.5,
        values,
        cmap=colors,
        vmin=low,
        vmax=high,
        edgecolors="white",
        linewidth=1.5,
    )
    axis.set_xlim(-0.5, columns - 0.5)
    axis.set_ylim(rows - 0.5, -0.5)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)


def draw_image(
    axis: Axes,
    values: NDArray[Any],
    colors: str | LinearSegmentedColormap,
    low: float | None = None,
    high: float | None = None,
) -> QuadMesh:
    """Draw an image as cells that touch: sharp at every zoom in SVG, where a raster would blur."""
    cells = axis.pcolormesh(
        values, cmap=colors, vmin=low, vmax=high, edgecolors="face", linewidth=0.2
    )
    axis.invert_yaxis()
    axis.set_aspect("equal")
    return cells
