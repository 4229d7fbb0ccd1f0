"""Labels of each language for itself: a translation has the labels of its original.

Sphinx and its extensions keep what is found by a label in one dictionary for the whole book. The
modules of `compat` put a `LabelsByLanguage` in the place of each. A reference is looked up in its
page's own language first, then on pages of no language, then in the other languages in the order of
``polyglot.languages``: what is not translated yet is found where it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.build_phase import BuildPhase

from . import order, state
from .config import Language, Registry

#: In place of a language's code, for pages of no language.
_NEUTRAL = ""


def by_nearness(book: Registry, language: Language | None) -> list[Language | None]:
    """Return where a page looks a label up: its language, none, then the others in their order."""
    others = [other for other in book.languages.values() if other != language]
    return [language, None, *others] if language else [None, *others]


class LabelsByLanguage(MutableMapping[Hashable, Any]):
    """Map a label to what it names, in the language of the page that is read or written.

    An entry belongs to the language of the page that it is on, whatever page is at hand when it is
    added. While pages are read, others are hidden: a label that is given twice in a language is
    noticed, and one that each language has is not taken for that.

    The build environment pickles it, with itself.
    """

    def __init__(self, env: BuildEnvironment):
        self._env = env
        self._entries: dict[str, dict[Hashable, Any]] = {}

    def _visible(self) -> Iterator[dict[Hashable, Any]]:
        """Yield the entries of the languages that a label is looked up in, in their order."""
        app = self._env.app
        if app is None:  # the environment of a process that has read some of the pages
            yield from self._entries.values()
            return
        is_reading = app.phase.value <= BuildPhase.READING.value
        nearest = by_nearness(state.of(app).registry, state.current_language(app))
        for language in nearest[:1] if is_reading else nearest:
            yield self._entries.get(_code(language), {})

    def __getitem__(self, label: Hashable) -> Any:
        for entries in self._visible():
            if label in entries:
                return entries[label]
        raise KeyError(label)

    def __setitem__(self, label: Hashable, entry: Any) -> None:
        language = state.of(self._env.app).registry.language_of(_page_of(entry))
        self._entries.setdefault(_code(language), {})[label] = entry

    def __delitem__(self, label: Hashable) -> None:
        for entries in self._visible():
            if label in entries:
                del entries[label]
                return
        raise KeyError(label)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(dict.fromkeys(label for entries in self._visible() for label in entries))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def forget(self, docname: str) -> None:
        """Drop what is on a page."""
        for code, entries in self._entries.items():
            self._entries[code] = {
                label: entry for label, entry in entries.items() if _page_of(entry) != docname
            }

    def add(self, other: LabelsByLanguage, docnames: Iterable[str]) -> None:
        """Add what another process has found on pages."""
        read = set(docnames)
        for entries in other._entries.values():
            for label, entry in entries.items():
                if _page_of(entry) in read:
                    self[label] = entry


def _code(language: Language | None) -> str:
    return language.code if language else _NEUTRAL


def _page_of(entry: Any) -> str:
    """Return the page that something is on: Sphinx keeps it first, extensions by its name."""
    page = entry["docname"] if isinstance(entry, Mapping) else entry[0]
    assert isinstance(page, str)
    return page


def of(env: BuildEnvironment, kind: str, known: Mapping[Any, Any]) -> LabelsByLanguage:
    """Return the labels of a kind, with those that are known already."""
    kinds = state.record_of(env).labels
    found = kinds.setdefault(kind, LabelsByLanguage(env))
    if known is not found:
        found.update(known)
    return found


def separate_attribute(app: Sphinx, extension: str, attribute: str) -> None:
    """Separate what an extension, if it is used, keeps by labels in the build environment."""

    def put_in_place(app: Sphinx, env: BuildEnvironment | None = None, *_: object) -> None:
        env = env or app.env
        if extension in app.extensions:
            setattr(env, attribute, of(env, attribute, getattr(env, attribute, {})))

    app.connect("builder-inited", put_in_place, priority=order.SEPARATE_LABELS)
    # Where extensions put a plain dictionary in the place.
    app.connect("env-purge-doc", put_in_place, priority=order.PUT_LABELS_BACK)
    app.connect("env-merge-info", put_in_place, priority=order.PUT_LABELS_BACK)


def _forget_page(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for found in state.record_of(env).labels.values():
        found.forget(docname)


def _add_pages(
    app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
) -> None:
    """Take over what another process has read: others see only one entry of each label."""
    for kind, found in state.record_of(other).labels.items():
        state.record_of(env).labels[kind].add(found, docnames)


def setup(app: Sphinx) -> None:
    """Keep the labels in step with the pages, for whoever has put them in place."""
    app.connect("env-purge-doc", _forget_page, priority=order.FORGET_LABELS)
    app.connect("env-merge-info", _add_pages, priority=order.ADD_LABELS)
