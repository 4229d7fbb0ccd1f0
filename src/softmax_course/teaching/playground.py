"""Logits to move by hand, and what softmax makes of them, wherever HTML is shown.

The same call works in the built book (no kernel), in JupyterLab and in VS Code. Where scripts are
off, and on paper, the start stands in a picture and a table. The arithmetic of the script is
compared with `softmax_course` in the tests, in a browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from softmax_course._checks import as_integer, as_names, as_number, as_real_array
from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.functional import softmax
from softmax_course.teaching import _widget, words
from softmax_course.teaching.display.table import table, typeset
from softmax_course.teaching.explorables._explorable import CORE, element, number, still, svg

__all__ = ["Playground", "show"]

#: The slider of the temperature runs over the powers of ten between these.
TEMPERATURES = (1e-3, 1e3)

#: Words of the simple mode, and what the other adds to them.
_WORDS = (
    "title", "class", "class_heading", "logit", "probability", "temperature", "slider", "presets",
    "cold", "equal", "ahead", "add", "remove", "reset", "summary", "bad_number", "bad_temperature",
)  # fmt: skip
_TRAINING_WORDS = ("right_class", "state", "gradient", "rate", "step", "loss", "legend")

_ROW, _NAME, _BAR = 26.0, 110.0, 180.0


@dataclass(frozen=True)
class Playground:
    """A playground in the language of the moment it was made; made by `show`."""

    logits: tuple[float, ...]
    temperature: float
    target: int
    labels: tuple[str, ...]
    simple: bool
    words: dict[str, str]
    tag: str

    def _rows(self) -> list[tuple[str, ...]]:
        probs = softmax(self.logits, temperature=self.temperature)
        grad = cross_entropy_grad(self.logits, self.target, temperature=self.temperature)
        rows: list[tuple[str, ...]] = [
            (name, typeset(f"{z:g}", z), number(p), number(g))
            for name, z, p, g in zip(self._names(), self.logits, probs, grad, strict=True)
        ]
        return [row[:3] for row in rows] if self.simple else rows

    def _names(self) -> tuple[str, ...]:
        places = range(1, len(self.logits) + 1)
        return self.labels or tuple(self.words["class"].format(k=k) for k in places)

    def _heads(self) -> tuple[str, ...]:
        keys = ("class_heading", "logit", "probability", "gradient")
        return tuple(self.words[key] for key in keys if key in self.words)

    def _picture(self) -> str:
        parts = []
        probs = softmax(self.logits, temperature=self.temperature)
        for k, (name, p) in enumerate(zip(self._names(), probs, strict=True)):
            y, length = k * _ROW, max(1.0, float(p) * _BAR)
            parts += [
                element("text", name, x=_NAME - 8, y=y + 18, text_anchor="end"),
                element("rect", x=_NAME, y=y + 4, width=length, height=_ROW - 8, class_="smx-fill"),
                element("text", f"{p:.4f}", x=_NAME + length + 6, y=y + 18),
            ]
        height = len(self.logits) * _ROW
        return svg(_NAME + _BAR + 60, height, self.words["probability"], *parts)

    def _repr_html_(self) -> str:
        temperature = f"{self.temperature:g}"
        if self.simple:
            start = f"{self.words['temperature']} = {temperature}"
        else:
            name = self._names()[self.target]
            start = self.words["state"].format(T=temperature, name=name)
        body = still(self._picture(), start, self._heads(), self._rows())
        data = {
            "logits": self.logits,
            "temperature": self.temperature,
            "target": self.target,
            "labels": self.labels,
            "simple": self.simple,
            "words": self.words,
        }
        label = self.words["title"]
        return _widget.widget("playground", body, data, lang=self.tag, label=label, shared=CORE)

    def __repr__(self) -> str:
        return repr(table(self._rows(), self._heads()))


def show(
    logits: Sequence[float] = (2.0, -1.0, 0.5),
    temperature: float = 1.0,
    target: int = 0,
    labels: Sequence[str] | None = None,
    *,
    simple: bool = False,
) -> Playground:
    """Show sliders for logits and temperature with the probabilities, loss and gradient.

    Parameters
    ----------
    logits : sequence of float
        Three to five finite logits to begin with.
    temperature : float
        Temperature to begin with, from 0.001 to 1000.
    target : int
        Index of the right class.
    labels : sequence of str, optional
        Names of the classes; by default they are numbered from 1, as in the formulas.
    simple : bool
        Probabilities alone, for readers who have not met the loss: no right class, no gradient.

    Returns
    -------
    Playground
        Shown as HTML by Jupyter and in the book, as a table in a terminal.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If an argument is out of range; the message names it.

    See Also
    --------
    softmax_course.figures.softmax_steps : The same numbers as a figure.

    Examples
    --------
    >>> show(logits=(1.0, 0.0, 0.0), labels=("cat", "dog", "fox"), simple=True)
    Class  Logit z  Probability p
    cat    1        0.5761
    dog    0        0.2119
    fox    0        0.2119
    >>> show(logits=(1.0, 0.0, 0.0), labels=("cat", "dog", "fox"))
    Class  Logit z  Probability p  Gradient (p − y) / T
    cat    1        0.5761         −0.4239
    dog    0        0.2119         0.2119
    fox    0        0.2119         0.2119
    """
    values = as_real_array(logits, "logits")
    if values.ndim != 1 or not 3 <= values.size <= 5:
        raise ValueError(f"expected three to five logits, got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"logits have to be finite, got {values.tolist()}")
    temperature = as_number(temperature, "temperature")
    low, high = TEMPERATURES
    if not low <= temperature <= high:
        raise ValueError(f"temperature has to be from {low:g} to {high:g}, got {temperature}")
    target = as_integer(target, "target", 0, values.size - 1)
    names = () if labels is None else tuple(as_names(labels, "labels", values.size))
    if not isinstance(simple, bool):
        raise TypeError(f"simple must be True or False, got {simple!r}")
    shown = _WORDS if simple else (*_WORDS, *_TRAINING_WORDS)
    messages = {name: words.text(f"playground.{name}") for name in shown}
    messages["times"] = words.text("table.times")
    return Playground(
        tuple(map(float, values)),
        temperature,
        target,
        names,
        simple,
        messages,
        words.text("language.tag"),
    )
