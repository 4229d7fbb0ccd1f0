"""Ways from page to page: inside a language, and to the same subject in another one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.util.docutils import SphinxDirective

from . import i18n, metadata, registry
from .registry import Language

_HEADERLINK = re.compile(r'<a class="headerlink"[^>]*>.*?</a>', re.DOTALL)


@dataclass(frozen=True)
class Counterpart:
    """The page on the same subject in a language.

    Attributes
    ----------
    language : Language
        The language.
    docname : str
        The page's name; the language's landing page when it has none on the subject.
    same : bool
        Whether it is on the same subject indeed.
    """

    language: Language
    docname: str
    same: bool


def counterparts(app, docname: str) -> list[Counterpart]:
    """Return a page's counterparts in all languages, its own included, in registry order.

    Two pages correspond when they are homes of the same concept; among several, the one
    that shares the most concepts. A page that shares none corresponds to the one of the
    same name in the other language's folder, if there is one.
    """
    book = registry.of(app)
    own = book.language_of(docname)
    concepts = metadata.concepts_of(app.env, docname)
    found = []
    for language in book.languages.values():
        landing = book.landing(language)
        if language == own:
            found.append(Counterpart(language, docname, same=True))
            continue
        homes = metadata.homes(app, language)
        pages = [homes[concept] for concept in concepts if concept in homes]
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


def _navigate(app, pagename, templatename, context, doctree) -> str | None:
    """Keep a page's links inside its language, and offer the others."""
    context["polyglot_text"] = i18n.of(app).text
    if pagename not in app.env.all_docs:
        return None
    book = registry.of(app)
    language = book.language_of(pagename)
    _, before, after = app.builder.relations.get(pagename, (None, None, None))
    for way, docname in (("prev", before), ("next", after)):
        if docname and book.language_of(docname) != language:
            context[way] = None
    context["polyglot_languages"] = [
        {
            "language": other.language,
            "href": context["pathto"](other.docname),
            "current": other.language == language,
        }
        for other in counterparts(app, pagename)
    ]
    context["polyglot_is_landing"] = language is not None and pagename == book.landing(language)
    if language is None:
        # A page of no language has no words for what these links do.
        context["body"] = _HEADERLINK.sub("", context["body"])
        return "polyglot-front.html"
    return None


def _take_over_numbering(app) -> None:
    """Ask Sphinx's collector for numbers in `_number` only.

    It compares its numbers of the whole book with those stored at the end of the last build.
    Counted anew in each language, these differ: it would have pages rewritten without a change.
    """
    for listener in tuple(app.events.listeners["env-get-updated"]):
        collector = getattr(listener.handler, "__self__", None)
        if isinstance(collector, TocTreeCollector):
            app.disconnect(listener.id)
            app.polyglot_collector = collector


def _number(app, env) -> list[str]:
    """Give sections numbers; count figures, tables, equations and exercises in each language anew.

    Sphinx counts through the whole book from its root: without this the second language
    would go on where the first ends, and chapters of equal number would share counters.
    """
    book, collector = registry.of(app), app.polyglot_collector
    last_sections, last_figures = env.toc_secnumbers, env.toc_fignumbers
    collector.assign_section_numbers(env)
    collector.assign_figure_numbers(env)
    numbers = {
        docname: counted
        for docname, counted in env.toc_fignumbers.items()
        if book.language_of(docname) is None
    }
    root = env.config.root_doc
    try:
        for language in book.languages.values():
            env.config.root_doc = book.landing(language)
            collector.assign_figure_numbers(env)
            numbers.update(env.toc_fignumbers)
    finally:
        env.config.root_doc = root
    env.toc_fignumbers = numbers
    return [
        docname
        for docname in env.all_docs
        if env.toc_secnumbers.get(docname) != last_sections.get(docname)
        or numbers.get(docname) != last_figures.get(docname)
    ]


def _find_changed_surroundings(app, env) -> list[str]:
    """Return the pages that show something of other pages which has changed.

    Sphinx writes a page anew when its own text changes. What a page shows of others are, within
    its language, their titles and order and the homes of concepts; of other languages, its
    counterparts; on a page of no language, what the landing pages say of themselves.
    """
    book = registry.of(app)
    titles = {docname: env.titles[docname].astext() for docname in env.collect_relations()}
    around: dict[Language | None, object] = {
        language: (
            [item for item in titles.items() if book.language_of(item[0]) == language],
            metadata.homes(app, language),
        )
        for language in book.languages.values()
    }
    around[None] = [
        (i18n.book_title(app, language), metadata.description_of(env, book.landing(language)))
        for language in book.languages.values()
    ]
    shown = {
        docname: (
            around[book.language_of(docname)],
            [(other.docname, other.same) for other in counterparts(app, docname)],
        )
        for docname in env.all_docs
    }
    last = getattr(env, "polyglot_shown", {})
    env.polyglot_shown = shown
    return [docname for docname in shown if shown[docname] != last.get(docname)]


class language_list(nodes.General, nodes.Element):
    """Place of the list of languages on a page."""


class LanguageList(SphinxDirective):
    """``{languages}``: the book's languages, each as a link in its own words.

    For the front page. Each link bears the language's own name, the book's title in it and
    the description of its landing page; the one that the reader's browser asks for is
    marked by a small script, and without scripts nothing is missing but the mark.
    """

    def run(self):
        """Leave a place for the list: titles of other pages are not known yet."""
        return [language_list()]


def _visit_language_list(self, node) -> None:
    app = self.builder.app
    book, words = registry.of(app), i18n.of(app)
    self.body.append('<ul class="polyglot-choice">\n')
    for language in book.languages.values():
        landing = book.landing(language)
        href = self.builder.get_relative_uri(self.builder.current_docname, landing)
        lang = f'lang="{language.tag}"'
        about = metadata.description_of(app.env, landing)
        self.body.append(
            f'<li {lang}><a class="polyglot-choice__link" href="{href}" {lang} '
            f'hreflang="{language.tag}">'
            f'<span class="polyglot-choice__name">{self.encode(language.name)}</span>'
            f'<span class="polyglot-choice__title">'
            f"{self.encode(i18n.book_title(app, language))}</span>"
        )
        if about:
            self.body.append(f'<span class="polyglot-choice__about">{self.encode(about)}</span>')
        hint = words.text("Your browser asks for this language", language)
        self.body.append(
            f'<span class="polyglot-choice__hint" hidden>{self.encode(hint)}</span></a></li>\n'
        )
    self.body.append("</ul>\n")
    raise nodes.SkipNode


def _skip(self, node) -> None:
    raise nodes.SkipNode


def _place_in_header(app, config) -> None:
    """Put the switcher before the header's buttons, unless the book has placed it itself."""
    options = config.html_theme_options
    placed = options.get("article_header_end", "article-header-buttons.html")
    items = [item.strip() for item in placed.split(",")] if isinstance(placed, str) else placed
    if not any(item.startswith("polyglot-switcher") for item in items):
        options["article_header_end"] = ["polyglot-switcher.html", *items]


def _no_general_index(app, config) -> None:
    """Drop the index of all languages' entries: it would belong to none of them."""
    config.html_use_index = False
    config.html_domain_indices = False


def _write_entrance(app, exception) -> None:
    """Lead from the site's root to the front page, with a link for those whom it does not take.

    sphinx-external-toc writes such a page too, unless there is one: without title or language.
    """
    root = app.config.root_doc
    if exception is not None or app.builder.format != "html" or root == "index":
        return
    href = escape(app.builder.get_target_uri(root))
    title = escape(app.env.titles[root].astext())
    path = Path(app.outdir) / "index.html"
    path.write_text(
        f"""<!DOCTYPE html>
<html lang="{registry.NEUTRAL_TAG}">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="refresh" content="0; url={href}" />
<link rel="canonical" href="{href}" />
<title>{title}</title>
</head>
<body>
<main><h1><a href="{href}">{title}</a></h1></main>
</body>
</html>
""",
        encoding="utf-8",
    )


def setup(app):
    """Connect to Sphinx."""
    app.add_node(
        language_list,
        html=(_visit_language_list, None),
        latex=(_skip, None),
        text=(_skip, None),
    )
    app.add_directive("languages", LanguageList)
    app.add_css_file("polyglot-navigation.css")
    app.connect("config-inited", _place_in_header)
    app.connect("config-inited", _no_general_index)
    app.connect("builder-inited", _take_over_numbering)
    app.connect("env-get-updated", _number)
    app.connect("env-get-updated", _find_changed_surroundings)
    app.connect("html-page-context", _navigate, priority=400)
    app.connect("build-finished", _write_entrance, priority=90)
