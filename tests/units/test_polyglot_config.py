"""The configuration of the polyglot book: what it gives, and what it says of mistakes."""

from pathlib import Path

import pytest
from sphinx.errors import ConfigError

from polyglot_book.config import Repository, read
from polyglot_book.pages import folder_problems
from polyglot_book.site.repository import context_of
from polyglot_book.words import messages, writing

GERMAN = {"tag": "de", "gettext": "de", "name": "Deutsch"}
CHINESE = {"tag": "zh-CN", "gettext": "zh_CN", "name": "简体中文", "short": "中文"}


def test_pages_belong_to_the_language_of_their_folder():
    book = read({"folder": "book", "languages": {"de": GERMAN, "zh": CHINESE}})
    assert book.language_of("book/zh/04-math").tag == "zh-CN"
    assert book.language_of("book/de/a/b").code == "de"
    for other in ("book/index", "de/index", "book/en/index", "book/de", "index", None):
        assert book.language_of(other) is None


def test_folders_may_lie_in_the_root():
    book = read({"languages": {"de": GERMAN}})
    assert book.language_of("de/index").code == "de"
    assert book.landing(book.languages["de"]) == "de/index"


def test_a_language_runs_as_its_script_does():
    entries = {
        code: {"tag": code.replace("_", "-"), "gettext": code, "name": code}
        for code in ("de", "fa", "ar", "ur", "he", "zh_CN", "pa_Arab", "pa")
    }
    languages = read({"languages": entries}).languages.values()
    right_to_left = {language.code for language in languages if language.is_right_to_left}
    assert right_to_left == {"fa", "ar", "ur", "he", "pa_Arab"}
    assert {language.direction for language in languages} == {"ltr", "rtl"}


def test_a_short_name_is_the_name_unless_given():
    languages = read({"languages": {"de": GERMAN, "zh": CHINESE}}).languages
    assert [language.short for language in languages.values()] == ["Deutsch", "中文"]


def test_checks_are_strict_unless_told_otherwise():
    book = read({"languages": {"de": GERMAN}})
    assert (book.alt_text, book.formulas) == ("error", "error")
    # YAML reads `alt_text: off` as false.
    book = read({"languages": {"de": GERMAN}, "alt_text": False, "formulas": "warn"})
    assert (book.alt_text, book.formulas) == ("off", "warn")


def test_a_language_may_have_a_repository_and_inventories_of_its_own():
    own = {"url": "https://github.com/ada/wetter", "path_to_book": "book"}
    mapping = {"python": ["https://docs.python.org/de/3", None]}
    german = GERMAN | {"repository": own, "intersphinx_mapping": mapping}
    languages = read({"languages": {"de": german, "zh": CHINESE}}).languages
    assert languages["de"].repository == Repository(own["url"], "main", "book")
    assert languages["de"].intersphinx_mapping == mapping
    assert languages["zh"].repository is None
    assert len({languages["de"], languages["zh"]}) == 2, "a language is a key of tables"


@pytest.mark.parametrize("url", ["https://example.org/ada/weather", "https://github.com"])
def test_a_repository_of_an_unknown_kind_is_refused(url):
    with pytest.raises(ConfigError, match=r"repository\.url: an address such as"):
        context_of(Repository(url), None)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, r"polyglot: missing key 'languages'"),
        ({"languages": None}, r"polyglot\.languages: a mapping.*, got None"),
        ({"languages": {}}, r"polyglot\.languages: a mapping of at least one language"),
        ({"languages": {"de": "German"}}, r"polyglot\.languages\.de: a mapping.*'German'"),
        ({"languages": {"de": {"tag": "de"}}}, r"languages\.de: missing key 'gettext'"),
        ({"languages": {"de": {**GERMAN, "nam": "x"}}}, r"languages\.de: unknown key 'nam'"),
        ({"languages": {"no": {**GERMAN, "tag": False}}}, r"languages\.no\.tag: a text.*False"),
        ({"languages": {"zh": {**CHINESE, "tag": "zh_CN"}}}, r"zh\.tag: .*a BCP 47 tag.*'zh_CN'"),
        ({"languages": {"zh": {**CHINESE, "gettext": "zh-CN"}}}, r"zh\.gettext: .*a locale"),
        ({"languages": {"de": {**GERMAN, "gettext": "xx"}}}, r"de\.gettext: .*Babel.*got 'xx'"),
        ({"languages": {"de": GERMAN}, "concept": []}, r"polyglot: unknown key 'concept'"),
        ({"languages": {"de": GERMAN}, "concepts": "rain"}, r"polyglot\.concepts: a list.*'rain'"),
        ({"languages": {"de": GERMAN}, "concepts": ["a", "b", "a"]}, r"listed twice: a$"),
        ({"languages": {"de": GERMAN}, "messages": "de.toml"}, r"\{lang\} in it is expected"),
        ({"languages": {"de": GERMAN}, "folder": None}, r"polyglot\.folder: a path"),
        ({"languages": {"de": GERMAN}, "archives": "no"}, r"polyglot\.archives: true or false"),
        ({"languages": {"de": GERMAN | {"repository": {}}}}, r"de\.repository: missing key 'url'"),
        (
            {"languages": {"de": GERMAN | {"repository": {"url": "github.com/ada/weather"}}}},
            r"de\.repository\.url: an address such as https://.*got 'github\.com/ada/weather'",
        ),
        (
            {"languages": {"de": GERMAN | {"intersphinx_mapping": {"python": ["https://a.org"]}}}},
            r"de\.intersphinx_mapping\.python: a list of an address and an inventory",
        ),
        (
            {"languages": {"de": GERMAN}, "depends_on": [1]},
            r"polyglot\.depends_on\[0\]: a glob pattern is expected, got 1",
        ),
        (
            {"languages": {"de": GERMAN}, "alt_text": "no"},
            r"polyglot\.alt_text: error, warn or off is expected, got 'no'",
        ),
        (
            {"languages": {"de": GERMAN}, "alt_text": True},
            r"polyglot\.alt_text: error, warn or off is expected, got True",
        ),
        (
            {"languages": {"de": GERMAN}, "formulas": "off"},
            r"polyglot\.formulas: error or warn is expected, got 'off'",
        ),
    ],
)
def test_a_mistake_names_its_key(value, message):
    with pytest.raises(ConfigError, match=message):
        read(value)


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ConfigError) as error:
        read({"languages": {"de": {"tag": "DE"}}, "folder": 1})
    assert sorted(str(error.value).splitlines()) == [
        "_config.yml: polyglot.folder: a path is expected, got 1",
        "_config.yml: polyglot.languages.de.tag: "
        "a text, a BCP 47 tag such as zh-CN, is expected, got 'DE'",
        "_config.yml: polyglot.languages.de: missing key 'gettext' (needs tag, gettext, name)",
        "_config.yml: polyglot.languages.de: missing key 'name' (needs tag, gettext, name)",
    ]


def test_what_a_file_says_of_writing_wins_key_by_key():
    font = dict(family="F", package="p", file="f", weights=[400], characters=["41-42"])
    merged = writing.merge([{"css": "a{}", "font": font}, {"css": "b{}"}])
    assert merged == writing.Writing(css="b{}", font=writing.Font(**font))


FONT = """
[writing.font]
family = "F"
package = "p"
file = "f"
weights = [400]
characters = ["41"]
"""


def message_file(folder: Path, text: str) -> Path:
    path = folder / "de.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_message_file_may_hold_tables_of_others(tmp_path):
    text = 'name = "Deutsch"\n[interface]\n"Close" = "Schließen"\n[figures]\na = 1\n' + FONT
    found = messages.load(message_file(tmp_path, text))
    assert found.interface == {"Close": "Schließen"}
    assert found.writing["font"]["weights"] == [400]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("writing = []", r"de\.toml: writing: a table is expected, got \[\]"),
        (
            "[writing]\ncolour = 'red'",
            r"de\.toml: writing: unknown key 'colour' \(known: book_fonts, characters_per_minute,",
        ),
        (
            "[writing]\nsearch_exact = 'yes'",
            r"de\.toml: writing\.search_exact: true or false is expected, got 'yes'",
        ),
        ("[writing.font]\nfamily = 'F'", r"de\.toml: writing\.font: missing key 'package'"),
        (FONT.replace("[400]", "400"), r"de\.toml: writing\.font\.weights: a list .*, got 400"),
        (FONT.replace("41", "x1"), r"writing\.font\.characters\[0\]: a hexadecimal code .* 'x1'"),
        ("[interface]\nClose = ''", r"de\.toml: interface\.Close: a text is expected, got ''"),
        ("[interface", r"de\.toml: Expected '\]'"),
    ],
)
def test_a_mistake_in_a_message_file_names_file_and_key(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        messages.load(message_file(tmp_path, text))


def test_folders_and_languages_must_match():
    book = read({"folder": "book", "languages": {"de": GERMAN, "zh": CHINESE}})
    pages = {"book/index", "book/de/index", "book/en/rain", "about/team"}
    assert folder_problems(book, pages) == [
        "polyglot.languages.zh: no page 'book/zh/index' for 简体中文 to begin with",
        "book/en/rain: its folder 'en' is no language of polyglot.languages (known: de, zh)",
    ]
