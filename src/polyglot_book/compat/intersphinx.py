"""sphinx 7.4.7: intersphinx knows one set of inventories for all pages.

Here the pages of a language find those that ``polyglot.languages.<code>.intersphinx_mapping`` names
before the book's: a French page leads to the French documentation of Python. They are loaded by
intersphinx, under names with the language before them, and put in their places for the page that is
read or resolved. Needless once a mapping may depend on the page.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.transforms.post_transforms import SphinxPostTransform

from .. import order, state

_EXTENSION = "sphinx.ext.intersphinx"


def _add_mappings(app: Sphinx, config: Config) -> None:
    """Have intersphinx load the inventories of all languages."""
    for code, language in state.of(app).registry.languages.items():
        if language.intersphinx_mapping and _EXTENSION not in app.extensions:
            raise ConfigError(
                f"_config.yml: polyglot.languages.{code}.intersphinx_mapping: the extension "
                f"{_EXTENSION} is not loaded; Jupyter Book loads it unless "
                "sphinx.config.extensions replaces its list"
            )
        for name, (address, inventory) in language.intersphinx_mapping.items():
            config.intersphinx_mapping[f"{code}:{name}"] = (address, inventory)


def _views(app: Sphinx) -> dict[str | None, tuple[dict[str, Any], dict[str, Any]]]:
    """Return what each language sees, by code: all objects by type, and inventories by name."""
    codes = state.of(app).registry.languages
    cache = app.env.intersphinx_cache  # type: ignore[attr-defined]
    loaded = sorted(
        ((name or "", data) for name, _, data in cache.values()), key=lambda item: item[0]
    )
    views: dict[str | None, tuple[dict[str, Any], dict[str, Any]]] = {}
    for code in (None, *codes):
        of_all = [(name, data) for name, data in loaded if name.partition(":")[0] not in codes]
        own = [
            (name.partition(":")[2], data)
            for name, data in loaded
            if code is not None and name.startswith(f"{code}:")
        ]
        objects: dict[str, Any] = {}
        for _, data in (*of_all, *own):
            for kind, found in data.items():
                objects.setdefault(kind, {}).update(found)
        views[code] = objects, {name: data for name, data in (*of_all, *own) if name}
    return views


def _prepare_views(app: Sphinx) -> None:
    if any(language.intersphinx_mapping for language in state.of(app).registry.languages.values()):
        state.of(app).inventories = _views(app)


def _show(app: Sphinx, docname: str) -> None:
    """Put the inventories of a page's language where intersphinx looks."""
    if views := state.of(app).inventories:
        language = state.of(app).registry.language_of(docname)
        objects, named = views[language.code if language else None]
        app.env.intersphinx_inventory = objects  # type: ignore[attr-defined]
        app.env.intersphinx_named_inventory = named  # type: ignore[attr-defined]


def _show_for_reading(app: Sphinx, docname: str, source: list[str]) -> None:
    _show(app, docname)


class _ShowForResolving(SphinxPostTransform):
    """Choose the inventories before any reference of a page is resolved."""

    default_priority = order.CHOOSE_INVENTORIES

    def run(self, **kwargs: Any) -> None:
        _show(self.app, self.env.docname)


def setup(app: Sphinx) -> None:
    """Load and choose inventories by language."""
    app.connect("config-inited", _add_mappings, priority=order.ADD_MAPPINGS)
    app.connect("builder-inited", _prepare_views, priority=order.PREPARE_INVENTORIES)
    app.connect("source-read", _show_for_reading, priority=order.CHOOSE_CACHE)
    app.add_post_transform(_ShowForResolving)
