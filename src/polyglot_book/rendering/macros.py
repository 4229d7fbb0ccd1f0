"""Commands that a book defines for its formulas: in its configuration, or in a formula of a page.

MathJax takes the former from ``mathjax3_config`` and lets the latter hold to the end of the page:
formulas written for it count on both. What is made of them: see ``frontend/latex.mjs``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from .. import order

#: In words for `ConfigError`.
_EXPECTED = "a LaTeX text, [text, number of arguments] or [text, number, default of the first]"
_DEFINITION = re.compile(
    r"\\(?:newcommand|renewcommand|providecommand|DeclareMathOperator|def)(?![A-Za-z])\*?\s*"
    r"(?:\{\s*)?(?P<name>\\[A-Za-z]+)\s*\}?(?:\s*\[[^\]]*\]|#\d)*\s*(?=\{)"
)


def configured(config: Config) -> dict[str, list[Any]]:
    r"""Return the macros of ``mathjax3_config``: by the command, its text, number and default.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> macros = {"EE": r"\mathbb{E}", "norm": [r"\|#1\|", 1]}
    >>> configured(SimpleNamespace(mathjax3_config={"tex": {"macros": macros}}))
    {'\\EE': ['\\mathbb{E}'], '\\norm': ['\\|#1\\|', 1]}
    """
    options = getattr(config, "mathjax3_config", None) or {}
    tex = options.get("tex") if isinstance(options, Mapping) else None
    macros = (tex.get("macros") if isinstance(tex, Mapping) else None) or {}
    found = {}
    for name, given in macros.items():
        match given if isinstance(given, list) else [given]:
            case [str()] | [str(), int()] | [str(), int(), str()] as definition:
                found[f"\\{name}"] = definition
            case _:
                place = f"mathjax3_config.tex.macros.{name}"
                raise ConfigError(f"{place}: {_EXPECTED} is expected, got {given!r}")
    return found


def definitions(tex: str) -> dict[str, str]:
    r"""Return the definitions in a formula, by the commands that they define.

    Examples
    --------
    >>> definitions(r"\newcommand{\R}{\mathbb{R}} \def\half#1{#1/2} x \in \R")
    {'\\R': '\\newcommand{\\R}{\\mathbb{R}}', '\\half': '\\def\\half#1{#1/2}'}
    """
    found = {}
    for match in _DEFINITION.finditer(tex):
        depth, end = 0, match.end()
        for end in range(match.end(), len(tex)):
            depth += {"{": 1, "}": -1}.get(tex[end], 0)
            if not depth:
                break
        found[match["name"]] = tex[match.start() : end + 1]
    return found


def hand_on(tree: nodes.Element) -> None:
    """Give each formula of a page the definitions before it that it needs."""
    known: dict[str, str] = {}
    for node in tree.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block))):
        own = definitions(node.astext())
        if known:
            needed, waiting = {}, [node.astext()]
            while waiting:
                for name in re.findall(r"\\[A-Za-z]+", waiting.pop()):
                    if name in known and name not in own and name not in needed:
                        needed[name] = known[name]
                        waiting.append(known[name])
            node["definitions"] = "".join(needed.values())
        known.update(own)


def _hand_on_definitions(app: Sphinx, doctree: nodes.document) -> None:
    hand_on(doctree)


def setup(app: Sphinx) -> None:
    """Hand definitions on from formula to formula."""
    app.connect("doctree-read", _hand_on_definitions, priority=order.DEFINE_COMMANDS)
