"""Figures of rounding: overflow and the error of difference quotients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike, NDArray

from softmax_course.numerics.functional import softmax
from softmax_course.teaching._numbers import superscript
from softmax_course.teaching.figures._common import (
    BLUE,
    MUTED,
    SMALL,
    VERMILION,
    check_logits,
    format_number,
    hide_ruler,
    is_narrow,
    single_panel,
    text_color,
    two_lines,
    with_course_style,
)
from softmax_course.teaching.words import text
from softmax_course.verification.step_size import step_size_errors

_DTYPES = ("float16", "float32", "float64")

#: All digits are right, some are lost, the result is not a number.
_OUTCOME_COLORS: tuple[ColorType, ...] = (BLUE, "#f2c14e", text_color(VERMILION))


def _naive_softmax(z: NDArray[Any]) -> NDArray[Any]:
    """Softmax exactly as the formula is written, in the array's own precision."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        powers = np.exp(z)
        return powers / powers.sum(axis=-1, keepdims=True, dtype=z.dtype)


def _outcome(
    way: Callable[[NDArray[Any]], NDArray[Any]],
    z: NDArray[Any],
    dtype: str,
    constants: NDArray[Any],
) -> NDArray[np.int64]:
    """Return 0 where all digits are right, 1 where some are lost, 2 where a row is not a number."""
    # The constant moves the rounding of the inputs too: compare with the softmax of what the
    # machine really got.
    rows = (constants[:, None] + z).astype(dtype)
    exact = softmax(rows.astype(np.float64))
    probs = way(rows)
    error = np.abs(probs.astype(np.float64) - exact) / exact
    lost = (error > 32 * float(np.finfo(dtype).eps)).any(axis=-1)
    return np.where(np.isnan(probs).any(axis=-1), 2, np.where(lost, 1, 0))


def _find_runs(
    outcome_at: Callable[[NDArray[Any]], NDArray[np.int64]], grid: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the ends of the runs of one outcome, and the outcome of each.

    An end is found by bisection between the two points of the grid that it lies between.
    """
    outcome = outcome_at(grid)
    ends = [grid[:1], grid[-1:]]
    # One level at a time: a short run of lost digits may lie between two points of the grid.
    for level in (1, 2):
        worse = outcome >= level
        before = np.flatnonzero(worse[:-1] != worse[1:])
        low, high = grid[before], grid[before + 1]
        for _ in range(50):
            middle = (low + high) / 2
            same = (outcome_at(middle) >= level) == worse[before]
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        ends.append(high)
    found = np.unique(np.concatenate(ends))
    return found, outcome_at((found[:-1] + found[1:]) / 2)


def _draw_strip(
    axis: Axes, y: float, height: float, ends: NDArray[Any], outcome: NDArray[np.int64]
) -> None:
    """Draw one bar for each run of constants with the same outcome."""
    colors = [_OUTCOME_COLORS[i] for i in outcome]
    axis.barh(np.full(outcome.shape, y), np.diff(ends), left=ends[:-1], height=height, color=colors)


@with_course_style
def overflow_map(logits: ArrayLike = (1.0, 0.0, -1.0)) -> Figure:
    """Draw where the formula as written fails, and the shifted one does not, in three precisions.

    The same constant is added to all logits, so that the true probabilities stay. Each strip
    is computed: it shows what the formula and `softmax_course.softmax` give at 1601 constants
    from −10000 to 10000. Where two neighbours differ, bisection finds the edge between them.

    Parameters
    ----------
    logits : array_like, shape (n,), default (1.0, 0.0, -1.0)
        Two to ten classes, none larger than 10 in size.

    See Also
    --------
    softmax_course.softmax : The shifted formula.
    difference_error : Rounding in derivatives.
    """
    z = check_logits(logits, at_most=10)
    if np.abs(z).max() > 10:
        raise ValueError(f"logits must lie within -10 and 10, got {z.tolist()}")
    half = np.geomspace(3.0, 10000.0, 800)
    constants = np.concatenate([-half[::-1], [0.0], half])
    # Of a narrow figure strips take the whole width: their names stand above them.
    narrow = is_narrow()
    figure, axis = single_panel(6.4 if narrow else 5.0)
    apart, height = (0.24, 0.18) if narrow else (0.2, 0.34)
    for block, name in enumerate(_DTYPES):
        ends, outcome = _find_runs(partial(_outcome, _naive_softmax, z, name), constants)
        _draw_strip(axis, block - apart, height, ends, outcome)
        shifted = _find_runs(partial(_outcome, softmax, z, name), constants)
        _draw_strip(axis, block + apart, height, *shifted)
        good = np.flatnonzero(outcome != 2)
        for edge, side in ((ends[good[0]], -1), (ends[good[-1] + 1], 1)):
            axis.annotate(
                format_number(edge, 0),
                (edge, block - apart),
                xytext=(6 * side, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                va="center",
                color="white",
                fontsize=SMALL,
            )
    axis.set_xscale("symlog", linthresh=3.0, linscale=0.4)
    ticks = [-1000, -100, -10, 0, 10, 100, 1000]
    axis.set_xticks(ticks, [format_number(tick, 0) for tick in ticks])
    axis.minorticks_off()
    axis.set_xlim(-10000, 10000)
    axis.set_ylim(2.55, -0.55)
    rows_at = [block + shift for block in range(3) for shift in (-apart, apart)]
    names = [
        text(f"figures.overflow_map.{way}", dtype=dtype)
        for dtype in _DTYPES
        for way in ("naive", "stable")
    ]
    axis.set_yticks(rows_at, names)
    if narrow:
        axis.set_yticks([])
        for y, name in zip(rows_at, names, strict=True):
            axis.annotate(
                name,
                (-10000, y - height / 2),
                xytext=(0, 2),
                textcoords="offset points",
                va="bottom",
            )
    hide_ruler(axis, "left")
    axis.set_xlabel(text("figures.overflow_map.x"))
    figure.legend(
        handles=[mpl.patches.Patch(color=color) for color in _OUTCOME_COLORS],
        labels=[text(f"figures.overflow_map.{name}") for name in ("right", "lost", "nan")],
        loc="outside upper left",
        ncols=3,
        handlelength=1.0,
        handleheight=1.0,
        columnspacing=1.4,
    )
    return figure


@with_course_style
def difference_error(logits: ArrayLike = (2.0, -1.0, 0.5), temperature: float = 1.0) -> Figure:
    """Draw the error of central differences and of the complex step against the step size.

    Measured on the Jacobian of softmax by `softmax_course.verification.step_size.step_size_errors`.

    Parameters
    ----------
    logits : array_like, shape (n,), default (2.0, -1.0, 0.5)
        Two to ten classes.
    temperature : float, default 1.0
        Temperature.

    See Also
    --------
    softmax_course.step_size_errors : The numbers.
    softmax_course.central_difference : One quotient.
    """
    z = check_logits(logits, at_most=10)
    errors = step_size_errors(z.tolist(), temperature=temperature)
    figure, axis = single_panel(4.4)
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
    # What is named, the step where it is, and where the words stand beside it.
    notes = [
        ("rounding", 10.0**-11.4, BLUE, "left", 8, 6),
        ("truncation", 10.0**-2.2, MUTED, "right", -10, 4),
        ("complex", 10.0**-11.4, VERMILION, "left", 0, 14),
    ]
    if is_narrow():
        notes[1:] = [
            ("truncation", 10.0**-4.6, MUTED, "left", 10, -26),
            ("complex", errors.steps[0], VERMILION, "left", 4, 14),
        ]
    for name, step, color, side, across, up in notes:
        near = int(np.abs(np.log(errors.steps / step)).argmin())
        line = errors.complex if name == "complex" else errors.central
        words = text(f"figures.difference_error.{name}")
        axis.annotate(
            two_lines(words) if is_narrow() and name == "truncation" else words,
            (errors.steps[near], max(line[near], np.finfo(np.float64).eps / 4)),
            xytext=(across, up),
            textcoords="offset points",
            ha=side,
            color=text_color(color),
        )
    axis.annotate(
        text("figures.difference_error.central"),
        (errors.steps[0], 10.0),
        xytext=(8, -4),
        textcoords="offset points",
        va="top",
        color=text_color(BLUE),
    )
    axis.set_xticks(*_powers(-15, 0, 3))
    axis.set_yticks(*_powers(-18, 0, 3))
    axis.minorticks_off()
    axis.set_xlabel(text("figures.difference_error.x"))
    axis.set_ylabel(text("figures.difference_error.y"))
    return figure


def _powers(low: int, high: int, step: int) -> tuple[list[float], list[str]]:
    """Put ticks at powers of ten, written without Matplotlib's math, which Bengali cannot share."""
    exponents = range(low, high + 1, step)
    return [10.0**e for e in exponents], [f"10{superscript(e)}" for e in exponents]
