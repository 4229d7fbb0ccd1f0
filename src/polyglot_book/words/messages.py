"""Files of messages: the tables ``[interface]`` and ``[writing]`` of a language.

The extension brings its own for some languages (``messages/``); a project names further ones under
``polyglot.messages``. Other tables may stand in a project's files: they are left alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError

from ..config import Language
from ..validation import problems

_OWN = Path(__file__).parents[1] / "messages"


@dataclass(frozen=True)
class Messages:
    """Hold what one file says of a language.

    Attributes
    ----------
    interface : mapping of str to str
        Words of the interface, by the English text.
    writing : mapping of str to object
        How the language is written.

    See Also
    --------
    load : Read a file.
    polyglot_book.words.writing.merge : What several files say of writing.
    """

    interface: Mapping[str, str] = field(default_factory=dict)
    writing: Mapping[str, Any] = field(default_factory=dict)


def load(path: Path) -> Messages:
    """Read and check a file of messages.

    Parameters
    ----------
    path : pathlib.Path
        The file, in TOML.

    Returns
    -------
    Messages
        Its two tables; empty where it has none.

    Raises
    ------
    sphinx.errors.ConfigError
        If it is no TOML or does not follow ``schemas/messages.json``; names the file and each key
        at fault.

    See Also
    --------
    files : The files of a language.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if wrong := problems(tables, "messages"):
        raise ConfigError("\n".join(f"{path}: {text}" for text in wrong))
    return Messages(tables.get("interface", {}), tables.get("writing", {}))


def files(language: Language, own: Path | None) -> list[Path]:
    """Return the files that speak of a language: what a later one says wins.

    Parameters
    ----------
    language : Language
        The language.
    own : pathlib.Path or None
        The project's file of words in it, if the project has such files.

    Returns
    -------
    list of pathlib.Path
        The extension's files, then the project's.

    Raises
    ------
    sphinx.errors.ConfigError
        If the project's file does not exist.

    See Also
    --------
    load : Read one of them.
    """
    names = dict.fromkeys((language.gettext.split("_")[0], language.gettext))
    paths = [path for name in names if (path := _OWN / f"{name}.toml").exists()]
    if own is not None:
        if not own.exists():
            raise ConfigError(f"polyglot.messages: no file '{own}' for language '{language.code}'")
        paths.append(own)
    return paths
