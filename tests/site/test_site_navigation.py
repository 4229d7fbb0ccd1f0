"""Ways through the book: inside a language, and to the same subject in another one."""

import os
import re
from pathlib import Path

import pytest
from built_pages import parsed
from project import FINISHED, LANGUAGES, POLYGLOT

#: A fork's workflow publishes under an address, and alternates are written in full then.
BASE = os.environ.get("BOOK_BASEURL", "").rstrip("/") + "/"


def pages(site: Path, code: str) -> list[Path]:
    found = sorted((site / "book" / code).rglob("*.html"))
    assert found, f"no pages under book/{code}/"
    return found


def target(site: Path, page: Path, href: str) -> Path:
    """Return the file that a link of a page leads to."""
    href = href.partition("#")[0]
    if len(BASE) > 1 and href.startswith(BASE):
        return (site / href.removeprefix(BASE)).resolve()
    return (page.parent / href).resolve() if href else page.resolve()


def text(element) -> str:
    return " ".join(element.get_text(" ").split())


def concepts(page: Path) -> list[str]:
    meta = parsed(page).select_one('meta[name="book:concepts"]')
    return meta["content"].split(", ") if meta else []


def reading_order(site: Path, code: str) -> list[Path]:
    """Follow the links to the next page from the landing page on."""
    order = [(site / "book" / code / "index.html").resolve()]
    while link := parsed(order[-1]).select_one(".prev-next-area a.right-next"):
        following = target(site, order[-1], link["href"])
        assert following not in order, f"{following} comes twice"
        order.append(following)
    return order


@pytest.mark.parametrize("code", LANGUAGES)
def test_reading_on_visits_each_page_of_the_language_once(site, code):
    order = reading_order(site, code)
    assert sorted(order) == sorted(page.resolve() for page in pages(site, code))
    back = [order[-1]]
    while link := parsed(back[-1]).select_one(".prev-next-area a.left-prev"):
        back.append(target(site, back[-1], link["href"]))
    assert back == order[::-1]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_sidebar_has_the_pages_of_the_language_and_no_others(site, code):
    expected = reading_order(site, code)
    for page in pages(site, code):
        links = parsed(page).select(".bd-sidebar-primary nav.bd-docs-nav a.reference")
        assert [target(site, page, link["href"]) for link in links] == expected, page
        current = parsed(page).select(".bd-docs-nav a.current")
        assert [target(site, page, link["href"]) for link in current][-1] == page.resolve()
        logo = parsed(page).select_one(".navbar-brand")
        assert target(site, page, logo["href"]) == expected[0]


def sidebar_numbers(site: Path, code: str, level: int) -> list[str]:
    page = site / "book" / code / "index.html"
    links = parsed(page).select(f"nav.bd-docs-nav li.toctree-l{level} > a")
    numbers = [re.match(r"([\d.]+)\. ", text(link)) for link in links]
    return [number.group(1) for number in numbers if number]


def test_chapters_are_numbered_as_in_the_sources(site):
    assert sidebar_numbers(site, "ru", 1) == []  # "Уровень 1" says its number itself
    assert sidebar_numbers(site, "ru", 2) == ["3.6", "3.7", "3.8"]
    # The source has six; the pages of the course beyond it go on counting.
    numbers = sidebar_numbers(site, "bn", 1)
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    assert len(numbers) > 6
    assert sidebar_numbers(site, "zh", 1) == [str(n) for n in range(1, 10)]
    assert sidebar_numbers(site, "zh", 2)[:3] == ["4.2", "4.3", "4.4"]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    "numbered",
    ["figure .caption-number", "table .caption-number", ".admonition-title .caption-number"],
)
def test_numbers_count_on_without_gaps_in_reading_order(site, code, numbered):
    last: dict[str, int] = {}
    for page in reading_order(site, code):
        for label in parsed(page).select(f"article {numbered}"):
            number = re.search(r"[\d.]*\d", text(label)).group()
            chapter, _, count = number.rpartition(".")
            assert int(count) == last.get(chapter, 0) + 1, (page.name, text(label))
            last[chapter] = int(count)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_switcher_leads_to_the_home_of_the_same_concept(site, code):
    homes = {
        language["tag"]: {concept for page in pages(site, other) for concept in concepts(page)}
        for other, language in LANGUAGES.items()
    }
    for page in pages(site, code):
        nav = parsed(page).select_one(".polyglot-switcher")
        assert text(nav.select_one("[aria-current]")).startswith(LANGUAGES[code]["name"])
        assert nav["aria-label"]
        links = nav.select("a")
        assert {link["hreflang"] for link in links} == {
            language["tag"] for other, language in LANGUAGES.items() if other != code
        }
        for link in links:
            other = target(site, page, link["href"])
            assert other.is_file(), (page, link["href"])
            assert parsed(other).html["lang"] == link["hreflang"] == link["lang"]
            if at_home := set(concepts(page)) & homes[link["hreflang"]]:
                assert at_home & set(concepts(other)), (page, other)
            else:
                namesake = other.with_name(page.name)
                assert other == (namesake if namesake.is_file() else other.with_name("index.html"))


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_concept_has_one_home(site, code):
    homes = [concept for page in pages(site, code) for concept in concepts(page)]
    assert len(set(homes)) == len(homes)
    assert set(homes) <= set(POLYGLOT["concepts"])
    if code in FINISHED:
        assert sorted(homes) == sorted(POLYGLOT["concepts"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_alternates_name_the_page_itself_and_the_front_page(site, code):
    for page in pages(site, code):
        links = parsed(page).head.select('link[rel="alternate"][hreflang]')
        alternates = {link["hreflang"]: target(site, page, link["href"]) for link in links}
        assert len(alternates) == len(links)
        assert alternates.pop("x-default") == (site / "book/index.html").resolve()
        assert alternates.pop(LANGUAGES[code]["tag"]) == page.resolve()
        for tag, other in alternates.items():
            assert parsed(other).html["lang"] == tag


@pytest.mark.parametrize("code", LANGUAGES)
def test_pages_describe_themselves(site, code):
    for page in pages(site, code):
        head = parsed(page).head
        properties = {meta["property"]: meta["content"] for meta in head.select("meta[property]")}
        description = head.select_one('meta[name="description"]')
        assert description, f"{page}: no description (html_meta under myst in its metadata)"
        assert properties["og:description"] == description["content"]
        assert properties["og:locale"] == LANGUAGES[code]["gettext"]
        assert properties["og:title"] in text(parsed(page).h1).replace("\xa0", " ")


@pytest.mark.parametrize("code", FINISHED)
def test_a_citation_leads_to_the_work_of_its_number(site, code):
    cited = 0
    for page in pages(site, code):
        for link in parsed(page).select(".bibtex-citation a[href]"):
            cited += 1
            place = target(site, page, link["href"])
            entry = parsed(place).find(id=link["href"].partition("#")[2])
            assert text(entry.select_one(".label")) == f"[ {text(link)} ]", (page, link)
            numbers = [text(label) for label in parsed(place).select(".citation .label")]
            assert len(set(numbers)) == len(numbers), place
    assert cited, f"no page of {code} cites anything"


def test_the_root_leads_to_the_front_page(site):
    root = parsed(site / "index.html")
    assert root.title.string
    assert target(site, site / "index.html", root.a["href"]) == (site / "book/index.html").resolve()


@pytest.mark.parametrize(
    ("locale", "suggested"),
    [
        *((entry["tag"], code) for code, entry in LANGUAGES.items()),
        ("bn-BD", "bn"),
        ("zh-TW", "zh"),
        *((tag, None) for tag in ("fr-FR", "is-IS") if tag[:2] not in LANGUAGES),
    ],
)
def test_the_front_page_suggests_the_browsers_language_and_stays(site, browser, locale, suggested):
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto((site / "book/index.html").as_uri(), wait_until="load")
    marked = page.locator(".polyglot-choice__suggested")
    tags = [item.get_attribute("lang") for item in marked.all()]
    assert tags == ([LANGUAGES[suggested]["tag"]] if suggested else [])
    hints = page.locator(".polyglot-choice__hint:visible")
    assert hints.count() == (1 if suggested else 0)
    assert page.url.endswith("/book/index.html")
    context.close()


def test_the_front_page_works_without_scripts(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "book/index.html").as_uri())
    links = page.locator(".polyglot-choice a:visible")
    assert links.count() == len(LANGUAGES)
    links.nth(1).click()
    assert page.url.endswith(f"/book/{list(LANGUAGES)[1]}/index.html")
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_switcher_is_reached_by_keyboard(site, browser, width):
    """On a phone its button opens a menu."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto((site / "book/ru/index.html").as_uri(), wait_until="load")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.polyglot-switcher') !== null"):
            break
    if page.evaluate("document.activeElement.matches('button')"):
        assert not page.locator(".polyglot-switcher a").first.is_visible()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/bn/**")
    context.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_header_fits(site, browser, code):
    page = browser.new_page()
    page.goto((site / f"book/{code}/index.html").as_uri(), wait_until="load")
    items = page.locator(".bd-header-article .polyglot-switcher li, .bd-header-article button")
    for width in (1280, 768, 390, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        boxes = [item.bounding_box() for item in items.all() if item.is_visible()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
        middles = [box["y"] + box["height"] / 2 for box in boxes]
        assert max(middles) - min(middles) < 12, f"{width} px: more than one row in the header"
    page.close()
