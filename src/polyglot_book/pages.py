"""Which page is about what: concepts and their homes, descriptions, titles, counterparts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError

from . import order, state
from .config import Language, Registry


class ConceptError(SphinxError):
    """Say which pages do not share out the book's concepts as its configuration asks."""

    category = "Concepts"


@dataclass(frozen=True)
class Counterpart:
    """Name the page on the same subject in a language."""

    language: Language
    docname: str
    #: Whether it is on the same subject indeed: else it is the language's landing page.
    same: bool


def concepts_of(env: BuildEnvironment, docname: str) -> tuple[str, ...]:
    """Return the concepts that a page declares itself the home of.

    They stand in its metadata under ``concepts``: a list, which MyST-NB hands on as JSON.
    """
    return parse_concepts(env.metadata.get(docname, {}).get("concepts", ()), docname)


def parse_concepts(value: object, docname: str) -> tuple[str, ...]:
    """Return the concepts that stand in a page's metadata."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else ()
        except json.JSONDecodeError:
            value = [value]  # a single name, written without a list
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise ConceptError(f"{docname}: concepts: a list of names is expected, got {value!r}")
    return tuple(value)


def _pages_by_concept(
    book: Registry, concepts: Mapping[str, Iterable[str]], language: Language
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for docname in sorted(concepts):
        if book.language_of(docname) == language:
            for concept in concepts[docname]:
                found[concept].append(docname)
    return found


def _all_concepts(env: BuildEnvironment) -> dict[str, tuple[str, ...]]:
    return {docname: concepts_of(env, docname) for docname in env.all_docs}


def homes(app: Sphinx, language: Language) -> dict[str, str]:
    """Return the home page of each concept in a language, once all pages have been read."""
    known = state.of(app).homes
    if language.code not in known:
        pages = _pages_by_concept(state.of(app).registry, _all_concepts(app.env), language)
        known[language.code] = {concept: docnames[-1] for concept, docnames in pages.items()}
    return known[language.code]


def counterparts(app: Sphinx, docname: str) -> list[Counterpart]:
    """Return a page's counterparts in all languages, its own included, once all have been read.

    Two pages correspond when they are homes of the same concept; among several, the one
    that shares the most concepts. A page that shares none corresponds to the one of the
    same name in the other language's folder, if there is one.
    """
    book = state.of(app).registry
    own = book.language_of(docname)
    concepts = concepts_of(app.env, docname)
    found = []
    for language in book.languages.values():
        landing = book.landing(language)
        if language == own:
            found.append(Counterpart(language, docname, same=True))
            continue
        at_home = homes(app, language)
        pages = [at_home[concept] for concept in concepts if concept in at_home]
        namesake = own and landing.removesuffix("index") + docname.removeprefix(
            book.landing(own).removesuffix("index")
        )
        if pages:
            best = max(dict.fromkeys(pages), key=pages.count)
            found.append(Counterpart(language, best, same=True))
        elif namesake in app.env.all_docs:
            found.append(Counterpart(language, namesake, same=True))
        else:
            found.append(Counterpart(language, landing, same=False))
    return found


def description_of(env: BuildEnvironment, docname: str) -> str | None:
    """Return the description that a page gives in its ``html_meta``."""
    return state.record_of(env).descriptions.get(docname)


def book_title(app: Sphinx, language: Language) -> str:
    """Return the book's title in a language: as registered, or the landing page's heading."""
    if language.title is not None:
        return language.title
    return app.env.titles[state.of(app).registry.landing(language)].astext()


def folder_problems(book: Registry, docnames: Iterable[str]) -> list[str]:
    """List languages without a landing page, and folders of pages without a language."""
    docnames = set(docnames)
    problems = [
        f"polyglot.languages.{language.code}: no page '{book.landing(language)}' "
        f"for {language.name} to begin with"
        for language in book.languages.values()
        if book.landing(language) not in docnames
    ]
    if book.folder:
        prefix = f"{book.folder}/"
        for docname in sorted(docnames):
            inside = docname.removeprefix(prefix)
            if inside != docname and "/" in inside and book.language_of(docname) is None:
                problems.append(
                    f"{docname}: its folder '{inside.partition('/')[0]}' is no language of "
                    f"polyglot.languages (known: {', '.join(book.languages)})"
                )
    return problems


def concept_problems(book: Registry, found: Mapping[str, Iterable[str]]) -> list[str]:
    """List concepts without exactly one home in each language, and pages with unknown ones.

    In a draft a concept may wait for its home.
    """
    problems = []
    for language in book.languages.values():
        pages = _pages_by_concept(book, found, language)
        problems += [
            f"{docname}: concepts: unknown concept {concept!r} "
            f"(polyglot.concepts: {', '.join(book.concepts)})"
            for concept, docnames in pages.items()
            if concept not in book.concepts
            for docname in docnames
        ]
        for concept in book.concepts:
            docnames = pages.get(concept, [])
            if len(docnames) > 1:
                problems.append(
                    f"{', '.join(docnames)}: concepts: {concept!r} has more than one home "
                    f"in {language.name} ({language.code})"
                )
            elif not docnames and not language.is_draft:
                problems.append(
                    f"polyglot.concepts: {concept!r} has no home in {language.name} "
                    f"({language.code}): no page names it under 'concepts' in its metadata"
                )
    return problems


def _keep_description(app: Sphinx, doctree: nodes.document) -> None:
    descriptions = state.record_of(app.env).descriptions
    descriptions.pop(app.env.docname, None)
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            descriptions[app.env.docname] = meta["content"]


def _forget_description(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    state.record_of(env).descriptions.pop(docname, None)


def setup(app: Sphinx) -> None:
    """Keep what pages say of themselves."""
    app.connect("env-purge-doc", _forget_description, priority=order.FORGET_DESCRIPTION)
    app.connect("doctree-read", _keep_description, priority=order.KEEP_DESCRIPTION)
