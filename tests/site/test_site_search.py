"""Search as a reader does it: keys, words in any form, results and their order."""

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from project import LANGUAGES, TRAITS


@pytest.fixture(scope="module")
def reader(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def search(page, query: str) -> list[str]:
    """Type a query, and return the addresses of the pages found, best first."""
    page.evaluate("document.querySelector('.polyglot-search__status').textContent = ''")
    page.locator("#polyglot-search input").fill(query)
    page.wait_for_function(
        "document.querySelector('.polyglot-search__status').textContent", timeout=10_000
    )
    links = page.locator(".polyglot-search__page > a")
    return [link.get_attribute("href") for link in links.all()]


def open_search(page, site_url, code, keys="Control+k"):
    page.goto(f"{site_url}book/{code}/index.html")
    page.keyboard.press(keys)
    page.locator("#polyglot-search[open]").wait_for(timeout=3000)


@cache
def texts(site: Path, code: str) -> dict[str, str]:
    """What a reader may search for, on each page of a language."""
    found = {}
    for path in sorted((site / "book" / code).rglob("*.html")):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        article = page.select_one("article.bd-article")
        for element in article.select("script, style, .highlight, .output, math, summary, .eqno"):
            element.decompose()
        found[path.relative_to(site).as_posix()] = " ".join(article.get_text().lower().split())
    return found


@pytest.mark.parametrize(
    ("code", "forms", "stem"),
    [
        (code, case["forms"], case["stem"])
        for code, traits in TRAITS.items()
        for case in traits["found"]
    ],
)
def test_every_form_of_a_word_finds_its_pages(site, site_url, reader, code, forms, stem):
    holding = {path for path, text in texts(site, code).items() if stem in text}
    assert holding, f"no page of {code} holds {stem!r}: choose another word"
    open_search(reader, site_url, code)
    for form in forms:
        found = {address.split("/softmax/")[1] for address in search(reader, form)}
        assert found == holding, form


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_not_there_is_not_found(site_url, reader, code):
    open_search(reader, site_url, code)
    for query in TRAITS[code]["absent"]:
        assert search(reader, query) == [], query
        said = reader.locator(".polyglot-search__status").inner_text()
        assert query in said


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_s_title_finds_that_page_first(site, site_url, reader, code):
    open_search(reader, site_url, code)
    missed = []
    for path in sorted((site / "book" / code).rglob("*.html")):
        heading = BeautifulSoup(path.read_text("utf-8"), "html.parser").select_one("article h1")
        for element in heading.select(".section-number, a, math"):
            element.decompose()
        title = heading.get_text().strip()
        found = search(reader, title)
        own = path.relative_to(site).as_posix()
        if own not in [address.split("/softmax/")[1] for address in found[:3]]:
            missed.append((title, own, found[:3]))
    assert not missed, missed


@pytest.mark.parametrize("code", LANGUAGES)
def test_only_pages_of_the_reader_s_language_are_found(site_url, reader, code):
    open_search(reader, site_url, code)
    found = search(reader, "softmax")
    assert all(f"/book/{code}/" in address for address in found), found


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_result_leads_to_the_section(site, site_url, reader, code):
    stem = TRAITS[code]["found"][0]["stem"]
    open_search(reader, site_url, code)
    search(reader, stem)
    section = reader.locator(".polyglot-search__section a").first
    address = section.get_attribute("href")
    title = section.inner_text()
    section.click()
    reader.wait_for_url(f"**{address}")
    anchor = address.split("#")[1]
    heading = reader.locator(f"[id='{anchor}'] > :is(h1, h2, h3, h4)").first
    assert title in heading.inner_text()
    assert heading.is_visible()


@pytest.mark.parametrize("keys", ["Control+k", "Meta+k", "/"])
def test_keys_open_it(site_url, reader, keys):
    open_search(reader, site_url, next(iter(LANGUAGES)), keys)
    assert reader.evaluate("document.activeElement.type") == "search"
    reader.keyboard.press("Escape")
    assert not reader.locator("#polyglot-search").is_visible()


def test_a_slash_typed_into_a_field_is_a_slash(site_url, reader):
    open_search(reader, site_url, next(iter(LANGUAGES)))
    reader.keyboard.type("a/b")
    assert reader.locator("#polyglot-search input").input_value() == "a/b"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_button_opens_it_and_arrows_walk_through_the_results(site_url, reader, code):
    reader.goto(f"{site_url}book/{code}/index.html")
    reader.locator(".polyglot-search-open:visible").first.click()
    assert search(reader, TRAITS[code]["found"][0]["stem"])
    reader.locator("#polyglot-search input").focus()
    reader.keyboard.press("ArrowDown")
    assert reader.evaluate("document.activeElement.closest('.polyglot-search__page') !== null")
    reader.keyboard.press("ArrowUp")
    assert reader.evaluate("document.activeElement.type") == "search"


@pytest.mark.parametrize("code", LANGUAGES)
def test_its_words_are_in_the_language_of_the_page(site_url, reader, code):
    open_search(reader, site_url, code)
    search(reader, "softmax")
    dialog = reader.locator("#polyglot-search")
    said = [
        dialog.get_attribute("aria-label"),
        dialog.locator("input").get_attribute("placeholder"),
        dialog.locator(".polyglot-search__close").get_attribute("aria-label"),
        dialog.locator(".polyglot-search__status").inner_text(),
    ]
    for text in said:
        assert re.search(f"[{TRAITS[code]['letters']}]", text), text


def test_the_engine_is_loaded_only_when_it_is_wanted(site_url, browser):
    page = browser.new_page()
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{site_url}book/{next(iter(LANGUAGES))}/index.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in requested if "/pagefind/" in url]
    page.close()


def test_sphinx_s_own_index_is_gone(site):
    for name in ("searchindex.js", "search.html", "_static/searchtools.js"):
        assert not (site / name).exists(), name
