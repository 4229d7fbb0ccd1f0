"""Figures of losses beside cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from softmax_course._checks import as_nonnegative, as_positive, as_real_array
from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.focal import focal_loss, focal_loss_grad
from softmax_course.numerics.hinge import multiclass_hinge, multiclass_hinge_subgradient
from softmax_course.numerics.losses import cross_entropy
from softmax_course.numerics.scores import squared_error, squared_error_grad
from softmax_course.teaching.figures._common import (
    MUTED,
    RULE,
    is_narrow,
    panel_grid,
    with_course_style,
)
from softmax_course.teaching.plotting import PALETTE
from softmax_course.teaching.words import text


def _legend(figure: Figure, axis: Axes, columns: int) -> None:
    figure.legend(
        handles=axis.lines[:columns],
        loc="outside upper left",
        ncols=min(columns, 2) if is_narrow() else columns,
        handlelength=1.4,
        columnspacing=1.4,
    )


@with_course_style
def focal_loss_curves(gammas: Sequence[float] = (0.0, 0.5, 1.0, 2.0, 5.0)) -> Figure:
    r"""Draw the focal loss and its pull on the logits against the probability of the right class.

    Parameters
    ----------
    gammas : sequence of float, default (0, 0.5, 1, 2, 5)
        One to five exponents, not negative.

    See Also
    --------
    softmax_course.focal_loss : The loss.
    softmax_course.focal_loss_grad : Its gradient; the right panel is its entry at the right class.

    Examples
    --------
    >>> figure = focal_loss_curves([0.0, 2.0])
    """
    exponents = as_real_array(gammas, "gammas").astype(np.float64)
    if exponents.ndim != 1 or not 1 <= exponents.size <= len(PALETTE):
        raise ValueError(f"gammas must be a list of 1 to {len(PALETTE)} numbers, got {gammas!r}")
    values = [as_nonnegative(gamma, "gammas") for gamma in exponents.tolist()]
    p = np.linspace(0.01, 0.999, 300)
    z = np.column_stack([np.log(p), np.log1p(-p)])
    labels = np.zeros(len(p), np.intp)
    figure, ((left, right),) = panel_grid(3.6, columns=2)
    for gamma, color in zip(values, PALETTE, strict=False):
        losses = focal_loss(z, labels, gamma, reduction="none")
        pull = -focal_loss_grad(z, labels, gamma, reduction="none")[:, 0]
        left.plot(p, losses, color=color, label=text("figures.focal_loss_curves.gamma", g=gamma))
        right.plot(p, pull, color=color)
    left.set_ylabel(text("figures.loss"))
    right.set_ylabel(text("figures.focal_loss_curves.pull"))
    for axis in (left, right):
        axis.set_xlim(0, 1)
        axis.set_ylim(bottom=0)
        axis.set_xlabel(text("figures.focal_loss_curves.x"))
    _legend(figure, left, len(values))
    return figure


@with_course_style
def margin_losses(span: float = 5.0) -> Figure:
    """Draw hinge loss, cross-entropy and squared error, and their slopes, against the margin.

    The margin is the logit of the right one of two classes less that of the other.

    Parameters
    ----------
    span : float, default 5.0
        Largest margin on either side.

    See Also
    --------
    softmax_course.multiclass_hinge : Hinge loss.
    softmax_course.squared_error : Squared error of the probabilities.

    Examples
    --------
    >>> figure = margin_losses()
    """
    span = as_positive(span, "span")
    margin = np.linspace(-span, span, 401)
    z = np.column_stack([margin, np.zeros_like(margin)])
    labels = np.zeros(len(margin), np.intp)
    # Only the first logit moves here, so that its entry of the gradient is the slope.
    kinds: tuple[tuple[str, NDArray[np.float64], NDArray[np.float64]], ...] = (
        (
            "cross_entropy",
            cross_entropy(z, labels, reduction="none"),
            cross_entropy_grad(z, labels, reduction="none")[:, 0],
        ),
        (
            "hinge",
            multiclass_hinge(z, labels, reduction="none"),
            multiclass_hinge_subgradient(z, labels, reduction="none")[:, 0],
        ),
        (
            "squared",
            squared_error(z, labels, reduction="none"),
            squared_error_grad(z, labels, reduction="none")[:, 0],
        ),
    )
    figure, ((left, right),) = panel_grid(3.6, columns=2)
    for (name, losses, slopes), color in zip(kinds, PALETTE, strict=False):
        left.plot(margin, losses, color=color, label=text(f"figures.margin_losses.{name}"))
        right.plot(margin, slopes, color=color)
    left.set_ylabel(text("figures.margin_losses.loss"))
    left.set_ylim(bottom=0)
    right.set_ylabel(text("figures.margin_losses.slope"))
    for axis in (left, right):
        axis.set_xlim(-span, span)
        axis.axvline(0, color=RULE, linewidth=1, zorder=0.5)
        axis.set_xlabel(text("figures.margin_losses.x"))
    right.axhline(0, color=MUTED, linewidth=0.8, zorder=0.5)
    _legend(figure, left, len(kinds))
    return figure
