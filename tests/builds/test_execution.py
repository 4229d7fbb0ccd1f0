"""Stored outputs never outlive the code they came from."""

import os
from pathlib import Path

import pytest
from sphinx.errors import ConfigError

from polyglot_book.execution import cache_folder, digests, workers


def page(book: Path) -> str:
    return (book / "_build" / "html" / "en" / "page.html").read_text()


def test_a_change_beside_the_notebook_runs_it_again(build, notebook_book):
    first = build(notebook_book)
    assert first.returncode == 0, first.stdout
    assert "executing notebooks" in first.stdout
    assert "Using cached notebook" in first.stdout, "the page should take what ran ahead"
    assert "first-version" in page(notebook_book)

    again = build(notebook_book)
    assert again.returncode == 0
    assert "executing notebooks" not in again.stdout, "nothing changed, nothing should run"

    (notebook_book / "lib" / "answer.py").write_text("WORD = 'second-version'\n")
    changed = build(notebook_book)
    assert changed.returncode == 0, changed.stdout
    assert "second-version" in page(notebook_book)
    assert "first-version" not in page(notebook_book)
    caches = list((notebook_book / "_build" / ".jupyter_cache").iterdir())
    assert len(caches) == 1, "the cache of older sources should be gone"


def test_a_failing_cell_fails_the_build_and_says_where(build, notebook_book):
    (notebook_book / "lib" / "answer.py").write_text("raise RuntimeError('broken on purpose')\n")
    failed = build(notebook_book)
    assert failed.returncode != 0
    assert "en/page.ipynb" in failed.stdout
    assert "broken on purpose" in failed.stdout


def test_a_kernel_that_dies_fails_the_build_and_says_where(build, notebook_book):
    (notebook_book / "lib" / "answer.py").write_text("import os\nos._exit(1)\n")
    failed = build(notebook_book)
    assert failed.returncode != 0
    assert "A notebook failed" in failed.stdout
    assert "en/page.ipynb\nKernel died" in failed.stdout


def test_no_more_kernels_than_cores_that_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 6}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert workers() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert workers() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: 96)
    assert workers() == 8


def test_a_warning_is_not_forgotten_by_the_next_build(build, notebook_book):
    assert build(notebook_book, "-W", "--keep-going").returncode == 0
    (notebook_book / "en" / "index.md").write_text("# Start\n\n[nowhere](nowhere.md)\n")
    assert build(notebook_book, "-W", "--keep-going").returncode != 0
    assert build(notebook_book, "-W", "--keep-going").returncode != 0, (
        "the second build must warn too"
    )


def test_digest_sees_names_and_contents(tmp_path):
    def digest() -> str:
        return digests(tmp_path, ["*.py"], ["en"])["en"]

    (tmp_path / "a.py").write_text("1")
    one = digest()
    assert digest() == one
    (tmp_path / "a.py").write_text("2")
    two = digest()
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({one, two, digest()}) == 3
    assert cache_folder(tmp_path, two) != cache_folder(tmp_path, one)


@pytest.mark.parametrize("pattern", ["lib/*", "lib/{lang}.toml"])
def test_a_pattern_that_matches_nothing_is_an_error(tmp_path, pattern):
    with pytest.raises(ConfigError, match=r"no file matches 'lib/"):
        digests(tmp_path, [pattern], ["de", "fr"])


def changed_by(root: Path, patterns: list[str], path: str, text: str) -> set[str | None]:
    """Return the languages whose notebooks a new text of a file makes stale."""
    before = digests(root, patterns, ["de", "fr"], "words/{lang}.toml")
    (root / path).write_text(text, "utf-8")
    after = digests(root, patterns, ["de", "fr"], "words/{lang}.toml")
    return {code for code in before if before[code] != after[code]}


def test_a_file_of_one_language_counts_for_it_alone(tmp_path):
    for path in ("lib/tool.py", "lib/quiz/de.toml", "lib/quiz/fr.toml", "lib/quiz/en.toml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    patterns = ["lib/**/*", "lib/quiz/{lang}.toml"]
    assert changed_by(tmp_path, patterns, "lib/quiz/de.toml", "a = 1") == {"de"}
    assert changed_by(tmp_path, patterns, "lib/quiz/en.toml", "a = 1") == {"de", "fr", None}
    assert changed_by(tmp_path, patterns, "lib/tool.py", "a = 1") == {"de", "fr", None}
    assert changed_by(tmp_path, ["lib/**/*"], "lib/quiz/de.toml", "a = 2") == {"de", "fr", None}


def test_words_of_pages_run_no_notebook(tmp_path):
    (tmp_path / "words").mkdir()
    for code in ("de", "fr"):
        (tmp_path / "words" / f"{code}.toml").write_text("[figures]\na = 1\n")
    text = "[figures]\na = 1\n[interface]\nClose = 'Zu'\n[writing]\ncss = 'a{}'\n"
    for patterns in (["words/{lang}.toml"], ["words/*"]):
        assert changed_by(tmp_path, patterns, "words/de.toml", text) == set()
        text += "# a comment\n"
    stale = changed_by(tmp_path, ["words/{lang}.toml"], "words/de.toml", text.replace("1", "2"))
    assert stale == {"de"}


#: A notebook in MyST that says whether a module was there before it imported any.
ASKING = """---
file_format: mystnb
kernelspec: {name: python3}
---
# Page

```{code-cell}
import sys
print("there" if "colorsys" in sys.modules else "lacking")
```
"""


@pytest.mark.parametrize(("more", "says"), [(1, "there"), (0, "lacking")])
def test_what_is_preloaded_is_there_where_there_are_many_notebooks(
    build, notebook_book, more, says
):
    pages = [f"p{number}" for number in range(workers() + more)]
    for name in pages:
        (notebook_book / "en" / f"{name}.md").write_text(ASKING)
    chapters = ", ".join(f"{{file: en/{name}}}" for name in pages)
    toc = f"format: jb-book\nroot: en/index\nchapters: [{chapters}]\n"
    (notebook_book / "_toc.yml").write_text(toc)
    config = notebook_book / "_config.yml"
    config.write_text(config.read_text() + "      preload: [colorsys]\n")
    built = build(notebook_book)
    assert built.returncode == 0, built.stdout
    for name in pages:
        html = (notebook_book / "_build" / "html" / "en" / f"{name}.html").read_text()
        assert f">{says}\n" in html


TWO = """
title: Small
execute:
  execute_notebooks: cache
  timeout: 300
  raise_on_error: true
  exclude_patterns: ["*/never.md"]
only_build_toc_files: true
sphinx:
  extra_extensions: [polyglot_book.state, polyglot_book.execution]
  config:
    polyglot:
      languages:
        de: {tag: de, gettext: de, name: Deutsch}
        fr: {tag: fr, gettext: fr, name: Français}
      messages: "words/{lang}.toml"
      depends_on: ["lib/*", "words/{lang}.toml"]
"""
#: A notebook in MyST: it says what its language's file says, once another has begun to run.
MEETING = """---
file_format: mystnb
kernelspec: {{name: python3}}
---
# {code}

```{{code-cell}}
import time, tomllib
from pathlib import Path
Path("../begun-{code}").touch()
while not Path("../begun-{other}").exists():
    time.sleep(0.05)
with Path("../ran").open("a") as file:
    file.write("{code} ")
print("says", tomllib.loads(Path("../words/{code}.toml").read_text())["figures"]["word"])
```
"""


@pytest.fixture
def two_languages(tmp_path: Path) -> Path:
    """Make a book of a notebook in MyST in each of two languages, each waiting for the other."""
    (tmp_path / "_config.yml").write_text(TWO)
    chapters = "[{file: de/page}, {file: de/never}, {file: fr/page}]"
    (tmp_path / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters: {chapters}\n")
    (tmp_path / "index.md").write_text("# Start\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "tool.py").write_text("")
    (tmp_path / "words").mkdir()
    for code, other in (("de", "fr"), ("fr", "de")):
        (tmp_path / code).mkdir()
        (tmp_path / code / "page.md").write_text(MEETING.format(code=code, other=other))
        (tmp_path / "words" / f"{code}.toml").write_text(f"[figures]\nword = '{code} one'\n")
    never = MEETING.format(code="never", other="ever")
    (tmp_path / "de" / "never.md").write_text(never)
    return tmp_path


def test_notebooks_in_markdown_run_side_by_side_and_by_language(build, two_languages):
    book = two_languages
    if workers() < 2:
        pytest.skip("one core: one notebook at a time")

    def html(code: str) -> str:
        return (book / "_build" / "html" / code / "page.html").read_text("utf-8")

    first = build(book)
    assert first.returncode == 0, first.stdout
    assert "says de one" in html("de")
    assert "says fr one" in html("fr")
    assert sorted((book / "ran").read_text().split()) == ["de", "fr"], "each ran once"

    with (book / "words" / "de.toml").open("a") as file:
        file.write("[interface]\nClose = 'Zu'\n")
    words = build(book)
    assert words.returncode == 0, words.stdout
    assert "executing notebooks" not in words.stdout, "a word of pages runs no notebook"

    (book / "words" / "de.toml").write_text("[figures]\nword = 'de two'\n")
    own = build(book)
    assert own.returncode == 0, own.stdout
    assert "says de two" in html("de")
    assert sorted((book / "ran").read_text().split()) == ["de", "de", "fr"]


def test_a_warning_costs_the_next_build_nothing_but_a_strict_one_says_it_again(
    build, notebook_book
):
    (notebook_book / "en" / "index.md").write_text("# Start\n\n[nowhere](nowhere.md)\n")
    first = build(notebook_book)
    assert first.returncode == 0
    assert "nowhere" in first.stdout
    again = build(notebook_book)
    assert "0 added, 0 changed, 0 removed" in again.stdout, again.stdout
    strict = build(notebook_book, "-W", "--keep-going")
    assert strict.returncode != 0, "a strict build must say what a build before it has said"
    (notebook_book / "en" / "index.md").write_text("# Start\n")
    assert build(notebook_book, "-W", "--keep-going").returncode == 0
