"""Words for readers: by language, the English text gives the translated one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError

_OWN = Path(__file__).with_name("messages")
#: By the name of an attribute, the English texts that a page needs before any request.
_FIRST = Path(__file__).with_name("frontend") / "first_words.json"


def first() -> dict[str, str]:
    """Return the English texts that stand in each page, by the name of their attribute."""
    return json.loads(_FIRST.read_text("utf-8"))


def english() -> list[str]:
    """Return all English texts: those of the languages that the extension brings words for."""
    texts = dict.fromkeys(first().values())
    for path in sorted(_OWN.glob("*.toml")):
        texts.update(dict.fromkeys(_load(path)))
    return list(texts)


def of(tag: str, pattern: Path | None) -> tuple[dict[str, str], list[str]]:
    """Return the words of a language, given by its BCP 47 tag, and the English texts without any.

    ``pattern`` says where the book's own files are: ``{lang}`` stands for the tag, or for its
    first part. They win.
    """
    tags = dict.fromkeys((tag.split("-")[0], tag))
    places = [_OWN / f"{one}.toml" for one in tags]
    if pattern is not None:
        places += [Path(str(pattern).replace("{lang}", one)) for one in tags]
    words: dict[str, str] = {}
    for path in places:
        if path.is_file():
            words.update(_load(path))
    missing = [text for text in english() if text not in words]
    is_english = tag.split("-")[0] == "en"
    return {**{text: text for text in missing}, **words}, [] if is_english else missing


def _load(path: Path) -> dict[str, str]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return dict(_texts(tables, path))


def _texts(table: Mapping[str, Any], path: Path) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            yield from _texts(value, path)
        else:
            raise ConfigError(f"{path}: {key}: a text is expected, got {value!r}")
