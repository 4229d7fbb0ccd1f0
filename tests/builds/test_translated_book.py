"""A translated book: equal labels in four languages, built strictly, again, and after a change.

Its sources are in ``translated_book``. English, French and Persian have the same pages; Chinese
lacks the appendix.
"""

import posixpath
import re
import shutil
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from small_book import STRICT, build_with_words, said

SOURCES = Path(__file__).with_name("translated_book")
LANGUAGES = ("en", "fr", "fa", "zh")
PAGES = ("index", "growth", "simulation", "references")
#: What a language does not have leads to the first that has it.
APPENDIX = ("en/appendix.html", "appendix")


@pytest.fixture(scope="module")
def book(build, tmp_path_factory) -> Path:
    """Build the book, adding the words that the build asks for."""
    folder = tmp_path_factory.mktemp("translated") / "book"
    shutil.copytree(SOURCES, folder)
    result = build_with_words(build, folder)
    assert result.returncode == 0, said(result)[-3000:]
    return folder


@pytest.fixture
def copy(book, tmp_path) -> Path:
    """Copy the book to change it; what notebooks have shown comes along."""
    shutil.copytree(book, tmp_path / "book")
    return tmp_path / "book"


def article(book: Path, page: str) -> Tag:
    """Return the text of a built page."""
    html = (book / "_build/html" / page).with_suffix(".html").read_text("utf-8")
    return BeautifulSoup(html, "html.parser").select_one("article.bd-article")


def text(element: Tag) -> str:
    """Return an element's text with single spaces, without what formulas are copied as."""
    clone = BeautifulSoup(str(element), "html.parser")
    for part in clone.select("annotation, a.headerlink"):
        part.decompose()
    return " ".join(clone.get_text(" ").split())


def numbers(element: Tag) -> list[str]:
    """Return the numbers in an element's text, in the digits of ASCII."""
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text(element))
    return re.findall(r"\d+(?:\.\d+)*", "".join(digits))


def references(book: Path, page: str) -> list[tuple[str, str, list[str]]]:
    """Return where each reference on a page leads, page and place, and the numbers it names."""
    found = []
    for link in article(book, page).select("a.reference.internal[href*='#']"):
        address, _, place = link["href"].partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), address))
        found.append((target if address else f"{page}.html", unquote(place), numbers(link)))
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reference_leads_to_its_own_language(book, code):
    for page in PAGES:
        for target, place, _ in references(book, f"{code}/{page}"):
            if (target, place) == APPENDIX:
                assert code in ("en", "zh")
                continue
            assert target.startswith(f"{code}/"), (page, target, place)
            assert article(book, target).find(id=place), (page, target, place)


@pytest.mark.parametrize("code", LANGUAGES)
def test_all_kinds_of_references_are_resolved(book, code):
    """The list in the simulation has as many links as its source has references."""
    source = (book / code / "simulation.md").read_text("utf-8")
    written = re.findall(r"\{[\w:]+\}`[^`]+`|\]\([#\w-]+\)", source.partition("```")[0])
    items = article(book, f"{code}/simulation").select_one("ul.simple").find_all("a")
    # One reference cites two works.
    assert len(items) == len(written) + 1
    assert len(written) == 26


def test_references_name_the_same_numbers_in_all_languages(book):
    named = {
        code: [numbers for _, _, numbers in references(book, f"{code}/simulation")]
        for code in LANGUAGES
    }
    assert named["fr"] == named["fa"] == named["zh"] == named["en"]
    assert sum(bool(found) for found in named["en"]) >= 12


@pytest.mark.parametrize("code", LANGUAGES)
def test_numbers_are_those_that_stand_at_the_places(book, code):
    kinds = {
        "figure": "figcaption .caption-number",
        "div.math-block": ".eqno",
        "div.exercise": ".caption-number",
        "div.proof": ".caption-number",
    }
    seen = set()
    for target, place, named in references(book, f"{code}/simulation"):
        there = article(book, target).find(id=place)
        for kind, number in kinds.items():
            if named and place != "rule-of-70" and there in article(book, target).select(kind):
                assert named == numbers(there.select_one(number)), (place, named)
                seen.add(kind)
    assert seen == set(kinds)


@pytest.mark.parametrize("code", LANGUAGES)
def test_all_exercises_solutions_and_theorems_are_there(book, code):
    growth, simulation = (article(book, f"{code}/{page}") for page in ("growth", "simulation"))
    exercises = [*growth.select(".exercise[id]"), *simulation.select(".exercise[id]")]
    assert [element["id"] for element in exercises] == ["rule-of-70", "halving", "monte-carlo"]
    titles = [numbers(element.select_one(".caption-number")) for element in exercises]
    assert titles == [["1.1"], ["1.2"], ["2.1"]]
    solutions = [*growth.select(".solution[id]"), *simulation.select(".solution[id]")]
    assert [element["id"] for element in solutions] == [
        "rule-of-70-solution",
        "halving-solution",
        "monte-carlo-solution",
    ]
    titles = [numbers(element.select_one(".admonition-title"))[0] for element in solutions]
    assert titles == ["1.1", "1.2", "2.1"]
    assert len(simulation.select(".solution img")) == 1
    theorems = [element["id"] for element in growth.select(".theorem, .definition")]
    assert theorems == ["doubling-time", "rate"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_citations_lead_to_the_list_of_their_language(book, code):
    listed = article(book, f"{code}/references").select("div.citation[id]")
    assert len(listed) == 2
    for page in ("growth", "simulation"):
        links = article(book, f"{code}/{page}").select(".bibtex-citation a, a.bibtex-citation")
        cited = {link["href"].partition("#")[2] for link in links}
        assert cited == {element["id"] for element in listed}
        assert {link["href"].partition("#")[0] for link in links} == {"references.html"}


def test_formulas_know_the_macros_of_mathjax(book):
    for code in LANGUAGES:
        formula = article(book, f"{code}/growth").select_one("#equation-expected")
        assert "𝔼" in text(formula)
        assert "‖" in text(formula)
        words = {"en": "for all", "fr": "pour tout", "fa": "برای هر", "zh": "对所有"}[code]
        assert words in text(formula).replace("\N{NO-BREAK SPACE}", " ")
        proof = article(book, f"{code}/growth").find("div", class_="proof", id="proof")
        exponents = [text(power.find_all(recursive=False)[1]) for power in proof.select("msup")]
        assert exponents == ["T", "T"]


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", "No such page"), ("fr", "Page absente"), ("fa", "چنین صفحه\u200cای نیست")],
)
def test_a_page_that_a_language_lacks_is_marked_in_the_switcher(book, code, words):
    html = (book / f"_build/html/{code}/appendix.html").read_text("utf-8")
    soup = BeautifulSoup(html, "html.parser")
    links = {link["hreflang"]: link for link in soup.select(".polyglot-switcher a")}
    assert len(links) == 3
    lacking = links.pop("zh-CN")
    assert lacking["href"] == "../zh/index.html"
    assert not lacking.has_attr("rel")
    mark = lacking.select_one("span")
    assert mark["lang"] == code
    assert mark.get_text() == words
    for link in links.values():
        assert link["rel"] == ["alternate"]
        assert not link.select("span")
    alternates = {link["hreflang"] for link in soup.head.select('link[rel="alternate"]')}
    assert alternates == {"en", "fr", "fa", "x-default"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_parts_are_the_contents_of_their_language(book, code):
    html = (book / f"_build/html/{code}/simulation.html").read_text("utf-8")
    soup = BeautifulSoup(html, "html.parser")
    links = [link["href"] for link in soup.select("nav.bd-docs-nav a")]
    pages = ["index.html", "growth.html", "#", "appendix.html", "references.html"]
    assert links == [page for page in pages if code != "zh" or page != "appendix.html"]
    captions = [text(caption) for caption in soup.select("nav.bd-docs-nav .caption")]
    parts = yaml.safe_load((SOURCES / "_toc.yml").read_text("utf-8"))["parts"]
    own = [part["caption"] for part in parts if part["chapters"][0]["file"].startswith(code)]
    assert captions == own[1:]  # the first is the language's name
    neighbours = [link["href"] for link in soup.select(".prev-next-area a")]
    assert neighbours == ["growth.html", pages[3] if code != "zh" else pages[4]]


def everything(book: Path) -> dict[str, object]:
    """Return what references, exercises and numbers there are on all pages."""
    shown: dict[str, object] = {}
    for code in LANGUAGES:
        for page in PAGES:
            name = f"{code}/{page}"
            parts = article(book, name).select(
                ".eqno, .caption-number, .solution .admonition-title"
            )
            shown[name] = references(book, name), [text(part) for part in parts]
    return shown


def times(book: Path) -> dict[str, int]:
    """Return when each page was written."""
    html = book / "_build/html"
    return {
        path.relative_to(html).as_posix(): path.stat().st_mtime_ns
        for code in LANGUAGES
        for path in (html / code).glob("*.html")
    }


def test_a_second_build_and_one_of_changes_give_the_same(build, copy):
    result = build(copy, *STRICT)  # elsewhere Sphinx begins anew
    assert result.returncode == 0, said(result)[-1500:]
    before, written = everything(copy), times(copy)
    inventory = (copy / "_build/html/objects.inv").read_bytes()

    result = build(copy, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    assert times(copy) == written
    assert (copy / "_build/html/objects.inv").read_bytes() == inventory

    page = copy / "fr/growth.md"
    page.write_text(page.read_text("utf-8").replace("doublement", "dédoublement"), "utf-8")
    result = build(copy, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    assert everything(copy) == before
    changed = {name for name, time in times(copy).items() if time != written[name]}
    assert "fr/growth.html" in changed
    assert {name[:2] for name in changed} == {"fr"}
    link = article(copy, "fr/index").select_one("a[href='growth.html#doubling']")
    assert text(link) == "Temps de dédoublement"


def test_a_label_given_twice_in_a_language_is_a_warning(build, copy):
    """And what a language no longer has is looked for in the others, in their order."""
    french, persian = copy / "fr/simulation.md", copy / "fa/growth.md"
    given = "(doubling)=\n## Encore\n\n```{math}\n:label: compound\nx\n```\n"
    given += "```{exercise}\n:label: halving\n$$y$$ (lost)\n```\n{eq}`lost`\n"
    french.write_text(french.read_text("utf-8") + given, "utf-8")
    source = persian.read_text("utf-8")
    persian.write_text(source.replace(":label: rate", ":label: other-rate"), "utf-8")
    result = build(copy)
    assert result.returncode == 0
    warnings = re.findall(r"WARNING: (.*)", result.stdout)
    assert len(warnings) == 3, warnings
    said_of = " ".join(sorted(warnings))
    assert re.search(r"duplicate label doubling, other instance in \S*fr/growth\.md", said_of)
    assert "duplicate label of equation compound, other instance in fr/growth" in said_of
    assert re.search(r"duplicate label: halving; other instance in \S*fr/growth\.md", said_of)
    places = {place: target for target, place, _ in references(copy, "fa/simulation")}
    assert places["rate"] == "en/growth.html"
    assert places["doubling-time"] == "fa/growth.html"


def configure(book: Path, **polyglot: object) -> None:
    """Change values under ``polyglot`` in a book's configuration."""
    path = book / "_config.yml"
    config = yaml.safe_load(path.read_text("utf-8"))
    config["sphinx"]["config"]["polyglot"].update(polyglot)
    path.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")


def test_all_that_is_wrong_is_said_at_once_and_before_notebooks_run(build, copy):
    configure(copy, alt_text="error", concepts=["rain"])
    page = copy / "zh/simulation.md"
    source = page.read_text("utf-8").replace("= 0.05", "= 0.06")
    formulas = "$\\sum$ $\\nosuchcommand b$\n\n:::{note}\n$$\\frac{1}{$$\n:::\n"
    page.write_text(source + formulas, "utf-8")
    result = build(copy)
    assert result.returncode != 0
    assert "reading sources" not in result.stdout
    message = said(result).partition("Extension error")[2].partition("Traceback")[0]
    assert message.count("4 figures without alternative text") == 1
    for code in LANGUAGES:
        assert len(re.findall(rf"{code}/growth, line \d+: ../curve.svg", message)) == 1
    assert message.count("'rain' has no home in") == len(LANGUAGES)
    assert len(re.findall(r"zh/simulation, line \d+: Unsupported function name", message)) == 1
    assert len(re.findall(r"zh/simulation, line \d+: Unexpected end", message)) == 1

    # What notebooks show is known only when they have run: then all of it is said.
    configure(copy, concepts=[])
    page.write_text(source, "utf-8")
    for page in copy.glob("*/growth.md"):
        page.write_text(page.read_text("utf-8").replace(":name: curve", ":name: curve\n:alt: x"))
    result = build(copy)
    assert result.returncode != 0
    assert "8 figures without alternative text" in said(result)
    places = set(re.findall(r"\w\w/simulation, line \d+", said(result)))
    assert len(places) == 8, places


def test_what_is_only_a_warning_stops_no_build(build, copy):
    configure(copy, alt_text="warn", formulas="warn")
    page = copy / "fa/index.md"
    page.write_text(page.read_text("utf-8") + "\n$a <\\nosuchcommand b$\n", "utf-8")
    result = build(copy)
    assert result.returncode == 0, said(result)[-1500:]
    warnings = re.findall(r"WARNING: (.*)", result.stdout)
    assert sum("no alternative text" in warning for warning in warnings) == 12
    (warning,) = [warning for warning in warnings if "cannot be read" in warning]
    assert "fa/index, line" in warning
    assert len(warnings) == 13
    assert article(copy, "fa/index").select_one(".math code").get_text() == r"a <\nosuchcommand b"


def test_a_book_that_names_no_repository_leads_to_none(book):
    for path in (book / "_build" / "html").rglob("*.html"):
        assert "executablebooks/jupyter-book" not in path.read_text("utf-8"), path
