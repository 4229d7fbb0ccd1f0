"""Words of the interface, each in the language of the page it appears on.

They come from, in this order: the project's own message files (``polyglot.messages``), the
extension's (``messages/``), the catalogs installed with Sphinx, the themes and the extensions.
"""

from __future__ import annotations

import gettext
import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from babel.core import get_global
from sphinx.application import Sphinx
from sphinx.config import Config

from .. import order, state
from ..config import Language
from . import messages, writing

#: Names, the same in every language: they are passed through the theme's ``translate``.
_NAMES = {"Binder", "Colab", "JupyterHub", "JupyterLite", "Deepnote", "GitHub", "GitLab"}

#: Asked of the catalogs by the book theme, but replaced before it is shown.
_NEVER_SHOWN = {"Launch on"}


class Translated(str):
    """Mark a text that already is in the reader's language.

    The book theme translates some texts twice, and joins translated ones with names
    (``translation("Launch on") + " Binder"``): this type survives both.

    Examples
    --------
    >>> type(Translated("Öffnen in") + " Binder").__name__
    'Translated'
    """

    __slots__ = ()

    def __add__(self, other: str) -> Translated:
        return Translated(super().__add__(other))

    def __mod__(self, values: object) -> Translated:
        return Translated(super().__mod__(values))


class _Unknown(gettext.NullTranslations):
    """End of a chain of catalogs: says that none of them knows the message."""

    def gettext(self, message: str) -> str:
        raise LookupError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise LookupError(msgid1)


class Interface:
    """Translate the interface into the language of the page at hand."""

    def __init__(self, app: Sphinx):
        self._app = app
        self._installed: dict[tuple[str, str], gettext.NullTranslations] = {}
        #: By the code of a language, the words of its message files, and how it is written.
        self.words: dict[str, dict[str, str]] = {}
        self.writing: dict[str, writing.Writing] = {}
        #: What each page shows untranslated: language code, catalog and message.
        self.untranslated: dict[str, set[tuple[str, str, str]]] = {}
        for code, language in state.of(app).registry.languages.items():
            found = [
                messages.load(path)
                for path in messages.files(language, self.message_file(language))
            ]
            self.words[code] = {
                english: word for one in found for english, word in one.interface.items()
            }
            self.writing[code] = writing.merge(one.writing for one in found)

    def fingerprint(self) -> str:
        """Return a text that changes whenever a word or another rule of a language does."""
        words = json.dumps(self.words, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{words}{self.writing}".encode()).hexdigest()

    def message_file(self, language: Language) -> Path | None:
        """Return where the project's own file of words in a language is or should be."""
        pattern = state.of(self._app).registry.messages
        if pattern is None:
            return None
        return Path(self._app.confdir) / pattern.replace("{lang}", language.code)

    def translate(self, catalog: str, message: str) -> str:
        """Return a message of a gettext catalog; the English text where it has no translation."""
        return self._lookup(catalog, message, message, lambda known: known.gettext(message))

    def translate_plural(self, catalog: str, singular: str, plural: str, n: int) -> str:
        """Return the form of a message of a gettext catalog that fits a number."""
        english = singular if n == 1 else plural
        return self._lookup(
            catalog, singular, english, lambda known: known.ngettext(singular, plural, n)
        )

    def text(self, message: str, language: Language | None = None, **values: object) -> str:
        """Return one of the extension's own messages, its ``{fields}`` filled in."""
        translated = self._lookup("polyglot", message, message, None, language)
        return Translated(translated.format(**values)) if values else translated

    def _lookup(
        self,
        catalog: str,
        message: str,
        english: str,
        ask: Callable[[gettext.NullTranslations], str] | None,
        language: Language | None = None,
    ) -> str:
        """Look a message up in the files of words, then in the catalogs if there is how to ask."""
        language = language or state.current_language(self._app)
        if language is None or isinstance(message, Translated) or not _needs_words(message):
            return english
        if message in self.words[language.code]:
            return Translated(self.words[language.code][message])
        if ask is not None:
            # Sphinx's own catalog knows words that those of other extensions lack.
            for name in dict.fromkeys((catalog, "sphinx")):
                try:
                    return Translated(ask(self._catalogs(language, name)))
                except LookupError:
                    continue
        if language.is_english:
            return Translated(english)
        book = state.of(self._app).registry
        page = state.current_page(self._app) or book.landing(language)
        self.untranslated.setdefault(page, set()).add((language.code, catalog, message))
        return english

    def _catalogs(self, language: Language, catalog: str) -> gettext.NullTranslations:
        key = (language.gettext, catalog)
        if key not in self._installed:
            chain: list[gettext.NullTranslations] = []
            packages = {name.partition(".")[0] for name in self._app.extensions}
            for path in files(packages, language.gettext, catalog):
                with path.open("rb") as file:
                    chain.append(gettext.GNUTranslations(file))
            first, *others = (*chain, _Unknown())
            for other in others:
                first.add_fallback(other)
            self._installed[key] = first
        return self._installed[key]


def _needs_words(message: str) -> bool:
    """Tell words from file suffixes, names, numbers and nothing at all."""
    return (
        message not in _NAMES | _NEVER_SHOWN
        and not message.startswith(".")
        and any(character.isalpha() for character in message)
    )


def files(packages: Iterable[str], locale_name: str, catalog: str) -> list[Path]:
    """Find a catalog's files for a locale in packages that have been imported.

    Folders are compared without case and with ``-`` as ``_`` (some are named
    ``zh-cn``, which gettext does not find); ``zh`` also serves ``zh_CN``, and ``uk_UA`` serves
    ``uk``, whose country it is.
    """
    # Sphinx's own catalog is the most careful one: ask it before the themes' additions to it.
    folders = [
        folder
        for package in sorted(set(packages), key=lambda name: (name != "sphinx", name))
        for root in getattr(sys.modules.get(package), "__path__", [])
        for folder in _locale_folders(root)
    ]
    name = locale_name.lower()
    language = name.split("_")[0]
    likely = get_global("likely_subtags").get(language, "").split("_")
    return [
        path
        for accepted in dict.fromkeys((name, language, f"{language}_{likely[-1].lower()}"))
        for folder in folders
        if folder.parent.name.lower().replace("-", "_") == accepted
        and (path := folder / f"{catalog}.mo").exists()
    ]


def lookup(path: Path, message: str) -> str | None:
    """Return what one file of a catalog says for a message, if it knows it."""
    with path.open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    catalog.add_fallback(_Unknown())
    try:
        return catalog.gettext(message)
    except LookupError:
        return None


@cache
def _locale_folders(root: str) -> list[Path]:
    return sorted(Path(root).rglob("LC_MESSAGES"))


def of(app: Sphinx) -> Interface:
    """Return the interface of the book that is being built."""
    return state.of(app).interface


def _read_words(app: Sphinx, config: Config) -> None:
    interface = Interface(app)
    state.of(app).interface = interface
    config.polyglot_words = interface.fingerprint()


def setup(app: Sphinx) -> None:
    """Read the words as soon as the configuration is known."""
    app.add_config_value("polyglot_words", "", "env", types=[str])
    app.connect("config-inited", _read_words, priority=order.READ_WORDS)
