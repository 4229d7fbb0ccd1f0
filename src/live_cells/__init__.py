"""Cells of a Jupyter Book that run in the reader's own browser, from the book's own files."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

from . import config, pages, site, words
from .cells import Cell

_logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_ATTRIBUTE = "live_cells"

#: Before Sphinx, at 800, checks that the folders exist.
_ADD_FOLDERS = 500
#: After polyglot_book, at 1, has set the language of the page.
_ADD_SCRIPT = 500
#: Before polyglot_book, at 110, ends the build on words that it lacks itself.
_REPORT_WORDS = 105
#: Before polyglot_book, at 940, writes hashes of the page's scripts.
_WRITE_SITE = 700


@dataclass
class _State:
    """Hold what the extension knows during one build."""

    configuration: config.Configuration
    #: The cells of each page that has some.
    pages: dict[str, list[Cell | None]] = field(default_factory=dict)
    site: site.Site | None = None
    #: By the tag of a language, its words and the English texts that it has none for.
    words: dict[str, tuple[dict[str, str], list[str]]] = field(default_factory=dict)


def _of(app: Sphinx) -> _State:
    return getattr(app, _ATTRIBUTE)


def _read_config(app: Sphinx, sphinx_config: Config) -> None:
    value = sphinx_config.live_cells
    setattr(app, _ATTRIBUTE, _State(config.read({} if value is None else value)))
    sphinx_config.html_static_path.append(str(_HERE / "static"))


def _make_site(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Choose and pack what cells need; have pages written anew if that has changed."""
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return []
    state = _of(app)
    text = []
    for docname in sorted(env.found_docs):
        text.append(Path(env.doc2path(docname)).read_text("utf-8"))
        found = pages.read(app, docname)
        if found is not None and any(found):
            state.pages[docname] = found
    if not state.pages:
        return []
    root = Path(app.confdir)
    sources = {docname: pages.sources(found) for docname, found in state.pages.items()}
    state.site = site.make(state.configuration, root, sources, "".join(text))
    for (docname, index), error in state.site.errors.items():
        cell = state.pages[docname][index]
        if cell is not None and "raises-exception" not in cell.tags:
            _logger.warning(
                "cell %d cannot run in the page: %s", index + 1, error,
                location=docname, type="live_cells", subtype="run",
            )  # fmt: skip
    made = (state.site.manifest_sha256, state.site.bundle.script)
    before = getattr(env, _ATTRIBUTE, None)
    setattr(env, _ATTRIBUTE, made)
    return [] if before in (None, made) else sorted(state.pages)


def _add_script(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Tell the scripts what cells the page has; a page without cells gets no script."""
    if "body" not in context:
        return
    state = _of(app)
    context["body"], has_cells = pages.number(context["body"])
    found = state.pages.get(pagename)
    if not has_cells or found is None or state.site is None:
        return
    tag = context.get("language") or "en"
    if tag not in state.words:
        pattern = state.configuration.messages
        place = None if pattern is None else Path(app.confdir) / pattern
        state.words[tag] = words.of(tag, place)
    folder = Path(app.outdir) / site.FOLDER
    about = {
        "cells": list(pages.data(found)),
        "language": tag,
        "notebook": f"{pagename.rpartition('/')[2]}.ipynb",
    }
    pages.write_json(folder / "pages" / f"{pagename}.json", about)
    settings = {
        "root": context.get("content_root", "./"),
        "page": f"{site.FOLDER}/pages/{pagename}.json",
        "words": f"{site.FOLDER}/words/{tag}.json",
        "script": f"{site.FOLDER}/{state.site.bundle.script}",
        "style": f"{site.FOLDER}/{state.site.bundle.style}",
    }
    if state.site.manifest is None:
        settings["runtime"] = "none"
    else:
        settings["manifest"] = f"{site.FOLDER}/manifest.json"
        settings["manifest-sha256"] = state.site.manifest_sha256
        settings["bytes"] = str(state.site.bytes)
    context["body"] += pages.frame()
    app.add_css_file("live-cells.css")
    app.add_js_file(
        "live-cells.js",
        loading_method="defer",
        **pages.attributes(settings, state.words[tag][0]),  # type: ignore[arg-type]
    )


def _write_site(app: Sphinx, exception: Exception | None) -> None:
    state = _of(app)
    if exception is not None or state.site is None:
        return
    if _lacking(app):
        raise ExtensionError("live_cells: words are missing, as said above")
    out = Path(app.outdir)
    state.site.write(out)
    for tag, (translated, _) in state.words.items():
        pages.write_json(out / site.FOLDER / "words" / f"{tag}.json", translated)


def _lacking(app: Sphinx) -> list[str]:
    """List what languages lack: no page of a book in several may show English to others.

    A draft may, until it is whole.
    """
    if "polyglot_book" not in app.extensions:
        return []
    languages = app.config.polyglot["languages"].values()
    drafts = {entry["tag"] for entry in languages if entry.get("status") == "draft"}
    state = _of(app)
    own = state.configuration.messages
    pattern = "a file of your own, which live_cells.messages names"
    if own is not None:
        pattern = str(Path(app.confdir) / own)
    return [
        words.lacking(tag, missing, pattern.replace("{lang}", tag))
        for tag, (_, missing) in state.words.items()
        if missing and tag not in drafts
    ]


def _report_words(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        for text in _lacking(app):
            _logger.warning(text, type="live_cells", subtype="words")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect the extension to Sphinx."""
    app.add_config_value("live_cells", {}, "html", types=[dict])
    app.connect("config-inited", _read_config, priority=_ADD_FOLDERS)
    app.connect("env-updated", _make_site)
    app.connect("doctree-resolved", pages.mark)
    app.connect("html-page-context", _add_script, priority=_ADD_SCRIPT)
    app.connect("build-finished", _report_words, priority=_REPORT_WORDS)
    app.connect("build-finished", _write_site, priority=_WRITE_SITE)
    return {
        "version": version("live-cells"),
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": False,
    }
