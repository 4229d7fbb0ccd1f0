"""Search as a reader does it: keys, words in any form, results, their order; from a folder too."""

import copy
import gzip
import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from built_pages import parsed
from project import FINISHED, LANGUAGES, POLYGLOT, ROOT, SEARCHED, TRAITS
from search_dialog import search_for


@pytest.fixture(scope="module")
def reader(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def search_all(page, queries: list[str]) -> list[list[str]]:
    """Type queries, and return for each the addresses of the pages found, best first."""
    return [
        [re.sub(r"^.*/book/", "book/", found["address"]) for found in pages]
        for pages in search_for(page, queries)
    ]


def search(page, query: str) -> list[str]:
    """Type a query, and return the addresses of the pages found, best first."""
    return search_all(page, [query])[0]


def open_search(page, site_url, code, keys="Control+k"):
    page.goto(f"{site_url}book/{code}/index.html")
    page.keyboard.press(keys)
    page.locator("#polyglot-search[open]").wait_for(timeout=3000)


# What a page's prose holds is worked out here anew, from the page and by other means: in tokens.

BLOCKS = "p, li, dt, dd, td, th, tr, h1, h2, h3, h4, h5, h6, div, section, figcaption, summary"
NO_PROSE = (
    "script, style, .polyglot-place, .highlight, .output, .math-block, .eqno, a.headerlink, "
    ".section-number, .caption-number, details.polyglot-code, a[href*='#equation-']"
)


@cache
def prose(site: Path, code: str) -> dict[str, list[tuple[str, bool]]]:
    """Return the tokens of each page of a language, and whether each is near to the one before."""
    found = {}
    for path in sorted((site / "book" / code).rglob("*.html")):
        page = BeautifulSoup(path.read_text("utf-8"), "lxml")
        article = page.select_one("article.bd-article")
        for element in article.select(NO_PROSE):
            element.decompose()
        for formula in article.select("math"):
            formula.replace_with("\n")
        for text in article.find_all(string=lambda text: "\n" in text and text.strip()):
            text.replace_with(text.replace("\n", " "))
        for block in article.select(BLOCKS):
            block.insert_before("\n")
            block.insert_after("\n")
        # The page's formulas and blocks end what stands side by side.
        found[path.relative_to(site).as_posix()] = [
            (fold(word, code), near) for word, near in tokens(article.get_text())
        ]
    return found


@cache
def places(site: Path, code: str) -> dict[str, dict[str, list[int]]]:
    """Return where each word stands in each page of a language."""
    found = {}
    for path, words in prose(site, code).items():
        page = found[path] = {}
        for place, (word, _) in enumerate(words):
            page.setdefault(word, []).append(place)
    return found


def is_han(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK UNIFIED")


def fold(word: str, code: str) -> str:
    """Take marks away where they do not make another letter."""
    if writing(code).get("search_exact"):
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")


def tokens(text: str) -> list[tuple[str, bool]]:
    """Split a text into words, and Chinese into characters."""
    text = unicodedata.normalize("NFC", text).lower()
    found: list[tuple[str, bool]] = []
    word, gap = "", "\n"

    def close() -> None:
        nonlocal word, gap
        if word:
            found.append((word, "\n" not in gap and len(gap) <= 3))
            word = gap = ""

    for character in text:
        if character in "\u200b\u200c\u200d\u00ad\u2060":
            continue
        if is_han(character):
            close()
            word = character
            close()
        elif unicodedata.category(character)[0] in "LMN":
            word += character
        else:
            close()
            gap += character
    close()
    return found


@cache
def writing(code: str) -> dict:
    path = ROOT / "src" / "polyglot_book" / "messages" / f"{code}.toml"
    return tomllib.loads(path.read_text("utf-8")).get("writing", {})


def pages_with(page, site: Path, code: str, query: str) -> set[str]:
    """Return the pages whose prose has a query's words side by side, in any form."""
    words = [word for word, _ in tokens(query)]
    # The endings that may be left off are written for JavaScript.
    stems = page.evaluate(
        """([words, endings]) => words.map((word) => word.replace(new RegExp(endings, "u"), ""))""",
        [words, writing(code).get("search_endings") or "$^"],
    )

    first, *others = (fold(stem, code) for stem in stems)
    vocabulary = {word for words in places(site, code).values() for word in words}
    beginning = [
        [word for word in vocabulary if word.startswith(stem)] for stem in (first, *others)
    ]

    def holds(words: dict[str, list[int]], near: list[bool]) -> bool:
        """Tell whether the stems stand side by side; a Chinese character is a word of its own."""
        ends = {place for word in beginning[0] for place in words.get(word, ())}
        for following in beginning[1:]:
            here = {place for word in following for place in words.get(word, ())}
            ends = {place + 1 for place in ends if place + 1 in here and near[place + 1]}
        return bool(ends)

    return {
        path
        for path, words in places(site, code).items()
        if holds(words, [near for _, near in prose(site, code)[path]])
    }


@pytest.mark.parametrize("code", FINISHED)
def test_every_term_and_word_finds_exactly_the_pages_whose_prose_has_it(
    site, site_url, reader, code, pytestconfig
):
    path = ROOT / POLYGLOT["folder"] / code / "glossary.toml"
    entries = tomllib.loads(path.read_text("utf-8")).values()
    names = {name for entry in entries for name in (entry["term"], *entry.get("also", ()))}
    forms = {form for case in TRAITS[code]["found"] for form in case["forms"]}
    queries = sorted(names | forms | set(TRAITS[code]["words"]))
    if not pytestconfig.getoption("all_pages"):
        queries = queries[::3]
    open_search(reader, site_url, code)
    wrong = {}
    for query, found in zip(queries, search_all(reader, queries), strict=True):
        expected = pages_with(reader, site, code, query)
        assert expected, f"no page of {code} holds {query!r}"
        if set(found) != expected:
            wrong[query] = {"missed": expected - set(found), "wrong": set(found) - expected}
    assert not wrong


@pytest.mark.parametrize(
    ("code", "forms", "stem"),
    [
        (code, case["forms"], case["stem"])
        for code, traits in TRAITS.items()
        for case in traits.get("found", ())
    ],
)
def test_every_form_of_a_word_finds_its_pages(site, site_url, reader, code, forms, stem):
    between = "" if code == "zh" else " "
    holding = {
        path
        for path, words in prose(site, code).items()
        if fold(stem, code) in between.join(word for word, _ in words)
    }
    assert holding, f"no page of {code} holds {stem!r}: choose another word"
    open_search(reader, site_url, code)
    for form in forms:
        assert set(search(reader, form)) == holding, form


@pytest.mark.parametrize("code", SEARCHED)
def test_words_apart_are_offered_and_not_mixed_in(site, site_url, reader, code):
    words = [case["forms"][0] for case in TRAITS[code]["found"][:2]]
    both = pages_with(reader, site, code, words[0]) & pages_with(reader, site, code, words[1])
    together = pages_with(reader, site, code, " ".join(words))
    assert both > together
    open_search(reader, site_url, code)
    first = set(search(reader, " ".join(words)))
    assert first == (together or both)
    more = reader.locator(".polyglot-search__more")
    assert more.is_visible() == bool(together)
    if together:
        more.click()
        links = reader.locator(".polyglot-search__page > a")
        assert links.count() == len(both)
        assert not more.is_visible()


@pytest.mark.parametrize("code", SEARCHED)
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
        heading = copy.copy(parsed(path).select_one("article h1"))
        for element in heading.select(".section-number, a, math"):
            element.decompose()
        title = heading.get_text().strip()
        found = search(reader, title)
        own = path.relative_to(site).as_posix()
        if own not in found[:3]:
            missed.append((title, own, found[:3]))
    assert not missed, missed


@pytest.mark.parametrize("code", FINISHED)
def test_only_pages_of_the_reader_s_language_are_found(site_url, reader, code):
    open_search(reader, site_url, code)
    found = search(reader, "softmax")
    assert found
    assert all(address.startswith(f"book/{code}/") for address in found), found


@pytest.mark.parametrize("code", SEARCHED)
def test_a_result_leads_to_the_section(site, site_url, reader, code):
    stem = TRAITS[code]["found"][0]["stem"]
    open_search(reader, site_url, code)
    search(reader, stem)
    section = reader.locator(".polyglot-search__section a").first
    address = section.get_attribute("href")
    title = section.inner_text()
    section.click()
    # The browser writes an anchor of Bengali letters in percents.
    reader.wait_for_url(lambda url: unquote(url) == unquote(address))
    anchor = unquote(address.split("#")[1])
    heading = reader.locator(f"[id='{anchor}'] > :is(h1, h2, h3, h4), dt[id='{anchor}']").first
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


@pytest.mark.parametrize("code", SEARCHED)
def test_the_button_opens_it_and_arrows_walk_through_the_results(site_url, reader, code):
    reader.goto(f"{site_url}book/{code}/index.html")
    reader.locator(".polyglot-search-open:visible").first.click()
    assert search(reader, TRAITS[code]["found"][0]["stem"])
    reader.locator("#polyglot-search input").focus()
    reader.keyboard.press("ArrowDown")
    assert reader.evaluate("document.activeElement.closest('.polyglot-search__page') !== null")
    reader.keyboard.press("ArrowUp")
    assert reader.evaluate("document.activeElement.type") == "search"


@pytest.mark.parametrize("code", FINISHED)
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


def test_the_index_is_loaded_only_when_it_is_wanted(site_url, browser):
    page = browser.new_page()
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{site_url}book/{next(iter(LANGUAGES))}/index.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in requested if "/search/" in url]
    page.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_index_of_a_language_is_small(site, code):
    packed = gzip.compress((site / "search" / f"{code}.js").read_bytes(), 6)
    assert len(packed) < 150_000, "what a first search loads; half a minute on a slow phone line"


@pytest.mark.parametrize("code", SEARCHED)
def test_excerpts_show_formulas_as_text(site, site_url, reader, code):
    open_search(reader, site_url, code)
    search(reader, TRAITS[code]["found"][0]["forms"][0])
    shown = " ".join(reader.locator(".polyglot-search__results p").all_inner_texts())
    assert re.search("[ᵢⱼₖ]", shown), shown
    assert "\u2063" not in shown
    assert not re.search(r"\\[a-z]{2}", shown), "LaTeX"


@pytest.mark.parametrize("code", SEARCHED)
def test_enter_opens_the_first_result(site_url, reader, code):
    query = TRAITS[code]["found"][0]["forms"][0]
    open_search(reader, site_url, code)
    first = search(reader, query)[0]
    open_search(reader, site_url, code)
    reader.locator("#polyglot-search input").fill(query)
    reader.keyboard.press("Enter")
    reader.wait_for_url(f"**/{first}")


@pytest.mark.parametrize("filled", [False, True])
def test_one_press_of_escape_closes_it_and_focus_returns(site_url, reader, filled):
    code = next(iter(LANGUAGES))
    reader.goto(f"{site_url}book/{code}/index.html")
    button = reader.locator(".polyglot-search-open:visible").first
    button.focus()
    reader.keyboard.press("Enter")
    if filled:
        assert search(reader, "softmax")
    reader.keyboard.press("Escape")
    assert not reader.locator("#polyglot-search").is_visible()
    assert button.evaluate("button => button === document.activeElement")


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_tooltip_stays_after_closing_by_touch(site_url, browser, code):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{site_url}book/{code}/index.html")
    page.locator(".polyglot-search-open:visible").first.tap()
    page.locator(".polyglot-search__close").tap()
    page.wait_for_timeout(400)  # a tooltip comes after a moment
    assert not page.locator(".tooltip").count()
    context.close()


@pytest.mark.parametrize("width", [1100, 1280])
@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_spills_out_of_the_search_field(site_url, reader, code, width):
    reader.set_viewport_size({"width": width, "height": 900})
    reader.goto(f"{site_url}book/{code}/index.html")
    field = reader.locator(".polyglot-search-field:visible")
    box = field.bounding_box()
    for part in field.locator("i, span, kbd").all():
        inner = part.bounding_box()
        is_cut = inner["y"] >= box["y"] + box["height"] and field.evaluate(
            "field => getComputedStyle(field).overflowY === 'hidden'"
        )
        if not is_cut:
            assert box["x"] <= inner["x"]
            assert inner["x"] + inner["width"] <= box["x"] + box["width"], part.inner_text()
            assert inner["y"] + inner["height"] <= box["y"] + box["height"] + 1
    reader.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("code", SEARCHED)
def test_it_searches_a_book_opened_from_a_folder(site, site_url, reader, code):
    query = TRAITS[code]["found"][0]["forms"][0]
    reader.goto((site / "book" / code / "index.html").resolve().as_uri())
    reader.keyboard.press("Control+k")
    assert set(search(reader, query)) == pages_with(reader, site, code, query)
    reader.locator(".polyglot-search__page > a").first.click()
    reader.wait_for_load_state()
    assert reader.locator("article h1").count() == 1


def test_sphinx_s_own_index_is_gone(site):
    for name in ("searchindex.js", "search.html", "_static/searchtools.js", "pagefind"):
        assert not (site / name).exists(), name
