"""Logits to move by hand, and what softmax makes of them, wherever HTML is shown.

The same call works in the built book (no kernel), in JupyterLab and in VS Code. Where scripts are
off the numbers of the start stand in a table. The arithmetic of the script is compared with
`softmax_course` in the tests, in a browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from softmax_course._checks import as_integer, as_names, as_number, as_real_array
from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.functional import softmax
from softmax_course.teaching import _widget, words
from softmax_course.teaching.display.table import table

__all__ = ["Playground", "show"]

#: The slider of the temperature runs over the powers of ten between these.
TEMPERATURES = (1e-3, 1e3)

_SCRIPT_WORDS = (
    "class", "logit", "right_class", "temperature", "slider", "rate", "step", "add", "remove",
    "reset", "loss", "summary", "legend", "bad_number", "bad_temperature",
)  # fmt: skip


@dataclass(frozen=True)
class Playground:
    """A playground in the language of the moment it was made; made by `show`."""

    logits: tuple[float, ...]
    temperature: float
    target: int
    labels: tuple[str, ...]
    words: dict[str, str]
    tag: str

    def _rows(self) -> list[tuple[str, ...]]:
        probs = softmax(self.logits, temperature=self.temperature)
        grad = cross_entropy_grad(self.logits, self.target, temperature=self.temperature)
        return [
            (name, f"{z:g}", f"{p:.4f}", f"{g:.4f}")
            for name, z, p, g in zip(self._names(), self.logits, probs, grad, strict=True)
        ]

    def _names(self) -> tuple[str, ...]:
        places = range(1, len(self.logits) + 1)
        return self.labels or tuple(self.words["class"].format(k=k) for k in places)

    def _heads(self) -> tuple[str, ...]:
        return tuple(
            self.words[key] for key in ("class_heading", "logit", "probability", "gradient")
        )

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in self._heads())
        rows = "\n".join(
            f'<tr><th scope="row">{escape(name)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for name, *cells in self._rows()
        )
        start = f"{self.words['temperature']} = {self.temperature:g}"
        start += f"; {self.words['right_class']}: {self._names()[self.target]}"
        body = f"<table><caption>{escape(start)}</caption><tr>{heads}</tr>\n{rows}\n</table>"
        data = {
            "logits": self.logits,
            "temperature": self.temperature,
            "target": self.target,
            "labels": self.labels,
            "words": {name: self.words[name] for name in _SCRIPT_WORDS},
        }
        return _widget.widget("playground", body, data, lang=self.tag, label=self.words["title"])

    def __repr__(self) -> str:
        return repr(table(self._rows(), self._heads()))


def show(
    logits: Sequence[float] = (2.0, -1.0, 0.5),
    temperature: float = 1.0,
    target: int = 0,
    labels: Sequence[str] | None = None,
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
    >>> show(logits=(1.0, 0.0, 0.0), labels=("cat", "dog", "fox"))
    Class  Logit z  Probability p  Gradient (p − y) / T
    cat    1        0.5761         -0.4239
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
    shown = (*_SCRIPT_WORDS, "title", "class_heading", "probability", "gradient")
    messages = {name: words.text(f"playground.{name}") for name in shown}
    return Playground(
        tuple(map(float, values)),
        temperature,
        target,
        names,
        messages,
        words.text("language.tag"),
    )
