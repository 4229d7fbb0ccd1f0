"""Which languages the book has, and which of them a page is written in."""

from __future__ import annotations

from dataclasses import dataclass

from sphinx.errors import ConfigError


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
    """

    code: str
    tag: str
    gettext: str
    name: str
