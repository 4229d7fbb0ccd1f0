"""Slides, worksheets and archives of each language, and the pages that offer them."""

import zipfile

from bs4 import BeautifulSoup
from project import ROOT

SITE = ROOT / "_build" / "html"


def test_slides_are_a_folder_that_asks_nobody(made, browser, tmp_path):
    with zipfile.ZipFile(made("-slides.zip")) as archive:
        archive.extractall(tmp_path)
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_selector(".reveal.ready")
    count = page.evaluate("Reveal.getTotalSlides()")
    for number in range(count):
        page.evaluate("(n) => Reveal.slide(n)", number)
    assert count >= 12
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()


def test_the_archive_for_a_server_holds_python_and_the_other_stays_small(made):
    assert made(".zip").stat().st_size < 3e6
    with zipfile.ZipFile(made("-served.zip")) as archive:
        names = set(archive.namelist())
    assert {"live-cells-sw.js", "live/manifest.json", "index.html"} <= names


def test_pages_offer_what_there_is(made, book):
    landing = SITE / book.pages[0].address
    for_teachers = 0
    for path in landing.parent.glob("*.html"):
        for place in BeautifulSoup(path.read_text("utf-8"), "lxml").select(".polyglot-take-along"):
            links = [link["href"] for link in place.select("a")]
            assert len(links) >= 4
            assert all((path.parent / link).resolve().is_file() for link in links)
            for_teachers += any("worksheets" in link for link in links)
    assert for_teachers == 1
