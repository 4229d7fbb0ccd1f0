"""Every page wholly in its reader's language: words, attributes and what scripts add."""

import json
import re
from pathlib import Path

import pytest
from built_pages import parsed
from project import FINISHED, LANGUAGES, TRAITS

HERE = Path(__file__).parent

# A phrase is English when it has one of these; terms such as "one-hot vector" have none.
FUNCTION_WORDS = set(
    re.findall(
        r"\w+",
        """
        a about all an and are as at be but by can click copied copy do for from has have here
        hide how if in into is it its more next no not of on open or our page see show that the
        then there these they this to toggle use was we what when where which will with you your
        """,
    )
)

ATTRIBUTES = [
    "alt",
    "aria-description",
    "aria-label",
    "aria-roledescription",
    "data-bs-original-title",
    "data-bs-title",
    "data-tooltip",
    "label",
    "placeholder",
    "title",
]

# Everything that a reader can meet as words: text nodes, shown or not, and telling attributes,
# each with the language that its nearest element with `lang` gives. Three kinds: the interface's
# own words; parts of the interface within the article, where an author may have added words; and
# prose, with its headings wherever the interface repeats them.
COLLECT = """
(attributes) => {
  const skipped = "code, pre, kbd, samp, math, script, style, noscript, .math, [translate=no]";
  const parts = ".admonition-title, summary, button:not(dt *), .headerlink, .caption-number, .eqno";
  const headings = "title, .navbar-brand, .bd-docs-nav a, .page-toc a, .polyglot-way__title, " +
    ".polyglot-way__about, .polyglot-place__crumbs, #jb-print-toc a, .polyglot-print-title";
  const found = [];
  const add = (element, text, attribute) => {
    text = text.trim();
    if (!text || element.closest(skipped)) return;
    let kind = "interface";
    if (element.closest("article.bd-article"))
      kind = attribute || element.closest(parts) ? "part" : "prose";
    else if (!attribute && element.closest(headings)) kind = "prose";
    found.push({
      text,
      kind,
      lang: element.closest("[lang]")?.getAttribute("lang") ?? "",
      place: element.tagName.toLowerCase() + "." + element.classList.value.replaceAll(" ", "."),
    });
  };
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) add(texts.currentNode.parentElement, texts.currentNode.data, false);
  for (const name of attributes)
    for (const element of document.querySelectorAll(`[${name}]`))
      add(element, element.getAttribute(name), true);
  return JSON.stringify(found);  // one long text crosses over much faster than many objects
}
"""


def allowed() -> list[str]:
    """Return the Latin names that every language uses, long ones first."""
    lines = (HERE / "allowed_english.txt").read_text("utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return sorted(names, key=len, reverse=True)


def leftovers(piece: dict, tag: str, known: list[str]) -> list[str]:
    """Return the English in a piece of text of a page."""
    if piece["lang"] != tag:
        return []
    text = piece["text"]
    for name in known:
        text = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", "•", text)
    words = re.findall(r"[A-Za-z]{2,}", text)
    if piece["kind"] == "interface":
        return words
    if piece["kind"] == "part" and words and not re.search(r"[^\W\d_A-Za-z]", text):
        return words
    phrases = re.findall(r"[A-Za-z][A-Za-z'’-]*(?:[ ,]+[A-Za-z][A-Za-z'’-]*){2,}", text)
    return [
        phrase
        for phrase in phrases
        if FUNCTION_WORDS & {word.lower() for word in re.findall(r"[A-Za-z'’-]+", phrase)}
    ]


def test_the_scan_finds_english():
    """The scan itself: what it must find and what it must leave."""
    known = ["Softmax"]

    def found(text, kind, lang="ru"):
        return leftovers({"text": text, "kind": kind, "lang": lang}, "ru", known)

    assert found("Click to show", "interface") == ["Click", "to", "show"]
    assert found("Поиск: Ctrl", "interface") == ["Ctrl"]
    assert found("Функция Softmax", "interface") == []
    assert found("Softmaxes", "interface") == ["Softmaxes"]
    assert found("Note", "part") == ["Note"]
    assert found("Упражнение 1 (VJP)", "part") == []
    assert found("Рисунок. This is a leftover", "part") == ["This is a leftover"]
    assert found("Текст. This is a leftover.", "prose") == ["This is a leftover"]
    assert found("вектор (one-hot encoding vector)", "prose") == []
    assert found("This is a quotation", "prose", lang="en") == []


@pytest.fixture(scope="module")
def collected(site, browser) -> dict[str, list[dict]]:
    """Open every page of a language once and collect what is written on it."""
    context = browser.new_context()
    context.route(re.compile(r"\.(woff2?|png|svg|jpe?g)(\?|$)"), lambda route: route.abort())
    page = context.new_page()
    pieces = {}
    for path in sorted((site / "book").rglob("*.html")):
        page.goto(path.as_uri(), wait_until="load")
        tag = page.evaluate("document.documentElement.lang")
        pieces[path.relative_to(site).as_posix()] = [
            {**piece, "html": tag} for piece in json.loads(page.evaluate(COLLECT, ATTRIBUTES))
        ]
    context.close()
    return pieces


def pages_of(collected: dict, code: str) -> dict[str, list[dict]]:
    pages = {name: found for name, found in collected.items() if name.startswith(f"book/{code}/")}
    assert pages, f"no pages under book/{code}/"
    return pages


@pytest.mark.parametrize("code", LANGUAGES)
def test_pages_name_their_language(collected, code):
    for name, pieces in pages_of(collected, code).items():
        assert {piece["html"] for piece in pieces} == {LANGUAGES[code]["tag"]}, name


@pytest.mark.parametrize("code", FINISHED)
def test_no_english_is_left(collected, code):
    tag, known = LANGUAGES[code]["tag"], allowed()
    problems = [
        f"{name}: {piece['place']}: {', '.join(found)!r} in {piece['text'][:90]!r}"
        for name, pieces in pages_of(collected, code).items()
        for piece in pieces
        if (found := leftovers(piece, tag, known))
    ]
    assert not problems, "\n".join(dict.fromkeys(problems))


def foreign(code: str) -> list[str]:
    """Return the letters of the scripts that a language is not written in; Latin ones are names."""
    own = TRAITS[code]["letters"]
    return [
        traits["letters"]
        for traits in TRAITS.values()
        if not re.search(f"[{traits['letters']}]", "z")
        and not any(
            re.search(f"[{own}]", chr(c)) and re.search(f"[{traits['letters']}]", chr(c))
            for c in range(0x10000)
        )
    ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_other_language_of_the_book_is_left(collected, code):
    tag = LANGUAGES[code]["tag"]
    others = "".join(foreign(code))
    problems = [
        f"{name}: {piece['place']}: {piece['text'][:90]!r}"
        for name, pieces in pages_of(collected, code).items()
        for piece in pieces
        if piece["lang"] == tag and re.search(f"[{others}]", piece["text"])
    ]
    assert not problems, "\n".join(dict.fromkeys(problems))


def test_the_front_page_marks_each_language_and_adds_no_words_of_its_own(collected):
    tags = {language["tag"] for language in LANGUAGES.values()}
    seen = set()
    for piece in collected["book/index.html"]:
        if piece["lang"] in tags:
            seen.add(piece["lang"])
        else:
            found = leftovers({**piece, "kind": "interface"}, piece["lang"], allowed())
            assert not found, piece
    assert seen == tags


def test_the_build_noted_no_untranslated_word(site):
    record = json.loads((site.parent / ".doctrees/polyglot-untranslated.json").read_text("utf-8"))
    finished = tuple(f"book/{code}/" for code in FINISHED)
    assert [page for page in record["pages"] if page.startswith(finished)] == []


def test_the_page_for_a_wrong_address_speaks_each_language_and_no_english(site):
    page = parsed(site / "404.html")
    sections = page.select("section")
    assert [section["lang"] for section in sections] == [
        language["tag"] for language in LANGUAGES.values()
    ]
    for section in sections:
        assert section.h2.get_text().strip()
        assert section.a["href"].endswith("index.html")
        piece = {"text": section.get_text(" "), "lang": section["lang"], "kind": "interface"}
        assert leftovers(piece, section["lang"], allowed()) == []
