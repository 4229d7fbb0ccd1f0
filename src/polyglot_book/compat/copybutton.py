"""sphinx-copybutton 0.5.2: its words are constants of its script, in the languages that it knows.

Needless once it takes them from the page or from message catalogs.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from .. import order, state
from ..words import catalogs
from . import scripts


def _word_script(app: Sphinx, exception: Exception | None) -> None:
    if exception or not state.html_builder(app) or "sphinx_copybutton" not in app.extensions:
        return
    text = catalogs.of(app).text
    words = {
        language.tag: {
            "copy": text("Copy", language),
            "copy_to_clipboard": text("Copy to clipboard", language),
            "copy_success": text("Copied!", language),
            "copy_failure": text("Failed to copy", language),
        }
        for language in state.of(app).registry.languages.values()
    }
    addition = f"Object.assign(messages, {scripts.literal(words)})\n\n"
    old = "let locale = 'en'"
    scripts.rewrite(app, "copybutton.js", old, addition + old)


def setup(app: Sphinx) -> None:
    """Put the words of the book's languages into the script."""
    app.connect("build-finished", _word_script, priority=order.WORD_SCRIPTS)
