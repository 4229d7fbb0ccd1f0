"""What is to be written for a further language, collected before anything is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from language_facts import Facts

MESSAGES = "src/softmax_course/teaching/messages"


class NewLanguageError(Exception):
    """Say why a language cannot be begun."""


class Plan:
    """Hold the files to write, and what is left for whoever begins the language."""

    def __init__(self, root: Path, language: Facts) -> None:
        self.root = root
        self.language = language
        self.files: dict[str, str] = {}
        self.left: list[str] = []

    def read(self, name: str) -> str:
        """Return a file of the repository, with what the plan has changed in it."""
        return self.files.get(name) or (self.root / name).read_text(encoding="utf-8")

    def make(self, name: str, text: str) -> None:
        """Plan a new file; where there is one, the language has been begun."""
        if (self.root / name).exists():
            raise NewLanguageError(f"{name} is there already: nothing has been changed")
        self.files[name] = text

    def insert(self, name: str, before: str, text: str) -> None:
        """Plan to put lines into a file, before the one place that an expression matches."""
        old = self.read(name)
        found = list(re.finditer(before, old, re.MULTILINE))
        if len(found) != 1:
            raise NewLanguageError(
                f"{name}: one place like {before!r} is expected, got {len(found)}"
            )
        place = found[0].start()
        self.files[name] = old[:place] + text + old[place:]

    def languages(self) -> dict[str, dict[str, Any]]:
        """Return the registry of the languages that the book has."""
        config = yaml.safe_load((self.root / "_config.yml").read_text(encoding="utf-8"))
        return config["sphinx"]["config"]["polyglot"]["languages"]

    def write(self) -> None:
        """Write all files."""
        for name, text in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
