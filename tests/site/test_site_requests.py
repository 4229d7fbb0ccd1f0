"""No page asks another site for anything: over HTTP under a sub-path, and opened from a folder."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from built_pages import parsed
from project import LANGUAGES
from waiting import wait_for


@pytest.fixture
def log(browser):
    """Return a page whose requests are all written down, and whatever went wrong on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.requested, page.troubles = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("response", lambda r: page.troubles.append(r.url) if r.status >= 400 else None)
    yield page
    context.close()


#: What a reader may do without leaving: scroll, hover, press every button. In one go: a page has
#: hundreds of links and buttons.
USE = """
() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true});
  scrollTo(0, document.body.scrollHeight);
  for (const element of [...document.querySelectorAll("a, button, summary")].filter(shown)) {
    element.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
    element.dispatchEvent(new MouseEvent("mouseenter"));
    element.dispatchEvent(new FocusEvent("focus"));
  }
  window.print = () => {};
  let pressed = 0;
  for (const button of document.querySelectorAll(
    "article button, article summary, header button, .bd-main button"
  ))
    // What starts Python in the page has tests of its own.
    if (shown(button) && !button.matches("[data-live-do], .live-cells-here")) {
      button.click();
      pressed += 1;
    }
  return pressed;
}
"""


def use(page) -> int:
    """Do what a reader may do on a page; return how many buttons were pressed."""
    pressed = page.evaluate(USE)
    page.keyboard.press("Escape")
    page.wait_for_timeout(250)  # what a click asks for, it asks for at once or after a short delay
    return pressed


def foreign(requests: list[str], own: str) -> list[str]:
    return [url for url in requests if not url.startswith((own, "data:", "blob:"))]


@pytest.mark.parametrize("code", [*LANGUAGES, "."])
def test_over_http_under_a_subpath(site, site_url, log, code, opened):
    paths = opened(code)
    pressed = len(paths) if code == "." else 0  # the front page has links alone
    for path in paths:
        log.goto(site_url + path.relative_to(site).as_posix())
        pressed += use(log)
    assert pressed > len(paths), "there was nothing to press"
    assert len(log.requested) > len(paths), "nothing was written down"
    assert not foreign(log.requested, site_url)
    assert not log.troubles, log.troubles


@pytest.mark.parametrize("code", [*LANGUAGES, "."])
def test_from_a_folder(site, log, code, opened):
    own = site.resolve().as_uri()
    for path in opened(code):
        log.goto(path.resolve().as_uri())
        use(log)
    assert not foreign(log.requested, own)
    missing = [
        url
        for url in log.requested
        if url.startswith("file:") and not Path(urlsplit(url).path).exists()
    ]
    assert not missing
    assert not log.troubles, log.troubles


def test_searching_asks_only_this_site(site_url, log):
    log.goto(f"{site_url}book/{next(iter(LANGUAGES))}/index.html")
    log.keyboard.press("Control+k")
    log.locator("#polyglot-search input").fill("softmax")
    wait_for(log, "document.querySelector('.polyglot-search__status').textContent !== ''")
    assert any("/search/" in url for url in log.requested)
    assert not foreign(log.requested, site_url)
    assert not log.troubles, log.troubles


def test_the_log_sees_a_foreign_request(site_url, log):
    log.goto("about:blank")  # a page of the book would not even ask: its policy forbids it
    log.evaluate("fetch('https://example.invalid/').catch(() => {})")
    log.wait_for_timeout(100)
    assert foreign(log.requested, site_url) == ["https://example.invalid/"]


def test_nothing_foreign_is_written_into_a_page(site):
    """What a page would load, were some option or some click to make it."""
    wrong = []
    for path in sorted(site.rglob("*.html")):
        for element in parsed(path).select("[src], link[href]"):
            address = element.get("src") or element.get("href")
            relation = set(element.get("rel", []))
            if urlsplit(address).hostname and not relation & {"canonical", "alternate"}:
                wrong.append(f"{path}: {element}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["fontawesome", "thebe", "mathjax", "searchindex", "require"])
def test_parts_that_are_replaced_are_not_shipped(site, name):
    assert not list(site.rglob(f"*{name}*"))
