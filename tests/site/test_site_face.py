"""What a reader sees first and last: the front page, the line above a title, contents, footer."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from built_pages import parsed
from project import FINISHED, LANGUAGES
from waiting import wait_for

FIRST = next(iter(LANGUAGES))


def soups(site: Path, code: str) -> dict[str, BeautifulSoup]:
    found = sorted((site / "book" / code).rglob("*.html"))
    return {path.stem: parsed(path) for path in found}


@pytest.fixture
def front(site, browser):
    """Open the front page from its file, on a phone with a touch screen."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto((site / "book/index.html").as_uri())
    yield page
    context.close()


def shares(page) -> list[float]:
    texts = page.locator(".front-shares output").all_inner_texts()
    assert sum(map(float, texts)) == pytest.approx(1, abs=0.0016)  # three rounded to thousandths
    return [float(text) for text in texts]


def test_a_dragged_logit_moves_the_probabilities(front):
    assert shares(front) == [0.665, 0.245, 0.09]
    slider = front.get_by_role("slider", name="z3")
    box = slider.bounding_box()
    middle = box["x"] + box["width"] / 2
    front.mouse.move(middle, box["y"] + box["height"] * 2 / 3)  # where it stands, at 0
    front.mouse.down()
    front.mouse.move(middle, box["y"] + 1)
    front.mouse.up()
    assert slider.get_attribute("aria-valuenow") == "4.0"
    assert shares(front) == [0.114, 0.042, 0.844]
    widths = [part.bounding_box()["width"] for part in front.locator(".front-strip > *").all()]
    whole = sum(widths)
    assert [width / whole for width in widths] == pytest.approx(shares(front), abs=0.005)
    front.mouse.move(middle, box["y"] + 200)  # let go: nothing follows any more
    assert slider.get_attribute("aria-valuenow") == "4.0"


def test_a_logit_is_moved_by_touch_and_by_keys(front):
    slider = front.get_by_role("slider", name="z1")
    box = slider.bounding_box()
    front.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] - 1)
    assert slider.get_attribute("aria-valuenow") == "-2.0"
    for key, value in [("PageUp", "-1.0"), ("ArrowUp", "-0.9"), ("Home", "-2.0"), ("End", "4.0")]:
        slider.press(key)
        assert slider.get_attribute("aria-valuenow") == value
    assert slider.get_attribute("aria-valuetext") == "4.0; p1 = 0.936, p2 = 0.047, p3 = 0.017"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_labels_of_probabilities_do_not_meet(front, width):
    front.set_viewport_size({"width": width, "height": 800})
    labels = front.locator(".front-shares p")
    for key in ("End", "Home"):
        for slider in front.get_by_role("slider").all():
            slider.press(key)
            boxes = [label.bounding_box() for label in labels.all()]
            assert boxes[0]["x"] >= 0
            assert boxes[-1]["x"] + boxes[-1]["width"] <= width
            for left, right in pairwise(boxes):
                assert left["x"] + left["width"] <= right["x"]


def test_without_scripts_the_front_page_is_a_picture(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "book/index.html").as_uri())
    assert shares(page) == [0.665, 0.245, 0.09]
    assert page.get_by_role("slider").count() == 0
    assert page.locator(".front-knob:visible").count() == 0
    widths = [part.bounding_box()["width"] for part in page.locator(".front-strip > *").all()]
    assert widths[0] / sum(widths) == pytest.approx(0.665, abs=0.005)
    context.close()


def test_the_front_page_begins_with_its_sliders_and_has_one_title(front):
    """The first stops of the Tab key were buttons of the theme, in English and unseen."""
    stops = []
    for _ in range(6):
        front.keyboard.press("Tab")
        stops.append(
            front.evaluate(
                "document.activeElement.getAttribute('aria-label') ??"
                " document.activeElement.closest('li')?.lang"
            )
        )
    tags = [language["tag"] for language in LANGUAGES.values()]
    assert stops == ["z1", "z2", "z3", *tags][:6]
    names = " · ".join(language["name"] for language in LANGUAGES.values())
    assert front.title() == f"Softmax — {names}"


def test_the_front_page_tells_how_large_each_course_is(site):
    page = parsed(site / "book/index.html")
    for code, language in LANGUAGES.items():
        card = page.select_one(f'.polyglot-choice > [lang="{language["tag"]}"]')
        pages, hours, *exercises = (
            int(re.search(r"\d+", fact.get_text()).group())
            for fact in card.select(".polyglot-choice__size li")
        )
        built = soups(site, code)
        assert pages == len(built)
        set_there = sum(len(soup.select(".admonition.exercise")) for soup in built.values())
        assert exercises == ([set_there] if set_there else [])
        assert 1 <= hours <= 10
        assert card.select_one("a[href]").get_text().strip()
        if code in FINISHED:
            assert len(card.select(".polyglot-choice__points li")) == 3
        assert bool(card.select(".polyglot-choice__draft")) == (code not in FINISHED)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_says_where_it_stands(site, code):
    built = soups(site, code)
    positions = set()
    for name, soup in built.items():
        place = soup.select_one("article > .polyglot-place")
        assert place.find_next("h1")
        if name == "index":
            continue
        position, minutes = place.select(".polyglot-place__facts li")
        numbers = {int(number) for number in re.findall(r"\d+", position.get_text())}
        assert len(built) in numbers
        positions |= numbers
        assert int(re.search(r"\d+", minutes.get_text()).group()) <= 30
        links = place.select(".polyglot-place__crumbs a")
        assert links[0]["href"] == "index.html"
        assert links[-1]["href"].removesuffix(".html") in built
    assert positions == set(range(2, len(built) + 1))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_line_above_a_title_is_one_line(browser, code, opened):
    page = browser.new_page()
    for path in opened(code):
        name = path.stem
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            height = page.locator(".polyglot-place").bounding_box()["height"]
            assert height < (60 if name == "index" else 30), (name, width, height)
    page.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_ends_with_where_it_comes_from(site, code):
    for name, soup in soups(site, code).items():
        footer = soup.select_one("footer.bd-footer-content")
        hrefs = [link["href"] for link in footer.select("a")]
        source = rf"/blob/[^/]+/book/{code}/{re.escape(name)}\.(ipynb|md)$"
        assert sum(bool(re.search(source, href)) for href in hrefs) == 1, name
        assert any("/issues/new?title=" in href and f"{name}." in href for href in hrefs)
        archive = footer.select_one('a[href$=".zip"]')
        assert re.search(r"\d", archive.select_one(".polyglot-archive-size").get_text()), name
        assert footer.select_one(".polyglot-footer__cite pre").get_text().startswith("@misc{")


def test_the_citation_is_copied(site_url, browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site_url}book/{FIRST}/index.html")
    page.locator(".polyglot-footer__cite summary").click()
    page.locator(".polyglot-footer__cite button.copybtn").click()
    wait_for(page, "navigator.clipboard.readText().then((text) => text.length > 0)")
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{softmax")
    context.close()


def marked(page) -> list[str]:
    """Return the addresses of the headings that the contents mark."""
    return page.eval_on_selector_all(
        "#polyglot-page-toc a.active", "(links) => links.map((link) => link.hash)"
    )


def test_the_contents_mark_the_heading_that_is_read(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((site / f"book/{FIRST}/gradient.html").as_uri())
    links = page.locator("#polyglot-page-toc > ul > li > a")
    hashes = links.evaluate_all("(links) => links.map((link) => link.hash)")
    links.nth(3).click()
    wait_for(page, "document.querySelector('#polyglot-page-toc a.active') !== null")
    page.wait_for_timeout(100)
    assert marked(page)[-1] == hashes[3]
    # To the end at once, and back: the theme's mark stayed where the jump had put it.
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_timeout(200)
    assert hashes[3] not in marked(page)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(200)
    assert marked(page) in ([], hashes[:1])
    links.last.click()  # too low to come to the top of the window
    page.wait_for_timeout(200)
    assert marked(page)[-1] == hashes[-1]
    page.close()


def test_the_contents_drawer_closes_after_a_choice_and_by_one_escape(site, browser):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((site / f"book/{FIRST}/gradient.html").as_uri())
    drawer = page.locator("#pst-secondary-sidebar-modal")
    toggle = page.locator(".secondary-toggle")
    toggle.click()
    assert drawer.get_attribute("open") is not None
    link = drawer.locator("a[href^='#']:visible").nth(2)
    target = link.get_attribute("href")
    link.click()
    wait_for(page, "!document.querySelector('#pst-secondary-sidebar-modal').open")
    assert page.evaluate("location.hash") == target
    top = page.locator(target).bounding_box()["y"]
    assert 0 <= top < 400
    for opener, dialog in ((".secondary-toggle", drawer), (".primary-toggle", None)):
        page.locator(opener).click()
        page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0, (opener, dialog)
    page.close()


@pytest.mark.parametrize("code", FINISHED)
def test_launch_and_download_have_words(site, browser, code):
    name = next(path.stem for path in sorted((site / "book" / code).glob("*.html"))
                if "dropdown-launch-buttons" in path.read_text("utf-8"))  # fmt: skip
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((site / f"book/{code}/{name}.html").as_uri())
    for group in ("launch", "download"):
        button = page.locator(f".dropdown-{group}-buttons > button")
        label = button.inner_text().strip()
        assert label
        assert label.lower() in button.get_attribute("aria-label").lower()
        button.click()
        items = page.locator(f".dropdown-{group}-buttons .dropdown-item:visible")
        assert items.count() >= 2
        assert all(len(text.strip()) > 4 for text in items.all_inner_texts())
        button.click()
    page.close()


def luminance(color: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_links_have_one_colour_and_the_figures_give_the_accent(site, browser, theme):
    page = browser.new_page(color_scheme=theme)
    page.goto((site / f"book/{FIRST}/index.html").as_uri())
    colours = page.evaluate(
        """() => {
          const color = (selector) => getComputedStyle(document.querySelector(selector)).color;
          const probe = document.createElement("p");
          probe.style.color = "var(--polyglot-accent)";
          document.body.append(probe);
          return {
            text: color("article p a"), table: color("article td a"),
            accent: getComputedStyle(probe).color,
            ground: getComputedStyle(document.documentElement).backgroundColor,
          };
        }"""
    )
    assert colours["text"] == colours["table"]
    ground = {"light": 1.0, "dark": luminance("rgb(18, 18, 18)")}[theme]
    for name in ("text", "accent"):
        bright, dark = sorted([luminance(colours[name]), ground], reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, name
    if theme == "light":
        style = Path(__file__).parents[2] / "src/softmax_course/teaching/assets/course.mplstyle"
        first = re.search(r'prop_cycle: cycler\("color", \["(\w+)"', style.read_text("utf-8"))[1]
        accent = "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colours["accent"]))
        assert accent == first.lower()
    page.close()


def test_headings_go_down_in_size(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((site / f"book/{FIRST}/gradient.html").as_uri())
    sizes = {}
    size = "(tag) => parseFloat(getComputedStyle(document.querySelector(tag)).fontSize)"
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        sizes[width] = [
            page.evaluate(size, f"article section {tag}") for tag in ("h1", "h2", "h3", "p")
        ]
        assert sizes[width] == sorted(sizes[width], reverse=True)
    assert sizes[1280][:3] == [40, 25.6, 20]
    assert sizes[360][0] == 28.8
    page.close()


@pytest.mark.skipif("zh" not in LANGUAGES, reason="there is no page in Chinese")
def test_half_bold_chinese_is_bold_where_a_phone_has_no_bold_face(site, browser, opened):
    """Chromium makes a bold face out of a regular one above 600, not at 600."""
    page = browser.new_page()
    bold = []
    for path in opened("zh"):
        page.goto(path.as_uri())
        weights = page.evaluate(
            r"""() => [...document.querySelectorAll("body *")]
              .filter((e) => [...e.childNodes].some(
                (node) => node.nodeType === 3 && /\p{Script=Han}/u.test(node.data)))
              .map((e) => [getComputedStyle(e).fontWeight, e.localName, e.className])"""
        )
        assert [e for e in weights if 500 < int(e[0]) <= 600] == [], path
        bold += [int(weight) > 600 for weight, name, _ in weights if name == "h2"]
    assert bold
    assert all(bold)
    page.close()


@pytest.mark.parametrize("code", FINISHED)
def test_lines_of_text_are_not_too_long(site, browser, code):
    """At most 40 Han characters, or about 75 letters, fit into a line of the widest column."""
    page = browser.new_page(viewport={"width": 1920, "height": 1000})
    page.goto((site / f"book/{code}/index.html").as_uri())
    width, size = page.evaluate(
        """() => {
          const [p] = [...document.querySelectorAll("article section > p")]
            .sort((a, b) => b.innerText.length - a.innerText.length);
          return [p.getBoundingClientRect().width, parseFloat(getComputedStyle(p).fontSize)];
        }"""
    )
    assert 30 <= width / size <= 41
    page.close()
