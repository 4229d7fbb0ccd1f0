"""Figures of policies: a maze, the price of leaving a reference policy, rewards over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_names, as_number, as_real_array
from softmax_course.numerics.planning import MOVES
from softmax_course.teaching.figures._common import (
    BLUE,
    GREEN,
    INK,
    LINES_HEIGHT,
    MUTED,
    RULE,
    SMALL,
    VERMILION,
    check_row,
    draw_heatmap,
    format_number,
    is_narrow,
    label_line_ends,
    single_panel,
    text_color,
    text_width,
    width,
    with_course_style,
)
from softmax_course.teaching.plotting import PALETTE, TINTS
from softmax_course.teaching.words import text

WALL, GOAL, START, FREE = "#", "G", "S", "."


#: Length of the arrow of a move that is certain, in cells: it ends short of the next cell's edge.
_REACH = 0.46


@with_course_style
def maze(
    maze_rows: str | Sequence[str],
    values: ArrayLike | None = None,
    policy: ArrayLike | None = None,
) -> Figure:
    """Draw a maze: the value of each cell as its color, moves as arrows as long as probable.

    Without arrows the values are written in the cells where there is room.

    Parameters
    ----------
    maze_rows : str or sequence of str
        Two to twelve rows of equal length, a sign for each of 2 to 12 cells: ``"#"`` a wall,
        ``"G"`` a goal (a star), ``"S"`` a start (a frame), ``"."`` any other cell. A text as
        `softmax_course.read_maze` reads it will do.
    values : array_like, shape (S,) or (rows, columns), optional
        Value of each state, that is, each cell that is no wall, in the order of reading; or a
        table, in which walls are not looked at and may be NaN.
    policy : array_like, shape (S, 4) or (rows, columns, 4), optional
        Probabilities of the moves up, right, down and left of each state; those of goals, and of
        walls in a table, are not looked at.

    See Also
    --------
    softmax_course.read_maze : The same maze as a decision process.
    softmax_course.soft_value_iteration : Values and policy.

    Examples
    --------
    >>> figure = maze(["S.", "#G"], values=[[-2.0, -1.0], [float("nan"), 0.0]])
    """
    signs = _as_maze(maze_rows)
    is_wall = signs == WALL
    shown = None if values is None else _as_values(values, is_wall)
    moves = None if policy is None else _as_moves(policy, is_wall, signs == GOAL)
    rows, columns = signs.shape
    across = min(width() - 0.5, 0.72 * columns)
    cell = across / columns
    height = cell * rows + (1.0 if shown is not None else 0.3)
    figure = Figure(figsize=(width(), height), layout="constrained")
    axis = figure.subplots()
    low, high = (0.0, 1.0) if shown is None else (np.nanmin(shown), np.nanmax(shown))
    draw_heatmap(axis, np.zeros(signs.shape) if shown is None else shown, TINTS, low, high)
    cells = axis.collections[0]
    axis.pcolormesh(
        *(np.arange(n + 1) - 0.5 for n in (columns, rows)),
        np.ma.masked_where(~is_wall, np.ones(signs.shape)),
        cmap=mpl.colors.ListedColormap([MUTED]),
        edgecolors="white",
        linewidth=1.5,
    )
    axis.set_aspect("equal")
    axis.set(xticks=[], yticks=[])
    if shown is None:
        # White cells on white: the frame shows where the maze ends.
        for spine in axis.spines.values():
            spine.set(visible=True, color=RULE)
        axis.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, color=RULE, linewidth=0.8)
        axis.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, color=RULE, linewidth=0.8)
    _draw_signs(axis, signs, cell)
    if moves is not None:
        _draw_moves(axis, moves)
    elif shown is not None:
        _write_values(axis, shown, signs, cell)
    if shown is not None:
        # Inside the panel's own coordinates the bar is as wide as the maze, whatever its shape.
        below = axis.inset_axes((0.0, -0.24 / (cell * rows), 1.0, 0.13 / (cell * rows)))
        bar = figure.colorbar(cells, cax=below, orientation="horizontal")
        bar.set_ticks([low, high], labels=[format_number(low), format_number(high)])
        bar.outline.set_visible(False)
        bar.set_label(text("figures.maze.value"))
    return figure


def _as_maze(maze_rows: str | Sequence[str]) -> NDArray[np.str_]:
    rows = as_names(maze_rows.split() if isinstance(maze_rows, str) else maze_rows, "maze_rows")
    lengths = sorted({len(row) for row in rows})
    if not 2 <= len(rows) <= 12 or len(lengths) != 1 or not 2 <= lengths[0] <= 12:
        raise ValueError(
            "maze_rows must be 2 to 12 rows of one length from 2 to 12, got "
            f"{len(rows)} rows of lengths {lengths}"
        )
    signs = np.array([list(row) for row in rows])
    if unknown := sorted(set(signs.ravel().tolist()) - {WALL, GOAL, START, FREE}):
        raise ValueError(
            f"maze_rows must hold {WALL!r}, {GOAL!r}, {START!r} and {FREE!r} only, got {unknown}"
        )
    if (signs == WALL).all():
        raise ValueError("maze_rows must hold a cell that is no wall")
    return signs


def _as_table(array: NDArray[Any], is_wall: NDArray[np.bool], depth: int) -> NDArray[np.float64]:
    """Put what was given for each state where its cell is; leave a table as it is."""
    states = int((~is_wall).sum())
    if array.ndim != depth or len(array) != states:
        return array.astype(np.float64)
    table = np.full((*is_wall.shape, *array.shape[1:]), np.nan)
    table[~is_wall] = array
    return table


def _as_values(values: ArrayLike, is_wall: NDArray[np.bool]) -> NDArray[np.float64]:
    given = as_real_array(values, "values")
    array = _as_table(given, is_wall, 1)
    if array.shape != is_wall.shape:
        raise ValueError(
            f"values must be one for each of {int((~is_wall).sum())} states or have the maze's "
            f"shape {is_wall.shape}, got shape {given.shape}"
        )
    if not np.isfinite(array[~is_wall]).all():
        raise ValueError("values must be finite where there is no wall")
    return np.where(is_wall, np.nan, array)


def _as_moves(
    policy: ArrayLike, is_wall: NDArray[np.bool], is_goal: NDArray[np.bool]
) -> NDArray[np.float64]:
    given = as_real_array(policy, "policy")
    array = _as_table(given, is_wall, 2)
    wanted = (*is_wall.shape, len(MOVES))
    if array.shape != wanted:
        raise ValueError(
            f"policy must have shape {(int((~is_wall).sum()), len(MOVES))} or {wanted}, "
            f"got {given.shape}"
        )
    is_idle = is_wall | is_goal
    asked = array[~is_idle]
    if not (asked >= 0).all() or not np.allclose(asked.sum(axis=1), 1.0, rtol=0, atol=1e-3):
        raise ValueError("policy must hold probabilities that sum to 1 in each cell to move from")
    return np.where(is_idle[..., np.newaxis], 0.0, array)


def _draw_signs(axis: Axes, signs: NDArray[np.str_], cell: float) -> None:
    rows, columns = np.nonzero(signs == GOAL)
    axis.plot(columns, rows, "*", color=GREEN, markersize=26 * cell)
    for row, column in zip(*np.nonzero(signs == START), strict=True):
        axis.add_patch(
            mpl.patches.Rectangle(
                (column - 0.43, row - 0.43),
                0.86,
                0.86,
                fill=False,
                edgecolor=VERMILION,
                linewidth=2.0,
            )
        )


def _draw_moves(axis: Axes, moves: NDArray[np.float64]) -> None:
    """Draw arrows from the middle of each cell; the tip of each is as far as its move is likely."""
    arrows = []
    for row, column, move in zip(*np.nonzero(moves > 0.02), strict=True):
        length = _REACH * float(moves[row, column, move])
        head = min(0.13, 0.6 * length)
        outline = np.array(
            [
                (0.0, -0.022),
                (length - head, -0.022),
                (length - head, -0.5 * head),
                (length, 0.0),
                (length - head, 0.5 * head),
                (length - head, 0.022),
                (0.0, 0.022),
            ]
        )
        down, along = MOVES[move]
        turned = outline @ np.array([(along, down), (-down, along)])
        arrows.append(turned + np.array([column, row]))
    axis.add_collection(PolyCollection(arrows, facecolor=INK, linewidth=0, zorder=3))


def _write_values(
    axis: Axes, values: NDArray[np.float64], signs: NDArray[np.str_], cell: float
) -> None:
    """Write values with two decimals, fewer where cells are small, none where no number fits."""
    for digits in (2, 1, 0):
        written = [
            axis.text(
                column,
                row,
                format_number(value, digits),
                ha="center",
                va="center",
                fontsize=SMALL,
            )
            for (row, column), value in np.ndenumerate(values)
            if signs[row, column] not in (WALL, GOAL)
        ]
        # In points of 72 an inch, as an SVG has them.
        widest = max((text_width(artist) for artist in written), default=0.0)
        if widest <= 0.94 * 72 * cell:
            return
        for artist in written:
            artist.remove()


@with_course_style
def reward_and_divergence(
    kl: ArrayLike, reward: ArrayLike, optimum: tuple[float, float] | None = None
) -> Figure:
    r"""Draw what reward a policy gets for how far it leaves the reference policy.

    Parameters
    ----------
    kl : array_like, shape (policies,)
        Divergence of at least two policies from the reference, rising, in nats.
    reward : array_like, shape (policies,)
        Expected reward of each.
    optimum : tuple of float, optional
        Divergence and expected reward of the optimum at one strength of the penalty, marked
        :math:`\pi^*`.

    See Also
    --------
    reward_history : Rewards step by step.
    softmax_course.kl_regularized_policy : The optimum.
    softmax_course.kl_divergence : The divergence.

    Examples
    --------
    >>> figure = reward_and_divergence([0.0, 0.3, 1.2], [0.4, 0.8, 1.0], optimum=(0.3, 0.8))
    """
    far = check_row(kl, "kl", low=0.0)
    if (np.diff(far) < 0).any():
        raise ValueError(f"kl must rise, got {far.tolist()}")
    gained = check_row(reward, "reward", far.size)
    best = None
    if optimum is not None:
        best = check_row(optimum, "optimum", 2)
    figure, axis = single_panel(LINES_HEIGHT[is_narrow()])
    axis.plot(far, gained, "-" if far.size > 30 else "o-", color=BLUE, markersize=5)
    if best is not None:
        axis.plot(
            *best,
            "o",
            color="white",
            markersize=10,
            markeredgecolor=VERMILION,
            markeredgewidth=2.2,
            zorder=3,
        )
    seen = gained if best is None else np.append(gained, best[1])
    low, high = float(seen.min()), float(seen.max())
    margin = 0.1 * ((high - low) or 1.0)
    axis.set_ylim(low - margin, high + margin)
    axis.set_xlim(left=0)
    if best is not None:
        axis.annotate(
            "π*",
            (best[0], best[1]),
            xytext=(10, -8),
            textcoords="offset points",
            va="top",
            color=text_color(VERMILION),
        )
    # Computed, the divergence of a policy from itself may come out as a rounding error.
    if far[0] < 1e-9:
        axis.annotate(
            "π₀",
            (far[0], gained[0]),
            xytext=(10, -4),
            textcoords="offset points",
            va="center",
            color=text_color(BLUE),
        )
    axis.set_xlabel(text("figures.reward_and_divergence.x"))
    axis.set_ylabel(text("figures.reward_and_divergence.y"))
    return figure


@with_course_style
def reward_history(histories: Mapping[str, ArrayLike], limit: float | None = None) -> Figure:
    """Draw the reward after each step of training: median and middle 80 % of several seeds.

    Parameters
    ----------
    histories : mapping of names to array_like, shape (seeds, steps)
        One to five ways of training under short names, each with at least one seed and two steps.
    limit : float, optional
        Draws the largest reward that any policy can get.

    See Also
    --------
    loss_history : Single runs of gradient descent.
    reward_and_divergence : Rewards against the distance from a reference policy.
    softmax_course.expected_reward_grad : What each step follows.

    Examples
    --------
    >>> figure = reward_history({"b = 0": [[0.1, 0.5, 0.8], [0.2, 0.4, 0.9]]}, limit=1.0)
    """
    if not isinstance(histories, Mapping):
        raise TypeError(f"histories must be a mapping of names to arrays, got {histories!r}")
    if not 1 <= len(histories) <= len(PALETTE):
        raise ValueError(f"histories must hold 1 to {len(PALETTE)} entries, got {len(histories)}")
    quantiles = {str(name): _quantiles(rewards) for name, rewards in histories.items()}
    figure, axis = single_panel(LINES_HEIGHT[is_narrow()])
    last = max(rows.shape[1] for rows in quantiles.values()) - 1
    for (low, median, high), color in zip(quantiles.values(), PALETTE, strict=False):
        steps = np.arange(len(median))
        axis.fill_between(steps, low, high, color=color, alpha=0.2, linewidth=0)
        axis.plot(steps, median, color=color)
    axis.set_xlim(0, last)
    if limit is not None:
        _draw_limit(axis, as_number(limit, "limit"), last)
    axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=5, integer=True))
    axis.set_title(text("figures.reward_history.band"), fontsize=SMALL, color=MUTED)
    axis.set_xlabel(text("figures.reward_history.x"))
    axis.set_ylabel(text("figures.reward_history.y"))
    colors = PALETTE[: len(quantiles)]
    label_line_ends(
        axis, last, [rows[1, -1] for rows in quantiles.values()], list(quantiles), colors
    )
    return figure


def _quantiles(rewards: ArrayLike) -> NDArray[Any]:
    """Return the tenth, fiftieth and ninetieth percentile over seeds, shape (3, steps)."""
    table = as_real_array(rewards, "histories").astype(np.float64)
    if table.ndim != 2 or table.shape[0] < 1 or table.shape[1] < 2 or not np.isfinite(table).all():
        raise ValueError(
            "histories must hold finite rewards of shape (seeds, at least two steps), got shape "
            f"{table.shape}"
        )
    return np.asarray(np.quantile(table, [0.1, 0.5, 0.9], axis=0))


def _draw_limit(axis: Axes, limit: float, last: int) -> None:
    low, high = axis.get_ylim()
    top = max(high, limit)
    axis.axhline(limit, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    # Room above the line, where curves cannot come, for its words.
    axis.set_ylim(low, top + 0.13 * (top - low))
    axis.annotate(
        text("figures.reward_history.limit", value=format_number(limit)),
        (last, limit),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        color=MUTED,
    )
