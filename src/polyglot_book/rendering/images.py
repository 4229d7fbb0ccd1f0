"""Figures say what they show to those who do not see them: ``polyglot.alt_text`` says how strictly.

All figures that do not are named at once, after all pages have been read.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from .. import order, state
from ..compat.myst_notebooks import forms_of, place_of

_LOGGER = logging.getLogger(__name__)
_WHERE = "alt: in the cell's metadata under mystnb.image, or in the directive"


def _collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the figures of a page that say nothing; of one in several forms, the first."""
    if not state.html_builder(app) or state.of(app).registry.alt_text == "off":
        return
    seen = set()
    for image in doctree.findall(nodes.image):
        figure = forms_of(image)
        if id(figure) not in seen and image.get("alt", "").strip() in ("", image["uri"]):
            seen.add(id(figure))
            place = place_of(image, app.env.docname)
            state.of(app).silent_figures.append(f"{place}: {image['uri']}")


def _report(app: Sphinx, env: BuildEnvironment) -> None:
    silent = state.of(app).silent_figures
    if state.of(app).registry.alt_text == "warn":
        for figure in silent:
            _LOGGER.warning(
                "%s: no alternative text (%s)", figure, _WHERE, type="polyglot", subtype="alt_text"
            )
    elif silent:
        listed = "\n".join(silent)
        raise ExtensionError(
            f"{len(silent)} figures without alternative text ({_WHERE}):\n{listed}"
        )


def setup(app: Sphinx) -> None:
    """Check the figures of all pages."""
    app.connect("doctree-read", _collect, priority=order.COLLECT_IMAGES)
    app.connect("env-updated", _report, priority=order.CHECK_IMAGES)
