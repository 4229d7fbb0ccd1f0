"""The key ``polyglot`` of ``_config.yml``: the languages of the book, and where their pages are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel import Locale, UnknownLocaleError
from sphinx.errors import ConfigError

from .validation import problems

#: ``<html lang>`` of a page of no language: "multiple languages", each marked where it stands.
NEUTRAL_TAG = "mul"


@dataclass(frozen=True)
class Repository:
    """Describe where the source of pages is kept.

    Attributes
    ----------
    url : str
        Its address, e.g. ``"https://github.com/ada/weather-fr"``.
    branch : str
        The branch that is published.
    path_to_book : str
        The folder of the book in it, ``""`` for its root.

    See Also
    --------
    Language : Holds it.
    """

    url: str
    branch: str = "main"
    path_to_book: str = ""


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
    repository : Repository or None
        Where this language's pages are kept; with the book unless given.
    intersphinx_mapping : dict of str to list
        Inventories of other projects for this language's pages, as in Sphinx.
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
    repository: Repository | None = None
    intersphinx_mapping: Mapping[str, Sequence[Any]] = field(default_factory=dict, hash=False)
    status: str | None = None

    @property
    def is_draft(self) -> bool:
        """Whether pages, terms and words may be missing, which its readers are told."""
        return self.status == "draft"

    @property
    def is_english(self) -> bool:
        """Whether message identifiers, which are English, need no translation."""
        return self.gettext.split("_")[0] == "en"

    @property
    def is_right_to_left(self) -> bool:
        """Whether the language's script runs from right to left."""
        return Locale.parse(self.gettext).text_direction == "rtl"

    @property
    def direction(self) -> str:
        """Which way the script runs.

        Returns
        -------
        str
            ``ltr`` or ``rtl``, as HTML's ``dir`` says it.

        See Also
        --------
        is_right_to_left : The same as a question.

        Examples
        --------
        >>> Language("fa", "fa", "fa", "فارسی", "فارسی").direction
        'rtl'
        """
        return "rtl" if self.is_right_to_left else "ltr"


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
    preload : tuple of str
        Modules that kernels have imported when they start.
    content_policy : dict of str to list of str
        Sources that pages may use besides their own site, by directive of the policy.
    citation : str or None
        The book's ``CITATION.cff``, relative to the book's root.
    preview : str or None
        Picture that stands for the book where others link to it, relative to the book's root.
    take_along : TakeAlong or None
        What files to take along are called and hold; ``None`` if there are to be none.
    alt_text : {"error", "warn", "off"}
        What a figure without a text for those who do not see it is.
    formulas : {"error", "warn"}
        What a formula that cannot be read is.
    archives : bool
        Whether each language is offered as a zip file to be read without a network.

    See Also
    --------
    read : Make one of the configuration.
    """

    folder: str
    languages: dict[str, Language] = field(default_factory=dict)
    concepts: tuple[str, ...] = ()
    messages: str | None = None
    depends_on: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    content_policy: Mapping[str, Sequence[str]] = field(default_factory=dict)
    citation: str | None = None
    preview: str | None = None
    take_along: TakeAlong | None = None
    alt_text: str = "error"
    formulas: str = "error"
    archives: bool = True

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
    sphinx.errors.ConfigError: _config.yml: polyglot.languages.fr: missing key 'name' \
(needs tag, gettext, name)
    """
    wrong = problems(value, "polyglot", root="_config.yml: polyglot")
    if not wrong:
        wrong = [
            f"_config.yml: polyglot.languages.{code}.gettext: a locale that Babel knows is "
            f"expected, such as pt_BR, got {entry['gettext']!r}"
            for code, entry in value["languages"].items()
            if not _is_locale(entry["gettext"])
        ]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return Registry(
        folder=value.get("folder", "").strip("/"),
        languages={
            str(code): _language(str(code), entry) for code, entry in value["languages"].items()
        },
        concepts=tuple(value.get("concepts") or ()),
        messages=value.get("messages"),
        depends_on=tuple(value.get("depends_on") or ()),
        preload=tuple(value.get("preload") or ()),
        content_policy=value.get("content_policy") or {},
        citation=value.get("citation"),
        preview=value.get("preview"),
        take_along=TakeAlong(**value["take_along"]) if value.get("take_along") else None,
        archives=value.get("archives", True),
        # YAML reads a bare `off` as false.
        alt_text=value.get("alt_text", "error") or "off",
        formulas=value.get("formulas", "error"),
    )


def _language(code: str, entry: Mapping[str, Any]) -> Language:
    given = {"short": entry["name"], **entry}
    if "repository" in given:
        given["repository"] = Repository(**given["repository"])
    return Language(code=code, **given)


def _is_locale(name: str) -> bool:
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return False
    return True
