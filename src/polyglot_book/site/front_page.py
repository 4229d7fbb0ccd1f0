"""The page of no language that the book begins with: its list of languages, and the way to it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .. import order, pages, state
from ..config import NEUTRAL_TAG
from ..words import catalogs


class _LanguageListNode(nodes.General, nodes.Element):
    """Place of the list of languages on a page."""


class _LanguageList(SphinxDirective):
    """``{languages}``: the book's languages, each as a link in its own words.

    For the front page. Each link bears the language's own name, the book's title in it and
    the description of its landing page; the one that the reader's browser asks for is
    marked by a small script, and without scripts nothing is missing but the mark.
    """

    def run(self) -> list[nodes.Node]:
        """Leave a place for the list: titles of other pages are not known yet."""
        return [_LanguageListNode()]


def _visit_language_list(self: HTML5Translator, node: _LanguageListNode) -> None:
    app = self.builder.app
    book, words = state.of(app).registry, catalogs.of(app)
    self.body.append('<ul class="polyglot-choice">\n')
    for language in book.languages.values():
        landing = book.landing(language)
        href = self.builder.get_relative_uri(self.builder.current_docname, landing)
        lang = f'lang="{language.tag}"'
        about = pages.description_of(app.env, landing)
        self.body.append(
            f'<li {lang}><a class="polyglot-choice__link" href="{href}" {lang} '
            f'hreflang="{language.tag}">'
            f'<span class="polyglot-choice__name">{self.encode(language.name)}</span>'
            f'<span class="polyglot-choice__title">'
            f"{self.encode(pages.book_title(app, language))}</span>"
        )
        if about:
            self.body.append(f'<span class="polyglot-choice__about">{self.encode(about)}</span>')
        hint = words.text("Your browser asks for this language", language)
        self.body.append(
            f'<span class="polyglot-choice__hint" hidden>{self.encode(hint)}</span></a></li>\n'
        )
    self.body.append("</ul>\n")
    raise nodes.SkipNode


def _skip(self: nodes.NodeVisitor, node: _LanguageListNode) -> None:
    raise nodes.SkipNode


def _choose_template(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> str | None:
    """Show a page of no language bare: it has no words for what links to its headings do."""
    if pagename not in app.env.all_docs or state.of(app).registry.language_of(pagename):
        return None
    body = BeautifulSoup(context["body"], "html.parser")
    for link in body.find_all("a", class_="headerlink"):
        link.decompose()
    context["body"] = str(body)
    return "polyglot-front.html"


def _write_entrance(app: Sphinx, exception: Exception | None) -> None:
    """Lead from the site's root to the front page, with a link for those whom it does not take.

    sphinx-external-toc writes such a page too, unless there is one: without title or language.
    """
    root = app.config.root_doc
    if exception is not None or not state.html_builder(app) or root == "index":
        return
    href = escape(app.builder.get_target_uri(root))
    title = escape(app.env.titles[root].astext())
    path = Path(app.outdir) / "index.html"
    path.write_text(
        f"""<!DOCTYPE html>
<html lang="{NEUTRAL_TAG}">
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


def setup(app: Sphinx) -> None:
    """Add the list of languages, and write the front page in its own way."""
    app.add_node(
        _LanguageListNode,
        html=(_visit_language_list, None),
        latex=(_skip, None),
        text=(_skip, None),
    )
    app.add_directive("languages", _LanguageList)
    app.connect("html-page-context", _choose_template, priority=order.CHOOSE_TEMPLATE)
    app.connect("build-finished", _write_entrance, priority=order.WRITE_ENTRANCE)
