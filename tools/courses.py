"""The courses as they are committed: languages, pages and words, for the tools beside this."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = Path("src/softmax_course/teaching/messages")
#: Tables of those files that differ from language to language, or are the extensions'.
_OF_OTHERS = {"language", "font", "interface", "writing"}

#: Code that stands in a page: no prose.
_CODE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})(?:(?!\{)|\{(?:code|code-block|code-cell|literalinclude|raw)\}).*?"
    r"^(?P=fence)`*[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_FRONT_MATTER = re.compile(r"\A---\n(.*?)^---$", re.DOTALL | re.MULTILINE)


def polyglot(root: Path = ROOT) -> dict[str, Any]:
    """Return the key ``polyglot`` of ``_config.yml``."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return config["sphinx"]["config"]["polyglot"]


def is_draft(language: Mapping[str, Any]) -> bool:
    """Tell whether an entry of the registry says that its language is a draft."""
    return language.get("status") == "draft"


def pages(code: str, root: Path = ROOT) -> list[Path]:
    """Return the pages of a language, sorted."""
    folder = root / polyglot(root)["folder"] / code
    return sorted(path for path in folder.glob("*") if path.suffix in {".ipynb", ".md"})


def cells(path: Path) -> Iterator[tuple[str, str]]:
    """Yield kind and source of each cell of a page; a Markdown file is one cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield "markdown", _FRONT_MATTER.sub("", text)
    else:
        for cell in nbformat.reads(text, as_version=4).cells:
            yield cell.cell_type, cell.source


def concepts(path: Path) -> list[str]:
    """Return the concepts that a page is the home of."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        metadata = nbformat.reads(text, as_version=4).metadata
    else:
        front = _FRONT_MATTER.match(text)
        metadata = yaml.safe_load(front[1]) if front else {}
    found = metadata.get("concepts") or []
    return [found] if isinstance(found, str) else list(found)


def homes(code: str, root: Path = ROOT) -> dict[str, Path]:
    """Return the page that each concept is at home on in a language."""
    return {concept: path for path in pages(code, root) for concept in concepts(path)}


def prose(path: Path) -> str:
    r"""Return what a page says in words and formulas: no code, and one space for any white space.

    Examples
    --------
    >>> page = Path(getfixture("tmp_path")) / "page.md"
    >>> text = "---\nconcepts: [rain]\n---\n# Rain\n\n```python\n1 + 1\n```\n$x$  falls."
    >>> _ = page.write_text(text)
    >>> prose(page)
    '# Rain $x$ falls.'
    """
    texts = (source for kind, source in cells(path) if kind == "markdown")
    return " ".join(_CODE.sub(" ", "\n\n".join(texts)).split())


def messages(code: str, root: Path = ROOT) -> dict[str, Any]:
    """Return the course's file of words in a language."""
    return tomllib.loads((root / MESSAGES / f"{code}.toml").read_text(encoding="utf-8"))


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every message of a file with its dotted key, list items included.

    Examples
    --------
    >>> list(leaves({"a": {"b": "x", "c": ["y"]}}))
    [('a.b', 'x'), ('a.c[0]', 'y')]
    """
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from leaves(value, f"{path}[{position}]")
    else:
        yield path, node


def course_words(code: str, root: Path = ROOT) -> dict[str, Any]:
    """Return the words of figures, derivations and so on, by key."""
    tables = messages(code, root)
    return dict(leaves({name: tables[name] for name in tables if name not in _OF_OTHERS}))


def untranslated(code: str, root: Path = ROOT) -> list[str]:
    """Return the keys of a language's words that read as in English, or are not there.

    What reads as in English in all other finished languages, such as ``T = {T:g}``, is a formula or
    a name; what rightly does in this one stands in ``tests/languages.toml``, under ``loans``.
    """
    english = course_words("en", root)
    others = [
        course_words(one, root)
        for one, entry in polyglot(root)["languages"].items()
        if one != code and not is_draft(entry)
    ]
    formulas = {key for key in english if all(words.get(key) == english[key] for words in others)}
    facts = tomllib.loads((root / "tests/languages.toml").read_text(encoding="utf-8"))
    loans = facts.get(code, {}).get("loans", [])
    words = course_words(code, root)
    still = [
        key
        for key, value in english.items()
        if words.get(key, value) == value and key not in formulas and key not in loans
    ]
    interface = messages(code, root).get("interface", {})
    return still + [f"interface: {text}" for text, word in interface.items() if word == text]
