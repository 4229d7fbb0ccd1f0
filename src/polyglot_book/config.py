"""Which languages the book has, and which of them a page is written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sphinx.errors import ConfigError

#: Keys of ``polyglot`` in ``_config.yml``, and of each language under ``languages``.
KEYS = {"folder", "languages", "concepts", "messages", "depends_on"}
LANGUAGE_KEYS = {"tag", "gettext", "name", "short", "title", "author"}
REQUIRED_LANGUAGE_KEYS = ("tag", "gettext", "name")

#: ``<html lang>`` of a page of no language: "multiple languages", each marked where it stands.
NEUTRAL_TAG = "mul"

_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_GETTEXT = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,8})*")


@dataclass(frozen=True)
class Language:
    """One language of the book.

    Attributes
    ----------
    code : str
        Name of the language's folder, e.g. ``"zh"``.
    tag : str
        BCP 47 tag for ``<html lang>`` and ``hreflang``, e.g. ``"zh-CN"``.
    gettext : str
        Name of the language in gettext catalogs and in Babel, e.g. ``"zh_CN"``.
    name : str
        The language's own name for itself, e.g. ``"简体中文"``.
    short : str
        A short form of ``name`` for narrow screens; ``name`` itself unless given.
    title : str or None
        The book's title in this language; the landing page's heading unless given.
    author : str or None
        The author line in this language; the book's author unless given.
    """

    code: str
    tag: str
    gettext: str
    name: str
    short: str
    title: str | None = None
    author: str | None = None

    @property
    def is_english(self) -> bool:
        """Whether message identifiers, which are English, need no translation."""
        return self.gettext.split("_")[0] == "en"


@dataclass(frozen=True)
class Registry:
    """The languages of a book and the concepts its pages are the homes of.

    Attributes
    ----------
    folder : str
        Folder that holds one folder per language, relative to the book's root;
        ``""`` when they are in the root itself.
    languages : dict of str to Language
        Languages by folder name, in the order in which readers are offered them.
    concepts : tuple of str
        Everything each language must have exactly one page for.
    messages : str or None
        Pattern of the project's own message files, e.g. ``"messages/{lang}.toml"``.
    depends_on : tuple of str
        Glob patterns of the files whose change makes the stored outputs of notebooks stale.
    """

    folder: str
    languages: dict[str, Language] = field(default_factory=dict)
    concepts: tuple[str, ...] = ()
    messages: str | None = None
    depends_on: tuple[str, ...] = ()

    def language_of(self, docname: str | None) -> Language | None:
        """Return the language a page is written in; ``None`` for a page of no language.

        Examples
        --------
        >>> german = Language("de", "de", "de", "Deutsch", "De")
        >>> registry = Registry("book", {"de": german})
        >>> registry.language_of("book/de/intro").name
        'Deutsch'
        >>> registry.language_of("book/index") is None
        True
        """
        if docname is None:
            return None
        prefix = f"{self.folder}/" if self.folder else ""
        if not docname.startswith(prefix):
            return None
        code, slash, _ = docname[len(prefix) :].partition("/")
        return self.languages.get(code) if slash else None

    def landing(self, language: Language) -> str:
        """Return the name of the page a language begins with.

        Examples
        --------
        >>> german = Language("de", "de", "de", "Deutsch", "De")
        >>> Registry("book", {"de": german}).landing(german)
        'book/de/index'
        """
        return "/".join(part for part in (self.folder, language.code, "index") if part)


def read(value: Mapping) -> Registry:
    """Check the ``polyglot`` value of ``_config.yml`` and return it as a registry.

    Parameters
    ----------
    value : mapping
        The value as written; its keys are `KEYS`, of which ``languages`` must be there.

    Returns
    -------
    Registry

    Raises
    ------
    sphinx.errors.ConfigError
        If a key is missing, unknown, or has a value of the wrong kind; the text says which
        key, what it holds and what is expected.

    Examples
    --------
    >>> registry = read({"languages": {"fr": {"tag": "fr", "gettext": "fr", "name": "Français"}}})
    >>> registry.landing(registry.languages["fr"])
    'fr/index'
    >>> read({"languages": {"fr": {"tag": "fr", "gettext": "fr"}}})
    Traceback (most recent call last):
    ...
    sphinx.errors.ConfigError: polyglot.languages.fr: missing key 'name' (needs tag, gettext, name)
    """
    _mapping("polyglot", value)
    _known_keys("polyglot", value, KEYS)
    folder = value.get("folder", "")
    if not isinstance(folder, str):
        raise ConfigError(f"polyglot.folder: a path is expected, got {folder!r}")
    languages = value.get("languages")
    _mapping("polyglot.languages", languages)
    if not languages:
        raise ConfigError("polyglot.languages: at least one language is expected, got none")
    concepts = value.get("concepts") or ()
    if not isinstance(concepts, list | tuple) or not all(isinstance(c, str) for c in concepts):
        raise ConfigError(f"polyglot.concepts: a list of names is expected, got {concepts!r}")
    twice = sorted({name for name in concepts if concepts.count(name) > 1})
    if twice:
        raise ConfigError(f"polyglot.concepts: listed twice: {', '.join(twice)}")
    messages = value.get("messages")
    if messages is not None and (not isinstance(messages, str) or "{lang}" not in messages):
        raise ConfigError(
            f"polyglot.messages: a path with {{lang}} in it is expected, got {messages!r}"
        )
    depends_on = value.get("depends_on") or ()
    if not isinstance(depends_on, list | tuple) or not all(isinstance(p, str) for p in depends_on):
        raise ConfigError(
            f"polyglot.depends_on: a list of glob patterns is expected, got {depends_on!r}"
        )
    return Registry(
        folder=folder.strip("/"),
        languages={str(code): _language(str(code), entry) for code, entry in languages.items()},
        concepts=tuple(concepts),
        messages=messages,
        depends_on=tuple(depends_on),
    )


def _mapping(key: str, value) -> None:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{key}: a mapping is expected, got {value!r}")


def _known_keys(key: str, value: Mapping, known: set[str]) -> None:
    unknown = sorted(str(name) for name in value if name not in known)
    if unknown:
        raise ConfigError(f"{key}: unknown key {unknown[0]!r} (known: {', '.join(sorted(known))})")


def _language(code: str, entry) -> Language:
    key = f"polyglot.languages.{code}"
    _mapping(key, entry)
    _known_keys(key, entry, LANGUAGE_KEYS)
    for name in REQUIRED_LANGUAGE_KEYS:
        if name not in entry:
            required = ", ".join(REQUIRED_LANGUAGE_KEYS)
            raise ConfigError(f"{key}: missing key {name!r} (needs {required})")
    for name, text in entry.items():
        if not isinstance(text, str) or not text:
            # YAML reads a bare `no` (Norwegian) as False
            raise ConfigError(f"{key}.{name}: a text is expected, got {text!r}")
    if not _TAG.fullmatch(entry["tag"]):
        raise ConfigError(
            f"{key}.tag: a BCP 47 tag such as zh-CN is expected, got {entry['tag']!r}"
        )
    if not _GETTEXT.fullmatch(entry["gettext"]):
        raise ConfigError(
            f"{key}.gettext: a locale such as zh_CN is expected, got {entry['gettext']!r}"
        )
    return Language(code=code, short=entry.get("short", entry["name"]), **_given(entry))


def _given(entry: Mapping) -> dict[str, str]:
    return {name: text for name, text in entry.items() if name != "short"}


def of(app) -> Registry:
    """Return the registry of a Sphinx application."""
    return app.polyglot_registry


def current(app) -> Language | None:
    """Return the language of the page that Sphinx is reading, resolving or writing."""
    return of(app).language_of(current_page(app))


def current_page(app) -> str | None:
    """Return the name of the page that Sphinx is reading, resolving or writing."""
    env = getattr(app, "env", None)
    if env is not None and "docname" in env.temp_data:
        return env.temp_data["docname"]
    return getattr(getattr(app, "builder", None), "current_docname", None)


def _check_pages(app, env) -> None:
    """Every language has its landing page, and every folder beside them is registered."""
    registry = of(app)
    problems = [
        f"polyglot.languages.{language.code}: no page '{registry.landing(language)}' "
        f"for {language.name} to begin with"
        for language in registry.languages.values()
        if registry.landing(language) not in env.found_docs
    ]
    if registry.folder:
        prefix = f"{registry.folder}/"
        for docname in sorted(env.found_docs):
            inside = docname.removeprefix(prefix)
            if inside != docname and "/" in inside and registry.language_of(docname) is None:
                problems.append(
                    f"{docname}: its folder '{inside.partition('/')[0]}' is no language of "
                    f"polyglot.languages (known: {', '.join(registry.languages)})"
                )
    if problems:
        raise ConfigError("\n".join(problems))


def _read_config(app, config) -> None:
    app.polyglot_registry = read(config.polyglot)


def setup(app):
    """Read the configuration first of all: every other part needs it."""
    app.add_config_value("polyglot", {}, "env", types=[dict])
    app.connect("config-inited", _read_config, priority=1)
    app.connect("env-updated", _check_pages, priority=1)
