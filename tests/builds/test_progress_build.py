"""Exercises say their kind and make room for words; a book knows the titles of its questions."""

import json
import re
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from small_book import STRICT, said

from polyglot_book.rendering import page_html

#: Of English, so that the book needs no words of its own.
CONFIG = {
    "title": "Weather",
    "author": "Ada",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "off"},
    "sphinx": {
        "config": {
            "extensions": [
                "myst_nb",
                "jupyter_book",
                "sphinx_comments",
                "sphinx_external_toc",
                "sphinx_book_theme",
                "sphinx_exercise",
                "polyglot_book",
            ],
            "polyglot": {"languages": {"en": {"tag": "en", "gettext": "en", "name": "English"}}},
        }
    },
    "parse": {"myst_enable_extensions": ["dollarmath", "tasklist"]},
}
TOC = """format: jb-book
root: index
chapters:
  - file: en/index
    sections: [{file: en/rain}]
"""
EXERCISES = """# Rain

```{exercise} Why wet?
:label: en-words
In your words.
```

```{solution} en-words
:class: dropdown
It rains.
```

```{exercise}
:label: en-proof
:class: exercise-proof
Prove that $1 + 1 = 2$.
```

```{solution} en-proof
:class: dropdown
- [ ] counted
- [ ] counted again
```

```{exercise-start} How much?
:label: en-box
:class: exercise-predict
```
"""
AFTER = """```{exercise-end}
```

```{solution} en-box
:class: dropdown
Two.
```

```{exercise} And here?
:label: en-after
```
"""
BOX = '<form data-polyglot-question="{name}"><label>Answer<input></label></form>'
QUIZ = '<form data-polyglot-question="rain-1"><fieldset><legend>1. Which drop?</legend></form>'


def asking(name: str) -> nbformat.NotebookNode:
    """Return a cell with an output that a page shows in place of what Jupyter does."""
    data = {page_html.MIME_TYPE: BOX.format(name=name), "text/plain": "…"}
    output = nbformat.v4.new_output("display_data", data)
    cell = nbformat.v4.new_code_cell("answer = ...\ncheck(answer)", outputs=[output])
    cell.metadata = {"tags": ["hide-input"]}
    return cell


def shown(html: str) -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("display_data", {"text/html": html, "text/plain": "…"})
    return nbformat.v4.new_code_cell("quiz()", outputs=[output])


@pytest.fixture(scope="module")
def book(build, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    (folder / "en").mkdir()
    (folder / "_config.yml").write_text(yaml.safe_dump(CONFIG), "utf-8")
    (folder / "_toc.yml").write_text(TOC, "utf-8")
    (folder / "index.md").write_text("# Weather\n\n```{languages}\n```\n", "utf-8")
    (folder / "en" / "index.md").write_text("# Weather\n\nIt changes.\n", "utf-8")
    new = nbformat.v4.new_markdown_cell
    cells = [
        new(EXERCISES), asking("box-1"), new(AFTER), asking("box-2"),
        new("```{solution} en-after\n:class: dropdown\nThree.\n```"), shown(QUIZ),
    ]  # fmt: skip
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    page = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(page, folder / "en" / "rain.ipynb")
    result = build(folder, *STRICT)
    assert result.returncode == 0, said(result)[-2000:]
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def rain(book) -> BeautifulSoup:
    return BeautifulSoup((book / "en/rain.html").read_text("utf-8"), "html.parser")


def test_an_exercise_says_its_kind_and_a_solution_does_not(rain):
    kinds = [kind.get_text() for kind in rain.select(".exercise .admonition-title .polyglot-kind")]
    assert kinds == ["basic", "proof", "predict first", "basic"]
    assert not rain.select("details .polyglot-kind")


def test_room_for_words_is_where_no_box_asks(rain):
    rooms = rain.select(".exercise .polyglot-words")
    assert [room["data-polyglot-question"] for room in rooms] == ["en-words", "en-proof"]
    labels = [room.label.span.get_text() for room in rooms]
    assert labels == ["Your answer, in your own words", "Your proof"]
    first, second, *others = rain.select("details.solution")
    assert len(first.select("fieldset input[type=checkbox]")) == 2
    assert not second.select("fieldset"), "it brings a list of its own"
    assert len(second.select("input[type=checkbox]")) == 2
    assert not [each for each in others if each.select("input")]
    assert "polyglot-exercises.js" in str(rain)


def test_the_cell_of_a_box_is_opened_by_words(rain):
    words = [summary.get_text() for summary in rain.select("summary.polyglot-code__words")]
    assert words == ["Answer in Python"] * 2


def test_questions_have_addresses_and_titles(book, rain):
    for name in ("box-1", "box-2", "rain-1", "en-words"):
        assert rain.select_one(f"#question-{name}")["data-polyglot-question"] == name
    text = (book / "progress/en.js").read_text("utf-8")
    data = json.loads(re.fullmatch(r"polyglotProgress\((.*)\);\n", text)[1])
    assert data["pages"] == [["en/index.html", "Weather"], ["en/rain.html", "Rain"]]
    assert data["questions"] == {
        "en-words": ["en/rain.html", "en-words", "Exercise 1 (Why wet?)"],
        "en-proof": ["en/rain.html", "en-proof", "Exercise 2"],
        "box-1": ["en/rain.html", "en-box", "Exercise 3 (How much?)"],
        "box-2": ["en/rain.html", "en-after", "Exercise 4 (And here?)"],
        "rain-1": ["en/rain.html", "question-rain-1", "1. Which drop?"],
    }


def test_the_landing_page_alone_has_the_place_for_progress(book, rain):
    landing = BeautifulSoup((book / "en/index.html").read_text("utf-8"), "html.parser")
    [place] = landing.select(".polyglot-progress")
    assert place.has_attr("hidden"), "until its script has something to say"
    assert place["data-book"] == "../progress/en.js"
    assert not rain.select(".polyglot-progress")
    script = rain.select_one("script[src*='polyglot-progress.js']")
    assert (script["data-page"], script["data-language"]) == ("en/rain.html", "en")
    assert 10 <= int(script["data-seconds"]) <= 180


def test_a_build_in_which_no_page_changed_keeps_the_titles(build, book):
    before = (book / "progress/en.js").read_text("utf-8")
    result = build(book.parents[1], *STRICT)
    assert result.returncode == 0, said(result)[-2000:]
    assert (book / "progress/en.js").read_text("utf-8") == before
