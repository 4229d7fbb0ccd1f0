"""Fonts of figures, cut down to what the book shows if they are large."""

from __future__ import annotations

import io
from collections.abc import Iterable

from fontTools import subset

from . import packages, storage

#: Fonts up to this size come whole: a reader may write what the book does not.
_LARGE = 1_000_000
_ALWAYS = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x370, 0x400)]))


def files(distributions: Iterable[str], text: str) -> dict[str, bytes]:
    """Return the fonts of installed distributions, with the characters of a text at least."""
    result: dict[str, bytes] = {}
    for name in distributions:
        for file, data in packages.fonts(name).items():
            large = packages.is_font(file) and len(data) > _LARGE
            result[file] = _subset(data, text) if large else data
    return result


def _subset(font: bytes, text: str) -> bytes:
    characters = "".join(sorted({*text, *_ALWAYS}))
    place = storage.folder() / "fonts" / storage.key(font, characters)

    def make(target: object) -> None:
        options = subset.Options(layout_features=["*"], notdef_outline=True, recalc_timestamp=False)
        loaded = subset.load_font(io.BytesIO(font), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(loaded)
        subset.save_font(loaded, str(target), options)

    return storage.made(place, make).read_bytes()
