"""Figures say what they show to those who do not see them: ``polyglot.alt_text`` says how strictly.

All figures that do not are named at once: those of directives before notebooks are run, else all
after pages have been read.
"""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from .. import order, state
from ..compat import myst_sources
from ..compat.myst_notebooks import forms_of, place_of

_LOGGER = logging.getLogger(__name__)
_WHERE = (
    "alt: in the cell's metadata under mystnb.image, or in the directive; ![text](file) in Markdown"
)


def _silent(tree: nodes.Element, docname: str) -> Iterator[str]:
    """Yield the figures of a page that say nothing; of one in several forms, the first."""
    seen = set()
    for image in tree.findall(nodes.image):
        figure = forms_of(image)
        if id(figure) not in seen and image.get("alt", "").strip() in ("", image["uri"]):
            seen.add(id(figure))
            yield f"{place_of(image, docname)}: {image['uri']}"


def _check_sources(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Find those figures that are there before notebooks are run."""
    if not state.html_builder(app) or state.of(app).registry.alt_text != "error":
        return
    silent = [
        figure
        for docname in sorted(docnames)
        for figure in _silent(myst_sources.of(env, docname).figures_and_formulas, docname)
    ]
    if silent:
        state.of(app).problems.append(_listed(silent))


def _collect(app: Sphinx, doctree: nodes.document) -> None:
    if state.html_builder(app) and state.of(app).registry.alt_text != "off":
        state.of(app).silent_figures += _silent(doctree, app.env.docname)


def _listed(silent: list[str]) -> str:
    return f"{len(silent)} figures without alternative text ({_WHERE}):\n" + "\n".join(silent)


def _report(app: Sphinx, env: BuildEnvironment) -> None:
    silent = state.of(app).silent_figures
    if state.of(app).registry.alt_text == "warn":
        for figure in silent:
            _LOGGER.warning(
                "%s: no alternative text (%s)", figure, _WHERE, type="polyglot", subtype="alt_text"
            )
    elif silent:
        raise ExtensionError(_listed(silent))


def setup(app: Sphinx) -> None:
    """Check the figures of all pages."""
    app.connect("env-before-read-docs", _check_sources, priority=order.CHECK_SOURCES)
    app.connect("doctree-read", _collect, priority=order.COLLECT_IMAGES)
    app.connect("env-updated", _report, priority=order.CHECK_IMAGES)
