"""The report: right formulas hold, an exceeded bound raises, and the table is accessible."""

import re
import unicodedata
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softmax_course.proofs import theorems
from softmax_course.teaching import display, language
from softmax_course.verification import report as verification
from softmax_course.verification.report import BoundExceededError, Report, Row, report

FORMULAS = ("jacobian", "cross-entropy", "hessian")
MATRIX_ROWS = {"explicit_formula", "reference"}  # that look at the matrix or gradient itself
THEOREMS = {  # by formula, and whether the temperature is 1
    ("jacobian", True): "softmax_jacobian",
    ("jacobian", False): "softmax_jacobian_temperature",
    ("cross-entropy", True): "cross_entropy_gradient",
    ("cross-entropy", False): "cross_entropy_gradient_temperature",
    ("hessian", True): "cross_entropy_hessian",
    ("hessian", False): "cross_entropy_hessian_temperature",
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_every_row_holds(formula, temperature):
    found = report(formula, [2.0, -1.0, 0.5], target=1, temperature=temperature)  # or it raises
    last = "zero_sum" if formula == "cross-entropy" else "adjoint"
    assert [(row.key, dict(row.values)) for row in found.rows] == [
        ("proof", {"steps": len(theorems.ALL[THEOREMS[formula, temperature == 1]]().steps)}),
        ("numeric_check", {}),
        ("explicit_formula", {"n": 3}),
        ("reference", {"n": 3}),
        ("central_difference", {"n": 3, "step": 1e-5}),
        ("complex_step", {"n": 1000}),
        (last, {"n": 1000}),
    ]


@pytest.mark.slow
@settings(max_examples=25)
@given(
    st.sampled_from(FORMULAS),
    st.lists(st.floats(-1000, 1000), min_size=2, max_size=5),
    st.floats(0.25, 8),
)
def test_every_row_holds_for_any_logits(formula, logits, temperature):
    report(formula, logits, target=len(logits) - 1, temperature=temperature)  # or it raises


def test_bounds_are_tight_enough_to_mean_something():
    rows = {row.key: row for row in report("jacobian").rows}
    assert rows["numeric_check"].bound <= 1e-60
    assert rows["reference"].bound <= 1e-15
    assert rows["explicit_formula"].bound <= 1e-13
    assert rows["central_difference"].bound <= 1e-10
    assert rows["complex_step"].bound <= 1e-12
    assert rows["adjoint"].bound <= 1e-10


@pytest.mark.parametrize(
    ("formula", "function", "wrong", "rows"),
    [
        ("jacobian", "softmax_jacobian", lambda J: J * (1 + 1e-12), MATRIX_ROWS),
        ("jacobian", "softmax_jacobian", np.abs, {*MATRIX_ROWS, "central_difference"}),
        ("jacobian", "softmax_jacobian", lambda J: J * np.nan, MATRIX_ROWS),
        ("jacobian", "softmax_jvp", lambda x: x * (1 + 1e-9), {"complex_step"}),
        ("jacobian", "softmax_jvp", lambda x: x[::-1], {"complex_step", "adjoint"}),
        ("hessian", "cross_entropy_hessian", lambda H: H / 2, {*MATRIX_ROWS, "central_difference"}),
        ("cross-entropy", "cross_entropy_grad", np.negative, {*MATRIX_ROWS, "central_difference"}),
        ("cross-entropy", "cross_entropy_grad", lambda g: g + 1e-9, {"zero_sum", "complex_step"}),
    ],
)
def test_a_broken_bound_raises_and_names_the_row(monkeypatch, formula, function, wrong, rows):
    right = getattr(verification, function)
    monkeypatch.setattr(
        verification, function, lambda *args, **kwargs: wrong(right(*args, **kwargs))
    )
    with pytest.raises(BoundExceededError) as caught:
        report(formula)
    broken = {row.key for row in caught.value.report.rows if not row.holds}
    assert rows <= broken
    assert len(str(caught.value).splitlines()) == len(broken)
    for row in caught.value.report.rows:
        line = f"{formula}, {row}: the error {row.error:.2e} exceeds the bound {row.bound:.2e}"
        assert (line in str(caught.value)) == (not row.holds)


@pytest.mark.parametrize(
    ("arguments", "error", "complaint"),
    [
        ({"formula": "curl"}, ValueError, "must be one of jacobian, cross-entropy, hessian"),
        ({"formula": ["jacobian"]}, TypeError, "formula must be a text"),
        ({"logits": [1.0]}, ValueError, "2 to 12 finite"),
        ({"logits": [[1.0, 2.0]]}, ValueError, "2 to 12 finite"),
        ({"logits": [1.0, float("inf")]}, ValueError, "2 to 12 finite"),
        ({"logits": range(13)}, ValueError, "2 to 12 finite"),
        ({"logits": ["a", "b"]}, TypeError, "logits must hold real numbers"),
        ({"target": 3}, ValueError, "target must be an integer from 0 to 2, got 3"),
        ({"target": True}, TypeError, "target must be an integer"),
        ({"temperature": 0.0}, ValueError, "temperature"),
        ({"temperature": 1e-3}, ValueError, "temperature is between"),
    ],
)
def test_bad_arguments_are_named(arguments, error, complaint):
    with pytest.raises(error, match=complaint):
        report(**arguments)


class _Table(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen, self.words, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("code", language.available())
@pytest.mark.parametrize("formula", FORMULAS)
def test_the_table_is_accessible_and_in_the_language(code, formula):
    found = report(formula)
    with language.using(code):
        shown = display.report_table(found)
        table = _Table(shown._repr_html_())
        text = repr(shown)
        caption = language.text(
            "report.caption", subject=language.text(f"report.subjects.{formula}")
        )
        compared = [
            language.text("report.rows.reference", n=3),
            language.text("report.rows.central_difference", n=3, step="10⁻⁵"),
        ]
    assert not table.open, "every element is closed"
    heads = [attrs.get("scope") for tag, attrs in table.seen if tag == "th"]
    assert heads == ["col"] * 4 + ["row"] * len(found.rows)
    assert [tag for tag, _ in table.seen].count("caption") == 1
    for style in (attrs["style"] for _, attrs in table.seen if "style" in attrs):
        assert not re.search("colou?r|background|#", style), "the theme decides the colours"
    # "n = 3" stays on one line of a narrow table.
    for words in (caption, *(words.replace(" = ", "\u00a0=\u00a0") for words in compared)):
        assert words in table.words
        assert words in text


def test_a_broken_row_says_so_in_words_and_is_not_hidden_by_nan():
    assert not Row("proof", {"steps": 1}, float("nan"), 1.0).holds
    shown = Report("jacobian", (Row("proof", {"steps": 1}, 2.0, 1.0),))
    assert not shown.holds
    assert "✗" in repr(display.report_table(shown))
    assert repr(shown).splitlines() == [
        "<Report jacobian: a bound is exceeded>",
        "  proof (steps = 1): error 2.0e+00, bound 1.0e+00",
    ]


@pytest.mark.parametrize("code", language.available())
def test_messages_are_complete_and_clean(code):
    def flat(table, prefix=""):
        for key, value in table.items():
            if isinstance(value, dict):
                yield from flat(value, f"{prefix}{key}.")
            else:
                yield prefix + key, value

    with language.using("en"):
        english = dict(flat(language.table("report")))
    with language.using(code):
        messages = dict(flat(language.table("report")))
    assert set(messages) == set(english)
    for key, text in messages.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key]))
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search("[\u200b-\u200d\ufeff]", text)
