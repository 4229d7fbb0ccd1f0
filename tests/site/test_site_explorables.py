"""Each explorable in three engines: its guess, its keys, its width, from a folder; on paper."""

import ast
import itertools

import nbformat
import pytest
from pages import NOTEBOOKS, name
from project import ENGINES, FINISHED

from softmax_course.teaching import explorables, language


def shown(source: str) -> str | None:
    """Return which explorable a cell shows, if any."""
    if "explorables." not in source or "import" in source:
        return None
    match ast.parse(source).body[-1]:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("explorables"), attribute))):
            return attribute
    return None


#: By language and explorable, the first page that shows it.
PLACES = {
    (path.parent.name, found): "book/" + name(path).replace(".ipynb", ".html")
    for path in reversed(NOTEBOOKS)
    for cell in nbformat.read(path, as_version=4).cells
    if cell.cell_type == "code" and (found := shown(cell.source))
}

#: Pass the question over, and return what is said in its place and whether controls are seen.
SKIP = """(selector) => {
  const root = document.querySelector(selector);
  root.querySelector(".smx-skip").click();
  return [root.querySelector(".smx-guess .smx-insight").textContent.trim(),
    [...root.querySelectorAll("input, button")].some((node) => node.checkVisibility())];
}"""

#: Move what there is to move, as keys do, and return what screen readers would read before and
#: after: a point that is dragged, else a slider, else another of several choices.
MOVE = """(selector) => {
  const root = document.querySelector(selector);
  const point = root.querySelector("[role=slider]");
  const range = root.querySelector("input[type=range]");
  const node = point ?? range;
  if (!node) {
    const label = () => root.querySelector(".smx-live [role=img]").getAttribute("aria-label");
    const before = label();
    root.querySelector("input[type=radio]:not(:checked)").click();
    return [before, label()];
  }
  node.focus();
  const before = node.getAttribute("aria-valuetext");
  if (point) point.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
  else {
    range.value = Number(range.value) - 10 * Number(range.step || 1);
    range.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return [before, node.getAttribute("aria-valuetext")];
}"""


def test_each_language_shows_all_six():
    for code in FINISHED:
        assert {found for lang, found in PLACES if lang == code} == set(explorables.__all__)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take each explorable of each language; beyond Chromium one language of each, or all pages."""
    if metafunc.function is not test_guess_and_keys:
        return
    every = metafunc.config.getoption("all_pages")
    one = dict(zip(sorted(explorables.__all__), itertools.cycle(FINISHED), strict=False))
    cases = [
        (name, code, found)
        for name in ENGINES
        for code, found in sorted(PLACES)
        if every or name == "chromium" or code == one[found]
    ]
    metafunc.parametrize(("name", "code", "found"), cases)


def test_guess_and_keys(site, site_url, started, name, code, found):
    engine = started(name)
    selector = f".smx-{found}"
    for start in (site_url, site.as_uri() + "/"):
        engine.open(start + PLACES[code, found])
        engine.resize(360, 640)
        engine.bring_into_view(selector)
        engine.wait("(selector) => document.querySelector(`${selector} .smx-live`)", selector)
        said, has_controls = engine.run(SKIP, selector)
        with language.using(code):
            verdicts = [language.text(f"explorables.{key}") for key in ("right", "wrong")]
        assert said
        assert not any(said.startswith(verdict) for verdict in verdicts), "nothing was guessed"
        assert has_controls
        before, after = engine.run(MOVE, selector)
        assert before != after
        width = engine.run("(selector) => document.querySelector(selector).scrollWidth", selector)
        assert width <= 360
    engine.resize(1280)


@pytest.mark.parametrize(("code", "found"), sorted(PLACES))
def test_on_paper_stands_the_start(browser, site_url, code, found):
    page = browser.new_page()
    page.goto(site_url + PLACES[code, found])
    page.emulate_media(media="print")
    widget = page.locator(f".smx-{found}").first
    assert widget.get_by_role("img").is_visible()
    assert widget.locator(".smx-still table").is_visible()
    assert not widget.locator("button").first.is_visible()
    page.close()
