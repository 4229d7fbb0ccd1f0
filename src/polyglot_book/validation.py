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

_SCHEMAS = Path(__file__).parent / "schemas"


def read_toml(path: Path, name: str | None = None) -> dict[str, Any]:
    """Read a TOML file; an error names it, by ``name`` if given, and the place of the mistake."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name or path}: line {line}: UTF-8 is expected: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name or path}: {error}") from error


@cache
def _validator(name: str, definition: str | None) -> Draft202012Validator:
    schema = json.loads((_SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    if definition is not None:
        schema["$ref"] = f"#/$defs/{definition}"
    return Draft202012Validator(schema)


def problems(
    data: object, schema: str, *, definition: str | None = None, root: str = ""
) -> list[str]:
    """List what is wrong with some data: each key, what it holds and what is expected.

    The schema is named without its suffix, with one of its ``$defs`` if the data are to follow only
    that one; ``root`` is the key that the data stand under.

    Examples
    --------
    >>> problems({"rain": {"english": 3, "sea": "x"}}, "glossary", definition="shared")
    ["rain: unknown key 'sea' (known: english, see)", 'rain.english: a text is expected, got 3']
    """
    errors = _validator(schema, definition).iter_errors(data)
    return list(dict.fromkeys(text for error in errors for text in _described(error, root)))


def _described(error: ValidationError, root: str) -> Iterator[str]:
    value, rule, place = error.instance, error.schema, root
    for step in error.absolute_path:
        place += f"[{step}]" if type(step) is int else f".{step}"
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
