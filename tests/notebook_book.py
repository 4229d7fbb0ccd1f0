"""A book of one notebook in one language, which tests write and build.

It loads as little of the extension as running a notebook takes.
"""

from pathlib import Path

import nbformat

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


def write_notebook_book(folder: Path) -> None:
    """Write a book of one notebook that prints what a module beside it says."""
    (folder / "_config.yml").write_text(CONFIG)
    toc = "format: jb-book\nroot: en/index\nchapters: [{file: en/page}]\n"
    (folder / "_toc.yml").write_text(toc)
    (folder / "lib").mkdir()
    (folder / "lib" / "answer.py").write_text("WORD = 'first-version'\n")
    (folder / "en").mkdir()
    (folder / "en" / "index.md").write_text("# Start\n")
    source = "import sys\nsys.path.insert(0, '../lib')\nimport answer\nprint(answer.WORD)"
    cells = [nbformat.v4.new_markdown_cell("# Page"), nbformat.v4.new_code_cell(source)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, folder / "en" / "page.ipynb")
