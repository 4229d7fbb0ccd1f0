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

    Parameters
    ----------
    env : sphinx.environment.BuildEnvironment
        The environment, which is reading the page.
    document : docutils.nodes.document
        The page.
    anchors : dict of str to (int, str)
        For each id on the page its line, and the text of a link that has none of its own.

    See Also
    --------
    polyglot_book.site.glossary.page : Offers its entries.
    """
    own = env.metadata[env.docname]
    slugs = {name: (line, name, text) for name, (line, text) in anchors.items()}
    own["myst_slugs"] = {**own.get("myst_slugs", {}), **slugs}
    document.myst_slugs = own["myst_slugs"]
