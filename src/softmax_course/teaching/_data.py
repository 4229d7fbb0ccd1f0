"""Data that authors write: TOML files that obey a JSON Schema and hold expressions to compute.

The schemas are checked with `fastjsonschema` because it is pure Python: the package also runs in
browsers, for which validators with compiled parts are not built.
"""

from __future__ import annotations

import ast
import json
import reprlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

import softmax_course

_FOLDER = files("softmax_course.teaching")


class DataError(ValueError):
    """A data file of the course breaks a rule; the message names the file and the place in it."""


_NUMPY_NAMES = (
    "abs", "allclose", "argmax", "array", "diag", "e", "exp", "eye", "full", "inf", "log", "log2",
    "max", "mean", "min", "ones", "outer", "pi", "repeat", "round", "sqrt", "sum", "trace", "zeros",
)  # fmt: skip
_NUMPY = {name: getattr(np, name) for name in _NUMPY_NAMES}


def evaluate(expression: str, constants: Mapping[str, Any] | None = None) -> Any:
    """Compute an expression of names of `softmax_course`, of `_NUMPY_NAMES` and of `constants`."""
    try:
        tree = ast.parse(expression, mode="eval")
        # Only what is used is imported: some of the course's functions load SciPy.
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        course = {name: getattr(softmax_course, name) for name in used & {*softmax_course.__all__}}
        names = {**_NUMPY, **course, **(constants or {})}
        with np.errstate(all="ignore"):  # whether infinity is allowed depends on the caller
            return eval(compile(tree, "<expression>", "eval"), names)
    except Exception as error:
        raise ValueError(f"{expression!r} fails: {type(error).__name__}: {error}") from error


def read(path: str) -> str:
    """Return the text of a file, given by its path below the folder of this module."""
    try:
        return _FOLDER.joinpath(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {line}: UTF-8 is expected: {error}") from error


def parse(source: str, schema: str, levels: Sequence[str]) -> dict[str, Any]:
    """Return the tables of a TOML text, or raise ``ValueError`` if it breaks the schema."""
    tables = tomllib.loads(source)
    check(tables, schema, levels)
    return tables


def check(tables: Any, schema: str, levels: Sequence[str]) -> None:
    """Raise ``ValueError`` if data break a schema.

    `schema` is the path of the schema file, `levels` says what `place` needs for the message.
    """
    from fastjsonschema import JsonSchemaValueException

    try:
        try:
            _validator(schema)(tables)
        except JsonSchemaValueException:
            _validator(schema, detailed=True)(tables)
    except JsonSchemaValueException as error:
        rule = error.message.removeprefix(f"{error.name} ")
        if isinstance(error.definition, dict) and "description" in error.definition:
            rule += f" ({error.definition['description']})"
        where = place(error.path[1:], levels)
        raise ValueError(f"{where} {rule}, got {reprlib.repr(error.value)}".strip()) from None


@cache
def _validator(schema: str, detailed: bool = False) -> Callable[[Any], Any]:
    """Compile a schema; details of what is wrong make that three times slower."""
    import fastjsonschema

    return fastjsonschema.compile(json.loads(read(schema)), detailed_exceptions=detailed)


def place(path: Sequence[str | int], levels: Sequence[str]) -> str:
    """Return where in a file a value stands, counted from one.

    >>> place(["sigmoid", 0, "choices", 1, "reply"], ["page", "question"])
    "page 'sigmoid', question 1, choices 2, reply"
    """
    steps = [int(step) + 1 if str(step).isdecimal() else step for step in path]
    words = [f"{level} {step!r}" for level, step in zip(levels, steps, strict=False)]
    for step in steps[len(levels) :]:
        if isinstance(step, int):
            words[-1] += f" {step}"
        else:
            words.append(step)
    return ", ".join(words)
