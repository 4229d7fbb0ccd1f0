"""One cell: its code, the value of its last line, lines that are Jupyter's and not Python's."""

from __future__ import annotations

import ast
import io
import linecache
import re
import tokenize
from typing import Any

from _live import shell

#: ``%name …``, ``%%name …``, ``!command``, at the beginning of a line.
_MAGIC = re.compile(r"^(\s*)(%{1,2}|!)(?=\S)(.*)$")

#: The names of the cells that have been run: tracebacks keep their lines.
known: set[str] = set()


def execute(source: str, name: str, names: dict[str, Any]) -> None:
    """Run a cell among the names given, and show the value of its last expression."""
    code = _without_magics(source)
    known.add(name)
    # Tracebacks and `inspect` read the lines of the reader's code from here.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(code, name)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, name, "exec"), names)
        return
    del tree.body[-1]
    if tree.body:
        exec(compile(tree, name, "exec"), names)
    value = eval(compile(ast.Expression(last.value), name, "eval"), names)
    if value is not None and not _is_silent(code):
        names["_"] = value
        shell.display_value(value)


def _without_magics(source: str) -> str:
    """Make calls of the lines that are Jupyter's: run, they say that they need Jupyter."""
    if "%" not in source and "!" not in source:
        return source
    try:
        ast.parse(source)
    except SyntaxError:
        pass
    else:
        return source  # a line of a text may well begin with a per cent sign
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if match := _MAGIC.match(line):
            indent, sign, rest = match.groups()
            lines[number] = f"{indent}get_ipython().run_line_magic({sign!r}, {rest!r})"
            if sign == "%%":
                del lines[number + 1 :]
                break
    return "\n".join(lines)


def _is_silent(code: str) -> bool:
    """Tell whether a cell ends in a semicolon, comments left aside."""
    kept = [
        token
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
    ]
    return bool(kept) and kept[-1].string == ";"
