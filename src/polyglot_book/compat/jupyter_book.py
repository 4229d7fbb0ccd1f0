"""jupyter-book 1.0.4.post1: what it gives to every book is in the way.

Two extensions: sphinx_togglebutton folds notes of class ``dropdown`` by a script, as
`rendering.folds` does without one; sphinx_thebe puts into every page the address of a script at
unpkg.com, even when it is off. Their listeners are disconnected, their directives stay: so
``sphinx.extra_extensions`` can name polyglot_book, and the list of Jupyter Book's own extensions
need not be written out without them. Needless once a book can leave an extension of that list out.

A repository: a book that names none is given Jupyter Book's own, and its pages would lead there.
Needless once no address stands for none.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from .. import order

#: Whose listeners are disconnected.
_SILENCED = ("sphinx_togglebutton", "sphinx_thebe")
#: What they add to pages when they are set up, not in a listener.
UNUSED_STYLES = ("_static/togglebutton.css", "_static/sphinx-thebe.css")
#: What a book has that does not say where it is kept.
_REPOSITORY = "https://github.com/executablebooks/jupyter-book"
UNUSED_FILES = (*UNUSED_STYLES, "_static/togglebutton.js", "_static/sphinx-thebe.js")


def _listeners(app: Sphinx) -> list[tuple[str, int]]:
    """Return the extension and the number of each listener that is to be disconnected."""
    found = []
    for listeners in app.events.listeners.values():
        for listener in listeners:
            package = (getattr(listener.handler, "__module__", None) or "").partition(".")[0]
            if package in _SILENCED:
                found.append((package, listener.id))
    return found


def _check_silence(app: Sphinx, config: Config) -> None:
    """Refuse what could not be silenced, and what cannot work without it."""
    if late := sorted({package for package, _ in _listeners(app)}):
        raise ConfigError(
            f"polyglot_book stands before {', '.join(late)} in the list of extensions: "
            "name it after all others"
        )
    buttons = config.html_theme_options.get("launch_buttons") or {}
    if buttons.get("thebe"):
        raise ConfigError(
            "launch_buttons.thebe: it runs a script of unpkg.com and asks another server to "
            "compute, which no page of polyglot_book does: take it out (the extension live_cells "
            "runs cells in the page)"
        )


def _drop_repository(app: Sphinx, config: Config) -> None:
    """Let a book that names no repository have none."""
    if config.html_theme_options.get("repository_url") == _REPOSITORY:
        for name in ("repository_url", "repository_branch"):
            config.html_theme_options.pop(name, None)


def setup(app: Sphinx) -> None:
    """Disconnect the two extensions, and the repository that is not the book's."""
    for _, listener in _listeners(app):
        app.disconnect(listener)
    app.connect("config-inited", _check_silence, priority=order.CHECK_EXTENSIONS)
    app.connect("config-inited", _drop_repository, priority=order.CHECK_EXTENSIONS)
