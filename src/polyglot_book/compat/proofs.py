"""sphinx-proof 0.4.0: a proof begins with an English word.

It puts "Proof." before the text of the directive ``prf:proof``, untranslated. Needless once it asks
its catalogs for the word, as it does for "Theorem" and the like.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from .. import order
from ..words import catalogs

_ENGLISH = "Proof."


def _word_proofs(app: Sphinx, config: Config) -> None:
    if "sphinx_proof" not in app.extensions:
        return
    from sphinx_proof.directive import ProofDirective

    class WordedProof(ProofDirective):
        def run(self) -> list[nodes.Node]:
            result = super().run()
            first = next(text for node in result for text in node.findall(nodes.Text))
            word = catalogs.of(app).text(_ENGLISH)
            first.parent.replace(first, nodes.Text(first.replace(_ENGLISH, word, 1)))
            return result

    app.add_directive_to_domain("prf", "proof", WordedProof, override=True)


def setup(app: Sphinx) -> None:
    """Word proofs, if the book has the extension that sets them."""
    app.connect("config-inited", _word_proofs, priority=order.WORD_PROOFS)
