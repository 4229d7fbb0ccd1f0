"""Figures of attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softmax_course._checks import as_names, as_real_array
from softmax_course.teaching.figures._common import (
    BLUE,
    LINES_HEIGHT,
    RULE,
    VERMILION,
    check_row,
    check_sizes,
    draw_heatmap,
    format_number,
    is_narrow,
    legend_above,
    log_size_axis,
    single_panel,
    with_course_style,
)
from softmax_course.teaching.plotting import TINTS
from softmax_course.teaching.words import text


@with_course_style
def attention_weights(weights: ArrayLike, tokens: Sequence[str]) -> Figure:
    """Draw attention weights: each row is one softmax, over the tokens it may look at.

    Parameters
    ----------
    weights : array_like, shape (n, n)
        Rows that sum to one; zeros are drawn as masked.
    tokens : sequence of str
        Two to eight tokens.

    See Also
    --------
    softmax_course.attention : The numbers.

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
    figure, axis = single_panel(1.5 + 0.56 * n)
    draw_heatmap(axis, values, TINTS, 0.0, 1.0)
    for i in range(n):
        for k in range(n):
            if values[i, k] > 0:
                axis.text(k, i, format_number(values[i, k]), ha="center", va="center", fontsize=12)
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


@with_course_style
def attention_saturation(
    head_sizes: ArrayLike, share_scaled: ArrayLike, share_unscaled: ArrayLike
) -> Figure:
    r"""Draw how many queries are saturated, with and without the division by :math:`\sqrt d`.

    Parameters
    ----------
    head_sizes : array_like, shape (sizes,)
        Sizes :math:`d` of a head, rising, at least two.
    share_scaled : array_like, shape (sizes,)
        Share of saturated queries where scores are divided by :math:`\sqrt d`.
    share_unscaled : array_like, shape (sizes,)
        Share of saturated queries where they are not.

    See Also
    --------
    attention_weights : One table of weights.
    softmax_course.attention : Divides.

    Examples
    --------
    >>> figure = attention_saturation([4, 64, 1024], [0.0, 0.0, 0.0], [0.05, 0.4, 0.8])
    """
    sizes = check_sizes(head_sizes, "head_sizes")
    shares = {
        name: check_row(values, f"share_{name}", sizes.size, low=0.0, high=1.0)
        for name, values in (("scaled", share_scaled), ("unscaled", share_unscaled))
    }
    colors = (BLUE, VERMILION)
    figure, axis = single_panel(LINES_HEIGHT[is_narrow()])
    for row, color in zip(shares.values(), colors, strict=True):
        # Shares of exactly 0 lie on the axis: their marks must not be cut in half.
        axis.plot(sizes, row, "o-", color=color, clip_on=False, zorder=3)
    log_size_axis(axis, sizes)
    axis.set_ylim(0, 1)
    axis.set_xlabel(text("figures.attention_saturation.x"))
    axis.set_ylabel(text("figures.attention_saturation.y"))
    names = [text(f"figures.attention_saturation.{name}") for name in shares]
    legend_above(figure, axis.lines, names)
    return figure
