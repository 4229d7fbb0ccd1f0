"""The verification report: true chains hold, broken ones raise, and the table is accessible."""

import re
import unicodedata
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softmax_course.teaching import language
from softmax_course.verification import report as verification
from softmax_course.verification.report import BoundBroken, Report, Row, report

SUBJECTS = ("jacobian", "cross-entropy", "hessian")


@pytest.mark.parametrize("what", SUBJECTS)
@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_every_link_holds(what, temperature):
    found = report(what, [2.0, -1.0, 0.5], target=1, temperature=temperature)
    assert found.holds
    assert len(found.rows) == 7
    assert all(row.holds for row in found.rows)


@settings(max_examples=25)
@given(
    st.sampled_from(SUBJECTS),
    st.lists(st.floats(-1000, 1000), min_size=2, max_size=5),
    st.floats(0.25, 8),
)
def test_every_link_holds_for_any_logits(what, logits, temperature):
    assert report(what, logits, target=len(logits) - 1, temperature=temperature).holds


def test_bounds_are_tight_enough_to_mean_something():
    rows = {row.key: row for row in report("jacobian").rows}
    assert rows["proof"].bound == 0
    assert rows["numbers"].bound <= 1e-60
    assert rows["reference"].bound <= 1e-15
    assert rows["compiled"].bound <= 1e-13
    assert rows["central_difference"].bound <= 1e-10
    assert rows["complex_step"].bound <= 1e-12
    assert rows["adjoint"].bound <= 1e-10


@pytest.mark.parametrize(
    ("what", "function", "wrong", "links"),
    [
        ("jacobian", "softmax_jacobian", lambda J: J * (1 + 1e-12), {"compiled", "reference"}),
        ("jacobian", "softmax_jacobian", np.abs, {"compiled", "reference", "central_difference"}),
        ("jacobian", "softmax_jacobian", lambda J: J * np.nan, {"compiled", "reference"}),
        ("jacobian", "softmax_jvp", lambda x: x * (1 + 1e-9), {"complex_step"}),
        ("jacobian", "softmax_jvp", lambda x: x[::-1], {"complex_step", "adjoint"}),
        ("hessian", "cross_entropy_hessian", lambda H: H / 2, {"compiled", "central_difference"}),
        ("cross-entropy", "cross_entropy_grad", lambda g: -g, {"compiled", "central_difference"}),
        ("cross-entropy", "cross_entropy_grad", lambda g: g + 1e-9, {"zero_sum", "complex_step"}),
    ],
)
def test_a_broken_bound_raises_and_names_the_link(monkeypatch, what, function, wrong, links):
    right = getattr(verification, function)
    monkeypatch.setattr(
        verification, function, lambda *args, **kwargs: wrong(right(*args, **kwargs))
    )
    with pytest.raises(BoundBroken) as caught:
        report(what)
    broken = {row.key for row in caught.value.report.rows if not row.holds}
    assert links <= broken
    assert len(str(caught.value).splitlines()) == len(broken)
    for row in caught.value.report.rows:
        assert (row.compared in str(caught.value)) == (not row.holds)


def test_gradcheck_offers_it_too():
    assert isinstance(report("hessian"), Report)


@pytest.mark.parametrize(
    ("arguments", "error", "complaint"),
    [
        ({"what": "curl"}, ValueError, "what must be one of jacobian, cross-entropy, hessian"),
        ({"what": ["jacobian"]}, TypeError, "what must be a text"),
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
@pytest.mark.parametrize("what", SUBJECTS)
def test_the_table_is_accessible_and_in_the_language(code, what):
    found = report(what)
    with language.using(code):
        table = _Table(found._repr_html_())
        text = repr(found)
        compared = [row.compared for row in found.rows]
        caption = found.caption
    assert not table.open, "every element is closed"
    heads = [attrs.get("scope") for tag, attrs in table.seen if tag == "th"]
    assert heads == ["col"] * 4 + ["row"] * len(found.rows)
    assert [tag for tag, _ in table.seen].count("caption") == 1
    for style in (attrs["style"] for _, attrs in table.seen if "style" in attrs):
        assert not re.search("colou?r|background|#", style), "the theme decides the colours"
    for words in (caption, *compared):
        assert words in table.words
        assert words in text


def test_a_broken_row_says_so_in_words_and_is_not_hidden_by_nan():
    assert not Row("proof", {"steps": 1}, float("nan"), 1.0).holds
    shown = Report("jacobian", (Row("proof", {"steps": 1}, 2.0, 1.0),))
    assert not shown.holds
    assert "✗" in shown._repr_html_()


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
