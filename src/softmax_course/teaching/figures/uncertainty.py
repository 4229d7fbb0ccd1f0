"""Figures of honest uncertainty."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from softmax_course._checks import as_real_array, as_share
from softmax_course.teaching.figures._common import (
    INK,
    TINT,
    VERMILION,
    format_number,
    single_panel,
    text_color,
    with_course_style,
)
from softmax_course.teaching.words import text


@with_course_style
def conformal_coverage(coverages: ArrayLike, alpha: float) -> Figure:
    r"""Draw in how many splits of the data conformal sets held the right class how often.

    Parameters
    ----------
    coverages : array_like, shape (splits,)
        For each of at least two splits, the share of test examples whose set held the right class.
    alpha : float
        Share of misses that was put up with; a line stands at :math:`1 - \alpha`.

    See Also
    --------
    softmax_course.conformal_threshold : Promises the mean, not each split.

    Examples
    --------
    >>> figure = conformal_coverage([0.88, 0.91, 0.9, 0.93], alpha=0.1)
    """
    shares = as_real_array(coverages, "coverages").astype(np.float64)
    if shares.ndim != 1 or shares.size < 2 or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(
            "coverages must be shares between 0 and 1 of at least two splits in one row, got "
            f"shape {shares.shape}"
        )
    promised = 1 - as_share(alpha, "alpha")
    mean = float(shares.mean())
    figure, axis = single_panel(3.4)
    reach = max(float(np.abs(shares - promised).max()), 0.01) * 1.1
    edges = np.linspace(promised - reach, promised + reach, 22)
    axis.hist(shares, bins=edges.tolist(), color=TINT, edgecolor="white")
    axis.axvline(promised, color=INK, linewidth=1.6, linestyle=(0, (4, 3)))
    axis.axvline(mean, color=VERMILION, linewidth=2)
    top = axis.get_ylim()[1]
    axis.set_ylim(0, top * 1.38)
    place: dict[str, Any] = {"textcoords": "offset points", "va": "top"}
    left = mean >= promised
    axis.annotate(
        text("figures.conformal_coverage.promised", value=format_number(promised, 3)),
        (promised, top * 1.36),
        xytext=(-6 if left else 6, 0),
        ha="right" if left else "left",
        **place,
    )
    axis.annotate(
        text("figures.conformal_coverage.mean", value=format_number(mean, 3)),
        (mean, top * 1.2),
        xytext=(6 if left else -6, 0),
        ha="left" if left else "right",
        color=text_color(VERMILION),
        **place,
    )
    axis.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=4, integer=True))
    axis.set_xlim(edges[0], edges[-1])
    axis.set_xlabel(text("figures.conformal_coverage.x"))
    axis.set_ylabel(text("figures.conformal_coverage.y"))
    return figure
