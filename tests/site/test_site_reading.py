"""Reading comfort: nothing wider than the screen, each script in its fonts, light pages."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
LANGUAGES = list(CONFIG["sphinx"]["config"]["polyglot"]["languages"])
#: Line heights that each script needs: Bengali has signs above and conjuncts below the line.
LINE_HEIGHT = {"ru": 1.5, "bn": 1.75, "zh": 1.7}


def pages(site, site_url, code: str) -> list[str]:
    found = sorted((site / "book" / code).rglob("*.html"))
    return [site_url + path.relative_to(site).as_posix() for path in found]


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
@pytest.mark.parametrize("code", LANGUAGES)
def test_no_page_is_wider_than_the_screen(browser, site, site_url, code, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    wrong = []
    for address in [*pages(site, site_url, code), site_url + "book/index.html"]:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((e) => (e.open = true))")
        page.evaluate("document.fonts.ready")
        excess = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if excess > 0:
            wrong.append(f"{address}: {excess} px too wide")
        # Inside the article too: text that is cut off does not widen the page.
        wrong += page.evaluate(
            """() => [...document.querySelectorAll("article :is(p, li, h1, h2, h3, img, svg, dd)")]
              .filter((e) => e.checkVisibility() && !e.closest(
                ".math-scroll, pre, .output, .pst-scrollable-table-container, .copybtn, button"))
              .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
              .map((e) => location.pathname + ": " + e.outerHTML.slice(0, 120))"""
        )
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
    assert ratio >= LINE_HEIGHT[code] - 0.01


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


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "bn"])
def test_other_languages_do_not_load_it(browser, site, site_url, code):
    for address in pages(site, site_url, code):
        page = browser.new_page()  # a page of its own: a late request belongs to the page before
        requested = []
        page.on("request", lambda request, seen=requested: seen.append(request.url))
        page.goto(address)
        page.evaluate("document.fonts.ready")
        if page.locator("article :lang(bn)").count() == 0:
            assert not [url for url in requested if url.endswith(".woff2")], address
        page.close()


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_blend_into_the_page(browser, site, site_url, code, theme):
    context = browser.new_context()
    context.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    page = context.new_page()
    seen = 0
    for address in pages(site, site_url, code):
        page.goto(address)
        for image in page.locator("article .cell_output img").all():
            seen += 1
            style = image.evaluate(
                """(e) => {
                  const style = getComputedStyle(e);
                  return [style.mixBlendMode, style.filter, style.backgroundColor];
                }"""
            )
            if theme == "dark":
                assert style == ["screen", "invert(1) hue-rotate(180deg)", "rgba(0, 0, 0, 0)"]
            else:
                assert style == ["multiply", "none", "rgba(0, 0, 0, 0)"]
    context.close()
    assert seen, f"no figure on any page of {code}"


def test_a_first_visit_is_light(browser, site, site_url):
    """Everything a page loads, compressed as a server sends it: at most 350 kB."""
    import gzip

    page = browser.new_page()
    page.set_default_timeout(120_000)  # a busy machine is not a heavy page
    heavy = {}
    for code in LANGUAGES:
        for address in pages(site, site_url, code):
            bodies = {}
            page.context.clear_cookies()

            def keep(response, bodies=bodies):
                bodies[response.url] = response.url.removeprefix(site_url).split("?")[0]

            page.on("response", keep)
            page.goto(address)
            page.wait_for_load_state("networkidle")
            page.remove_listener("response", keep)
            size = 0
            for path in bodies.values():
                data = (site / path).read_bytes() if (site / path).is_file() else b""
                packed = path.endswith((".woff2", ".png", ".jpg"))
                size += len(data) if packed else len(gzip.compress(data, 9))
            if size > 350_000:
                heavy[address] = size
    page.close()
    assert not heavy, heavy
