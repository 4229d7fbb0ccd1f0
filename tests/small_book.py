"""A small book in German and French, which tests write and build."""

import json
import re
import subprocess
from pathlib import Path

import yaml

#: Every warning is an error, as in a book that wants to notice what it breaks.
STRICT = ("-W", "-n", "--keep-going")

CONFIG = {
    "title": "Weather",
    "author": "Ada",
    "copyright": "2026",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "off"},
    "repository": {"url": "https://github.com/ada/weather"},
    "launch_buttons": {"binderhub_url": "https://mybinder.org"},
    "sphinx": {
        "config": {
            "extensions": [
                "sphinx_copybutton",
                "myst_nb",
                "jupyter_book",
                "sphinx_comments",
                "sphinx_external_toc",
                "sphinx_design",
                "sphinx_book_theme",
                "sphinx_exercise",
                "polyglot_book",
            ],
            "html_last_updated_fmt": "%d %B %Y",
            "polyglot": {
                "languages": {
                    "de": {"tag": "de", "gettext": "de", "name": "Deutsch"},
                    "fr": {"tag": "fr", "gettext": "fr", "name": "Français", "short": "FR"},
                },
                "concepts": ["rain", "snow"],
                "messages": "words/{lang}.toml",
            },
        }
    },
}

# What no installed catalog has in these languages.
WORDS = {
    "de": {
        "Language": "Sprache",
        "Contents of the book": "Inhalt des Buches",
        "Toggle the contents of the book": "Inhalt des Buches ein- oder ausblenden",
        "Toggle the contents of the page": "Inhalt der Seite ein- oder ausblenden",
        "Beginning of the book": "Zum Anfang des Buches",
        "Pages under “{title}”": "Seiten unter „{title}“",
        "Your browser asks for this language": "Die Sprache Ihres Browsers",
        "Launch on {name}": "In {name} starten",
        "Launch interactive content": "Notebook starten",
        "Exercise %s": "Übung %s",
        "Solution to exercise {number}": "Lösung der Übung {number}",
        "Show code cell source": "Code anzeigen",
        "Copy": "Kopieren",
        "Copy to clipboard": "In die Zwischenablage kopieren",
        "Copied!": "Kopiert",
        "Failed to copy": "Nicht kopiert",
        "Link to this heading": "Link zu dieser Überschrift",
        "Link to this image": "Link zu diesem Bild",
        "Link to this equation": "Link zu dieser Gleichung",
    },
    "fr": {
        "Language": "Langue",
        "Contents of the book": "Table des matières du livre",
        "Toggle the contents of the book": "Afficher ou masquer le sommaire",
        "Toggle the contents of the page": "Afficher ou masquer le plan de la page",
        "Beginning of the book": "Début du livre",
        "Pages under “{title}”": "Pages de « {title} »",
        "Your browser asks for this language": "La langue de votre navigateur",
        "Launch on {name}": "Lancer sur {name}",
        "Launch interactive content": "Lancer le carnet",
        "Exercise %s": "Exercice %s",
        "Solution to exercise {number}": "Corrigé de l’exercice {number}",
        "Show code cell source": "Afficher le code",
        "Copy": "Copier",
        "Copy to clipboard": "Copier dans le presse-papier",
        "Copied!": "Copié",
        "Failed to copy": "Échec de la copie",
    },
}

TEXT = {
    "de": {"index": "Wetter", "rain": "Regen", "snow": "Schnee", "group": "Mehr"},
    "fr": {"index": "Le temps", "rain": "Pluie", "snow": "Neige", "group": "En plus"},
}

PAGE = """\
---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
concepts: {concepts}
myst: {{html_meta: {{description: "{text}!"}}}}
---
# {text}

{{numref}}`{code}-{page}-figure`, {{eq}}`{code}-{page}-sum`, {{numref}}`{code}-{page}-task`

$$ 1 + 1 = 2 $$ ({code}-{page}-sum)

```{{figure}} ../drop.svg
:name: {code}-{page}-figure
:alt: {text}
{text}
```

:::{{note}}
{text}
:::

## {text} 2

```{{exercise}}
:label: {code}-{page}-task
{text}
```

```{{solution}} {code}-{page}-task
:class: dropdown
{text}
```

:::{{tip}}
:class: dropdown
{text}
:::

```{{code-cell}}
:tags: [hide-input]
1 + 1
```
"""

DROP = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9"/></svg>'


def write_book(folder: Path, config: dict = CONFIG, concepts: dict | None = None) -> None:
    """Write a book of three pages in each of two languages, chapters numbered in both."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    chapters = []
    for code, texts in TEXT.items():
        (folder / code).mkdir(exist_ok=True)
        for page in ("index", "rain", "snow"):
            homes = {"index": [], "rain": ["rain"], "snow": ["snow"]}[page]
            homes = (concepts or {}).get(f"{code}/{page}", homes)
            source = PAGE.format(code=code, page=page, text=texts[page], concepts=homes)
            (folder / code / f"{page}.md").write_text(source, "utf-8")
        groups = [
            {
                "numbered": 2,
                "restart_numbering": True,
                "sections": [{"file": f"{code}/rain"}],
            },
            {"caption": texts["group"], "sections": [{"file": f"{code}/snow"}]},
        ]
        chapters.append({"file": f"{code}/index", "subtrees": groups})
        (folder / "words").mkdir(exist_ok=True)
        words = "\n".join(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in WORDS[code].items())
        (folder / "words" / f"{code}.toml").write_text(f"[interface]\n{words}\n", "utf-8")
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True), "utf-8")
    (folder / "index.md").write_text("# Météo – Wetter\n\n```{languages}\n```\n", "utf-8")
    (folder / "drop.svg").write_text(DROP, "utf-8")


def said(result: subprocess.CompletedProcess) -> str:
    """Return what a build said, without its line breaks."""
    return " ".join(result.stdout.split())


def missing(result: subprocess.CompletedProcess) -> dict[str, list[str]]:
    """Return what a build says it lacks: for each message file, the English texts."""
    lacking: dict[str, list[str]] = {}
    place = None
    for line in result.stdout.splitlines():
        if match := re.search(r"put them under \[interface\] in (.*):$", line):
            place = lacking.setdefault(match[1], [])
        elif place is not None and (match := re.fullmatch(r'  (".*") = "…"', line)):
            place.append(json.loads(match[1]))
        else:
            place = None
    return lacking


def build_with_words(build, folder: Path) -> subprocess.CompletedProcess:
    """Build a book, adding the words that the build asks for, each in marks of its own."""
    result = build(folder, *STRICT)
    if lacking := missing(result):
        for path, words in lacking.items():
            assert Path(path).parent == folder / "words"
            with open(path, "a", encoding="utf-8") as file:
                for word in dict.fromkeys(words):
                    file.write(f"{json.dumps(word)} = {json.dumps(f'‹{word}›')}\n")
        result = build(folder, *STRICT)
    return result


#: The part of its glossary that all languages share.
GLOSSARY = '[rain]\nenglish = "rain"\nsee = "rain"\n\n[ice]\nenglish = "ice"\nsee = "snow"\n'
