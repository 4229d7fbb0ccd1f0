"""The pages of the built book."""

from functools import cache

from bs4 import BeautifulSoup
from pages import NOTEBOOKS, name


def article(site, path):
    html = (site / "book" / name(path)).with_suffix(".html").read_text("utf-8")
    return BeautifulSoup(html, "html.parser").select_one("article.bd-article")


@cache
def page_with(site, code: str, selector: str) -> str:
    """Return the path of the page of a language that has the most of something."""
    pages = [path for path in NOTEBOOKS if path.parent.name == code]
    best = max(pages, key=lambda path: len(article(site, path).select(selector)))
    return "book/" + name(best).replace(".ipynb", ".html")
