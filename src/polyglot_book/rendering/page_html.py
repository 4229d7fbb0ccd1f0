"""Outputs of notebooks that a page shows in its own form, since it has no kernel to ask.

A notebook may offer HTML of the type `MIME_TYPE` beside what Jupyter shows: a box, say, that judges
an answer where a notebook would run a cell.
"""

from __future__ import annotations

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer

#: The type of such outputs.
MIME_TYPE = "application/vnd.polyglot-book.page+html"


class PageHtmlRenderer(MimeRenderPlugin):
    """Write the HTML as it is. MyST-NB finds this by its entry point, see ``pyproject.toml``."""

    #: Before every other form that an output may have.
    mime_priority_overrides = (("*", MIME_TYPE, 5),)

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return the node of such an output; of others, `None`."""
        if data.mime_type != MIME_TYPE:
            return None
        return [nodes.raw(text=data.string, format="html", classes=["output", "page_html"])]
