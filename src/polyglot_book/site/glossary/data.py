r"""What a glossary holds, read from its files and checked.

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
without regard to case, of what pages must not call the concept: `misuse` finds them. ``sort`` says
how a term is spelled for sorting where its script does not tell: Chinese terms in pinyin.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError, SphinxError

from ...config import Registry
from ...validation import problems as schema_problems
from ...validation import read_toml

#: Name of the file with what all languages share, and of the file in each language's folder.
_FILE = "glossary.toml"


class GlossaryError(SphinxError):
    """Say what is wrong with the glossary's data: each file and key at fault.

    See Also
    --------
    load : Finds it.
    """

    category = "Glossary"


@dataclass(frozen=True)
class Entry:
    """Describe a concept in one language.

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

    See Also
    --------
    load : Read the entries of a book.
    """

    key: str
    english: str
    see: str | None
    term: str
    definition: str
    also: tuple[str, ...]
    avoid: tuple[re.Pattern[str], ...]
    sort: str


def files(root: Path, book: Registry) -> dict[str, Path]:
    """Return the files of the glossary.

    Parameters
    ----------
    root : pathlib.Path
        The book's root, which its registry's ``folder`` is relative to.
    book : Registry
        Its languages.

    Returns
    -------
    dict of str to pathlib.Path
        The common one under ``""``, the others by language.

    See Also
    --------
    load : Read them.
    """
    folder = Path(root) / book.folder
    return {"": folder / _FILE, **{code: folder / code / _FILE for code in book.languages}}


def load(root: Path, book: Registry) -> dict[str, dict[str, Entry]]:
    """Read and check the glossary. A language that is a draft may lack entries.

    Parameters
    ----------
    root : pathlib.Path
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
        If anything is wrong; names file and key of a file that is missing or is no TOML; a
        concept without an entry in some language, or the reverse; what does not follow
        ``schemas/glossary.json``; a term that stands for two concepts; an expression that does not
        compile, or that condemns a term or an accepted name of the glossary itself.

    See Also
    --------
    in_order : Sort the entries of a language.
    polyglot_book.site.glossary.misuse.misuses : Find what a page calls otherwise.
    """
    paths = files(root, book)
    names = {code: path.relative_to(root).as_posix() for code, path in paths.items()}
    tables = {code: _read(path, names[code]) for code, path in paths.items()}
    shared = tables[""]
    problems = _in_file(names[""], schema_problems(shared, "glossary", definition="shared"))
    if book.concepts:
        problems += [
            f"{names['']}: {key}.see: {fields['see']!r} is no concept of the book "
            f"(polyglot.concepts: {', '.join(book.concepts)})"
            for key, fields in shared.items()
            if isinstance(fields, dict) and fields.get("see", book.concepts[0]) not in book.concepts
        ]
    for code, language in book.languages.items():
        name, table = names[code], tables[code]
        problems += _in_file(name, schema_problems(table, "glossary", definition="language"))
        if not language.is_draft:
            for key in shared.keys() - table.keys():
                problems.append(f"{name}: {key}: the concept has no entry in this language")
        for key in table.keys() - shared.keys():
            problems.append(f"{name}: {key}: the concept is missing in {names['']}")
    if problems:
        raise GlossaryError("\n".join(sorted(problems)))

    glossary: dict[str, dict[str, Entry]] = {}
    for code in book.languages:
        entries = {}
        for key, common in shared.items():
            if key not in tables[code]:
                continue
            try:
                entries[key] = _entry(key, common, tables[code][key])
            except GlossaryError as error:
                problems.append(f"{names[code]}: {key}{error}")
        problems += _in_file(names[code], _check_terms(entries))
        glossary[code] = entries
    if problems:
        raise GlossaryError("\n".join(problems))
    return glossary


def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        return read_toml(path, name)
    except FileNotFoundError:
        raise GlossaryError(f"{name}: the file does not exist") from None
    except ConfigError as error:
        raise GlossaryError(str(error)) from None


def _in_file(name: str, texts: Iterable[str]) -> list[str]:
    return [f"{name}: {text}" for text in texts]


def _entry(key: str, common: Mapping[str, Any], fields: Mapping[str, Any]) -> Entry:
    avoid = []
    for pattern in fields.get("avoid", ()):
        try:
            avoid.append(re.compile(pattern, re.IGNORECASE))
        except re.error as error:
            raise GlossaryError(f".avoid: {pattern!r} does not compile: {error}") from None
    term = fields["term"]
    if "sort" not in fields and any(map(_is_han, term)):
        raise GlossaryError(f": missing key 'sort': how {term} is spelled, in pinyin")
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

    That is the order of Russian dictionaries, and with ``sort`` in pinyin of Chinese ones; Latin
    letters come first. Bengali ones put ং before consonants, the algorithm among them: a term that
    this moves says so in ``sort``.

    Parameters
    ----------
    entries : mapping of str to Entry
        The entries of a language.

    Returns
    -------
    list of Entry
        The same, sorted.

    See Also
    --------
    by_letter : Group them as well.
    load : Read them.
    """
    collator = _collator()
    return sorted(entries.values(), key=lambda entry: collator.sort_key(entry.sort))


def by_letter(entries: Mapping[str, Entry]) -> list[tuple[str, list[Entry]]]:
    """Sort entries, and put together those that begin with the same letter.

    Parameters
    ----------
    entries : mapping of str to Entry
        The entries of a language.

    Returns
    -------
    list of tuple of str and list of Entry
        Letters in order, each with its entries in order. Letters that dictionaries do not tell
        apart are one, as "е" and "ё" are.

    See Also
    --------
    in_order : Sort them only.
    """
    collator = _collator()

    def weight(entry: Entry) -> int:
        return collator.sort_key(entry.sort[0])[0]

    groups = [list(group) for _, group in groupby(in_order(entries), key=weight)]
    return [(group[0].sort[0].upper(), group) for group in groups]


def _collator() -> Any:
    from pyuca import Collator  # reads the collation table, which only a glossary needs

    return Collator()
