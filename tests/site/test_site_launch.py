"""Launch buttons of every notebook page lead to that notebook, in the repository of the config."""

import os
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from built_pages import parsed
from pages import NOTEBOOKS
from project import CONFIG, ROOT

# A fork's workflow builds and tests with its own address in the environment.
URL = os.environ.get("BOOK_REPOSITORY") or CONFIG["repository"]["url"]
REPOSITORY = urlsplit(URL).path.strip("/")
BRANCH = os.environ.get("BOOK_BRANCH") or CONFIG["repository"]["branch"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_buttons_lead_to_the_notebook(site, notebook):
    path = notebook.relative_to(ROOT)
    page = site / path.with_suffix(".html")
    soup = parsed(page)
    buttons = soup.select(".article-header-buttons a[href]")
    links = {urlsplit(link["href"]).netloc: link["href"] for link in buttons}

    binder = urlsplit(links["mybinder.org"])
    assert binder.path == f"/v2/gh/{REPOSITORY}/{BRANCH}"
    (target,) = parse_qs(binder.query)["urlpath"]
    assert target == f"lab/tree/{path.as_posix()}"
    assert (ROOT / target.removeprefix("lab/tree/")).is_file()

    colab = urlsplit(links["colab.research.google.com"]).path
    assert colab == f"/github/{REPOSITORY}/blob/{BRANCH}/{path.as_posix()}"

    download = next(
        link for link in buttons if link["href"].endswith(".ipynb") and ":" not in link["href"]
    )
    offered = (page.parent / download["href"]).resolve()
    assert nbformat.read(offered, as_version=4).cells == nbformat.read(notebook, as_version=4).cells


def test_pages_that_are_no_notebooks_offer_no_launch(site):
    for page in (ROOT / "book").rglob("*/*.md"):
        html = site / page.relative_to(ROOT).with_suffix(".html")
        soup = parsed(html)
        assert not soup.select('a[href*="mybinder.org"]'), page
