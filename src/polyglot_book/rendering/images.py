"""Figures say what they show to those who do not see them, or the build fails."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from .. import order, state
from ..compat.myst_notebooks import place_of


def _check_alternatives(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if not state.html_builder(app):
        return
    missing = [
        place_of(image, docname) + f": {image['uri']}"
        for image in doctree.findall(nodes.image)
        if not image.get("alt", "").strip() or image["alt"] in (image["uri"], image.get("original"))
    ]
    if missing:
        raise ExtensionError(
            "figures without alternative text (alt: in the cell's metadata under "
            "mystnb.image, or in the directive):\n" + "\n".join(missing)
        )


def setup(app: Sphinx) -> None:
    """Check the figures of each page."""
    app.connect("doctree-resolved", _check_alternatives, priority=order.CHECK_IMAGES)
