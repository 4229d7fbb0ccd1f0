"""Stored outputs never outlive the code they came from."""

import os
from pathlib import Path

import nbformat
import pytest
from sphinx.errors import ConfigError

from polyglot_book.execution import cache_folder, digest, workers

CONFIG = """
title: Small
execute: {execute_notebooks: cache, allow_errors: false, raise_on_error: true}
only_build_toc_files: true
latex: {use_jupyterbook_latex: false}
sphinx:
  config:
    extensions: [myst_nb, jupyter_book, sphinx_external_toc, sphinx_book_theme,
                 polyglot_book.state, polyglot_book.execution]
    polyglot:
      languages: {en: {tag: en, gettext: en, name: English}}
      depends_on: ["lib/**/*"]
"""


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """Make a book of one notebook that prints what a module beside it says."""
    (tmp_path / "_config.yml").write_text(CONFIG)
    toc = "format: jb-book\nroot: en/index\nchapters: [{file: en/page}]\n"
    (tmp_path / "_toc.yml").write_text(toc)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "answer.py").write_text("WORD = 'first-version'\n")
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "index.md").write_text("# Start\n")
    source = "import sys\nsys.path.insert(0, '../lib')\nimport answer\nprint(answer.WORD)"
    cells = [nbformat.v4.new_markdown_cell("# Page"), nbformat.v4.new_code_cell(source)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, tmp_path / "en" / "page.ipynb")
    return tmp_path


def page(book: Path) -> str:
    return (book / "_build" / "html" / "en" / "page.html").read_text()


def test_a_change_beside_the_notebook_runs_it_again(build, small_book):
    first = build(small_book)
    assert first.returncode == 0, first.stdout
    assert "executing notebooks" in first.stdout
    assert "Using cached notebook" in first.stdout, "the page should take what ran ahead"
    assert "first-version" in page(small_book)

    again = build(small_book)
    assert again.returncode == 0
    assert "executing notebooks" not in again.stdout, "nothing changed, nothing should run"

    (small_book / "lib" / "answer.py").write_text("WORD = 'second-version'\n")
    changed = build(small_book)
    assert changed.returncode == 0, changed.stdout
    assert "second-version" in page(small_book)
    assert "first-version" not in page(small_book)
    caches = list((small_book / "_build" / ".jupyter_cache").iterdir())
    assert len(caches) == 1, "the cache of older sources should be gone"


def test_a_failing_cell_fails_the_build_and_says_where(build, small_book):
    (small_book / "lib" / "answer.py").write_text("raise RuntimeError('broken on purpose')\n")
    failed = build(small_book)
    assert failed.returncode != 0
    assert "en/page.ipynb" in failed.stdout
    assert "broken on purpose" in failed.stdout


def test_a_kernel_that_dies_fails_the_build_and_says_where(build, small_book):
    (small_book / "lib" / "answer.py").write_text("import os\nos._exit(1)\n")
    failed = build(small_book)
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


def test_a_warning_is_not_forgotten_by_the_next_build(build, small_book):
    (small_book / "en" / "index.md").write_text("# Start\n\n[nowhere](nowhere.md)\n")
    assert build(small_book, "-W", "--keep-going").returncode != 0
    assert build(small_book, "-W", "--keep-going").returncode != 0, "the second build must warn too"


def test_digest_sees_names_and_contents(tmp_path):
    (tmp_path / "a.py").write_text("1")
    one = digest(tmp_path, ["*.py"])
    assert digest(tmp_path, ["*.py"]) == one
    (tmp_path / "a.py").write_text("2")
    two = digest(tmp_path, ["*.py"])
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({one, two, digest(tmp_path, ["*.py"])}) == 3
    assert cache_folder(tmp_path, two) != cache_folder(tmp_path, one)


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"no file matches 'lib/\*'"):
        digest(tmp_path, ["lib/*"])
