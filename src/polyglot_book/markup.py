"""Find elements of an HTML page and change them; all else stays as it is, to the byte.

The standard library's parser tells where each tag stands, and changes are made to the text there.
A tree of the page, such as Beautiful Soup's, takes several times as long to make and to write, for
pages are full of MathML; and it writes all of the page anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from itertools import accumulate

_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip


@dataclass
class Element:
    """Describe an element of a page, by its places in the text.

    Attributes
    ----------
    name : str
        Its name, in lower case.
    attributes : dict of str to str
        Its attributes; ``""`` for one without a value.
    start, inner_start, inner_end, end : int
        Where its start tag, its contents and its end tag begin, and where it ends.

    See Also
    --------
    Page : Finds and changes elements.
    """

    name: str
    attributes: dict[str, str]
    start: int
    inner_start: int
    inner_end: int
    end: int

    @property
    def classes(self) -> set[str]:
        """Return the classes of the element.

        Returns
        -------
        set of str
            Its classes.

        See Also
        --------
        Page.find : Look for elements by class.
        """
        return set(self.attributes.get("class", "").split())


class _Finder(HTMLParser):
    """Keep the elements of some names, or of all, in the order of their start tags."""

    def __init__(self, html: str, names: set[str] | None):
        super().__init__()
        self.found: list[Element] = []
        self._html = html
        self._names = names
        self._open: dict[str, list[Element]] = {}
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if element := self._add(tag, attrs):
            self._open.setdefault(tag, []).append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if opened := self._open.get(tag):
            element = opened.pop()
            element.inner_end = self._offset()
            element.end = self._html.index(">", element.inner_end) + 1

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> Element | None:
        if self._names is not None and tag not in self._names:
            return None
        start = self._offset()
        end = start + len(self.get_starttag_text() or "")
        attributes = {name: value or "" for name, value in attrs}
        self.found.append(Element(tag, attributes, start, end, end, end))
        return None if tag in _VOID else self.found[-1]


class Page:
    """Find elements of a page and change them.

    Parameters
    ----------
    html : str
        The page, or a part of one.
    names : iterable of str, optional
        Names of the elements to find; all by default.

    Attributes
    ----------
    html : str
        The page as it was read.
    elements : list of Element
        Its elements, in the order of their start tags.

    See Also
    --------
    Element : Where an element stands.

    Examples
    --------
    >>> page = Page('<p>a <b class="x y">b</b><i>c<br /></i> <u>&nbsp;<b>d</b></u></p>')
    >>> for element in page.find("b", "x"):
    ...     page.unwrap(element)
    >>> for element in page.find("i"):
    ...     page.replace(element, "&hellip;")
    >>> for element in page.find("p"):
    ...     page.set_attribute(element, "id", "first")
    >>> print(page.changed())
    <p id="first">a b&hellip; <u>&nbsp;<b>d</b></u></p>
    """

    def __init__(self, html: str, names: Iterable[str] | None = None):
        self.html = html
        self.elements = _Finder(html, None if names is None else set(names)).found
        self._changes: list[tuple[int, int, str]] = []

    def find(self, name: str, class_name: str | None = None) -> Iterator[Element]:
        """Yield the elements with a name, and a class.

        Parameters
        ----------
        name : str
            The name.
        class_name : str, optional
            The class; any by default.

        Yields
        ------
        Element
            One element.

        See Also
        --------
        Element.classes : The classes of an element.
        """
        for element in self.elements:
            if element.name == name and (class_name is None or class_name in element.classes):
                yield element

    def replace(self, element: Element, html: str = "") -> None:
        """Put something in the place of an element.

        Parameters
        ----------
        element : Element
            The element.
        html : str, optional
            What is to stand there; nothing by default.

        See Also
        --------
        unwrap : Keep its contents.
        """
        self._changes.append((element.start, element.end, html))

    def unwrap(self, element: Element) -> None:
        """Put the contents of an element in its place.

        Parameters
        ----------
        element : Element
            The element.

        See Also
        --------
        replace : Put something else there.
        """
        self._changes.append((element.start, element.inner_start, ""))
        self._changes.append((element.inner_end, element.end, ""))

    def set_attribute(self, element: Element, name: str, value: str) -> None:
        """Give an element an attribute that it does not have.

        Parameters
        ----------
        element : Element
            The element.
        name : str
            Name of the attribute.
        value : str
            Its value.

        See Also
        --------
        Element : Has the attributes that are there.
        """
        place = element.start + 1 + len(element.name)
        self._changes.append((place, place, f' {name}="{escape(value)}"'))

    def changed(self) -> str:
        """Return the page with all changes.

        Changes inside an element that is replaced go with it.

        Returns
        -------
        str
            HTML.

        See Also
        --------
        replace, unwrap, set_attribute : Make changes.
        """
        parts, done = [], 0
        for start, end, text in sorted(self._changes):
            if start >= done:
                parts += [self.html[done:start], text]
                done = end
        return "".join([*parts, self.html[done:]])
