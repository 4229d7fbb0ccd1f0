"""Small books in other languages, built as their authors would: with ``jupyter-book build .``"""

import json
import re
import shutil
from pathlib import Path

import babel
import pytest
from bs4 import BeautifulSoup
from small_book import CONFIG, STRICT, TEXT, build_with_words, missing, said, write_book


@pytest.fixture(scope="module")
def book(build, tmp_path_factory) -> Path:
    """Build the small book in German and French, adding the words that the build asks for."""
    folder = tmp_path_factory.mktemp("book")
    write_book(folder)
    result = build_with_words(build, folder)
    assert result.returncode == 0, said(result)[-1500:]
    return folder


def page(book: Path, name: str) -> BeautifulSoup:
    """Parse a built page."""
    return BeautifulSoup((book / "_build/html" / f"{name}.html").read_text("utf-8"), "html.parser")


def text(element) -> str:
    """Return an element's text with single spaces."""
    return " ".join(element.get_text(" ").split())


@pytest.mark.parametrize(
    ("name", "tag", "title", "note", "figure", "task", "solution", "prompt"),
    [
        ("de/rain", "de", "Wetter", "Bemerkung", "Abb. 1.1", "Übung 1.1",
         "Lösung der Übung 1.1", "Code anzeigen"),
        ("fr/rain", "fr", "Le temps", "Note", "Fig. 1.1", "Exercice 1.1",
         "Corrigé de l’exercice 1.1", "Afficher le code"),
    ],
)  # fmt: skip
def test_a_page_speaks_its_language(book, name, tag, title, note, figure, task, solution, prompt):
    soup = page(book, name)
    assert soup.html["lang"] == tag
    assert soup.title.string.split(" — ")[-1].strip() == title
    assert text(soup.select_one(".admonition.note > .admonition-title")) == note
    assert text(soup.select_one("figcaption .caption-number")) == figure
    assert text(soup.select_one(".admonition.exercise > .admonition-title")).startswith(task)
    assert text(soup.select_one(".admonition.solution > .admonition-title")) == solution
    assert soup.select_one("details.polyglot-code > summary")["aria-label"] == prompt
    assert text(soup.select_one(".navbar-brand")) == title


@pytest.mark.parametrize(("name", "tip"), [("de/rain", "Tipp"), ("fr/rain", "Astuce")])
def test_notes_of_class_dropdown_open_at_a_tap(book, name, tip):
    soup = page(book, name)
    assert text(soup.select_one("details.admonition.tip > summary.admonition-title")) == tip
    solution = soup.select_one("details.admonition.solution")
    assert solution["id"]
    assert not solution.summary.find("a")
    assert not soup.select("article .dropdown:not(details)")
    assert "polyglot-folds.js" in str(soup.head) + str(soup.body)


def test_dates_are_written_as_in_the_language(book):
    for code, words, months in (
        ("de", "Zuletzt aktualisiert am", babel.Locale("de").months["format"]["wide"]),
        ("fr", "Mis à jour le", babel.Locale("fr").months["format"]["wide"]),
    ):
        updated = text(page(book, f"{code}/rain").select_one(".last-updated"))
        assert updated.startswith(words)
        assert any(month in updated for month in months.values()), updated


def test_words_of_scripts_are_in_the_languages_of_the_book(book):
    static = book / "_build/html/_static"
    assert '"copy": "Kopieren"' in (static / "copybutton.js").read_text("utf-8")


def test_nothing_stays_untranslated(book):
    record = json.loads((book / "_build/.doctrees/polyglot-untranslated.json").read_text("utf-8"))
    assert record["pages"] == {}


@pytest.mark.parametrize(("code", "other"), [("de", "fr"), ("fr", "de")])
def test_contents_and_ways_stay_in_the_language(book, code, other):
    for name in ("index", "rain", "snow"):
        soup = page(book, f"{code}/{name}")
        for link in soup.select(".bd-sidebar-primary a, .prev-next-area a, .navbar-brand"):
            assert f"{other}/" not in link["href"], (name, link["href"])
    links = page(book, f"{code}/rain").select("nav.bd-docs-nav a")
    assert [text(link) for link in links] == [
        TEXT[code]["index"],
        f"1. {TEXT[code]['rain']}",
        TEXT[code]["snow"],
    ]
    assert page(book, f"{code}/index").select_one(".prev-next-area .left-prev") is None
    assert page(book, f"{code}/snow").select_one(".prev-next-area .right-next") is None


@pytest.mark.parametrize("code", ["de", "fr"])
def test_counters_restart_in_each_language(book, code):
    """Chapter 1 counts for itself, pages without a number go on from the landing page."""
    for name, number in (("index", "1"), ("rain", "1.1"), ("snow", "2")):
        soup = page(book, f"{code}/{name}")
        for selector in ("figcaption .caption-number", ".exercise .caption-number"):
            assert text(soup.select_one(selector)).split()[-1] == number, (name, selector)
        assert text(soup.select_one(".eqno")).startswith(f"({number})")


def test_the_switcher_leads_to_the_same_concept(book):
    links = page(book, "de/snow").select(".polyglot-switcher a")
    assert [(a["href"], a["lang"], a["hreflang"]) for a in links] == [
        ("../fr/snow.html", "fr", "fr")
    ]
    here = page(book, "de/snow").select_one(".polyglot-switcher [aria-current]")
    assert here["lang"] == "de"
    assert page(book, "de/snow").select_one(".polyglot-switcher")["aria-label"] == "Sprache"


def test_alternates_and_previews(book):
    head = page(book, "fr/rain").head
    alternates = {a["hreflang"]: a["href"] for a in head.select('link[rel="alternate"]')}
    assert alternates == {
        "de": "../de/rain.html",
        "fr": "rain.html",
        "x-default": "../index.html",
    }
    properties = {m["property"]: m["content"] for m in head.select("meta[property]")}
    assert properties["og:locale"] == "fr"
    assert properties["og:title"] == "Pluie"
    assert properties["og:description"] == "Pluie!"
    assert head.select_one('meta[name="book:concepts"]')["content"] == "rain"


def test_the_front_page_offers_the_languages_in_their_own_words(book):
    soup = page(book, "index")
    assert soup.html["lang"] == "mul"
    items = soup.select(".polyglot-choice > li")
    assert [item["lang"] for item in items] == ["de", "fr"]
    assert [text(item.select_one(".polyglot-choice__title")) for item in items] == [
        "Wetter",
        "Le temps",
    ]
    assert soup.select(".bd-sidebar-primary, .bd-sidebar-secondary, header, footer") == []


def pages_written(book: Path) -> dict[str, int]:
    """Return for each page when it was last written."""
    return {
        f"{folder}/{name}": (book / f"_build/html/{folder}/{name}.html").stat().st_mtime_ns
        for folder in TEXT
        for name in ("index", "rain", "snow")
    }


def test_a_second_build_changes_nothing(build, book):
    before = pages_written(book)
    result = build(book, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    assert pages_written(book) == before


@pytest.fixture
def copy(build, book, tmp_path) -> Path:
    """Build a copy of the book, to change it: the next build is one of changes only."""
    shutil.copytree(book, tmp_path / "book")
    result = build(tmp_path / "book", *STRICT)  # elsewhere Sphinx begins anew
    assert result.returncode == 0, said(result)[-1500:]
    return tmp_path / "book"


def rewrite(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts in a source file."""
    source = path.read_text("utf-8")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    path.write_text(source, "utf-8")


def test_pages_follow_what_they_show_of_other_pages(build, copy):
    rewrite(copy / "fr/rain.md", ("concepts: ['rain']", "concepts: ['snow']"))
    rewrite(copy / "fr/snow.md", ("concepts: ['snow']", "concepts: ['rain']"))
    rewrite(copy / "de/index.md", ("Wetter!", "Von oben!"), ("# Wetter\n", "# Das Wetter\n"))
    result = build(copy, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    german = page(copy, "de/snow")
    assert german.select_one(".polyglot-switcher a")["href"] == "../fr/rain.html"
    assert german.select_one('link[hreflang="fr"]')["href"] == "../fr/rain.html"
    assert text(german.select_one(".navbar-brand")) == "Das Wetter"
    assert german.title.string.split(" — ")[-1].strip() == "Das Wetter"
    front = page(copy, "index").select_one(".polyglot-choice > [lang=de]")
    assert text(front.select_one(".polyglot-choice__title")) == "Das Wetter"
    assert text(front.select_one(".polyglot-choice__about")) == "Von oben!"

    before = pages_written(copy)
    rewrite(copy / "fr/snow.md", (":::{note}\nNeige", ":::{note}\nNeige fraîche"))
    result = build(copy, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    after = pages_written(copy)
    written = {name for name in after if after[name] != before[name]}
    assert "fr/snow" in written
    assert not {name for name in written if name.startswith("de/")}


def test_a_page_that_is_gone_is_gone(build, copy):
    (copy / "fr/snow.md").rename(copy / "fr/flocons.md")
    rewrite(copy / "_toc.yml", ("fr/snow", "fr/flocons"))
    result = build(copy, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    html = copy / "_build/html"
    assert (html / "fr/flocons.html").is_file()
    assert not (html / "fr/snow.html").exists()
    assert page(copy, "de/snow").select_one(".polyglot-switcher a")["href"] == "../fr/flocons.html"


def test_search_finds_the_pages_of_the_book_alone(build, copy):
    stray = copy / "_build/html/fr/stray.html"  # of a build whose record is lost
    shutil.copy(copy / "_build/html/fr/rain.html", stray)
    result = build(copy, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    for code in ("de", "fr"):
        index = (copy / f"_build/html/search/{code}.js").read_text("utf-8")
        pages = json.loads(re.fullmatch(r"polyglotSearch\((.*)\);\n", index, re.S)[1])
        names = [f"{code}/{name}.html" for name in ("index", "rain", "snow")]
        assert [address for address, _ in pages] == names


def test_missing_words_are_named_until_they_are_given_or_not_used(build, tmp_path):
    """For Esperanto neither the extension nor the themes have words."""
    esperanto = {"tag": "eo", "gettext": "eo", "name": "Esperanto"}
    languages = {**CONFIG["sphinx"]["config"]["polyglot"]["languages"], "fr": esperanto}
    write_book(tmp_path, changed(languages=languages))
    assert build_with_words(build, tmp_path).returncode == 0
    words = tmp_path / "words" / "fr.toml"
    whole = words.read_text("utf-8")
    words.write_text(whole.replace('"Language" = "Langue"\n', ""), "utf-8")
    for _ in range(2):  # the second build writes no page, and must not pass for that
        result = build(tmp_path, *STRICT)
        assert result.returncode != 0
        assert "Esperanto (fr) lacks 1 words of the interface" in said(result)
        assert '"Language" = "…"' in said(result)
        assert "fr.toml" in said(result)
        assert "Deutsch (de) lacks" not in said(result)
    # Without a second language there is no switcher, and no use for its name.
    words.write_text(whole.replace('"Solution to exercise {number}" = ', '"Unused" = '), "utf-8")
    assert '"Solution to exercise {number}" = "…"' in said(build(tmp_path, *STRICT))
    for name in ("index", "rain", "snow"):
        path = tmp_path / "fr" / f"{name}.md"
        path.write_text(re.sub(r"```{solution}.*?```\n", "", path.read_text("utf-8"), flags=re.S))
    result = build(tmp_path, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]


MORE = """
```{versionadded} 1.2
```
```{deprecated} 1.3
```
```{prf:theorem}
:label: theorem
1
```
```{prf:proof}
Voilà.
```
"""


def test_what_extensions_word_in_english_is_worded(build, tmp_path):
    """A proof of sphinx-proof, a note of a version, a prompt that the book has for hidden cells."""
    config = changed()
    own = config["sphinx"]["config"]
    own["extensions"].insert(-1, "sphinx_proof")
    own["nb_code_prompt_show"] = "Reveal the {type}"
    write_book(tmp_path, config)
    source = tmp_path / "fr" / "rain.md"
    source.write_text(source.read_text("utf-8") + MORE, "utf-8")
    lacking = missing(build(tmp_path, *STRICT))
    assert {word for words in lacking.values() for word in words} == {"Reveal the source"}
    assert build_with_words(build, tmp_path).returncode == 0
    article = page(tmp_path, "fr/rain").select_one("article")
    assert [text(note) for note in article.select(".versionmodified")] == [
        "Ajouté dans la version 1.2.",
        "Obsolète depuis la version 1.3.",
    ]
    assert text(article.select_one(".proof.theorem > .admonition-title")) == "Théorème 1.1"
    assert text(article.select_one("#proof")) == "Démonstration. Voilà."
    assert article.select_one(".polyglot-code > summary")["aria-label"] == "‹Reveal the source›"


def test_a_language_brings_its_own_style_and_endings(build, copy):
    endings = r"(?<=.{3})e[nr]?$"
    style = ":lang(de) em { letter-spacing: 0.1em }"
    with (copy / "words/de.toml").open("a", encoding="utf-8") as file:
        file.write(
            f"[writing]\nsearch_endings = '{endings}'\nsearch_exact = true\ncss = '{style}'\n"
        )
    result = build(copy, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    german, french = (page(copy, f"{code}/rain").find(id="polyglot-search") for code in TEXT)
    assert german["data-endings"] == endings
    assert german.has_attr("data-exact")
    assert french["data-endings"].endswith("$"), "those that the extension has for French"
    assert not french.has_attr("data-exact")
    css = (copy / "_build/html/_static/polyglot.css").read_text("utf-8")
    assert ":lang(de) em{letter-spacing: 0.1em}" in css
    assert ":lang(bn)" not in css, "a language that this book does not have"


def changed(**polyglot) -> dict:
    """Return the configuration with other values under ``polyglot``."""
    config = json.loads(json.dumps(CONFIG))
    config["sphinx"]["config"]["polyglot"].update(polyglot)
    return config


@pytest.mark.parametrize(
    ("config", "concepts", "messages"),
    [
        (
            CONFIG,
            {"de/index": ["rain"], "fr/snow": ["sleet"]},
            [
                "de/index, de/rain: concepts: 'rain' has more than one home in Deutsch (de)",
                "fr/snow: concepts: unknown concept 'sleet'",
                "'snow' has no home in Français (fr)",
            ],
        ),
        (
            changed(languages={"de": CONFIG["sphinx"]["config"]["polyglot"]["languages"]["de"],
                               "it": {"tag": "it", "gettext": "it", "name": "Italiano"}},
                    messages=None),
            None,
            ["polyglot.languages.it: no page 'it/index' for Italiano to begin with"],
        ),
        (
            changed(languages={"de": {"tag": "de", "gettext": "de"}}),
            None,
            ["polyglot.languages.de: missing key 'name'"],
        ),
    ],
    ids=["concepts", "no landing page", "missing key"],
)  # fmt: skip
def test_a_mistake_stops_the_build_with_its_page_and_key(
    build, tmp_path, config, concepts, messages
):
    write_book(tmp_path, config, concepts)
    result = build(tmp_path, *STRICT)
    assert result.returncode != 0
    for message in messages:
        assert message in said(result)


def test_a_figure_that_says_nothing_to_the_blind_stops_the_build(build, tmp_path):
    write_book(tmp_path)
    page = tmp_path / "fr" / "snow.md"
    page.write_text(page.read_text("utf-8").replace(":alt: Neige\n", ""), "utf-8")
    result = build(tmp_path, *STRICT)
    assert result.returncode != 0
    named = said(result).partition("figures without alternative text")[2]
    assert re.search(r"fr/snow, line \d+: \S*drop\.svg", named), said(result)[-1500:]
    assert "de/snow" not in named


def test_short_compounds_do_not_break(build, tmp_path):
    write_book(tmp_path)
    page = tmp_path / "de" / "rain.md"
    added = "\n\n## A one-hot day\n\nThe x-Achse of `a-b`, $a-b$ and H2O-Niederschlagsmengen.\n"
    page.write_text(page.read_text("utf-8") + added, "utf-8")
    result = build(tmp_path, *STRICT)
    html = (tmp_path / "_build/html/de/rain.html").read_text("utf-8")
    article = BeautifulSoup(html, "html.parser").article
    kept = [element.get_text() for element in article.select(".together")]
    assert kept == ["one-hot", "x-Achse"], said(result)[-500:]
