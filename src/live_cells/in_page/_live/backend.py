"""Matplotlib's backend in the page: Agg, where ``pyplot.show`` shows what is open at once."""

from __future__ import annotations

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from _live import figures


class FigureManager(FigureManagerBase):
    """Show figures as outputs of the cell."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show the open figures and close them, as in a notebook."""
        figures.show_open()


class FigureCanvas(FigureCanvasAgg):
    """Draw with Agg."""

    manager_class = FigureManager
