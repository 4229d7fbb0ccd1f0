"""The key ``polyglot`` of ``_config.yml``: the languages of the book, and where their pages are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sphinx.errors import ConfigError

from .validation import problems

#: ``<html lang>`` of a page of no language: "multiple languages", each marked where it stands.
NEUTRAL_TAG = "mul"


@dataclass(frozen=True)
class Language:
    """Describe one language of the book.

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
    status : str or None
        ``"draft"`` while the book is not yet whole in this language.

    See Also
    --------
    Registry : All languages of a book.
    """

    code: str
    tag: str
    gettext: str
    name: str
    short: str
    title: str | None = None
    author: str | None = None
    status: str | None = None

    @property
    def is_draft(self) -> bool:
        """Whether pages, terms and words may be missing, which its readers are told."""
        return self.status == "draft"

    @property
    def is_english(self) -> bool:
        """Whether message identifiers, which are English, need no translation."""
        return self.gettext.split("_")[0] == "en"


@dataclass(frozen=True)
class TakeAlong:
    """Describe the files that readers take along.

    Attributes
    ----------
    name : str
        What they are called, before the language.
    served : list of str
        Files and folders of the site that the archive for a server has besides the pages.

    See Also
    --------
    Registry : Holds it.
    """

    name: str
    served: Sequence[str] = ()


@dataclass(frozen=True)
class Registry:
    """Hold the languages of a book and the concepts its pages are the homes of.

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
    content_policy : dict of str to list of str
        Sources that pages may use besides their own site, by directive of the policy.
    citation : str or None
        The book's ``CITATION.cff``, relative to the book's root.
    preview : str or None
        Picture that stands for the book where others link to it, relative to the book's root.
    take_along : TakeAlong or None
        What files to take along are called and hold; ``None`` if there are to be none.

    See Also
    --------
    read : Make one of the configuration.
    """

    folder: str
    languages: dict[str, Language] = field(default_factory=dict)
    concepts: tuple[str, ...] = ()
    messages: str | None = None
    depends_on: tuple[str, ...] = ()
    content_policy: Mapping[str, Sequence[str]] = field(default_factory=dict)
    citation: str | None = None
    preview: str | None = None
    take_along: TakeAlong | None = None

    def language_of(self, docname: str | None) -> Language | None:
        """Return the language a page is written in.

        Parameters
        ----------
        docname : str or None
            The page's name.

        Returns
        -------
        Language or None
            ``None`` for a page of no language.

        See Also
        --------
        landing : The page a language begins with.

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

        Parameters
        ----------
        language : Language
            The language.

        Returns
        -------
        str
            The page's name.

        See Also
        --------
        language_of : The language of a page.

        Examples
        --------
        >>> german = Language("de", "de", "de", "Deutsch", "De")
        >>> Registry("book", {"de": german}).landing(german)
        'book/de/index'
        """
        return "/".join(part for part in (self.folder, language.code, "index") if part)


def read(value: Mapping[str, Any]) -> Registry:
    """Check the ``polyglot`` value of ``_config.yml`` and return it as a registry.

    Parameters
    ----------
    value : mapping
        The value as written, which should follow ``schemas/polyglot.json``.

    Returns
    -------
    Registry
        The languages and concepts.

    Raises
    ------
    sphinx.errors.ConfigError
        If a key is missing, unknown, or has a value of the wrong kind; the text says of each
        such key what it holds and what is expected.

    See Also
    --------
    polyglot_book.state.of : The registry of the book that is being built.

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
    if wrong := problems(value, "polyglot", root="polyglot"):
        raise ConfigError("\n".join(wrong))
    return Registry(
        folder=value.get("folder", "").strip("/"),
        languages={
            str(code): Language(code=str(code), **{"short": entry["name"], **entry})
            for code, entry in value["languages"].items()
        },
        concepts=tuple(value.get("concepts") or ()),
        messages=value.get("messages"),
        depends_on=tuple(value.get("depends_on") or ()),
        content_policy=value.get("content_policy") or {},
        citation=value.get("citation"),
        preview=value.get("preview"),
        take_along=TakeAlong(**value["take_along"]) if value.get("take_along") else None,
    )
