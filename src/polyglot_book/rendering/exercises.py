"""What kind an exercise is, in its title; room for an answer in words, and a list to tick.

The kind is a class of the exercise: ``:class: exercise-proof``, ``exercise-bug`` (find what is
wrong) or ``exercise-predict`` (guess, then see); without one it is a basic one. An exercise that
no box and no cell of the page takes an answer to is answered in words: it gets a field to write in,
and its solution a list of what to compare, unless it brings a list of tasks itself (``- [ ] …``).
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from .. import order
from ..words import catalogs

_LOGGER = logging.getLogger(__name__)
_PREFIX = "exercise-"
_BASIC = "basic"
#: By kind: its name, what is written, and what of it is compared with the solution.
_KINDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    _BASIC: (
        "basic",
        "Your answer in words",
        ("The answer is the same in substance.", "So are the reasons for it."),
    ),
    "proof": (
        "proof",
        "Your proof",
        (
            "Each line follows from the one before or from a property that is named.",
            "Each assumption is used, and nothing beyond them.",
            "It holds for all values, not for an example.",
            "Where it differs from the solution, I can say why both are right.",
        ),
    ),
    "bug": (
        "find the bug",
        "What is wrong, and why",
        (
            "The same place is named.",
            "So is what comes of it.",
            "The correction works where the original failed.",
        ),
    ),
    "predict": (
        "predict first",
        "Your prediction",
        (
            "It was written down before looking.",
            "It came true, or I know where the reasoning went astray.",
        ),
    ),
}


class _NameKinds(SphinxPostTransform):
    """Put the kind into the title, and room for words under an exercise that needs it."""

    default_priority = order.NAME_KINDS
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        if getattr(self.env, "sphinx_exercise_registry", None) is None:
            return
        from sphinx_exercise.nodes import is_exercise_node, solution_node

        say = catalogs.of(self.app).text
        solutions = {
            node.get("target_label"): node for node in self.document.findall(solution_node)
        }
        for exercise in list(self.document.findall(is_exercise_node)):
            name, written, compared = _KINDS[self._kind(exercise)]
            title = next(exercise.findall(nodes.title), None)
            if title is not None:
                kind = nodes.inline("", str(say(name)), classes=["polyglot-kind"])
                title += [nodes.Text(" "), kind]
            solution = solutions.get(exercise.get("label"))
            if solution is None or _takes_answers(exercise):
                continue
            exercise += nodes.raw("", _room(exercise["label"], str(say(written))), format="html")
            if not _has_tasks(solution):
                items = [str(say(text)) for text in compared]
                listed = _checklist(str(say("Compare with the solution")), items)
                solution += nodes.raw("", listed, format="html")

    def _kind(self, exercise: nodes.Element) -> str:
        for given in exercise["classes"]:
            name = given.removeprefix(_PREFIX)
            if name == given:
                continue
            if name in _KINDS:
                return name
            known = ", ".join(_PREFIX + kind for kind in _KINDS)
            _LOGGER.warning(
                "exercise %r: no kind %r; there are %s", exercise.get("label"), name, known,
                location=exercise,
            )  # fmt: skip
        return _BASIC


def _takes_answers(exercise: nodes.Element) -> bool:
    """Tell whether a cell asks for the answer, in the exercise or right after it.

    Such a cell shows something of its own on a page: a box, or how to write a function there.
    """
    around = [exercise]
    following = exercise.next_node(descend=False, siblings=True, ascend=False)
    while isinstance(following, nodes.container):
        around.append(following)
        following = following.next_node(descend=False, siblings=True, ascend=False)
    return any("page_html" in raw["classes"] for node in around for raw in node.findall(nodes.raw))


def _has_tasks(solution: nodes.Element) -> bool:
    return any("contains-task-list" in node["classes"] for node in solution.findall(nodes.Element))


def _room(label: str, written: str) -> str:
    return (
        f'<div class="polyglot-words" data-polyglot-question="{escape(label)}"><label>'
        f'<span class="polyglot-words__label">{escape(written)}</span>'
        '<textarea rows="4"></textarea></label></div>'
    )


def _checklist(title: str, items: list[str]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox"><span>{escape(item)}</span></label>' for item in items
    )
    legend = f"<legend>{escape(title)}</legend>"
    return f'<fieldset class="polyglot-checklist">{legend}{boxes}</fieldset>'


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if 'class="polyglot-words"' in context.get("body", ""):
        app.add_js_file("polyglot-exercises.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Add kinds and rooms, their style and their script."""
    app.add_post_transform(_NameKinds)
    app.add_css_file("polyglot-exercises.css")
    app.connect("html-page-context", _add_script, priority=order.ADD_EXERCISE_SCRIPT)
