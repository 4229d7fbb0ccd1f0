"""sphinx-proof 0.4.0: one list of theorems for all languages; English proofs.

A theorem whose label another language has takes its place: needless once Sphinx has labels for each
language, see `labels`. A proof begins with the English word: needless once it asks its catalogs.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from .. import labels, order
from ..words import catalogs

_BEGINNING = "Proof."


class _WordProofs(SphinxPostTransform):
    """Word the beginnings of proofs."""

    default_priority = order.WORD_PROOFS

    def run(self, **kwargs: Any) -> None:
        if "sphinx_proof" not in self.app.extensions:
            return
        from sphinx_proof.nodes import proof_node

        for proof in self.document.findall(proof_node):
            text = next(proof.findall(nodes.Text), None)
            if text is not None and text.startswith(_BEGINNING):
                word = catalogs.of(self.app).text(_BEGINNING)
                text.parent.replace(text, nodes.Text(text.replace(_BEGINNING, word, 1)))


def setup(app: Sphinx) -> None:
    """Keep the theorems of each language apart, and word proofs."""
    labels.separate_attribute(app, "sphinx_proof", "proof_list")
    app.add_post_transform(_WordProofs)
