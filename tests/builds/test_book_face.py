"""A book in six languages: where a page stands, its footer, a menu of languages, the front page."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

#: All of English, so that the book needs no words of its own.
LANGUAGES = {
    "gb": {"tag": "en-GB", "gettext": "en_GB", "name": "British", "short": "Brit"},
    "us": {"tag": "en-US", "gettext": "en_US", "name": "American", "short": "Amer"},
    "au": {"tag": "en-AU", "gettext": "en_AU", "name": "Australian", "short": "Aus"},
    "ca": {"tag": "en-CA", "gettext": "en_CA", "name": "Canadian", "short": "Can"},
    "nz": {"tag": "en-NZ", "gettext": "en_NZ", "name": "New Zealand", "short": "NZ"},
    # A long name and no short one, as new languages come.
    "za": {"tag": "en-ZA", "gettext": "en_ZA", "name": "South African English", "status": "draft"},
}
CONFIG = {
    "title": "Weather",
    "author": "Ada",
    "logo": "mark.svg",
    "only_build_toc_files": True,
    "repository": {"url": "https://github.com/ada/weather", "branch": "trunk"},
    "launch_buttons": {"binderhub_url": "https://mybinder.org"},
    "html": {"favicon": "mark.svg", "baseurl": "https://example.org/weather"},
    "sphinx": {
        "config": {
            "extensions": [
                "myst_nb",
                "jupyter_book",
                "sphinx_comments",
                "sphinx_external_toc",
                "sphinx_book_theme",
                "sphinx_exercise",
                "polyglot_book",
            ],
            "polyglot": {
                "languages": LANGUAGES,
                "citation": "CITATION.cff",
                "preview": "preview.png",
            },
        }
    },
}
CITATION = """\
cff-version: 1.2.0
message: Cite it.
title: Weather for all
authors: [{family-names: Day, given-names: Ada}]
license: MIT
date-released: 2026-01-31
"""
MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
#: The head of a PNG of 1200 by 630, which is all that is read of it.
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1200).to_bytes(4) + (630).to_bytes(4) + b"\x08\2\0\0\0"
COMMIT_TIME = "2025-03-04T12:00:00+00:00"
#: 500 words take three minutes at 184 a minute.
PROSE = "word " * 500


def page_text(title: str, about: str, body: str = "") -> str:
    return f'---\nmyst: {{html_meta: {{description: "{about}"}}}}\n---\n# {title}\n\n{body}\n'


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    environment = {"GIT_COMMITTER_DATE": COMMIT_TIME, "GIT_AUTHOR_DATE": COMMIT_TIME}
    subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, env=os.environ | environment
    )


@pytest.fixture(scope="module")
def html(build, tmp_path_factory) -> Path:
    """Build the book out of a repository, and return the folder of its pages."""
    book = tmp_path_factory.mktemp("face")
    chapters = []
    for code in LANGUAGES:
        folder = book / code
        folder.mkdir()
        exercise = f"```{{exercise}}\n:label: {code}-task\nWhy?\n```"
        (folder / "index.md").write_text(page_text("Start", "All of it"))
        (folder / "level.md").write_text(page_text("Level 1: rain", "Why it rains", PROSE))
        (folder / "drops.md").write_text(page_text("Drops", "How large", exercise))
        (folder / "words.md").write_text(page_text("Words", "What they mean"))
        level = {"file": f"{code}/level", "sections": [{"file": f"{code}/drops"}]}
        groups = [
            {"numbered": 2, "restart_numbering": True, "sections": [level]},
            {"caption": "More", "sections": [{"file": f"{code}/words"}]},
        ]
        chapters.append({"file": f"{code}/index", "subtrees": groups})
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (book / "_toc.yml").write_text(yaml.safe_dump(toc))
    (book / "_config.yml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    (book / "index.md").write_text("# Weather\n\n```{languages}\ngb: [It rains., It pours.]\n```\n")
    (book / "CITATION.cff").write_text(CITATION)
    (book / "LICENSE").write_text("MIT")
    (book / "mark.svg").write_text(MARK)
    (book / "preview.png").write_bytes(PNG)
    git(book, "init", "--quiet")
    git(book, "add", "--all", "--", ".", ":!za")
    git(book, "commit", "--quiet", "--message", "All but one language")
    result = build(book, "-W", "-n", "--keep-going")
    assert result.returncode == 0, result.stdout[-6000:]
    return book / "_build/html"


def page(html: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((html / f"{name}.html").read_text("utf-8"), "html.parser")


def texts(elements) -> list[str]:
    return [" ".join(element.get_text(" ").split()) for element in elements]


def test_a_page_says_where_it_stands_and_how_long_it_takes(html):
    drops = page(html, "gb/drops")
    assert texts(drops.select(".polyglot-place__crumbs li")) == ["Start", "Level 1: rain"]
    links = [link["href"] for link in drops.select(".polyglot-place__crumbs a")]
    assert links == ["index.html", "level.html"]
    assert texts(drops.select(".polyglot-place__facts li")) == [
        "Page 3 of 4",
        "1 min of reading",
    ]
    level = page(html, "gb/level")
    assert texts(level.select(".polyglot-place__facts li"))[1] == "3 min of reading"
    assert texts(page(html, "gb/words").select(".polyglot-place__crumbs li")) == ["Start", "More"]


def test_a_landing_page_says_how_large_the_book_is(html):
    start = page(html, "gb/index")
    assert start.select(".polyglot-place__crumbs") == []
    pages, time, exercises = texts(start.select(".polyglot-place__facts li"))
    assert (pages, exercises) == ("Pages: 4", "Exercises: 1")
    assert re.fullmatch(r"[3-9] min of reading", time)


def test_a_landing_page_named_as_the_book_says_its_title_once(html):
    assert page(html, "gb/index").title.get_text() == "Start"
    assert page(html, "gb/level").title.get_text() == "Level 1: rain — Start"


def test_a_title_that_says_its_number_gets_no_other(html):
    contents = texts(page(html, "gb/index").select("nav.bd-docs-nav a"))
    assert contents == ["Start", "Level 1: rain", "1.1. Drops", "Words"]
    assert texts([page(html, "gb/level").h1])[0].startswith("Level 1: rain")
    assert texts([page(html, "gb/drops").h1])[0].startswith("1.1. Drops")


def test_the_ways_on_say_what_is_there(html):
    ways = page(html, "gb/level").select(".prev-next-area a")
    assert texts(ways) == ["previous Start All of it", "next 1.1. Drops How large"]


def test_the_footer_leads_to_the_source_and_to_a_report_of_an_error(html):
    links = {
        " ".join(link.get_text().split()): link["href"]
        for link in page(html, "gb/level").select(".footer-item a")
    }
    repository = "https://github.com/ada/weather"
    assert links["Source of this page"] == f"{repository}/blob/trunk/gb/level.md"
    report = links["Report an error on this page"]
    assert report.startswith(f"{repository}/issues/new?title=Error%20on%20the%20page%20")
    assert "Level%201%3A%20rain" in report
    assert report.endswith("body=gb%2Flevel.md%0A%0A")
    assert links["Licence: MIT"] == f"{repository}/blob/trunk/LICENSE"
    (archive,) = (name for name in links if name.startswith("Download the book"))
    assert re.fullmatch(r"Download the book · \d+ kB", archive)
    assert links[archive] == "../downloads/book-gb.zip"


def test_the_footer_cites_the_book(html):
    entry = page(html, "gb/level").select_one(".polyglot-footer__cite pre").get_text()
    assert entry == (
        "@misc{weather,\n  title = {Weather for all},\n  author = {Day, Ada},\n  year = {2026}\n}"
    )


def test_the_footer_dates_a_page_by_its_last_commit(html):
    facts = texts(page(html, "gb/level").select(".polyglot-footer__facts span"))
    assert facts[-1] == "This page was last changed on 4 March 2025"
    never_committed = texts(page(html, "za/level").select(".polyglot-footer__facts span"))
    assert never_committed == ["Licence: MIT"]


def test_a_preview_has_a_picture_by_its_full_address(html):
    head = page(html, "gb/level").head
    properties = {meta["property"]: meta["content"] for meta in head.select("meta[property]")}
    assert properties["og:image"] == "https://example.org/weather/_static/preview.png"
    assert (properties["og:image:width"], properties["og:image:height"]) == ("1200", "630")
    assert (html / "_static/preview.png").read_bytes() == PNG


def test_the_front_page_says_what_the_book_is(html):
    front = page(html, "index")
    assert front.title.string == "Weather — British · American · Australian · Canadian · " + (
        "New Zealand · South African English"
    )
    british, american = front.select(".polyglot-choice > li")[:2]
    assert texts(british.select(".polyglot-choice__points li")) == ["It rains.", "It pours."]
    assert not american.select(".polyglot-choice__points")
    assert texts(american.select(".polyglot-choice__about")) == ["All of it"]
    for card in (british, american):
        assert texts(card.select(".polyglot-choice__size li"))[0] == "Pages: 4"
        assert texts(card.select("a")) == ["Begin"]
    assert (html / front.h1.img["src"]).read_text() == MARK


@pytest.mark.parametrize("name", ["404", "index", "gb/level"])
def test_no_page_makes_a_browser_ask_for_an_icon_of_its_own(html, name):
    icon = page(html, name).select_one('link[rel~="icon"]')["href"]
    assert icon.startswith("data:image/svg+xml") or ((html / name).parent / icon).is_file()


def test_the_not_found_page_leads_to_every_language(html):
    links = [link["href"] for link in page(html, "404").select("section a")]
    assert links == [f"/weather/{code}/index.html" for code in LANGUAGES]


@pytest.mark.parametrize("width", [1280, 360, 320])
def test_six_languages_are_a_menu_in_a_header_that_fits(html, browser, width):
    reader = browser.new_page(viewport={"width": width, "height": 700})
    reader.goto((html / "gb/level.html").as_uri())
    assert reader.evaluate("document.documentElement.scrollWidth") == width
    header = reader.locator(".bd-header-article button:visible")
    boxes = [button.bounding_box() for button in header.all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    button = reader.get_by_role("button", name="Language: Brit")
    assert button.inner_text() == "Brit"
    links = reader.locator(".polyglot-switcher a")
    assert links.locator("visible=true").count() == 0
    button.focus()
    reader.keyboard.press("Enter")
    assert links.locator("visible=true").count() == len(LANGUAGES) - 1
    for box in (link.bounding_box() for link in links.all()):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 700
    reader.keyboard.press("Escape")
    assert links.locator("visible=true").count() == 0
    assert reader.evaluate("document.activeElement.className").startswith("btn polyglot-switcher")
    reader.keyboard.press("Enter")
    reader.keyboard.press("Tab")
    reader.keyboard.press("Enter")
    reader.wait_for_url("**/us/level.html")
    # A name without a short form is cut, and said in full.
    reader.goto((html / "za/level.html").as_uri())
    assert reader.evaluate("document.documentElement.scrollWidth") == width
    boxes = [button.bounding_box() for button in header.all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert max(box["y"] for box in boxes) - min(box["y"] for box in boxes) < 12, "one row"
    assert reader.get_by_role("button", name="Language: South African English").is_visible()
    reader.close()


def test_wrong_words_for_the_front_page_stop_the_build(build, html, tmp_path):
    book = html.parents[1]
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters: [{file: gb/index}]")
    config = CONFIG | {"logo": "", "html": {}}
    config["sphinx"] = {"config": dict(CONFIG["sphinx"]["config"])}
    config["sphinx"]["config"]["polyglot"] = {"languages": {"gb": LANGUAGES["gb"]}}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config))
    (tmp_path / "gb").mkdir()
    (tmp_path / "gb/index.md").write_text((book / "gb/index.md").read_text())
    (tmp_path / "index.md").write_text("# Weather\n\n```{languages}\nfr: [Il pleut.]\n```\n")
    result = build(tmp_path, "-W")
    assert result.returncode != 0
    said = re.sub(r"\s+", " ", result.stdout)
    assert "for each code (gb) a list of sentences is expected" in said
