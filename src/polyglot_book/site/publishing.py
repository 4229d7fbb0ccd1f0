"""Where the book is published: whose notebooks it launches, its site map, its 404 page.

``_config.yml`` names the repository and the address once. A fork's own build overrides both from
its environment, so that its pages launch its own notebooks and name its own address:

=====================  ====================================  =============================
variable               replaces                              example
=====================  ====================================  =============================
``BOOK_REPOSITORY``    ``repository.url``                    ``https://github.com/me/book``
``BOOK_BRANCH``        ``repository.branch``                 ``main``
``BOOK_BASEURL``       ``html.baseurl``                      ``https://me.github.io/book``
=====================  ====================================  =============================
"""

from __future__ import annotations

import base64
import mimetypes
import os
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from .. import order, pages, state
from ..config import NEUTRAL_TAG, Language
from ..words import catalogs

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


def address_from(variable: str) -> str:
    """Return an address that the environment gives, ``""`` if it gives none."""
    value = os.environ.get(variable, "").strip()
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise ConfigError(f"{variable}: an address such as https://… is expected, got {value!r}")
    return value


def _override_addresses(app: Sphinx, config: Config) -> None:
    """Let the environment of a fork's build say whose book this is."""
    if repository := address_from("BOOK_REPOSITORY"):
        config.html_theme_options["repository_url"] = repository.removesuffix(".git").rstrip("/")
    if branch := os.environ.get("BOOK_BRANCH", "").strip():
        config.html_theme_options["repository_branch"] = branch
    if baseurl := address_from("BOOK_BASEURL"):
        config.html_baseurl = baseurl
    if config.html_baseurl and not config.html_baseurl.endswith("/"):
        config.html_baseurl += "/"


def _write_sitemap(app: Sphinx, folder: Path) -> None:
    """List every page with its counterparts in the other languages, as search engines read it."""
    ElementTree.register_namespace("", _SITEMAP)
    ElementTree.register_namespace("xhtml", _XHTML)
    urlset = ElementTree.Element(f"{{{_SITEMAP}}}urlset")

    def address(docname: str) -> str:
        return urljoin(app.config.html_baseurl, app.builder.get_target_uri(docname))

    for docname in sorted(app.env.all_docs):
        url = ElementTree.SubElement(urlset, f"{{{_SITEMAP}}}url")
        ElementTree.SubElement(url, f"{{{_SITEMAP}}}loc").text = address(docname)
        others = [other for other in pages.counterparts(app, docname) if other.same]
        for tag, page in [
            *((other.language.tag, other.docname) for other in others),
            ("x-default", app.config.root_doc),
        ]:
            attributes = {"rel": "alternate", "hreflang": tag, "href": address(page)}
            ElementTree.SubElement(url, f"{{{_XHTML}}}link", attributes)
    tree = ElementTree.ElementTree(urlset)
    ElementTree.indent(tree)
    tree.write(folder / "sitemap.xml", encoding="utf-8", xml_declaration=True)


def icon(app: Sphinx) -> str:
    """Return the link to the book's icon that a page written by hand needs, the icon in it.

    Without one a browser asks for ``/favicon.ico``; with an address it would need the site's.
    """
    name = app.config.html_favicon
    path = Path(app.srcdir) / name if name else None
    if path is None or not path.is_file():
        return '<link rel="icon" href="data:,">'
    kind = mimetypes.guess_type(path.name)[0]
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<link rel="icon" href="data:{kind};base64,{data}">'


def _write_not_found(app: Sphinx, builder: StandaloneHTMLBuilder, folder: Path) -> None:
    """Write the page a host shows for a wrong address, in every language of the book.

    It is shown under any address, so it stands alone and its links start at the book's root.
    """
    root = urlsplit(app.config.html_baseurl).path or "/"
    book, words = state.of(app).registry, catalogs.of(app)

    def say(message: str, language: Language) -> str:
        """Return a message if it is translated; a draft may have none."""
        said = words.text(message, language)
        return said if said != message or language.is_english else ""

    sections = [
        {
            "tag": language.tag,
            "title": say("Page not found", language) or language.name,
            "advice": say("Nothing has this address. Start here:", language),
            "href": root + builder.get_target_uri(book.landing(language)),
            "book": pages.book_title(app, language),
        }
        for language in book.languages.values()
    ]
    context = {"lang": NEUTRAL_TAG, "icon": icon(app), "sections": sections}
    page = builder.templates.render("polyglot-404.html", context)
    (folder / "404.html").write_text(page, encoding="utf-8")


def _write_pages(app: Sphinx, exception: Exception | None) -> None:
    builder = state.html_builder(app)
    if exception is not None or builder is None:
        return
    folder = Path(app.outdir)
    _write_not_found(app, builder, folder)
    if app.config.html_baseurl:  # a site map holds full addresses only
        _write_sitemap(app, folder)


def _remove_orphans(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Delete pages that the book no longer has: they would stay on the site, and be found."""
    if builder := state.html_builder(app):
        for docname in removed:
            Path(builder.get_outfilename(docname)).unlink(missing_ok=True)
    return []


def setup(app: Sphinx) -> None:
    """Publish the book where the environment says."""
    app.connect("config-inited", _override_addresses, priority=order.OVERRIDE_ADDRESSES)
    app.connect("env-get-outdated", _remove_orphans, priority=order.REMOVE_ORPHANS)
    app.connect("build-finished", _write_pages, priority=order.WRITE_SITEMAP)
