"""Each kind of file to take along, made from a book of three pages in two languages."""

import copy
import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import small_book
from bs4 import BeautifulSoup
from lxml import etree
from project import ROOT
from pypdf import PdfReader

CONFIG = copy.deepcopy(small_book.CONFIG)
CONFIG["sphinx"]["config"]["polyglot"]["take_along"] = {"name": "weather", "served": ["robots.txt"]}

QUIZ = """
```{raw} html
<form data-polyglot-question="rain-1"><fieldset><legend>1. Was ist nass?</legend>
<label><input type="radio" name="c" value="0"><span>Sand</span></label>
<label><input type="radio" name="c" value="1" data-right><span>Regen</span></label></fieldset>
<details><summary>?</summary><ul><li data-reply="0">✗ Sand: trocken.</li>
<li data-reply="1">✓ Regen: ja.</li></ul></details></form>
```
"""
SLIDES = """
```{code-cell}
:tags: [slide]
1 + 1
```

+++ {"tags": ["slide"]}

## Merksatz

Kurz gesagt: $1 + 1 = 2$.
"""


@pytest.fixture(scope="module")
def made(build, tmp_path_factory) -> Path:
    """Build the book, make everything of it, and return its folder."""
    book = tmp_path_factory.mktemp("weather")
    small_book.write_book(book, CONFIG)
    for code in ("de", "fr"):
        with (book / code / "rain.md").open("a", encoding="utf-8") as file:
            file.write(QUIZ)
        with (book / code / "snow.md").open("a", encoding="utf-8") as file:
            file.write(SLIDES + "\n```{take-along}\n```\n")
    frontend = ROOT / "_build" / ".frontend"  # fonts of many megabytes, installed once
    frontend.mkdir(parents=True, exist_ok=True)
    (book / "_build").mkdir()
    (book / "_build" / ".frontend").symlink_to(frontend, target_is_directory=True)
    done = small_book.build_with_words(build, book)
    assert done.returncode == 0, done.stdout
    (book / "_build" / "html" / "robots.txt").write_text("User-agent: *\n")
    _make(book, "dist")
    return book


def _make(book: Path, dist: str, *options: str) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "polyglot_book.take_along"),
            *(str(book / "_build"), str(book / dist), *options),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pdf_has_contents_bookmarks_links_and_its_own_fonts(made):
    reader = PdfReader(made / "dist" / "weather-de.pdf")
    text = "".join(page.extract_text() for page in reader.pages)
    for title in ("Inhalt", "Regen", "Schnee", "Lösungen und Antworten"):
        assert title in text
    places = {
        name.lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }
    assert re.search(rf"Regen\s*{places['p1']}\b", reader.pages[1].extract_text())
    assert reader.outline
    assert reader.root_object["/Lang"] == "de"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.metadata.title
    assert "✓ Regen: ja." in text
    assert "Sand: trocken" not in text


def test_the_epub_is_well_formed_and_lists_what_it_holds(made):
    with zipfile.ZipFile(made / "dist" / "weather-fr.epub") as archive:
        names = archive.namelist()
        assert names[0] == "mimetype"
        assert archive.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        package = etree.fromstring(archive.read("EPUB/package.opf"))
        listed = {f"EPUB/{item}" for item in package.xpath("//*[local-name()='item']/@href")}
        assert listed | {"mimetype", "META-INF/container.xml", "EPUB/package.opf"} == set(names)
        pages = [etree.fromstring(archive.read(n)) for n in names if n.endswith(".xhtml")]
        (cover,) = package.xpath("//*[@properties='cover-image']/@href")
        picture = matplotlib.image.imread(archive.open(f"EPUB/{cover}"), format="png")
    assert picture.shape[:2] == (1920, 1200)
    assert len(np.unique(picture.reshape(-1, picture.shape[2]), axis=0)) > 50, "with letters on it"
    formulas = [m for page in pages for m in page.iter("{http://www.w3.org/1998/Math/MathML}math")]
    assert formulas
    assert all(m.get("alttext") for m in formulas)
    targets = {value for page in pages for value in page.xpath("//@href")}
    assert not any(target.startswith("../") for target in targets)


def _cards(package: Path, folder: Path) -> dict[str, tuple[str, int]]:
    with zipfile.ZipFile(package) as archive:
        archive.extract("collection.anki2", folder)
    with sqlite3.connect(folder / "collection.anki2") as base:
        rows = base.execute("select guid, flds, mod from notes").fetchall()
    return {guid: (fields, changed) for guid, fields, changed in rows}


def test_cards_have_names_that_last(made, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = _cards(made / "dist" / "weather-de.apkg", tmp_path / "a")
    _make(made, "again", "--only", "apkg")
    assert _cards(made / "again" / "weather-de.apkg", tmp_path / "b") == first
    assert len(first) == 4  # three exercises, a question
    assert any("Regen: ja." in fields for fields, _ in first.values())


def test_the_same_pages_give_the_same_files(made):
    for ending in (".epub", ".apkg", ".zip"):
        _make(made, "third", "--only", ending[1:])
        name = f"weather-fr{ending}"
        assert (made / "third" / name).read_bytes() == (made / "dist" / name).read_bytes()


def test_worksheets_ask_and_answers_answer(made):
    sheets, answers = (
        "".join(page.extract_text() for page in PdfReader(made / "dist" / name).pages)
        for name in ("weather-de-worksheets.pdf", "weather-de-answers.pdf")
    )
    assert "Was ist nass?" in sheets
    assert "Regen: ja." not in sheets
    assert "Regen: ja." in answers


def test_slides_are_the_tagged_cells(made):
    page = BeautifulSoup(
        (made / "_build/html/slides/de/index.html").read_text("utf-8"), "html.parser"
    )
    slides = page.select(".slides > section")
    assert len(slides) == 3
    assert slides[2].h2.get_text() == "Merksatz"
    assert slides[2].math
    assert not page.select("a[href], [src^=http]")


def test_pages_offer_what_was_made_to_whom_it_is_for(made):
    site = made / "_build" / "html"
    for name, count in (("index", 4), ("snow", 9)):
        page = BeautifulSoup((site / "de" / f"{name}.html").read_text("utf-8"), "html.parser")
        links = [link["href"] for link in page.select(".polyglot-take-along a")]
        assert len(links) == count
        assert all((site / "de" / link).is_file() for link in links)
    with zipfile.ZipFile(site / "downloads" / "weather-de-served.zip") as archive:
        assert "robots.txt" in archive.namelist()
    with zipfile.ZipFile(site / "downloads" / "book-de.zip") as archive:
        assert "polyglot-take-along" not in archive.read("de/index.html").decode()


def test_a_slide_that_holds_too_much_is_refused(made):
    page = made / "_build" / "html" / "de" / "snow.html"
    text = page.read_text("utf-8")
    page.write_text(text.replace("Kurz gesagt", "Lang gesagt " * 900), "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "polyglot_book.take_along", str(made / "_build")),
            *(str(made / "fourth"), "--only", "slides", "--languages", "de"),
        ],
        capture_output=True,
        text=True,
    )
    page.write_text(text, "utf-8")
    assert done.returncode == 1
    assert "Merksatz" in done.stderr
    assert "px too high" in done.stderr


def test_without_a_build_it_says_what_to_do(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "polyglot_book.take_along", str(tmp_path), str(tmp_path / "dist")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "build the book first" in done.stderr
