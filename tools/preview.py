"""Draw book/preview.png, the picture that stands for the book where others link to it.

``python tools/preview.py`` draws it anew: softmax(2, 1, 0) as on the front page, and no words,
since the book has several languages.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Outline

from softmax_course import softmax

TARGET = Path(__file__).resolve().parents[1] / "book" / "preview.png"
SIZE = (1200, 630)
LOGITS = (2.0, 1.0, 0.0)
ACCENT = np.array(mpl.colors.to_rgb("#0072b2"))


def shade(part: float) -> np.ndarray:
    """Return the accent mixed with white."""
    return 1 - part * (1 - ACCENT)


def draw() -> Figure:
    """Draw three logits above the strip that their probabilities share out."""
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, SIZE[0]), ylim=(0, SIZE[1]))
    axes.set_axis_off()
    left, right, strip, foot, unit, half = 90, 1110, 84, 244, 74, 36
    edges = left + (right - left) * np.concatenate([[0], np.cumsum(softmax(np.array(LOGITS)))])
    for i, z in enumerate(LOGITS):
        strength = (1.0, 0.68, 0.42)[i]
        middle = left + (right - left) * (i + 0.5) / 3
        a, b, top = middle - half, middle + half, strip + 54
        curve = [
            (a, foot), (a, foot - 60), (edges[i], top + 60), (edges[i], top), (edges[i + 1], top),
            (edges[i + 1], top + 60), (b, foot - 60), (b, foot), (a, foot),
        ]  # fmt: skip
        codes = [Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3,
                 Outline.CLOSEPOLY]  # fmt: skip
        axes.add_patch(PathPatch(Outline(curve, codes), fc=shade(0.15 * strength), lw=0))
        axes.add_patch(_box(a, foot, 2 * half, 2.6 * unit, shade(0.15 * strength)))
        axes.add_patch(_box(a, foot, 2 * half, z * unit + 8, shade(strength)))
        width = edges[i + 1] - edges[i]
        axes.add_patch(_box(edges[i] + 2, strip, width - 4, 54, shade(strength)))
    axes.text(left, 516, "softmax", size=58, weight="bold", color="#222832")
    axes.text(
        right, 530, r"$p_i = e^{z_i} \,/\, \sum_j\, e^{z_j}$",
        size=34, ha="right", color="#222832", math_fontfamily="stix",
    )  # fmt: skip
    return figure


def _box(x: float, y: float, width: float, height: float, color: np.ndarray) -> FancyBboxPatch:
    style = "round,pad=0,rounding_size=6"
    return FancyBboxPatch((x, y), width, height, boxstyle=style, fc=color, lw=0)


def main() -> int:
    """Write the picture."""
    draw().savefig(TARGET, dpi=100, metadata={"Software": None})
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
