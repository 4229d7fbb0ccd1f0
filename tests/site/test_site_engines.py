"""The book in Chromium, Firefox and WebKit: widths, formulas, policy, quiz, search, theme, zip."""

import zipfile

import engines
import pytest
from project import FINISHED, SEARCHED, TRAITS
from violations import violations, watch

from polyglot_book.rendering import node

WIDTHS = (1280, 390, 360, 320)

#: The boxes of the formulas of a page, in units of their font size.
#:
#: How far they may be from Chromium's is measured, not derived. Of 2394 boxes on the chosen pages,
#: those of long formulas differ by up to 10 %: other spaces in tables, other sizes of exponents.
#: Those of single letters differ by up to 0.16 em in width (accents are part of a box or not) and
#: by 0.58 em in height: Firefox measures a letter by the height of its font, the others by its ink.
#: Brackets around a bar are taller by 0.93 em in WebKit, two rows of fractions by 1.38 in Chromium,
#: six rows with dots above letters by 18 % in WebKit and 21 % in Chromium. A last slanted capital
#: is wider by 0.28 em in Firefox. Without its font, or with a table that is not laid out, a formula
#: is further off. Han characters are set in a font of the machine, not in the book's: formulas that
#: hold some are left out.
BOXES = """() => [...document.querySelectorAll("article math")]
  .filter((math) => math.checkVisibility() && !/\\p{Script=Han}/u.test(math.textContent))
  .map((math) => {
    const inside = math.querySelector("semantics").firstElementChild;
    const { width, height } = inside.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(math).fontSize);
    const tex = math.querySelector("annotation").textContent;
    return [tex, width / size, height / size];
  })"""

READY = "() => document.fonts.status === 'loaded' && document.readyState === 'complete'"


#: Formulas that some engine has set otherwise than TeX does: see static/polyglot-math.css.
SPECIMEN = {
    "text": r"\frac{e^{a}}{b_i}",
    "display": r"\displaystyle\frac{e^{a}}{b_i}",
    "matrix": r"\begin{pmatrix}\frac{e^{a}}{b_i}\end{pmatrix}",
    "name": r"\operatorname{softmax}(z)",
    "root": r"\sqrt{d}",
    "bar": r"\bar{z}",
    "prime": r"f'",
}

#: Gaps and sizes of those, in units of their font size.
MEASURE = """() => {
  const box = (name, selector) => {
    const element = document.querySelector(`#${name} ${selector}`);
    const { left, right, top, bottom, width } = element.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(element.closest("math")).fontSize);
    return Object.fromEntries(Object.entries({ left, right, top, bottom, width })
      .map(([key, value]) => [key, value / size]));
  };
  const [above, below] = [...document.querySelectorAll("#lines mfrac")]
    .map((fraction) => fraction.getBoundingClientRect());
  return {
    text: box("text", "mfrac").width / box("display", "mfrac").width,
    matrix: box("matrix", "mfrac").width / box("display", "mfrac").width,
    name: box("name", "mo[form=prefix]").left - box("name", "mi").right,
    root: box("root", "math").right - box("root", "mi").right,
    lines: below.top - above.bottom,
    primes: getComputedStyle(document.querySelector(".tml-prime")).fontFamily,
  };
}"""


@pytest.fixture(scope="session")
def specimen(site, tmp_path_factory) -> str:
    """Return the address of a page that shows them with the book's style sheet."""
    modules = node.install(site.parent / ".frontend")
    data = [{"tex": tex, "display": False} for tex in SPECIMEN.values()]
    formulas = [answer["mathml"] for answer in node.run("formulas.mjs", modules, data)]
    shown = "".join(
        f'<p id="{name}"><span class="math">{formula}</span></p>'
        for name, formula in zip(SPECIMEN, formulas, strict=True)
    )
    style = (site / "_static" / "polyglot.css").as_uri()
    page = tmp_path_factory.mktemp("specimen") / "index.html"
    page.write_text(
        f'<!doctype html><html data-theme="light"><meta charset="utf-8">'
        f'<link rel="stylesheet" href="{style}"><article class="bd-article">{shown}'
        f'<p id="lines">{formulas[0]}<br>{formulas[0]}</p></article></html>',
        "utf-8",
    )
    return page.as_uri()


def test_formulas_are_set_as_tex_sets_them(engine, specimen):
    engine.open(specimen)
    engine.wait(READY)
    found = engine.run(MEASURE)
    assert 0.6 < found["text"] < 0.85, "the parts of a fraction in text are as big as exponents"
    assert 0.6 < found["matrix"] < 0.85, "and in a matrix"
    assert abs(found["name"]) < 0.05, "no space between a name and its bracket"
    assert found["root"] < 0.15, "no space after a root"
    # In Firefox the box of a fraction ends where its letters' font does, well below their ink.
    least = -1 if isinstance(engine, engines.Firefox) else 4
    assert found["lines"] > least, "fractions on neighbouring lines do not touch"
    assert "Polyglot Primes" in found["primes"]


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
        if abs(width - w) > 0.3 + 0.1 * w or abs(height - h) > 0.9 + 0.2 * h
    ]
    assert not wrong, "\n".join(wrong)
    wide = {}
    for width in WIDTHS:
        engine.resize(width)
        try:  # what scripts place moves after the first frame of the new width
            engine.wait(
                "(width) => document.documentElement.scrollWidth <= width", width, seconds=2
            )
        except TimeoutError:
            wide[width] = engine.run("() => document.documentElement.scrollWidth")
    assert not wide


def test_a_page_reads_from_a_folder(engine, place, watched):
    engine.open((watched / place).as_uri())
    engine.wait(READY)
    assert violations(engine) == []
    broken = engine.run(
        """() => [...document.images].filter((e) => e.complete && !e.naturalWidth)
          .map((e) => e.src)"""
    )
    assert not broken


def search(engine, code) -> None:
    """Search from the page at hand, and find pages of its language."""
    engine.wait("() => !document.querySelector('.polyglot-search-field').hidden")
    engine.click(".polyglot-search-field")
    engine.wait("() => document.querySelector('#polyglot-search').open")
    engine.type(TRAITS[code]["found"][0]["stem"])
    engine.wait("() => document.querySelector('.polyglot-search__page')")
    found = engine.run(
        "() => [...document.querySelectorAll('.polyglot-search__page > a')].map((e) => e.href)"
    )
    assert all(f"/book/{code}/" in address for address in found)


@pytest.mark.parametrize("code", SEARCHED)
def test_search_finds(engine, watched_url, code):
    engine.open(f"{watched_url}book/{code}/index.html")
    search(engine, code)
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


@pytest.mark.parametrize("code", FINISHED)
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


@pytest.mark.parametrize("code", FINISHED)
def test_a_page_of_the_archive_works_from_a_folder(engine, site, code, tmp_path):
    with zipfile.ZipFile(site / "downloads" / f"book-{code}.zip") as archive:
        archive.extractall(tmp_path)
    page = tmp_path / with_quiz(tmp_path, code)
    page.write_text(watch(page.read_text("utf-8")), "utf-8")
    engine.open(page.as_uri())
    engine.wait(READY)
    answer(engine)
    search(engine, code)
    assert violations(engine) == []
