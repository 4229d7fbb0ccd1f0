"""The built pages of a language as the text of a book: without controls, linked among each other.

Every element that is linked to gets an id that is unique in the whole book, so that pages may be
put into one document, and parts of them moved; `address_links` then writes the links.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml import html
from lxml.cssselect import CSSSelector

from ..site import documents
from .manifest import Book, Page

#: What can only be pressed, or speaks of the site.
_CONTROLS = CSSSelector(
    ".polyglot-place, .headerlink, script, template, nav, button, dialog, .polyglot-progress, "
    ".polyglot-place__draft, "
    ".polyglot-offline, .polyglot-take-along, .polyglot-words, .polyglot-checklist, "
    ".polyglot-glossary-tools, .polyglot-glossary-letters, .toctree-wrapper, .polyglot-code, "
    ".smx-score, .onlyprint, [hidden]",
    translator="html",
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_DETAILS = CSSSelector("details", translator="html")
#: Held by links until `address_links`: the id of what they lead to.
_TARGET = "data-target"
#: Held by images: the file, from the root of the site.
FILE = "data-file"
#: Held by what has an id: that id, as the page has it.
KEY = "data-key"


@dataclass
class Chapter:
    """Hold a page of the book, ready to be laid out."""

    page: Page
    id: str
    #: The page's section, with its heading.
    element: Any
    #: Rules of style that the page itself brings, for what its cells show.
    styles: list[str] = field(default_factory=list)


def classes(element: Any) -> list[str]:
    """Return the classes of an element."""
    return (element.get("class") or "").split()


def parse(markup: str) -> Any:
    """Return the element that some markup is."""
    return html.fragment_fromstring(markup)


def inner(element: Any) -> str:
    """Return the markup within an element."""
    text = html.tostring(element, encoding="unicode", with_tail=False)
    return text[text.index(">") + 1 : text.rindex("</")]


def read(book: Book, site: Path, baseurl: str) -> list[Chapter]:
    """Read the pages of a book in their order."""
    chapters = []
    ids: dict[tuple[str, str], str] = {}
    for number, page in enumerate(book.pages):
        root = documents.parse(site / page.address)
        article = root.cssselect("article.bd-article")[0]
        first, *more = [each for each in article.findall("section") if each.find("h1") is not None]
        section = copy.deepcopy(first)
        section.extend(copy.deepcopy(each) for each in more)
        chapter = Chapter(page, f"p{number}", section)
        _strip(chapter)
        ids[page.address, ""] = chapter.id
        _name(chapter, ids)
        chapters.append(chapter)
    for chapter in chapters:
        _link(chapter, ids, baseurl)
        _find_images(chapter)
    return chapters


def _strip(chapter: Chapter) -> None:
    """Take away what a page has besides its text."""
    section = chapter.element
    for style in list(section.iter("style")):
        chapter.styles.append(style.text or "")
        style.drop_tree()
    for element in _CONTROLS(section):
        if element.getparent() is not None:
            element.drop_tree()
    # The parser takes these for boxes around what follows.
    for element in list(section.iter("source", "wbr")):
        if element.tag == "wbr":
            element.addprevious(element.makeelement("wbr"))
        element.drop_tag()
    for picture in list(section.iter("picture")):
        picture.drop_tag()
    for link in section.cssselect("a.polyglot-figure"):
        link.drop_tag()
    for box in section.cssselect("input.task-list-item-checkbox"):
        box.tail = "☐ " + (box.tail or "").lstrip()
        box.drop_tree()
    for cell in section.cssselect("div.cell"):
        if (
            not cell.cssselect("pre, img, svg, table, math, form")
            and not cell.text_content().split()
        ):
            cell.drop_tree()
    for element in section.iter():
        for name in (
            "tabindex",
            "loading",
            "data-live-cell",
            "aria-labelledby",
            "aria-describedby",
        ):
            element.attrib.pop(name, None)


def _name(chapter: Chapter, ids: dict[tuple[str, str], str]) -> None:
    """Give ids of their own to all that has one, but to parts of pictures."""
    for element in chapter.element.iter():
        old = element.get("id")
        if old is None:
            continue
        if _within_picture(element):
            continue
        if element is chapter.element:
            ids.setdefault((chapter.page.address, old), chapter.id)
            continue
        element.set(KEY, old)
        element.set("id", ids.setdefault((chapter.page.address, old), f"{chapter.id}-{len(ids)}"))
    chapter.element.set("id", chapter.id)


def _link(chapter: Chapter, ids: dict[tuple[str, str], str], baseurl: str) -> None:
    """Tell links within the book from those to the rest of the site, and to other sites."""
    for link in chapter.element.xpath(".//a[@href]"):
        address = link.get("href")
        target = documents.resolve(chapter.page.address, address)
        link.attrib.pop("title", None)
        if target is None:
            continue  # another site
        fragment = unquote(urlsplit(address).fragment)
        if found := ids.get((target, fragment)) or ids.get((target, "")):
            del link.attrib["href"]
            link.set(_TARGET, found)
        elif baseurl:
            link.set("href", urljoin(baseurl.rstrip("/") + "/", target))
        else:
            link.drop_tag()


def _find_images(chapter: Chapter) -> None:
    for image in chapter.element.iter("img"):
        source = image.get("src", "")
        if not source.startswith("data:"):
            image.set(FILE, documents.resolve(chapter.page.address, source) or "")


def point(element: Any, target: str) -> None:
    """Make a link lead to the element with an id."""
    element.set(_TARGET, target)


def address_links(roots: list[Any], address: Callable[[int, str], str]) -> None:
    """Write the links between some trees, and drop ids that nothing leads to.

    ``address`` returns how the tree with a number in the list, and an id in it, are addressed.
    """
    place = {
        element.get("id"): number
        for number, root in enumerate(roots)
        for element in root.iter()
        if element.get("id")
    }
    wanted = set()
    for root in roots:
        for link in root.xpath(f".//a[@{_TARGET}]"):
            target = link.attrib.pop(_TARGET)
            if target not in place:  # what was left out: its page
                target = target.partition("-")[0]
            if target in place:
                link.set("href", address(place[target], target))
                wanted.add(target)
            else:
                link.drop_tag()
    for root in roots:
        seen = set()
        for element in root.iter():
            name = element.get("id")
            if name and not _within_picture(element):
                if (name not in wanted and element is not root) or name in seen:
                    del element.attrib["id"]
                seen.add(name)


def _within_picture(element: Any) -> bool:
    return any(parent.tag == "svg" for parent in (element, *element.iterancestors()))


def open_folds(element: Any) -> None:
    """Turn what opens at a tap into what is open, with its title above."""
    for fold in _DETAILS(element):
        summary = fold.find("summary")
        if summary is not None:
            summary.tag = "p"
        fold.tag = "div"
        fold.attrib.pop("open", None)


def lower_headings(element: Any, levels: int) -> None:
    """Make headings stand deeper in the book's outline."""
    for heading in element.iter(*_HEADINGS):
        level = min(6, int(heading.tag[1]) + levels)
        heading.set("class", " ".join([*classes(heading), f"was-{heading.tag}"]))
        heading.tag = f"h{level}"


def heading_of(chapter: Chapter) -> Any:
    """Return the heading of a chapter."""
    return next(chapter.element.iter(*_HEADINGS))


def styles(chapters: list[Chapter]) -> Iterator[str]:
    """Yield the rules of style that pages bring, each once."""
    yield from dict.fromkeys(rule for chapter in chapters for rule in chapter.styles)
