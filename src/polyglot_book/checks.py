"""What is wrong with the sources, said before notebooks are run: all of it, each thing once.

Parts that find something add it to `state.State.problems` at `order.CHECK_SOURCES`.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from . import order, pages, state
from .compat import myst_sources


def _check_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Check folders of languages, and homes of concepts: of pages that are read now, and others."""
    book, problems = state.of(app).registry, state.of(app).problems
    problems += pages.folder_problems(book, env.found_docs)
    if not book.concepts:
        return
    found = {docname: pages.concepts_of(env, docname) for docname in env.found_docs}
    for docname in docnames:
        named = myst_sources.of(env, docname).metadata.get("concepts", ())
        found[docname] = pages.parse_concepts(named, docname)
    problems += pages.concept_problems(book, found)


def _report(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    state.of(app).sources.clear()
    if problems := state.of(app).problems:
        raise ExtensionError("\n".join(dict.fromkeys(problems)))


def setup(app: Sphinx) -> None:
    """Check the sources, and report what all checks have found."""
    app.connect("env-before-read-docs", _check_pages, priority=order.CHECK_SOURCES)
    app.connect("env-before-read-docs", _report, priority=order.REPORT_SOURCES)
