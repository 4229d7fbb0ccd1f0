"""What is wider than a phone: no displayed formula; of the rest one sees that there is more."""

import pytest
from project import FINISHED, LANGUAGES
from waiting import wait_for

#: Displayed formulas that scroll sideways at 360 pixels because breaking them would hurt:
#: the page, and how many of them it has.
SCROLLING_FORMULAS = {
    # The Jacobian of three classes, written out by SymPy as a matrix.
    "book/zh/04-3-example": 1,
}


def addresses(site, code: str) -> list[str]:
    return [p.relative_to(site).as_posix() for p in sorted((site / "book" / code).rglob("*.html"))]


@pytest.fixture
def phone(browser):
    context = browser.new_context(viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_displayed_formulas_fit_a_phone(phone, site, site_url, code):
    found, wide = 0, {}
    for name in addresses(site, code):
        phone.goto(site_url + name)
        wait_for(phone, "document.fonts.status === 'loaded'")
        boxes = phone.evaluate(
            """() => {
              for (const folded of document.querySelectorAll("details")) folded.open = true;
              return [...document.querySelectorAll("article .math-scroll")].map((box) =>
                [box.scrollWidth > box.clientWidth + 1,
                 box.querySelector("annotation").textContent]);
            }"""
        )
        found += len(boxes)
        scrolling = [tex for scrolls, tex in boxes if scrolls]
        if len(scrolling) != SCROLLING_FORMULAS.get(name.removesuffix(".html"), 0):
            wide[name] = scrolling
    assert found > 100 or code not in FINISHED
    assert not wide, "break them by hand, a line for each relation"


EDGES = """
(box) => {
  const mask = getComputedStyle(box).maskImage;
  return {
    before: box.classList.contains("polyglot-more-before"),
    after: box.classList.contains("polyglot-more-after"),
    faded: mask !== "none",
  };
}
"""


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_box_fades_where_there_is_more_of_it(phone, site, site_url, code):
    phone.goto(site_url + addresses(site, code)[-1])
    # Whatever the course happens to hold: a box of each kind, as wide as needed.
    phone.evaluate(
        """() => {
          const wide = "<math display=block><mspace width=60em></mspace></math>";
          document.querySelector("article").insertAdjacentHTML("beforeend", `
            <div class="math-block"><span class="math-scroll" data-test>${wide}</span></div>
            <div class="math-block"><span class="math-scroll" data-narrow></span></div>
            <pre data-test style="white-space: pre">${"x ".repeat(200)}</pre>
            <div class="pst-scrollable-table-container" data-test>
              <table><tr><td style="min-width: 60rem">1</td></tr></table></div>
            <div role="region" tabindex="0" aria-label="1" style="overflow-x: auto" data-test>
              <div style="width: 60rem">1</div></div>`);
        }"""
    )
    # The script looks for boxes once, when a page begins.
    phone.evaluate(
        """() => new Promise((resolve) => {
          const old = document.querySelector("script[src*='polyglot-book.js']");
          const script = document.createElement("script");
          for (const {name, value} of old.attributes) script.setAttribute(name, value);
          script.onload = () => requestAnimationFrame(() => requestAnimationFrame(resolve));
          document.head.append(script);
        })"""
    )
    boxes = phone.locator("[data-test]")
    assert boxes.count() == 4
    for box in boxes.all():
        for place, before, after in [("0", False, True), ("40", True, True), ("9999", True, False)]:
            box.evaluate(
                f"""(box) => {{
                  box.scrollLeft = {place};
                  return new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)));
                }}"""
            )
            expected = {"before": before, "after": after, "faded": True}
            assert box.evaluate(EDGES) == expected, box.evaluate("e => e.outerHTML.slice(0, 60)")
    narrow = phone.locator("[data-narrow]").evaluate(EDGES)
    assert narrow == {"before": False, "after": False, "faded": False}
