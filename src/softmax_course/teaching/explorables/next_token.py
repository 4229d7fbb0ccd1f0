"""The next word of a sentence: temperature, what cuts the tail, and drawing a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_names, as_real_array, as_text
from softmax_course.numerics.decoding import top_p_probs
from softmax_course.numerics.functional import softmax
from softmax_course.teaching.explorables._explorable import (
    Explorable,
    element,
    explorable,
    messages,
    rounded,
    svg,
)

__all__ = ["next_token"]

#: Of the words in the message files, in their order. They leave five words of twelve in a nucleus
#: of 0.9 at T = 1, and eight at T = 2.
LOGITS = (3.2, 2.6, 2.1, 1.7, 1.2, 0.8, 0.3, -0.3, -0.9, -1.6, -2.4, -3.4)
#: The nucleus of the question, and the temperatures that it compares.
TOP_P, COOL, WARM = 0.9, 1.0, 2.0

_ROW, _NAME, _BAR = 22.0, 110.0, 170.0


def next_token(
    prompt: str | None = None,
    tokens: Sequence[str] | None = None,
    logits: ArrayLike | None = None,
) -> Explorable:
    """Show how temperature, top-k, top-p and min-p change what a language model may say next.

    All three cuts look at softmax(z / T), and a word stays if each of them keeps it: top-k the k
    most probable, top-p the fewest that reach p together, min-p those with at least that share of
    the largest probability.

    Parameters
    ----------
    prompt : str, optional
        The beginning of a sentence; by default one in the language in use.
    tokens : sequence of str, optional
        Three to sixteen continuations, given with `prompt`.
    logits : array_like, optional
        A finite logit for each, the largest first.

    Returns
    -------
    Explorable
        Shown as HTML by Jupyter and in the book, as a table in a terminal.

    Raises
    ------
    TypeError
        If an argument has the wrong type, or only some are given.
    ValueError
        If an argument is out of range, or the nucleus does not grow from T = 1 to T = 2, which is
        what the explorable asks.

    See Also
    --------
    softmax_course.top_p_probs : The nucleus as a function.
    softmax_course.top_k_probs : A fixed number of words.

    Examples
    --------
    >>> next_token("It is", ["warm", "cold", "late", "blue"], [3.0, 1.0, 0.5, -2.0])
    Word  p, T = 1  top-p = 0.9
    warm  0.8169    0.8808
    cold  0.1106    0.1192
    late  0.0671    0
    blue  0.0055    0
    """
    own = messages("next_token")
    given = (prompt, tokens, logits)
    if all(value is None for value in given):
        begun, names, z = own["prompt"], own["tokens"], np.array(LOGITS)
    elif prompt is None or tokens is None or logits is None:
        raise TypeError("prompt, tokens and logits belong together: give all three or none")
    else:
        begun, names, z = as_text(prompt, "prompt"), as_names(tokens, "tokens"), _ordered(logits)
        if not 3 <= len(names) <= 16 or z.shape != (len(names),):
            raise ValueError(
                f"expected three to sixteen tokens with a logit each, got {len(names)} tokens "
                f"and logits of shape {z.shape}"
            )
    cool, warm = (top_p_probs(z, TOP_P, temperature=T) for T in (COOL, WARM))
    before, after = int((cool > 0).sum()), int((warm > 0).sum())
    if before >= after:
        raise ValueError(
            f"the nucleus of {TOP_P} holds {before} tokens at T = {COOL:g} and {after} at "
            f"T = {WARM:g}; it has to grow"
        )
    probs = softmax(z)
    rows = [
        (name, f"{p:.4f}", f"{kept:.4f}" if kept else "0")
        for name, p, kept in zip(names, probs, cool, strict=True)
    ]
    return explorable(
        "next_token",
        picture=_picture(names, probs, cool, own["picture"]),
        caption=own["sentence"].format(prompt=begun, word="…"),
        heads=(own["word"], "p, T = 1", f"top-p = {TOP_P:g}"),
        rows=rows,
        data={
            "prompt": begun,
            "tokens": names,
            "logits": z.tolist(),
            "p": TOP_P,
            "warm": WARM,
            "before": before,
            "after": after,
        },
    )


def _ordered(logits: ArrayLike) -> NDArray[Any]:
    z = as_real_array(logits, "logits").astype(float)
    if not np.isfinite(z).all() or (np.diff(z) > 0).any():
        raise ValueError(f"logits have to be finite, the largest first, got {z.tolist()}")
    return rounded(z)


def _picture(names: Sequence[str], probs: NDArray[Any], kept: NDArray[Any], label: str) -> str:
    """Draw a bar a word: what it gets, and of those cut what they would have."""
    shares = np.where(kept > 0, kept, probs)
    lengths = np.maximum(1.0, shares / shares.max() * _BAR)
    parts = []
    for k, name in enumerate(names):
        y = k * _ROW
        length = float(lengths[k])
        parts += [
            element("text", name, x=_NAME - 8, y=y + 16, text_anchor="end", class_="smx-small"),
            element(
                "rect",
                x=_NAME,
                y=y + 3,
                width=length,
                height=_ROW - 6,
                class_="smx-fill" if kept[k] else "smx-cut",
            ),
            element(
                "text",
                f"{kept[k]:.4f}" if kept[k] else "0",
                x=_NAME + length + 6,
                y=y + 16,
                class_="smx-small",
            ),
        ]
    return svg(_NAME + _BAR + 60, len(names) * _ROW, label, *parts)
