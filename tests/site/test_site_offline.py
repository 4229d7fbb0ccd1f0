"""Each language's archive reads from a folder: no dead link, no request, nothing missing."""

import re
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from built_pages import parsed
from project import FINISHED, LANGUAGES


@pytest.fixture(scope="module", params=LANGUAGES)
def unpacked(request, site, tmp_path_factory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    with zipfile.ZipFile(site / "downloads" / f"book-{request.param}.zip") as archive:
        archive.extractall(folder)
    return request.param, folder


def test_it_holds_the_pages_of_its_language_and_no_other(unpacked, site):
    language, folder = unpacked
    pages = {page.relative_to(folder).as_posix() for page in folder.rglob("*.html")}
    own = {page.relative_to(site).as_posix() for page in (site / "book" / language).rglob("*.html")}
    assert pages == own | {"index.html"}


def test_every_link_inside_leads_somewhere(unpacked):
    _, folder = unpacked
    for page in folder.rglob("*.html"):
        for element in parsed(page).select("[href], [src]"):
            address = urlsplit(element.get("href") or element.get("src"))
            if address.scheme or address.netloc or not address.path:
                continue
            target = page.parent / unquote(address.path)
            assert target.is_file(), f"{page.relative_to(folder)}: {element}"


def test_a_page_reads_from_a_file_without_asking_for_anything_else(unpacked, browser):
    language, folder = unpacked
    with_formulas = next(
        (
            page
            for page in sorted((folder / "book" / language).glob("*.html"))
            if "<math" in page.read_text(encoding="utf-8") and "_images" in page.read_text("utf-8")
        ),
        None,
    )
    if with_formulas is None and language not in FINISHED:
        pytest.skip("a draft without figures so far")
    context = browser.new_context()
    requests, errors = [], []
    page = context.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(with_formulas.as_uri())
    page.evaluate("document.fonts.ready")  # the last that a page loads by itself
    assert all(re.match(r"file://|data:|blob:", url) for url in requests), requests
    assert not errors
    sizes = page.eval_on_selector_all(
        "img",
        """(images) => Promise.all(images.map(async (image) => {
          image.loading = "eager";
          await image.decode();
          return image.naturalWidth;
        }))""",
    )
    assert sizes
    assert min(sizes) > 0
    box = page.locator("article.bd-article math").first.bounding_box()
    assert box["width"] > 0
    assert box["height"] > 0
    context.close()
