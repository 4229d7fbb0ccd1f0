"""A book of one notebook, in one language, with as little of the extension as running it takes."""

from pathlib import Path

import nbformat
import pytest

CONFIG = """
title: Small
execute: {execute_notebooks: cache, allow_errors: false, raise_on_error: true, timeout: 600}
only_build_toc_files: true
latex: {use_jupyterbook_latex: false}
sphinx:
  config:
    extensions: [myst_nb, jupyter_book, sphinx_comments, sphinx_external_toc, sphinx_book_theme,
                 polyglot_book.single_build, polyglot_book.state, polyglot_book.execution]
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
