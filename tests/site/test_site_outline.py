"""Each course follows its source: the source's headings stand in the built pages, in order."""

import copy
import re
import tomllib
from pathlib import Path

import pytest
from built_pages import parsed
from project import ROOT
from sphinx_external_toc.parsing import parse_toc_yaml

OUTLINES = tomllib.loads(Path(__file__).with_name("outlines.toml").read_text(encoding="utf-8"))
TOC = ROOT / "_toc.yml"


def pages_in_order(language: str) -> list[str]:
    """Return the pages of a language in reading order, without suffix."""
    pages: list[str] = []

    def walk(document) -> None:
        pages.append(document.docname)
        for tree in document.subtrees:
            for item in tree.items:
                walk(toc[str(item)])

    toc = parse_toc_yaml(TOC)
    walk(toc[f"book/{language}/index"])
    return pages


def headings(site: Path, page: str) -> list[str]:
    """Return the headings of a built page as they are read, formulas in plain text."""
    found = []
    for shared in parsed(site / f"{page}.html").select("article.bd-article :is(h1, h2, h3, h4)"):
        heading = copy.copy(shared)
        for extra in heading.select(".headerlink, annotation"):
            extra.decompose()
        found.append(re.sub(r"\s+", " ", heading.get_text()).strip())
    return found


def plain(heading: str) -> str:
    """Drop white space: a formula and a text in a heading space their signs differently."""
    return re.sub(r"\s", "", heading)


def begins(heading: str, wanted: str) -> bool:
    """Tell whether a heading is the source's, with a number of the book's before it or without."""
    unnumbered = re.sub(r"^\d+(\.\d+)*\.\s*", "", heading)
    return any(plain(text).startswith(plain(wanted)) for text in (heading, unnumbered))


@pytest.mark.parametrize("language", sorted(OUTLINES))
def test_headings_of_the_source_appear_in_order(site, language):
    read = [heading for page in pages_in_order(language) for heading in headings(site, page)]
    position = 0
    for wanted in OUTLINES[language]:
        found = next(
            (index for index in range(position, len(read)) if begins(read[index], wanted)),
            None,
        )
        assert found is not None, f"{wanted!r} does not come after {read[max(position - 1, 0)]!r}"
        position = found + 1
