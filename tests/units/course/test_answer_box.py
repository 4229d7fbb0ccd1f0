"""The box under an exercise judges as `check` does; numbers are read as people type them."""

import base64
import json
import re

import numpy as np
import pytest

from softmax_course.teaching import _widget, language
from softmax_course.teaching.exercises import box, check, load

EXERCISES = {name: each for name, each in load().items() if each.kind != "function"}
LANGUAGES = language.available()


@pytest.fixture
def answer(page):
    """Return a function that answers an exercise in its box, and returns the name of the hint."""

    def type_in(name: str, text: str) -> str | None:
        page.set_content(f"<html><body>{box.html(EXERCISES[name])}</body></html>")
        if EXERCISES[name].kind == "boolean":
            page.check(f"input[value={text}]")
        else:
            page.fill("form :is(input, textarea)", text)
        page.click("button")
        return page.locator(".smx-reply").get_attribute("data-hint") or None

    return type_in


def typed(value, kind: str) -> str:
    """Write an answer as somebody may: decimal commas, a true minus, a row of a matrix a line."""
    if kind == "boolean":
        return "true" if value else "false"
    rows = np.atleast_2d(np.asarray(value, dtype=float)).tolist()
    shown = [[repr(x).replace("-", "−").replace(".", ",") for x in row] for row in rows]
    between = " " if np.ndim(value) == 2 else "; "
    return "\n".join(between.join(row) for row in shown)


@pytest.mark.parametrize("name", EXERCISES)
def test_it_judges_the_right_answer_and_known_errors_as_check_does(answer, name):
    exercise = EXERCISES[name]
    for value in [exercise.right_answer(), *(wrong for _, wrong in exercise.wrong_answers())]:
        assert answer(name, typed(value, exercise.kind)) == check(value, name).hint, value


#: An exercise of each kind, and answers that show an error which `judge` finds without its name.
ANSWERS = [
    ("formula-1", [9.0, 24.5, 66.5]),
    ("formula-1", [0.665, 0.245, 0.09]),
    ("formula-1", [0.09, 0.245]),
    ("formula-1", [0.2, 0.3, 0.4]),
    ("formula-1", [0.18, 0.49, 1.33]),
    ("formula-1", [-0.2, 0.7, 0.5]),
    ("formula-1", [0.3, 0.3, 0.4]),
    ("formula-1", [-2.408, -1.408, -0.408]),
    ("formula-2", -2.197),
    ("formula-2", 3.17),
    ("formula-2", [2.197, 1.0]),
    ("formula-2", float("inf")),
    ("intuition-1", 1),
    ("intuition-1", 0.5),
    ("intuition-1", 2),
    ("jacobian-4", [1.0, 2.0, 3.0]),
]


@pytest.mark.parametrize(("name", "value"), ANSWERS)
def test_it_finds_other_errors_as_check_does(answer, name, value):
    text = typed(value, EXERCISES[name].kind).replace("inf", "∞")
    assert answer(name, text) == check(value, name).hint


@pytest.mark.parametrize("name", ["logits", "matrix"])
def test_what_softmax_does_not_see_is_judged_as_check_does(answer, name):
    kinds = {
        "logits": lambda e: e.kind == "logits",
        "matrix": lambda e: np.ndim(e.right_answer()) == 2,
    }
    exercise = next(each for each in EXERCISES.values() if kinds[name](each))
    right = np.asarray(exercise.right_answer(), dtype=float)
    for value in (right + 1.0, right.T, -right):
        assert (
            answer(exercise.name, typed(value, exercise.kind)) == check(value, exercise.name).hint
        )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25), ("0,25", 0.25), (".5", 0.5), ("-2", -2.0), ("−2", -2.0), ("– 2", -2.0),
        ("১.৫", 1.5), ("１．５", 1.5), ("1e-3", 1e-3), ("∞", np.inf), ("1/3", 1 / 3),
        ("log 10", np.log(10)), ("ln(2)", np.log(2)), ("2*log 2", 2 * np.log(2)),
        ("log 9 / 2", np.log(9) / 2), ("e^2", np.e**2), ("sqrt(2)/2", 2**0.5 / 2),
        ("1/(1+e^-2)", 1 / (1 + np.exp(-2))), ("-2^2", -4.0), ("2 log 2", None), ("", None),
        ("abc", None), ("1,2,3", None), ("2..5", None), ("1/", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(page, text, value):
    read = page.evaluate(
        f"(text) => {{ {_widget.asset('numbers.js')}\n const value = number(text);"
        " return Number.isNaN(value) ? null : String(value); }",
        text,
    )
    if value is None:
        assert read is None
    else:
        assert float(read.replace("Infinity", "inf")) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "0.090 0.245 0.665", "0.090, 0.245, 0.665", "0,090; 0,245; 0,665", "0,090 0,245 0,665",
        "0,090, 0,245, 0,665", "[0.090, 0.245, 0.665]", "(0.090, 0.245, 0.665)", ".09 .245 .665",
        "০.০৯০ ০.২৪৫ ০.৬৬৫", "0.090，0.245，0.665", "1/11.107 0.245 0.665", "0.09\n0.245\n0.665",
    ],
)  # fmt: skip
def test_vectors_are_read_as_people_type_them(answer, text):
    assert answer("formula-1", text) is None


@pytest.mark.parametrize(
    "text", ["1 2\n3 4", "1, 2\n3, 4", "1 2; 3 4", "[[1, 2], [3, 4]]", "((1,2),(3,4))"]
)
def test_matrices_are_read_as_people_type_them(answer, text):
    # Not the answer, and of its shape: only that is told.
    assert answer("jacobian-4", text) not in {"shape", "unreadable", "one_number", None}


def test_nothing_and_no_number_are_no_error(answer, page):
    assert answer("formula-1", "") is None
    assert not page.locator(".smx-reply.right, .smx-reply.wrong").count()
    assert answer("formula-1", "what?") == "unreadable"
    assert page.locator("input").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_speaks_the_reader_s_language(answer, page, lang):
    with language.using(lang):
        answer("formula-1", "0.665 0.245 0.09")
        assert page.locator(".smx-reply").inner_text() == (
            f"✗ {language.text('check.wrong')} {language.text('check.hint.order')}"
        )


def test_what_is_right_is_not_read_at_a_glance():
    for exercise in EXERCISES.values():
        html = box.html(exercise)
        for number in np.ravel(np.asarray(exercise.right_answer(), dtype=float)).tolist():
            assert len(repr(number)) < 5 or repr(number) not in html


def test_only_an_exercise_that_is_not_answered_offers_it():
    assert box.MIME_TYPE in check(..., "formula-1")._repr_mimebundle_()
    assert check([1.0], "formula-1")._repr_mimebundle_() == {}


def test_a_function_is_asked_for_in_the_cell_and_a_page_adds_the_ways_to_run_it():
    function = next(name for name, each in load().items() if each.kind == "function")
    [shown] = check(..., function)._repr_mimebundle_().values()
    assert "data-live-ways" in shown
    assert f'data-polyglot-question="{function}"' in shown
    assert "<form" not in shown


@pytest.mark.parametrize(("value", "right"), [([1.0, 0.0, 0.0], "false"), (None, "true")])
def test_a_run_on_a_page_says_what_was_answered(value, right):
    value = EXERCISES["formula-1"].right_answer() if value is None else value
    said = check(value, "formula-1")._repr_html_()
    assert f'data-polyglot-answered="formula-1" data-polyglot-right="{right}"' in said
    assert "data-polyglot" not in check(..., "formula-1")._repr_html_()


#: Listens as a page does that remembers answers, and gives the last one back.
LISTEN = """() => {
  globalThis.told = [];
  addEventListener("polyglot:answer", ({ detail }) => told.push(detail));
}"""
RESTORE = """(given) => document.querySelector("[data-polyglot-question]")
  .dispatchEvent(new CustomEvent("polyglot:restore", { detail: { given, tries: 2 } }))"""


def test_it_tells_the_page_what_was_answered_and_shows_it_again(answer, page):
    answer("formula-1", "1 2 3")
    page.evaluate(LISTEN)
    page.click("button")
    page.fill("input", "0.09 0.245 0.665")
    page.click("button[type=submit]")
    page.fill("input", "?")
    page.click("button[type=submit]")
    assert page.evaluate("told") == [
        {"id": "formula-1", "right": False, "given": "1 2 3"},
        {"id": "formula-1", "right": True, "given": "0.09 0.245 0.665"},
    ]
    page.evaluate("told.length = 0")
    page.evaluate(RESTORE, "0.665 0.245 0.09")
    assert page.input_value("input") == "0.665 0.245 0.09"
    assert page.locator(".smx-reply.wrong").count() == 1
    assert page.evaluate("told") == [], "what is shown again is not answered again"


def test_hints_come_one_by_one_after_misses(answer, page):
    hints = page.locator(".smx-hints button")
    answer("formula-1", "1 2 3")
    advice = language.table("answer.advice")["probabilities"]
    assert hints.inner_text() == "Hint 1 of 2"
    hints.click()
    assert page.locator(".smx-hints p").all_inner_texts() == [advice]
    assert page.evaluate("document.activeElement.textContent") == advice
    assert hints.count() == 0, "the next hint takes another attempt"
    page.click("button[type=submit]")
    assert hints.inner_text() == "Hint 2 of 2"
    hints.press("Enter")
    error = language.text("check.hint.share_of_logits")
    assert error in page.locator(".smx-hints p").last.inner_text()
    page.fill("input", "0.09 0.245 0.665")
    page.click("button[type=submit]")
    assert page.locator(".smx-hints").inner_text() == "", "whoever has solved it needs none"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_hint_holds_the_answer(lang):
    with language.using(lang):
        for exercise in EXERCISES.values():
            steps = box._steps(exercise)
            assert len(steps) == len(set(steps)) == 2
            for number in np.ravel(np.asarray(exercise.right_answer(), dtype=float)).tolist():
                shown = f"{number:.3f}".rstrip("0").rstrip(".")
                assert len(shown) < 3 or not any(shown in step for step in steps)


@pytest.mark.parametrize("name", EXERCISES)
def test_its_data_are_json(name):
    data = re.search(r'"data":"([^"]+)"', box.html(EXERCISES[name]))[1]
    read = json.loads(base64.b64decode(data), parse_constant=pytest.fail)
    assert read["name"] == name
