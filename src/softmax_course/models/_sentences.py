"""What grammars and models share: how sentences stand in an array.

A sentence is a row of token ids. Token 0 is the end mark: it closes a sentence, fills the row after
it, and is what a model reads before the first word. So an array of tokens needs no mask beside it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_real_array

END = 0


class LanguageModel(Protocol):
    """What the functions of this room ask of a model; a grammar is one too."""

    vocabulary_size: int
    max_length: int

    def log_probs(self, tokens: ArrayLike) -> NDArray[np.float64]:
        """Return the log-distribution of each token, given those before it."""
        ...


def as_sentences(tokens: ArrayLike, vocabulary_size: int, name: str = "tokens") -> NDArray[np.intp]:
    """Return `tokens` as a matrix of ids, a sentence in each row."""
    array = as_real_array(tokens, name)
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(
            f"{name} must have shape (sentences, positions), got {array.shape}; "
            "a single sentence is a matrix of one row"
        )
    if array.dtype.kind == "f":
        raise TypeError(f"{name} must hold integer ids, not {array.dtype}")
    if array.size and (array.min() < 0 or array.max() >= vocabulary_size):
        raise ValueError(
            f"{name} must hold ids from 0 to {vocabulary_size - 1}, "
            f"got {array.min()} to {array.max()}"
        )
    return array.astype(np.intp, copy=False)


def mask_of(tokens: NDArray[np.intp]) -> NDArray[np.bool]:
    """Tell which positions belong to a sentence: all up to its end mark, that included."""
    ended = np.cumsum(tokens == END, axis=1) > 0
    mask = np.ones(tokens.shape, bool)
    mask[:, 1:] = ~ended[:, :-1]
    return mask


def read_before(tokens: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return what a model reads before each token: the end mark, then all but the last."""
    inputs = np.full_like(tokens, END)
    inputs[:, 1:] = tokens[:, :-1]
    return inputs
