"""What a build tells the makers of files to take along: pages in reading order, words, faces.

The built pages hold everything else. The manifest stands beside the doctrees, not in the site.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError

from .. import order, pages, state
from ..config import Language
from ..site import citation, history
from ..words import catalogs

_FILE = "take-along.json"

#: What the files and the pages that offer them say.
WORDS = (
    "Take the course along",
    "Book to print (PDF)",
    "Book for e-readers (EPUB)",
    "Cards to learn by heart (Anki)",
    "Pages to read without a network (zip)",
    "Pages with Python for them, for a class without a network: needs a server (zip)",
    "Worksheets (PDF)",
    "Answers to the worksheets (PDF)",
    "Slides of a lecture",
    "Slides to show without a network (zip)",
    "Contents",
    "Cover",
    "Solutions and answers",
    "Solution: p. {n}",
    "Answers: p. {n}",
    "Your answer:",
    "Test yourself",
    "Definitions",
    "Worksheet",
    "Answers",
    "Solution",
    "Name:",
    "Date:",
    "Glossary",
)


@dataclass(frozen=True)
class Page:
    """Describe one page of a book."""

    address: str
    title: str
    number: str
    #: 0 for the landing page and what stands beside it, 1 below such a page, and so on.
    depth: int
    #: The caption of the group that begins with this page; empty if that group has none.
    part: str | None = None


@dataclass(frozen=True)
class Book:
    """Describe the book in one language."""

    code: str
    tag: str
    gettext: str
    title: str
    author: str
    description: str
    #: The day of the last change to a page, as ISO 8601 writes it; empty where git does not know.
    changed: str
    words: dict[str, str]
    #: The keys of ``[[writing.book_fonts]]``.
    fonts: list[dict[str, Any]]
    glossary: str | None
    pages: list[Page]

    def say(self, text: str, **values: object) -> str:
        """Return one of `WORDS` in the book's language, with its ``{fields}`` filled in."""
        return self.words[text].format(**values)


@dataclass(frozen=True)
class Manifest:
    """Describe the book in all its languages."""

    #: What its files are called, before the language.
    name: str
    #: Files and folders of the site that the archive for a server has besides the pages.
    served: list[str]
    #: Where the site will be; empty if the build does not know.
    baseurl: str
    licence: str
    books: list[Book]


class NoManifestError(SphinxError):
    """Say that a build has not left what is needed."""

    category = "Files to take along"


def read(build: Path) -> Manifest:
    """Read what the build in a folder (``_build``) has left."""
    path = build / ".doctrees" / _FILE
    if not path.is_file():
        raise NoManifestError(
            f"no {path}: build the book first, with `take_along` under `polyglot` in _config.yml"
        )
    data = json.loads(path.read_text("utf-8"))
    data["books"] = [
        Book(**{**book, "pages": [Page(**page) for page in book["pages"]]})
        for book in data["books"]
    ]
    return Manifest(**data)


def _pages_below(
    app: Sphinx, docname: str, depth: int, part: str | None, seen: set[str]
) -> Iterator[Page]:
    """Yield a page and what its contents lead to, in reading order."""
    if docname in seen:
        return
    seen.add(docname)
    env: BuildEnvironment = app.env
    title = env.titles[docname]
    number = ".".join(map(str, title.get("secnumber") or ()))
    yield Page(app.builder.get_target_uri(docname), title.astext(), number, depth, part)
    is_landing = docname in map(state.of(app).registry.landing, _languages(app))
    for toctree in env.tocs[docname].findall(addnodes.toctree):
        caption = toctree.get("caption") or ("" if is_landing else None)
        for name in toctree["includefiles"]:
            yield from _pages_below(app, name, depth + (not is_landing), caption, seen)
            caption = None


def _languages(app: Sphinx) -> list[Language]:
    return list(state.of(app).registry.languages.values())


def _book(app: Sphinx, language: Language) -> Book:
    registry, words = state.of(app).registry, catalogs.of(app)
    landing = registry.landing(language)
    listed = list(_pages_below(app, landing, 0, None, set()))
    changes = history.last_changes(Path(app.srcdir))
    dates = [
        changes[source].date().isoformat()
        for docname in app.env.all_docs
        if registry.language_of(docname) == language
        and (source := Path(app.env.doc2path(docname)).relative_to(app.srcdir).as_posix())
        in changes
    ]
    glossary = state.record_of(app.env).glossaries.get(language.code)
    return Book(
        code=language.code,
        tag=language.tag,
        gettext=language.gettext,
        title=pages.book_title(app, language),
        author=language.author or app.config.author,
        description=pages.description_of(app.env, landing) or "",
        changed=max(dates, default=""),
        words={text: str(words.text(text, language)) for text in WORDS},
        fonts=[dict(font) for font in words.writing[language.code].book_fonts],
        glossary=app.builder.get_target_uri(glossary) if glossary else None,
        pages=listed,
    )


def _licence(app: Sphinx) -> str:
    file = state.of(app).registry.citation
    return str(citation.read(Path(app.srcdir) / file).get("license") or "") if file else ""


def _write(app: Sphinx, exception: Exception | None) -> None:
    wanted = state.of(app).registry.take_along
    if exception is not None or state.html_builder(app) is None or wanted is None:
        return
    made = Manifest(
        name=wanted.name,
        served=list(wanted.served),
        baseurl=app.config.html_baseurl,
        licence=_licence(app),
        books=[_book(app, language) for language in _languages(app)],
    )
    path = Path(app.doctreedir) / _FILE
    path.write_text(json.dumps(asdict(made), ensure_ascii=False, indent=1), "utf-8")


def setup(app: Sphinx) -> None:
    """Leave the manifest at the end of a build."""
    app.connect("build-finished", _write, priority=order.WRITE_MANIFEST)
