"""What a build knows: one object for each application, one for each build environment.

What is kept from one build to the next stands in the build environment, which Sphinx pickles: see
`Record`. All else stands in `State`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from gettext import NullTranslations
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

from . import config, order
from .config import Language, Registry

_ATTRIBUTE = "polyglot"


@dataclass
class State:
    """Hold what the extension knows during one build.

    What has no default is set by the part that it belongs to, when the event for it comes.
    """

    registry: Registry
    #: The words of the interface. Of type `words.catalogs.Interface`, and to be asked for by
    #: `words.catalogs.of`: that module imports this one.
    interface: Any = field(init=False)
    #: All formulas of the book. Of type `rendering.mathml.Formulas`: see `rendering.mathml.of`.
    formulas: Any = field(init=False)
    #: Sphinx's translators, as the build found them, to be put back at its end.
    translators: dict[tuple[str, str], NullTranslations] = field(init=False)
    #: What numbers sections and figures; sphinx-external-toc has a collector of its own.
    numbering: TocTreeCollector = field(init=False)
    #: By the code of a language, a hash of what its notebooks depend on; filled by `execution`.
    source_keys: dict[str | None, str] = field(default_factory=dict)
    #: By the code of a language, the home page of each concept: filled by `pages.homes`.
    homes: dict[str, dict[str, str]] = field(default_factory=dict)
    #: The figures without alternative text on the pages that were read: see `rendering.images`.
    silent_figures: list[str] = field(default_factory=list)
    #: The sources of pages, until notebooks are run: see `compat.myst_sources.of`.
    sources: dict[str, Any] = field(default_factory=dict)
    #: What is wrong with the sources, for all checks to be reported at once: see `checks`.
    problems: list[str] = field(default_factory=list)
    #: By the code of a language, the inventories of intersphinx: see `compat.intersphinx`.
    inventories: dict[str | None, tuple[dict[str, Any], dict[str, Any]]] = field(
        default_factory=dict
    )
    #: The theme's options of the book's own repository: see `site.repository`.
    theme_options: dict[str, Any] | None = None
    #: The style sheets that pages of this build asked for, in their order: keys without values.
    style_sheets: dict[str, None] = field(default_factory=dict)
    #: The written pages, parsed, by address: filled by `site.documents.of`.
    documents: dict[str, Any] = field(default_factory=dict)


@dataclass
class Record:
    """Hold what the extension knows of pages that need not be read anew."""

    #: What each page says of itself, by its name.
    descriptions: dict[str, str] = field(default_factory=dict)
    #: How much there is on each page, by its name. Of type `site.reading.Amount`.
    amounts: dict[str, Any] = field(default_factory=dict)
    #: The glossary page of each language, by its code.
    glossaries: dict[str, str] = field(default_factory=dict)
    #: What is found by a label, by its kind. Of type `labels.LabelsByLanguage`: see `labels.of`.
    labels: dict[str, Any] = field(default_factory=dict)
    #: By the code of a language, what `State.source_keys` was when its pages were read.
    source_keys: dict[str | None, str] = field(default_factory=dict)
    #: What each page showed of other pages when it was written last.
    surroundings: dict[str, object] = field(default_factory=dict)


def of(app: Sphinx) -> State:
    """Return the state of an application whose configuration has been read."""
    found = getattr(app, _ATTRIBUTE)
    assert isinstance(found, State)
    return found


def record_of(env: BuildEnvironment) -> Record:
    """Return the record of a build environment, an empty one if the environment is new."""
    found = getattr(env, _ATTRIBUTE, None)
    if not isinstance(found, Record):
        found = Record()
        setattr(env, _ATTRIBUTE, found)
    return found


def current_page(app: Sphinx) -> str | None:
    """Return the name of the page that Sphinx is reading, resolving or writing, if there is one."""
    env: BuildEnvironment | None = getattr(app, "env", None)
    if env is not None and "docname" in env.temp_data:
        return env.temp_data["docname"]
    return getattr(getattr(app, "builder", None), "current_docname", None)


def current_language(app: Sphinx) -> Language | None:
    """Return the language of the page that Sphinx is reading, resolving or writing."""
    return of(app).registry.language_of(current_page(app))


def html_builder(app: Sphinx) -> StandaloneHTMLBuilder | None:
    """Return the builder of an application if it writes HTML."""
    return app.builder if isinstance(app.builder, StandaloneHTMLBuilder) else None


def _read_config(app: Sphinx, sphinx_config: Config) -> None:
    setattr(app, _ATTRIBUTE, State(config.read(sphinx_config.polyglot)))


def setup(app: Sphinx) -> None:
    """Read the configuration first of all: every other part needs it."""
    app.add_config_value("polyglot", {}, "env", types=[dict])
    app.connect("config-inited", _read_config, priority=order.READ_REGISTRY)
