"""The page of no language that the book begins with: its list of languages, and the way to it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .. import order, pages, state
from ..config import NEUTRAL_TAG
from ..words import catalogs
from . import drafts, publishing, reading


class _LanguageListNode(nodes.General, nodes.Element):
    """Place of the list of languages on a page."""


class _LanguageList(SphinxDirective):
    """``{languages}``: the book's languages, each as a card in its own words.

    For the front page. Each card bears the language's own name, the book's title in it, what the
    book is, how large it is in that language, and a button to begin; the one that the reader's
    browser asks for is marked by a small script, and without scripts nothing is missing but the
    mark. What the book is stands in the directive, as a list of sentences for each language; for
    one that is left out, the description of its landing page says it::

        ```{languages}
        de: [Jede Wolke ist gezählt.]
        fr: [Chaque nuage est compté.]
        ```
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Leave a place for the list: titles of other pages are not known yet."""
        points = yaml.safe_load("\n".join(self.content)) or {}
        known = state.of(self.env.app).registry.languages
        if not isinstance(points, dict) or not all(
            code in known
            and isinstance(lines, list)
            and all(isinstance(line, str) for line in lines)
            for code, lines in points.items()
        ):
            raise self.error(
                f"languages: for each code ({', '.join(known)}) a list of sentences is expected"
            )
        return [_LanguageListNode(points=points)]


def _visit_language_list(self: HTML5Translator, node: _LanguageListNode) -> None:
    app = self.builder.app
    book, say, escape = state.of(app).registry, catalogs.of(app).text, self.encode
    cards = []
    for language in book.languages.values():
        landing = book.landing(language)
        href = self.builder.get_relative_uri(self.builder.current_docname, landing)
        lang = f'lang="{language.tag}"'
        card = [
            f'<h2 class="polyglot-choice__name">{escape(language.name)}</h2>',
            f'<p class="polyglot-choice__title">{escape(pages.book_title(app, language))}</p>',
        ]
        if points := node["points"].get(language.code):
            items = "".join(f"<li>{escape(point)}</li>" for point in points)
            card.append(f'<ul class="polyglot-choice__points">{items}</ul>')
        elif about := pages.description_of(app.env, landing):
            card.append(f'<p class="polyglot-choice__about">{escape(about)}</p>')
        if language.is_draft:
            card.append(
                f'<p class="polyglot-choice__draft">{escape(drafts.line(app, language))}</p>'
            )
        facts = "".join(f"<li>{escape(fact)}</li>" for fact in reading.size(app, language))
        hint = say("Your browser asks for this language", language)
        card += [
            f'<ul class="polyglot-choice__size">{facts}</ul>',
            f'<p class="polyglot-choice__hint" hidden>{escape(hint)}</p>',
            f'<a class="polyglot-choice__link" href="{href}" hreflang="{language.tag}">'
            f"{escape(say('Begin', language))}</a>",
        ]
        cards.append(f"<li {lang}>{''.join(card)}</li>")
    self.body.append(f'<ul class="polyglot-choice">{"".join(cards)}</ul>\n')
    raise nodes.SkipNode


def _skip(self: nodes.NodeVisitor, node: _LanguageListNode) -> None:
    raise nodes.SkipNode


def _choose_template(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> str | None:
    """Show a page of no language bare: it has no words for what links to its headings do.

    After its title come the names of the languages, not the book's title, which is the same.
    """
    book = state.of(app).registry
    if pagename not in app.env.all_docs or book.language_of(pagename):
        return None
    names = " · ".join(language.name for language in book.languages.values())
    context["docstitle"] = context["shorttitle"] = names
    body = BeautifulSoup(context["body"], "html.parser")
    for link in body.find_all("a", class_="headerlink"):
        link.decompose()
    if app.config.html_logo and body.h1:
        source = context["pathto"](f"_static/{Path(app.config.html_logo).name}", 1)
        attributes = {"class": "polyglot-front__mark", "src": source, "alt": ""}
        body.h1.insert(0, body.new_tag("img", attrs=attributes))
    context["body"] = str(body)
    app.add_js_file("polyglot-front.js", loading_method="defer")
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
    icon = publishing.icon(app)
    path = Path(app.outdir) / "index.html"
    path.write_text(
        f"""<!DOCTYPE html>
<html lang="{NEUTRAL_TAG}">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="refresh" content="0; url={href}" />
<link rel="canonical" href="{href}" />
{icon}
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
    app.add_css_file("polyglot-front.css", priority=order.PAGE_STYLE)
    app.add_directive("languages", _LanguageList)
    app.connect("html-page-context", _choose_template, priority=order.CHOOSE_TEMPLATE)
    app.connect("build-finished", _write_entrance, priority=order.WRITE_ENTRANCE)
