"""Search in each page's own language, from a server and from a folder alike.

The index of a language is the text of its pages, in one script file that a page loads when a reader
searches. All of it is smaller than what an engine with an index of words loads for a query (README
has the sizes); whatever stands in the text is found, in any language; and a script, unlike other
files, can be loaded by a page that was opened from a folder. It serves books of a hundred pages.

Pagefind 1.5.2 was here before: its index divides Chinese by another dictionary than its queries, so
that words are not found (https://github.com/Pagefind/pagefind/issues/1237). Sphinx's own index
splits Bengali words at vowel signs and takes a Chinese clause for a word.
"""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml.cssselect import CSSSelector
from sphinx.application import Sphinx
from sphinx.config import Config

from .. import order, state
from ..compat import sphinx_core
from ..config import Language
from ..rendering import formula_text
from ..words import catalogs
from . import documents

_FOLDER = "search"
_ROOT = CSSSelector("article.bd-article", translator="html")
#: What on a page is not its prose.
_IGNORED = CSSSelector(
    "a.headerlink, .polyglot-place, .section-number, .math-block, .eqno, script, style, template, "
    ".polyglot-place__draft, div.highlight, div.output, details.polyglot-code, .caption-number, "
    "a[href*='#equation-']",
    translator="html",
)
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_INLINE = {
    "a", "abbr", "b", "bdi", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
    "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
}  # fmt: skip
#: On both sides of a formula: shown between words, and no word itself. The script knows it.
_FORMULA = "\u2063"
#: Signs that nobody sees or types: soft hyphen, space of no width, word joiner.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060]")

#: What Sphinx has for its search: no page loads it.
_UNUSED = ("search.html", "searchindex.js")


@dataclass
class _Section:
    """Hold a part of a page that a result can lead to: its anchor, its heading, its text."""

    anchor: str
    title: str = ""
    parts: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the text, a line for each paragraph."""
        return _clean("".join(self.parts))


def _clean(text: str) -> str:
    """Return a text with one spelling of letters that Unicode can write in two ways, as য়."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line.strip(f"{_FORMULA} "))


class _Reader:
    """Read the prose of a page, section by section."""

    def __init__(self, article: Any) -> None:
        self.sections = [_Section("")]
        self._ignored = set(_IGNORED(article))
        self._read(article)

    def _say(self, text: str | None) -> None:
        # A line of the file is no line of the page.
        self.sections[-1].parts.append((text or "").replace("\n", " "))

    def _read(self, element: Any) -> None:
        for child in element:
            if isinstance(child.tag, str) and child not in self._ignored:
                self._enter(child)
            self._say(child.tail)

    def _enter(self, element: Any) -> None:
        if element.tag == "math":
            self._say(f"{_FORMULA}{formula_text.text_of(element)}{_FORMULA}")
        elif element.tag in _HEADINGS:
            self._head(element, element.getparent().get("id"))
        elif element.tag == "dt" and element.get("id"):
            self._head(element, element.get("id"))
        elif element.tag in _INLINE:
            self._say(element.text)
            self._read(element)
        else:
            self.sections[-1].parts.append("\n")
            self._say(element.text)
            self._read(element)
            self.sections[-1].parts.append("\n")

    def _head(self, element: Any, anchor: str | None) -> None:
        """Begin a section with its heading; the page's own stands before all sections."""
        if element.tag != "h1":
            self.sections.append(_Section(anchor or ""))
        section = self.sections[-1]
        self._say(element.text)
        self._read(element)
        section.title = " ".join(section.text().split("\n"))
        section.parts.clear()


def _sections(page: Any) -> Iterator[tuple[str, str, str]]:
    r"""Yield anchor, title and text of each section of a page; the page's own anchor is empty.

    Examples
    --------
    >>> from lxml import html
    >>> page = html.document_fromstring(
    ...     '<article class="bd-article"><section id="a"><h1>A</h1><p>Let <math><mi>x</mi></math>'
    ...     '</p><section id="b"><h2>B</h2><pre>1</pre><p>two</p><p>three</p></section></section>'
    ... )
    >>> for section in _sections(page):
    ...     print(section)
    ('', 'A', 'Let \u2063x\u2063')
    ('b', 'B', '1\ntwo\nthree')
    """
    for article in _ROOT(page):
        for section in _Reader(article).sections:
            yield section.anchor, section.title, section.text()


def _write_index(app: Sphinx, language: Language, target: Path) -> None:
    index = [[address, list(_sections(page))] for address, page in documents.of(app, language)]
    data = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    target.write_text(f"polyglotSearch({data});\n", "utf-8")


def _index_file(language: Language) -> str:
    return f"{_FOLDER}/{language.code}.js"


def _switch_off_theme_search(app: Sphinx, config: Config) -> None:
    config.html_theme_options["disable_search"] = True


def _add_dialog(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Give the page's templates the dialog's words; no dialog on a page of no language."""
    context["polyglot_search"] = None
    if language := state.of(app).registry.language_of(pagename):
        words = catalogs.of(app)
        context["polyglot_search"] = {
            "index": context["pathto"](_index_file(language), 1),
            "title": words.text("Search the book", language),
            "close": words.text("Close", language),
            "found": words.text("Pages found: {n}", language),
            "apart": words.text("Pages with these words apart: {n}", language),
            "nothing": words.text("Nothing found for “{query}”", language),
            "loading": words.text("Loading the text of the book…", language),
            "failed": words.text("The search index could not be loaded", language),
        }
        context["polyglot_writing"] = words.writing[language.code]
        app.add_js_file("polyglot-search.js", loading_method="defer")


def _index_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception or state.html_builder(app) is None:
        return
    out = Path(app.outdir)
    if (out / _FOLDER).exists():
        shutil.rmtree(out / _FOLDER)
    (out / _FOLDER).mkdir()
    for language in state.of(app).registry.languages.values():
        _write_index(app, language, out / _index_file(language))
    for name in _UNUSED:
        (out / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Put this search in place of Sphinx's and the theme's."""
    app.add_css_file("polyglot-search.css")
    app.connect("config-inited", _switch_off_theme_search, priority=order.NO_THEME_SEARCH)
    app.connect("builder-inited", sphinx_core.switch_off_index, priority=order.NO_SPHINX_INDEX)
    app.connect("html-page-context", _add_dialog, priority=order.ADD_SEARCH_DIALOG)
    app.connect("build-finished", _index_pages, priority=order.INDEX_PAGES)
