"""No page asks another site for anything: over HTTP under a sub-path, and opened from a folder."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
LANGUAGES = list(CONFIG["sphinx"]["config"]["polyglot"]["languages"])


@pytest.fixture
def log(browser):
    """A page whose requests are all written down, and stopped if they leave the machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.requested, page.troubles = [], []

    def note(route):
        url = route.request.url
        page.requested.append(url)
        local = urlsplit(url).hostname in {None, "", "127.0.0.1"}
        route.continue_() if local else route.abort()

    context.route("**/*", note)
    page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("response", lambda r: page.troubles.append(r.url) if r.status >= 400 else None)
    yield page
    context.close()


def use(page) -> None:
    """What a reader may do without leaving: scroll, hover, press every button."""
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    for element in page.locator("a:visible, button:visible, summary:visible").all()[:400]:
        if element.is_visible():
            element.dispatch_event("mouseover")
            element.dispatch_event("mouseenter")
            element.dispatch_event("focus")
    page.evaluate("window.print = () => {}")
    for button in page.locator(
        "article button, article summary, header button, .bd-main button"
    ).all():
        if button.is_visible():
            button.dispatch_event("click")
    page.keyboard.press("Escape")
    page.wait_for_timeout(150)


def foreign(requests: list[str], own: str) -> list[str]:
    return [url for url in requests if not url.startswith((own, "data:", "blob:"))]


@pytest.mark.parametrize("code", [*LANGUAGES, "."])
def test_over_http_under_a_subpath(site, site_url, log, code):
    paths = sorted((site / "book" / code).glob("*.html" if code == "." else "**/*.html"))
    assert paths
    for path in paths:
        log.goto(site_url + path.relative_to(site).as_posix())
        log.wait_for_load_state("networkidle")
        use(log)
    assert len(log.requested) > len(paths), "nothing was written down"
    assert not foreign(log.requested, site_url)
    assert not log.troubles, log.troubles


@pytest.mark.parametrize("code", [*LANGUAGES, "."])
def test_from_a_folder(site, log, code):
    own = site.resolve().as_uri()
    for path in sorted((site / "book" / code).glob("*.html" if code == "." else "**/*.html")):
        log.goto(path.resolve().as_uri())
        log.wait_for_load_state("load")
        use(log)
        for button in log.locator(".polyglot-search-open").all():
            assert not button.is_visible(), "no search can run from a folder"
    assert not foreign(log.requested, own)
    missing = [
        url
        for url in log.requested
        if url.startswith("file:") and not Path(urlsplit(url).path).exists()
    ]
    assert not missing
    assert not log.troubles, log.troubles


def test_searching_asks_only_this_site(site_url, log):
    log.goto(f"{site_url}book/{LANGUAGES[0]}/index.html")
    log.keyboard.press("Control+k")
    log.locator("#polyglot-search input").fill("softmax")
    log.wait_for_function("document.querySelector('.polyglot-search__status').textContent")
    assert any("/pagefind/" in url for url in log.requested)
    assert not foreign(log.requested, site_url)
    assert not log.troubles, log.troubles


def test_the_log_sees_a_foreign_request(site_url, log):
    log.goto(f"{site_url}book/{LANGUAGES[0]}/index.html")
    log.evaluate("fetch('https://example.invalid/').catch(() => {})")
    log.wait_for_timeout(100)
    assert foreign(log.requested, site_url) == ["https://example.invalid/"]


def test_nothing_foreign_is_written_into_a_page(site):
    """What a page would load, were some option or some click to make it."""
    from bs4 import BeautifulSoup

    wrong = []
    for path in sorted(site.rglob("*.html")):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for element in page.select("[src], link[href]"):
            address = element.get("src") or element.get("href")
            relation = set(element.get("rel", []))
            if urlsplit(address).hostname and not relation & {"canonical", "alternate"}:
                wrong.append(f"{path}: {element}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["fontawesome", "thebe", "mathjax", "searchindex", "require"])
def test_parts_that_are_replaced_are_not_shipped(site, name):
    assert not list(site.rglob(f"*{name}*"))
