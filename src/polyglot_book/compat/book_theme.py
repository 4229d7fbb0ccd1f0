"""sphinx-book-theme 1.3.0: some of its words are not asked of the catalogs of a page.

It sets author and search text for every page from the configuration, whatever an earlier listener
has set, and words the hints of launch buttons as ``translation("Launch on") + " Binder"``, though
names do not come last in every language. Needless once it leaves values that are there alone, and
translates the hint as a sentence with a gap.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from .. import order, state
from ..words import catalogs


def _restore_author(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    language = state.current_language(app)
    if language is None:
        return
    if language.author is not None:
        context["author"] = language.author
    if "theme_search_bar_text" in context:
        context["theme_search_bar_text"] = catalogs.of(app).translate("booktheme", "Search") + "…"


def _word_launch_buttons(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    for group in context.get("header_buttons", ()):
        if group.get("label") == "launch-buttons":
            for button in group["buttons"]:
                button["tooltip"] = catalogs.of(app).text("Launch on {name}", name=button["text"])


def setup(app: Sphinx) -> None:
    """Word what the theme words by itself."""
    app.connect("html-page-context", _restore_author, priority=order.RESTORE_AUTHOR)
    app.connect("html-page-context", _word_launch_buttons, priority=order.WORD_LAUNCH_BUTTONS)
