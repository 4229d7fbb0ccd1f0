"""How the book is cited: BibTeX out of its ``CITATION.cff``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from sphinx.errors import ConfigError


def read(path: Path) -> dict[str, Any]:
    """Return what a file in the Citation File Format says, which must be a mapping."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"_config.yml: polyglot.citation: {path}: {error}") from error
    if not isinstance(data, dict) or not {"title", "authors"} <= data.keys():
        raise ConfigError(
            f"_config.yml: polyglot.citation: {path}: 'title' and 'authors' are expected"
        )
    return data


def _author(author: dict[str, str]) -> str:
    """Write an author as BibTeX reads it: a person by the parts of a name, others as they are."""
    if "family-names" in author:
        return ", ".join(filter(None, (author["family-names"], author.get("given-names"))))
    return f"{{{author['name']}}}"


def bibtex(data: dict[str, Any]) -> str:
    """Write an entry of BibTeX.

    Parameters
    ----------
    data : dict
        What ``CITATION.cff`` says.

    Returns
    -------
    str
        The entry, of the type ``misc``, which every style of BibTeX knows.

    See Also
    --------
    read : Read the file.

    Examples
    --------
    >>> print(bibtex({"title": "Rain", "authors": [{"family-names": "Day", "given-names": "Ada"}],
    ...               "date-released": "2026-01-31", "url": "https://example.org"}))
    @misc{rain,
      title = {Rain},
      author = {Day, Ada},
      year = {2026},
      url = {https://example.org}
    }
    """
    fields = {
        "title": data["title"],
        "author": " and ".join(_author(author) for author in data["authors"]),
        "year": str(data.get("date-released", ""))[:4],
        "version": data.get("version"),
        "doi": data.get("doi"),
        "url": data.get("url") or data.get("repository-code"),
    }
    key = re.findall(r"[a-z0-9]+", str(data["title"]).lower())[:1] or ["book"]
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key[0]},\n" + ",\n".join(lines) + "\n}"
