"""What many tests need to know: the repository, its configuration, its languages."""

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

if missing := LANGUAGES.keys() - TRAITS.keys():
    raise LookupError(f"tests/languages.toml: no table for {', '.join(sorted(missing))}")
