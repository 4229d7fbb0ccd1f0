"""The glossary: its data, its pages, and the words that the book's pages use."""

import json
import re
import unicodedata
from pathlib import Path

import courses
import pytest
from project import LANGUAGES, POLYGLOT, ROOT, TRAITS
from small_book import GLOSSARY

from polyglot_book.config import read
from polyglot_book.site.glossary.data import Entry, GlossaryError, by_letter, in_order, load
from polyglot_book.site.glossary.misuse import misuses

BOOK = read(POLYGLOT)


@pytest.fixture(scope="module")
def entries():
    """Return the book's glossary."""
    return load(ROOT, BOOK)


# The book's own glossary


def markdown(path: Path):
    """Yield the places and texts of a page that a reader reads."""
    if path.suffix == ".md":
        yield path.name, path.read_text("utf-8")
    else:
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"], start=1):
            if cell["cell_type"] == "markdown":
                yield f"{path.name}, cell {number}", "".join(cell["source"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_pages_keep_to_the_terms_of_the_glossary(entries, code):
    pages = courses.pages(code)
    assert pages
    places = [place for page in pages for place in markdown(page)]
    places += [(f"glossary.toml, {e.key}", e.definition) for e in entries[code].values()]
    wrong = [
        f"book/{code}/{place}: «{found.phrase}» should be «{found.term}» ({found.key})"
        for place, text in places
        for found in misuses(text, entries[code])
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", LANGUAGES)
def test_links_to_the_glossary_lead_somewhere(entries, code):
    for page in courses.pages(code):
        for place, text in markdown(page):
            for key in re.findall(r"\]\((?:\./)?glossary\.md#([^)\s]+)\)", text):
                assert key in entries[code], f"book/{code}/{place}: glossary.md#{key}"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_glossary_is_written_as_its_language_is(entries, code):
    own, end = f"[{TRAITS[code]['letters']}]", TRAITS[code]["sentence_end"]
    text = (ROOT / "book" / code / "glossary.toml").read_text("utf-8")
    assert text == unicodedata.normalize("NFC", text)
    for entry in entries[code].values():
        assert re.search(own, entry.definition), entry.key
        assert entry.definition.rstrip(")").endswith(end), entry.key
        assert entry.definition.count("$") % 2 == 0, entry.key


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_entry_says_something_of_its_own(entries, code):
    definitions = [entry.definition for entry in entries[code].values()]
    assert len(set(definitions)) == len(definitions)


@pytest.mark.slow
def test_order(entries):
    def terms(code):
        return [entry.term for entry in in_order(entries[code])]

    russian = terms("ru")
    assert russian.index("дообучение") < russian.index("жёсткая метка")  # ё is not after я
    assert russian.index("жёсткая метка") < russian.index("замаскированный класс")
    chinese = terms("zh")  # by pinyin: ban, jiao, shang, wen, yan
    expected = ["半正定矩阵", "交叉熵", "熵", "温度", "掩码"]
    assert sorted(expected, key=chinese.index) == expected
    bengali = terms("bn")
    expected = ["argmax", "এনট্রপি", "ক্লাস", "গ্রেডিয়েন্ট", "লজিট", "স্কোর", "হেসিয়ান ম্যাট্রিক্স"]
    assert sorted(expected, key=bengali.index) == [
        unicodedata.normalize("NFC", term) for term in expected
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "letter", "term"),
    [("ru", "Э", "энтропия"), ("zh", "J", "交叉熵"), ("bn", "ক", "ক্লাস"), ("bn", "গ", "গ্রেডিয়েন্ট")],
)
def test_letters(entries, code, letter, term):
    groups = by_letter(entries[code])
    assert [entry for _, group in groups for entry in group] == in_order(entries[code])
    letters = [letter for letter, _ in groups]
    assert len(set(letters)) == len(letters)
    wanted = unicodedata.normalize("NFC", term)
    assert wanted in [entry.term for entry in dict(groups)[letter]]


# Finding misuses

GERMAN = {
    "loss": Entry(
        "loss", "loss", None, "Verlust", "…", (), (re.compile("schaden", re.IGNORECASE),), "Verlust"
    )
}


@pytest.mark.parametrize(
    "text",
    [
        "Der Schaden wächst.",
        "# Schaden",
        "Ein **Scha**den",
        "![Schaden](a.svg)",
        "[Schaden](glossary.md#loss)",
        "| Schaden | 2 |\n|---|---|\n| 1 | 2 |",
        "- Schaden",
        "```{note}\n:class: x\nSchaden\n```",
        "````{dropdown} Schaden\n```{tip}\ngut\n```\n````",
        ":::{note} \nSchaden\n:::",
        "::::{grid}\n:::{card}\nSchaden\n:::\n::::",
        "{ref}`Schaden <a>`",
    ],
)
def test_misuses_are_found(text):
    found = misuses(text, GERMAN)
    assert [(m.phrase.lower(), m.term, m.key) for m in found] == [("schaden", "Verlust", "loss")]


@pytest.mark.parametrize(
    "text",
    [
        "Der Verlust sinkt.",
        "`schaden = 1`",
        "```python\nschaden = 1\n```",
        "```{code-cell}\nschaden = 1\n```",
        "$schaden$ und\n\n$$ schaden $$",
        "[hier](schaden.md)",
        "<!-- Schaden -->",
        "{ref}`hier <schaden>`",
        "---\nname: schaden\n---\nText",
        "(schaden)=\n# Verlust",
        "Scha $x$ den",
    ],
)
def test_what_is_no_prose_is_left_alone(text):
    assert misuses(text, GERMAN) == []


# Errors in the data

TWO = read(
    {
        "languages": {
            "de": {"tag": "de", "gettext": "de", "name": "Deutsch"},
            "fr": {"tag": "fr", "gettext": "fr", "name": "Français"},
        },
        "concepts": ["rain", "snow"],
    }
)
GERMAN_FILE = """
[rain]
term = "Regen"
also = ["Niederschlag"]
definition = 'Wasser: $10^{-3}$ Liter.'
avoid = ['\\bGuss']

[ice]
term = "Eis"
definition = 'Siehe [Regen](glossary.md#rain).'
"""
FRENCH_FILE = """
[rain]
term = "pluie"
definition = 'De l’eau.'

[ice]
term = "glace"
definition = 'De l’eau, froide.'
"""


def write(folder: Path, common=GLOSSARY, de=GERMAN_FILE, fr=FRENCH_FILE) -> Path:
    """Write a glossary of two entries in two languages."""
    for name, text in (
        ("glossary.toml", common),
        ("de/glossary.toml", de),
        ("fr/glossary.toml", fr),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_entries_are_read(tmp_path):
    rain = load(write(tmp_path), TWO)["de"]["rain"]
    assert (rain.key, rain.term, rain.english, rain.see) == ("rain", "Regen", "rain", "rain")
    assert rain.also == ("Niederschlag",)
    assert [p.pattern for p in rain.avoid] == [r"\bGuss"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"common": GLOSSARY + '[fog]\nenglish = "fog"\n'},
            "de/glossary.toml: fog: the concept has",
        ),
        ({"fr": FRENCH_FILE + '[x]\nterm="x"\ndefinition="x"\n'}, "fr/glossary.toml: x: .*missing"),
        ({"de": GERMAN_FILE.replace("also", "aslo")}, "de/glossary.toml: rain: unknown key 'aslo'"),
        ({"de": GERMAN_FILE.replace('term = "Eis"\n', "")}, "ice: missing key 'term'"),
        ({"de": GERMAN_FILE.replace('"Eis"', "3")}, "ice.term: a text is expected, got 3"),
        ({"de": GERMAN_FILE.replace('"Eis"', '""')}, "ice.term: a text is expected"),
        (
            {"de": GERMAN_FILE.replace('["Niederschlag"]', "[1]")},
            r"rain\.also\[0\]: a text is expected, got 1",
        ),
        ({"de": GERMAN_FILE.replace('"Eis"', '"Regen"')}, "ice: 'Regen' already stands for 'rain'"),
        ({"de": GERMAN_FILE.replace('"Eis"', '"niederschlag"')}, "already stands for 'rain'"),
        ({"de": GERMAN_FILE.replace("\\bGuss", "(Guss")}, "rain.avoid: .* does not compile"),
        ({"de": GERMAN_FILE.replace("\\bGuss", "eis")}, "rain.avoid: 'eis' matches 'Eis'"),
        ({"de": GERMAN_FILE.replace('"Eis"', '"冰"')}, "ice: missing key 'sort'"),
        ({"de": GERMAN_FILE + "["}, "de/glossary.toml: Invalid"),
        ({"common": GLOSSARY.replace("snow", "hail")}, "ice.see: 'hail' is no concept"),
        (
            {"common": GLOSSARY.replace("[ice]", "[Ice]")},
            "glossary.toml: a key of lower-case .* got 'Ice'",
        ),
        (
            {"common": "ice = 1\n" + GLOSSARY.replace("[ice]", "[iced]")},
            r"glossary\.toml: ice: a table of its own is expected, got 1",
        ),
    ],
)
def test_errors_name_file_and_key(tmp_path, changes, words):
    with pytest.raises(GlossaryError, match=words):
        load(write(tmp_path, **changes), TWO)


def test_a_missing_file_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "fr" / "glossary.toml").unlink()
    with pytest.raises(GlossaryError, match=r"fr/glossary\.toml: the file does not exist"):
        load(tmp_path, TWO)
