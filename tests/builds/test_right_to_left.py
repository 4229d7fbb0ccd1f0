"""A small Persian page: what stands where on it, and which way each part of it runs."""

import json
import re
from pathlib import Path

import engines
import pytest
import rtl_book
from bs4 import BeautifulSoup
from project import ENGINES
from small_book import STRICT, said

PAGE = "fa/softmax.html"


@pytest.fixture(scope="module")
def html(build, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rtl")
    rtl_book.write_book(folder)
    result = build(folder, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    return folder / "_build" / "html"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, browser):
    kinds = {"firefox": engines.Firefox, "webkit": engines.WebKit}
    made = kinds.get(request.param, lambda: engines.Chromium(browser))()
    with made as window:
        yield window


def soup(html: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((html / name).read_text("utf-8"), "html.parser")


def test_pages_say_which_way_they_run(html):
    persian, english = soup(html, PAGE), soup(html, "en/index.html")
    assert (persian.html["lang"], persian.html["dir"]) == ("fa", "rtl")
    assert english.html["lang"] == "en"
    assert not english.html.has_attr("dir")
    [sheet] = persian.select("link[rel=stylesheet]")
    assert sheet["href"].endswith("polyglot.rtl.css")
    [sheet] = english.select("link[rel=stylesheet]")
    assert sheet["href"].endswith("polyglot.css")
    assert (html / "_static" / "polyglot.rtl.css").is_file()
    assert not (html / "_static" / "polyglot-rtl.css").exists(), "only a part of that sheet"


def test_each_piece_of_another_language_has_its_direction(html):
    expected = {"fa": "rtl", "en": "ltr"}
    front = soup(html, "index.html").select(".polyglot-choice > li")
    lost = soup(html, "404.html").select("section[lang]")
    switcher = soup(html, PAGE).select(".polyglot-switcher [lang]")
    for pieces in (front, lost, switcher):
        assert {piece["lang"]: piece["dir"] for piece in pieces} == expected


#: Boxes of elements, by selector: [left, right] of the first that is shown.
MEASURE = """
(selectors) => Object.fromEntries(Object.entries(selectors).map(([name, selector]) => {
  const element = [...document.querySelectorAll(selector)].find((e) => e.getClientRects().length);
  if (!element) return [name, null];
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return [name, { left, right, top, bottom, direction: style.direction, align: style.textAlign,
    barLeft: parseFloat(style.borderLeftWidth), barRight: parseFloat(style.borderRightWidth) }];
}))
"""
PARTS = {
    "article": "article.bd-article",
    "sidebar": ".bd-sidebar-primary",
    "contents": ".bd-sidebar-secondary",
    "note": ".admonition.note",
    "noteTitle": ".admonition.note > .admonition-title",
    "exercise": ".admonition.exercise",
    "fold": "details.tip",
    "code": ".cell_input pre",
    "input": ".cell_input",
    "output": ".cell_output pre",
    "formula": ".math-block math",
    "number": ".math-block .eqno",
    "inline": "p math",
    "literal": "p code",
    "left": ".steps-left",
    "reason": ".steps-reason",
    "margin": "aside.margin",
    "table": "table.colwidths-auto, article table",
    "firstCell": "article table th:first-child",
    "lastCell": "article table th:last-child",
    "quote": "blockquote",
    "item": ".admonition.note li",
    "previous": "a.left-prev",
    "next": "a.right-next",
    "switcher": ".polyglot-switcher",
}


@pytest.mark.parametrize("width", [1280, 360])
def test_a_page_is_laid_out_as_in_a_mirror(html, engine, width):
    engine.resize(width)
    engine.open((html / PAGE).as_uri())
    wide = engine.run("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], "nothing is wider than the page"
    box = engine.run(MEASURE, PARTS)
    lacking = {name for name in PARTS if box[name] is None} - {"sidebar", "contents"}
    assert not lacking
    middle = (box["article"]["left"] + box["article"]["right"]) / 2

    # Bars stand where lines begin.
    for name in ("note", "exercise", "fold", "quote"):
        assert box[name]["barRight"] > box[name]["barLeft"], name
    assert box["item"]["direction"] == "rtl"
    assert box["firstCell"]["left"] > box["lastCell"]["left"]

    # Code, numbers and formulas run as everywhere.
    for name in ("code", "input", "output", "formula", "inline", "literal", "number"):
        assert box[name]["direction"] == "ltr", name
    for name in ("code", "output"):
        assert box[name]["align"] in ("left", "start"), name
    assert box["input"]["barLeft"] > box["input"]["barRight"]
    assert box["number"]["right"] <= box["formula"]["left"], "at the end of the line"
    assert box["reason"]["direction"] == "rtl"
    assert box["reason"]["align"] == "right"
    assert box["left"]["left"] < middle

    if width == 1280:
        assert box["sidebar"]["left"] >= box["article"]["right"]
        assert box["contents"]["right"] <= box["article"]["left"]
        assert box["margin"]["right"] <= box["table"]["left"]
        assert box["previous"]["left"] >= box["next"]["right"]


def test_the_first_letters_of_code_are_at_the_left(html, engine):
    engine.resize(1280)
    engine.open((html / PAGE).as_uri())
    places = engine.run(
        """() => {
          const pre = document.querySelector(".cell_input pre");
          const range = document.createRange();
          const texts = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
          const first = texts.nextNode();
          range.setStart(first, 0);
          range.setEnd(first, 1);
          return [range.getBoundingClientRect().left - pre.getBoundingClientRect().left,
                  pre.clientWidth];
        }"""
    )
    assert places[0] < 40 < places[1]


def test_chevrons_point_down_and_up(html, engine):
    engine.open((html / PAGE).as_uri())
    corner = """() => {
      const sign = getComputedStyle(document.querySelector("details.tip > summary"), "::after");
      const angle = parseFloat(sign.rotate) * Math.PI / 180;
      // The corner where two borders meet, from the middle of the sign, y downwards.
      const x = parseFloat(sign.borderRightWidth) > 0 ? 1 : -1;
      const y = parseFloat(sign.borderBottomWidth) > 0 ? 1 : -1;
      return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
    }"""
    x, y = engine.run(corner)
    assert abs(x) < 0.01
    assert y > 0.5
    engine.run("() => (document.querySelector('details.tip').open = true)")
    x, y = engine.run(corner)
    assert abs(x) < 0.01
    assert y < -0.5


def test_cards_and_drawers_open_from_the_right(html, page_of_book):
    page = page_of_book
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto((html / PAGE).as_uri())
    link = page.locator("article a[href*='glossary.html#logit']").first
    link.hover()
    card = page.locator("#polyglot-card:popover-open")
    card.wait_for()
    beside, own = link.bounding_box(), card.bounding_box()
    assert abs(own["x"] + own["width"] - beside["x"] - beside["width"]) < 2
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto((html / PAGE).as_uri())
    page.locator(".primary-toggle:visible").first.click()
    drawer = page.locator("dialog[open]").first
    drawer.wait_for()
    page.wait_for_function(
        "() => document.querySelector('dialog[open]').getBoundingClientRect().right >= innerWidth"
    )
    assert drawer.bounding_box()["x"] > 0


@pytest.fixture
def page_of_book(browser):
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_sides_are_turned_and_code_is_not(html):
    """Whatever says left in one sheet says right in the other, but for what only code has."""
    static = html / "_static"
    plain, turned = ((static / f"polyglot{x}.css").read_text("utf-8") for x in ("", ".rtl"))
    rule = re.compile(r"\.bd-sidebar-primary\{[^}]*border-(left|right):")
    assert {match[1] for match in rule.finditer(plain)} == {"right"}
    assert {match[1] for match in rule.finditer(turned)} == {"left"}
    button = re.compile(r"button\.copybtn ?\{[^}]*?\b(left|right): ?\.3em")
    assert [match[1] for match in button.finditer(plain)] == ["right"]
    assert [match[1] for match in button.finditer(turned)] == ["right"]


def test_the_search_of_the_book_finds_persian(html, page_of_book):
    page_of_book.goto((html / PAGE).as_uri())
    index = (html / "search" / "fa.js").read_text("utf-8")
    pages = json.loads(re.fullmatch(r"polyglotSearch\((.*)\);\n", index, re.S)[1])
    assert {address for address, _ in pages} == {"fa/index.html", PAGE, "fa/glossary.html"}
    page_of_book.keyboard.press("Control+k")
    page_of_book.fill("#polyglot-search input", "سافت مكس")  # a space, and the Arabic kaf
    page_of_book.locator("#polyglot-search mark").first.wait_for()
