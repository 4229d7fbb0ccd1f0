"""Search in each page's own language, by Pagefind.

Sphinx's own index splits Bengali words at vowel signs, takes a Chinese clause for a word and
misses Russian cases, for it knows one language a build. Pagefind goes by ``<html lang>``: it stems
where it has a stemmer, segments Chinese, and a reader loads only the part of the index that a
query needs.
"""

from __future__ import annotations

import asyncio
import shutil
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from pagefind.index import IndexConfig, PagefindIndex
from sphinx.application import Sphinx
from sphinx.config import Config

from .. import order, state
from ..compat import sphinx_core
from ..words import catalogs

_FOLDER = "pagefind"
#: What of a page is its text, and what in it is not.
_ROOT = "article.bd-article"
_IGNORED = (
    "a.headerlink", ".section-number", ".math-block", ".eqno", "script", "style",
    "div.highlight", "div.output", "details.hide > summary", ".caption-number",
    "a[href*='#equation-']",
)  # fmt: skip
#: Joiner and non-joiner: no letters, but parts of a word, as the marks above, below and beside
#: letters are.
_JOINERS = "\u200c\u200d"

#: Headings of sections, the page's own left out.
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}

#: Interfaces of Pagefind's own, and what Sphinx has for its search: no page loads them.
_UNUSED = (
    f"{_FOLDER}/pagefind-*ui.*", f"{_FOLDER}/pagefind-highlight.js",
    "search.html", "searchindex.js",
)  # fmt: skip


def _marks_in_words(texts: Iterable[str]) -> str:
    """Return the signs in some texts that are parts of words without being letters.

    Examples
    --------
    >>> [f"{ord(sign):04x}" for sign in _marks_in_words(["কর্ম"])]
    ['09cd', '200c', '200d']
    """
    signs = {sign for sign in set().union(*texts) if unicodedata.category(sign) in {"Mn", "Mc"}}
    return "".join(sorted(signs.union(_JOINERS)))


def _prepare(html: str) -> str:
    """Return a page as Pagefind should find it.

    Examples
    --------
    >>> print(_prepare(
    ...     '<section id="a"><span id="b"></span><h2>A</h2>'
    ...     '<p><span class="math"><math><mi>x</mi></math></span>.</p></section>'
    ... ))
    <section id="a"><span id="b"></span><h2 id="a">A</h2><p>….</p></section>
    """
    page = BeautifulSoup(html, "html.parser")
    for section in page.select("section[id]"):
        # Sphinx gives a section the address that Pagefind expects of its heading. Targets may
        # stand before it.
        first = section.find(lambda child: child.name != "span", recursive=False)
        if first and first.name in _HEADINGS:
            first["id"] = section["id"]
    for formula in page.select("span.math"):
        # A result shows a sentence with a gap for a formula in it.
        formula.replace_with("…")
    return str(page)


async def _index(out: Path, pages: list[Path]) -> None:
    # One spelling of letters that Unicode can write in two ways, such as Bengali য়; the script does
    # the same to a query.
    texts = {page: unicodedata.normalize("NFC", page.read_text("utf-8")) for page in pages}
    config = IndexConfig(
        root_selector=_ROOT,
        exclude_selectors=list(_IGNORED),
        include_characters=_marks_in_words(texts.values()),
        output_path=str(out / _FOLDER),
        keep_index_url=True,
    )
    async with PagefindIndex(config=config) as index:
        for path, html in texts.items():
            url = "/" + path.relative_to(out).as_posix()
            await index.add_html_file(content=_prepare(html), url=url)


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
            "title": words.text("Search the book", language),
            "close": words.text("Close", language),
            "found": words.text("Pages found: {n}", language),
            "nothing": words.text("Nothing found for “{query}”", language),
            "failed": words.text("The search index could not be loaded", language),
        }
        context["polyglot_writing"] = words.writing[language.code]
        app.add_js_file("polyglot-search.js", loading_method="defer")


def _index_pages(app: Sphinx, exception: Exception | None) -> None:
    builder = state.html_builder(app)
    if exception or builder is None:
        return
    book = state.of(app).registry
    pages = [
        Path(builder.get_outfilename(docname))
        for docname in sorted(app.env.all_docs)
        if book.language_of(docname)
    ]
    out = Path(app.outdir)
    if (out / _FOLDER).exists():
        shutil.rmtree(out / _FOLDER)
    asyncio.run(_index(out, pages))
    for pattern in _UNUSED:
        for path in out.glob(pattern):
            path.unlink()


def setup(app: Sphinx) -> None:
    """Put this search in place of Sphinx's and the theme's."""
    app.connect("config-inited", _switch_off_theme_search, priority=order.NO_THEME_SEARCH)
    app.connect("builder-inited", sphinx_core.switch_off_index, priority=order.NO_SPHINX_INDEX)
    app.connect("html-page-context", _add_dialog, priority=order.ADD_SEARCH_DIALOG)
    app.connect("build-finished", _index_pages, priority=order.INDEX_PAGES)
