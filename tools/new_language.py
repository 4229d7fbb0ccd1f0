"""Make what a further language of the book begins with: ``make new-language CODE=hi``.

Made are a folder with a landing page and a glossary, files of words and questions, entries in the
table of contents and the registry, where the language is a draft; named are the fonts of its script
wherever the project names fonts, and what the tests must know of it. What cannot be known, such as
a font for a script that Noto does not have, is left to be chosen, and said.

Nothing is written before all is known, and nothing that is there is written over.

Usage: ``python tools/new_language.py CODE`` with a code such as hi, fa or pt-BR.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path

import yaml
from language_facts import PLAIN, Facts, UnknownLanguageError, describe
from language_plan import MESSAGES, NewLanguageError, Plan
from language_words import add_fonts, add_words, known_words

ROOT = Path(__file__).resolve().parents[1]


def plan(root: Path, language: Facts) -> Plan:
    """Return what to write for a language.

    Raises
    ------
    NewLanguageError
        If the book has the language, or a file of the repository is not as expected.
    """
    result = Plan(root, language)
    known = result.languages()
    if language.code in known:
        name = known[language.code]["name"]
        raise NewLanguageError(f"_config.yml has the language {language.code!r} already: {name}")
    fonts = add_fonts(result)
    _config(result, fonts["figures"])
    _contents(result)
    _pages(result)
    add_words(result, fonts)
    _questions(result)
    _facts_for_tests(result)
    return result


# The registry and the table of contents


def _config(made: Plan, font: str | None) -> None:
    """Enter the language into the registry, a draft, and its font into the runtime of pages."""
    language, name = made.language, "_config.yml"
    before = yaml.safe_load(made.read(name))
    entry = {"tag": language.tag, "gettext": language.gettext, "name": language.name}
    entry["status"] = "draft"
    lines = "".join(f"          {key}: {value}\n" for key, value in entry.items())
    text = f"        {language.code}:\n{lines}"
    made.files[name] = _after_block(made.read(name), "      languages:\n", text)
    config = before["sphinx"]["config"]
    config["polyglot"]["languages"][language.code] = entry
    if font is not None:
        line = f"        {language.tag}: [{font}]\n"
        made.files[name] = _after_block(made.read(name), "      fonts:", line)
        config["live_cells"]["fonts"][language.tag] = [font]
    if yaml.safe_load(made.files[name]) != before:
        raise NewLanguageError(f"{name}: the entry cannot be put below polyglot.languages: by hand")


def _after_block(text: str, head: str, lines: str) -> str:
    """Put lines at the end of the block that a line begins."""
    indent = len(head) - len(head.lstrip())
    start = text.index("\n", text.index(f"\n{head}") + 1) + 1
    end = re.compile(rf"^ {{0,{indent}}}\S", re.MULTILINE).search(text, start)
    place = end.start() if end else len(text)
    kept = text[:place].rstrip("\n") + "\n"
    return kept + lines + text[len(kept) :]


def _contents(made: Plan) -> None:
    """Enter the two pages that there are into the table of contents."""
    folder = f"book/{made.language.code}"
    made.files["_toc.yml"] = made.read("_toc.yml").rstrip("\n") + (
        f"\n  - file: {folder}/index\n"
        "    subtrees:\n"
        "      - sections:                # chapters come before the glossary; numbered: as above\n"
        f"          - file: {folder}/glossary\n"
    )


def _pages(made: Plan) -> None:
    """Make the landing page, the glossary and its terms, each still to come."""
    code, name = made.language.code, made.language.name
    known = known_words(made)
    title = known.get("Glossary", "Glossary")
    made.make(
        f"book/{code}/index.md",
        f"""---
myst:
  html_meta:
    description: "Softmax · {name}"
---
# Softmax

% What the course is, in {made.language.english}: see how the other languages begin. Pages are
% notebooks beside this one, named in _toc.yml; a page's metadata say which concepts of
% polyglot.concepts (_config.yml) it is the home of ("Pages" in CONTRIBUTING.md). The description
% above is what searches show.
""",
    )
    made.make(
        f"book/{code}/glossary.md",
        f"""---
concepts: [glossary]
myst:
  html_meta:
    description: "{title} · {name}"
---

(glossary-{code})=
# {title}

```{{polyglot-glossary}}
```
""",
    )
    terms = tomllib.loads(made.read("book/glossary.toml"))
    stubs = "\n".join(
        f"# [{key}]                 # {entry['english']}\n# term = \"\"\n# definition = ''\n"
        for key, entry in terms.items()
    )
    made.make(
        f"book/{code}/glossary.toml",
        f"# The terms of the course in {made.language.english}. Keys and English names are those\n"
        "# of ../glossary.toml. Take the marks away from a term and fill it in; of a draft others\n"
        "# may wait. `also`, `avoid` and `sort` are told of in src/polyglot_book/README.md.\n\n"
        + stubs,
    )


# Questions and tests


def _questions(made: Plan) -> None:
    made.make(
        f"src/softmax_course/teaching/quizzes/{made.language.code}.toml",
        f"# Questions of the quizzes in {made.language.english}: a table [[page]] for each, as in\n"
        '# the files beside this. The page of that name shows them: quiz.show("page").\n',
    )


def _facts_for_tests(made: Plan) -> None:
    language, name = made.language, "tests/languages.toml"
    spacious = "1.5" if language.script in PLAIN else "1.7"
    joiners = f'joiners = "{language.joiners}"\n' if language.joiners else ""
    made.files[name] = made.read(name).rstrip("\n") + (
        f"\n\n[{language.code}]\n"
        f'letters = "{language.letters}"\n'
        f'sentence_end = "{language.sentence_end}"\n'
        f"line_height = {spacious}\n"
        f"{joiners}"
        "# To be filled in before the language is whole; tests leave out what is empty.\n"
        'loans = []\npraise = ""\nfound = []\nwords = []\nabsent = []\n'
    )


def main() -> None:
    """Begin a language, and say what comes next."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("code", help="of the language: hi, fa, pt-BR")
    code = parser.parse_args().code
    try:
        made = plan(ROOT, describe(code))
    except (NewLanguageError, UnknownLanguageError) as error:
        sys.exit(f"new-language: {error}")
    old = {name for name in made.files if (ROOT / name).exists()}
    made.write()
    folder = made.language.code
    print(f"{made.language.name} ({made.language.english}) is a draft of the book now.\n\nMade:")
    print("".join(f"  {name}\n" for name in made.files if name not in old))
    print("Entered into:\n" + "".join(f"  {name}\n" for name in made.files if name in old))
    steps = [
        *made.left,
        f"write book/{folder}/index.md, then pages beside it; name them in _toc.yml, and run "
        "`.venv/bin/python tools/notebooks.py book` (CONTRIBUTING.md, Pages)",
        f"translate {MESSAGES}/{folder}.toml; `make coverage` says what is left",
        f"fill in terms in book/{folder}/glossary.toml, and search words in tests/languages.toml",
        "build and test: `make book`, `make test`",
        "if it follows a source, enter the source's headings into tests/site/outlines.toml",
        "for pages with language models, write a grammar: "
        f"src/softmax_course/teaching/grammars/{folder}.toml",
        "when `make coverage` misses nothing, take `status: draft` out of _config.yml and name "
        f"book/{folder}/index.md in README.md",
    ]
    print("Next:\n" + "".join(f"  {n}. {step}\n" for n, step in enumerate(steps, 1)))


if __name__ == "__main__":
    main()
