"""The glossary on the pages of a small book, in languages whose words the extension has."""

import copy
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from small_book import CONFIG, GLOSSARY, STRICT, said

RUSSIAN_FILE = """
[rain]
term = "дождь"
also = ["осадки"]
definition = 'Вода: $10^{-3}$ литра.'

[ice]
term = "лёд"
definition = 'См. [дождь](glossary.md#rain).'
"""
CHINESE_FILE = """
[rain]
term = "雨"
sort = "yu"
definition = '水。'

[ice]
term = "冰"
sort = "bing"
definition = '冷的水。'
"""


def write_book(folder: Path) -> None:
    """Write a book with a glossary and a page that links to it in each of two languages."""
    config = copy.deepcopy(CONFIG)
    config["sphinx"]["config"]["polyglot"] = {
        "languages": {
            "ru": {"tag": "ru", "gettext": "ru", "name": "Русский"},
            "zh": {"tag": "zh-CN", "gettext": "zh_CN", "name": "简体中文"},
        },
        "concepts": ["rain", "snow"],
    }
    chapters = []
    for code, data, title in (("ru", RUSSIAN_FILE, "Погода"), ("zh", CHINESE_FILE, "天气")):
        (folder / code).mkdir(parents=True)
        (folder / code / "glossary.toml").write_text(data, "utf-8")
        (folder / code / "index.md").write_text(
            f"---\nconcepts: [rain, snow]\n---\n# {title}\n\n[{title}](glossary.md#rain) "
            "[](glossary.md#ice)\n",
            "utf-8",
        )
        (folder / code / "glossary.md").write_text(
            f"# {title} 2\n\n[{title}](#ice)\n\n```{{polyglot-glossary}}\nglossary.toml\n```\n",
            "utf-8",
        )
        chapters.append({"file": f"{code}/index", "sections": [{"file": f"{code}/glossary"}]})
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    (folder / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    (folder / "glossary.toml").write_text(GLOSSARY, "utf-8")
    (folder / "index.md").write_text("# Погода\n\n```{languages}\n```\n", "utf-8")


@pytest.fixture(scope="module")
def small_book(build, tmp_path_factory) -> Path:
    """Build the small book strictly, once."""
    folder = tmp_path_factory.mktemp("glossary")
    write_book(folder)
    result = build(folder, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    return folder


def page(book: Path, name: str) -> BeautifulSoup:
    """Parse a built page."""
    return BeautifulSoup((book / "_build/html" / f"{name}.html").read_text("utf-8"), "html.parser")


def test_entries_on_the_page(small_book):
    items = page(small_book, "ru/glossary").select("dl.polyglot-glossary > dt")
    assert [item["id"] for item in items] == ["rain", "ice"]
    assert items[0].contents[0].strip() == "дождь"
    assert items[0].select_one(".polyglot-glossary-also").get_text() == " · осадки"
    assert items[0].find_next_sibling("dd").select_one("math") is not None
    items = page(small_book, "zh/glossary").select("dl.polyglot-glossary > dt")
    assert [item["id"] for item in items] == ["ice", "rain"]
    assert "glossary.toml" not in page(small_book, "zh/glossary").article.get_text()


def test_names_in_other_languages_are_marked_and_linked(small_book):
    names = page(small_book, "zh/glossary").select_one("#rain + dd .polyglot-glossary-names")
    assert (names.a.get_text(), names.a["href"]) == ("дождь", "../ru/glossary.html#rain")
    marked = [(element["lang"], element.get_text()) for element in names.select("[lang]")]
    assert marked == [("ru", "Русский"), ("ru", "дождь"), ("en", "English"), ("en", "rain")]


def test_entries_lead_to_the_page_that_explains(small_book):
    more = page(small_book, "ru/glossary").select_one("#rain + dd .polyglot-glossary-more")
    assert more.get_text() == "Подробнее: Погода"
    assert more.a["href"] == "index.html"


@pytest.mark.parametrize(("code", "title", "term"), [("ru", "Погода", "лёд"), ("zh", "天气", "冰")])
def test_markdown_links_reach_entries(small_book, code, title, term):
    links = page(small_book, f"{code}/index").select("article a.internal[href*='#']")
    found = [(link["href"], link.get_text()) for link in links]
    assert found == [("glossary.html#rain", title), ("glossary.html#ice", term)]
    here = page(small_book, f"{code}/glossary").select_one("article a.internal[href='#ice']")
    assert here.get_text() == title


def test_definitions_link_to_each_other(small_book):
    link = page(small_book, "ru/glossary").select_one("#ice + dd p:nth-of-type(2) a")
    assert link["href"] == "#rain"


def test_changed_data_change_the_page_and_errors_stop_the_build(build, small_book):
    path = small_book / "ru" / "glossary.toml"
    path.write_text(RUSSIAN_FILE.replace("Вода:", "Капли:"), "utf-8")
    result = build(small_book, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    assert "Капли:" in page(small_book, "ru/glossary").get_text()

    path.write_text(RUSSIAN_FILE.replace("definition = 'См.", "def = 'См."), "utf-8")
    result = build(small_book, *STRICT)
    assert result.returncode != 0
    assert "ru/glossary.toml: ice: unknown key 'def'" in said(result)
