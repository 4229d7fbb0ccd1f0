"""Pages run what was in them when they were built, and nothing that was put in later."""

import pytest
from bs4 import BeautifulSoup

from polyglot_book import config
from polyglot_book.site import content_policy

CONFIG = """
title: Small book
only_build_toc_files: true
execute: {execute_notebooks: "off"}
latex: {use_jupyterbook_latex: false}
sphinx:
  config:
    extensions: [sphinx_copybutton, myst_nb, jupyter_book, sphinx_comments,
                 sphinx_external_toc, sphinx_design, sphinx_book_theme, polyglot_book]
    polyglot:
      folder: book
      languages:
        en: {tag: en, gettext: en, name: English}
      content_policy:
        img-src: [https://example.org]
        frame-src: [https://player.example.org]
"""

PAGE = """# Start

```{raw} html
<script>document.documentElement.dataset.own = "ran"</script>
<p id="handler" onclick="document.documentElement.dataset.handler = 'ran'">press</p>
```
"""


@pytest.fixture(scope="module")
def book(build, tmp_path_factory):
    book = tmp_path_factory.mktemp("policy")
    (book / "_config.yml").write_text(CONFIG)
    chapters = "[{file: book/en/index}]"
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: book/index\nchapters: {chapters}\n")
    (book / "book" / "en").mkdir(parents=True)
    (book / "book" / "en" / "index.md").write_text(PAGE)
    (book / "book" / "index.md").write_text("# Small book\n\n```{languages}\n```\n")
    done = build(book)
    assert done.returncode == 0, done.stdout
    return book / "_build" / "html"


def test_an_inline_script_runs_and_a_changed_one_does_not(book, browser, tmp_path):
    page = browser.new_page()
    path = book / "book" / "en" / "index.html"
    ran = "document.documentElement.dataset.own || 'did not run'"
    page.goto(path.as_uri())
    assert page.evaluate(ran) == "ran"
    page.click("#handler")
    assert page.evaluate("document.documentElement.dataset.handler") is None

    html = path.read_text("utf-8")
    assert html.count('own = "ran"') == 1
    changed = path.with_name("changed.html")
    changed.write_text(html.replace('own = "ran"', 'own = "was changed"'), "utf-8")
    page.goto(changed.as_uri())
    assert page.evaluate(ran) == "did not run"
    changed.unlink()
    page.close()


def test_every_page_has_one_policy_before_any_script(book):
    for path in book.rglob("*.html"):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        metas = page.select("meta[http-equiv=Content-Security-Policy]")
        assert len(metas) == 1, path
        first = page.find("script")
        assert first is None or metas[0] in first.find_all_previous("meta"), path


def test_a_book_adds_sources(book):
    html = (book / "book" / "en" / "index.html").read_text("utf-8")
    meta = BeautifulSoup(html, "html.parser").select_one("[http-equiv=Content-Security-Policy]")
    directives = dict(part.split(" ", 1) for part in meta["content"].split("; "))
    assert directives["img-src"] == "'self' data: https://example.org"
    assert directives["frame-src"] == "'self' https://player.example.org"
    assert directives["object-src"] == "'none'"


@pytest.mark.parametrize("sources", ["https://example.org", ["'self'; script-src *"], [1]])
def test_a_source_that_is_none_is_refused(sources):
    value = {
        "languages": {"en": {"tag": "en", "gettext": "en", "name": "English"}},
        "content_policy": {"img-src": sources},
    }
    with pytest.raises(config.ConfigError, match=r"content_policy\.img-src.*a (list of )?source"):
        config.read(value)


def test_hashes_are_of_what_a_browser_runs():
    html = (
        "<script>a</script><script\ttype=module>b\r\nc</script>"
        '<script src="d.js"></script><script type="application/json">{}</script>'
        '<SCRIPT data-x="a > b">a</SCRIPT><template><script>d</script></template>'
    )
    expected = [content_policy.hashes(f"<script>{text}</script>")[0] for text in ("a", "b\nc", "d")]
    assert content_policy.hashes(html) == expected


def test_a_policy_is_renewed_and_not_doubled():
    page = '<meta charset="utf-8"/><script>{}</script>'
    old = content_policy.protect(page.format("a"), {})
    again = str(BeautifulSoup(old.replace("<script>a", "<script>b"), "html.parser"))
    new = content_policy.protect(again, {})
    assert new.count("Content-Security-Policy") == 1
    [digest] = content_policy.hashes("<script>b</script>")
    assert digest in new


@pytest.mark.parametrize("html", ["<p>", '<script>a</script><meta charset="utf-8">'])
def test_a_page_where_no_policy_can_stand_is_an_error(html):
    with pytest.raises(content_policy.ExtensionError, match="before any script"):
        content_policy.protect(html, {})
