"""Derivations as lists of steps: whole, by keys, on a phone, on paper, found by the browser."""

import re

import pytest
from built_pages import parsed
from project import FINISHED
from waiting import wait_for

#: How far the boxes of a formula and its reason may overlap or be apart, in pixels: rounding.
ROUNDING = 1.0


def pages_with_steps(site, code) -> list[str]:
    found = [
        path.relative_to(site).as_posix()
        for path in sorted((site / "book" / code).rglob("*.html"))
        if 'class="steps-list"' in path.read_text("utf-8")
    ]
    assert found, f"no derivation in {code}"
    return found


def is_refusal(box) -> bool:
    """Tell whether a box shows the one line that does not follow, in place of a derivation."""
    items = box.select("ol.steps-list > li")
    if "?" not in items[0].select_one(".math-block:not(.steps-left) math").get_text():
        return False
    assert len(items) == 1, "what follows a refused line is not shown"
    assert items[0].select_one(".steps-left math")
    assert len(re.findall(r"\d\.\d", items[0].select_one("p.steps-reason").get_text())) == 2
    return True


def open_folds(page) -> None:
    """Open what derivations are folded in: most stand, checked, beside a shorter one."""
    page.evaluate(
        "for (const fold of document.querySelectorAll('details:has(.steps-list)')) fold.open = true"
    )


@pytest.fixture(scope="module")
def reader(browser):
    """Return a page that keeps its cache from test to test, as a reader's browser does."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def lesson(reader, site, site_url, request):
    """Open the page of a language that has the most derivations."""
    most = max(
        pages_with_steps(site, request.param),
        key=lambda name: (site / name).read_text("utf-8").count('class="steps-list"'),
    )
    reader.set_viewport_size({"width": 1280, "height": 900})
    reader.goto(site_url + most)
    open_folds(reader)
    return reader


@pytest.mark.parametrize("code", FINISHED)
def test_every_step_is_an_item_with_a_formula_and_a_reason(site, code):
    derivations = 0
    refused = 0
    for name in pages_with_steps(site, code):
        page = parsed(site / name)
        boxes = [box for box in page.select(".steps") if not is_refusal(box)]
        refused += len(page.select(".steps")) - len(boxes)
        for box in boxes:
            derivations += 1
            chain = box.select_one("ol.steps-list[role=list][aria-label]")
            items = chain.find_all(recursive=False)
            assert len(items) >= 2
            assert items[0].select_one(".steps-left math"), f"{name}: where it begins"
            for item in items:
                assert item.name == "li", name
                assert len(item.select(".math-block:not(.steps-left) math")) == 1, name
                assert item.select_one("p.steps-reason").get_text(strip=True), name
            folded = box.select_one("details.steps-definitions:not([open])")
            assert folded.summary.get_text(strip=True), name
            assert folded.select("li math"), name
        calls = [
            code.get_text().strip()
            for code in page.select(".cell_input pre")
            if code.get_text().strip().startswith("theorems.")
            and code.get_text().strip().endswith("()")
        ]
        assert len(boxes) == len(calls), f"{name}: one list for each derivation"
    assert derivations > 10, "a course that proves what it says"
    assert refused >= 1, "a course that shows how a false step is refused"


@pytest.mark.parametrize("lesson", FINISHED, indirect=True)
def test_the_keys_walk_from_step_to_step(lesson):
    first = lesson.locator(".steps-list").first
    items = first.locator(":scope > li")
    count = items.count()

    def current() -> list[int]:
        assert items.evaluate_all("all => all.filter((e) => e.tabIndex === 0).length") == 1
        return items.evaluate_all(
            """all => all.flatMap((e, place) => e === document.activeElement
              && e.getAttribute("aria-current") === "step" ? [place] : [])"""
        )

    assert current() == []
    # One stop for the Tab key: after it comes what follows the list.
    lesson.locator(".steps-definitions summary").first.focus()
    lesson.keyboard.press("Tab")
    assert current() == [0]
    lesson.keyboard.press("Tab")
    assert not first.evaluate("e => e.contains(document.activeElement)")
    lesson.keyboard.press("Shift+Tab")
    assert current() == [0]
    for key, place in [
        ("ArrowDown", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
        ("End", count - 1),
        ("ArrowDown", count - 1),
        ("Home", 0),
        ("ArrowUp", 0),
        ("ArrowDown", 1),
    ]:
        lesson.keyboard.press(key)
        assert current() == [place], key
    ground = "e => getComputedStyle(e).backgroundColor"
    assert items.nth(1).evaluate(ground) != items.nth(0).evaluate(ground), "it is seen"
    # The stop is where the reader was.
    lesson.keyboard.press("Tab")
    lesson.keyboard.press("Shift+Tab")
    assert current() == [1]
    lesson.keyboard.press("Escape")
    assert current() == []
    assert lesson.evaluate("document.activeElement === document.body")
    assert first.locator("[aria-current]").count() == 0


PLACES = """
() => [...document.querySelectorAll(".steps-list > li")].map((item) => {
  const formula = item.querySelector(".math-block:not(.steps-left) math").getBoundingClientRect();
  const reason = item.querySelector(".steps-reason").getBoundingClientRect();
  return {
    column: Math.round(formula.left),
    list: item.parentElement.getBoundingClientRect().top,
    beside: reason.left - formula.right,
    below: reason.top - formula.bottom,
  };
})
"""


@pytest.mark.parametrize("code", FINISHED)
def test_reasons_stand_beside_their_formulas_and_on_a_phone_below(reader, site, site_url, code):
    for name in pages_with_steps(site, code):
        reader.set_viewport_size({"width": 1280, "height": 900})
        reader.goto(site_url + name)
        wait_for(reader, "document.fonts.status === 'loaded'")
        open_folds(reader)
        lists: dict[float, set[int]] = {}
        for place in reader.evaluate(PLACES):
            assert place["beside"] > -ROUNDING, f"{name}: a reason in its formula"
            lists.setdefault(place["list"], set()).add(place["column"])
        assert all(len(columns) == 1 for columns in lists.values()), f"{name}: relations in a line"
        for width in (390, 320):
            reader.set_viewport_size({"width": width, "height": 800})
            for place in reader.evaluate(PLACES):
                assert place["below"] > -ROUNDING, f"{name}, {width} px"
            wide = "all => all.filter((e) => e.scrollWidth > e.clientWidth).length"
            assert not reader.locator(".steps").evaluate_all(wide), f"{name}, {width} px"


@pytest.mark.parametrize("lesson", FINISHED, indirect=True)
def test_paper_shows_the_definitions_and_cuts_no_step(lesson):
    lesson.emulate_media(media="print")
    shown = lesson.locator(".steps-definitions li").evaluate_all(
        "all => all.map((e) => e.checkVisibility({contentVisibilityAuto: true}))"
    )
    assert shown
    assert all(shown)
    breaks = "all => [...new Set(all.map((e) => getComputedStyle(e).breakInside))]"
    item, rest = (
        lesson.locator(selector).evaluate_all(breaks)
        for selector in (".steps-list > li", ".steps, .steps-list, .cell:has(.steps) .cell_output")
    )
    lesson.emulate_media(media="screen")
    assert item == ["avoid"], "not within a step"
    assert rest == ["auto"], "between steps"


@pytest.mark.parametrize("lesson", FINISHED, indirect=True)
def test_the_browser_s_own_search_finds_reasons(lesson):
    reason = lesson.locator(".steps-reason").last.evaluate("e => e.firstChild.textContent.trim()")
    lesson.evaluate("getSelection().removeAllRanges()")
    assert lesson.evaluate("(words) => find(words)", reason)
    assert lesson.evaluate("!!getSelection().anchorNode.parentElement.closest('.steps-reason')")


@pytest.mark.parametrize("lesson", FINISHED, indirect=True)
def test_a_copied_step_is_latex_and_words(lesson):
    item = lesson.locator(".steps-list > li").nth(1)
    tex = item.locator("annotation").text_content()
    words = item.locator(".steps-reason").evaluate("e => e.firstChild.textContent.trim()")
    copied = item.evaluate(
        """(item) => {
          getSelection().selectAllChildren(item);
          const event = new ClipboardEvent("copy", {
            clipboardData: new DataTransfer(), bubbles: true, cancelable: true,
          });
          document.dispatchEvent(event);
          return event.clipboardData.getData("text/plain");
        }"""
    )
    assert tex in copied
    assert words in copied
