"""Say which pages have changed since a page on the same concept was compared: ``make drift``.

A page is to be read again beside its siblings, the homes of the same concept in the other
languages, when what they say has changed. ``book/reviewed.toml`` holds, for each language and
concept, what the siblings said when it was compared last: the first digits of the SHA-256 of their
prose (code aside, white space as one space).

Usage: ``python tools/drift.py`` lists what has changed; ``--accept hi/formula`` or ``--accept hi``
says that the page, or the language, has been compared with its siblings as they are. ``--github``
prints comments for a pull request. Nothing of this is ever an error: only people can tell what a
change means in another language.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import courses
from courses import ROOT

FILE = ROOT / "book" / "reviewed.toml"
HEAD = """\
# What the pages on a concept said when one of them was compared with the others last: by its
# language and the concept, the others' languages, each with the beginning of a hash of its prose.
# Written by `make drift ACCEPT=<language>/<concept>`; `make drift` lists what has changed since.
"""

Reviewed = dict[str, dict[str, dict[str, str]]]


class ReviewedFileError(ValueError):
    """Say what is wrong with `FILE`: the file, and the line or the key."""


@dataclass(frozen=True)
class Change:
    """Name a page and the siblings that have changed since it was compared."""

    language: str
    concept: str
    page: Path
    #: By language, the sibling's page, and whether the two have ever been compared.
    siblings: Mapping[str, tuple[Path, bool]]


def digest(path: Path) -> str:
    """Return the beginning of the hash of what a page says."""
    text = unicodedata.normalize("NFC", courses.prose(path))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def today(root: Path = ROOT) -> Reviewed:
    """Return what `FILE` would hold if every page had just been compared.

    A draft is compared with the finished languages, and they are not compared with a draft.
    """
    languages = courses.polyglot(root)["languages"]
    homes = {code: courses.homes(code, root) for code in languages}
    finished = [code for code, entry in languages.items() if not courses.is_draft(entry)]
    digests = {path: digest(path) for own in homes.values() for path in set(own.values())}
    return {
        code: {
            concept: {
                other: digests[homes[other][concept]]
                for other in finished
                if other != code and concept in homes[other]
            }
            for concept in courses.polyglot(root)["concepts"]
            if concept in homes[code]
        }
        for code in languages
    }


def changes(reviewed: Reviewed, root: Path = ROOT) -> Iterator[Change]:
    """Yield the pages whose siblings have changed, or that were never compared."""
    homes = {code: courses.homes(code, root) for code in courses.polyglot(root)["languages"]}
    for code, concepts in today(root).items():
        for concept, siblings in concepts.items():
            known = reviewed.get(code, {}).get(concept, {})
            changed = {
                other: (homes[other][concept], other in known)
                for other, hashed in siblings.items()
                if known.get(other) != hashed
            }
            if changed:
                yield Change(code, concept, homes[code][concept], changed)


def read(path: Path = FILE) -> Reviewed:
    """Return what has been compared.

    Raises
    ------
    ReviewedFileError
        If the file is no TOML, or a key holds something else than `written` writes.
    """
    if not path.exists():
        return {}
    try:
        reviewed = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # no TOML, or no UTF-8
        raise ReviewedFileError(f"{path}: {error}") from error
    for code, concepts in reviewed.items():
        _expect(dict, "a table", concepts, f"{path}: {code}")
        for concept, siblings in concepts.items():
            _expect(dict, "a table", siblings, f"{path}: {code}.{concept}")
            for other, hashed in siblings.items():
                _expect(str, "a text", hashed, f"{path}: {code}.{concept}.{other}")
    return reviewed


def _expect(kind: type, name: str, value: object, place: str) -> None:
    if not isinstance(value, kind):
        raise ReviewedFileError(f"{place}: {name} is expected, got {value!r}")


def unknown(reviewed: Reviewed, root: Path = ROOT) -> Iterator[str]:
    """Yield the keys of what has been compared that name no language and no concept."""
    registry = courses.polyglot(root)
    for code, concepts in reviewed.items():
        if code not in registry["languages"]:
            yield code
            continue
        for concept, siblings in concepts.items():
            if concept not in registry["concepts"]:
                yield f"{code}.{concept}"
            for other in siblings.keys() - registry["languages"].keys():
                yield f"{code}.{concept}.{other}"


def written(reviewed: Reviewed) -> str:
    """Return the text of the file.

    Examples
    --------
    >>> print(written({"de": {"rain": {"fr": "0a1b"}}}).removeprefix(HEAD).strip())
    [de]
    rain = {fr = "0a1b"}
    """
    lines = [HEAD]
    for code, concepts in reviewed.items():
        lines.append(f"[{code}]")
        for concept, siblings in concepts.items():
            pairs = ", ".join(f'{other} = "{hashed}"' for other, hashed in siblings.items())
            lines.append(f"{concept} = {{{pairs}}}")
        lines.append("")
    return "\n".join(lines)


def accepted(reviewed: Reviewed, name: str, root: Path = ROOT) -> Reviewed:
    """Return what has been compared, with a language or one page of it as it is today.

    Raises
    ------
    LookupError
        If there is no such language, or no home of the concept in it.
    """
    now = today(root)
    code, _, concept = name.partition("/")
    if code not in now:
        raise LookupError(f"no language {code!r}: there are {', '.join(now)}")
    if concept and concept not in now[code]:
        raise LookupError(
            f"no page of {code!r} is the home of {concept!r}: there are {', '.join(now[code])}"
        )
    known = {**reviewed.get(code, {}), concept: now[code][concept]} if concept else now[code]
    # In the order of the registry and of its concepts; what is gone leaves the file.
    result = {**reviewed, code: known}
    return {
        one: {each: result[one][each] for each in now[one] if each in result[one]}
        for one in now
        if one in result
    }


def _told(change: Change, root: Path = ROOT) -> str:
    def names(compared: bool) -> str:
        found = (page for page, known in change.siblings.values() if known == compared)
        return ", ".join(page.relative_to(root).as_posix() for page in found)

    said = []
    if changed := names(True):
        said.append(f"since this page was compared has changed: {changed}")
    if new := names(False):
        said.append(f"never compared with: {new}")
    accept = f"make drift ACCEPT={change.language}/{change.concept}"
    return f"{'; '.join(said)}; when they say the same: {accept}"


def main() -> None:
    """List what has changed, or accept it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--accept", metavar="LANGUAGE[/CONCEPT]")
    parser.add_argument("--github", action="store_true", help="print comments for a pull request")
    options = parser.parse_args()
    try:
        reviewed = read()
        if options.accept:
            FILE.write_text(written(accepted(reviewed, options.accept)), encoding="utf-8")
            return
    except (LookupError, ReviewedFileError) as error:
        sys.exit(f"drift: {error}")
    for key in unknown(reviewed):
        print(f"{FILE}: {key}: no such language or concept in _config.yml")
    found = list(changes(reviewed))
    for change in found:
        page = change.page.relative_to(ROOT)
        if options.github:
            print(f"::notice file={page},title={change.language}/{change.concept}::{_told(change)}")
        else:
            print(f"{change.language}/{change.concept}: {page}\n  {_told(change)}")
    if not found:
        print("Every page has been compared with its siblings as they are.")


if __name__ == "__main__":
    main()
