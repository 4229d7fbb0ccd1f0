"""The glossary page of each language: the directive ``polyglot-glossary`` and the links it makes.

The directive renders the entries of its page's language. Its content is ignored: it is what
programs show that do not know the directive. Every page may link to an entry in plain Markdown,
``[Lernrate](glossary.md#learning-rate)``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx.writers.html5 import HTML5Translator

from ... import order, pages, state
from ...compat import myst_links
from ...config import Language, Registry
from ...words import catalogs
from . import data

_logger = logging.getLogger(__name__)


class _Link(nodes.General, nodes.Inline, nodes.TextElement):
    """A link to another entry, or to the page that explains one; made once all pages are read."""


class _Tools(nodes.General, nodes.Element):
    """Ways through a glossary: its letters, and a field that leaves out what does not match."""


class _GlossaryDirective(SphinxDirective):
    """The glossary's entries in the language of the page."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build a definition list for each letter, one item for each entry."""
        app, root = self.env.app, Path(self.env.srcdir)
        book = state.of(app).registry
        language = book.language_of(self.env.docname)
        if language is None:
            raise self.error("polyglot-glossary: this page is in no language of the book")
        for path in data.files(root, book).values():
            self.env.note_dependency(str(path))
        glossary = data.load(root, book)
        state.record_of(self.env).glossaries[language.code] = self.env.docname

        result: list[nodes.Node] = [_Tools(letters=[])]
        for number, (letter, group) in enumerate(data.by_letter(glossary[language.code]), 1):
            entries = nodes.definition_list(classes=["polyglot-glossary"])
            for entry in group:
                entries += self._item(entry, glossary, book, language)
            initial = nodes.paragraph("", letter, classes=["polyglot-glossary-initial"])
            wrapper = addnodes.glossary("", entries, sorted=False)  # its terms have permalinks
            self.set_source_info(wrapper)
            result.append(
                nodes.container(
                    "",
                    initial,
                    wrapper,
                    ids=[f"letter-{number}"],
                    classes=["polyglot-glossary-letter"],
                )
            )
            result[0]["letters"].append((letter, f"letter-{number}"))
        return result

    def _item(
        self,
        entry: data.Entry,
        glossary: dict[str, dict[str, data.Entry]],
        book: Registry,
        language: Language,
    ) -> nodes.definition_list_item:
        term = nodes.term("", "", nodes.Text(entry.term), ids=[entry.key])
        self.set_source_info(term)
        taken = self.state.document.ids.setdefault(entry.key, term)
        if taken is not term:
            raise self.error(f"polyglot-glossary: the id {entry.key!r} stands on this page twice")
        if entry.also:
            also = "".join(f" · {name}" for name in entry.also)
            term += nodes.inline("", also, classes=["polyglot-glossary-also"])

        names = nodes.paragraph(classes=["polyglot-glossary-names"])
        for code, other in book.languages.items():
            if code != language.code and entry.key in glossary[code]:
                name = glossary[code][entry.key].term
                tag = [f"language-{other.tag}"]
                link = _Link("", name, language=code, key=entry.key, classes=tag)
                names += _labelled(nodes.inline("", other.name, classes=[*tag, "label"]), link)
                names += nodes.Text(" · ")
        if any(other.is_english for other in book.languages.values()):
            names.pop()
        else:
            label = nodes.inline("", "English", classes=["language-en", "label"])
            names += _labelled(label, nodes.inline("", entry.english, classes=["language-en"]))

        definition = nodes.definition("", names)
        definition.extend(self.parse_text_to_nodes(entry.definition))
        if entry.see:
            more = nodes.paragraph(classes=["polyglot-glossary-more"])
            more += _Link("", "", language=language.code, see=entry.see, key=entry.key)
            definition += more
        return nodes.definition_list_item("", term, definition)


def _visit_tools(self: HTML5Translator, node: _Tools) -> None:
    say = catalogs.of(self.builder.app).text
    letters = " ".join(
        f'<a href="#{anchor}">{self.encode(letter)}</a>' for letter, anchor in node["letters"]
    )
    words = {
        "label": say("Find a term"),
        "found": say("Terms found: {n}"),
        "nothing": say("No term matches"),
        "open": say("Show all definitions"),
        "close": say("Hide the definitions"),
    }
    data = "".join(f' data-{key}="{self.attval(word)}"' for key, word in words.items())
    # What the script needs is hidden until there is one.
    self.body.append(
        f'<div class="polyglot-glossary-tools"{data}>'
        f'<form class="polyglot-glossary-filter" hidden>'
        f'<input type="search" aria-label="{self.attval(words["label"])}"'
        f' placeholder="{self.attval(words["label"])}" autocomplete="off" spellcheck="false" />'
        f'<button type="button" class="btn">{self.encode(words["open"])}</button>'
        f'<p role="status"></p></form>'
        f'<nav class="polyglot-glossary-letters" aria-label="{self.attval(say("Letters"))}">'
        f"{letters}</nav></div>\n"
    )
    raise nodes.SkipNode


def _skip(self: nodes.NodeVisitor, node: _Tools) -> None:
    raise nodes.SkipNode


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if pagename in state.record_of(app.env).glossaries.values():
        app.add_js_file("polyglot-glossary.js", loading_method="defer")


def _labelled(label: nodes.Node, name: nodes.Node) -> nodes.inline:
    return nodes.inline("", "", label, nodes.Text(" "), name, classes=["polyglot-glossary-name"])


def _forget_glossary(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    glossaries = state.record_of(env).glossaries
    for code in [code for code, page in glossaries.items() if page == docname]:
        del glossaries[code]


class _OfferAnchors(SphinxTransform):
    """Let Markdown links reach entries as they reach headings: ``[text](page.md#key)``."""

    default_priority = order.OFFER_ANCHORS

    def apply(self, **kwargs: Any) -> None:
        """Add the entries to what MyST knows as the slugs of the page."""
        for glossary in self.document.findall(addnodes.glossary):
            terms = [
                term
                for items in glossary.findall(nodes.definition_list)
                if "polyglot-glossary" in items["classes"]
                for term in items.findall(nodes.term)
            ]
            anchors = {term["ids"][0]: (term.line or 0, term[0].astext()) for term in terms}
            myst_links.offer_anchors(self.env, self.document, anchors)


class _LinkEntries(SphinxPostTransform):
    """Turn placeholders into links."""

    default_priority = order.LINK_GLOSSARY_ENTRIES

    def run(self, **kwargs: Any) -> None:
        """Link names to the other languages' entries, and entries to the pages that explain."""
        for link in list(self.document.findall(_Link)):
            link.replace_self(self._explained(link) if "see" in link else self._translated(link))

    def _translated(self, link: _Link) -> nodes.Node:
        name = nodes.inline("", link.astext(), classes=link["classes"])
        page = state.record_of(self.env).glossaries.get(link["language"])
        if page is None and self._is_draft(link):
            return name
        if page is None:
            self._warn(
                "glossary: no page of language %r has a polyglot-glossary to link %r to",
                link["language"],
                link["key"],
            )
            return name
        reference = self._reference(page, link["key"], nodes.Text(link.astext()))
        reference["classes"] = link["classes"]
        return reference

    def _explained(self, link: _Link) -> nodes.Node:
        language = state.of(self.app).registry.languages[link["language"]]
        page = pages.homes(self.app, language).get(link["see"])
        if page is None and self._is_draft(link):
            return nodes.inline()
        if page is None:
            self._warn(
                "glossary: %s.see: no page of language %r is the home of %r",
                link["key"],
                link["language"],
                link["see"],
            )
            return nodes.inline()
        title = self.env.titles[page].deepcopy()
        before, _, after = (
            catalogs.of(self.app).text("Explained in: {title}", language).partition("{title}")
        )
        content = nodes.inline("", "", *title.children)
        return nodes.inline(
            "", "", nodes.Text(before), self._reference(page, "", content), nodes.Text(after)
        )

    def _is_draft(self, link: _Link) -> bool:
        """Tell whether a link leads into a language whose pages may still be missing."""
        return state.of(self.app).registry.languages[link["language"]].is_draft

    def _warn(self, message: str, *values: str) -> None:
        where = self.env.docname
        _logger.warning(message, *values, location=where, type="polyglot", subtype="glossary")

    def _reference(self, page: str, anchor: str, content: nodes.Node) -> nodes.reference:
        return make_refnode(self.app.builder, self.env.docname, page, anchor, [content])


def setup(app: Sphinx) -> None:
    """Add the directive and what makes its links."""
    app.add_css_file("polyglot-glossary.css")
    app.add_node(_Link)
    app.add_node(_Tools, html=(_visit_tools, None), latex=(_skip, None), text=(_skip, None))
    app.add_directive("polyglot-glossary", _GlossaryDirective)
    app.add_transform(_OfferAnchors)
    app.add_post_transform(_LinkEntries)
    app.connect("html-page-context", _add_script, priority=order.ADD_GLOSSARY_SCRIPT)
    app.connect("env-purge-doc", _forget_glossary, priority=order.FORGET_GLOSSARY)
