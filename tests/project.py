"""What many tests need to know: the repository, its configuration, its languages."""

import os
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
POLYGLOT = CONFIG["sphinx"]["config"]["polyglot"]
#: The registry: languages of the book by the name of their folder.
LANGUAGES = POLYGLOT["languages"]
#: What the tests must know of each language; a further language is a further table there.
TRAITS = tomllib.loads((ROOT / "tests" / "languages.toml").read_text("utf-8"))

#: The languages that are whole. A draft has what its pages hold, and is tested for no more.
FINISHED = [code for code, entry in LANGUAGES.items() if entry.get("status") != "draft"]
#: The languages whose facts name words to search for: all that are finished.
SEARCHED = [code for code, traits in TRAITS.items() if traits.get("found")]

ALL_ENGINES = ("chromium", "firefox", "webkit")
#: The browsers to test in; machines that lack some say which they have: ``ENGINES=chromium``.
ENGINES = os.environ.get("ENGINES", " ".join(ALL_ENGINES)).split()

if unknown := set(ENGINES) - set(ALL_ENGINES):
    raise LookupError(f"ENGINES: {', '.join(sorted(unknown))} is none of {', '.join(ALL_ENGINES)}")
if missing := LANGUAGES.keys() - TRAITS.keys():
    raise LookupError(f"tests/languages.toml: no table for {', '.join(sorted(missing))}")
for code in FINISHED:
    if missing := [
        key for key in ("praise", "found", "words", "absent") if not TRAITS[code].get(key)
    ]:
        raise LookupError(f"tests/languages.toml: {code}: nothing under {', '.join(missing)}")
