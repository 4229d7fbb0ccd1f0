r"""A glossary page in each language, from data, and a check that pages keep to its terms.

What does not depend on the language stands once, in ``<folder>/glossary.toml``: the concepts, what
each is called in English, and the concept of the course whose page explains it::

    [learning-rate]
    english = "learning rate"
    see = "training"

What does stands in ``<folder>/<lang>/glossary.toml``, under the same keys::

    [learning-rate]
    term = "Lernrate"
    also = ["Schrittweite"]
    definition = 'Factor $\eta$ that …'
    avoid = ['\bLernquote']

``also`` lists other accepted names and abbreviations. ``avoid`` lists regular expressions, matched
without regard to case, of what pages must not call the concept; `misuses` finds them. ``sort`` says
how a term is spelled for sorting where its script does not tell: Chinese terms in pinyin.

The directive ``polyglot-glossary`` renders the entries of its page's language. Its content is
ignored: it is what programs show that do not know the directive. Every page may link to an entry
in plain Markdown, ``[Lernrate](glossary.md#learning-rate)``.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import SphinxError
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from . import i18n, metadata, registry
from .registry import Registry

logger = logging.getLogger(__name__)

#: Name of the file with what all languages share, and of the file in each language's folder.
FILE = "glossary.toml"

_COMMON_FIELDS = {"english": str, "see": str}
_FIELDS = {"term": str, "definition": str, "also": list, "avoid": list, "sort": str}
#: Options at the beginning of a MyST directive, in either notation.
_OPTIONS = re.compile(r"\A---\n.*?^---\n|\A(:[\w-]+:[^\n]*\n)+", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class GlossaryError(SphinxError):
    """The glossary's data are wrong; names each file and key at fault."""

    category = "Glossary"


@dataclass(frozen=True)
class Entry:
    """A concept in one language.

    Attributes
    ----------
    key : str
        The concept, the same in every language; also the anchor on the page.
    english : str
        What it is called in English.
    see : str or None
        The concept of the book whose home page explains it.
    term : str
        What it is called in this language.
    definition : str
        What it is, in MyST Markdown.
    also : tuple of str
        Other accepted names, abbreviations included.
    avoid : tuple of re.Pattern
        What it must not be called.
    sort : str
        What stands for the term when terms are sorted.
    """

    key: str
    english: str
    see: str | None
    term: str
    definition: str
    also: tuple[str, ...]
    avoid: tuple[re.Pattern, ...]
    sort: str


@dataclass(frozen=True)
class Misuse:
    """A form of a term that a page uses and the glossary does not.

    Attributes
    ----------
    phrase : str
        What the page says.
    term : str
        What it should say.
    key : str
        The concept.
    """

    phrase: str
    term: str
    key: str


def files(root: Path, book: Registry) -> dict[str, Path]:
    """Return the glossary's files: the common one under ``""``, the others by language."""
    folder = Path(root) / book.folder
    return {"": folder / FILE, **{code: folder / code / FILE for code in book.languages}}


def load(root: Path, book: Registry) -> dict[str, dict[str, Entry]]:
    """Read and check the glossary.

    Parameters
    ----------
    root : Path
        The book's root, which its registry's ``folder`` is relative to.
    book : Registry
        Its languages and concepts.

    Returns
    -------
    dict of str to dict of str to Entry
        Entries by language and key, in the order of the common file.

    Raises
    ------
    GlossaryError
        Naming file and key of everything that is wrong: a file that is missing or is no TOML; a
        concept without an entry in some language, or the reverse; an unknown, missing or empty
        field; a term that stands for two concepts; an expression that does not compile, or that
        condemns a term or an accepted name of the glossary itself.
    """
    paths = files(root, book)
    names = {code: path.relative_to(root).as_posix() for code, path in paths.items()}
    tables = {code: _read(path, names[code]) for code, path in paths.items()}
    problems = list(_check_fields(names[""], tables[""], _COMMON_FIELDS, {"english"}))
    for key, fields in tables[""].items():
        if not _KEY.fullmatch(key):
            problems.append(
                f"{names['']}: {key}: a key is expected to be lower-case ASCII words "
                "joined by hyphens: it becomes part of addresses"
            )
        see = fields.get("see") if isinstance(fields, Mapping) else None
        if book.concepts and see is not None and see not in book.concepts:
            problems.append(
                f"{names['']}: {key}.see: {see!r} is no concept of the book "
                f"(polyglot.concepts: {', '.join(book.concepts)})"
            )
    for code in book.languages:
        problems += _check_fields(names[code], tables[code], _FIELDS, {"term", "definition"})
        for key in tables[""].keys() - tables[code].keys():
            problems.append(f"{names[code]}: {key}: the concept has no entry in this language")
        for key in tables[code].keys() - tables[""].keys():
            problems.append(f"{names[code]}: {key}: the concept is missing in {names['']}")
    if problems:
        raise GlossaryError("\n".join(sorted(problems)))

    glossary = {}
    for code in book.languages:
        entries = {}
        for key, common in tables[""].items():
            try:
                entries[key] = _entry(key, common, tables[code][key])
            except GlossaryError as error:
                problems.append(f"{names[code]}: {key}{error}")
        problems += [f"{names[code]}: {text}" for text in _check_terms(entries)]
        glossary[code] = entries
    if problems:
        raise GlossaryError("\n".join(problems))
    return glossary


def _read(path: Path, name: str) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GlossaryError(f"{name}: the file does not exist") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GlossaryError(f"{name}: {error}") from None


def _check_fields(name, table, known, required) -> Iterator[str]:
    for key, fields in table.items():
        if not isinstance(fields, Mapping):
            yield f"{name}: {key}: a table [{key}] is expected, got {fields!r}"
            continue
        for field in sorted(required - fields.keys()):
            yield f"{name}: {key}: field {field!r} is missing"
        for field, value in fields.items():
            if field not in known:
                yield (
                    f"{name}: {key}: unknown field {field!r} (known: {', '.join(sorted(known))})"
                )
            elif not isinstance(value, known[field]) or not value:
                kind = "a text" if known[field] is str else "a list of texts"
                yield f"{name}: {key}.{field}: {kind} is expected, got {value!r}"
            elif known[field] is list and not all(isinstance(v, str) and v for v in value):
                yield f"{name}: {key}.{field}: a list of texts is expected, got {value!r}"


def _entry(key, common, fields) -> Entry:
    avoid = []
    for pattern in fields.get("avoid", ()):
        try:
            avoid.append(re.compile(pattern, re.IGNORECASE))
        except re.error as error:
            raise GlossaryError(f".avoid: {pattern!r} does not compile: {error}") from None
    term = fields["term"]
    if "sort" not in fields and any(map(_is_han, term)):
        raise GlossaryError(f": field 'sort' is missing: how {term} is spelled, in pinyin")
    return Entry(
        key=key,
        english=common["english"],
        see=common.get("see"),
        term=term,
        definition=fields["definition"].strip(),
        also=tuple(fields.get("also", ())),
        avoid=tuple(avoid),
        sort=fields.get("sort", term),
    )


def _is_han(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK UNIFIED")


def _check_terms(entries: Mapping[str, Entry]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for key, entry in entries.items():
        for name in (entry.term, *entry.also):
            if name.casefold() in owners:
                yield f"{key}: {name!r} already stands for {owners[name.casefold()]!r}"
            owners[name.casefold()] = key
    for key, entry in entries.items():
        for pattern in entry.avoid:
            for other in entries.values():
                for name in (other.term, *other.also):
                    if pattern.search(name):
                        yield (
                            f"{key}.avoid: {pattern.pattern!r} matches {name!r}, "
                            f"which is the form of {other.key!r}"
                        )


def in_order(entries: Mapping[str, Entry]) -> list[Entry]:
    """Return entries sorted by the Unicode collation algorithm.

    That is the order of Russian and Bengali dictionaries, and with ``sort`` in pinyin of Chinese
    ones; Latin letters come first.
    """
    from pyuca import Collator  # reads the collation table, which only a glossary needs

    collator = Collator()
    return sorted(entries.values(), key=lambda entry: collator.sort_key(entry.sort))


def misuses(text: str, entries: Mapping[str, Entry]) -> list[Misuse]:
    """Find what a Markdown text calls by a name that the glossary rules out.

    Code, formulas, comments and the addresses of links are left alone; so is, consequently, a
    form that a page quotes in backticks to warn of it.

    Parameters
    ----------
    text : str
        MyST Markdown.
    entries : mapping of str to Entry
        The glossary in the text's language.

    Returns
    -------
    list of Misuse
    """
    found = []
    for paragraph in prose(text):
        for entry in entries.values():
            for pattern in entry.avoid:
                for match in pattern.finditer(paragraph):
                    found.append(Misuse(match[0], entry.term, entry.key))
    return found


def prose(text: str) -> Iterator[str]:
    r"""Yield what a reader reads as sentences: headings, paragraphs, cells, also inside directives.

    Examples
    --------
    >>> list(prose("# A *b* `c`\n\n:::{note} Title\nof $x$\nd\n:::"))
    ['A b  ', 'Title', 'of  \nd']
    """
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.colon_fence import colon_fence_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin
    from mdit_py_plugins.myst_blocks import myst_block_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    parser = MarkdownIt("commonmark").enable("table")
    for plugin in (
        amsmath_plugin,
        colon_fence_plugin,
        dollarmath_plugin,
        front_matter_plugin,
        myst_block_plugin,
        myst_role_plugin,
    ):
        parser.use(plugin)

    def inline(tokens) -> str:
        parts = []
        for token in tokens:
            if token.type == "text":
                parts.append(token.content)
            elif token.type in ("softbreak", "hardbreak"):
                parts.append("\n")
            elif token.type == "image":
                parts.append(inline(token.children or ()))
            elif token.type == "myst_role" and token.meta["name"] in ("ref", "doc", "term", "abbr"):
                parts.append(token.content.partition("<")[0])
            elif not token.nesting:
                parts.append(" ")  # code, formulas: they still part words
        return "".join(parts)

    for token in parser.parse(text):
        if token.type == "inline":
            yield inline(token.children or ())
        elif token.type in ("fence", "colon_fence") and token.info.startswith("{"):
            name, _, title = token.info[1:].partition("}")
            if name in ("math", "code", "code-block", "code-cell", "literalinclude", "raw"):
                continue
            if title.strip():
                yield from prose(title.strip())
            body = _OPTIONS.sub("", token.content)
            yield from prose(body)


class _Link(nodes.General, nodes.Inline, nodes.TextElement):
    """A link to another entry, or to the page that explains one; made once all pages are read."""


class GlossaryDirective(SphinxDirective):
    """The glossary's entries in the language of the page."""

    has_content = True

    def run(self):
        """Build a definition list, one item for each entry."""
        app, root = self.env.app, Path(self.env.srcdir)
        book = registry.of(app)
        language = book.language_of(self.env.docname)
        if language is None:
            raise self.error("polyglot-glossary: this page is in no language of the book")
        for path in files(root, book).values():
            self.env.note_dependency(str(path))
        glossary = load(root, book)
        _pages(self.env)[language.code] = self.env.docname

        entries = nodes.definition_list(classes=["polyglot-glossary"])
        for entry in in_order(glossary[language.code]):
            entries += self._item(entry, glossary, book, language)
        wrapper = addnodes.glossary("", entries, sorted=False)  # its terms have permalinks
        self.set_source_info(wrapper)
        return [wrapper]

    def _item(self, entry, glossary, book, language):
        term = nodes.term("", "", nodes.Text(entry.term), ids=[entry.key])
        self.set_source_info(term)
        taken = self.state.document.ids.setdefault(entry.key, term)
        if taken is not term:
            raise self.error(f"polyglot-glossary: the id {entry.key!r} stands on this page twice")
        if entry.also:
            also = "".join(f" · {name}" for name in entry.also)
            term += nodes.inline("", also, classes=["polyglot-glossary-also"])

        names = nodes.paragraph(classes=["polyglot-glossary-names"])
        for code, other in book.languages.items():
            if code != language.code:
                name = glossary[code][entry.key].term
                tag = [f"language-{other.tag}"]
                link = _Link("", name, language=code, key=entry.key, classes=tag)
                names += _labelled(nodes.inline("", other.name, classes=[*tag, "label"]), link)
                names += nodes.Text(" · ")
        if any(other.is_english for other in book.languages.values()):
            names.pop()
        else:
            label = nodes.inline("", "English", classes=["language-en", "label"])
            names += _labelled(label, nodes.inline("", entry.english, classes=["language-en"]))

        definition = nodes.definition("", names)
        definition.extend(self.parse_text_to_nodes(entry.definition))
        if entry.see:
            more = nodes.paragraph(classes=["polyglot-glossary-more"])
            more += _Link("", "", language=language.code, see=entry.see, key=entry.key)
            definition += more
        return nodes.definition_list_item("", term, definition)


def _labelled(label, name):
    return nodes.inline("", "", label, nodes.Text(" "), name, classes=["polyglot-glossary-name"])


def _pages(env) -> dict[str, str]:
    """Return the glossary page of each language."""
    if not hasattr(env, "polyglot_glossaries"):
        env.polyglot_glossaries = {}
    return env.polyglot_glossaries


def _forget(app, env, docname) -> None:
    for code in [code for code, page in _pages(env).items() if page == docname]:
        del _pages(env)[code]


class _OfferAnchors(SphinxTransform):
    """Let Markdown links reach entries as they reach headings: ``[text](page.md#key)``."""

    default_priority = 878  # just before MyST looks up a page's links to itself

    def apply(self, **kwargs):
        """Add the entries to what MyST knows as the slugs of the page."""
        for glossary in self.document.findall(addnodes.glossary):
            terms = [
                term
                for items in glossary.findall(nodes.definition_list)
                if "polyglot-glossary" in items["classes"]
                for term in items.findall(nodes.term)
            ]
            slugs = {
                term["ids"][0]: (term.line or 0, term["ids"][0], term[0].astext()) for term in terms
            }
            own = self.env.metadata[self.env.docname]
            own["myst_slugs"] = {**own.get("myst_slugs", {}), **slugs}
            self.document.myst_slugs = own["myst_slugs"]


class _Connect(SphinxPostTransform):
    """Turn placeholders into links."""

    default_priority = 8

    def run(self, **kwargs):
        """Link names to the other languages' entries, and entries to the pages that explain."""
        for link in list(self.document.findall(_Link)):
            link.replace_self(self._explained(link) if "see" in link else self._translated(link))

    def _translated(self, link):
        name = nodes.inline("", link.astext(), classes=link["classes"])
        page = _pages(self.env).get(link["language"])
        if page is None:
            logger.warning(
                "glossary: no page of language %r has a polyglot-glossary to link %r to",
                link["language"],
                link["key"],
                location=self.env.docname,
                type="polyglot",
                subtype="glossary",
            )
            return name
        reference = self._reference(page, link["key"], nodes.Text(link.astext()))
        reference["classes"] = link["classes"]
        return reference

    def _explained(self, link):
        language = registry.of(self.app).languages[link["language"]]
        page = metadata.homes(self.app, language).get(link["see"])
        if page is None:
            logger.warning(
                "glossary: %s.see: no page of language %r is the home of %r",
                link["key"],
                link["language"],
                link["see"],
                location=self.env.docname,
                type="polyglot",
                subtype="glossary",
            )
            return nodes.inline()
        title = self.env.titles[page].deepcopy()
        before, _, after = (
            i18n.of(self.app).text("Explained in: {title}", language).partition("{title}")
        )
        content = nodes.inline("", "", *title.children)
        return nodes.inline(
            "", "", nodes.Text(before), self._reference(page, "", content), nodes.Text(after)
        )

    def _reference(self, page, anchor, content):
        return make_refnode(self.app.builder, self.env.docname, page, anchor, [content])


def setup(app):
    """Add the directive and what makes its links."""
    app.add_css_file("polyglot-glossary.css")
    app.add_node(_Link)
    app.add_directive("polyglot-glossary", GlossaryDirective)
    app.add_transform(_OfferAnchors)
    app.add_post_transform(_Connect)
    app.connect("env-purge-doc", _forget)
