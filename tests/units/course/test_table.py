"""Tables of numbers: what stands in a cell, and that columns line up."""

import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from project import LANGUAGES
from wcwidth import wcswidth

from softmax_course import statements, table, theorems
from softmax_course.teaching import language, words


@pytest.fixture(autouse=True)
def _english():
    with language.using("en"):
        yield


def cells(found):
    """Return the texts of a table's HTML, row by row, without its heads."""
    rows = BeautifulSoup(found._repr_html_(), "html.parser").select("tbody tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


@pytest.mark.parametrize(
    ("value", "how", "shown"),
    [
        (3, None, "3"),
        (-3, None, "−3"),
        (np.int64(7), None, "7"),
        (10**20, None, "100000000000000000000"),
        (0.5, None, "0.5"),
        (2.0, None, "2"),
        (0.123456, None, "0.1235"),
        (1e-5, None, "1·10⁻⁵"),
        (-1.5e12, None, "−1.5·10¹²"),
        (np.float32(0.1), ".3f", "0.100"),
        (np.array(0.25), ".2f", "0.25"),
        (2, ".2f", "2.00"),
        (-0.0, ".2f", "0.00"),
        (-0.001, ".2f", "0.00"),
        (0.0, ".1e", "0"),
        (1.23e-5, ".1e", "1.2·10⁻⁵"),
        (-1.23, ".1e", "−1.2"),
        (0.956, ".1%", "95.6%"),
        (1234567, ",", "1\u202f234\u202f567"),
        (0.5, "+.1f", "+0.5"),
        (-0.5, ">9.1f", "−0.5"),
        (float("inf"), ".2f", "∞"),
        (float("-inf"), None, "−∞"),
        (float("nan"), ".1e", "nan"),
        (Fraction(1, 3), ".3f", "0.333"),
        (sympy.Rational(1, 4), ".2f", "0.25"),
        (mpmath.mpf("1e-30"), ".1e", "1.0·10⁻³⁰"),
        (0.25, lambda p: f"1/{1 / p:g}", "1/4"),
        (True, ".3f", "yes"),
        (np.bool(False), None, "no"),
        (None, ".3f", "—"),
        ("pᵢ < 1 & *", ".3f", "pᵢ < 1 & *"),
        ([1, 2], ".3f", "(1.000,\u00a02.000)"),
    ],
)
def test_what_stands_in_a_cell(value, how, shown):
    assert cells(table([("x", value)], ["", "a"], [None, how])) == [["x", shown]]


def test_one_format_is_for_numbers_that_are_not_integers():
    assert cells(table([(10, 0.5, 1)], ["n", "p", "k"], ".3f")) == [["10", "0.500", "1"]]


def test_formats_by_head():
    assert cells(table([(10, 0.5)], ["n", "p"], {"p": ".3f"})) == [["10", "0.500"]]


def test_rows_of_an_array():
    assert cells(table(np.eye(2), ["a", "b"])) == [["1", "0"], ["0", "1"]]


@pytest.mark.parametrize("code", LANGUAGES)
def test_truth_is_told_in_the_language_in_use(code):
    found = table([("x", True)], ["", "a"])
    with language.using(code):
        assert cells(found)[0][1] == words.text("table.true") != "yes"


def test_html_says_what_heads_what_and_escapes():
    found = table([("<b>", 1.5)], ["name & co", "p"], caption="T < 1")
    soup = BeautifulSoup(found._repr_html_(), "html.parser")
    assert [th["scope"] for th in soup.select("thead th")] == ["col", "col"]
    assert [th["scope"] for th in soup.select("tbody th")] == ["row"]
    assert soup.b is None
    assert soup.caption.get_text() == "T < 1"
    assert soup.div["role"] == "region"
    assert soup.div["tabindex"] == "0"
    assert soup.div["aria-label"] == "T < 1"
    unnamed = table([("a", 1)], ["", "p₁"], row_heads=False)
    soup = BeautifulSoup(unnamed._repr_html_(), "html.parser")
    assert soup.div["aria-label"] == "p₁"
    assert not soup.select("tbody th")
    assert len(soup.select("thead th")) == 1, "an empty head heads nothing"
    assert len(soup.select("thead td")) == 1


def test_html_has_no_color_of_its_own():
    html = table([("a", 1.0), ("b", None)], ["x", "y"], caption="c")._repr_html_()
    assert not re.search(r"color|background|#[0-9a-f]{3}", html)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: table([], ["a"]), ValueError, "at least one"),
        (lambda: table([(1, 2), (3,)], ["a", "b"]), ValueError, "row 1 has 1 cells for 2 heads"),
        (lambda: table([(1,)], "a"), TypeError, "head must be a list of texts"),
        (lambda: table([(1,)], ["a"], [".1f", None]), ValueError, "2 formats for 1 columns"),
        (lambda: table([(1,)], ["a"], {"b": ".1f"}), ValueError, r"no column: \['b'\]"),
        (lambda: table([(1,)], ["a"], [3]), TypeError, "a format is a text"),
        (lambda: table([(1,)], ["a"], caption=3), TypeError, "caption must be a text"),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=True, allow_infinity=True),
)
FORMATS = st.sampled_from([None, ".2f", ".0f", ".1e", ".1%", ","])
#: Letters of one column and of two, and a mark that takes none, after a letter.
WORDS = st.from_regex("([abпк学习]\u0301?){1,6}", fullmatch=True)


@given(st.lists(NUMBERS, min_size=1, max_size=6), FORMATS, WORDS)
def test_numbers_line_up_in_a_terminal(column, how, head):
    lines = repr(table([(value,) for value in column], [head], [how])).split("\n")[1:]
    # The end of the whole part stands in the same place in each line.
    ends = {wcswidth(re.match(r" *[^.·]*?(?= *$|[.·])", line)[0]) for line in lines}
    if any(value is not None for value in column):
        assert len(ends) == 1


def sign_width(sign):
    """Return the width of a sign in DejaVu Sans, in digits."""
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    font.set_size(100, 72)
    return font.load_char(ord(sign)).linearHoriAdvance / font.load_char(ord("0")).linearHoriAdvance


@given(st.lists(NUMBERS, min_size=1, max_size=6), FORMATS)
def test_numbers_line_up_in_a_browser(column, how):
    html = table([(value,) for value in column], ["a"], [how], row_heads=False)._repr_html_()
    body = BeautifulSoup(html, "html.parser").select("tbody td")
    if all(value is None for value in column):
        return
    # Cells end at one line. What follows the whole part has one width: that of its span, which
    # has room for it, or the same count of digits in each.
    assert all("text-align: right" in cell["style"] for cell in body)
    spans = [cell.span for cell in body]
    if any(spans):
        assert all(spans)
        rooms = {float(re.search(r"min-width: ([\d.]+)ch", span["style"])[1]) for span in spans}
        assert len(rooms) == 1
        for cell, span in zip(body, spans, strict=True):
            assert sum(map(sign_width, span.get_text())) <= max(rooms) + 0.05
            assert not re.search(r"[.·]", cell.get_text().removesuffix(span.get_text()))
    else:
        rests = {re.sub(r"\d", "0", cell.get_text().partition(".")[2]) for cell in body}
        assert len(rests) == 1


@pytest.mark.slow
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_words_line_up_in_a_terminal(rows):
    lines = repr(table(rows, ["x", "学"])).split("\n")
    ends = [right for _, right in [("x", "学"), *rows]]
    assert all(line.endswith("  " + end) for line, end in zip(lines, ends, strict=True))
    starts = {wcswidth(line.removesuffix(end)) for line, end in zip(lines, ends, strict=True)}
    assert len(starts) == 1


@pytest.mark.parametrize("code", ["ru", "zh", "en"])
def test_widths_are_those_of_the_library(code):
    with language.using(code):
        messages = [text for text in words.table("figures").values() if isinstance(text, str)]
    for text in messages:
        head, line = repr(table([("x", "y")], [text, "y"])).split("\n")
        assert wcswidth(head) == wcswidth(line)


def test_statements_are_those_of_the_proofs():
    found = statements([theorems.log_odds, theorems.jvp])
    assert [theorems.log_odds().statement, theorems.jvp().statement] == list(found.latex)
    latex = found._repr_latex_()
    assert latex.startswith(r"$\displaystyle \begin{aligned}1.\quad & ")
    assert r"\\[0.5em] 2.\quad & " in latex


def test_a_vector_is_written_as_its_numbers_are_and_stays_on_one_line():
    shown = table([((3, -1, 0.25), 1.0), ([-20.0, 0.0], 2.0)], ["z", "a"], [None, ".1f"])
    assert [line.split("  ")[0] for line in repr(shown).splitlines()[1:]] == [
        "(3,\u00a0−1,\u00a00.25)",
        "(−20,\u00a00)",
    ]
