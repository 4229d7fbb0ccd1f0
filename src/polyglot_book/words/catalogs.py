"""Interface strings, each in the language of the page it appears on.

Sphinx translates a whole build into one language. Here every catalog's translator is replaced
by one that asks which page is being read, resolved or written, and answers in its language.
Words come from, in this order: the project's own message files (``polyglot.messages``), the
extension's (``messages/``), the catalogs installed with Sphinx, the themes and the extensions.
"""

from __future__ import annotations

import gettext
import hashlib
import json
import sys
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from docutils import nodes
from sphinx import locale
from sphinx.errors import ConfigError, SphinxError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.i18n import format_date

from . import registry, writing
from .registry import Language

logger = logging.getLogger(__name__)

_MESSAGES = Path(__file__).parent / "messages"

#: Formats of numbered things, as Sphinx and sphinx-exercise name them in English.
_NUMBERED = {
    "section": ("sphinx", "Section %s"),
    "figure": ("sphinx", "Fig. %s"),
    "table": ("sphinx", "Table %s"),
    "code-block": ("sphinx", "Listing %s"),
    "exercise": ("polyglot", "Exercise %s"),
}

#: Names, the same in every language: they are passed through the theme's ``translate``.
_NAMES = {"Binder", "Colab", "JupyterHub", "JupyterLite", "Deepnote", "GitHub", "GitLab"}


#: Asked of the catalogs by the book theme, but replaced before it is shown.
_NEVER_SHOWN = {"Launch on"}

#: What MyST-NB says on a hidden cell, by default.
_PROMPTS = {
    f"{verb} code cell {kind}"
    for verb in ("Show", "Hide")
    for kind in ("content", "source", "output", "outputs")
}


class Translated(str):
    """A text that already is in the reader's language.

    The book theme translates some texts twice, and joins translated ones with names
    (``translation("Launch on") + " Binder"``): this type survives both.
    """

    __slots__ = ()

    def __add__(self, other: str) -> Translated:
        return Translated(super().__add__(other))

    def __mod__(self, values) -> Translated:
        return Translated(super().__mod__(values))


class _Unknown(gettext.NullTranslations):
    """End of a chain of catalogs: says that none of them knows the message."""

    def gettext(self, message):
        raise LookupError(message)

    def ngettext(self, singular, plural, n):
        raise LookupError(singular)


class Interface:
    """The interface's words in every language of the book.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application, whose page at hand decides the language.

    Attributes
    ----------
    writing : dict of str to polyglot_book.writing.Writing
        For each language, by its code, how it is written.
    untranslated : dict of str to set
        For each page, what it shows untranslated: triples (language code, catalog, message).
    """

    def __init__(self, app):
        self._app = app
        self._installed: dict[tuple[str, str], gettext.NullTranslations] = {}
        self.words = {
            code: self._read_words(language)
            for code, language in registry.of(app).languages.items()
        }
        self.writing = {
            code: writing.read(
                (path, _table(path, "writing")) for path in self._message_files(language)
            )
            for code, language in registry.of(app).languages.items()
        }
        self.untranslated: dict[str, set[tuple[str, str, str]]] = {}

    def fingerprint(self) -> str:
        """Return a text that changes whenever a word or another rule of a language does."""
        words = json.dumps(self.words, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{words}{self.writing}".encode()).hexdigest()

    def message_file(self, language: Language) -> Path | None:
        """Return the project's own file of words in a language, if the project has such files."""
        pattern = registry.of(self._app).messages
        if pattern is None:
            return None
        return Path(self._app.confdir) / pattern.replace("{lang}", language.code)

    def _read_words(self, language: Language) -> dict[str, str]:
        words: dict[str, str] = {}
        for path in self._message_files(language):
            words.update(_interface_table(path))
        return words

    def _message_files(self, language: Language) -> list[Path]:
        """Return the files that speak of a language: what a later one says wins."""
        names = dict.fromkeys((language.gettext.split("_")[0], language.gettext))
        paths = [path for name in names if (path := _MESSAGES / f"{name}.toml").exists()]
        path = self.message_file(language)
        if path is not None:
            if not path.exists():
                raise ConfigError(
                    f"polyglot.messages: no file '{path}' for language '{language.code}'"
                )
            paths.append(path)
        return paths

    def translate(self, catalog: str, message: str) -> str:
        """Return a message of a catalog in the language of the page at hand."""
        return self._lookup(catalog, message, lambda known: known.gettext(message))

    def translate_plural(self, catalog: str, singular: str, plural: str, n: int) -> str:
        """Return the form of a message that fits a number."""
        english = singular if n == 1 else plural
        return self._lookup(
            catalog, singular, lambda known: known.ngettext(singular, plural, n), english
        )

    def text(self, message: str, language: Language | None = None, **values) -> str:
        """Return one of the extension's own messages, with its ``{fields}`` filled in."""
        translated = self._lookup("polyglot", message, None, language=language)
        return Translated(translated.format(**values)) if values else translated

    def _lookup(
        self,
        catalog: str,
        message: str,
        ask: Callable[[gettext.NullTranslations], str] | None,
        english: str | None = None,
        language: Language | None = None,
    ) -> str:
        language = language or registry.current(self._app)
        if language is None or isinstance(message, Translated) or not _needs_words(message):
            return message
        if message in self.words[language.code]:
            return Translated(self.words[language.code][message])
        # Sphinx's own catalog knows words that those of other extensions lack
        for name in dict.fromkeys((catalog, "sphinx") if ask is not None else ()):
            try:
                return Translated(ask(self._catalogs(language, name)))
            except LookupError:
                continue
        if language.is_english:
            return Translated(message if english is None else english)
        page = registry.current_page(self._app) or registry.of(self._app).landing(language)
        self.untranslated.setdefault(page, set()).add((language.code, catalog, message))
        return message if english is None else english

    def _catalogs(self, language: Language, catalog: str) -> gettext.NullTranslations:
        key = (language.gettext, catalog)
        if key not in self._installed:
            chain: list[gettext.NullTranslations] = []
            for path in _catalog_files(self._app, language.gettext, catalog):
                with path.open("rb") as file:
                    chain.append(gettext.GNUTranslations(file))
            chain.append(_Unknown())
            for first, second in pairwise(chain):
                first.add_fallback(second)
            self._installed[key] = chain[0]
        return self._installed[key]


def _needs_words(message: str) -> bool:
    """Tell words from file suffixes, names, numbers and nothing at all."""
    return (
        message not in _NAMES | _NEVER_SHOWN
        and not message.startswith(".")
        and any(character.isalpha() for character in message)
    )


def _table(path: Path, name: str) -> dict:
    with path.open("rb") as file:
        try:
            return tomllib.load(file).get(name, {})
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from error


def _interface_table(path: Path) -> dict[str, str]:
    table = _table(path, "interface")
    wrong = [key for key, text in table.items() if not isinstance(text, str) or not text]
    if wrong:
        raise ConfigError(f"{path}: [interface] {wrong[0]!r}: a text is expected")
    return table


def _catalog_files(app, locale_name: str, catalog: str) -> list[Path]:
    """Find a catalog's files for a locale in every package that is loaded as an extension.

    Folders are compared without case and with ``-`` as ``_`` (sphinx-togglebutton's are
    named ``zh-cn``, which gettext does not find); ``zh`` also serves ``zh_CN``.
    """
    packages = sorted({name.partition(".")[0] for name in app.extensions})
    # Sphinx's own catalog is the most careful one: ask it before the themes' additions to it.
    packages.sort(key=lambda name: name != "sphinx")
    roots = []
    for package in packages:
        module = sys.modules.get(package)
        roots.extend(Path(path) for path in getattr(module, "__path__", []))
    accepted = [locale_name.lower(), locale_name.lower().split("_")[0]]
    found: list[tuple[int, Path]] = []
    for root in roots:
        for folder in _locale_folders(root):
            name = folder.parent.name.lower().replace("-", "_")
            path = folder / f"{catalog}.mo"
            if name in accepted and path.exists():
                found.append((accepted.index(name), path))
    return [path for _, path in sorted(found, key=lambda item: item[0])]


_FOLDERS: dict[Path, list[Path]] = {}


def _locale_folders(root: Path) -> list[Path]:
    if root not in _FOLDERS:
        _FOLDERS[root] = sorted(root.rglob("LC_MESSAGES"))
    return _FOLDERS[root]


class PageTranslations(gettext.NullTranslations):
    """A gettext catalog that answers in the language of the page at hand."""

    def __init__(self, interface: Interface, catalog: str):
        super().__init__()
        self._interface = interface
        self._name = catalog

    def gettext(self, message: str) -> str:
        """Return the message in the language of the page at hand."""
        return self._interface.translate(self._name, message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the form that fits the number, in the language of the page at hand."""
        return self._interface.translate_plural(self._name, singular, plural, n)


class PageFormats(dict):
    """Formats of numbered things (``numfig_format``) in the language of the page at hand.

    Its items are the configured ones, so that the build environment sees no change.
    """

    interface: Interface | None = None

    def __getitem__(self, kind):
        configured = super().__getitem__(kind)
        if self.interface is None or kind not in _NUMBERED:
            return configured
        return str(self.interface.translate(*_NUMBERED[kind]))

    def get(self, kind, default=None):
        """Return the format of a kind, in the language of the page at hand."""
        try:
            return self[kind]
        except KeyError:
            return default

    def __reduce__(self):
        return (dict, (dict(self.items()),))


def of(app) -> Interface:
    """Return the interface's words of a Sphinx application."""
    return app.polyglot_interface


def _install(app, config) -> None:
    app.polyglot_interface = Interface(app)
    config.polyglot_words = app.polyglot_interface.fingerprint()
    app.polyglot_replaced_translators = dict(locale.translators)
    for catalog in ("sphinx", *_general_catalogs()):
        locale.translators["general", catalog] = PageTranslations(of(app), catalog)
    app.translator = locale.translators["general", "sphinx"]


def _general_catalogs() -> list[str]:
    return [catalog for namespace, catalog in locale.translators if namespace == "general"]


def _install_late(app) -> None:
    """Themes are loaded with the builder, and may bring catalogs of their own."""
    for catalog in _general_catalogs():
        if not isinstance(locale.translators["general", catalog], PageTranslations):
            locale.translators["general", catalog] = PageTranslations(of(app), catalog)
    formats = PageFormats(app.config.numfig_format)
    formats.interface = of(app)
    app.config.numfig_format = formats


def _uninstall(app, exception) -> None:
    """Leave the process as it was found: these translators speak for one build only."""
    locale.translators.clear()
    locale.translators.update(app.polyglot_replaced_translators)


def _localize_page(app, pagename, templatename, context, doctree) -> None:
    """Set what templates ask before they ask for words."""
    app.builder.current_docname = pagename
    language = registry.current(app)
    if language is None:
        context["language"] = registry.NEUTRAL_TAG
        return
    context["language"] = language.tag
    context["root_doc"] = context["master_doc"] = registry.of(app).landing(language)
    context["docstitle"] = context["shorttitle"] = book_title(app, language)
    if language.author is not None:
        context["author"] = language.author
    if app.config.html_last_updated_fmt is not None:
        context["last_updated"] = format_date(
            app.config.html_last_updated_fmt, language=language.gettext
        )


def book_title(app, language: Language) -> str:
    """Return the book's title in a language: as registered, or the landing page's heading."""
    if language.title is not None:
        return language.title
    return app.env.titles[registry.of(app).landing(language)].astext()


def _localize_author(app, pagename, templatename, context, doctree) -> None:
    """After the book theme, which sets the author for every page anew."""
    language = registry.current(app)
    if language is None:
        return
    if language.author is not None:
        context["author"] = language.author
    if "theme_search_bar_text" in context:
        context["theme_search_bar_text"] = of(app).translate("booktheme", "Search") + "…"


def _localize_buttons(app, pagename, templatename, context, doctree) -> None:
    """Word the launch buttons' hints as sentences: names do not come last in every language."""
    for group in context.get("header_buttons", ()):
        if group.get("label") == "launch-buttons":
            for button in group["buttons"]:
                button["tooltip"] = of(app).text("Launch on {name}", name=button["text"])


def _localize_scripts(app, pagename, templatename, context, doctree) -> None:
    """Give sphinx-togglebutton its words page by page; it sets them once for all pages."""
    words = {
        "toggleHintShow": ("togglebutton", "Click to show"),
        "toggleHintHide": ("togglebutton", "Click to hide"),
    }
    scripts = list(context["script_files"])
    for place, script in enumerate(scripts):
        body = getattr(script, "attributes", {}).get("body") or ""
        for name, message in words.items():
            if body.startswith(f"let {name} ="):
                text = _as_script(of(app).translate(*message))
                scripts[place] = type(script)(
                    script.filename, priority=script.priority, body=f"let {name} = {text};"
                )
    context["script_files"] = scripts


def _visit_hidden_cell(self, node) -> None:
    """As MyST-NB's, without the English ``aria-label`` that hides the prompt's own words."""
    classes = " ".join(node["classes"])
    self.body.append(f'<details class="admonition hide {classes}">\n<summary>\n')
    for state, prompt in (("collapsed", "prompt_show"), ("expanded", "prompt_hide")):
        text = node[prompt]
        if text in _PROMPTS:  # others are the author's own words
            text = of(self.builder.app).text(text)
        self.body.append(f'<p class="{state} admonition-title">{self.encode(text)}</p>\n')
    self.body.append("</summary>\n")


def _depart_hidden_cell(self, node) -> None:
    self.body.append("</details>\n")


def _localize_hidden_cells(app) -> None:
    if "myst_nb" in app.extensions:
        from myst_nb.sphinx_ import HideCodeCellNode

        app.add_node(
            HideCodeCellNode, override=True, html=(_visit_hidden_cell, _depart_hidden_cell)
        )


class LocalizeSolutionTitles(SphinxPostTransform):
    """Word a solution's title as one phrase.

    sphinx-exercise joins "Solution to" and "Exercise 1", each translated on its own: that is
    ungrammatical where the noun is inflected, and in the wrong order where it comes first.
    """

    default_priority = 23  # sphinx-exercise has resolved titles at 20, links to them at 22

    def run(self, **kwargs):
        """Word the titles of a page's solutions."""
        if not hasattr(self.env, "sphinx_exercise_registry"):
            return
        from sphinx_exercise.nodes import exercise_enumerable_node, solution_node
        from sphinx_exercise.utils import get_node_number

        for node in self.document.findall(solution_node):
            link = next(node.children[0].findall(nodes.reference), None)
            if link is None:
                continue  # exercise_style: solution_follow_exercise has a title of one word
            exercise = self.env.sphinx_exercise_registry[node["target_label"]]["node"]
            if isinstance(exercise, exercise_enumerable_node):
                number = get_node_number(self.app, exercise, "exercise")
                phrase = of(self.app).text("Solution to exercise {number}", number=number)
            else:
                phrase = of(self.app).text("Solution to the exercise")
            link.children[0] = nodes.Text(str(phrase))
            link.children[0].parent = link
            node.children[0].children = [link]
            node["title"] = str(phrase)


class MarkBibliography(SphinxPostTransform):
    """Say which language a reference is in: English, or what its field ``langid`` says.

    The bibliography's style writes English words ("and", "pages"), most works have English titles.
    """

    default_priority = 900  # references are written at 5, links to them resolved at 10
    formats = ("html",)

    def run(self, **kwargs):
        """Mark a page's references, and the links that have one as their tooltip."""
        if "sphinxcontrib.bibtex" not in self.app.extensions:
            return
        page = self.env.docname
        here, links = {}, {}
        for citation in self.env.get_domain("cite").citations:
            name, home = citation.citation_id, citation.bibliography_key.docname
            marked = f"language-{citation.entry.fields.get('langid', 'en')}"
            links[f"{self.app.builder.get_relative_uri(page, home)}#{name}"] = marked
            if home == page:
                here[name] = marked
        for node in self.document.findall(nodes.Element):
            if isinstance(node, nodes.citation | nodes.list_item):
                marks = [here[name] for name in node["ids"] if name in here]
            elif isinstance(node, nodes.reference) and "reftitle" in node:
                marks = [here.get(node.get("refid")) or links.get(node.get("refuri"))]
            else:
                continue
            node["classes"].extend(mark for mark in marks if mark)


def _as_script(value) -> str:
    """Return a value as it may stand in an inline script."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _patch_scripts(app, exception) -> None:
    """Put words into the scripts that hold English ones as constants."""
    if exception is not None or app.builder.format != "html":
        return
    languages = registry.of(app).languages.values()
    interface = of(app)
    if "sphinx_copybutton" in app.extensions:
        words = {
            language.tag: {
                "copy": interface.text("Copy", language),
                "copy_to_clipboard": interface.text("Copy to clipboard", language),
                "copy_success": interface.text("Copied!", language),
                "copy_failure": interface.text("Failed to copy", language),
            }
            for language in languages
        }
        addition = f"Object.assign(messages, {_as_script(words)})\n\n"
        _patch(app, "copybutton.js", "let locale = 'en'", addition + "let locale = 'en'")
    if "sphinx_togglebutton" in app.extensions:
        # aria-expanded tells the state, the hint (in the page's language) what it is about
        _patch(
            app,
            "togglebutton.js",
            'aria-label="Toggle hidden content"',
            'aria-label="${toggleHintShow}"',
        )


def _patch(app, name: str, old: str, new: str) -> None:
    path = Path(app.outdir) / "_static" / name
    text = path.read_text(encoding="utf-8")
    if new in text:
        return  # an incremental build need not have copied it anew
    if old not in text:
        raise SphinxError(f"polyglot_book: {path} has no {old!r}: an unknown version of it?")
    path.write_text(text.replace(old, new), encoding="utf-8")


def _report(app, exception) -> None:
    """Fail the build on interface strings that stayed English, saying which and where to put them.

    The list is kept beside the doctrees as ``polyglot-untranslated.json``. Only of this build:
    after a failed one Sphinx writes all pages anew, so none is forgotten and none outlives its use.
    """
    if exception is not None:
        return
    interface = of(app)
    pages = {page: sorted(missing) for page, missing in interface.untranslated.items()}
    path = Path(app.doctreedir) / "polyglot-untranslated.json"
    path.write_text(json.dumps({"pages": pages}, ensure_ascii=False, indent=1), encoding="utf-8")
    if not pages:
        return
    missing = sorted({tuple(triple) for triples in pages.values() for triple in triples})
    lines = []
    for language in registry.of(app).languages.values():
        messages = sorted({message for code, _, message in missing if code == language.code})
        if messages:
            path = interface.message_file(language) or (
                f"a file of your own, which polyglot.messages in _config.yml names "
                f"(messages: 'messages/{{lang}}.toml' means messages/{language.code}.toml)"
            )
            lines.append(
                f"{language.name} ({language.code}) lacks {len(messages)} words of the interface; "
                f"put them under [interface] in {path}:"
            )
            lines.extend(
                f'  {json.dumps(message, ensure_ascii=False)} = "…"' for message in messages
            )
    raise SphinxError("\n".join(lines))


def setup(app):
    """Install the translators as soon as the configuration is known."""
    app.add_config_value("polyglot_words", "", "env", types=[str])
    app.connect("config-inited", _install, priority=900)
    app.connect("builder-inited", _install_late)
    app.connect("builder-inited", _localize_hidden_cells)
    app.connect("html-page-context", _localize_page, priority=1)
    app.connect("html-page-context", _localize_author, priority=510)
    app.connect("html-page-context", _localize_buttons, priority=600)
    app.connect("html-page-context", _localize_scripts, priority=900)
    app.add_post_transform(LocalizeSolutionTitles)
    app.add_post_transform(MarkBibliography)
    app.connect("build-finished", _patch_scripts, priority=100)
    app.connect("build-finished", _report, priority=110)
    app.connect("build-finished", _uninstall, priority=999)
