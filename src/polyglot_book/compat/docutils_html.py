"""docutils 0.21.2: its HTML writer gives references a role that no list may hold.

``doc-biblioentry`` is retired, and browsers do not take an element with it for an item of the
``role="list"`` around it. Needless once docutils writes ``role="listitem"`` itself.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def _visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", classes=[node.tagname], role="listitem"))


def setup(app: Sphinx) -> None:
    """Write the beginning of a reference otherwise; its end stays docutils' own."""
    app.add_node(nodes.citation, override=True, html=(_visit_citation, None))
