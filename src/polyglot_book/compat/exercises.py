"""sphinx-exercise 1.2.1: one registry for all languages; titles glued together.

An exercise whose label another language has is left out of its page, and a solution leads to the
exercise that was read last. Needless once Sphinx has labels for each language: see `labels`.

The title of a solution joins "Solution to" and "Exercise 1", each translated on its own: that is
ungrammatical where the noun is inflected, and in the wrong order where it comes first; a link from
another page has the first half alone. Needless once it translates the title as one phrase with a
gap for the number.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from .. import labels, order
from ..words import catalogs


class _WordSolutionTitles(SphinxPostTransform):
    """Word the title of a solution, and a link to it, as one phrase."""

    default_priority = order.WORD_SOLUTION_TITLES

    def run(self, **kwargs: Any) -> None:
        exercises = getattr(self.env, "sphinx_exercise_registry", None)
        if exercises is None:
            return
        from sphinx_exercise.nodes import solution_node

        for node in self.document.findall(solution_node):
            link = next(node.children[0].findall(nodes.reference), None)
            if link is None:
                continue  # exercise_style: solution_follow_exercise has a title of one word
            phrase = self._phrase(exercises[node["target_label"]]["node"])
            link.children[0] = nodes.Text(phrase)
            link.children[0].parent = link
            node.children[0].children = [link]
            node["title"] = phrase
        for link in self.document.findall(nodes.reference):
            label = link.get("refid") or link.get("refuri", "").partition("#")[2]
            solution = exercises.get(label)
            if not solution or not solution["type"].startswith("solution"):
                continue
            exercise = exercises.get(solution["node"]["target_label"])
            title = self.env.get_domain("std").data["labels"].get(label, ("", "", ""))[2]
            if exercise and title and link.astext().startswith(title):
                word = nodes.inline("", self._phrase(exercise["node"]), classes=["std", "std-ref"])
                link.children = []
                link += word

    def _phrase(self, exercise: nodes.Element) -> str:
        from sphinx_exercise.nodes import exercise_enumerable_node
        from sphinx_exercise.utils import get_node_number

        words = catalogs.of(self.app)
        if not isinstance(exercise, exercise_enumerable_node):
            return str(words.text("Solution to the exercise"))
        number = get_node_number(self.app, exercise, "exercise")
        return str(words.text("Solution to exercise {number}", number=number))


def setup(app: Sphinx) -> None:
    """Separate the labels of languages, and word the titles of solutions."""
    labels.separate_attribute(app, "sphinx_exercise", "sphinx_exercise_registry")
    app.add_post_transform(_WordSolutionTitles)
