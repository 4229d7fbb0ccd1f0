"""Search in each page's own language, by Pagefind.

Sphinx's own index splits Bengali words at vowel signs, takes a Chinese clause for a word and
misses Russian cases, for it knows one language a build. Pagefind goes by ``<html lang>``: it stems
where it has a stemmer, segments Chinese, and a reader loads only the part of the index that a
query needs.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from pagefind.index import IndexConfig, PagefindIndex
from sphinx.util import logging

from polyglot_book import i18n, registry

logger = logging.getLogger(__name__)

FOLDER = "pagefind"
#: What of a page is its text, and what in it is not.
ROOT = "article.bd-article"
IGNORED = (
    "a.headerlink", ".section-number", ".math-block", ".eqno", "script", "style",
    "div.highlight", "div.output", "details.hide > summary", ".caption-number",
    "a[href*='#equation-']",
)  # fmt: skip
#: Joiner and non-joiner: no letters, but parts of a word, as the marks above, below and beside
#: letters are.
JOINERS = "\u200c\u200d"

#: Sphinx gives a section the address that Pagefind expects of its heading.
_HEADING = re.compile(r'(<section id="([^"]+)"[^>]*>\s*(?:<span id="[^"]+"></span>\s*)*<h[1-6])')
#: A formula within a sentence: a result shows the sentence with a gap in its place.
_FORMULA = re.compile(r'<span class="math">.*?</math></span>', re.DOTALL)

#: Interfaces of Pagefind's own, which this book does not load.
_UNUSED = ("pagefind-*ui.*", "pagefind-highlight.js")


def words(app, language) -> dict[str, str]:
    """Return the words of the search dialog in a language."""
    text = i18n.of(app).text
    return {
        "title": text("Search the book", language),
        "close": text("Close", language),
        "found": text("Pages found: {n}", language),
        "nothing": text("Nothing found for “{query}”", language),
        "failed": text("The search index could not be loaded", language),
    }


def joining(texts: Iterable[str]) -> str:
    """Return the signs in some texts that are parts of words without being letters.

    Examples
    --------
    >>> [f"{ord(sign):04x}" for sign in joining(["কর্ম"])]
    ['09cd', '200c', '200d']
    """
    signs = {sign for sign in set().union(*texts) if unicodedata.category(sign) in {"Mn", "Mc"}}
    return "".join(sorted(signs.union(JOINERS)))


async def _index(out: Path, pages: list[Path]) -> None:
    # One spelling of letters that Unicode can write in two ways, such as Bengali য়; the script does
    # the same to a query.
    texts = {page: unicodedata.normalize("NFC", page.read_text("utf-8")) for page in pages}
    config = IndexConfig(
        root_selector=ROOT,
        exclude_selectors=list(IGNORED),
        include_characters=joining(texts.values()),
        output_path=str(out / FOLDER),
        keep_index_url=True,
    )
    async with PagefindIndex(config=config) as index:
        for page, html in texts.items():
            html = _FORMULA.sub("…", html)
            html = _HEADING.sub(r'\1 id="\2"', html)
            await index.add_html_file(content=html, url="/" + page.relative_to(out).as_posix())


def build(out: Path, pages: list[Path]) -> None:
    """Index some pages of a site.

    Parameters
    ----------
    out : pathlib.Path
        The site.
    pages : list of pathlib.Path
        The pages to be found.
    """
    if (out / FOLDER).exists():
        shutil.rmtree(out / FOLDER)
    asyncio.run(_index(out, pages))
    for pattern in _UNUSED:
        for path in (out / FOLDER).glob(pattern):
            path.unlink()


def switch_off_others(app, config):
    """Leave out the theme's search and Sphinx's own."""
    config.html_theme_options["disable_search"] = True


def switch_off_index(app):
    """Spare the build Sphinx's index, and the site the page that shows it."""
    app.builder.search = False


def add_dialog(app, pagename, templatename, context, doctree):
    """Give the page's templates the dialog's words; no dialog on a page of no language."""
    language = registry.of(app).language_of(pagename)
    context["polyglot_search"] = words(app, language) if language else None
    if language:
        context["polyglot_writing"] = i18n.of(app).writing[language.code]
        app.add_js_file("polyglot-search.js", loading_method="defer")


def finish(app, exception):
    """Index the finished pages."""
    if exception or app.builder.format != "html":
        return
    book = registry.of(app)
    pages = [
        Path(app.builder.get_outfilename(docname))
        for docname in sorted(app.env.all_docs)
        if book.language_of(docname)
    ]
    build(Path(app.outdir), pages)
    for name in ("search.html", "searchindex.js"):
        (Path(app.outdir) / name).unlink(missing_ok=True)


def setup(app):
    """Connect to Sphinx."""
    app.connect("config-inited", switch_off_others)
    app.connect("builder-inited", switch_off_index)
    app.connect("html-page-context", add_dialog, priority=500)
    app.connect("build-finished", finish, priority=850)
