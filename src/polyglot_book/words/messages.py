"""Files of messages: the tables ``[interface]`` and ``[writing]`` of a language.

The extension brings its own for some languages (``messages/``); a project names further ones under
``polyglot.messages``. Other tables may stand in a project's files: they are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError

from ..config import Language
from ..validation import problems, read_toml

#: The tables that this extension reads; others are the project's.
TABLES = ("interface", "writing")

_OWN = Path(__file__).parents[1] / "messages"


@dataclass(frozen=True)
class Messages:
    """Hold what one file says of a language."""

    #: Words of the interface, by the English text.
    interface: Mapping[str, str]
    #: How the language is written: see `writing.merge`.
    writing: Mapping[str, Any]


def load(path: Path) -> Messages:
    """Read a file of messages and check it; an error names the file and each key at fault."""
    tables = read_toml(path)
    wrong = problems(tables, "messages")
    if path.parent == _OWN:
        known = ", ".join(TABLES)
        wrong += [f"unknown key {k!r} (known: {known})" for k in tables if k not in TABLES]
        if not tables:
            wrong.append("a table [interface] or [writing] is expected, the file is empty")
    if wrong:
        raise ConfigError("\n".join(f"{path}: {text}" for text in wrong))
    return Messages(*(tables.get(name, {}) for name in TABLES))


def files(language: Language, own: Path | None) -> list[Path]:
    """Return the files that speak of a language, the project's ``own`` last: a later one wins."""
    names = dict.fromkeys((language.gettext.split("_")[0], language.gettext))
    paths = [path for name in names if (path := _OWN / f"{name}.toml").exists()]
    if own is not None:
        if not own.exists():
            raise ConfigError(
                f"_config.yml: polyglot.messages: no file '{own}' for language '{language.code}'"
            )
        paths.append(own)
    return paths
