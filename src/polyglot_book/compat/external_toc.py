"""sphinx-external-toc 1.1.0: chapters of several languages stand side by side under the root.

A book of one language has its chapters in ``parts`` (or ``chapters``) of the root. Where a book of
several lists them all there, each language's are put beneath its landing page: what is counted,
listed and walked through in a language is what stands beneath it. Needless once a table of contents
may have several roots.

Folders of the book whose names begin with a dot hold no pages. The package leaves out what
``_toc.yml`` does not name by ``glob.iglob``, which passes them over while Sphinx looks into them:
the Markdown files of all packages in ``.venv`` would be read. Needless once it goes into them too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx_external_toc.api import SiteMap, TocTree, UrlItem
from sphinx_external_toc.events import remove_suffix

from .. import order, state
from ..config import Language, Registry


def nest(site_map: SiteMap, book: Registry, suffixes: list[str]) -> None:
    """Put the pages of a language that stand beside its landing page beneath it.

    Captions and numbering go with them, but for captions that are the language's name: it stands
    there anyway.

    Examples
    --------
    >>> from sphinx_external_toc.parsing import parse_toc_data
    >>> chapters = [{"file": "de/index"}, {"file": "de/rain"}]
    >>> parts = [{"caption": "Deutsch", "numbered": True, "chapters": chapters}]
    >>> site_map = parse_toc_data({"format": "jb-book", "root": "index", "parts": parts})
    >>> languages = {"de": Language("de", "de", "de", "Deutsch", "De")}
    >>> nest(site_map, Registry("", languages), [".md"])
    >>> site_map["index"].child_files(), site_map["de/index"].child_files()
    (['de/index'], ['de/rain'])
    """

    def page(item: object) -> str:
        return remove_suffix(str(item), suffixes)

    starts = {book.landing(language): language for language in book.languages.values()}
    beside: dict[Language | None, str] = {}
    for name in site_map.root.child_files():
        if page(name) in starts:
            beside[starts[page(name)]] = name
    for tree in site_map.root.subtrees:
        language: Language | None = None
        kept: list[Any] = []
        moved: dict[str, list[Any]] = {}
        for item in tree.items:
            if not isinstance(item, UrlItem):  # it goes with what stands before it
                language = book.language_of(page(item))
            if language not in beside or item == beside[language]:
                kept.append(item)
            else:
                moved.setdefault(beside[language], []).append(item)
        for name, items in moved.items():
            own = starts[page(name)]
            subtrees = site_map[name].subtrees
            first = not any(other.numbered for other in subtrees)
            subtrees.append(
                replace(
                    tree,
                    items=items,
                    caption=None
                    if tree.caption in (own.name, own.short, own.title)
                    else tree.caption,
                    restart_numbering=_restarts(tree, first),
                )
            )
        if len(kept) < len(tree.items):
            tree.items, tree.numbered, tree.caption = kept, False, None
    site_map.root.subtrees[:] = [tree for tree in site_map.root.subtrees if tree.items]


def _restarts(tree: TocTree, first: bool) -> bool | None:
    """Tell whether a group of chapters counts from 1: the first of a language, unless it says."""
    if tree.restart_numbering is None and tree.numbered and first:
        return True
    return tree.restart_numbering


def _nest_pages(app: Sphinx, config: Config) -> None:
    site_map = getattr(config, "external_site_map", None)
    if site_map is not None:
        nest(site_map, state.of(app).registry, list(config.source_suffix))


def hidden_pages(suffixes: Iterable[str]) -> list[str]:
    """List patterns, as in ``exclude_patterns``, of what hidden folders have for pages.

    They do not depend on what is there: other patterns than before have Sphinx read all pages anew.

    Examples
    --------
    >>> from sphinx.util.matching import Matcher
    >>> hidden = Matcher(hidden_pages([".md"]))
    >>> [hidden(path) for path in (".venv/lib/LICENSE.md", "fr/.old/rain.md", "fr/rain.md")]
    [True, True, False]
    """
    return [f"{start}.*/**{suffix}" for suffix in suffixes for start in ("", "**/")]


def _leave_out_hidden(app: Sphinx, config: Config) -> None:
    config.exclude_patterns = [*config.exclude_patterns, *hidden_pages(config.source_suffix)]


def setup(app: Sphinx) -> None:
    """Put each language's pages beneath its landing page; leave hidden folders out."""
    app.connect("config-inited", _leave_out_hidden, priority=order.NEST_PAGES)
    app.connect("config-inited", _nest_pages, priority=order.NEST_PAGES)
