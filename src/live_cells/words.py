"""Words for readers: by language, the English text gives the translated one.

They stand in the table ``[interface]`` of message files; other tables of a book's files are left
alone.
"""

from __future__ import annotations

import json
from pathlib import Path

from sphinx.errors import ConfigError

from .validation import check, read_toml

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
    tables = read_toml(path)
    check(tables, "messages", path)
    if path.parent == _OWN and tables.keys() != {"interface"}:
        found = ", ".join(tables) or "nothing"
        raise ConfigError(f"{path}: the table [interface] alone is expected, got {found}")
    return tables.get("interface", {})


def lacking(tag: str, missing: list[str], place: str) -> str:
    """Say which words a language lacks, and which file to put them into."""
    lines = [
        f"{tag} lacks {len(missing)} words of live cells; put them under [interface] in {place}:",
        *(f'  {json.dumps(text, ensure_ascii=False)} = "…"' for text in missing),
    ]
    return "\n".join(lines)
