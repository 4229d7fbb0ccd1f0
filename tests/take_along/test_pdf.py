"""The PDF of each language: all pages, real fonts, links and bookmarks inside, no empty sheet."""

import re
import shutil
import subprocess
import unicodedata

import pytest
from pypdf import PdfReader
from scripts_of_text import TOFU, share

KINDS = (".pdf", "-worksheets.pdf", "-answers.pdf")


@pytest.mark.parametrize("kind", KINDS)
def test_no_glyph_is_lacking_and_the_script_is_that_of_the_language(made, book, kind):
    text = "".join(page.extract_text() for page in PdfReader(made(kind)).pages)
    assert not TOFU.search(text)
    assert share(text, book.code) > 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_every_font_is_embedded(made, kind):
    for page in PdfReader(made(kind)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            inner = font.get("/DescendantFonts", [font])[0].get_object()
            if font["/Subtype"] == "/Type3":
                continue  # its glyphs stand in the file
            descriptor = inner["/FontDescriptor"].get_object()
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & descriptor.keys(), inner["/BaseFont"]


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).casefold()


def test_it_holds_every_page_of_its_language(made, book):
    reader = PdfReader(made(".pdf"))

    def titles(items):
        for item in items:
            if isinstance(item, list):
                yield from titles(item)
            else:
                yield _plain(item.title)

    marked = set(titles(reader.outline))
    for page in book.pages:
        if re.search(r"[\\$]", page.title):
            continue  # formulas are spelled otherwise in a bookmark
        assert any(_plain(page.title) in title for title in marked), page.title


def test_contents_name_the_pages_that_bookmarks_lead_to(made, book):
    reader = PdfReader(made(".pdf"))
    places = {
        name.lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }
    text = "".join(page.extract_text() for page in reader.pages[:5])
    chapters = [places[f"p{number}"] for number in range(len(book.pages))]
    assert chapters == sorted(chapters)
    for number in chapters:
        assert re.search(rf"\b{number}\b", text)


def test_it_is_tagged_says_its_language_and_is_small(made, book):
    file = made(".pdf")
    root = PdfReader(file).root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == book.tag
    assert file.stat().st_size < 8e6


def test_links_stay_inside_or_lead_to_the_web(made):
    reader = PdfReader(made(".pdf"))
    inside = 0
    for page in reader.pages:
        for note in page.get("/Annots", []):
            action = note.get_object().get("/A", {})
            address = str(action.get("/URI", ""))
            assert not address.startswith("file:"), address
            inside += "/Dest" in note.get_object() or action.get("/S") == "/GoTo"
    assert inside > 100


def test_no_sheet_is_half_empty(made, tmp_path):
    """Only a sheet before a new chapter ends early; none is blank."""
    program = shutil.which("pdftoppm")
    assert program, "install poppler-utils"
    file = made(".pdf")
    subprocess.run([program, "-r", "20", "-gray", str(file), str(tmp_path / "p")], check=True)
    starts = _starts(PdfReader(file))
    for number, path in enumerate(sorted(tmp_path.glob("p-*.pgm")), 1):
        if number == 1 or number + 1 in starts:
            continue
        filled = _last_dark_row(path.read_bytes())
        # What stays in one piece is half a sheet high at most, but for one long formula.
        assert filled > 0.4 or number == len(list(tmp_path.glob("p-*.pgm"))), f"page {number}"


def _starts(reader: PdfReader) -> set[int]:
    named = reader.named_destinations.items()
    return {
        reader.get_destination_page_number(place) + 1
        for name, place in named
        if re.fullmatch(r"/?(p\d+|solutions|contents)", name)
    }


def _last_dark_row(image: bytes) -> float:
    """Return how far down the text goes, the page's number left out, as a share of the sheet."""
    _, width, height, _, rest = re.match(
        rb"(P5)\s+(\d+)\s+(\d+)\s+(\d+)\s(.*)", image, re.DOTALL
    ).groups()
    width, height = int(width), int(height)
    rows = [rest[width * y : width * (y + 1)] for y in range(int(height * 0.93))]
    dark = [y for y, row in enumerate(rows) if min(row) < 200]
    return max(dark, default=0) / height
