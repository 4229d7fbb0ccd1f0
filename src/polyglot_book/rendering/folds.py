"""What opens at a tap: notes of class ``dropdown``, solutions, ``{toggle}``, and folded code.

All are ``<details>``: browsers open and close them, find text in them and follow links into them
without a script. The one script here opens them for a link's target in browsers that do not.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from .. import order
from ..words import catalogs


class _Fold(nodes.General, nodes.Element):
    """A note that is closed until a reader opens it."""


class _FoldTitle(nodes.General, nodes.TextElement):
    """What stands on a closed note, and names the button that opens it."""


class _FoldNotes(SphinxPostTransform):
    """Put folds in place of notes of class ``dropdown``, with their ids and classes."""

    default_priority = order.FOLD_NOTES
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for block in list(self.document.findall(nodes.container)):
            if "toggle" in block["classes"]:  # the directive of sphinx_togglebutton
                words = catalogs.of(self.app).translate("togglebutton", "Click to show")
                title = _FoldTitle("", "", nodes.Text(words))
                fold = _Fold("", title, *block.children, ids=block["ids"], classes=["toggle"])
                fold["open"] = "toggle-shown" in block["classes"]
                block.replace_self(fold)
        for note in list(self.document.findall(nodes.Admonition)):
            if isinstance(note, nodes.Element) and "dropdown" in note["classes"]:
                note.replace_self(_folded(note))


def _folded(note: nodes.Element) -> _Fold:
    content = list(note.children)
    if content and isinstance(content[0], nodes.title):
        words = content.pop(0).children
    else:
        words = [nodes.Text(admonitionlabels[note.tagname])]
    title = _FoldTitle("", "", *words)
    # A button that is a link as well would do two things at one tap.
    for link in list(title.findall(nodes.reference)):
        link.replace_self(link.children)
    fold = _Fold("", title, *content, ids=note["ids"], classes=note["classes"])
    if type(note).__module__ == nodes.__name__ and not isinstance(note, nodes.admonition):
        fold["classes"].append(note.tagname)
    return fold


def _visit_fold(self: HTML5Translator, node: _Fold) -> None:
    attributes = {"open": "open"} if node.get("open") else {}
    self.body.append(self.starttag(node, "details", CLASS="admonition", **attributes))


def _depart_fold(self: HTML5Translator, node: _Fold) -> None:
    self.body.append("</details>\n")


def _visit_fold_title(self: HTML5Translator, node: _FoldTitle) -> None:
    self.body.append(self.starttag(node, "summary", "", CLASS="admonition-title"))


def _depart_fold_title(self: HTML5Translator, node: _FoldTitle) -> None:
    self.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    """Add the folds, their style, and the script for links into them."""
    app.add_node(_Fold, html=(_visit_fold, _depart_fold))
    app.add_node(_FoldTitle, html=(_visit_fold_title, _depart_fold_title))
    app.add_post_transform(_FoldNotes)
    app.add_css_file("polyglot-folds.css")
    app.add_js_file("polyglot-folds.js", loading_method="defer")
