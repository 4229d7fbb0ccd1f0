"""Read data files, check them against schemas, and say what is wrong as their writer would.

A schema is a file of ``schemas/`` in JSON Schema. The keyword ``expected``, which is ours, stands
wherever a value may be wrong and says in words what it should be.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from sphinx.errors import ConfigError

_SCHEMAS = Path(__file__).with_name("schemas")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; an error names it and the place of the mistake."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: UTF-8 is expected: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error


def check(data: object, schema: str, file: str | Path, root: str = "") -> None:
    """Raise an error that says of each key at fault what it holds and what is expected.

    ``file`` is where the data come from, ``root`` the key that they stand under in it.

    Examples
    --------
    >>> check({"interface": {"Run": 3}}, "messages", "de.toml")
    Traceback (most recent call last):
    ...
    sphinx.errors.ConfigError: de.toml: interface.Run: a text is expected, got 3
    """
    errors = _validator(schema).iter_errors(data)
    wrong = dict.fromkeys(text for error in errors for text in _described(error, root))
    if wrong:
        raise ConfigError("\n".join(f"{file}: {text}" for text in wrong))


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((_SCHEMAS / f"{name}.json").read_text("utf-8")))


def _described(error: ValidationError, root: str) -> Iterator[str]:
    value, rule, place = error.instance, error.schema, root
    for step in error.absolute_path:
        place += f"[{step}]" if isinstance(step, int) else f".{step}"
    place = place.removeprefix(".")
    before = f"{place}: " if place else ""
    if error.validator == "required":
        needed = error.validator_value
        for key in needed:
            if key not in value:
                yield f"{before}missing key {key!r} (needs {', '.join(needed)})"
    elif error.validator == "additionalProperties":
        known = rule["properties"]
        for key in value:
            if key not in known:
                yield f"{before}unknown key {key!r} (known: {', '.join(sorted(known))})"
    elif error.validator == "uniqueItems":
        twice = dict.fromkeys(str(item) for item in value if value.count(item) > 1)
        yield f"{before}listed twice: {', '.join(sorted(twice))}"
    else:
        yield f"{before}{rule['expected']} is expected, got {value!r}"
