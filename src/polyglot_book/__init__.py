"""One Jupyter Book, several languages, each page wholly in its own."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from . import order

#: Modules that have a ``setup(app)``, each with one concern. Listeners with the same priority in
#: `order` run in the order of this list.
PARTS = (
    "single_build",
    "state",
    "versions",
    "compat.jupyter_book",
    "labels",
    "checks",
    "execution",
    "words.catalogs",
    "compat.sphinx_core",
    "compat.docutils_html",
    "compat.external_toc",
    "compat.myst_notebooks",
    "compat.pydata_theme",
    "compat.book_theme",
    "compat.exercises",
    "compat.proofs",
    "compat.repeated_ids",
    "compat.bibliography",
    "compat.copybutton",
    "compat.intersphinx",
    "words.report",
    "pages",
    "site.context",
    "site.repository",
    "site.numbering",
    "site.navigation",
    "site.reading",
    "site.place",
    "site.front_page",
    "site.head",
    "rendering.anchors",
    "rendering.macros",
    "rendering.mathml",
    "rendering.steps",
    "rendering.compounds",
    "rendering.images",
    "rendering.figures",
    "rendering.drawings",
    "rendering.exercises",
    "rendering.folds",
    "rendering.code",
    "rendering.inline",
    "site.search",
    "site.cards",
    "site.progress",
    "rendering.bundle",
    "site.glossary.page",
    "site.publishing",
    "site.content_policy",
    "site.offline",
    "site.footer",
    "take_along.manifest",
    "take_along.offers",
)

_HERE = Path(__file__).parent


def _add_folders(app: Sphinx, config: Config) -> None:
    # Templates first, so that they win over the theme's of the same name.
    config.templates_path.insert(0, str(_HERE / "templates"))
    config.html_static_path.append(str(_HERE / "static"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect every part of the extension to Sphinx."""
    app.connect("config-inited", _add_folders, priority=order.ADD_TEMPLATES)
    for name in PARTS:
        import_module(f"{__name__}.{name}").setup(app)
    return {
        "version": version("polyglot-book"),
        # To be raised with what `state.Record` holds: Sphinx then reads all pages anew.
        "env_version": 4,
        "parallel_read_safe": False,
        "parallel_write_safe": False,
    }
