"""A lecture as slides: the cells of notebooks that are tagged ``slide``, one each, and no others.

reveal.js shows them, from the site and from a folder without a network. A slide that holds more
than its frame is an error: nobody scrolls a slide.
"""

from __future__ import annotations

import copy
import re
import shutil
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from lxml import html
from sphinx.errors import SphinxError

from ..site import content_policy, offline
from . import articles, faces, questions, solutions, styles
from .articles import Chapter
from .manifest import Book, Manifest

_HERE = Path(__file__).parent
#: Classes of what a tagged cell became: see `polyglot_book.compat.myst_notebooks`.
TAGGED = "tag_slide"
_CELL = re.compile(r"slide-cell-(\d+)")
_WIDTH, _HEIGHT = 1280, 720
#: Each slide, shown for a moment, against its frame.
_OVERFLOW = """
(height) => [...document.querySelectorAll(".slides > section")].map((slide) => {
  const before = slide.style.display;
  slide.style.display = "block";
  const over = [slide.scrollWidth - slide.clientWidth, slide.scrollHeight - height];
  slide.style.display = before;
  return [slide.querySelector("h1, h2")?.textContent ?? "", ...over];
})
"""


class SlideOverflowError(SphinxError):
    """Say which slides hold more than their frames."""

    category = "Slides"


def make(
    manifest: Manifest, book: Book, site: Path, target: Path, cache: Path, browser: Any
) -> int:
    """Write the slides in one language into the site, and an archive; return how many there are."""
    chapters = articles.read(book, site, manifest.baseurl)
    found = [slide for chapter in chapters for slide in _slides(book, chapter)]
    if not found:
        return 0
    articles.address_links(found, lambda _, name: f"#{name}")
    folder = site / "slides" / book.code
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    for slide in found:
        for link in slide.xpath(".//a"):
            link.drop_tag()  # a lecture leads nowhere else
        for image in slide.iter("img"):
            if file := image.attrib.pop(articles.FILE, ""):
                name = Path(file).name
                shutil.copyfile(site / file, folder / "images" / name)
                image.set("src", f"images/{name}")
    body = "".join(html.tostring(slide, encoding="unicode", with_tail=False) for slide in found)
    text = "".join(slide.text_content() for slide in found) + book.title + book.author
    (folder / "fonts").mkdir()
    rules = []
    for whole in faces.of(manifest, book, site, cache):
        face = faces.narrowed(whole, text)
        if face is None:
            continue
        (folder / "fonts" / f"{face.name}.woff2").write_bytes(face.data)
        rules.append(face.rule(f"fonts/{face.name}.woff2"))
    for name, data in styles.formula_fonts(site).items():
        file = name.lower().replace(" ", "-") + ".woff2"
        (folder / "fonts" / file).write_bytes(data)
        rules.append(f"@font-face{{font-family:'{name}';src:url(fonts/{file}) format('woff2')}}")
    rules += styles.formula_rules(site)
    rules += list(styles.plain_rules("\n".join(articles.styles(chapters))))
    rules.append((_HERE / "assets" / "slides.css").read_text("utf-8"))
    (folder / "slides.css").write_text("\n".join(rules), "utf-8")
    (folder / "start.js").write_text((_HERE / "assets" / "slides.js").read_text("utf-8"), "utf-8")
    reveal = faces.modules(cache) / "reveal.js"
    for name in ("dist/reveal.js", "dist/reveal.css", "LICENSE"):
        shutil.copyfile(reveal / name, folder / Path(name).name)
    templates = Environment(
        loader=PackageLoader("polyglot_book.take_along"), autoescape=True, undefined=StrictUndefined
    )
    page = templates.get_template("slides.html").render(book=book, body=body)
    (folder / "index.html").write_text(content_policy.protect(page, {}), "utf-8")
    _refuse_overflow(browser, folder / "index.html", book)
    _pack(folder, target)
    return len(found) + 1


def _slides(book: Book, chapter: Chapter) -> Iterator[Any]:
    """Yield the slides of a page: each cell, with the heading that it stands under."""
    cells: dict[str, list[Any]] = {}
    for number, element in enumerate(chapter.element.cssselect(f".{TAGGED}")):
        if any(TAGGED in articles.classes(parent) for parent in element.iterancestors()):
            continue
        around = [element, *element.iterancestors()]
        if any("solution" in articles.classes(each) for each in around):
            continue
        cell = _CELL.search(element.get("class") or "")
        # What stands between the gates of an exercise has become part of it.
        box = next((each for each in around if "exercise" in articles.classes(each)), element)
        same = cells.setdefault(cell[0] if cell else f"cell {number}", [])
        if box not in same:
            same.append(box)
    for elements in cells.values():
        yield _slide(book, chapter, elements)


def _slide(book: Book, chapter: Chapter, elements: list[Any]) -> Any:
    section = next(elements[0].iterancestors("section"))
    heading = next(section.iter("h1", "h2", "h3", "h4"))
    page = escape(solutions.numbered(chapter.page))
    slide = articles.parse(
        f'<section><p class="where">{page}</p><div class="what"></div></section>'
    )
    title = copy.deepcopy(heading)
    for number in title.cssselect(".section-number"):
        number.drop_tree()
    title.tag, title.tail = "h2", None
    slide.insert(0, title)
    what = slide.find("div")
    for element in elements:
        shown = copy.deepcopy(element)
        shown.tail = None
        for code in shown.cssselect(".cell_input"):
            code.drop_tree()
        holder = articles.parse("<div></div>")
        holder.append(shown)
        for question in list(questions.questions(holder)):
            question.form.getparent().replace(
                question.form, questions.print_question(question, book.say("Your answer:"))
            )
        for part in holder.iter("section"):
            part.tag = "div"  # to reveal.js a section is a slide
        articles.open_folds(holder)
        what.extend(holder)
    return slide


def _refuse_overflow(browser: Any, page: Path, book: Book) -> None:
    context = browser.new_context(viewport={"width": _WIDTH, "height": _HEIGHT})
    window = context.new_page()
    window.goto(page.as_uri())
    window.wait_for_selector(".reveal.ready")
    window.evaluate("document.fonts.ready")
    over = [
        f"{title.strip()!r}: {max(width, 0)} px too wide, {max(height, 0)} px too high"
        for title, width, height in window.evaluate(_OVERFLOW, _HEIGHT)
        if width > 0 or height > 0
    ]
    context.close()
    if over:
        raise SlideOverflowError(f"{book.title} ({book.code}): " + "; ".join(over))


def _pack(folder: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = offline.archive_entry(path.relative_to(folder).as_posix())
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
