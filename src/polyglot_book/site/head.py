"""What search engines, previews and other programs read in a page's head."""

from __future__ import annotations

import posixpath
import struct
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from .. import order, pages, state

_PNG = b"\x89PNG\r\n\x1a\n"


def _describe_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if pagename not in app.env.all_docs:
        return
    book = state.of(app).registry
    language = book.language_of(pagename)
    tags = []
    if concepts := pages.concepts_of(app.env, pagename):
        tags.append(_meta("name", "book:concepts", ", ".join(concepts)))
    others = [
        other for other in pages.counterparts(app, pagename) if other.same or language is None
    ]
    for other in others:
        tags.append(_alternate(app, context, other.language.tag, other.docname))
    tags.append(_alternate(app, context, "x-default", app.config.root_doc))
    title = nodes.unescape(app.env.titles[pagename].astext())
    tags.append(_meta("property", "og:type", "article" if language else "website"))
    tags.append(_meta("property", "og:title", title))
    if language is not None:
        tags.append(_meta("property", "og:site_name", pages.book_title(app, language)))
        tags.append(_meta("property", "og:locale", language.gettext))
    for other in others:
        if other.language != language:
            tags.append(_meta("property", "og:locale:alternate", other.language.gettext))
    if description := pages.description_of(app.env, pagename):
        tags.append(_meta("property", "og:description", description))
    if app.config.html_baseurl:
        tags.append(_meta("property", "og:url", _address(app, context, pagename)))
        if book.preview:
            tags += _preview(app, book.preview)
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags) + "\n"


def _add_preview_image(app: Sphinx, config: Config) -> None:
    """Have the picture for previews copied to the site."""
    if preview := state.of(app).registry.preview:
        config.html_static_path.append(preview)


def _preview(app: Sphinx, preview: str) -> list[str]:
    """Return the tags of the picture for previews: programs ask for it by its full address."""
    data = (Path(app.srcdir) / preview).read_bytes()
    if not data.startswith(_PNG):
        raise ConfigError(f"_config.yml: polyglot.preview: {preview}: a PNG file is expected")
    width, height = struct.unpack(">II", data[16:24])
    address = posixpath.join(app.config.html_baseurl, "_static", posixpath.basename(preview))
    return [
        _meta("property", "og:image", address),
        _meta("property", "og:image:width", str(width)),
        _meta("property", "og:image:height", str(height)),
        _meta("name", "twitter:card", "summary_large_image"),
    ]


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}" />'


def _alternate(app: Sphinx, context: dict[str, Any], tag: str, docname: str) -> str:
    href = escape(_address(app, context, docname))
    return f'<link rel="alternate" hreflang="{tag}" href="{href}" />'


def _address(app: Sphinx, context: dict[str, Any], docname: str) -> str:
    """Return a page's address: a full one when the book knows where it is published."""
    if app.config.html_baseurl:
        return posixpath.join(app.config.html_baseurl, app.builder.get_target_uri(docname))
    if docname == context["pagename"]:
        return posixpath.basename(app.builder.get_target_uri(docname))  # pathto gives "#"
    return context["pathto"](docname)


def setup(app: Sphinx) -> None:
    """Describe each page in its head."""
    app.connect("config-inited", _add_preview_image, priority=order.ADD_PREVIEW_IMAGE)
    app.connect("html-page-context", _describe_page, priority=order.DESCRIBE_PAGE)
