"""The faces of a book: fonts from npm, cut down to what it shows, for PDF and EPUB."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache as remember
from html import unescape
from pathlib import Path

from fontTools.ttLib import TTFont

from ..rendering import fonts, node
from .manifest import Book, Manifest

FRONTEND = Path(__file__).parent / "frontend"
#: Names that the style sheets use.
TEXT, CODE, SIGNS = "Book Text", "Book Code", "Book Signs"
_DEJAVU = "dejavu-fonts-ttf/ttf"
#: What dates, numbers of pages and lists need.
_ALWAYS = "0123456789 \u00a0ABCDEFGHIJ.•☐✓✗"
#: For code in every language, and for signs that the text's face lacks.
_SHARED = (
    (CODE, "DejaVuSansMono.ttf", 400),
    (CODE, "DejaVuSansMono-Bold.ttf", 700),
    (SIGNS, "DejaVuSans.ttf", 400),
)


@dataclass(frozen=True)
class Face:
    """Hold a font with the characters of a book that it has."""

    family: str
    weight: int
    style: str
    name: str
    data: bytes
    characters: frozenset[int]

    def rule(self, source: str) -> str:
        """Return the rule of style that names the font, whose file has an address."""
        return (
            f"@font-face{{font-family:'{self.family}';font-weight:{self.weight};"
            f"font-style:{self.style};src:url({source}) format('woff2');"
            f"unicode-range:{fonts.unicode_range(self.characters)}}}"
        )


def modules(cache: Path) -> Path:
    """Return the folder with the npm packages, installed if need be."""
    return node.install(cache, folder=FRONTEND)


def of(manifest: Manifest, book: Book, site: Path, cache: Path) -> list[Face]:
    """Return the faces that the pages of a book need; what an earlier one has a later one lacks.

    Those of the other languages come last, for words of theirs. All kinds of files use the same:
    cutting a Chinese face takes a minute.
    """
    packages = modules(cache)
    text = "".join((site / page.address).read_text("utf-8") for page in book.pages)
    text = unescape(text) + "".join(book.words.values()) + book.title + book.author + _ALWAYS
    # Python calls no space but the first printable.
    shown = {ord(sign) for sign in text if sign.isprintable() or unicodedata.category(sign) == "Zs"}
    result: list[Face] = []
    taken: dict[tuple[int, str], set[int]] = {}
    others = [font for other in manifest.books if other is not book for font in other.fonts]
    for font in [*book.fonts, *others]:
        for weight in font["weights"]:
            for style in ("normal", "italic"):
                # Upright letters stand for the italics that a script lacks: without a face of that
                # style, a browser would look for them in another family.
                drawn = style if font.get("italic") else "normal"
                done = taken.setdefault((weight, style), set())
                folder = packages / font["package"] / "files"
                for subset in font["subsets"]:
                    pattern = f"{font['file']}-{subset}-{weight}-{drawn}.woff2"
                    for source in sorted(folder.glob(pattern)):
                        face = _cut(TEXT, weight, style, source.stem, source, shown - done, cache)
                        if face:
                            result.append(face)
                            done |= face.characters
    for family, file, weight in _SHARED:
        name = file.removesuffix(".ttf")
        face = _cut(family, weight, "normal", name, packages / _DEJAVU / file, shown, cache)
        if face:
            result.append(face)
    return result


def narrowed(face: Face, text: str) -> Face | None:
    """Return a face with no more than some text needs."""
    characters = face.characters & {ord(character) for character in f"{text}{_ALWAYS}"}
    if not characters:
        return None
    with tempfile.NamedTemporaryFile(suffix=".woff2") as source:
        source.write(face.data)
        source.flush()
        data = fonts.subset(Path(source.name), characters, ["*"])
    return replace(face, data=data, characters=characters)


@remember
def _characters(source: Path) -> frozenset[int]:
    with TTFont(source, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _cut(
    family: str, weight: int, style: str, name: str, source: Path, shown: Iterable[int], kept: Path
) -> Face | None:
    characters = _characters(source) & frozenset(shown)
    if not characters:
        return None
    data = fonts.subset(source, characters, ["*"], kept)
    return Face(family, weight, style, name, data, frozenset(characters))
