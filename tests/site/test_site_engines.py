"""The book in Chromium, Firefox and WebKit: widths, formulas, policy, quiz, search, theme, zip."""

import zipfile

import pytest
from project import LANGUAGES, TRAITS
from violations import violations, watch

WIDTHS = (1280, 390, 360, 320)

#: The boxes of the formulas of a page, in units of their font size: their order is the page's.
BOXES = """() => [...document.querySelectorAll("article math")]
  .filter((math) => math.checkVisibility())
  .map((math) => {
    const inside = math.querySelector("semantics").firstElementChild;
    const { width, height } = inside.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(math).fontSize);
    const tex = math.querySelector("annotation").textContent;
    return [tex, width / size, height / size];
  })"""

READY = "() => document.fonts.status === 'loaded' && document.readyState === 'complete'"


@pytest.fixture(scope="session")
def chromium_boxes(started, watched_url):
    """Return a function that measures the formulas of a page in Chromium, once."""
    known = {}

    def measure(place: str) -> list:
        if place not in known:
            chromium = started("chromium")
            chromium.resize(1280)
            chromium.open(watched_url + place)
            chromium.wait(READY)
            known[place] = chromium.run(BOXES)
        return known[place]

    return measure


def test_a_page_fits_the_screen_and_shows_its_formulas(engine, place, watched_url, chromium_boxes):
    expected = chromium_boxes(place)
    engine.open(watched_url + place)
    engine.wait(READY)
    boxes = engine.run(BOXES)
    assert violations(engine) == []
    assert [tex for tex, _, _ in boxes] == [tex for tex, _, _ in expected]
    wrong = [
        f"{tex}: {width:.2f} × {height:.2f} em, in Chromium {w:.2f} × {h:.2f}"
        for (tex, width, height), (_, w, h) in zip(boxes, expected, strict=True)
        if not (abs(width - w) <= 0.25 + 0.1 * w and abs(height - h) <= 0.35 + 0.15 * h)
    ]
    assert not wrong, "\n".join(wrong)
    wide = {}
    for width in WIDTHS:
        engine.resize(width)
        needed = engine.run("() => document.documentElement.scrollWidth")
        if needed > width:
            wide[width] = needed
    assert not wide


def test_a_page_reads_from_a_folder(engine, place, watched):
    engine.open((watched / place).as_uri())
    engine.wait(READY)
    assert violations(engine) == []
    assert "polyglot" in place or engine.run("() => document.body.textContent.trim().length") > 20
    broken = engine.run(
        """() => [...document.images].filter((e) => e.complete && !e.naturalWidth)
          .map((e) => e.src)"""
    )
    assert not broken


@pytest.mark.parametrize("code", LANGUAGES)
def test_search_finds(engine, watched_url, code):
    stem = TRAITS[code]["found"][0]["stem"]
    engine.open(f"{watched_url}book/{code}/index.html")
    engine.wait("() => !document.querySelector('.polyglot-search-field').hidden")
    engine.click(".polyglot-search-field")
    engine.wait("() => document.querySelector('#polyglot-search').open")
    engine.type(stem)
    engine.wait("() => document.querySelector('.polyglot-search__page')")
    found = engine.run(
        "() => [...document.querySelectorAll('.polyglot-search__page > a')].map((e) => e.href)"
    )
    assert all(f"/book/{code}/" in address for address in found)
    assert violations(engine) == []


QUESTION = ".smx-quiz form:has(input[data-right])"


def answer(engine) -> None:
    """Answer a question of the page's quiz rightly."""
    engine.wait(f"() => document.querySelector('{QUESTION} button[type=submit]')")
    engine.click(f"{QUESTION} input[data-right]")
    engine.click(f"{QUESTION} button[type=submit]")
    engine.wait(f"() => document.querySelector('{QUESTION} .smx-reply.right')")


def with_quiz(folder, code) -> str:
    """Return the first page of a language with a question to choose an answer of."""
    return next(
        path.relative_to(folder).as_posix()
        for path in sorted((folder / "book" / code).glob("*.html"))
        if "data-right" in path.read_text("utf-8")
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_quiz_answers_and_the_theme_switches(engine, watched, watched_url, code):
    engine.open(watched_url + with_quiz(watched, code))
    answer(engine)

    light = "() => getComputedStyle(document.body).backgroundColor"
    colors = {engine.run(light)}
    for _ in ("light", "dark", "auto"):
        engine.click(".theme-switch-button")
        colors.add(engine.run(light))
    assert len(colors) == 2, colors
    assert violations(engine) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_of_the_archive_works_from_a_folder(engine, site, code, tmp_path):
    with zipfile.ZipFile(site / "downloads" / f"book-{code}.zip") as archive:
        archive.extractall(tmp_path)
    page = tmp_path / with_quiz(tmp_path, code)
    page.write_text(watch(page.read_text("utf-8")), "utf-8")
    engine.open(page.as_uri())
    engine.wait(READY)
    answer(engine)
    assert engine.run("() => document.querySelector('.polyglot-search-field').hidden")
    assert violations(engine) == []
