"""Level lines over a rectangular grid, for the page's Python too, which has no contourpy."""

from __future__ import annotations

import numpy as np
from matplotlib.tri import Triangulation
from numpy.typing import ArrayLike


def grid_triangulation(
    x: ArrayLike, y: ArrayLike, hidden: ArrayLike | None = None
) -> Triangulation:
    """Cut the cells of a rectangular grid into triangles, for ``tricontour`` and its kin.

    `matplotlib.axes.Axes.contour` needs contourpy, which is compiled and not in the Python that
    pages run; ``tricontour`` is part of Matplotlib.

    Parameters
    ----------
    x : array_like, shape (columns,)
        Places of the columns, increasing.
    y : array_like, shape (rows,)
        Places of the rows, increasing.
    hidden : array_like of bool, shape (rows, columns), optional
        Points without a height: no line crosses a triangle that has one.

    Returns
    -------
    matplotlib.tri.Triangulation
        Its points are in the order of ``heights.ravel()`` for heights of shape (rows, columns).

    Raises
    ------
    ValueError
        If the places are not increasing, fewer than two, or `hidden` has another shape.

    See Also
    --------
    covariance_regions : A figure drawn with it.

    Examples
    --------
    >>> from softmax_course import figures
    >>> figures.grid_triangulation([0.0, 1.0, 2.0], [0.0, 1.0]).triangles.tolist()
    [[0, 1, 3], [1, 2, 4], [1, 4, 3], [2, 5, 4]]
    """
    columns, rows = np.asarray(x, np.float64), np.asarray(y, np.float64)
    for name, places in (("x", columns), ("y", rows)):
        if places.ndim != 1 or len(places) < 2 or not (np.diff(places) > 0).all():
            raise ValueError(f"{name} must be increasing numbers, two or more, got {places}")
    shape = len(rows), len(columns)
    corners = np.arange(shape[0] - 1)[:, np.newaxis] * shape[1] + np.arange(shape[1] - 1)
    first = corners.ravel()
    right, above = first + 1, first + shape[1]
    triangles = np.concatenate(
        [np.stack([first, right, above], axis=1), np.stack([right, above + 1, above], axis=1)]
    )
    mask = None
    if hidden is not None:
        dark = np.asarray(hidden, bool)
        if dark.shape != shape:
            raise ValueError(f"hidden must have shape {shape}, got {dark.shape}")
        mask = dark.ravel()[triangles].any(axis=1)
    points = np.meshgrid(columns, rows)
    return Triangulation(points[0].ravel(), points[1].ravel(), triangles, mask)
