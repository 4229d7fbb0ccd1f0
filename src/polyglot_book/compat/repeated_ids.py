"""sphinx-exercise 1.2.1: ids that stand on a page more than once; those of sphinx-proof as well.

The contents of all exercises of a page have one id, and so have those of solutions and of theorems,
and all proofs. Needless once they have none.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from .. import order

_REPEATED = ("exercise-content", "solution-content", "proof", "proof-content")


class _DropRepeatedIds(SphinxPostTransform):
    """Leave each of these ids to the first on a page, where links to it lead."""

    default_priority = order.DROP_REPEATED_IDS

    def run(self, **kwargs: Any) -> None:
        seen: set[str] = set()
        for kind in (nodes.section, nodes.admonition):
            for node in self.document.findall(kind):
                if node["ids"] and node["ids"][0] in _REPEATED:
                    if node["ids"][0] in seen:
                        node["ids"] = []
                    else:
                        seen.update(node["ids"])


def setup(app: Sphinx) -> None:
    """Drop repeated ids."""
    app.add_post_transform(_DropRepeatedIds)
