"""Say how much of the course each language has, and what it lacks by name: ``make coverage``.

Read are the committed files alone; no book is needed. A finished language lacks nothing of this,
which the tests see to; which exercises of a topic it sets is its own choice.

Usage: ``python tools/language_coverage.py [CODE …]``; without a code, all languages.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import courses
from courses import ROOT

from softmax_course.proofs import theorems
from softmax_course.teaching import exercises

TEACHING = ROOT / "src" / "softmax_course" / "teaching"


@dataclass(frozen=True)
class Row:
    """Say of one kind of thing how many a language has of how many, and which are missing."""

    kind: str
    total: int
    missing: list[str]

    def __str__(self) -> str:
        """Return the row as it is printed."""
        there = self.total - len(self.missing)
        share = f"{there / self.total:4.0%}" if self.total else "   –"
        head = f"  {self.kind:<18}{share}  {there} of {self.total}"
        names = ", ".join(self.missing)
        indent = " " * 26
        return head + "".join(
            f"\n{line}"
            for line in textwrap.wrap(
                names, 110, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )
        )


def _row(kind: str, wanted: Iterable[str], there: Iterable[str]) -> Row:
    wanted, there = list(dict.fromkeys(wanted)), set(there)
    return Row(kind, len(wanted), [name for name in wanted if name not in there])


def _code(code: str) -> str:
    """Return the code of all pages of a language."""
    return "\n".join(
        source
        for path in courses.pages(code)
        if path.suffix == ".ipynb"
        for kind, source in courses.cells(path)
        if kind == "code"
    )


def _quizzes(code: str) -> set[str]:
    """Return the concepts whose home shows questions."""
    shown = {
        path
        for path in courses.pages(code)
        if path.suffix == ".ipynb"
        and any(kind == "code" and "quiz.show(" in source for kind, source in courses.cells(path))
    }
    return {concept for concept, path in courses.homes(code).items() if path in shown}


def rows(code: str) -> Iterator[Row]:
    """Yield what a language has, kind by kind."""
    book = courses.polyglot()
    finished = [
        one
        for one, entry in book["languages"].items()
        if one != code and not courses.is_draft(entry)
    ]
    words = courses.course_words("en")
    interface = courses.messages(code).get("interface", {})
    yield Row("words", len(words) + len(interface), courses.untranslated(code))
    yield _row("homes of concepts", book["concepts"], courses.homes(code))
    folder = ROOT / book["folder"]
    shared, own = (
        tomllib.loads(path.read_text(encoding="utf-8"))
        for path in (folder / "glossary.toml", folder / code / "glossary.toml")
    )
    yield _row("glossary", shared, own)
    asked = set().union(*(_quizzes(one) for one in finished))
    yield _row("quizzes", [c for c in book["concepts"] if c in asked], _quizzes(code))
    source = _code(code)
    yield _row("theorems", theorems.ALL, re.findall(r"\btheorems\.(\w+)\(", source))
    yield _row("exercises by topic", map(_topic, exercises.load()), map(_topic, _set(code)))


def _topic(exercise: str) -> str:
    return exercise.rpartition("-")[0]


def _set(code: str) -> set[str]:
    """Return the exercises that the pages of a language set."""
    return set(re.findall(r'\bcheck\([^"]*"([\w-]+)"\)', _code(code)))


def _questions(code: str) -> int:
    path = TEACHING / "quizzes" / f"{code}.toml"
    return sum(map(len, tomllib.loads(path.read_text(encoding="utf-8")).values()))


def main() -> None:
    """Print what the languages have."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("codes", nargs="*", metavar="CODE")
    languages = courses.polyglot()["languages"]
    codes = parser.parse_args().codes or list(languages)
    if unknown := [code for code in codes if code not in languages]:
        sys.exit(f"coverage: no language {', '.join(unknown)}: there are {', '.join(languages)}")
    for code in codes:
        draft = ", a draft" if courses.is_draft(languages[code]) else ""
        amounts = f"questions: {_questions(code)}, exercises: {len(_set(code))}"
        print(f"{languages[code]['name']} ({code}){draft}; {amounts}")
        print(*rows(code), "", sep="\n")


if __name__ == "__main__":
    main()
