"""Cards beside links: the term, formula, source, exercise or figure that a link leads to.

The cards of a language are one script file, made of the written pages at the end of a build, and
loaded when a reader first points at such a link: a script, so that it loads from a folder too.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import html
from lxml.cssselect import CSSSelector
from sphinx.application import Sphinx

from .. import order, state
from ..config import Language
from ..words import catalogs
from . import documents

_FOLDER = "cards"
#: The title of a solution leads to the exercise just above it.
_LINKS = CSSSelector(
    "article.bd-article :not(.admonition-title) > a.reference.internal[href*='#']",
    translator="html",
)
#: What a card has no use for: ways to where it comes from, what only the page can do.
_LEFT_OUT = CSSSelector(
    "a.headerlink, .polyglot-glossary-names, .polyglot-glossary-more, annotation, div.cell, "
    "script, style, button",
    translator="html",
)


def _resolve(page: str, address: str) -> tuple[str | None, str]:
    """Return the page of the site that an address on a page means, if it is one; and the place.

    Examples
    --------
    >>> _resolve("book/ru/gradient.html", "glossary.html#logit")
    ('book/ru/glossary.html', 'logit')
    >>> _resolve("book/ru/gradient.html", "#jacobian")
    ('book/ru/gradient.html', 'jacobian')
    """
    return documents.resolve(page, address), unquote(urlsplit(address).fragment)


def _content(page: str, elements: list[Any]) -> str:
    """Return elements of a page as HTML that may stand on another, its addresses from the root."""
    result = ""
    for element in elements:
        clone = copy.deepcopy(element)
        clone.tail = None
        unwanted = _LEFT_OUT(clone)
        if clone in unwanted:
            continue
        for part in unwanted:
            part.drop_tree()
        for part in clone.iter():
            part.attrib.pop("id", None)
            for name in ("href", "src"):
                value = part.get(name)
                if not value:
                    continue
                path, fragment = _resolve(page, value)
                if path:
                    part.set(name, f"{path}#{fragment}" if fragment else path)
        result += html.tostring(clone, encoding="unicode")
    return result.strip()


def _term(element: Any) -> tuple[list[Any], list[Any]]:
    return [element], list(element.getnext())


def _formula(element: Any) -> tuple[list[Any], list[Any]]:
    return element.find_class("eqno"), element.find_class("math-scroll")


def _source(element: Any) -> tuple[list[Any], list[Any]]:
    return [], element.findall("p")


def _exercise(element: Any) -> tuple[list[Any], list[Any]]:
    return element.find_class("admonition-title"), element.findall("section")


def _figure(element: Any) -> tuple[list[Any], list[Any]]:
    return element.findall("figcaption"), element.xpath(".//img")


#: What has cards, and what of it is their head and what their body.
_KINDS: tuple[tuple[str, Any, Callable[[Any], tuple[list[Any], list[Any]]]], ...] = tuple(
    (kind, CSSSelector(selector, translator="html"), parts)
    for kind, selector, parts in (
        ("term", "dl.polyglot-glossary > dt[id]", _term),
        ("formula", "div.math-block[id]", _formula),
        ("source", "div.citation[id]", _source),
        ("exercise", "div.exercise[id]", _exercise),
        ("figure", "figure[id]", _figure),
    )
)


def _cards(page: str, root: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield the cards of a page: the place on it; kind, head, body and language of the card."""
    for kind, selector, parts in _KINDS:
        for element in selector(root):
            head, body = (_content(page, part) for part in parts(element))
            if kind == "term":
                head = _inside(head)
            yield element.get("id"), [kind, head, body, element.get("lang", "")]


def _inside(markup: str) -> str:
    """Return the inside of an element, which could not stand elsewhere."""
    return markup[markup.index(">") + 1 : markup.rindex("<")].strip()


def _write_language(app: Sphinx, language: Language, target: Path) -> None:
    pages = dict(documents.of(app, language))
    wanted = {
        _resolve(page, link.get("href")) for page, root in pages.items() for link in _LINKS(root)
    }
    cards = {
        f"{page}#{place}": card
        for page, root in pages.items()
        for place, card in _cards(page, root)
        if (page, place) in wanted
    }
    data = json.dumps(cards, ensure_ascii=False, separators=(",", ":"))
    target.write_text(f"polyglotCards({data});\n", "utf-8")


def _file(language: Language) -> str:
    return f"{_FOLDER}/{language.code}.js"


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if language := state.of(app).registry.language_of(pagename):
        attributes: dict[str, Any] = {
            "data-cards": context["pathto"](_file(language), 1),
            "data-go": catalogs.of(app).text("Go there", language),
        }
        app.add_js_file("polyglot-cards.js", loading_method="defer", **attributes)


def _write_cards(app: Sphinx, exception: Exception | None) -> None:
    if exception or state.html_builder(app) is None:
        return
    folder = Path(app.outdir) / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for language in state.of(app).registry.languages.values():
        _write_language(app, language, Path(app.outdir) / _file(language))


def setup(app: Sphinx) -> None:
    """Write the cards, and give pages the script that shows them."""
    app.add_css_file("polyglot-cards.css")
    app.connect("html-page-context", _add_script, priority=order.ADD_CARDS_SCRIPT)
    app.connect("build-finished", _write_cards, priority=order.WRITE_CARDS)
