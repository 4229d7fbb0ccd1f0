"""Pages that everybody can read: axe-core's rules, the keyboard, colours, motion, print.

The rules run on the pages chosen for what they hold, with `--all-pages` on all: on a desk and on a
phone, light and dark. On the search dialog, and on a card, they run on one
page per language: they are the same on all.
"""

import pytest
from built_pages import page_with, parsed
from chosen_pages import CHOSEN
from project import FINISHED, LANGUAGES, ROOT

from polyglot_book.rendering import node

#: Every page of every language, by its path without suffix.
PAGES = sorted(
    path.relative_to(ROOT / "book").with_suffix("").as_posix()
    for path in (ROOT / "book").glob("*/*")
    if path.suffix in {".md", ".ipynb"}
)
VIEWS = [(theme, width) for theme in ("light", "dark") for width in (1280, 390)]


@pytest.fixture(scope="session")
def axe(site) -> str:
    modules = node.install(site.parent / ".frontend", dev=True)
    return (modules / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture
def view(browser, request):
    """Open a page in a theme and a width, both as the test's parameters."""
    theme, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    yield context.new_page()
    context.close()


def addresses(site, site_url, folder: str) -> list[str]:
    found = sorted((site / folder).rglob("*.html"))
    assert found, f"no pages in {folder}"
    return [site_url + path.relative_to(site).as_posix() for path in found]


#: A formula counts as a whole: axe-core has no rules for what is inside, but reads all of it, and
#: that is most of a page's elements. Its box stays as it is.
HOLLOW = """
() => {
  const boxes = [...document.querySelectorAll("math:not(:empty)")]
    .map((e) => [e, e.getBoundingClientRect()]);
  for (const [e, {width, height}] of boxes) {
    e.style.cssText = `display: inline-block; width: ${width}px; height: ${height}px`;
    e.replaceChildren();
  }
}
"""


def violations(page, axe: str, within: str = "html", *, only: tuple = ()) -> list[str]:
    """Run axe-core's rules on a page or a part of it: all, or only some."""
    page.evaluate(HOLLOW)
    page.evaluate(f"window.axe || (() => {{ {axe} }})()")
    options = {"resultTypes": ["violations"]}
    if only:
        options["runOnly"] = list(only)
    answer = page.evaluate(
        "([within, options]) => axe.run(within, options).then(({violations}) => violations)",
        [within, options],
    )
    return [
        f"{page.url}: {rule['id']}: {rule['help']}\n      {item['html'][:200]}\n"
        f"      {item.get('failureSummary', '')}"
        for rule in answer
        for item in rule["nodes"]
    ]


#: The rules that look at colours: a theme changes those and nothing else.
COLOURS = ("color-contrast", "link-in-text-block")


@pytest.fixture(scope="module")
def reader(browser):
    """Return a page that keeps its cache from test to test, as a reader's browser does."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Look at the chosen pages and the landing pages, or with --all-pages at all."""
    if metafunc.function is test_no_page_breaks_a_rule:
        chosen = [
            f"{code}/{page}" for code in LANGUAGES for page in ("index", *CHOSEN.get(code, ()))
        ]
        every = metafunc.config.getoption("all_pages")
        metafunc.parametrize("name", PAGES if every else chosen)


def test_no_page_breaks_a_rule(site_url, reader, axe, name):
    reader.goto(f"{site_url}book/{name}.html")
    wrong = []
    for theme, width in VIEWS:
        reader.set_viewport_size({"width": width, "height": 900})
        reader.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        # Between a light page and the same in the dark only colours differ.
        found = violations(reader, axe, only=COLOURS if theme == "dark" else ())
        wrong += [f"{theme}, {width} px: {text}" for text in found]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("view", VIEWS, indirect=True, ids=lambda view: "-".join(map(str, view)))
def test_the_front_page_breaks_no_rule(site, site_url, view, axe):
    view.goto(site_url + "book/index.html")
    wrong = violations(view, axe)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS, indirect=True, ids=lambda view: "-".join(map(str, view)))
def test_the_search_dialog_breaks_no_rule(site_url, view, axe, code):
    view.goto(f"{site_url}book/{code}/index.html")
    heading = view.locator("article h1").evaluate(
        "e => e.lastElementChild.previousSibling.textContent"
    )
    view.keyboard.press("Control+k")
    view.locator("#polyglot-search input").fill(heading)
    view.locator(".polyglot-search__page").first.wait_for()
    wrong = violations(view, axe, within="#polyglot-search")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", FINISHED)
@pytest.mark.parametrize("view", VIEWS, indirect=True, ids=lambda view: "-".join(map(str, view)))
def test_a_card_breaks_no_rule(site, site_url, view, axe, code):
    link = "article.bd-article p a.reference.internal[href*='glossary.html#']"
    view.goto(site_url + page_with(site, code, link))
    view.locator(f"{link}:visible").first.hover()
    view.locator("#polyglot-card:popover-open").wait_for()
    wrong = violations(view, axe, within="#polyglot-card")
    assert not wrong, "\n".join(wrong)


def test_the_rules_find_something_where_there_is_something(browser, axe):
    page = browser.new_page()
    page.set_content("<html><body><img src='x.png'><button></button></body></html>")
    found = " ".join(violations(page, axe))
    assert "image-alt" in found
    assert "button-name" in found
    page.close()


TAB_THROUGH = """
() => {
  const visible = (e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(e).visibility === "visible"
      && !e.closest("[inert], dialog:not([open])") && e.checkVisibility();
  };
  const stops = [...document.querySelectorAll(
    "a[href], button:not([disabled]), input:not([disabled]):not([type=hidden]), select, textarea,"
    + " summary, [tabindex='0']")].filter((e) => visible(e) && e.tabIndex >= 0);
  // Of a group of radio buttons the Tab key reaches one; arrow keys go on from there.
  const groups = new Map();
  const one = stops.filter((e) => {
    if (e.type !== "radio") return true;
    const names = groups.get(e.form) ?? groups.set(e.form, new Set()).get(e.form);
    return !names.has(e.name) && names.add(e.name);
  });
  one.forEach((e, i) => e.setAttribute("data-stop", i));
  return one.length;
}
"""


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("view", [("light", 1280)], indirect=True, ids=["1280"])
def test_the_tab_key_reaches_everything_and_shows_where_it_is(site, site_url, view, code):
    # The page with the most formulas: it has boxes to scroll and buttons to copy too.
    address = max(
        addresses(site, site_url, f"book/{code}"),
        key=lambda a: (site / a.removeprefix(site_url)).read_text("utf-8").count("<math"),
    )
    view.goto(address)
    # Boxes that scroll become stops when the browser has laid them out.
    view.evaluate("document.fonts.ready")
    view.wait_for_timeout(300)
    count = view.evaluate(TAB_THROUGH)
    assert count > 10
    reached, unseen = set(), []
    for _ in range(2 * count):
        view.keyboard.press("Tab")
        state = view.evaluate(
            """async () => {
              // Two frames, for what a style sheet lets pass over even in no time at all.
              for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
              const e = document.activeElement, style = getComputedStyle(e);
              return [e.getAttribute("data-stop"), e.outerHTML.slice(0, 120),
                      style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
            }"""
        )
        stop, html, outlined = state
        if stop is None:
            continue
        reached.add(int(stop))
        if not outlined:
            unseen.append(html)
        if len(reached) == count:
            break
    missed = [
        view.locator(f"[data-stop='{i}']").evaluate("e => e.outerHTML.slice(0, 120)")
        for i in set(range(count)) - reached
    ]
    assert not missed, missed
    assert not unseen, unseen


def test_every_figure_says_what_it_shows(site):
    count = 0
    for path in sorted((site / "book").rglob("*.html")):
        for image in parsed(path).select("article img"):
            if "polyglot-front__mark" in image.get("class", ()):
                continue  # stands beside the title and says nothing more
            count += 1
            alt = image.get("alt", "").strip()
            assert alt, f"{path}: {image}"
            assert not alt.endswith((".svg", ".png")), f"{path}: {image}"
            assert alt != image["src"], f"{path}: {image}"
    assert count, "a course without figures"


def test_motion_stops_for_readers_who_ask(browser, site_url):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site_url}book/{next(iter(LANGUAGES))}/index.html")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("body, body *")].filter((e) => {
          const style = getComputedStyle(e);
          return [style.transitionDuration, style.animationDuration]
            .some((times) => times.split(",").some((time) => parseFloat(time) > 0.001));
        }).map((e) => e.outerHTML.slice(0, 100))"""
    )
    context.close()
    assert not moving, moving


@pytest.mark.parametrize("code", FINISHED)
def test_print_shows_the_text_alone(browser, site_url, code):
    page = browser.new_page(viewport={"width": 800, "height": 1000})
    page.goto(f"{site_url}book/{code}/index.html")
    page.emulate_media(media="print")
    for selector in (".bd-sidebar-primary", ".bd-header-article", ".polyglot-copy", ".copybtn"):
        for element in page.locator(selector).all():
            assert not element.is_visible(), selector
    assert page.locator("article.bd-article h1").first.is_visible()
    assert page.locator("article.bd-article section > p").first.is_visible()
    page.close()
