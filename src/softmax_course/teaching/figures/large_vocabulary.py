"""Figures of large vocabularies: sampled classes, low rank."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softmax_course.teaching.figures._common import (
    BLUE,
    LINES_HEIGHT,
    MUTED,
    VERMILION,
    check_row,
    check_sizes,
    is_narrow,
    legend_above,
    log_size_axis,
    single_panel,
    with_course_style,
)
from softmax_course.teaching.words import text


@with_course_style
def bias_of_samples(sample_sizes: ArrayLike, biased: ArrayLike, corrected: ArrayLike) -> Figure:
    """Draw the bias of a sampled softmax against the number of sampled classes.

    Parameters
    ----------
    sample_sizes : array_like, shape (sizes,)
        Numbers of sampled classes, rising, at least two.
    biased : array_like, shape (sizes,)
        Mean estimate less the value of the full softmax, logits as they are.
    corrected : array_like, shape (sizes,)
        The same with the logits corrected for how often each class is sampled.

    See Also
    --------
    softmax_course.sampled_cross_entropy : The estimate.
    softmax_course.cross_entropy : The loss over all classes.
    rank_error : Another price of a large vocabulary.

    Examples
    --------
    >>> figure = bias_of_samples([8, 64, 512], [-5.1, -3.0, -0.9], [-0.6, -0.1, 0.0])
    """
    sizes = check_sizes(sample_sizes, "sample_sizes")
    rows = {
        "biased": check_row(biased, "biased", sizes.size),
        "corrected": check_row(corrected, "corrected", sizes.size),
    }
    colors = (VERMILION, BLUE)
    figure, axis = single_panel(LINES_HEIGHT[is_narrow()])
    axis.axhline(0, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    for row, color in zip(rows.values(), colors, strict=True):
        axis.plot(sizes, row, "o-", color=color, clip_on=False, zorder=3)
    log_size_axis(axis, sizes)
    axis.set_xlabel(text("figures.bias_of_samples.x"))
    axis.set_ylabel(text("figures.bias_of_samples.y"))
    axis.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=6))
    names = [text(f"figures.bias_of_samples.{name}") for name in rows]
    legend_above(figure, axis.lines[1:], names)
    return figure


@with_course_style
def rank_error(ranks: ArrayLike, errors: ArrayLike) -> Figure:
    """Draw the error that is left where the table of logits has a low rank.

    Parameters
    ----------
    ranks : array_like, shape (ranks,)
        Ranks, rising, at least two.
    errors : array_like, shape (ranks,)
        Error at each rank, not negative.

    See Also
    --------
    bias_of_samples : Another price of a large vocabulary.
    weights : The table of a classifier.

    Examples
    --------
    >>> figure = rank_error([1, 2, 4, 8], [1.9, 1.2, 0.5, 0.0])
    """
    sizes = check_sizes(ranks, "ranks")
    left = check_row(errors, "errors", sizes.size, low=0.0)
    figure, axis = single_panel(LINES_HEIGHT[is_narrow()])
    axis.plot(sizes, left, "o-", color=BLUE, clip_on=False, zorder=3)
    axis.set_xlim(min(float(sizes[0]), 1.0), float(sizes[-1]))
    axis.set_ylim(0, (float(left.max()) or 1.0) * 1.06)
    axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=7, integer=True))
    axis.set_xlabel(text("figures.rank_error.x"))
    axis.set_ylabel(text("figures.rank_error.y"))
    return figure
