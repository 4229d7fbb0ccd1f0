"""Where a reader is: what the page belongs to, how far into the book it is, how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .. import order, pages, state
from ..config import Language
from ..words import catalogs
from . import drafts, reading


@dataclass(frozen=True)
class Crumb:
    """Name something that a page is part of: a page with an address, or a group without one."""

    title: str
    href: str | None = None


def _parent(env: BuildEnvironment, docname: str) -> str | None:
    """Return the page in whose contents a page stands."""
    return next((page for page, under in env.toctree_includes.items() if docname in under), None)


def _group(env: BuildEnvironment, parent: str, docname: str) -> str | None:
    """Return the caption under which a page stands in the contents of another."""
    for toctree in env.tocs[parent].findall(addnodes.toctree):
        if docname in toctree["includefiles"]:
            return toctree.get("caption")
    return None


def _title(env: BuildEnvironment, docname: str) -> str:
    title = env.titles[docname]
    number = ".".join(map(str, title.get("secnumber") or ()))
    return f"{number}. {title.astext()}" if number else title.astext()


def _crumbs(app: Sphinx, language: Language, context: dict[str, Any]) -> list[Crumb]:
    """Return what a page belongs to: the book, and the page or the group that it stands under."""
    env, landing, docname = app.env, state.of(app).registry.landing(language), context["pagename"]
    if docname == landing:
        return []
    crumbs = [Crumb(pages.book_title(app, language), context["pathto"](landing))]
    if (parent := _parent(env, docname)) and parent != landing:
        crumbs.append(Crumb(_title(env, parent), context["pathto"](parent)))
    elif parent and (caption := _group(env, parent, docname)):
        crumbs.append(Crumb(caption))
    return crumbs


def _place_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Tell the template where a page stands; of a landing page, how large the book is."""
    book, builder = state.of(app).registry, state.html_builder(app)
    language = book.language_of(pagename)
    if builder is None or language is None or pagename not in app.env.all_docs:
        return
    # The builder's are those of the whole book in reading order, worked out once.
    names = [name for name in builder.relations if book.language_of(name) == language]
    say = catalogs.of(app).text
    if pagename == names[0]:
        facts = reading.size(app, language)
    else:
        minutes = reading.minutes(app, language, pagename)
        facts = [
            say("Page {n} of {total}", n=names.index(pagename) + 1, total=len(names)),
            say("{minutes} min of reading", minutes=minutes),
        ]
    context["polyglot_place"] = {
        "crumbs": _crumbs(app, language, context),
        "facts": facts,
        "draft": drafts.line(app, language) if language.is_draft else None,
    }


def setup(app: Sphinx) -> None:
    """Say on each page where it stands."""
    app.add_css_file("polyglot-place.css", priority=order.PAGE_STYLE)
    app.connect("html-page-context", _place_page, priority=order.PLACE_PAGE)
