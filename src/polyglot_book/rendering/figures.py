"""Figures of notebooks: one variant for wide screens, one for phones, and a closer look at a tap.

A notebook may offer a figure twice, as ``image/svg+xml`` and, drawn for phones, as `NARROW`. A page
shows the one that fits. The figure is a link to its file; a script shows it in a dialog instead.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from pathlib import Path
from posixpath import join
from typing import Any
from urllib.parse import quote

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from .. import order
from ..words import catalogs

#: The type under which a notebook offers a figure for phones.
NARROW = "application/vnd.narrow.svg+xml"
_WIDE = "image/svg+xml"
#: Where that variant is shown; paper is wider.
_PHONES = "screen and (max-width: 600px)"
_POINT = 4 / 3  # pixels


class NarrowFigures(MimeRenderPlugin):
    """Read figures for phones. MyST-NB finds this by its entry point, see ``pyproject.toml``."""

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Write such a figure to a file, as MyST-NB writes others."""
        if data.mime_type != NARROW:
            return None
        return renderer.render_image(replace(data, mime_type=_WIDE))


class _Picture(nodes.General, nodes.Element):
    """The variants of a figure: first the wide one, then that for phones."""


class _JoinVariants(SphinxPostTransform):
    """Make one picture of two variants."""

    default_priority = order.JOIN_VARIANTS
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            offered = {variant["mime_type"]: variant for variant in bundle.children}
            if NARROW in offered and _WIDE in offered:
                wide, narrow = offered[_WIDE], offered[NARROW]
                bundle.remove(narrow)
                wide.children = [_Picture("", *wide.children, *narrow.children)]
                wide.children[0].parent = wide


def _attributes(translator: HTML5Translator, image: nodes.Element) -> tuple[str, str]:
    """Return the address of an image on its page, and its size as HTML attributes."""
    builder = translator.builder
    head = (Path(builder.srcdir) / image["uri"]).read_text("utf-8")[:2000]
    size = "".join(
        f' {side}="{float(points[1]) * _POINT:.0f}"'
        for side in ("width", "height")
        if (points := re.search(rf'\s{side}="([\d.]+)pt"', head))
    )
    return join(builder.imgpath, quote(builder.images[image["uri"]])), size


def _visit_picture(self: HTML5Translator, node: _Picture) -> None:
    wide, narrow = node.children
    address, size = _attributes(self, wide)
    narrow_address, narrow_size = _attributes(self, narrow)
    title = catalogs.of(self.builder.app).text("Enlarge the figure")
    self.body.append(
        f'<a class="polyglot-figure" href="{address}" title="{escape(title)}"><picture>'
        f'<source media="{_PHONES}" srcset="{narrow_address}"{narrow_size}>'
        f'<img src="{address}" alt="{escape(wide["alt"])}"{size} loading="lazy">'
        "</picture></a>\n"
    )
    raise nodes.SkipNode


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if isinstance(doctree, nodes.document) and next(doctree.findall(_Picture), None):
        words: dict[str, Any] = {"data-close": catalogs.of(app).text("Close")}
        app.add_js_file("polyglot-figures.js", loading_method="defer", **words)


def setup(app: Sphinx) -> None:
    """Add pictures, their style and their script."""
    app.add_node(_Picture, html=(_visit_picture, None))
    app.add_post_transform(_JoinVariants)
    app.add_css_file("polyglot-figures.css")
    app.connect("html-page-context", _add_script, priority=order.ADD_PAGE_SCRIPT)
