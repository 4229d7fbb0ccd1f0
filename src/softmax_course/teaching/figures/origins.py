"""Figures of where softmax comes from, and of what goes wrong where an assumption fails."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_real_array, as_share
from softmax_course.numerics.functional import softmax
from softmax_course.teaching.figures._common import (
    INK,
    class_colors,
    draw_bars,
    is_narrow,
    panel_grid,
    two_lines,
    with_course_style,
)
from softmax_course.teaching.figures._grid import grid_triangulation
from softmax_course.teaching.plotting import PALETTE
from softmax_course.teaching.words import text

MEANS = ((-1.6, -0.8), (1.5, -0.9), (0.2, 1.7))
COMMON = ((1.0, 0.35), (0.35, 0.7))
DIFFERENT = (
    ((0.35, 0.0), (0.0, 1.3)),
    ((1.6, 0.5), (0.5, 0.5)),
    ((0.6, -0.3), (-0.3, 0.4)),
)


@with_course_style
def red_blue_bus(car: float = 0.5) -> Figure:
    """Draw choices before and after a copy of one of the options comes: as softmax has it, and not.

    Half of the travellers take the car, half the bus; then every other bus is painted red. By
    Luce's axiom, the ratio of car and blue bus stays what it was.

    Parameters
    ----------
    car : float, default 0.5
        Share of the car before, between 0 and 1.

    See Also
    --------
    softmax_course.softmax : Has the axiom built in.

    Examples
    --------
    >>> figure = red_blue_bus()
    """
    car = as_share(car, "car")
    z = np.log([car, 1 - car])
    before = softmax(z)
    axiom = softmax(np.append(z, z[1]))
    people = np.array([car, (1 - car) / 2, (1 - car) / 2])
    names = [text(f"figures.red_blue_bus.{name}") for name in ("car", "blue", "red")]
    if not is_narrow():
        # Three panels stand side by side: names in one line would push the last title out.
        names = [two_lines(name) for name in names]
    colors = [INK, PALETTE[0], PALETTE[1]]
    figure, (panels,) = panel_grid(2.5, columns=3)
    shown = (("before", before), ("axiom", axiom), ("people", people))
    for axis, (title, shares) in zip(panels, shown, strict=True):
        options = len(shares)
        draw_bars(axis, shares, colors[:options], limit=max(car, 1 - car))
        axis.set_ylim(2.6, -0.6)  # as high as if all options were there
        axis.set_yticks(range(options), names[:options])
        axis.set_title(text(f"figures.red_blue_bus.{title}"), fontsize=12.5)
    return figure


@with_course_style
def covariance_regions(
    means: ArrayLike = MEANS, common: ArrayLike = COMMON, different: ArrayLike = DIFFERENT
) -> Figure:
    """Draw where each of several Gaussian classes is the most probable, with equal priors.

    Parameters
    ----------
    means : array_like, shape (classes, 2)
        Centres of two to five classes.
    common : array_like, shape (2, 2)
        Covariance of all classes in the first panel: logits are linear, borders straight.
    different : array_like, shape (classes, 2, 2)
        Covariance of each class in the second panel: logits are quadratic, borders curved.

    See Also
    --------
    softmax_course.softmax : Of these logits it is Bayes' posterior.

    Examples
    --------
    >>> figure = covariance_regions()
    """
    centres = as_real_array(means, "means").astype(np.float64)
    if centres.ndim != 2 or centres.shape[1] != 2 or not 2 <= len(centres) <= len(PALETTE):
        raise ValueError(f"means must have shape (2 to 5, 2), got {centres.shape}")
    one = _covariances(common, "common", (2, 2))
    each = _covariances(different, "different", (len(centres), 2, 2))
    figure, ((left, right),) = panel_grid(3.4, columns=2)
    _regions(left, centres, np.broadcast_to(one, each.shape))
    _regions(right, centres, each)
    left.set_title(text("figures.covariance_regions.common"), fontsize=12.5)
    right.set_title(text("figures.covariance_regions.different"), fontsize=12.5)
    return figure


def _covariances(values: ArrayLike, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    matrices = as_real_array(values, name).astype(np.float64)
    if matrices.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {matrices.shape}")
    if (
        not np.array_equal(matrices, np.swapaxes(matrices, -1, -2))
        or not (np.linalg.eigvalsh(matrices) > 0).all()
    ):
        raise ValueError(f"{name} must be symmetric with positive eigenvalues")
    return matrices


def _gaussian_logits(
    points: NDArray[np.float64], means: NDArray[np.float64], covariances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log-densities of Gaussian classes but for a common term, a column for each."""
    offsets = points[:, np.newaxis] - means
    distances = np.einsum("mki,kij,mkj->mk", offsets, np.linalg.inv(covariances), offsets)
    return -(distances + np.log(np.linalg.det(covariances))) / 2


def _regions(
    axis: Axes, means: NDArray[np.float64], covariances: NDArray[np.float64], cells: int = 160
) -> None:
    low, high = means.min(axis=0) - 2.2, means.max(axis=0) + 2.2
    x, y = (np.linspace(a, b, cells) for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    logits = _gaussian_logits(grid, means, covariances)
    colors = class_colors(len(means))
    winner = logits.argmax(axis=1)
    tints = [tuple(0.78 + 0.22 * c for c in to_rgb(color)) for color in colors]
    mesh = grid_triangulation(x, y)
    axis.tricontourf(
        mesh, winner, levels=np.arange(len(means) + 1) - 0.5, cmap=ListedColormap(tints)
    )
    for k, color in enumerate(colors):
        rivals = np.delete(logits, k, axis=1).max(axis=1)
        axis.tricontour(mesh, logits[:, k] - rivals, levels=[0.0], colors=[INK], linewidths=1.2)
        turn = np.linspace(0, 2 * np.pi, 100)
        circle = np.stack([np.cos(turn), np.sin(turn)])
        ellipse = means[k][:, np.newaxis] + np.linalg.cholesky(covariances[k]) @ circle
        axis.plot(*ellipse, color=color, linewidth=1.8)
        axis.plot(*means[k], "o", color=color, markersize=6)
    axis.set_xlim(low[0], high[0])
    axis.set_ylim(low[1], high[1])
    axis.set_aspect("equal")
    axis.set(xticks=[], yticks=[])
