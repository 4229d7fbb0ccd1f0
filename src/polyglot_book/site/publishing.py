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

import os
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from sphinx.errors import ConfigError

from . import i18n, navigation, registry

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"


def _address(name: str) -> str:
    """Return an address from the environment, checked; ``""`` where it is not set."""
    value = os.environ.get(name, "").strip()
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise ConfigError(f"{name}: an address such as https://… is expected, got {value!r}")
    return value


def _override(app, config) -> None:
    """Let the environment of a fork's build say whose book this is."""
    if repository := _address("BOOK_REPOSITORY"):
        config.html_theme_options["repository_url"] = repository.removesuffix(".git").rstrip("/")
    if branch := os.environ.get("BOOK_BRANCH", "").strip():
        config.html_theme_options["repository_branch"] = branch
    if baseurl := _address("BOOK_BASEURL"):
        config.html_baseurl = baseurl
    if config.html_baseurl and not config.html_baseurl.endswith("/"):
        config.html_baseurl += "/"


def _write_sitemap(app, folder: Path) -> None:
    """List every page with its counterparts in the other languages, as search engines read it."""
    ElementTree.register_namespace("", SITEMAP)
    ElementTree.register_namespace("xhtml", XHTML)
    urlset = ElementTree.Element(f"{{{SITEMAP}}}urlset")

    def address(docname: str) -> str:
        return urljoin(app.config.html_baseurl, app.builder.get_target_uri(docname))

    for docname in sorted(app.env.all_docs):
        url = ElementTree.SubElement(urlset, f"{{{SITEMAP}}}url")
        ElementTree.SubElement(url, f"{{{SITEMAP}}}loc").text = address(docname)
        others = [other for other in navigation.counterparts(app, docname) if other.same]
        for tag, page in [
            *((other.language.tag, other.docname) for other in others),
            ("x-default", app.config.root_doc),
        ]:
            attributes = {"rel": "alternate", "hreflang": tag, "href": address(page)}
            ElementTree.SubElement(url, f"{{{XHTML}}}link", attributes)
    tree = ElementTree.ElementTree(urlset)
    ElementTree.indent(tree)
    tree.write(folder / "sitemap.xml", encoding="utf-8", xml_declaration=True)


def _write_not_found(app, folder: Path) -> None:
    """Write the page a host shows for a wrong address, in every language of the book.

    It is shown under any address, so it stands alone and its links start at the book's root.
    """
    root = urlsplit(app.config.html_baseurl).path or "/"
    words = i18n.of(app)
    sections = []
    for language in registry.of(app).languages.values():
        href = escape(root + app.builder.get_target_uri(registry.of(app).landing(language)))
        title = escape(words.text("Page not found", language))
        advice = escape(words.text("Nothing has this address. Start here:", language))
        name = escape(i18n.book_title(app, language))
        sections.append(
            f'<section lang="{language.tag}"><h2>{title}</h2>'
            f'<p>{advice} <a href="{href}">{name}</a></p></section>'
        )
    (folder / "404.html").write_text(
        "<!DOCTYPE html>\n"
        '<html lang="mul"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>404</title><style>:root{color-scheme:light dark}"
        "body{font:1.1rem/1.7 system-ui,sans-serif;max-width:36rem;margin:10vh auto;padding:0 1rem}"
        "h2{font-size:1.25rem;margin:1.5em 0 0}p{margin:0}</style></head>\n"
        f"<body><main><h1>404</h1>\n{chr(10).join(sections)}\n</main></body></html>\n",
        encoding="utf-8",
    )


def _write_pages(app, exception) -> None:
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    _write_not_found(app, folder)
    if app.config.html_baseurl:  # a site map holds full addresses only
        _write_sitemap(app, folder)


def setup(app) -> None:
    """Connect publishing to Sphinx."""
    app.connect("config-inited", _override)
    app.connect("build-finished", _write_pages)
