"""MyST-Parser 3.0.1: ``[text](page.md#name)`` reaches the headings of a page and nothing else.

It keeps the names of headings as ``myst_slugs`` of a document and of its page's metadata. Needless
once an extension may register further names.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.environment import BuildEnvironment


def offer_anchors(
    env: BuildEnvironment, document: nodes.document, anchors: dict[str, tuple[int, str]]
) -> None:
    """Let Markdown links reach places of the page at hand: ``[text](page.md#name)``.

    Of each place, by its id, are given its line and the text of a link that has none of its own.
    """
    own = env.metadata[env.docname]
    slugs = {name: (line, name, text) for name, (line, text) in anchors.items()}
    own["myst_slugs"] = {**own.get("myst_slugs", {}), **slugs}
    document.myst_slugs = own["myst_slugs"]
