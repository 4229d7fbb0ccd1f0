"""Figures of Matplotlib as notebooks show them: at the end of the cell that drew them, as SVG."""

from __future__ import annotations

import base64
import io
import sys
from typing import Any

#: What `set_matplotlib_formats` has asked for: the formats, and what is passed to each drawing.
formats: list[str] = ["svg"]
options: dict[str, Any] = {}

_MIMES = {"svg": "image/svg+xml", "png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg"}


def print_figure(
    figure: Any, fmt: str = "png", bbox_inches: str | None = "tight", **others: Any
) -> Any:
    """Draw a figure into a text, for SVG, or into bytes, as IPython's function of this name."""
    if not figure.axes and not figure.lines:
        return None
    settings = {
        "format": fmt,
        "facecolor": figure.get_facecolor(),
        "edgecolor": figure.get_edgecolor(),
        "dpi": figure.dpi,
        "bbox_inches": bbox_inches,
        **others,
    }
    if figure.canvas is None:
        from matplotlib.backend_bases import FigureCanvasBase

        FigureCanvasBase(figure)
    drawn = io.BytesIO()
    figure.canvas.print_figure(drawn, **settings)
    return drawn.getvalue().decode() if fmt == "svg" else drawn.getvalue()


def bundle(figure: Any) -> dict[str, str]:
    """Return a figure in the formats asked for, by MIME type."""
    result = {}
    for name in formats:
        drawn = print_figure(figure, name, **options)
        if drawn is not None:
            binary = isinstance(drawn, bytes)
            result[_MIMES[name]] = base64.b64encode(drawn).decode() if binary else drawn
    return result


def show_open() -> None:
    """Show the figures that a cell left open, and close them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    from _live import shell

    try:
        for number in pyplot.get_fignums():
            shell.display(pyplot.figure(number))
    finally:
        pyplot.close("all")


def close_open() -> None:
    """Close the figures of a cell that failed, so that the next does not show them."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
