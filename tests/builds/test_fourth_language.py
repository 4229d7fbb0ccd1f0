"""Another language is begun by a command: as a draft at once, and whole when it is translated.

What is tested of it are the repository's own tests of languages, in a copy that has the language.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import courses
import nbformat
import pytest
from project import FINISHED, LANGUAGES, ROOT

#: Esperanto stands for the language that somebody will add: plain letters, a catalog in Sphinx.
CODE = "eo"
CELLS = [
    "from softmax_course import figures, language, theorems\n\nlanguage.use('eo')",
    "theorems.softmax_jacobian()",
]
#: The tests of languages that need no more of the book than is built here.
SITE_TESTS = [
    "tests/site/test_site_language.py",
    "tests/site/test_site_navigation.py",
    "tests/site/test_site_offline.py",
]
UNIT_TESTS = [
    "tests/units/course/test_derivation.py",
    "tests/units/course/test_language.py",
    "tests/units/course/test_quiz.py",
    "tests/units/course/test_report.py",
    "tests/units/test_glossary.py",
    "tests/units/test_notebooks.py",
    "tests/units/test_take_along.py",
]


@pytest.fixture(scope="module")
def fourth(tmp_path_factory) -> Path:
    """Copy the repository, with the landing pages alone of its languages, and begin another."""
    assert CODE not in LANGUAGES
    book = tmp_path_factory.mktemp("fourth")
    ignored = shutil.ignore_patterns("__pycache__", "*.ipynb", "node_modules")
    for name in ("src", "book", "tests", "tools"):
        shutil.copytree(ROOT / name, book / name, ignore=ignored)
    for name in ("constraints.txt", "CITATION.cff", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, book)
    for path in (book / "book").glob("*/*.md"):
        if path.stem != "index":
            path.unlink()
        else:  # no page to link to
            text = re.sub(
                r"\[([^]]*)\]\([\w.-]+\.(?:md|ipynb)(?:#[\w-]+)?\)", r"\1", path.read_text("utf-8")
            )
            path.write_text(text, "utf-8")
    chapters = "".join(f"  - file: book/{code}/index\n" for code in LANGUAGES)
    toc = f"format: jb-book\nroot: book/index\nchapters:\n{chapters}"
    (book / "_toc.yml").write_text(toc, "utf-8")
    # Their pages are not there to be the homes of concepts, and packing Python takes its time.
    config = (ROOT / "_config.yml").read_text("utf-8")
    config = re.sub(r"(?m)^      concepts: \[[^]]*\]", "      concepts: []", config)
    config = config.replace("    live_cells:\n", "    live_cells:\n      runtime: none\n")
    (book / "_config.yml").write_text(config, "utf-8")
    said = run(book, "tools/new_language.py", CODE)
    assert said.returncode == 0, said.stderr
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    cells.insert(0, nbformat.v4.new_markdown_cell("# Paĝo\n\nTeksto kun ĉapeloj."))
    meta = {"html_meta": {"description": "Paĝo"}}
    page = nbformat.v4.new_notebook(cells=cells, metadata={"myst": meta})
    nbformat.write(page, book / "book" / CODE / "pagxo.ipynb")
    assert run(book, "tools/notebooks.py", "book").returncode == 0
    line = f"          - file: book/{CODE}/glossary\n"
    toc = (book / "_toc.yml").read_text("utf-8")
    (book / "_toc.yml").write_text(
        toc.replace(line, line.replace("glossary", "pagxo") + line), "utf-8"
    )
    return book


def environment(book: Path) -> dict[str, str]:
    """Return the environment in which the copy's own modules are those to import."""
    return {"PYTHONPATH": os.pathsep.join(map(str, (book / "src", book / "tools")))}


def run(book: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run a program of the copy."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=book,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | environment(book),
    )


def check(book: Path, tests: list[str]) -> None:
    """Run those of some tests that are about the language."""
    # The copy has no concepts: their homes in the other languages are left out.
    left_out = "tests/site/test_site_navigation.py::test_each_concept_has_one_home"
    options = ["-q", "-p", "no:cacheprovider", "-k", f"[{CODE} or {CODE}]", "--deselect", left_out]
    done = run(book, "-m", "pytest", *options, *tests)
    assert done.returncode == 0, done.stdout[-4000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 20, done.stdout


@pytest.fixture(scope="module")
def draft(build, fourth) -> Path:
    """Build the copy strictly, the language just begun."""
    done = build(fourth, "-W", "-n", "--keep-going", **environment(fourth))
    assert done.returncode == 0, done.stdout[-4000:]
    return fourth / "_build" / "html"


def test_a_language_that_was_just_begun_is_built_and_passes_the_tests(fourth, draft):
    front = (draft / "book" / "index.html").read_text("utf-8")
    assert "Esperanto" in front
    assert "polyglot-choice__draft" in front
    assert (draft / "downloads" / f"book-{CODE}.zip").is_file()
    check(fourth, UNIT_TESTS + SITE_TESTS)


def translate(text: str) -> str:
    """Put a letter of the language before every word of a file of words."""
    lines, table = [], ""
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[]").partition(".")[0]
        elif table not in ("", "language", "font", "writing") and not line.startswith("#"):
            key, equals, value = re.match(
                r'((?:"(?:[^"\\]|\\.)*"|[\w-]+)?)( = )?(.*)', line
            ).groups("")
            line = key + equals + re.sub(r'"((?:[^"\\]|\\.)*)"', r'"ĉ \1"', value)
        lines.append(line)
    return "\n".join(lines) + "\n"


def test_it_is_no_draft_until_it_is_translated(build, fourth, draft):
    config = fourth / "_config.yml"
    before, entry, after = config.read_text("utf-8").partition(f"\n        {CODE}:\n")
    after = after.replace("          status: draft\n", "", 1)
    config.write_text(before + entry + after, "utf-8")
    path = fourth / courses.MESSAGES / f"{CODE}.toml"
    english = path.read_text("utf-8")

    facts = fourth / "tests" / "languages.toml"
    own = 'praise = "x"\nfound = [{forms = ["a"], stem = "a"}]\nwords = ["a"]\nabsent = ["q"]\n'
    text = facts.read_text("utf-8")
    head = text[: text.index(f"[{CODE}]")]
    table = re.sub(r"(?m)^(praise|found|words|absent) = .*\n", "", text[len(head) :])
    facts.write_text(head + table + own, "utf-8")
    done = run(fourth, "-m", "pytest", "-q", "-k", f"[{CODE} and translated", UNIT_TESTS[1])
    assert done.returncode == 1, done.stdout
    assert "still as in English" in done.stdout
    assert "figures.probability" in done.stdout

    # Without a line for a word of pages, the build names it.
    path.write_text(re.sub(r'(?m)^"Search the book" = .*\n', "", english), "utf-8")
    # Its glossary has no term yet: the page is left out, the file is not read.
    toc = fourth / "_toc.yml"
    line = f"          - file: book/{CODE}/glossary\n"
    toc.write_text(toc.read_text("utf-8").replace(line, ""), "utf-8")
    (fourth / "book" / CODE / "glossary.md").unlink()
    lacking = build(fourth, **environment(fourth))
    assert lacking.returncode != 0
    assert "Esperanto (eo) lacks" in lacking.stdout
    assert '"Search the book" = "…"' in lacking.stdout

    path.write_text(translate(english), "utf-8")
    done = run(fourth, "-m", "pytest", "-q", "-k", f"[{CODE} and translated", UNIT_TESTS[1])
    assert done.returncode == 0, done.stdout[-3000:]
    whole = build(fourth, **environment(fourth))
    assert whole.returncode == 0, whole.stdout[-3000:]
    html = (fourth / f"_build/html/book/{CODE}/pagxo.html").read_text("utf-8")
    assert "ĉ quotient rule" in html, "the derivation speaks the new language"
    assert "ĉ Search the book" in html
    front = (fourth / "_build/html/book/index.html").read_text("utf-8")
    others = len(LANGUAGES) - len(FINISHED)  # drafts of the book itself
    assert front.count("polyglot-choice__draft") == others
