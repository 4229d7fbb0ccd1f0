"""What the extension and the installed catalogs say in a language, and which of them says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from sphinx.errors import ConfigError

from ..config import Language
from ..validation import problems, read_toml
from . import catalogs, messages

_ENGLISH = Path(__file__).with_name("english.toml")
#: Those that bring catalogs for texts of `english`. A book loads more; they are asked for nothing.
_PACKAGES = (
    "sphinx",
    "pydata_sphinx_theme",
    "sphinx_book_theme",
    "sphinx_exercise",
    "sphinx_proof",
)


@dataclass(frozen=True)
class Word:
    """Describe what a text of the interface is in a language."""

    english: str
    #: `None` if nobody says it.
    translation: str | None
    #: The file of messages, or the package whose catalog says it; empty if there is none.
    source: str
    is_of_catalog: bool = False


def english() -> dict[str, list[str]]:
    """Return all English texts, by the catalog that they are looked up in."""
    texts = read_toml(_ENGLISH)
    if wrong := problems(texts, "english"):
        raise ConfigError("\n".join(f"{_ENGLISH}: {text}" for text in wrong))
    return texts


def words(language: Language, own: Path | None = None) -> Iterator[Word]:
    """Yield every text of the interface in a language, looked up as a build does.

    ``own`` is a book's file of messages, which wins over those of the extension.
    """
    said: dict[str, tuple[str, str]] = {}
    for path in messages.files(language, own):
        for text, word in messages.load(path).interface.items():
            said[text] = (word, path.name if path != own else str(path))
    packages = [name for name in _PACKAGES if find_spec(name)]
    for name in packages:
        import_module(name)
    for catalog, texts in english().items():
        for text in texts:
            if text in said:
                yield Word(text, *said[text])
            elif found := _in_catalogs(packages, language, catalog, text):
                yield Word(text, *found, is_of_catalog=True)
            else:
                yield Word(text, text if language.is_english else None, "")


def _in_catalogs(
    packages: list[str], language: Language, catalog: str, text: str
) -> tuple[str, str] | None:
    if catalog == "polyglot":
        return None
    for name in dict.fromkeys((catalog, "sphinx")):
        for path in catalogs.files(packages, language.gettext, name):
            word = catalogs.lookup(path, text)
            if word is None:
                continue
            package = next(part for part in path.parts[::-1] if part in packages)
            return word, package
    return None
