"""sphinxcontrib-bibtex 2.7.0: references are not marked with the language they are in.

A bibliography's style writes English words ("and", "pages"), and most works have English titles. So
references are marked as English, or as their field ``langid`` says. Needless once the
extension passes that field on to the page.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from .. import order


class _MarkReferences(SphinxPostTransform):
    """Mark a page's references, and the links that have one as their tooltip."""

    default_priority = order.MARK_REFERENCES
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        if "sphinxcontrib.bibtex" not in self.app.extensions:
            return
        from sphinxcontrib.bibtex.domain import BibtexDomain

        page, domain = self.env.docname, self.env.get_domain("cite")
        assert isinstance(domain, BibtexDomain)
        here: dict[str, str] = {}
        links: dict[str, str] = {}
        for citation in domain.citations:
            name, home = citation.citation_id, citation.bibliography_key.docname
            marked = f"language-{citation.entry.fields.get('langid', 'en')}"
            links[f"{self.app.builder.get_relative_uri(page, home)}#{name}"] = marked
            if home == page:
                here[name] = marked
        for node in self.document.findall(nodes.Element):
            if isinstance(node, nodes.citation | nodes.list_item):
                marks = [here[name] for name in node["ids"] if name in here]
            elif isinstance(node, nodes.reference) and "reftitle" in node:
                mark = here.get(node.get("refid")) or links.get(node.get("refuri"))
                marks = [mark] if mark else []
            else:
                continue
            node["classes"].extend(marks)


def setup(app: Sphinx) -> None:
    """Mark references."""
    app.add_post_transform(_MarkReferences)
