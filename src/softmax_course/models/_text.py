"""Texts of a grammar as lists of words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

__all__ = ["normal", "split"]


def normal(text: str) -> str:
    """Return the one form in which a text is compared: Unicode has several for some letters."""
    return unicodedata.normalize("NFC", text)


def split(text: str, vocabulary: Collection[str], separator: str, end: str) -> list[str]:
    """Return the words of a text; without a separator, the longest word that fits each time."""
    text = normal(text).strip()
    if separator:
        words = text.removesuffix(end).split()
        words += [end] * text.endswith(end)
    else:
        longest_first = sorted(vocabulary, key=len, reverse=True)
        words = re.findall("|".join([*map(re.escape, longest_first), r"\S"]), text)
    for word in words:
        if word not in vocabulary:
            raise ValueError(f"{word!r} in {text!r} is not in the vocabulary of the grammar")
    return words
