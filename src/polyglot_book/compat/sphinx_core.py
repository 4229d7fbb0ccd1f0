"""Sphinx 7.4.7: one build speaks one language, and counts through one book.

=====================  ==========================================================================
what is changed        needless if Sphinx
=====================  ==========================================================================
translators replaced   asked an extension which language a page is in
``numfig_format``      passed these formats through its translators when it writes a number
numbering taken over   let figures be counted from any page, not from ``root_doc`` alone, and
                       chapters too
search index           had a setting for it; ``builder.search`` is an attribute of the class
style sheets           had a public list of the sheets of all pages
formatter of code      had a setting for it; that of a builder's highlighter is an attribute
labels                 kept what it finds by a label for each language
inventory              wrote it before pages, not in the language of the last one
notes of versions      worded them when a page is read, not when its module is imported
count of warnings,     told listeners of ``build-finished`` that there were warnings, and whether
strictness             they are errors
=====================  ==========================================================================
"""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Any

from pygments.formatters import HtmlFormatter
from sphinx import locale
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.domains import changeset
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

from .. import labels, order, state
from ..words import catalogs

#: Scripts of its own search and keyboard shortcuts, in place of which this extension has its own.
UNUSED_SCRIPTS = ("sphinx_highlight.js", "doctools.js", "searchtools.js", "language_data.js")
#: Inline settings that only those scripts read; they would run before what they set.
UNUSED_SETTINGS = "DOCUMENTATION_OPTIONS."
#: Left in the output folder, and asked for by no page.
UNUSED_FILES = (
    "_static/file.png",
    "_static/minus.png",
    "_static/plus.png",
    *(f"_static/{name}" for name in UNUSED_SCRIPTS),
)

#: Formats of numbered things, as Sphinx and sphinx-exercise name them in English.
_NUMBERED = {
    "section": ("sphinx", "Section %s"),
    "figure": ("sphinx", "Fig. %s"),
    "table": ("sphinx", "Table %s"),
    "code-block": ("sphinx", "Listing %s"),
    "exercise": ("polyglot", "Exercise %s"),
}


#: What Sphinx finds by a label, by the name of the domain.
_LABELLED = {
    "std": ("labels", "anonlabels", "objects", "terms", "progoptions"),
    "math": ("objects",),
}


#: What ``versionadded`` and its like begin with, by the directive.
_VERSIONS = {
    "versionadded": "Added in version %s",
    "versionchanged": "Changed in version %s",
    "deprecated": "Deprecated since version %s",
    "versionremoved": "Removed in version %s",
}


class _VersionLabel(str):
    """A label with a gap, which is filled in the language of the page at hand."""

    interface: catalogs.Interface

    def __mod__(self, version: object) -> str:
        return str(self.interface.translate("sphinx", str(self))) % version


class _PageTranslations(gettext.NullTranslations):
    """A gettext catalog that answers in the language of the page at hand."""

    def __init__(self, interface: catalogs.Interface, catalog: str):
        super().__init__()
        self._interface = interface
        self._name = catalog

    def gettext(self, message: str) -> str:
        return self._interface.translate(self._name, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._interface.translate_plural(self._name, msgid1, msgid2, n)


class _PageFormats(dict[str, str]):
    """Formats of numbered things (``numfig_format``) in the language of the page at hand.

    Its items are the configured ones, so that the build environment sees no change.
    """

    def __init__(self, configured: dict[str, str], interface: catalogs.Interface):
        super().__init__(configured)
        self._interface = interface

    def __getitem__(self, kind: str) -> str:
        configured = super().__getitem__(kind)
        return str(self._interface.translate(*_NUMBERED[kind])) if kind in _NUMBERED else configured

    def get(self, kind: str, default: Any = None) -> Any:
        try:
            return self[kind]
        except KeyError:
            return default

    def __reduce__(self) -> tuple[type, tuple[dict[str, str]]]:
        return (dict, (dict(self.items()),))


def _replace_translators(app: Sphinx) -> None:
    for namespace, catalog in locale.translators:
        if namespace == "general":
            locale.translators[namespace, catalog] = _PageTranslations(catalogs.of(app), catalog)


def _install_translators(app: Sphinx, config: Config) -> None:
    state.of(app).translators = dict(locale.translators)
    _replace_translators(app)
    app.translator = locale.translators["general", "sphinx"]
    for directive, english in _VERSIONS.items():
        label = changeset.versionlabels[directive] = _VersionLabel(english)
        label.interface = catalogs.of(app)


def _install_theme_translators(app: Sphinx) -> None:
    """Replace the translators of themes, which are loaded with the builder."""
    _replace_translators(app)
    app.config.numfig_format = _PageFormats(app.config.numfig_format, catalogs.of(app))


def _uninstall_translators(app: Sphinx, exception: Exception | None) -> None:
    """Leave the process as it was found: these translators speak for one build only."""
    locale.translators.clear()
    locale.translators.update(state.of(app).translators)
    changeset.versionlabels.update(_VERSIONS)


def _separate_labels(app: Sphinx) -> None:
    for domain, kinds in _LABELLED.items():
        data = app.env.domaindata[domain]
        for kind in kinds:
            data[kind] = labels.of(app.env, f"{domain}.{kind}", data.get(kind, {}))


def _leave_last_page(app: Sphinx) -> list[Any]:
    """Let what is written after all pages be in no language: of equal labels, the first's."""
    if builder := state.html_builder(app):
        builder.current_docname = ""
    return []


def take_over_numbering(app: Sphinx) -> None:
    """Keep Sphinx's collector of numbers from counting by itself.

    It compares its numbers of the whole book with those stored at the end of the last build.
    Counted anew in each language, these differ: it would have pages rewritten without a change.
    """
    for listener in tuple(app.events.listeners["env-get-updated"]):
        collector = getattr(listener.handler, "__self__", None)
        if isinstance(collector, TocTreeCollector):
            app.disconnect(listener.id)
            state.of(app).numbering = collector


def assign_section_numbers(
    app: Sphinx, env: BuildEnvironment, docnames: list[str]
) -> dict[str, dict[str, tuple[int, ...]]]:
    """Count what some pages list in numbered groups, from 1: numbers by page and anchor.

    Sphinx visits these pages in the order of a set, sphinx-multitoc-numbering in the order in which
    pages were read, and both would go on from one language to the next: here the collector is a new
    one, which has counted nothing, and the pages stand in the order of the book.
    """
    if not docnames:
        return {}
    every = env.numbered_toctrees
    env.numbered_toctrees = dict.fromkeys(docnames)  # type: ignore[assignment]
    first = {name: env.tocs[name] for name in docnames}
    env.tocs = {**first, **env.tocs}
    try:
        type(state.of(app).numbering)().assign_section_numbers(env)
    finally:
        env.numbered_toctrees = every
    return env.toc_secnumbers


def assign_figure_numbers(
    app: Sphinx, env: BuildEnvironment, root: str
) -> dict[str, dict[str, dict[str, tuple[int, ...]]]]:
    """Count figures, tables and the like on the pages beneath one: numbers by page, kind and id."""
    book_root = env.config.root_doc
    env.config.root_doc = root
    try:
        state.of(app).numbering.assign_figure_numbers(env)
    finally:
        env.config.root_doc = book_root
    return env.toc_fignumbers


def switch_off_index(app: Sphinx) -> None:
    """Spare the build Sphinx's search index, and the site the page that shows it."""
    if builder := state.html_builder(app):
        builder.search = False


def format_code_with(builder: StandaloneHTMLBuilder, formatter: type[HtmlFormatter]) -> None:
    """Have code written by a formatter of one's own."""
    builder.highlighter.formatter = formatter


def style_sheets(builder: StandaloneHTMLBuilder) -> list[str]:
    """Return the paths of the style sheets of all pages, from the site's root, in their order."""
    return [str(sheet.filename) for sheet in builder._css_files]


def has_warned(app: Sphinx) -> bool:
    """Tell whether there was a warning in a build."""
    return app._warncount > 0


def is_strict(app: Sphinx) -> bool:
    """Tell whether warnings fail a build (``-W``, with ``--keep-going`` or without)."""
    return bool(app.warningiserror or app.keep_going)


def stored_environment(app: Sphinx) -> Path:
    """Return the file that keeps what was read for the next build."""
    return Path(app.doctreedir, ENV_PICKLE_FILENAME)


def setup(app: Sphinx) -> None:
    """Replace the translators of Sphinx and the themes during a build; separate labels."""
    app.connect("config-inited", _install_translators, priority=order.INSTALL_TRANSLATORS)
    app.connect(
        "builder-inited", _install_theme_translators, priority=order.INSTALL_THEME_TRANSLATORS
    )
    app.connect("builder-inited", _separate_labels, priority=order.SEPARATE_LABELS)
    app.connect("html-collect-pages", _leave_last_page, priority=order.LEAVE_LAST_PAGE)
    app.connect("build-finished", _uninstall_translators, priority=order.UNINSTALL_TRANSLATORS)
