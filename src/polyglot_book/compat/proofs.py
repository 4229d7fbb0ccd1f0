"""sphinx-proof 0.4.0: one list of theorems for all languages.

A theorem whose label another language has takes its place. Needless once Sphinx has labels for each
language: see `labels`.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from .. import labels


def setup(app: Sphinx) -> None:
    """Keep the theorems of each language apart."""
    labels.separate_attribute(app, "sphinx_proof", "proof_list")
