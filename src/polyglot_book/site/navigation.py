"""Ways from page to page: inside a language, and to the same subject in another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from .. import order, pages, state
from ..config import Language
from ..words import catalogs
from . import drafts, history, reading


def _navigate(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Keep a page's links inside its language, and offer the others."""
    context["polyglot_text"] = catalogs.of(app).text
    builder = state.html_builder(app)
    if builder is None or pagename not in app.env.all_docs:
        return
    book = state.of(app).registry
    language = book.language_of(pagename)
    relations = builder.relations.get(pagename) or (None, None, None)
    for way, docname in zip(("prev", "next"), relations[1:], strict=True):
        if docname and book.language_of(docname) != language:
            context[way] = None
        elif docname and context.get(way):
            about = pages.description_of(app.env, docname)
            context[way] = {**context[way], "description": about}
    context["polyglot_languages"] = [
        {
            "language": other.language,
            "href": context["pathto"](other.docname),
            "current": other.language == language,
            "draft": drafts.mark(app, other.language),
        }
        for other in pages.counterparts(app, pagename)
    ]
    if language is not None:
        app.add_js_file("polyglot-contents.js", loading_method="defer")
    context["polyglot_is_landing"] = language is not None and pagename == book.landing(language)


def _find_changed_surroundings(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages that show something which has changed, though their text has not.

    Sphinx writes a page anew when its own text changes. What a page shows of others are, within
    its language, their titles and order, its neighbours' descriptions and the homes of concepts;
    of other languages, its counterparts; on a landing page and a page of no language, how large the
    book is; on the latter also what the landing pages say of themselves. A page shows of itself
    when it was committed last.
    """
    book = state.of(app).registry
    relations = env.collect_relations()
    titles = {docname: env.titles[docname].astext() for docname in relations}
    sizes = {
        book.landing(language): [str(fact) for fact in reading.size(app, language)]
        for language in book.languages.values()
    }
    around: dict[Language | None, object] = {
        language: (
            [item for item in titles.items() if book.language_of(item[0]) == language],
            pages.homes(app, language),
        )
        for language in book.languages.values()
    }
    around[None] = [
        (
            pages.book_title(app, language),
            pages.description_of(env, book.landing(language)),
            sizes[book.landing(language)],
        )
        for language in book.languages.values()
    ]
    changes = history.last_changes(Path(app.srcdir))
    shown: dict[str, object] = {
        docname: (
            around[book.language_of(docname)],
            [(other.docname, other.same) for other in pages.counterparts(app, docname)],
            [pages.description_of(env, other) for other in relations[docname][1:] if other],
            sizes.get(docname),
            changes.get(Path(env.doc2path(docname)).relative_to(app.srcdir).as_posix()),
        )
        for docname in env.all_docs
    }
    record = state.record_of(env)
    last, record.surroundings = record.surroundings, shown
    return [docname for docname in shown if shown[docname] != last.get(docname)]


def _place_switcher(app: Sphinx, config: Config) -> None:
    """Put the switcher before the header's buttons, unless the book has placed it itself."""
    options = config.html_theme_options
    placed = options.get("article_header_end", "article-header-buttons.html")
    items = [item.strip() for item in placed.split(",")] if isinstance(placed, str) else placed
    if not any(item.startswith("polyglot-switcher") for item in items):
        options["article_header_end"] = ["polyglot-switcher.html", *items]


def _no_general_index(app: Sphinx, config: Config) -> None:
    """Drop the index of all languages' entries: it would belong to none of them."""
    config.html_use_index = False
    config.html_domain_indices = False


def setup(app: Sphinx) -> None:
    """Offer the ways of each page, and have pages written anew whose ways have changed."""
    app.add_css_file("polyglot-navigation.css", priority=order.PAGE_STYLE)
    app.connect("config-inited", _place_switcher, priority=order.PLACE_SWITCHER)
    app.connect("config-inited", _no_general_index, priority=order.NO_GENERAL_INDEX)
    app.connect(
        "env-get-updated", _find_changed_surroundings, priority=order.FIND_CHANGED_SURROUNDINGS
    )
    app.connect("html-page-context", _navigate, priority=order.NAVIGATE)
