"""The configuration of the polyglot book: what it gives, and what it says of mistakes."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from sphinx.errors import ConfigError

from polyglot_book import registry, writing

FILE = Path("de.toml")
GERMAN = {"tag": "de", "gettext": "de", "name": "Deutsch"}
CHINESE = {"tag": "zh-CN", "gettext": "zh_CN", "name": "简体中文", "short": "中文"}


def test_pages_belong_to_the_language_of_their_folder():
    book = registry.read({"folder": "book", "languages": {"de": GERMAN, "zh": CHINESE}})
    assert book.language_of("book/zh/04-math").tag == "zh-CN"
    assert book.language_of("book/de/a/b").code == "de"
    for other in ("book/index", "de/index", "book/en/index", "book/de", "index", None):
        assert book.language_of(other) is None


def test_folders_may_lie_in_the_root():
    book = registry.read({"languages": {"de": GERMAN}})
    assert book.language_of("de/index").code == "de"
    assert book.landing(book.languages["de"]) == "de/index"


def test_a_short_name_is_the_name_unless_given():
    languages = registry.read({"languages": {"de": GERMAN, "zh": CHINESE}}).languages
    assert [language.short for language in languages.values()] == ["Deutsch", "中文"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, r"polyglot\.languages: a mapping is expected, got None"),
        ({"languages": {}}, r"polyglot\.languages: at least one language"),
        ({"languages": {"de": "German"}}, r"polyglot\.languages\.de: a mapping.*'German'"),
        ({"languages": {"de": {"tag": "de"}}}, r"languages\.de: missing key 'gettext'"),
        ({"languages": {"de": {**GERMAN, "nam": "x"}}}, r"languages\.de: unknown key 'nam'"),
        ({"languages": {"no": {**GERMAN, "tag": False}}}, r"languages\.no\.tag: a text.*False"),
        ({"languages": {"zh": {**CHINESE, "tag": "zh_CN"}}}, r"zh\.tag: a BCP 47 tag.*'zh_CN'"),
        ({"languages": {"zh": {**CHINESE, "gettext": "zh-CN"}}}, r"zh\.gettext: a locale"),
        ({"languages": {"de": GERMAN}, "concept": []}, r"polyglot: unknown key 'concept'"),
        ({"languages": {"de": GERMAN}, "concepts": "rain"}, r"polyglot\.concepts: a list.*'rain'"),
        ({"languages": {"de": GERMAN}, "concepts": ["a", "b", "a"]}, r"listed twice: a$"),
        ({"languages": {"de": GERMAN}, "messages": "de.toml"}, r"\{lang\} in it is expected"),
        ({"languages": {"de": GERMAN}, "folder": None}, r"polyglot\.folder: a path"),
    ],
)
def test_a_mistake_names_its_key(value, message):
    with pytest.raises(ConfigError, match=message):
        registry.read(value)


def test_what_a_file_says_of_writing_wins_key_by_key():
    font = dict(family="F", package="p", file="f", weights=[400], characters=["41-42"])
    read = writing.read([(FILE, {"css": "a{}", "font": font}), (FILE, {"css": "b{}"})])
    assert read == writing.Writing(css="b{}", font=writing.Font(**font))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], r"de\.toml: \[writing\]: a table is expected, got \[\]"),
        ({"colour": "red"}, r"de\.toml: \[writing\]: unknown key 'colour' \(known: css,"),
        (
            {"search_exact": "yes"},
            r"de\.toml: \[writing\] search_exact: true or false is expected, got 'yes'",
        ),
        ({"font": {"family": "F"}}, r"de\.toml: \[writing\.font\]: missing key 'package'"),
        (
            {"font": {"weights": 400}},
            r"de\.toml: \[writing\.font\] weights: a list is expected, got 400",
        ),
    ],
)
def test_a_mistake_about_writing_names_file_and_key(table, message):
    with pytest.raises(ConfigError, match=message):
        writing.read([(FILE, table)])


def test_folders_and_languages_must_match():
    book = registry.read({"folder": "book", "languages": {"de": GERMAN, "zh": CHINESE}})
    app = SimpleNamespace(polyglot_registry=book)
    pages = {"book/index", "book/de/index", "book/en/rain", "about/team"}
    with pytest.raises(ConfigError) as error:
        registry._check_pages(app, SimpleNamespace(found_docs=pages))
    assert str(error.value).splitlines() == [
        "polyglot.languages.zh: no page 'book/zh/index' for 简体中文 to begin with",
        "book/en/rain: its folder 'en' is no language of polyglot.languages (known: de, zh)",
    ]
