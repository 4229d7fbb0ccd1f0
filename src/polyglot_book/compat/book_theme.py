"""sphinx-book-theme 1.3.0: some of its words are not asked of the catalogs of a page.

It sets author and search text for every page from the configuration, whatever an earlier listener
has set, and words the hints of launch buttons as ``translation("Launch on") + " Binder"``, though
names do not come last in every language. Its groups of buttons have no words, the files that it
offers only suffixes. Needless once it leaves values that are there alone, translates the hint as a
sentence with a gap and labels its buttons.
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
    say = catalogs.of(app).text
    for group in context.get("header_buttons", ()):
        match group.get("label"):
            case "launch-buttons":
                group["text"] = say("Launch")
                for button in group["buttons"]:
                    button["tooltip"] = say("Launch on {name}", name=button["text"])
            case "download-buttons":
                group["text"] = say("Download")
                for button in group["buttons"]:
                    # Words, and then the suffix that the theme leaves readers to guess from.
                    button["suffix"], button["text"] = button["text"], button.pop("tooltip")


def setup(app: Sphinx) -> None:
    """Word what the theme words by itself."""
    app.connect("html-page-context", _restore_author, priority=order.RESTORE_AUTHOR)
    app.connect("html-page-context", _word_launch_buttons, priority=order.WORD_LAUNCH_BUTTONS)
