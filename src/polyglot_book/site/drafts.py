"""What readers are told of a language that is a draft, in its own words.

Its card on the front page and each of its pages say it in a line, the switcher of every page in a
word beside its name.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from ..config import Language
from ..words import catalogs


def line(app: Sphinx, language: Language) -> str:
    """Return the line that says that the book is not yet whole in a language."""
    message = "A draft: pages are missing, and some words are still in English."
    return catalogs.of(app).text(message, language)


def mark(app: Sphinx, language: Language) -> str | None:
    """Return the word that stands beside the name of a draft; ``None`` of a finished language."""
    return catalogs.of(app).text("draft", language) if language.is_draft else None
