"""The words of the interface that the extension brings: whole, in their script, with the gaps."""

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

from polyglot_book import words as package
from polyglot_book.config import Language
from polyglot_book.words import __main__ as command
from polyglot_book.words import installed, messages

FOLDER = Path(package.__file__).parents[1] / "messages"
#: Names of files are those of locales; Chinese has one file for all its countries.
LOCALES = {path.stem: path.stem for path in FOLDER.glob("*.toml")} | {"zh": "zh_CN"}
#: By the first word of the names that Unicode gives letters.
SCRIPTS = {
    "ar": ["ARABIC"], "bn": ["BENGALI"], "fa": ["ARABIC", "ZERO"], "hi": ["DEVANAGARI"],
    "ja": ["CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"], "ko": ["HANGUL"],
    "ru": ["CYRILLIC"], "uk": ["CYRILLIC"], "ur": ["ARABIC"], "zh": ["CJK"],
}  # fmt: skip
#: Names, and what is so called in every language.
LATIN = set(["Anki", "EPUB", "LaTeX", "PDF", "Python", "zip", "p"])
#: The same in English and in this language.
SAME = {
    "Note": {"fr"},
    "Section %s": {"fr"},
    "Fig. %s": {"fr", "it", "pt_BR"},
    "Attention": {"fr"},
    "Danger": {"fr"},
    "Important": {"fr"},
    "Name:": {"de"},
    "Repository": {"de"},
    "Error": {"es"},
}


def language(name: str) -> Language:
    locale = LOCALES[name]
    return Language(name, locale.replace("_", "-"), locale, name, name)


@pytest.fixture(scope="module")
def said() -> dict[str, list[installed.Word]]:
    """Return all words in each language that has a file."""
    return {name: list(installed.words(language(name))) for name in sorted(LOCALES)}


@pytest.mark.parametrize("name", sorted(LOCALES))
def test_no_word_is_lacking_and_none_is_for_nothing(said, name):
    assert not [word.english for word in said[name] if word.translation is None]
    texts = {text for each in installed.english().values() for text in each}
    assert not set(messages.load(FOLDER / f"{name}.toml").interface) - texts


@pytest.mark.parametrize("name", sorted(set(LOCALES) - {"en"}))
def test_words_are_of_the_language_and_keep_the_gaps(said, name):
    gaps = re.compile(r"\{\w+\}|%\(\w+\)s|%s")
    wrong = []
    for word in said[name]:
        text = word.translation or ""
        if sorted(gaps.findall(text)) != sorted(gaps.findall(word.english)):
            wrong.append((word.english, text, "gaps"))
        if text != text.strip() and not word.is_of_catalog:
            wrong.append((word.english, text, "spaces"))
        letters = gaps.sub("", text)
        for latin in re.findall(r"[A-Za-z]+", letters) if name in SCRIPTS else ():
            if latin not in LATIN and word.source == f"{name}.toml":
                wrong.append((word.english, text, latin))
        strange = {
            letter
            for letter in letters
            if unicodedata.category(letter)[0] in "LM"
            and unicodedata.name(letter).split()[0] not in SCRIPTS.get(name, [])
            and not unicodedata.name(letter).startswith(("LATIN", "MODIFIER"))
        }
        if strange:
            wrong.append((word.english, text, strange))
        if re.search("[A-Za-z]", gaps.sub("", word.english)) and text == word.english:
            is_name = not word.english.startswith("©") and name not in SAME.get(word.english, ())
            if is_name and "opyright" not in word.english:
                wrong.append((word.english, "left in English"))
    assert not wrong


def test_a_slip_of_an_installed_catalog_is_mended(said):
    [contents] = {w.translation for w in said["hi"] if w.english == "Contents"}
    assert contents == "विषय-सामग्री"


def test_the_command_lists_words_and_where_they_come_from(capsys, tmp_path):
    assert command.main(["hi"]) == 0
    lines = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["Contents"] == "विषय-सामग्री\thi.toml"
    assert lines["Table %s"] == "सारणी %s\tsphinx"
    own = tmp_path / "own.toml"
    own.write_text('[interface]\n"Table %s" = "तालिका %s"\n', "utf-8")
    assert command.main(["hi", "--messages", str(own)]) == 0
    assert f"Table %s\tतालिका %s\t{own}" in capsys.readouterr().out
    assert command.main(["hi", "--catalogs"]) == 0
    assert "hi.toml" not in capsys.readouterr().out


def test_the_command_names_what_is_lacking(capsys):
    assert command.main(["eo"]) == 1
    assert "Search the book\t—\t—" in capsys.readouterr().out
    assert command.main(["tlh-nonsense"]) == 2


def test_every_text_of_the_extension_is_listed():
    """What the extension asks for by name stands in the list that the files are compared with."""
    listed = set(installed.english()["polyglot"])
    asked = set()
    for path in FOLDER.parent.rglob("*.py"):
        source = path.read_text("utf-8")
        asked |= set(re.findall(r'\b(?:say|text|polyglot_text)\(\s*"([^"]+)"', source))
    for path in (FOLDER.parent / "templates").rglob("*.html"):
        asked |= set(re.findall(r"polyglot_text\(['\"]([^'\"]+)['\"]", path.read_text("utf-8")))
    assert len(asked) > 60
    assert not asked - listed


def test_files_of_messages_are_in_one_order():
    """A reader who compares two files finds the same words at the same height."""
    order = list(tomllib.loads((FOLDER / "ru.toml").read_text("utf-8"))["interface"])
    for name in sorted(set(LOCALES) - {"en", "ru", "bn", "zh"}):
        keys = [key for key in messages.load(FOLDER / f"{name}.toml").interface if key in order]
        assert keys == sorted(keys, key=order.index), name
