"""What a build knows: one object for each application, one for each build environment.

A part of the extension that needs to remember something during a build has a class for it, puts an
instance into the application's state once, and asks for it by that class::

    state.of(app).add(Sheets())
    state.of(app).part(Sheets).names.append("a.css")

So this module need not know the parts, which import it. What is kept from one build to the next
stands in the build environment, which Sphinx pickles: see `Record`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from . import config, order
from .config import Language, Registry

_ATTRIBUTE = "polyglot"

_Part = TypeVar("_Part")


@dataclass
class State:
    """Hold what the extension knows during one build.

    Attributes
    ----------
    registry : Registry
        The languages of the book.

    See Also
    --------
    of : The state of an application.
    Record : What outlives the build.

    Examples
    --------
    >>> state = State(Registry("book"))
    >>> state.add({"a.css"})
    >>> state.part(set)
    {'a.css'}
    """

    registry: Registry
    _parts: dict[type, object] = field(default_factory=dict)

    def add(self, part: object) -> None:
        """Keep a part's object, instead of an earlier one of its class.

        Parameters
        ----------
        part : object
            What the part remembers.

        See Also
        --------
        part : Ask for it.
        """
        self._parts[type(part)] = part

    def part(self, kind: type[_Part]) -> _Part:
        """Return the object of a class that a part has added.

        Parameters
        ----------
        kind : type
            The class.

        Returns
        -------
        object
            The object.

        Raises
        ------
        LookupError
            If the part has added none: it is not set up, or its event has not come yet.

        See Also
        --------
        add : Put it there.
        """
        found = self._parts.get(kind)
        if not isinstance(found, kind):
            raise LookupError(f"polyglot_book: no {kind.__qualname__} has been added to the state")
        return found


@dataclass
class Record:
    """Hold what the extension knows of pages that need not be read anew.

    Attributes
    ----------
    descriptions : dict of str to str
        What each page says of itself, by its name.
    glossaries : dict of str to str
        The glossary page of each language, by its code.
    surroundings : dict of str to object
        What each page showed of other pages when it was written last.

    See Also
    --------
    record_of : The record of a build environment.
    State : What lasts for one build.
    """

    descriptions: dict[str, str] = field(default_factory=dict)
    glossaries: dict[str, str] = field(default_factory=dict)
    surroundings: dict[str, object] = field(default_factory=dict)


def of(app: Sphinx) -> State:
    """Return the state of an application.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application, whose configuration has been read.

    Returns
    -------
    State
        Its one state.

    See Also
    --------
    record_of : What outlives the build.
    """
    found = getattr(app, _ATTRIBUTE)
    assert isinstance(found, State)
    return found


def record_of(env: BuildEnvironment) -> Record:
    """Return the record of a build environment.

    Parameters
    ----------
    env : sphinx.environment.BuildEnvironment
        The environment.

    Returns
    -------
    Record
        Its one record, empty if the environment is new.

    See Also
    --------
    of : What lasts for one build.
    """
    found = getattr(env, _ATTRIBUTE, None)
    if not isinstance(found, Record):
        found = Record()
        setattr(env, _ATTRIBUTE, found)
    return found


def current_page(app: Sphinx) -> str | None:
    """Return the name of the page that Sphinx is reading, resolving or writing.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application.

    Returns
    -------
    str or None
        The page's name; ``None`` before there is one.

    See Also
    --------
    current_language : The page's language.
    """
    env: BuildEnvironment | None = getattr(app, "env", None)
    if env is not None and "docname" in env.temp_data:
        return env.temp_data["docname"]
    return getattr(getattr(app, "builder", None), "current_docname", None)


def current_language(app: Sphinx) -> Language | None:
    """Return the language of the page that Sphinx is reading, resolving or writing.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application.

    Returns
    -------
    Language or None
        The page's language; ``None`` if it has none.

    See Also
    --------
    current_page : The page's name.
    """
    return of(app).registry.language_of(current_page(app))


def html_builder(app: Sphinx) -> StandaloneHTMLBuilder | None:
    """Return the builder of an application if it writes HTML.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application.

    Returns
    -------
    sphinx.builders.html.StandaloneHTMLBuilder or None
        The builder; ``None`` if it writes something else.

    See Also
    --------
    of : The state of the application.
    """
    return app.builder if isinstance(app.builder, StandaloneHTMLBuilder) else None


def _read_config(app: Sphinx, sphinx_config: Config) -> None:
    setattr(app, _ATTRIBUTE, State(config.read(sphinx_config.polyglot)))


def setup(app: Sphinx) -> None:
    """Read the configuration first of all: every other part needs it."""
    app.add_config_value("polyglot", {}, "env", types=[dict])
    app.connect("config-inited", _read_config, priority=order.READ_REGISTRY)
