"""A page on paper: light whatever the theme, a worksheet, without solutions and dead controls."""

import re

import pytest
from courses import homes
from project import FINISHED

#: A lesson with many formulas, figures, code, exercises and a quiz: the longest on paper.
LESSONS = {code: homes(code)["jacobian"].stem for code in FINISHED}
#: The longest lesson took 26 sheets before there was a style for paper.
MOST_SHEETS = 14

#: The darkest background and the palest text of what is printed, as relative brightness.
EXTREMES = """
() => {
  const brightness = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return a < 0.05 ? null : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  };
  const shown = [...document.querySelectorAll("body, body *")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length);
  const grounds = shown.map((e) => brightness(getComputedStyle(e).backgroundColor));
  const texts = shown
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => brightness(getComputedStyle(e).color));
  return [Math.min(...grounds.filter((b) => b !== null)), Math.max(...texts)];
}
"""
#: The summary of notation stays as its title: on paper what it names is there.
DEAD = (
    "button, summary:not(.steps-definitions > *), dialog, nav, .solution, .smx-live, "
    ".smx-score, .copybtn, .headerlink"
)


@pytest.fixture(params=FINISHED)
def printed(request, browser, site_url):
    """Open a lesson of each language as a reader with a dark theme prints it."""
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{site_url}book/{request.param}/{LESSONS[request.param]}.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print")
    yield page
    page.close()


def test_paper_is_light(printed):
    ground, text = printed.evaluate(EXTREMES)
    assert ground > 0.85
    assert text < 0.6  # comments in code are the palest


def test_nothing_that_is_pressed_or_gives_answers_away_is_printed(printed):
    shown = printed.evaluate(
        "(names) => [...document.querySelectorAll(names)].filter((e) => e.checkVisibility())"
        ".map((e) => e.outerHTML.slice(0, 100))",
        DEAD,
    )
    assert not shown


def test_the_title_is_the_largest_line(printed):
    sizes = printed.evaluate(
        """() => ["h1", "h2", "h3", "p"].map((name) => {
          const all = [...document.querySelectorAll(`article ${name}`)];
          const e = all.find((e) => e.checkVisibility());
          return parseFloat(getComputedStyle(e).fontSize);
        })"""
    )
    assert sizes == sorted(set(sizes), reverse=True)


def test_a_lesson_takes_few_sheets(printed):
    pdf = printed.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= MOST_SHEETS
