"""Another language is one folder, one registry entry and one message file, and no code."""

import copy
import json
import re
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from project import CONFIG, ROOT

#: Esperanto stands for the language that somebody will add: plain letters, a catalog in Sphinx.
ENTRY = {"tag": "eo", "gettext": "eo", "name": "Esperanto"}
CODE = """from softmax_course import figures, language, theorems
language.use("eo")
theorems.softmax_jacobian()"""
TOC = """format: jb-book
root: book/index
chapters:
  - file: book/ru/index
  - file: book/bn/index
  - file: book/zh/index
  - file: book/eo/index
    sections: [{file: book/eo/pagxo}]
"""


@pytest.fixture(scope="module")
def fourth(tmp_path_factory) -> Path:
    """Copy the book with the front and landing pages of its languages; add the folder and entry."""
    book = tmp_path_factory.mktemp("fourth")
    for name in ("src", "book"):
        shutil.copytree(ROOT / name, book / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("constraints.txt", "CITATION.cff"):
        shutil.copy(ROOT / name, book)
    (book / "_toc.yml").write_text(TOC, encoding="utf-8")
    config = copy.deepcopy(CONFIG)
    polyglot = config["sphinx"]["config"]["polyglot"]
    polyglot["concepts"] = []  # the pages that would be their homes are left out here
    polyglot["languages"]["eo"] = ENTRY
    config["sphinx"]["config"]["live_cells"]["runtime"] = "none"  # packing takes its time
    (book / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    (book / "book" / "eo").mkdir()
    (book / "book" / "eo" / "index.md").write_text("# Komenco\n", encoding="utf-8")
    cells = [nbformat.v4.new_markdown_cell("# Paĝo"), nbformat.v4.new_code_cell(CODE)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    page = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(page, book / "book" / "eo" / "pagxo.ipynb")
    return book


def test_a_fourth_language_needs_a_folder_an_entry_and_a_message_file(build, fourth):
    # The copy's own module, with its fourth message file, is the one to import.
    own = {"PYTHONPATH": str(fourth / "src")}
    file = fourth / "src" / "softmax_course" / "teaching" / "messages" / "eo.toml"
    without = build(fourth, **own)
    assert without.returncode != 0
    assert str(file) in without.stdout, "the build should name the missing file"

    words = (file.parent / "en.toml").read_text(encoding="utf-8")
    words = words.replace('name = "English"', 'name = "Esperanto"').replace(
        '"quotient', '"eo-quotient'
    )
    file.write_text(words, encoding="utf-8")
    lacking = build(fourth, **own)
    said = lacking.stdout
    assert lacking.returncode != 0
    assert "Esperanto (eo) lacks" in said
    wanted = dict.fromkeys(re.findall(r'^  ("(?:[^"\\]|\\.)*") = "…"$', said, re.MULTILINE))
    assert '"Search the book"' in wanted

    assert tomllib.loads(words)["interface"] == {}
    lines = [
        f"{word} = {json.dumps('eo-' + json.loads(word), ensure_ascii=False)}" for word in wanted
    ]
    words = words.replace("[interface]\n", "[interface]\n" + "\n".join(lines) + "\n")
    file.write_text(words, encoding="utf-8")
    done = build(fourth, **own)
    assert done.returncode == 0, done.stdout

    html = (fourth / "_build/html/book/eo/pagxo.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    assert soup.html["lang"] == "eo"
    assert "eo-quotient rule" in soup.get_text(), "the derivation speaks the new language"
    assert soup.find(attrs={"aria-label": "eo-Search the book"}) or "eo-Search" in html
    front = (fourth / "_build/html/book/index.html").read_text(encoding="utf-8")
    assert "Esperanto" in front
    assert (fourth / "_build/html/downloads/book-eo.zip").is_file()
