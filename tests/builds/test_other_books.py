"""Books of others: what Jupyter Book loads by itself, their own files, what is refused and how."""

import copy
import zipfile
import zlib
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from small_book import CONFIG, STRICT, build_with_words, said, write_book

REMOTE = '<script src="https://cdn.example.org/plot/v1.js"></script>\n'


def inventory(project: str, page: str) -> bytes:
    """Return an inventory of another project, with one class."""
    head = f"# Sphinx inventory version 2\n# Project: {project}\n# Version: 1\n# zlib\n"
    return head.encode() + zlib.compress(f"weather.Cloud py:class 1 {page} -\n".encode())


def own_config() -> dict:
    """Return the configuration of a book that adds this extension to those of Jupyter Book."""
    config = copy.deepcopy(CONFIG)
    del config["sphinx"]["config"]["extensions"]
    config["sphinx"]["extra_extensions"] = ["sphinx_exercise", "polyglot_book"]
    return config


@pytest.fixture(scope="module")
def book(build, tmp_path_factory) -> Path:
    """Build the small book with further groups, an own style sheet, and settings by language."""
    folder = tmp_path_factory.mktemp("other")
    config = own_config()
    config["html"] = {"use_repository_button": True}
    sphinx = config["sphinx"]["config"]
    sphinx["intersphinx_mapping"] = {"weather": ["https://example.org/", "english.inv"]}
    polyglot = sphinx["polyglot"]
    polyglot["content_policy"] = {"script-src": ["https://cdn.example.org/plot/"]}
    polyglot["languages"]["fr"]["repository"] = {"url": "https://gitlab.com/eve/meteo"}
    polyglot["languages"]["fr"]["intersphinx_mapping"] = {
        "weather": ["https://example.org/fr/", "french.inv"]
    }
    write_book(folder, config)
    (folder / "english.inv").write_bytes(inventory("Weather", "clouds.html"))
    (folder / "french.inv").write_bytes(inventory("Meteo", "nuages.html"))
    toc = yaml.safe_load((folder / "_toc.yml").read_text("utf-8"))
    for chapter in toc["chapters"]:
        chapter["subtrees"][0].pop("restart_numbering")
        chapter["subtrees"][1]["numbered"] = 2
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True), "utf-8")
    for code in ("de", "fr"):
        with (folder / code / "snow.md").open("a", encoding="utf-8") as page:
            page.write("\n{py:class}`weather.Cloud` [x](inv:weather:py:class#weather.Cloud)\n")
            page.write(f"\n```{{toggle}}\nhidden\n```\n\n```{{raw}} html\n{REMOTE}```\n")
            page.write('\n<p class="own-sheet">sheet</p>\n')
    static = folder / "_static"
    (static / "css").mkdir(parents=True)
    (static / "img").mkdir()
    (static / "css" / "own.css").write_text('@import "more/base.css";.own-sheet{color:red}')
    (static / "css" / "more").mkdir()
    (static / "css" / "more" / "base.css").write_text(
        ".own-sheet{background:url(../../img/cloud-of-mine.svg)}"
    )
    (static / "img" / "cloud-of-mine.svg").write_text((folder / "drop.svg").read_text())
    (static / "img" / "named-by-nobody.svg").write_text((folder / "drop.svg").read_text())
    licence = folder / ".venv" / "lib" / "LICENSE.md"  # as packages have; the build is strict
    licence.parent.mkdir(parents=True)
    licence.write_text("# Licence\n\n{ref}`nowhere`\n", "utf-8")
    result = build_with_words(build, folder)
    assert result.returncode == 0, said(result)[-3000:]
    return folder / "_build" / "html"


def page(book: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((book / f"{name}.html").read_text("utf-8"), "html.parser")


def test_what_jupyter_book_loads_for_folds_and_kernels_is_silent(book):
    html = (book / "de/snow.html").read_text("utf-8")
    assert "toggleHint" not in html
    assert "thebe" not in html
    assert not list(book.glob("_static/*toggle*"))
    fold = page(book, "de/snow").select_one("details.toggle")
    assert fold.summary.text
    assert "hidden" in fold.text


@pytest.mark.parametrize("code", ["de", "fr"])
def test_groups_of_a_language_count_on_and_each_language_from_one(book, code):
    for name, number in (("rain", "1.1"), ("snow", "2.1")):
        soup = page(book, f"{code}/{name}")
        assert soup.select_one(".eqno").get_text().startswith(f"({number})")
        assert soup.select_one("figcaption .caption-number").text.split()[-1] == number


def test_a_language_has_inventories_of_its_own(book):
    for code, address in (
        ("de", "https://example.org/clouds.html"),
        ("fr", "https://example.org/fr/nuages.html"),
    ):
        links = page(book, f"{code}/snow").select("article a.external")
        assert [link["href"] for link in links if "example.org" in link["href"]] == [address] * 2


def test_a_language_has_a_repository_of_its_own(book):
    for code, address in (("de", "https://github.com/ada/weather"),
                          ("fr", "https://gitlab.com/eve/meteo")):  # fmt: skip
        soup = page(book, f"{code}/rain")
        assert soup.select_one(".btn-source-repository-button")["href"] == address
        assert soup.select_one(".polyglot-footer a")["href"].startswith(f"{address}/")


def test_the_icon_of_the_repository_is_there(book):
    css = (book / "_static/polyglot.css").read_text("utf-8")
    assert "Font Awesome 6 Brands" in css


def test_an_environment_in_the_folder_of_the_book_has_no_pages(book):
    assert not list(book.glob(".venv/**/*.html"))


def test_addresses_in_style_sheets_in_folders_go_on_working(book):
    css = (book / "_static/polyglot.css").read_text("utf-8")
    assert 'url("img/cloud-of-mine.svg")' in css
    assert "own-sheet{color:red}" in css
    assert (book / "_static/img/cloud-of-mine.svg").is_file()


def test_archives_hold_what_is_used_and_no_more(book):
    with zipfile.ZipFile(book / "downloads/book-de.zip") as archive:
        names = set(archive.namelist())
    assert "_static/img/cloud-of-mine.svg" in names
    assert "_static/polyglot.css" in names
    assert "_static/img/named-by-nobody.svg" not in names


def failing(build, folder: Path, config: dict, *options: str) -> str:
    write_book(folder, config)
    result = build(folder, *options)
    assert result.returncode != 0
    return said(result)


def test_another_theme_is_refused_at_once(build, tmp_path):
    config = own_config()
    config["sphinx"]["config"]["html_theme"] = "alabaster"
    text = failing(build, tmp_path, config)
    assert "html_theme: polyglot_book changes the templates of sphinx_book_theme" in text
    assert "reading sources" not in text


@pytest.mark.parametrize("builder", ["dirhtml", "latex"])
def test_a_builder_of_other_documents_is_refused_at_once(build, tmp_path, builder):
    text = failing(build, tmp_path, own_config(), "--builder", builder)
    assert f"the builder '{builder}' makes one document or other addresses" in text
    assert "html, linkcheck, dummy" in text
    assert "reading sources" not in text


def test_thebe_is_refused(build, tmp_path):
    config = own_config()
    config["launch_buttons"]["thebe"] = True
    assert "launch_buttons.thebe: it runs a script of unpkg.com" in failing(build, tmp_path, config)


def test_mistakes_in_numbering_are_named_all_at_once(build, tmp_path):
    write_book(tmp_path, own_config())
    toc = yaml.safe_load((tmp_path / "_toc.yml").read_text("utf-8"))
    chapters = toc.pop("chapters")
    chapters[0]["subtrees"][1] |= {"numbered": True, "restart_numbering": True}
    toc["parts"] = [{"numbered": True, "chapters": chapters}]
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True), "utf-8")
    result = build(tmp_path, *STRICT)
    assert result.returncode != 0
    text = said(result)
    assert "index: 'numbered' would number the languages themselves (de/index, fr/index)" in text
    assert "de/index: the group 'Mehr' counts its chapters from 1 again" in text


def test_what_other_sites_are_asked_for_is_listed_all_at_once(build, tmp_path):
    config = own_config()
    write_book(tmp_path, config)
    inline = '<script type="module">import p from "https://two.example/p.mjs"</script>'
    with (tmp_path / "de" / "rain.md").open("a", encoding="utf-8") as file:
        file.write(f"\n```{{raw}} html\n{REMOTE}{inline}\n```\n")
    with (tmp_path / "fr" / "rain.md").open("a", encoding="utf-8") as file:
        file.write(f"\n```{{raw}} html\n{REMOTE}```\n![cloud](https://three.example/c.png)\n")
    result = build_with_words(build, tmp_path)
    assert result.returncode != 0
    text = said(result)
    assert "script-src: https://cdn.example.org/plot/v1.js (de/rain.html, fr/rain.html)" in text
    assert "script-src: https://two.example/p.mjs (de/rain.html)" in text
    assert "img-src: https://three.example/c.png (fr/rain.html)" in text


def test_no_archives_where_none_are_wanted(build, tmp_path):
    config = own_config()
    config["sphinx"]["config"]["polyglot"]["archives"] = False
    write_book(tmp_path, config)
    result = build_with_words(build, tmp_path)
    assert result.returncode == 0, said(result)[-2000:]
    html = tmp_path / "_build/html"
    assert not list(html.rglob("*.zip"))
    for path in html.rglob("*.html"):
        assert "polyglot-offline" not in path.read_text("utf-8"), path
