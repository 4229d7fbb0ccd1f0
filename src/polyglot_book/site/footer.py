"""What stands at the end of each page: source, errors, citation, archive, licence, last change."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from babel.dates import format_date
from sphinx.application import Sphinx
from sphinx.config import Config

from .. import order, state
from ..words import catalogs
from . import citation, history, offline

#: By provider: where a file is shown, where an issue is begun, and its fields.
_PROVIDERS = {
    "github": ("blob", "issues/new", "title", "body"),
    "gitlab": ("-/blob", "-/issues/new", "issue[title]", "issue[description]"),
}

_LICENCE = "LICENSE"


def _source_file(app: Sphinx, pagename: str) -> str:
    """Return the file of a page, relative to the book's folder."""
    return Path(app.env.doc2path(pagename)).relative_to(app.srcdir).as_posix()


def _repository_links(app: Sphinx, context: dict[str, Any], title: str) -> dict[str, str]:
    """Return where the repository shows a page's file, takes reports of errors, has the licence."""
    for provider, (blob, issues, heading, text) in _PROVIDERS.items():
        if f"{provider}_url" not in context:
            continue
        parts = [context[f"{provider}_{part}"] for part in ("url", "user", "repo", "version")]
        address, branch = "/".join(parts[:3]), parts[3]
        folder = "/".join(filter(None, (blob, branch, context.get("doc_path", "").strip("/"))))
        file = _source_file(app, context["pagename"])
        report = catalogs.of(app).text("Error on the page “{title}”", title=title)
        query = urlencode({heading: report, text: f"{file}\n\n"}, quote_via=quote)
        return {
            "source": f"{address}/{folder}/{quote(file)}",
            "report": f"{address}/{issues}?{query}",
            "licence": f"{address}/{folder}/{_LICENCE}",
        }
    return {}


def _describe_origin(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Tell the template of the footer what it shows of a page."""
    book = state.of(app).registry
    language = book.language_of(pagename)
    if language is None or pagename not in app.env.all_docs:
        return
    footer: dict[str, Any] = {
        "links": _repository_links(app, context, app.env.titles[pagename].astext()),
        "archive": context["pathto"](offline.archive(language), 1) if book.archives else None,
        "code": language.code,
    }
    if book.citation:
        data = citation.read(Path(app.srcdir) / book.citation)
        footer["bibtex"] = citation.bibtex(data)
        footer["licence"] = data.get("license")
    if not (Path(app.srcdir) / _LICENCE).is_file():
        footer["links"].pop("licence", None)
    changed = history.last_changes(Path(app.srcdir)).get(_source_file(app, pagename))
    if changed:
        footer["changed"] = changed.date().isoformat()
        footer["changed_words"] = format_date(changed, "long", locale=language.gettext)
    context["polyglot_footer"] = footer


def _place_footer(app: Sphinx, config: Config) -> None:
    """Put it before what else the book has in its footer, unless the book has placed it itself."""
    options = config.html_theme_options
    default = "author.html, copyright.html, last-updated.html, extra-footer.html"
    placed = options.get("footer_content_items", default)
    items = [item.strip() for item in placed.split(",")] if isinstance(placed, str) else placed
    if not any(item.startswith("polyglot-footer") for item in items):
        options["footer_content_items"] = ["polyglot-footer.html", *items]


def setup(app: Sphinx) -> None:
    """End each page with where it comes from."""
    app.add_css_file("polyglot-footer.css", priority=order.PAGE_STYLE)
    app.connect("config-inited", _place_footer, priority=order.PLACE_FOOTER)
    app.connect("html-page-context", _describe_origin, priority=order.DESCRIBE_ORIGIN)
