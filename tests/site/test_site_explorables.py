"""Explorables and playgrounds on the built pages: a guess, then sliders, in three engines."""

import re
from pathlib import Path

import engines
import nbformat
import pytest
from pages import NOTEBOOKS, name
from project import LANGUAGES

CALL = re.compile(r"^(explorables\.(\w+)|playground\.show)\(", re.MULTILINE)
#: WebDriver's sign for the key; Playwright has names for keys.
RIGHT = "\ue014"


def placed() -> dict[tuple[str, str], Path]:
    """Return the first page of each language for each explorable, and for the playground."""
    found: dict[tuple[str, str], Path] = {}
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            for call in CALL.finditer(cell.source) if cell.cell_type == "code" else ():
                found.setdefault((path.parent.name, call[2] or "playground"), path)
    return found


PLACED = placed()
EACH = pytest.mark.parametrize(
    ("code", "widget"), PLACED, ids=[f"{code}-{widget}" for code, widget in PLACED]
)


def address(code: str, widget: str) -> str:
    return "book/" + name(PLACED[code, widget]).replace(".ipynb", ".html")


def press_right(engine: engines.Engine) -> None:
    if isinstance(engine, engines.Chromium):
        engine.page.keyboard.press("ArrowRight")
    else:
        engine.type(RIGHT)


#: Text that a reader sees in a widget, and where its sliders stand.
STATE = """(root) => {
  const live = document.querySelector(`${root} .smx-live`);
  const sliders = [...live.querySelectorAll("[type=range], [role=slider]")];
  return live.textContent + sliders.map((e) => e.getAttribute("aria-valuetext")).join();
}"""


def seen(engine: engines.Engine, root: str) -> None:
    """Bring a widget into view, which is when it is built."""
    engine.bring_into_view(root)
    engine.wait("(root) => document.querySelector(`${root} .smx-live`)", root)


def test_every_language_has_the_same():
    kinds = {code: {widget for lang, widget in PLACED if lang == code} for code in LANGUAGES}
    assert set() not in kinds.values()
    assert len(set(map(frozenset, kinds.values()))) == 1, kinds


@EACH
def test_a_guess_and_a_slider_have_an_effect_from_a_folder(site, engine, code, widget):
    root = f".smx-{widget}"
    engine.open(f"{site.as_uri()}/{address(code, widget)}")
    seen(engine, root)
    if widget != "playground":
        before = engine.run(STATE, root)
        engine.click(f"{root} .smx-guess button")
        engine.wait("(root) => document.querySelector(`${root} .smx-insight`)", root)
        assert engine.run(STATE, root) != before
    engine.wait("(root) => document.querySelector(`${root} .smx-live [type=range]`)", root)
    # At its end a slider does not move to the right, in its middle it does. To move it also ends
    # what the answer shows by itself.
    engine.run(
        """(root) => {
          const slider = document.querySelector(`${root} .smx-live [type=range]`);
          slider.value = (Number(slider.min) + Number(slider.max)) / 2;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          slider.focus();
        }""",
        root,
    )
    middle = engine.run(STATE, root)
    press_right(engine)
    engine.wait(f"(root, before) => ({STATE})(root) !== before", root, middle)


@EACH
def test_it_is_no_wider_than_a_phone(browser, site_url, code, widget):
    page = browser.new_page(viewport={"width": 360, "height": 640}, reduced_motion="reduce")
    page.goto(site_url + address(code, widget))
    found = page.locator(f".smx-{widget}").first
    found.scroll_into_view_if_needed()
    found.locator(".smx-live").wait_for()
    if widget != "playground":
        found.locator(".smx-skip").click()
    box = found.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


@EACH
def test_on_paper_stands_the_start(browser, site_url, code, widget):
    page = browser.new_page()
    page.goto(site_url + address(code, widget))
    page.emulate_media(media="print")
    found = page.locator(f".smx-{widget}").first
    assert found.get_by_role("img").is_visible()
    assert found.locator(".smx-still table").is_visible()
    assert not found.locator("button").first.is_visible()
    page.close()
