"""An idea before code; folded code and solutions, each with a name of its own."""

import re
import tomllib
from collections import Counter

import pytest
from built_pages import article, page_with
from pages import NOTEBOOKS, name
from project import FINISHED, ROOT
from waiting import wait_for

#: Characters of prose that stand before a page's first open code.
IDEA = 120


def prose_before_code(article) -> int:
    seen = 0
    for element in article.find_all(["p", "div"]):
        if "cell_input" in element.get("class", []) and not element.find_parent("details"):
            break
        if element.name == "p" and not element.find_parent(class_="admonition"):
            seen += len(element.get_text())
    return seen


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_page_begins_with_an_idea(site, path):
    assert prose_before_code(article(site, path)) >= IDEA


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_id_stands_twice_and_headings_are_named_by_their_words(site, path):
    found = article(site, path)
    ids = Counter(element["id"] for element in found.select("[id]"))
    assert [name for name, count in ids.items() if count > 1] == []
    numbered = [section["id"] for section in found.select("section[id]")]
    assert [name for name in numbered if re.fullmatch(r"id\d+", name)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_solutions_open_by_a_title_of_their_own_that_leads_nowhere_else(site, path):
    titles = article(site, path).select(".solution > summary")
    assert not [title for title in titles if title.a]
    words = [title.get_text(" ", strip=True) for title in titles]
    assert len(set(words)) == len(words)


@pytest.fixture(scope="module")
def reader(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def show_code(code: str) -> str:
    """Return the name of the buttons that unfold code."""
    folders = ("src/polyglot_book/messages", "src/softmax_course/teaching/messages")
    files = [ROOT / folder / f"{code}.toml" for folder in folders]
    found = [tomllib.loads(path.read_text("utf-8")) for path in files if path.exists()]
    words = {english: word for tables in found for english, word in tables["interface"].items()}
    return words["Show code cell source"]


@pytest.mark.parametrize("code", FINISHED)
def test_folded_code_opens_at_a_tap_and_by_a_key(site, site_url, reader, code):
    reader.goto(site_url + page_with(site, code, ".polyglot-code"))
    fold = reader.locator(".polyglot-code").first
    button = reader.get_by_label(show_code(code), exact=True).first
    assert not fold.locator("pre").is_visible()
    button.click()
    assert fold.locator("pre").is_visible()
    button.press("Enter")
    assert not fold.locator("pre").is_visible()
    # It stands above what its code made, at the far end, and covers nothing of it.
    boxes = reader.evaluate(
        """() => [...document.querySelectorAll(".polyglot-code + .cell_output")]
          .filter((output) => output.checkVisibility()).map((output) => {
          const sign = output.previousElementSibling.firstElementChild.getBoundingClientRect();
          const box = output.getBoundingClientRect();
          return [sign.bottom <= box.top + 1, Math.abs(sign.right - output.parentElement
            .getBoundingClientRect().right) < 2, sign.width >= 24 && sign.height >= 24];
        })"""
    )
    assert boxes
    assert all(all(box) for box in boxes), boxes


@pytest.mark.parametrize("code", FINISHED)
def test_a_link_into_a_closed_solution_opens_it(site, site_url, reader, code):
    address = site_url + page_with(site, code, "details.solution")
    reader.goto(address)
    inside = reader.evaluate(
        """() => {
          const target = document.querySelector("details.solution .cell, details.solution p");
          return (target.id = "inside");
        }"""
    )
    solution = reader.locator("details.solution", has=reader.locator("#inside"))
    reader.evaluate("(id) => (location.hash = id)", inside)
    wait_for(reader, "document.getElementById('inside').checkVisibility()")
    solution.locator("summary").first.click()
    assert not reader.locator("#inside").is_visible()
    # The same address again: nothing tells the page but the click.
    reader.evaluate(
        """() => {
          const link = Object.assign(document.createElement("a"), {href: "#inside"});
          document.body.append(link);
          link.click();
          link.remove();
        }"""
    )
    assert reader.locator("#inside").is_visible()


@pytest.mark.parametrize("code", FINISHED)
def test_copy_buttons_are_one_stop_of_the_tab_key(site, site_url, reader, code):
    reader.goto(site_url + page_with(site, code, ".cell_input, .math-block"))
    reader.wait_for_selector(".copybtn", state="attached")
    for selector in (".copybtn", ".polyglot-copy"):
        tab_stops = reader.evaluate(
            "(selector) => [...document.querySelectorAll(selector)]"
            ".filter((button) => button.tabIndex >= 0).length",
            selector,
        )
        assert tab_stops == 1, selector
        seen = [b for b in reader.locator(selector).all() if b.is_visible()]
        assert len(seen) > 2
        seen[0].focus()
        reader.keyboard.press("ArrowDown")
        assert seen[1].evaluate("(button) => button === document.activeElement")
        reader.keyboard.press("End")
        assert seen[-1].evaluate("(button) => button === document.activeElement")
        assert seen[-1].evaluate("(button) => getComputedStyle(button).opacity") == "1"


@pytest.mark.parametrize("code", FINISHED)
def test_numbers_of_captions_stand_upright(site, site_url, reader, code):
    reader.goto(site_url + page_with(site, code, "figcaption"))
    styles = reader.evaluate(
        "() => [...document.querySelectorAll('.caption-number')]"
        ".map((number) => getComputedStyle(number).fontStyle)"
    )
    assert styles
    assert set(styles) == {"normal"}


#: What a line of code takes of the screen, and what a selection of it gives.
CODE = """
() => [...document.querySelectorAll("article pre:not(.cell_output pre)")]
  .filter((pre) => pre.checkVisibility() && pre.querySelector(".line"))
  .map((pre) => {
    const lines = [...pre.querySelectorAll(".line")];
    const row = parseFloat(getComputedStyle(pre).lineHeight);
    getSelection().selectAllChildren(pre);
    return {
      scrolls: pre.scrollWidth > pre.clientWidth + 1,
      goesOn: lines.some((line) => line.getBoundingClientRect().height > 1.5 * row),
      text: pre.textContent.trimEnd(),
      selected: getSelection().toString().trimEnd(),
    };
  })
"""


@pytest.mark.parametrize("code", FINISHED)
def test_code_wraps_on_a_phone_and_is_selected_as_it_was_written(site, site_url, browser, code):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(site_url + page_with(site, code, ".cell_input"))
    found = page.evaluate(CODE)
    page.close()
    assert any(block["goesOn"] for block in found)
    for block in found:
        assert not block["scrolls"], block["text"]
        assert block["selected"] == block["text"]
