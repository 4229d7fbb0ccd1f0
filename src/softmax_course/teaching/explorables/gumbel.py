"""A race: noise is added to logits, and each wins as often as its softmax says."""

from __future__ import annotations

from collections.abc import Iterator
from math import log

from softmax_course.numerics.functional import softmax
from softmax_course.teaching.explorables._explorable import (
    Explorable,
    element,
    explorable,
    messages,
    number,
    svg,
)

LOGITS = (2.0, 1.0, -1.0)
SEED = 8

#: What the axis of the sums spans.
RANGE = (-4.0, 9.0)

# Places of the picture, as in assets/gumbel.js.
_LEFT, _WIDTH, _LANE = 20, 280, 68


def gumbel() -> Explorable:
    """Show noise deciding between three logits, and how often each of them wins.

    Asks how often the largest logit wins; then one race, 100 or 10 000 are run, and frequencies are
    compared with softmax and a band of two standard deviations. Logits are moved by hand; with
    normal noise in place of Gumbel's the frequencies leave the band.

    Returns
    -------
    Explorable
        Shown as HTML by Jupyter and in the book, as a table of the first race in a terminal.

    See Also
    --------
    softmax_course.softmax : The probabilities that Gumbel noise leads to.

    Examples
    --------
    >>> gumbel()
    Class  Logit z  Softmax p  z + noise
    1      2.0      0.7054     1.38
    2      1.0      0.2595     1.76
    3      −1.0     0.0351     −1.18
    """
    words = messages("gumbel")
    probs = softmax(LOGITS)
    random = uniforms(SEED)
    sums = [z - log(-log(next(random))) for z in LOGITS]
    winner = sums.index(max(sums))
    caption = words["winner"].format(name=winner + 1, sum=number(sums[winner], 2))
    lanes = (_lane(i, LOGITS[i], sums[i], probs[i], i == winner) for i in range(len(LOGITS)))
    return explorable(
        "gumbel",
        picture=svg(360, _LANE * len(LOGITS), caption, *lanes),
        caption=caption,
        heads=(words["class"], words["logit"], words["expected"], words["sum"]),
        rows=[
            (str(i + 1), number(z, 1), number(p), number(total, 2))
            for i, (z, p, total) in enumerate(zip(LOGITS, probs, sums, strict=True))
        ],
        data={"logits": LOGITS, "seed": SEED, "range": RANGE},
    )


def uniforms(seed: int) -> Iterator[float]:
    """Yield the numbers between 0 and 1 that the script draws, by the generator Mulberry32.

    The first race on paper is then the first race on the screen.

    Parameters
    ----------
    seed : int
        Where the generator begins.

    Yields
    ------
    float
        Never 0 or 1: both logarithms of the noise are finite.

    See Also
    --------
    gumbel : Where they become noise.
    """
    mask = 0xFFFFFFFF
    while True:
        seed = (seed + 0x6D2B79F5) & mask
        t = ((seed ^ (seed >> 15)) * (1 | seed)) & mask
        t = (((t + ((t ^ (t >> 7)) * (61 | t))) & mask) ^ t) & mask
        yield ((t ^ (t >> 14)) + 0.5) / 2**32


def _lane(i: int, z: float, total: float, p: float, wins: bool) -> str:
    y = 26 + _LANE * i
    low, high = RANGE

    def across(value: float) -> float:
        return _LEFT + _WIDTH * min(1.0, max(0.0, (value - low) / (high - low)))

    small = {"x": 360, "text_anchor": "end", "class_": "smx-small"}
    mark = _LEFT + _WIDTH * p
    parts = (
        element("text", str(i + 1), x=0, y=y + 6),
        element("line", x1=_LEFT, x2=_LEFT + _WIDTH, y1=y, y2=y, class_="smx-faint"),
        element("line", x1=across(z), x2=across(total), y1=y, y2=y, class_="smx-run"),
        element("circle", cx=across(z), cy=y, r=8, class_="smx-start"),
        element("circle", cx=across(total), cy=y, r=9 if wins else 6),
        element(
            "text", number(z, 1), x=across(z), y=y - 13, text_anchor="middle", class_="smx-small"
        ),
        element("text", ("★ " if wins else "") + number(total, 2), y=y + 5, **small),
        element("rect", x=_LEFT, y=y + 21, width=_WIDTH, height=12, rx=2, class_="smx-groove"),
        element("line", x1=mark, x2=mark, y1=y + 15, y2=y + 39, class_="smx-expected"),
        element("text", f"p = {number(p, 2)}", y=y + 32, **small),
    )
    return f'<g class="smx-c{i + 1}">{"".join(parts)}</g>'
