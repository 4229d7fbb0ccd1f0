"""The words of the course, in the language in use.

They live in ``messages/<code>.toml``, one file for each language, one top-level table for each
concern (``[figures]``, ``[quiz]``, …). ``[language]`` names the language, ``[font]`` names the
pip packages that bring its glyphs. A further language is a further file; no code changes.

This module knows nothing of Matplotlib. Readers choose a language with
`softmax_course.teaching.language.use`, which selects the fonts and the style of figures too.

Examples
--------
>>> from softmax_course.teaching import words
>>> {"bn", "en", "ru"} <= set(words.available())
True
>>> words.select("en")
>>> words.text("language.name")
'English'
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from softmax_course._checks import as_text
from softmax_course.teaching import _data

#: Folder of the message files.
MESSAGES = Path(__file__).with_name("messages")

#: Of the tables that every file has: the keys that are needed, each with its type, and others.
_KEYS: dict[str, tuple[dict[str, type], set[str]]] = {
    "language": ({"name": str, "tag": str}, set()),
    "font": ({"packages": list, "families": list}, {"matplotlib"}),
}
_OF_EXTENSIONS = {"interface", "writing"}

_current = "en"


class UnknownLanguageError(LookupError):
    """No message file exists for the language asked for."""


class MessageFileError(_data.DataError):
    """A message file cannot be read; the message names the file and each key at fault."""


class MissingMessageError(LookupError):
    """A message is not in the message file of the current language."""


def available() -> tuple[str, ...]:
    """Return the codes of the languages that have a message file, sorted.

    Returns
    -------
    tuple of str
        Names of the message files without their suffix.

    See Also
    --------
    current : The language in use.

    Examples
    --------
    >>> "bn" in available()
    True
    """
    return tuple(sorted(path.stem for path in MESSAGES.glob("*.toml")))


def current() -> str:
    """Return the code of the language in use; English until another is selected.

    Returns
    -------
    str
        One of `available`.

    See Also
    --------
    select : Select another language.
    softmax_course.teaching.language.using : Use another language inside a ``with`` block.

    Examples
    --------
    >>> from softmax_course.teaching import language
    >>> with language.using("zh"):
    ...     current()
    'zh'
    """
    return _current


def select(code: str) -> None:
    """Take messages from the file of a language from here on."""
    global _current
    messages(code)
    _current = code


@cache
def _read(code: str) -> Mapping[str, Any]:
    try:
        tables = tomllib.loads((MESSAGES / f"{code}.toml").read_text("utf-8"))
    except ValueError as error:  # no TOML, or no UTF-8
        raise MessageFileError(f"{_file(code)}: {error}") from error
    if wrong := [*_missing(tables), *_strange(tables)]:
        raise MessageFileError("\n".join(f"{_file(code)}: {text}" for text in wrong))
    return tables


def _missing(tables: Mapping[str, Any]) -> Iterator[str]:
    """Say what the tables that name the language and its fonts lack, or hold too much."""
    for name, (needed, others) in _KEYS.items():
        table = tables.get(name)
        if not isinstance(table, Mapping):
            yield f"{name}: a table is expected, got {table!r}"
            continue
        for key, kind in needed.items():
            if not isinstance(table.get(key), kind):
                wanted = "a list of texts" if kind is list else "a text"
                yield f"{name}.{key}: {wanted} is expected, got {table.get(key)!r}"
        for key in table.keys() - needed.keys() - others:
            yield f"{name}: unknown key {key!r} (known: {', '.join((*needed, *others))})"


def _strange(node: Any, key: str = "") -> Iterator[str]:
    """Say which keys hold anything but texts, and lists and tables of them."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            # Of those tables, what they hold is the extensions' business.
            if key or name not in _OF_EXTENSIONS:
                yield from _strange(value, f"{key}.{name}" if key else name)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _strange(value, f"{key}[{index}]")
    elif not isinstance(node, str):
        yield f"{key}: a text is expected, got {node!r}"


def messages(code: str) -> Mapping[str, Any]:
    """Return everything in the message file of a language."""
    if as_text(code, "code") not in available():
        raise UnknownLanguageError(
            f"no language {code!r}: there are {', '.join(available())}. A file {_file(code)}, "
            f"translated from {_file('en')}, would add it"
        )
    return _read(code)


def text(key: str, **values: object) -> str:
    """Return one message in the current language.

    Parameters
    ----------
    key : str
        Table and name joined by dots, e.g. ``"figures.softmax_steps.title"``.
    **values : object
        What the message's ``{placeholders}`` stand for, as in `str.format`. Without any, the
        message is returned as it is written, so that LaTeX needs no doubled braces.

    Returns
    -------
    str
        The message with its values.

    Raises
    ------
    TypeError
        If `key` is no text.
    MissingMessageError
        If the language's file has no such message.
    ValueError
        If the message has a placeholder without a value.

    See Also
    --------
    table : All messages below a key.

    Examples
    --------
    >>> text("figures.temperature", T=0.5)
    'T = 0.5'
    """
    message = _find(key)
    if not isinstance(message, str):
        raise MissingMessageError(
            f"{key!r} in {_file(_current)} is {_kind(message)}, not a message: "
            "name one of its messages, or use table for all"
        )
    if not values:
        return message
    try:
        return message.format(**values)
    except (KeyError, IndexError) as error:
        raise ValueError(
            f"the message {key!r} in {_file(_current)} needs a value for {error}; "
            f"given: {', '.join(sorted(values))}"
        ) from None


def table(key: str) -> dict[str, Any]:
    """Return all messages below a key in the current language.

    Parameters
    ----------
    key : str
        Name of a table, e.g. ``"playground"`` or ``"figures.simplex"``.

    Returns
    -------
    dict
        A copy: strings, lists and tables as they stand in the file.

    Raises
    ------
    TypeError
        If `key` is no text.
    MissingMessageError
        If the language's file has no such table.

    See Also
    --------
    text : One message.

    Examples
    --------
    >>> table("language")["tag"]
    'en'
    """
    found = _find(key)
    if not isinstance(found, Mapping):
        raise MissingMessageError(f"{key!r} in {_file(_current)} is {_kind(found)}, not a table")
    return deepcopy(dict(found))


def _file(code: str) -> str:
    return f"softmax_course/teaching/messages/{code}.toml"


def _find(key: str) -> Any:
    node: Any = _read(_current)
    for name in as_text(key, "key").split("."):
        if not isinstance(node, Mapping) or name not in node:
            raise MissingMessageError(f"no message {key!r} in {_file(_current)}")
        node = node[name]
    return node


def _kind(node: object) -> str:
    names: dict[type, str] = {dict: "a table", list: "a list", str: "a message"}
    return names.get(type(node), "a value")
