"""Fonts cut down to what a book uses."""

from __future__ import annotations

import base64
import hashlib
import io
import logging
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from fontTools import subset as fonttools
from fontTools.ttLib import TTFont

# It reports every glyph that it keeps.
logging.getLogger("fontTools.subset").setLevel(logging.WARNING)

#: Part of the key of what is kept: to be changed with what this module does to a font.
_KIND = "woff2, assemblies repaired, roots of one width"


def subset(
    source: Path, codepoints: Iterable[int], features: Sequence[str], cache: Path | None = None
) -> bytes:
    """Keep of a font some characters, and every form that its OpenType features make of them.

    Characters that the font lacks are passed over; ``["*"]`` keeps all features. The result is
    WOFF2, with licence and authors in it; a cache folder keeps it for the next build.
    """
    codepoints = sorted(set(codepoints))
    key = hashlib.sha256(source.read_bytes())
    key.update(repr((codepoints, list(features), _KIND)).encode())
    kept = cache / f"font-{key.hexdigest()[:16]}.woff2" if cache else None
    if kept and kept.is_file():
        return kept.read_bytes()
    options = fonttools.Options()
    options.flavor = "woff2"
    options.layout_features = list(features)
    options.name_IDs = ["*"]
    options.hinting = False
    options.drop_tables += ["FFTM"]  # what FontForge notes for itself
    font = fonttools.load_font(str(source), options)
    if "MATH" in font:
        repair_assemblies(font)
        narrow_roots(font)
    chooser = fonttools.Subsetter(options)
    chooser.populate(unicodes=codepoints)
    chooser.subset(font)
    result = io.BytesIO()
    fonttools.save_font(font, result, options)
    if kept:
        kept.write_bytes(result.getvalue())
    return result.getvalue()


def repair_assemblies(font: TTFont) -> int:
    r"""Make the parts of stretched arrows and braces fit together; return how many were changed.

    The head of STIX Two's arrow to the right (version 2.13) has its connector on the outer side:
    the overlap with the shaft is 0 where the font asks for 100 at least, so browsers do not stretch
    it, and the arrow under the words of ``\xrightarrow`` stays short. Such a part is turned
    round; a font without the mistake is left as it is.
    """
    variants = font["MATH"].table.MathVariants
    overlap = variants.MinConnectorOverlap
    turned = 0
    for construction in variants.HorizGlyphConstruction:
        parts = construction.GlyphAssembly.PartRecords if construction.GlyphAssembly else []
        for before, part in pairwise(parts):
            start, end = part.StartConnectorLength, part.EndConnectorLength
            if before.EndConnectorLength >= overlap and start < overlap <= end:
                part.StartConnectorLength, part.EndConnectorLength = end, start
                turned += 1
    return turned


def narrow_roots(font: TTFont) -> None:
    """Make the taller signs of a root as wide as the sign itself.

    Browsers reserve for √ the width of the widest form it could take
    (https://www.w3.org/TR/mathml-core/#dfn-preferred-inline-size-of-a-glyph-stretched-along-the-block-axis),
    in STIX Two half as much again: a gap after every root.
    """
    variants, root = font["MATH"].table.MathVariants, font.getBestCmap().get(ord("√"))
    if root not in variants.VertGlyphCoverage.glyphs:
        return  # a face for text that has a few signs of mathematics too
    form = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(root)]
    names = {record.VariantGlyph for record in form.MathGlyphVariantRecord}
    names |= {part.glyph for part in form.GlyphAssembly.PartRecords}
    width, _ = font["hmtx"][root]
    for name in names - {root}:
        glyph, (advance, _) = font["glyf"][name], font["hmtx"][name]
        glyph.coordinates.scale((width / advance, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, glyph.xMin)


def data_uri(font: bytes) -> str:
    """Return a font in WOFF2 as an address, to stand in a style sheet."""
    return "data:font/woff2;base64," + base64.b64encode(font).decode()


def unicode_range(codepoints: Iterable[int]) -> str:
    """Write some characters as CSS does for ``unicode-range``.

    Examples
    --------
    >>> unicode_range({0x980, 0x981, 0x982, 0x200C})
    'U+980-982,U+200C'
    """
    found: list[list[int]] = []
    for code in sorted(set(codepoints)):
        if found and code == found[-1][1] + 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in found)
