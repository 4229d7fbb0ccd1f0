"""What a reader has read and answered, kept in the reader's browser; questions that come again.

Any element of a page may ask a question: it carries the question's name in
``data-polyglot-question`` and tells of answers by an event (see ``static/polyglot-progress.js``).
Here such elements get an address, and each language one script file with the titles of its pages
and questions, which its landing page loads when there is something to say.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from lxml.cssselect import CSSSelector
from lxml.etree import XPath
from sphinx.application import Sphinx

from .. import order, state
from ..config import Language
from ..words import catalogs
from . import documents, reading

_FOLDER = "progress"
_ATTRIBUTE = "data-polyglot-question"
_QUESTION = re.compile(rf'<(?P<tag>\w+)(?P<before>[^<>]*?)\s{_ATTRIBUTE}="(?P<name>[^"]+)"')
_QUESTIONS = CSSSelector(f"article.bd-article [{_ATTRIBUTE}]", translator="html")
_WORDS = XPath(".//text()[not(ancestor::annotation) and not(ancestor::*[@class='polyglot-kind'])]")
#: Characters of a question that are enough to know it by.
_LENGTH = 90
#: Seconds for each minute of reading after which a page whose end was seen counts as read: a
#: reader four times as quick as others has read it. Nobody need wait longer than the last.
_PER_MINUTE, _LEAST, _MOST = 15, 10, 180


def addressed(html: str) -> str:
    """Return HTML whose questions have ids, for links to them.

    Examples
    --------
    >>> addressed('<form data-polyglot-question="a-1">')
    '<form id="question-a-1" data-polyglot-question="a-1">'
    """

    def with_id(found: re.Match[str]) -> str:
        if re.search(r"\sid=", found["before"]):
            return found[0]
        name = found["name"]
        start = f'<{found["tag"]}{found["before"]} id="question-{name}"'
        return f'{start} {_ATTRIBUTE}="{name}"'

    return _QUESTION.sub(with_id, html)


def _address_questions(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if "body" in context and _ATTRIBUTE in context["body"]:
        context["body"] = addressed(context["body"])


def _text(element: Any) -> str:
    """Return an element's text on one line, cut where it is long; formulas without their LaTeX.

    Examples
    --------
    >>> from lxml import html
    >>> math = "<math><mi>z</mi><annotation>z</annotation></math>"
    >>> _text(html.fromstring(f"<p>1. Which <b>class</b> has {math}?</p>"))
    '1. Which class has z?'
    """
    text = " ".join("".join(_WORDS(element)).split())
    return text if len(text) <= _LENGTH else text[: _LENGTH - 1].rsplit(" ", 1)[0] + "…"


def _is_exercise(element: Any) -> bool:
    return bool(element.get("id")) and "exercise" in element.get("class", "").split()


def _exercise(element: Any) -> Any | None:
    """Return the exercise that a question belongs to: around it, or before the cell that asks."""
    for around in element.iterancestors("div"):
        if _is_exercise(around):
            return around
        if "cell" in around.get("class", "").split():
            before = around.getprevious()
            while before is not None and "cell" in before.get("class", "").split():
                before = before.getprevious()
            if before is not None and _is_exercise(before):
                return before
    return None


def _question(element: Any) -> tuple[str, str]:
    """Return where a question is on its page, and what it is called there."""
    exercise = _exercise(element)
    if exercise is not None:
        return exercise.get("id"), _text(exercise.find_class("admonition-title")[0])
    legend = element.find(".//legend")
    return element.get("id"), _text(element if legend is None else legend)


def _file(language: Language) -> str:
    return f"{_FOLDER}/{language.code}.js"


def _write_language(app: Sphinx, language: Language, names: Iterable[str]) -> None:
    """Write the titles of the pages of a language, as `names` orders them, and of its questions."""
    builder = state.html_builder(app)
    assert builder is not None
    titles = {
        builder.get_target_uri(name): app.env.titles[name].astext()
        for name in names
        if state.of(app).registry.language_of(name) == language
    }
    questions: dict[str, tuple[str, str, str]] = {}
    roots = dict(documents.of(app, language))
    for page in titles:
        for element in _QUESTIONS(roots[page]) if page in roots else ():
            questions.setdefault(element.get(_ATTRIBUTE), (page, *_question(element)))
    data = {"pages": list(titles.items()), "questions": questions}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    (Path(app.outdir) / _file(language)).write_text(f"polyglotProgress({text});\n", "utf-8")


def _write_titles(app: Sphinx, exception: Exception | None) -> None:
    if exception or state.html_builder(app) is None:
        return
    folder = Path(app.outdir) / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    # The builder has them in reading order only after it has written a page.
    names = list(app.env.collect_relations())
    for language in state.of(app).registry.languages.values():
        _write_language(app, language, names)


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Give each page of a language the script; its landing page the place for what it says."""
    book, builder = state.of(app).registry, state.html_builder(app)
    language = book.language_of(pagename)
    if builder is None or language is None or pagename not in app.env.all_docs:
        return
    seconds = _PER_MINUTE * reading.minutes(app, language, pagename)
    attributes: dict[str, Any] = {
        "data-page": builder.get_target_uri(pagename),
        "data-language": language.code,
        "data-seconds": str(min(max(seconds, _LEAST), _MOST)),
        "data-read": catalogs.of(app).text("read"),
    }
    app.add_js_file("polyglot-progress.js", loading_method="defer", **attributes)
    if pagename == book.landing(language):
        context["polyglot_progress"] = escape(context["pathto"](_file(language), 1))


def setup(app: Sphinx) -> None:
    """Give questions addresses and pages the script; write the titles after the pages."""
    app.add_css_file("polyglot-progress.css", priority=order.PAGE_STYLE)
    app.connect("html-page-context", _address_questions, priority=order.ADDRESS_QUESTIONS)
    app.connect("html-page-context", _add_script, priority=order.ADD_PROGRESS_SCRIPT)
    app.connect("build-finished", _write_titles, priority=order.WRITE_PROGRESS)
