"""List the words of the interface in a language: ``python -m polyglot_book.words hi``.

A line for each: the English text, the translation, and where it comes from: a file of messages, or
the catalog of an installed package. What nobody translates comes first, and the status is 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from babel import Locale, UnknownLocaleError
from sphinx.errors import ConfigError

from ..config import Language
from . import installed


def main(arguments: list[str] | None = None) -> int:
    """Print the list, its columns parted by tabs."""
    parser = argparse.ArgumentParser(prog="python -m polyglot_book.words", description=__doc__)
    parser.add_argument("locale", help="as in polyglot.languages.….gettext: hi, pt_BR")
    parser.add_argument("--messages", type=Path, help="a file of messages of your own, which wins")
    parser.add_argument("--catalogs", action="store_true", help="only what comes from catalogs")
    given = parser.parse_args(arguments)
    try:
        Locale.parse(given.locale)
        language = Language(given.locale, given.locale, given.locale, given.locale, given.locale)
        words = list(installed.words(language, given.messages))
    except (ConfigError, UnknownLocaleError, ValueError) as error:
        print(f"{given.locale}: {error}", file=sys.stderr)
        return 2
    missing = [word for word in words if word.translation is None]
    if not given.catalogs:
        for word in missing:
            print(f"{word.english}\t—\t—")
    for word in words:
        if word.translation is not None and (not given.catalogs or word.is_of_catalog):
            print(f"{word.english}\t{word.translation}\t{word.source or '—'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
