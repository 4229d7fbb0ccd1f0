"""Cards beside links, by pointer, keyboard and touch; notes in the margin."""

import json
import re
from functools import cache

import pytest
from built_pages import parsed
from project import FINISHED, LANGUAGES

LINKS = "article.bd-article :not(.admonition-title) > a.reference.internal[href*='#']"


@cache
def cards(site, code: str) -> dict[str, list[str]]:
    text = (site / "cards" / f"{code}.js").read_text("utf-8")
    return json.loads(re.fullmatch(r"polyglotCards\((.*)\);\n", text, re.S)[1])


@cache
def page_with(site, code: str, kind: str) -> tuple[str, str]:
    """Return the first page of a language with a link to a card of a kind; and that link."""
    for path in sorted((site / "book" / code).rglob("*.html")):
        page = path.relative_to(site).as_posix()
        for link in parsed(path).select(LINKS):
            file, _, place = link["href"].partition("#")
            key = f"book/{code}/{file}#{place}" if file else f"{page}#{place}"
            if key in cards(site, code) and cards(site, code)[key][0] == kind:
                return page, link["href"]
    raise LookupError(f"no page of {code} has a link to a {kind}")


@pytest.fixture(scope="module")
def reader(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def show(page, address: str):
    """Point at a link, and return it and its card."""
    link = page.locator(f"{LINKS}[href='{address}']").first
    link.scroll_into_view_if_needed()
    link.hover()
    card = page.locator("#polyglot-card:popover-open")
    card.wait_for()
    return link, card


@pytest.mark.parametrize("code", FINISHED)
def test_every_link_to_a_term_a_formula_or_a_source_has_its_card(site, code):
    known = cards(site, code)
    asked = 0
    for path in sorted((site / "book" / code).rglob("*.html")):
        for link in parsed(path).select(
            f"{LINKS}[href*='glossary.html#'], {LINKS}[href*='#equation-'], "
            "article .bibtex-citation a.reference.internal"
        ):
            file, _, place = link["href"].partition("#")
            key = f"book/{code}/{file or path.name}#{place}"
            if place.startswith("glossary-") or file.startswith("../"):
                continue  # the page's own heading; another language
            assert key in known, f"{path.name}: {link}"
            asked += 1
    assert asked > 100
    assert {kind for kind, *_ in known.values()} >= {"term", "formula", "source"}
    for kind, head, body, _ in known.values():
        assert body, (kind, head)
        assert ("<math" in body) or kind != "formula"
        assert 'id="' not in head + body


@pytest.mark.parametrize("kind", ["term", "formula", "source"])
@pytest.mark.parametrize("code", FINISHED)
def test_a_card_shows_under_the_pointer_and_stays_while_it_is_on_it(
    site, site_url, reader, code, kind
):
    page, address = page_with(site, code, kind)
    reader.goto(site_url + page)
    link, card = show(reader, address)
    assert card.get_attribute("data-kind") == kind
    assert link.get_attribute("aria-describedby") == "polyglot-card"
    box, below = link.bounding_box(), card.bounding_box()
    assert below["y"] >= box["y"] + box["height"] or below["y"] + below["height"] <= box["y"]
    assert below["x"] >= 0
    assert below["x"] + below["width"] <= 1280
    go = card.locator(".polyglot-card__go")
    assert go.get_attribute("href") == link.evaluate("link => link.href")
    card.hover()
    reader.wait_for_timeout(500)  # longer than a card waits to be left
    assert card.is_visible()
    reader.keyboard.press("Escape")
    assert not card.is_visible()
    assert link.get_attribute("aria-describedby") is None


def test_the_keyboard_shows_a_card_and_goes_on(site, site_url, reader):
    code = next(iter(LANGUAGES))
    page, address = page_with(site, code, "term")
    reader.goto(site_url + page)
    link = reader.locator(f"{LINKS}[href='{address}']:visible").first
    reader.keyboard.press("Tab")  # from now on the focus is the keyboard's
    link.focus()
    card = reader.locator("#polyglot-card:popover-open")
    card.wait_for()
    reader.keyboard.press("Escape")
    assert not card.is_visible()
    assert link.evaluate("link => link === document.activeElement")
    reader.keyboard.press("Enter")
    reader.wait_for_url(f"**/{address}")


@pytest.mark.parametrize("code", FINISHED)
def test_a_tap_shows_the_card_which_fits_the_phone_and_leads_there(site, site_url, browser, code):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    phone = context.new_page()
    for kind in ("formula", "term"):
        page, address = page_with(site, code, kind)
        phone.goto(site_url + page)
        link = phone.locator(f"{LINKS}[href='{address}']").first
        link.tap()
        card = phone.locator("#polyglot-card:popover-open")
        card.wait_for()
        assert phone.url.split("#")[0] == site_url + page
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360
        phone.locator("article h1").first.tap()
        assert not card.is_visible()
    link.tap()
    card.locator(".polyglot-card__go").tap()
    phone.wait_for_url(f"**/{address}")
    context.close()


@pytest.mark.parametrize("code", FINISHED)
def test_cards_work_from_a_folder_and_are_loaded_when_wanted(site, browser, code):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    place, address = page_with(site, code, "term")
    page.goto((site / place).resolve().as_uri())
    page.wait_for_load_state()
    assert not [url for url in loaded if "/cards/" in url]
    _, card = show(page, address)
    assert card.inner_text()
    assert [url for url in loaded if "/cards/" in url]
    context.close()


@pytest.mark.parametrize("width", [360, 1100, 1280])
@pytest.mark.parametrize("code", FINISHED)
def test_a_note_in_the_margin_covers_nothing(site, site_url, reader, code, width):
    path = next(
        path
        for path in sorted((site / "book" / code).glob("*.html"))
        if '<aside class="margin' in path.read_text("utf-8")
    )
    reader.set_viewport_size({"width": width, "height": 900})
    reader.goto(site_url + path.relative_to(site).as_posix())
    note = reader.locator("aside.margin").first
    note.scroll_into_view_if_needed()
    reader.wait_for_timeout(500)  # the page's contents give way
    box = note.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    covered = note.evaluate(
        """(note) => {
          const {left, top, width, height} = note.getBoundingClientRect();
          const seen = [0.1, 0.5, 0.9].map((part) =>
            document.elementFromPoint(left + width * part, top + height / 2));
          return seen.some((element) => !note.contains(element));
        }"""
    )
    assert not covered
    text = reader.locator("article.bd-article section > p:visible").first.bounding_box()
    assert (box["x"] >= text["x"] + text["width"] - 1) == (width > 991)
    reader.set_viewport_size({"width": 1280, "height": 900})
