"""A fork publishes itself: launch buttons, addresses and the page for a wrong address."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

CONFIG = """
title: Small book
only_build_toc_files: true
execute: {execute_notebooks: "off"}
latex: {use_jupyterbook_latex: false}
repository: {url: https://github.com/upstream/book, branch: main}
launch_buttons: {notebook_interface: jupyterlab, binderhub_url: https://mybinder.org}
sphinx:
  config:
    extensions: [sphinx_copybutton, myst_nb, jupyter_book, sphinx_comments,
                 sphinx_external_toc, sphinx_design, sphinx_book_theme, polyglot_book]
    polyglot:
      folder: book
      concepts: [start]
      languages:
        en: {tag: en, gettext: en, name: English}
        ru: {tag: ru, gettext: ru, name: Русский}
"""


@pytest.fixture(scope="module")
def fork(build, tmp_path_factory) -> Path:
    """Build a small book in the environment that a fork's workflow sets."""
    book = tmp_path_factory.mktemp("fork")
    (book / "_config.yml").write_text(CONFIG)
    chapters = "[{file: book/en/index}, {file: book/ru/index}]"
    toc = f"format: jb-book\nroot: book/index\nchapters: {chapters}\n"
    (book / "_toc.yml").write_text(toc)
    for code, title in {"en": "Start", "ru": "Начало"}.items():
        (book / "book" / code).mkdir(parents=True)
        page = f"---\nconcepts: [start]\n---\n# {title}\n"
        (book / "book" / code / "index.md").write_text(page)
    (book / "book" / "index.md").write_text("# Small book\n\n```{languages}\n```\n")
    done = build(
        book,
        BOOK_REPOSITORY="https://github.com/forker/copy.git",
        BOOK_BRANCH="spring",
        BOOK_BASEURL="https://forker.github.io/copy",
    )
    assert done.returncode == 0, done.stdout
    return book / "_build" / "html"


def test_the_sitemap_lists_each_page_with_its_counterparts(fork):
    tree = ElementTree.parse(fork / "sitemap.xml")
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    pages = {}
    for url in tree.findall("s:url", names):
        links = url.findall("{http://www.w3.org/1999/xhtml}link")
        pages[url.find("s:loc", names).text] = {
            link.get("hreflang"): link.get("href") for link in links
        }
    base = "https://forker.github.io/copy/book/"
    alternates = {
        "en": f"{base}en/index.html",
        "ru": f"{base}ru/index.html",
        "x-default": f"{base}index.html",
    }
    assert pages[f"{base}en/index.html"] == alternates
    assert pages[f"{base}ru/index.html"] == alternates


def test_a_wrong_address_is_answered_in_every_language_from_any_depth(fork):
    soup = BeautifulSoup((fork / "404.html").read_text(encoding="utf-8"), "html.parser")
    assert soup.select_one('section[lang="en"] h2').text == "Page not found"
    assert soup.select_one('section[lang="ru"] h2').text == "Страница не найдена"
    for link in soup.select("a"):
        assert link["href"].startswith("/copy/book/")
        assert (fork / link["href"].removeprefix("/copy/")).is_file()


def test_pages_name_their_own_address(fork):
    page = (fork / "book" / "ru" / "index.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(page, "html.parser")
    url = soup.select_one('meta[property="og:url"]')["content"]
    assert url == "https://forker.github.io/copy/book/ru/index.html"


def test_an_address_that_is_none_is_refused(tmp_path, monkeypatch):
    from sphinx.errors import ConfigError

    from polyglot_book.site.publishing import address_from

    monkeypatch.setenv("BOOK_BASEURL", "my-site")
    with pytest.raises(ConfigError, match="BOOK_BASEURL: an address such as"):
        address_from("BOOK_BASEURL")
