"""What a page says about itself: its concepts, its description, its versions elsewhere."""

from __future__ import annotations

import json
import posixpath
from html import escape

from docutils import nodes
from sphinx.errors import SphinxError

from . import i18n, navigation, registry
from .registry import Language


class ConceptError(SphinxError):
    """The pages do not share out the book's concepts as its configuration asks."""

    category = "Concepts"


def concepts_of(env, docname: str) -> tuple[str, ...]:
    """Return the concepts that a page declares itself the home of.

    They stand in its metadata under ``concepts``: a list, which MyST-NB hands on as JSON.

    Raises
    ------
    ConceptError
        If the value is not a list of names.
    """
    value = env.metadata.get(docname, {}).get("concepts", ())
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else ()
        except json.JSONDecodeError:
            value = [value]  # a single name, written without a list
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise ConceptError(f"{docname}: concepts: a list of names is expected, got {value!r}")
    return tuple(value)


def homes(app, language: Language) -> dict[str, str]:
    """Return the home page of each concept in a language, once all pages have been read."""
    if language.code not in app.polyglot_homes:
        book = registry.of(app)
        app.polyglot_homes[language.code] = {
            concept: docname
            for docname in sorted(app.env.all_docs)
            if book.language_of(docname) == language
            for concept in concepts_of(app.env, docname)
        }
    return app.polyglot_homes[language.code]


def description_of(env, docname: str) -> str | None:
    """Return the description that a page gives in its ``html_meta``, if any."""
    return getattr(env, "polyglot_descriptions", {}).get(docname)


def _keep_description(app, doctree) -> None:
    if not hasattr(app.env, "polyglot_descriptions"):
        app.env.polyglot_descriptions = {}
    app.env.polyglot_descriptions.pop(app.env.docname, None)
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            app.env.polyglot_descriptions[app.env.docname] = meta["content"]


def _forget(app, env, docname) -> None:
    getattr(env, "polyglot_descriptions", {}).pop(docname, None)


def check_concepts(app, env) -> None:
    """Every concept has exactly one home in every language, and no page has others.

    Raises
    ------
    ConceptError
        Naming each page and concept at fault.
    """
    book = registry.of(app)
    if not book.concepts:
        return
    problems = []
    for language in book.languages.values():
        pages: dict[str, list[str]] = {concept: [] for concept in book.concepts}
        for docname in sorted(env.all_docs):
            if book.language_of(docname) != language:
                continue
            for concept in concepts_of(env, docname):
                if concept in pages:
                    pages[concept].append(docname)
                else:
                    problems.append(
                        f"{docname}: concepts: unknown concept {concept!r} "
                        f"(polyglot.concepts: {', '.join(book.concepts)})"
                    )
        for concept, homes_of_it in pages.items():
            if len(homes_of_it) > 1:
                problems.append(
                    f"{', '.join(homes_of_it)}: concepts: {concept!r} has more than one home "
                    f"in {language.name} ({language.code})"
                )
            elif not homes_of_it:
                problems.append(
                    f"polyglot.concepts: {concept!r} has no home in {language.name} "
                    f"({language.code}): no page names it under 'concepts' in its metadata"
                )
    if problems:
        raise ConceptError("\n".join(problems))


def _describe(app, pagename, templatename, context, doctree) -> None:
    """Add what search engines, previews and other programs read in a page's head."""
    if pagename not in app.env.all_docs:
        return
    book = registry.of(app)
    language = book.language_of(pagename)
    tags = []
    concepts = concepts_of(app.env, pagename)
    if concepts:
        tags.append(_meta("name", "book:concepts", ", ".join(concepts)))
    others = [other for other in navigation.counterparts(app, pagename) if other.same]
    if language is None:
        others = navigation.counterparts(app, pagename)
    for other in others:
        tags.append(_alternate(app, context, other.language.tag, other.docname))
    tags.append(_alternate(app, context, "x-default", app.config.root_doc))
    title = nodes.unescape(app.env.titles[pagename].astext())
    tags.append(_meta("property", "og:type", "article" if language else "website"))
    tags.append(_meta("property", "og:title", title))
    if language is not None:
        tags.append(_meta("property", "og:site_name", i18n.book_title(app, language)))
        tags.append(_meta("property", "og:locale", language.gettext))
    for other in others:
        if other.language != language:
            tags.append(_meta("property", "og:locale:alternate", other.language.gettext))
    description = description_of(app.env, pagename)
    if description:
        tags.append(_meta("property", "og:description", description))
    if app.config.html_baseurl:
        tags.append(_meta("property", "og:url", _address(app, context, pagename)))
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags) + "\n"


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}" />'


def _alternate(app, context, tag: str, docname: str) -> str:
    href = escape(_address(app, context, docname))
    return f'<link rel="alternate" hreflang="{tag}" href="{href}" />'


def _address(app, context, docname: str) -> str:
    """Return a page's address: a full one when the book knows where it is published."""
    if app.config.html_baseurl:
        return posixpath.join(app.config.html_baseurl, app.builder.get_target_uri(docname))
    if docname == context["pagename"]:
        return posixpath.basename(app.builder.get_target_uri(docname))  # pathto gives "#"
    return context["pathto"](docname)


def setup(app):
    """Connect to Sphinx."""
    app.polyglot_homes = {}
    app.connect("doctree-read", _keep_description)
    app.connect("env-purge-doc", _forget)
    app.connect("env-check-consistency", check_concepts)
    app.connect("html-page-context", _describe, priority=450)
