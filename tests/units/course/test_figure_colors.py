"""Colors of the figures: contrast on each page, and for eyes that lack one kind of cone."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from softmax_course.teaching import figures, plotting
from softmax_course.teaching.figures import _common

PAGES = {"light": "#ffffff", "dark": "#121212", "dark blue": "#14181e"}

# CSS hue-rotate(180deg), by the matrix of the Filter Effects specification.
HUE_ROTATE = np.array([[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]])

# Linear RGB as seen without one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1.
COLOR_BLIND = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(rgb):
    rgb = np.asarray(rgb)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Contrast of two colors by WCAG 2."""
    light, dark = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))[::-1]
    return (light + 0.05) / (dark + 0.05)


def on_page(color, page):
    """Give the color a reader sees: multiplied on light; inverted, turned, screened on dark."""
    color, ground = np.array(to_rgb(color)), np.array(to_rgb(PAGES[page]))
    if page == "light":
        return color * ground
    turned = np.clip(HUE_ROTATE @ (1 - color), 0, 1)
    return 1 - (1 - turned) * (1 - ground)


def perceived(rgb, kind):
    """Coordinates in OKLab as an eye of this kind sees the color."""
    seen = np.clip(np.asarray(COLOR_BLIND[kind]) @ linear(rgb), 0, 1)
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(cones @ seen)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("color", figures.PALETTE)
def test_marks_have_contrast_three_on_every_page(color, page):
    assert contrast(on_page(color, page), on_page("white", page)) >= 3


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("color", [*figures.PALETTE, _common.MUTED])
def test_words_have_contrast_four_and_a_half_on_every_page(color, page):
    assert contrast(on_page(_common.text_color(color), page), on_page("white", page)) >= 4.5


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "tints", [plotting.TINTS, plotting.DIVERGING_TINTS], ids=["tints", "diverging"]
)
def test_numbers_in_cells_have_contrast_four_and_a_half(tints, page):
    ink = on_page(mpl.rc_params_from_file(plotting.STYLE, False, False)["text.color"], page)
    for shade in np.linspace(0, 1, 65):
        assert contrast(on_page(tints(shade)[:3], page), ink) >= 4.5


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", COLOR_BLIND)
def test_colors_can_be_told_apart(kind, page):
    # Two hundredths in OKLab can just be told apart side by side; ask for three times that.
    for one, other in itertools.combinations(figures.PALETTE, 2):
        seen = perceived(on_page(one, page), kind) - perceived(on_page(other, page), kind)
        assert np.linalg.norm(seen) >= 0.06, (one, other)
