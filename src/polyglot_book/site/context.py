"""What templates know of a page: its language, its book's title, author, beginning and date."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.util.i18n import format_date

from .. import order, pages, state
from ..compat import pydata_theme
from ..config import NEUTRAL_TAG


def _set_language(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if builder := state.html_builder(app):
        builder.current_docname = pagename
    language = state.current_language(app)
    if language is None:
        context["language"] = NEUTRAL_TAG
        return
    context["language"] = pydata_theme.language_attribute(language)
    context["root_doc"] = context["master_doc"] = state.of(app).registry.landing(language)
    context["docstitle"] = context["shorttitle"] = pages.book_title(app, language)
    if language.author is not None:
        context["author"] = language.author
    if app.config.html_last_updated_fmt is not None:
        context["last_updated"] = format_date(
            app.config.html_last_updated_fmt, language=language.gettext
        )


def setup(app: Sphinx) -> None:
    """Set the language of a page before anybody asks for it."""
    app.connect("html-page-context", _set_language, priority=order.SET_LANGUAGE)
