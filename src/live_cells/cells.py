"""The code cells of a page: their sources, their tags, the names that they define and use."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_BUILT_IN = frozenset(dir(builtins)) | {"display", "get_ipython"}
_MAGIC = re.compile(r"^(\s*)[%!](?=\S).*$", re.MULTILINE)

#: Cells that check what the text says. A reader does not run them.
CLAIM = "claim"


@dataclass(frozen=True)
class Cell:
    """Hold one code cell."""

    source: str
    tags: tuple[str, ...] = ()


def python(source: str) -> str:
    r"""Return the code of a cell without the lines that are Jupyter's.

    Examples
    --------
    >>> python("if True:\n    %pip install x")
    'if True:\n    pass'
    """
    return _MAGIC.sub(r"\1pass", source)


def names(source: str) -> tuple[list[str], list[str]]:
    r"""Return the names that a cell defines, and those that it needs of cells before it.

    Examples
    --------
    >>> names("y = [x * n for x in range(k)]\nprint(y)")
    (['y'], ['k', 'n'])
    >>> names("total += 1")
    (['total'], ['total'])
    >>> names("x = (")
    ([], [])
    """
    try:
        tree = ast.parse(python(source))
    except SyntaxError:
        return [], []
    defined: set[str] = set()
    used: set[str] = set()
    _follow(tree.body, defined, used)
    return sorted(defined), sorted(used - _BUILT_IN)


def _follow(statements: Iterable[ast.stmt], defined: set[str], used: set[str]) -> None:
    """Add what statements define and use, in the order in which they run."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            reads, binds = _of(ast.unparse(statement))
            used |= reads - defined - {statement.name}
            defined |= binds
            continue
        bodies = [*_bodies(statement)]
        for part in _heads(statement) if bodies else [ast.unparse(statement)]:
            reads, binds = _of(part)
            used |= reads - defined
            defined |= binds
        for body in bodies:
            _follow(body, defined, used)
        for handler in getattr(statement, "handlers", ()):
            _handle(handler, defined, used)


def _handle(handler: ast.ExceptHandler, defined: set[str], used: set[str]) -> None:
    """Add what a clause ``except`` uses; the name of its exception is gone after it."""
    if handler.type is not None:
        used |= _of(ast.unparse(handler.type))[0] - defined
    inside = defined | {handler.name} if handler.name else set(defined)
    _follow(handler.body, inside, used)
    defined |= inside - {handler.name}


def _heads(statement: ast.stmt) -> Iterator[str]:
    """Yield what a statement with a body does before the body, as statements of its own."""
    match statement:
        case ast.For(target=target, iter=values) | ast.AsyncFor(target=target, iter=values):
            yield f"{ast.unparse(target)} = {ast.unparse(values)}"
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                entered = item.optional_vars
                name = "_" if entered is None else ast.unparse(entered)
                yield f"{name} = {ast.unparse(item.context_expr)}"
        case ast.If(test=test) | ast.While(test=test):
            yield ast.unparse(test)
        case ast.Match(subject=subject):
            yield ast.unparse(subject)


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "cases", "orelse", "finalbody"):
        for part in getattr(statement, name, ()):
            yield part.body if isinstance(part, ast.match_case) else [part]


def _of(source: str) -> tuple[set[str], set[str]]:
    """Return which global names a piece of code reads, and which it binds."""
    top = symtable.symtable(source, "<cell>", "exec")
    reads: set[str] = set()
    binds: set[str] = set()
    waiting = [top]
    while waiting:
        table = waiting.pop()
        waiting.extend(table.get_children())
        for symbol in table.get_symbols():
            if table is not top and not symbol.is_global():
                continue
            if symbol.is_referenced():
                reads.add(symbol.get_name())
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                binds.add(symbol.get_name())
    if top.get_type() == "module" and _augments(source):
        reads |= binds
    return reads, binds


def _augments(source: str) -> bool:
    tree = ast.parse(source)
    return len(tree.body) == 1 and isinstance(tree.body[0], ast.AugAssign)
