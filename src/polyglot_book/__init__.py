"""One Jupyter Book, several languages, each page wholly in its own."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

#: Parts of the extension; each has one concern and a ``setup(app)`` of its own.
PARTS = (
    "registry",
    "execution",
    "i18n",
    "navigation",
    "metadata",
    "mathml",
    "compounds",
    "search",
    "assets",
    "glossary",
    "publishing",
    "offline",
)

_HERE = Path(__file__).parent


def _add_folders(app, config) -> None:
    # Templates first, so that they win over the theme's of the same name.
    config.templates_path.insert(0, str(_HERE / "templates"))
    config.html_static_path.append(str(_HERE / "static"))


def setup(app):
    """Connect every part of the extension to Sphinx."""
    app.connect("config-inited", _add_folders)
    for name in PARTS:
        import_module(f"{__name__}.{name}").setup(app)
    return {
        "version": version("polyglot-book"),
        "parallel_read_safe": False,
        "parallel_write_safe": False,
    }
