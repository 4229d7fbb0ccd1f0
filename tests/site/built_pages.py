"""The pages of the built book."""

import re
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from pages import NOTEBOOKS, name

_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
#: Tags that nobody asks for: a formula itself, its LaTeX, places and links in it are kept.
_INSIDE = re.compile(r"<(?!/?(?:math|annotation)\b)(?![^>]*\s(?:id|href|src)=)[^>]*>")


@cache
def parsed(path: Path) -> BeautifulSoup:
    """Return a page, its formulas flat: they are most of its elements. Tests must not change it.

    ``html.parser``: lxml puts an image into the source before it.
    """
    html = _FORMULA.sub(lambda formula: _INSIDE.sub("", formula[0]), path.read_text("utf-8"))
    return BeautifulSoup(html, "html.parser")


def article(site, path):
    return parsed((site / "book" / name(path)).with_suffix(".html")).select_one(
        "article.bd-article"
    )


@cache
def page_with(site, code: str, selector: str) -> str:
    """Return the path of the page of a language that has the most of something."""
    pages = [path for path in NOTEBOOKS if path.parent.name == code]
    best = max(pages, key=lambda path: len(article(site, path).select(selector)))
    return "book/" + name(best).replace(".ipynb", ".html")
