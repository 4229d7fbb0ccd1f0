"""A language that is a draft: incomplete, said to be so, and no error."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from small_book import GLOSSARY, STRICT, said

#: Words that no installed catalog has. Of the draft one stands in its file as in English.
WORDS = {
    "ru": {},
    "eo": {"draft": "malneto", "Page not found": "Page not found"},
}
RUSSIAN = """
[rain]
term = "дождь"
definition = 'Вода.'

[ice]
term = "лёд"
definition = 'Твёрдая вода.'
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """Write a whole book in Russian, and of Esperanto two pages and one term."""
    folder = tmp_path_factory.mktemp("draft")
    polyglot = {
        "languages": {
            "ru": {"tag": "ru", "gettext": "ru", "name": "Русский"},
            "eo": {"tag": "eo", "gettext": "eo", "name": "Esperanto", "status": "draft"},
        },
        "concepts": ["rain", "snow"],
        "messages": "words/{lang}.toml",
    }
    extensions = [
        "sphinx_copybutton", "myst_nb", "jupyter_book", "sphinx_comments", "sphinx_external_toc",
        "sphinx_design", "sphinx_book_theme", "polyglot_book",
    ]  # fmt: skip
    config = {
        "title": "Weather",
        "only_build_toc_files": True,
        "execute": {"execute_notebooks": "off"},
        "repository": {"url": "https://github.com/ada/weather"},
        "sphinx": {"config": {"extensions": extensions, "polyglot": polyglot}},
    }
    (folder / "_config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    chapters = []
    for code, homes in {"ru": "[rain, snow]", "eo": "[]"}.items():
        (folder / code).mkdir()
        (folder / code / "index.md").write_text(f"---\nconcepts: {homes}\n---\n# {code}\n", "utf-8")
        glossary = f"# {code} 2\n\n```{{polyglot-glossary}}\n```\n"
        (folder / code / "glossary.md").write_text(glossary, "utf-8")
        (folder / "words").mkdir(exist_ok=True)
        lines = "".join(f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in WORDS[code].items())
        (folder / "words" / f"{code}.toml").write_text(f"[interface]\n{lines}", "utf-8")
        chapters.append({"file": f"{code}/index", "sections": [{"file": f"{code}/glossary"}]})
    (folder / "glossary.toml").write_text(GLOSSARY, "utf-8")
    (folder / "ru" / "glossary.toml").write_text(RUSSIAN, "utf-8")
    term = "[rain]\nterm = \"pluvo\"\ndefinition = 'Akvo.'\n"
    (folder / "eo" / "glossary.toml").write_text(term, "utf-8")
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    (folder / "index.md").write_text("# Погода\n\n```{languages}\n```\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def built(build, book) -> Path:
    result = build(book, *STRICT)
    assert result.returncode == 0, said(result)[-2000:]
    assert "Esperanto (eo) lacks" in said(result), "which words, and where to put them"
    return book / "_build" / "html"


def page(built: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((built / name).read_text("utf-8"), "html.parser")


def test_terms_may_wait_for_their_names_and_their_pages(built):
    items = page(built, "eo/glossary.html").select("dl.polyglot-glossary > dt")
    assert [item["id"] for item in items] == ["rain"]
    assert page(built, "eo/glossary.html").select(".polyglot-glossary-more a") == []
    russian = page(built, "ru/glossary.html")
    names = [each.get_text() for each in russian.select("#rain + dd .polyglot-glossary-names a")]
    assert names == ["pluvo"]
    assert russian.select("#ice + dd .polyglot-glossary-names a") == []


def test_readers_are_told_before_they_go_there_and_when_they_are(built):
    cards = page(built, "index.html").select(".polyglot-choice > li")
    assert [bool(card.select(".polyglot-choice__draft")) for card in cards] == [False, True]
    for name in ("ru/index.html", "eo/index.html"):
        marks = page(built, name).select(".polyglot-switcher .polyglot-switcher__draft")
        assert [mark.get_text() for mark in marks] == ["malneto"]
        assert marks[0].parent["lang"] == "eo"
    told = [bool(page(built, f"{code}/glossary.html").select(".polyglot-place__draft"))
            for code in ("ru", "eo")]  # fmt: skip
    assert told == [False, True]
    searched = (built / "search" / "eo.js").read_text("utf-8")
    assert "pluvo" in searched
    assert "some words are still in English" not in searched, "it is no text of the page"


def test_the_page_for_a_wrong_address_shows_no_english(built):
    sections = page(built, "404.html").select("section")
    assert sections[0].h2.get_text() == "Страница не найдена"
    assert sections[1].h2.get_text() == "Esperanto"
    assert sections[1].p.get_text().strip() == "eo"


def test_the_same_is_an_error_where_the_language_is_no_draft(build, book, built, tmp_path):
    whole = tmp_path / "whole"
    shutil.copytree(book, whole, ignore=shutil.ignore_patterns("_build"))
    config = (whole / "_config.yml").read_text("utf-8")
    (whole / "_config.yml").write_text(config.replace("status: draft", ""), "utf-8")
    result = build(whole, *STRICT)
    assert result.returncode != 0
    # What the sources show is said before pages are read, the rest once it is mended.
    assert "'snow' has no home in Esperanto (eo)" in said(result)
    shutil.copy(whole / "ru" / "index.md", whole / "eo")
    result = build(whole, *STRICT)
    assert result.returncode != 0
    assert "eo/glossary.toml: ice: the concept has no entry in this language" in said(result)


def test_another_status_is_refused(build, book, tmp_path):
    shutil.copytree(book, tmp_path / "wrong", ignore=shutil.ignore_patterns("_build"))
    path = tmp_path / "wrong" / "_config.yml"
    path.write_text(path.read_text("utf-8").replace("status: draft", "status: begun"), "utf-8")
    result = build(tmp_path / "wrong", *STRICT)
    assert "polyglot.languages.eo.status: draft, or no such key, is expected" in said(result)
