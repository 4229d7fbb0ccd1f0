"""Figures of Matplotlib as text or bytes."""

from _live.figures import print_figure

__all__ = ["print_figure"]
