"""Which words of the interface a build lacked: it names them with their places, and fails.

A draft may lack words: they are shown in English, and the build says how many.
"""

from __future__ import annotations

import json
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util import logging

from .. import order, state
from . import catalogs

_logger = logging.getLogger(__name__)


def _lacking(app: Sphinx, draft: bool) -> list[str]:
    """Say for each language, draft or not, which words it lacks and which file to put them into."""
    interface = catalogs.of(app)
    triples = set().union(*interface.untranslated.values())
    lines = []
    for language in state.of(app).registry.languages.values():
        missing = sorted({message for code, _, message in triples if code == language.code})
        if missing and language.is_draft == draft:
            path = interface.message_file(language) or (
                f"a file of your own, which polyglot.messages in _config.yml names "
                f"(messages: 'messages/{{lang}}.toml' means messages/{language.code}.toml)"
            )
            lines.append(
                f"{language.name} ({language.code}) lacks {len(missing)} words of the interface; "
                f"put them under [interface] in {path}:"
            )
            lines.extend(
                f'  {json.dumps(message, ensure_ascii=False)} = "…"' for message in missing
            )
    return lines


def _report(app: Sphinx, exception: Exception | None) -> None:
    """Fail the build on interface strings that stayed English.

    The list is kept beside the doctrees as ``polyglot-untranslated.json``. Only of this build:
    after a failed one Sphinx writes all pages anew, so none is forgotten and none outlives its use.
    """
    if exception is not None:
        return
    pages = {page: sorted(missing) for page, missing in catalogs.of(app).untranslated.items()}
    path = Path(app.doctreedir) / "polyglot-untranslated.json"
    path.write_text(json.dumps({"pages": pages}, ensure_ascii=False, indent=1), encoding="utf-8")
    if english := _lacking(app, draft=True):
        _logger.info("\n".join(english))
    if lacking := _lacking(app, draft=False):
        raise SphinxError("\n".join(lacking))


def setup(app: Sphinx) -> None:
    """Report at the end of a build."""
    app.connect("build-finished", _report, priority=order.REPORT_UNTRANSLATED)
