"""sphinx-togglebutton 0.4.5: its hints are set once for all pages, and its button has a fixed name.

Needless once it asks for its hints page by page, and its script takes the button's name from them.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from .. import order, state
from ..words import catalogs
from . import scripts

_HINTS = {"toggleHintShow": "Click to show", "toggleHintHide": "Click to hide"}


def _word_hints(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    words = catalogs.of(app)
    page_scripts = list(context["script_files"])
    for place, script in enumerate(page_scripts):
        body = getattr(script, "attributes", {}).get("body") or ""
        for name, message in _HINTS.items():
            if body.startswith(f"let {name} ="):
                text = scripts.literal(words.translate("togglebutton", message))
                page_scripts[place] = type(script)(
                    script.filename, priority=script.priority, body=f"let {name} = {text};"
                )
    context["script_files"] = page_scripts


def _word_script(app: Sphinx, exception: Exception | None) -> None:
    """Name the button by its hint: aria-expanded tells the state, the hint what it is about."""
    if exception or not state.html_builder(app) or "sphinx_togglebutton" not in app.extensions:
        return
    name = 'aria-label="Toggle hidden content"'
    scripts.rewrite(app, "togglebutton.js", name, 'aria-label="${toggleHintShow}"')


def setup(app: Sphinx) -> None:
    """Word the hints of each page, and the name of the button."""
    app.connect("html-page-context", _word_hints, priority=order.WORD_TOGGLE_HINTS)
    app.connect("build-finished", _word_script, priority=order.WORD_SCRIPTS)
