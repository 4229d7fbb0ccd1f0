"""Figures of attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softmax_course._checks import as_names, as_real_array
from softmax_course.teaching.figures._common import (
    RULE,
    draw_heatmap,
    format_number,
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
