"""How a widget becomes one self-contained piece of HTML: explorables, quizzes, boxes for answers.

A widget is a ``<div>`` that holds what can be read without scripts, its style and its script. It
has no ids, so that any number of widgets, shown any number of times, live on one page: JupyterLab
keeps the outputs of several notebooks in one document, and a saved output may be shown twice. A
script finds its widget around itself.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files

_ASSETS = files("softmax_course.teaching") / "assets"


@cache
def asset(name: str) -> str:
    """Return the text of a file of ``assets/`` without its comments and indentation."""
    source = (_ASSETS / name).read_text(encoding="utf-8")
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


def widget(
    name: str, body: str, data: object, *, lang: str, label: str, shared: Sequence[str] = ()
) -> str:
    """Wrap `body` with the style and script of the widget `name`.

    The script file is an expression of a function ``(root, data) => …``, which may use what the
    scripts among the files `shared` define. A style sheet of its own is optional.
    """
    # The first script is the same for all widgets of a name: a page needs it once, in a notebook
    # each output has its own.
    # JupyterLab takes arrow keys and Enter for itself unless the very element in focus asks it not
    # to (Lumino looks for the attribute no further up than the first element a shortcut matches).
    # VS Code runs a copy of the script in the page's head: there the widget is found by a checksum
    # of its data. Two with the same sum are alike, and each is started once. So it is on a page of
    # the book, at whose end marked scripts stand (see `polyglot_book.rendering.inline`).
    payload = as_json(data)
    key = f"{zlib.crc32(payload.encode()):08x}"
    scripts = "\n".join(asset(file) for file in shared if file.endswith(".js"))
    functions = f"{scripts}\nreturn {asset(name + '.js')}"
    sheets = ["widgets.css", *(file for file in shared if file.endswith(".css"))]
    if (_ASSETS / f"{name}.css").is_file():
        sheets.append(f"{name}.css")
    script = "<script data-polyglot-late>"
    styles = "".join(f"<style>{asset(file)}</style>" for file in sheets)
    return (
        f'<div class="smx smx-{name}" role="group" aria-label="{escape(label)}" lang="{lang}" '
        f'data-key="{key}">\n{body}\n'
        f"{styles}\n"
        f"{script}(globalThis.softmaxCourse??={{}}).{name}=(()=>{{{functions}}})()</script>\n"
        f"{script}(()=>{{const wanted='.smx-{name}[data-key=\"{key}\"]:not([data-ready])',"
        "script=document.currentScript,"
        "root=script&&script.closest(wanted)||document.querySelector(wanted);"
        "if(!root)return;root.dataset.ready=1;"
        'root.addEventListener("focusin",event=>event.target.dataset.lmSuppressShortcuts="true");'
        f"softmaxCourse.{name}(root,{payload})}})()</script>\n</div>"
    )
