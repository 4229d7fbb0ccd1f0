"""Code that fits a narrow screen: lines wrap, and a mark hangs before what goes on.

Each line is an element of its own, so that a style sheet can tell a line's rows from the next line.
Text is as it was: what is selected or copied is the author's code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pygments.formatters import HtmlFormatter
from sphinx.application import Sphinx

from .. import order, state
from ..compat import sphinx_core

#: Deeper levels go on where this one does.
_DEEPEST = 3
_SPACES = re.compile(r"(?:<span[^>]*>)*( *)")


def _line(html: str) -> str:
    """Put a line into an element whose class says how far it is indented.

    Examples
    --------
    >>> _line("return p")
    '<span class="line">return p</span>'
    >>> _line('<span class="w">    </span>return p')
    '<span class="line indent-1"><span class="w">    </span>return p</span>'
    """
    spaces = _SPACES.match(html)
    level = min(len(spaces[1]) // 4, _DEEPEST) if spaces else 0
    return f'<span class="line{f" indent-{level}" if level else ""}">{html}</span>'


class _LineFormatter(HtmlFormatter):
    def wrap(self, source: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        return super().wrap((is_line, _line(html) if is_line else html) for is_line, html in source)


def _format_lines(app: Sphinx) -> None:
    if builder := state.html_builder(app):
        sphinx_core.format_code_with(builder, _LineFormatter)


def setup(app: Sphinx) -> None:
    """Mark lines, and style them."""
    app.connect("builder-inited", _format_lines, priority=order.DEFAULT)
    app.add_css_file("polyglot-code.css")
