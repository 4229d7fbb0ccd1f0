"""Exercises are answered on the page: a box for each, in three engines, from a folder too."""

import itertools

import nbformat
import numpy as np
import pytest
from built_pages import article
from pages import NOTEBOOKS, exercise_of, name
from project import FINISHED

from softmax_course.teaching import exercises, language

BOXES = ".smx-answer"

#: Type into the first box of a page, press its button, and return what it says.
ANSWER = """(text) => {
  const form = document.querySelector(".smx-answer form:has([type=text], textarea)");
  const field = form.querySelector("[type=text], textarea");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  form.querySelector("button").click();
  return form.querySelector(".smx-reply").textContent.trim();
}"""


def asked(path) -> list[exercises.Exercise]:
    """Return the exercises that a page asks for, in order."""
    found = [exercise_of(cell) for cell in nbformat.read(path, as_version=4).cells]
    return [exercises.load()[key] for key, asks in found if asks]


def first_with_numbers(code: str) -> tuple[str, exercises.Exercise]:
    """Return the first page of a language whose first box takes numbers, and the exercise."""
    for path in NOTEBOOKS:
        if path.parent.name == code:
            boxes = [exercise for exercise in asked(path) if exercise.kind != "function"]
            if boxes and boxes[0].kind not in {"boolean", "index"}:
                return "book/" + name(path).replace(".ipynb", ".html"), boxes[0]
    raise LookupError(f"no page of {code} asks for numbers")


def is_cell(element) -> bool:
    return "cell" in element.get("class", ())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_each_exercise_of_a_page_has_its_box(site, path):
    page = article(site, path)
    names = [exercise.name for exercise in asked(path)]
    functions = [exercise.name for exercise in asked(path) if exercise.kind == "function"]
    assert len(page.select(BOXES)) == len(names) - len(functions)
    shown = page.select(f"{BOXES} form, .smx-function")
    assert [each["data-polyglot-question"] for each in shown] == names
    ways = page.select(".smx-function [data-live-ways]")
    assert len(ways) == len(functions), "only a function is asked for in Python alone"
    with language.using(path.parent.name):
        waiting = language.text("check.waiting")
    assert not [text for text in page.select(".smx-feedback") if waiting in text.get_text()]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_each_exercise_says_its_kind_and_can_be_answered(site, path):
    page = article(site, path)
    boxes = set(page.select(f"{BOXES} form, .smx-function"))
    for exercise in page.select(".exercise"):
        assert exercise.select_one(".admonition-title .polyglot-kind").get_text(strip=True)
        inside = [exercise, *itertools.takewhile(is_cell, exercise.find_next_siblings())]
        places = {box for each in inside for box in each.select("[data-polyglot-question]")}
        assert places, f"{exercise['id']}: no place for an answer"
        boxes -= places
        if words := exercise.select_one(".polyglot-words"):
            assert places == {words}
            solution = next(
                each for each in exercise.find_next_siblings() if "solution" in each["class"]
            )
            assert solution.select("input[type=checkbox]"), exercise["id"]
    assert not boxes, "a box belongs to an exercise"


@pytest.mark.parametrize("code", FINISHED)
def test_a_right_and_a_wrong_answer(site, site_url, engine, code):
    address, exercise = first_with_numbers(code)
    right = np.asarray(exercise.right_answer(), dtype=float)
    lines = [" ".join(map(repr, row)) for row in np.atleast_2d(right).tolist()]
    for start in (site_url, site.as_uri() + "/"):
        engine.open(start + address)
        with language.using(code):
            assert engine.run(ANSWER, "\n".join(lines)) == f"✓ {language.text('check.right')}"
            wrong = engine.run(ANSWER, "\n".join(line.replace(".", "9.", 1) for line in lines))
            assert wrong.startswith(f"✗ {language.text('check.wrong')}")


@pytest.mark.parametrize("code", FINISHED)
def test_the_keyboard_and_paper(site_url, browser, code):
    address, _ = first_with_numbers(code)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(site_url + address)
    form = page.locator(f"{BOXES} form:has([type=text], textarea)").first
    form.locator("input, textarea").first.focus()
    page.keyboard.type("?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert form.locator(".smx-reply").inner_text()
    page.emulate_media(media="print")
    assert form.locator("input, textarea").first.is_visible(), "paper has room for the answer"
    assert not form.locator("button").is_visible()
    page.close()
