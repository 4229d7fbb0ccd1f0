"""Outputs of notebooks that are a chain of steps, each a formula and its reason, as a list.

A notebook gives them as data, with the MIME type `MIME_TYPE` and the keys of
``schemas/steps.json``. MyST-NB asks `StepsRenderer` (an entry point of this package) to show them.
In HTML, styled by ``static/polyglot-steps.css``::

    <div class="steps">
      <details class="steps-definitions"><summary>…</summary><ul><li>…</li></ul></details>
      <p class="steps-given">…</p>
      <ol class="steps-list" role="list" aria-label="…">
        <li>
          <div class="math math-block steps-left">…</div>
          <div class="math math-block">…</div>
          <p class="steps-reason">…</p>
        </li>
      </ol>
    </div>

Other builders write the lists and paragraphs that these elements derive from.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

from .. import order, validation
from ..words import catalogs

#: The type of such outputs.
MIME_TYPE = "application/vnd.polyglot-book.steps+json"


class folded(nodes.container):  # noqa: N801 (docutils names visitors by classes)
    """What is seen after a click on its first child."""


class folded_title(nodes.paragraph):  # noqa: N801
    """What is seen of a `folded`."""


class step_list(nodes.enumerated_list):  # noqa: N801
    """Steps that the arrow keys walk through."""


class StepsRenderer(MimeRenderPlugin):
    """Turn the data into nodes, for MyST-NB."""

    #: Before every other form that an output may have.
    mime_priority_overrides = (("*", MIME_TYPE, 5),)

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return the nodes of such an output; of others, `None`."""
        if data.mime_type != MIME_TYPE:
            return None
        content: Any = data.content
        if wrong := validation.problems(content, "steps"):
            raise ExtensionError(f"an output of the type {MIME_TYPE}: {'; '.join(wrong)}")
        return [_container(content)]


def _container(content: dict[str, Any]) -> nodes.container:
    box = nodes.container(classes=["steps"])
    if definitions := content.get("definitions"):
        formulas = (nodes.list_item("", _displayed(f)) for f in definitions["formulas"])
        box += folded(
            "",
            folded_title("", definitions["label"]),
            nodes.bullet_list("", *formulas),
            classes=["steps-definitions"],
        )
    if given := content.get("given"):
        line = nodes.paragraph("", "", nodes.inline("", given["label"]), classes=["steps-given"])
        for formula in given["formulas"]:
            line += [nodes.Text(" "), nodes.math("", formula)]
        box += line
    chain = step_list(classes=["steps-list"], enumtype="arabic", prefix="", suffix=".")
    chain += [_item(step) for step in content["steps"]]
    chain[0].insert(0, _displayed(content["left"], "steps-left"))
    box += chain
    return box


def _item(step: dict[str, str]) -> nodes.list_item:
    item = nodes.list_item("", _displayed(f"{step['relation']} {step['expression']}"))
    if "reason" in step:
        reason = nodes.paragraph("", step["reason"], classes=["steps-reason"])
        if "lemma" in step:
            reason += [nodes.Text(" "), nodes.math("", step["lemma"])]
        item += reason
    return item


def _displayed(formula: str, *classes: str) -> nodes.math_block:
    return nodes.math_block("", formula, nowrap=False, number=None, classes=[*classes])


def _visit_folded(self: HTML5Translator, node: folded) -> None:
    self.body.append(self.starttag(node, "details"))


def _depart_folded(self: HTML5Translator, node: folded) -> None:
    self.body.append("</details>\n")


def _visit_folded_title(self: HTML5Translator, node: folded_title) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def _depart_folded_title(self: HTML5Translator, node: folded_title) -> None:
    self.body.append("</summary>\n")


def _visit_step_list(self: HTML5Translator, node: step_list) -> None:
    # Safari does not call it a list where the style sheet takes the numbers away, but for the role.
    label = catalogs.of(self.builder.app).text("Steps: the arrow keys walk through them")
    self.body.append(self.starttag(node, "ol", role="list", **{"aria-label": label}))


def _depart_step_list(self: HTML5Translator, node: step_list) -> None:
    self.body.append("</ol>\n")


def _add_script(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Let the keys walk through steps, on pages that have any."""
    if doctree is not None and next(doctree.findall(step_list), None) is not None:
        app.add_js_file("polyglot-steps.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the nodes, their look and their keys."""
    app.add_node(folded, html=(_visit_folded, _depart_folded))
    app.add_node(folded_title, html=(_visit_folded_title, _depart_folded_title))
    app.add_node(step_list, html=(_visit_step_list, _depart_step_list))
    app.add_css_file("polyglot-steps.css", priority=order.PAGE_STYLE)
    app.connect("html-page-context", _add_script, priority=order.ADD_PAGE_SCRIPT)
