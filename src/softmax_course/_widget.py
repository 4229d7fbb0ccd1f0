"""What the playground and the quiz share: how a widget becomes one self-contained piece of HTML.

A widget is a ``<div>`` that holds what can be read without scripts, its style and its script. It
has no ids, so that any number of widgets, shown any number of times, live on one page: JupyterLab
keeps the outputs of several notebooks in one document, and a saved output may be shown twice. A
script finds its widget as its own parent.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """Return the text of a file of ``assets/`` without its comments and indentation."""
    source = (files("softmax_course") / "assets" / name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def as_json(value: object) -> str:
    """Return JSON that is safe inside a ``<script>`` element and as JavaScript."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(character, escaped)
    return text


def widget(name: str, body: str, data: object, *, lang: str, label: str) -> str:
    """Wrap `body` with the style and script of the widget `name`.

    The script file is an expression of a function ``(root, data) => …``.
    """
    # JupyterLab moves between cells on arrow keys unless the output asks it not to.
    # `currentScript` is null in a shadow tree (VS Code may use one): then every widget that has
    # not been started yet is started with the data beside it, which is its own.
    selector = f".smx-{name}:not([data-ready])"
    return (
        f'<div class="smx smx-{name}" role="group" aria-label="{escape(label)}" lang="{lang}" '
        f'data-lm-suppress-shortcuts="true">\n{body}\n'
        f"<style>{asset('widgets.css')}\n{asset(name + '.css')}</style>\n"
        "<script>(()=>{const own=document.currentScript&&document.currentScript.parentNode,"
        f"root=own||document.querySelector('{selector}');"
        "if(!root||root.dataset.ready)return;root.dataset.ready=1;\n"
        f"({asset(name + '.js')})(root,{as_json(data)})}})()</script>\n</div>"
    )
