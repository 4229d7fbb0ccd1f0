"""Numbers of sections; figures, tables, equations and exercises counted in each language anew."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .. import order, state
from ..compat import sphinx_core

#: Where a title names its own number: a "2" further on may be any.
_TITLE_START = 12


def _drop_repeated_number(env: BuildEnvironment, docname: str) -> None:
    """Take a page's number from a title that says it itself: "Level 3: …" needs no "3." before it.

    Figures and sections are counted by then, so theirs stay 3.1, 3.2 …
    """
    title = env.titles[docname]
    number = tuple(title.get("secnumber") or ())
    if not number or str(number[-1]) not in re.findall(r"\d+", title.astext()[:_TITLE_START]):
        return
    del title["secnumber"]
    for link in env.tocs[docname].findall(nodes.reference):
        if tuple(link.get("secnumber") or ()) == number:
            del link["secnumber"]
    env.toc_secnumbers[docname] = {
        anchor: own
        for anchor, own in env.toc_secnumbers[docname].items()
        if tuple(own or ()) != number
    }


def _assign_numbers(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give everything its number, and return the pages whose numbers have changed.

    Sphinx counts through the whole book from its root: without this the second language
    would go on where the first ends, and chapters of equal number would share counters.
    """
    book = state.of(app).registry
    last_sections, last_figures = env.toc_secnumbers, env.toc_fignumbers
    state.of(app).numbering.assign_section_numbers(env)
    numbers = {
        docname: counted
        for docname, counted in sphinx_core.assign_figure_numbers(
            app, env, env.config.root_doc
        ).items()
        if book.language_of(docname) is None
    }
    for language in book.languages.values():
        numbers.update(sphinx_core.assign_figure_numbers(app, env, book.landing(language)))
    for counted in numbers.values():
        # Sphinx looks for a labelled equation here, even one that is on no page: sphinx-exercise
        # drops an exercise whose label was given before, with all that is in it.
        counted.setdefault("displaymath", {})
    env.toc_fignumbers = numbers
    for docname in env.toc_secnumbers:
        _drop_repeated_number(env, docname)
    return [
        docname
        for docname in env.all_docs
        if env.toc_secnumbers.get(docname) != last_sections.get(docname)
        or numbers.get(docname) != last_figures.get(docname)
    ]


def setup(app: Sphinx) -> None:
    """Count in place of Sphinx."""
    app.connect(
        "builder-inited", sphinx_core.take_over_numbering, priority=order.TAKE_OVER_NUMBERING
    )
    app.connect("env-get-updated", _assign_numbers, priority=order.ASSIGN_NUMBERS)
