"""The book for e-readers: EPUB 3 made of the built pages, MathML kept, fonts embedded.

Not by Sphinx's own builder, which makes one file of one language out of one build: here each
language is a book, and the pages are already what they have to be.
"""

from __future__ import annotations

import mimetypes
import re
import tempfile
import uuid
import zipfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..rendering import formula_text
from ..site import offline
from . import articles, chromium, faces, paper, solutions, styles, xhtml
from .articles import Chapter
from .faces import Face
from .manifest import Book, Manifest

_HERE = Path(__file__).parent
_SHEETS = ["css/book.css", "css/pages.css"]
#: What shelves of e-readers show, in pixels of CSS: of the shape that shops ask for.
_COVER, _COVER_SIZE = "images/cover.png", (600, 960)


def make(
    manifest: Manifest, book: Book, site: Path, target: Path, cache: Path, browser: Any
) -> int:
    """Write the book in one language; return how many pages of the site it holds."""
    chapters = articles.read(book, site, manifest.baseurl)
    back = solutions.gather(book, chapters, partial(_see, book))
    files = {chapter.id: chapter.element for chapter in chapters}
    if back is not None:
        files[solutions.PLACE] = back
    names = list(files)
    articles.address_links(
        list(files.values()),
        lambda number, name: (
            f"{names[number]}.xhtml" + (f"#{name}" if name != names[number] else "")
        ),
    )
    images = _images(files.values())
    for element in files.values():
        _describe_formulas(element)
    found = faces.of(manifest, book, site, cache)
    mathematical = styles.formula_fonts(site)
    contents = _Package(manifest, book, chapters, back is not None)
    made: dict[str, bytes] = {}
    for name, element in files.items():
        title = next(
            (solutions.numbered(one.page) for one in chapters if one.id == name),
            book.say("Solutions and answers"),
        )
        made[f"{name}.xhtml"] = xhtml.document(
            title, book.tag, _SHEETS, xhtml.convert(element), contents.kind(name)
        )
    made["css/book.css"] = _style(found, mathematical, site).encode()
    made["css/pages.css"] = "\n".join(
        styles.plain_rules("\n".join(articles.styles(chapters)))
    ).encode()
    made |= {f"fonts/{face.name}.woff2": face.data for face in found}
    made |= {f"fonts/{_file(name)}": data for name, data in mathematical.items()}
    made |= {f"images/{Path(file).name}": _image(site / file) for file in images}
    made[_COVER] = _cover(manifest, book, site, cache, browser)
    made |= contents.pages()
    made["package.opf"] = contents.package(made)
    _write(target, made)
    return len(chapters)


def _cover(manifest: Manifest, book: Book, site: Path, cache: Path, browser: Any) -> bytes:
    """Draw the cover: no shelf of an e-reader draws one out of text."""
    sheets = ("book.css", "cover.css")
    text = paper.document(manifest, book, paper.cover(manifest, book), [], site, cache, sheets)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "cover.html")
        source.write_text(text, "utf-8")
        return chromium.draw_file(browser, source, *_COVER_SIZE)


def _see(book: Book, what: str, target: str) -> Any:
    line = articles.parse(f'<p class="see"><a>{book.say(what)}</a></p>')
    articles.point(line[0], target)
    return line


def _images(elements: Iterable[Any]) -> list[str]:
    """Give images the addresses of their files in the book; return the files."""
    found: dict[str, None] = {}
    for element in elements:
        for image in element.iter("img"):
            if file := image.attrib.pop(articles.FILE, ""):
                image.set("src", f"images/{Path(file).name}")
                found.setdefault(file)
    return list(found)


def _image(file: Path) -> bytes:
    """Return a picture without what its program says of itself, which no reader shows."""
    data = file.read_bytes()
    if file.suffix == ".svg":
        data = re.sub(rb"<metadata>.*?</metadata>", b"", data, flags=re.DOTALL)
        data = re.sub(rb"<!DOCTYPE[^>]*>", b"", data)
    return data


def _describe_formulas(element: Any) -> None:
    """Say each formula in words too, for e-readers that cannot set it."""
    for formula in element.iter("math"):
        formula.set("alttext", formula_text.text_of(formula))


def _file(family: str) -> str:
    return family.lower().replace(" ", "-") + ".woff2"


def _style(found: list[Face], mathematical: dict[str, bytes], site: Path) -> str:
    rules = [face.rule(f"../fonts/{face.name}.woff2") for face in found]
    rules += [
        f"@font-face{{font-family:'{name}';src:url(../fonts/{_file(name)}) format('woff2')}}"
        for name in mathematical
    ]
    own = (_HERE / "assets" / "epub.css").read_text("utf-8")
    return "\n".join([*rules, *styles.formula_rules(site), own])


class _Package:
    """Write what tells an e-reader of the parts of a book."""

    def __init__(
        self, manifest: Manifest, book: Book, chapters: list[Chapter], with_solutions: bool
    ):
        self._manifest, self._book, self._chapters = manifest, book, chapters
        self._with_solutions = with_solutions
        self._templates = Environment(
            loader=PackageLoader("polyglot_book.take_along"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def kind(self, name: str) -> str:
        """Return what a part is, in the words of EPUB's vocabulary of structure."""
        if name == solutions.PLACE:
            return "backmatter"
        address = next(one.page.address for one in self._chapters if one.id == name)
        return "backmatter" if address == self._book.glossary else "bodymatter"

    def _values(self) -> dict[str, Any]:
        name = f"{self._manifest.baseurl or self._manifest.name}#{self._book.tag}"
        entries = [
            {
                "file": f"{one.id}.xhtml",
                "title": solutions.numbered(one.page),
                "depth": one.page.depth,
                "part": one.page.part,
            }
            for one in self._chapters
        ]
        glossary = next(
            (
                f"{one.id}.xhtml"
                for one in self._chapters
                if one.page.address == self._book.glossary
            ),
            None,
        )
        return {
            "book": self._book,
            "say": self._book.say,
            "identifier": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}",
            "licence": self._manifest.licence,
            "source": self._manifest.baseurl,
            "changed": self._book.changed or "1980-01-01",
            "date": paper.day(self._book),
            "entries": entries,
            "solutions": f"{solutions.PLACE}.xhtml" if self._with_solutions else None,
            "glossary": glossary,
        }

    def pages(self) -> dict[str, bytes]:
        """Return the cover and the contents."""
        return {
            f"{name}.xhtml": self._templates.get_template(f"epub/{name}.xhtml")
            .render(self._values())
            .encode()
            for name in ("cover", "nav")
        }

    def package(self, made: dict[str, bytes]) -> bytes:
        """Return the list of all parts, in the order in which they are read."""
        items = []
        for name, data in sorted(made.items()):
            properties = [
                kind
                for kind, file in (("nav", "nav.xhtml"), ("cover-image", _COVER))
                if name == file
            ]
            if name.endswith(".xhtml"):
                properties += [
                    kind for kind, mark in (("mathml", b"<math"), ("svg", b"<svg")) if mark in data
                ]
            items.append(
                {
                    "id": re.sub(r"[^\w.-]", "-", name),
                    "href": name,
                    "type": _media_type(name),
                    "properties": " ".join(properties),
                }
            )
        template = self._templates.get_template("epub/package.opf")
        return template.render(self._values(), items=items).encode()


def _media_type(name: str) -> str:
    known = {".xhtml": "application/xhtml+xml", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
    return known.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "image/png"


def _write(target: Path, made: dict[str, bytes]) -> None:
    container = (_HERE / "templates" / "epub" / "container.xml").read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:

        def add(name: str, content: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
            entry = offline.archive_entry(name)
            archive.writestr(entry, content, how)

        # E-readers know the kind of file by its first bytes.
        add("mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        add("META-INF/container.xml", container)
        for name in sorted(made):
            add(f"EPUB/{name}", made[name])
