"""Reading comfort: nothing wider than the screen, each script in its fonts, light pages."""

import functools
import gzip
import tomllib
from pathlib import Path

import pytest
from project import FINISHED, LANGUAGES, ROOT, TRAITS

from polyglot_book.rendering import mathml

#: The tags of languages whose font comes with the pages, each loaded where it is shown.
WITH_FONT = [
    language["tag"]
    for code, language in LANGUAGES.items()
    for file in ROOT.glob(f"src/*/**/messages/{code}.toml")
    if "font" in tomllib.loads(file.read_text("utf-8")).get("writing", {})
]
#: A loaded machine draws a page of the new width later than it answers.
NEXT_FRAME = "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))"
#: A desktop at 400 %, two phones, a tablet and a desktop.
WIDTHS = (320, 360, 390, 768, 1280)
#: Where every page is looked at: the narrowest, and the one with notes in the margin.
FIRST_WIDTHS = (320, 1280)


def pages(site, site_url, code: str) -> list[str]:
    found = sorted((site / "book" / code).rglob("*.html"))
    return [site_url + path.relative_to(site).as_posix() for path in found]


#: Nothing of an article may be cut off, but what scrolls in a box of its own.
CUT_OFF = """
() => [...document.querySelectorAll("article :is(p, li, h1, h2, h3, img, svg, dd)")]
  .filter((e) => e.checkVisibility() && !e.closest(
    ".math-scroll, pre, .output, .pst-scrollable-table-container, .copybtn, button"))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => `${location.pathname}, ${innerWidth} px: ${e.outerHTML.slice(0, 120)}`)
"""


#: Words that go on in the next line without a hyphen; in scripts without spaces they may.
BROKEN_WORDS = r"""
() => {
  const broken = [];
  const letters =
    /[[\p{L}\p{M}\u200c\u200d]--[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]]{2,}/gv;
  const range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) {
    const parent = text.parentElement;
    if (!parent.checkVisibility() || parent.closest("pre, code, math, script, style")) continue;
    for (const word of text.data.matchAll(letters)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const lines = [...range.getClientRects()].filter((box) => box.width > 1);
      if (lines.length > 1 && lines.at(-1).top - lines[0].top > 8)
        broken.push(`${location.pathname}, ${innerWidth} px: ${word[0]} is broken`);
    }
  }
  return broken;
}
"""


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_page_is_wider_than_the_screen(browser, site, site_url, code, opened):
    # What the theme moves slowly to its new place would be measured on its way.
    page = browser.new_page(viewport={"width": WIDTHS[0], "height": 800}, reduced_motion="reduce")
    wrong = []
    everywhere = {path.stem for path in opened(code)}
    for address in [*pages(site, site_url, code), site_url + "book/index.html"]:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((e) => (e.open = true))")
        page.evaluate("document.fonts.ready")
        for width in WIDTHS if Path(address).stem in everywhere else FIRST_WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(NEXT_FRAME)
            excess = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if excess > 0:
                wrong.append(f"{address}, {width} px: {excess} px too wide")
            wrong += page.evaluate(CUT_OFF)
            if width < 768:
                wrong += page.evaluate(BROKEN_WORDS)
    page.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", LANGUAGES)
def test_lines_stand_as_far_apart_as_the_script_needs(browser, site_url, code):
    page = browser.new_page()
    page.goto(f"{site_url}book/{code}/index.html")
    ratio = page.evaluate(
        """() => {
          const style = getComputedStyle(document.querySelector("article p"));
          return parseFloat(style.lineHeight) / parseFloat(style.fontSize);
        }"""
    )
    page.close()
    assert ratio >= TRAITS[code]["line_height"] - 0.01


def fonts_of(page, selector: str) -> set[tuple[str, bool]]:
    """Fonts that the browser draws some elements with, and whether each comes from the book."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    found = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]
    return {
        (font["familyName"], font["isCustomFont"])
        for node in found
        for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    }


def test_bengali_is_drawn_with_the_font_that_comes_with_the_book(browser, site_url):
    page = browser.new_page()
    page.goto(f"{site_url}book/bn/index.html")
    page.evaluate("document.fonts.ready")
    page.evaluate(
        """() => {
          for (const [id, tag] of [["probe-text", "p"], ["probe-code", "pre"]]) {
            const probe = document.createElement(tag);
            probe.id = id;
            probe.textContent = "প্রোবাবিলিটি ক্ষ জ্ঞ ন্ত্র স্ট্র র্থ্য";
            document.querySelector("article").prepend(probe);
          }
        }"""
    )
    page.evaluate("document.fonts.ready")
    for selector in ("#probe-text", "#probe-code"):
        bengali = {name for name, own in fonts_of(page, selector) if own}
        assert any("Bengali" in name for name in bengali), selector
    # A conjunct is one shape, narrower than its letters apart.
    widths = page.evaluate(
        """() => ["ক্ষ", "কষ", "ন্ত্র", "নতর"].map((text) => {
          const span = document.createElement("span");
          span.textContent = text;
          document.querySelector("article p").append(span);
          return span.getBoundingClientRect().width;
        })"""
    )
    page.close()
    assert widths[0] < widths[1]
    assert widths[2] < widths[3]


#: How figures, drawn once on white, are laid over the page in each theme.
BLEND = {
    "light": ["multiply", "none", "rgba(0, 0, 0, 0)"],
    "dark": ["screen", "invert(1) hue-rotate(180deg)", "rgba(0, 0, 0, 0)"],
}


@pytest.mark.parametrize("code", FINISHED)
def test_figures_blend_into_the_page(browser, site, site_url, code):
    """Style is the same on every page: the one with the most figures stands for all."""
    address = max(
        pages(site, site_url, code),
        key=lambda a: (site / a.removeprefix(site_url)).read_text("utf-8").count("<img"),
    )
    page = browser.new_page()
    page.goto(address)
    for theme, wanted in BLEND.items():
        styles = page.evaluate(
            """(theme) => {
              document.documentElement.dataset.theme = theme;
              return [...document.querySelectorAll("article .cell_output img")].map((e) => {
                const style = getComputedStyle(e);
                return [style.mixBlendMode, style.filter, style.backgroundColor];
              });
            }""",
            theme,
        )
        assert len(styles) > 1, f"no figures on {address}"
        assert all(style == wanted for style in styles), (theme, styles)
    page.close()


@functools.cache
def weight(path: Path) -> int:
    """Return the bytes a server sends for a file: gzipped, unless it is packed already."""
    data = path.read_bytes()
    return len(data) if path.suffix in {".woff2", ".png", ".jpg"} else len(gzip.compress(data, 9))


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_first_visit_is_light(browser, site, site_url, code, opened):
    """Everything a page loads is at most 350 kB, and a script's font comes where it is needed."""
    context = browser.new_context()
    context.set_default_timeout(120_000)  # a busy machine is not a heavy page
    largest = max((site / "book" / code).glob("*.html"), key=weight)
    for path in {*opened(code), largest}:
        address = site_url + path.relative_to(site).as_posix()
        page = context.new_page()  # a page of its own: a late request belongs to the page before
        loaded = []
        page.on("response", lambda response, loaded=loaded: loaded.append(response.url))
        page.goto(address)
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(100)
        names = {url.removeprefix(site_url).split("?")[0] for url in loaded}
        assert address.removeprefix(site_url) in names
        size = sum(weight(site / name) for name in names)
        assert size <= 350_000, f"{address}: {size} bytes, of them {sorted(names)}"
        if not any(page.locator(f"article :lang({tag})").count() for tag in WITH_FONT):
            fonts = {Path(name).name for name in names if name.endswith(".woff2")}
            assert fonts <= mathml.FAMILIES.keys(), address
        page.close()
    context.close()
