"""Inline styles and scripts of outputs: written once a page, run after its text.

A widget brings its own style and script, so that each output of a notebook works alone. On a page
the second of its kind would only be weight. And a script holds up all behind it until the style
sheet is there: a widget that finds its element by itself marks its scripts
``data-polyglot-late``, and they stand at the page's end, in their order.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

from .. import order

#: Elements without attributes but the mark; what others do may depend on where they stand.
_INLINE = re.compile(r"<(style|script)( data-polyglot-late)?>(.*?)</\1>\n?", re.DOTALL)
_LATE = re.compile(r"<script data-polyglot-late>(.*?)</script>\n?", re.DOTALL)


def without_repetitions(html: str) -> str:
    """Return HTML without the styles and scripts that stood further up already.

    Examples
    --------
    >>> without_repetitions("<style>p{}</style><p>1</p><style>p{}</style><p>2</p>")
    '<style>p{}</style><p>1</p><p>2</p>'
    """
    seen: set[str] = set()

    def first_only(found: re.Match[str]) -> str:
        if found[0].strip() in seen:
            return ""
        seen.add(found[0].strip())
        return found[0]

    return _INLINE.sub(first_only, html)


def split(html: str) -> tuple[str, str]:
    """Return HTML with a mark in the place of each marked script, and the scripts.

    By the mark other scripts know what moves.

    Examples
    --------
    >>> split("<script data-polyglot-late>start()</script><p>2</p>")
    ('<template data-polyglot-late></template><p>2</p>', '<script>start()</script>')
    """
    scripts = "".join(f"<script>{found[1]}</script>" for found in _LATE.finditer(html))
    return _LATE.sub("<template data-polyglot-late></template>", html), scripts


def _write_once(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if "body" in context:
        body = without_repetitions(context["body"])
        context["body"], context["polyglot_late_scripts"] = split(body)


def setup(app: Sphinx) -> None:
    """Connect to the writing of pages."""
    app.connect("html-page-context", _write_once, priority=order.DEFAULT)
