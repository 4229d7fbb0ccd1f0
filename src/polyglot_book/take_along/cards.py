"""Cards to learn by heart: a deck for Anki of questions, exercises and the terms of the glossary.

A card is known by a name that never changes its meaning: that of the question, the label of the
exercise, the key of the term. A newer deck changes the cards of an older one and keeps what a
learner has done with them.
"""

from __future__ import annotations

import copy
import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from posixpath import basename
from typing import Any

from lxml import html

from ..site import offline
from . import articles, faces, questions, solutions, styles
from .articles import Chapter
from .manifest import Book, Manifest

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Card:
    """Hold one card; both sides are markup."""

    name: str
    kind: str
    page: str
    front: str
    back: str


def make(manifest: Manifest, book: Book, site: Path, target: Path, cache: Path) -> int:
    """Write the deck in one language; return how many cards it has."""
    import genanki

    chapters = articles.read(book, site, manifest.baseurl)
    pictures: dict[str, Path] = {}
    made = [
        card for chapter in chapters for card in _cards(book, chapter, site, manifest, pictures)
    ]
    fonts = _fonts(manifest, book, site, cache, "".join(card.front + card.back for card in made))
    rules = [rule for rule, _ in fonts.values()]
    css = "\n".join([*rules, (_HERE / "assets" / "cards.css").read_text("utf-8")])
    model = genanki.Model(
        number(manifest.name, book.code, "model"),
        f"{book.title} ({book.code})",
        fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[
            {
                "name": book.title,
                "qfmt": '<div class="side">{{Front}}</div>',
                "afmt": '<div class="side">{{Front}}</div><hr id="answer">'
                '<div class="side">{{Back}}</div>',
            }
        ],
        css=css,
    )
    deck = genanki.Deck(number(manifest.name, book.code, "deck"), book.title, book.description)
    for card in made:
        deck.add_note(
            genanki.Note(
                model=model,
                fields=[card.front, card.back],
                tags=[card.kind, card.page],
                guid=genanki.guid_for(manifest.name, book.code, card.name),
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        media = dict(pictures)
        for name, (_, data) in fonts.items():
            media[name] = Path(folder, name)
            media[name].write_bytes(data)
        files = []
        for name, source in sorted(media.items()):  # by the names that the cards know
            place = Path(folder, name)
            if place != source:
                place.write_bytes(source.read_bytes())
            files.append(str(place))
        package = genanki.Package(deck, media_files=files)
        first = Path(folder, "deck.apkg")
        when = datetime.fromisoformat(book.changed or "1980-01-01").replace(tzinfo=UTC)
        package.write_to_file(first, timestamp=when.timestamp())
        _freeze(first, target)
    return len(made)


def _fonts(
    manifest: Manifest, book: Book, site: Path, cache: Path, text: str
) -> dict[str, tuple[str, bytes]]:
    """Return the fonts of a deck by their files' names: the rule that names each, and its data.

    Anki keeps a file whose name begins with a line though no card names it; all decks share one
    folder.
    """
    found = {}
    if data := styles.formula_fonts(site).get("Polyglot Math"):
        name = f"_{manifest.name}-math.woff2"
        found[name] = (f"@font-face{{font-family:'Card Math';src:url({name})}}", data)
    for whole in faces.of(manifest, book, site, cache):
        if whole.family == faces.TEXT and (whole.weight, whole.style) == (400, "normal"):
            face = faces.narrowed(whole, text)
            if face is not None:
                name = f"_{manifest.name}-{book.code}-{face.name}.woff2"
                found[name] = (face.rule(name), face.data)
    return found


def number(*names: str) -> int:
    """Return a number that stands for some names, as Anki wants one.

    Examples
    --------
    >>> number("rain", "fr", "deck") == number("rain", "fr", "deck") != number("rain", "de", "deck")
    True
    """
    digest = hashlib.sha256("\n".join(names).encode()).digest()
    return (1 << 30) + int.from_bytes(digest[:4], "big") % (1 << 30)


def _cards(
    book: Book, chapter: Chapter, site: Path, manifest: Manifest, pictures: dict[str, Path]
) -> Iterator[Card]:
    page = Path(chapter.page.address).stem

    def side(*elements: Any) -> str:
        return "".join(_markup(each, site, manifest, pictures) for each in elements)

    for exercise in list(questions.exercises(chapter.element)):
        if exercise.solution is None or not exercise.label:
            continue
        solution = solutions.detach(exercise.solution)
        if (title := solution.find("summary")) is not None:
            title.drop_tree()
        articles.open_folds(solution)
        yield Card(exercise.label, "exercise", page, side(exercise.element), side(solution))
    for question in questions.questions(chapter.element):
        front = questions.print_question(question, "")
        for blank in front.cssselect(".blank"):
            blank.drop_tree()
        back = questions.print_answer(question)
        yield Card(
            question.name, "question", page, _unnumbered(side(front)), _unnumbered(side(back))
        )
    for term in chapter.element.cssselect("dl.polyglot-glossary > dt"):
        definition = term.getnext()
        key = term.get(articles.KEY)
        if definition is None or not key:
            continue
        front = f'<p class="term">{articles.inner(term)}</p>'
        yield Card(f"term-{key}", "glossary", page, front, side(definition))


def _unnumbered(markup: str) -> str:
    """Leave out the number of a question on its page: a card stands alone.

    Examples
    --------
    >>> _unnumbered('<p class="question-text">3. Why?</p>')
    '<p class="question-text">Why?</p>'
    """
    return re.sub(r'(<p class="question-(?:text|answer)">)\d+\. ', r"\1", markup)


def _markup(element: Any, site: Path, manifest: Manifest, pictures: dict[str, Path]) -> str:
    """Return an element as Anki shows it: pictures by their bare names, no links into the book."""
    copied = copy.deepcopy(element)
    for image in copied.iter("img"):
        if file := image.attrib.pop(articles.FILE, ""):
            # All decks share one folder of pictures.
            name = f"{manifest.name}-{basename(file)}"
            pictures[name] = site / file
            image.set("src", name)
    for link in copied.xpath(".//a[not(@href)]"):
        link.drop_tag()
    for each in copied.iter():
        each.attrib.pop("id", None)
    for note in copied.xpath(".//annotation"):
        note.getparent().remove(note)
    copied.tail = None
    return html.tostring(copied, encoding="unicode").strip()


def _freeze(source: Path, target: Path) -> None:
    """Write a package anew with a time that does not pass."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            entry = offline.archive_entry(name)
            new.writestr(entry, old.read(name), zipfile.ZIP_DEFLATED)
