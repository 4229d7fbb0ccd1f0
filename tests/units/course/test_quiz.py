"""The quiz: its data files, its errors, and how it behaves in a browser."""

import ast
import re
from collections import Counter

import nbformat
import pytest
from pages import NOTEBOOKS
from project import FINISHED, LANGUAGES, ROOT, TRAITS

from softmax_course.numerics.functional import softmax
from softmax_course.teaching import language, quiz

DATA = sorted((ROOT / "src" / "softmax_course" / "teaching" / "quizzes").glob("*.toml"))
QUESTIONS = {
    f"{lang}-{page}-{number}": question
    for lang in LANGUAGES
    for page, tables in quiz._pages(lang).items()
    for number, question in enumerate(quiz._questions(tables, page, f"{lang}.toml"), 1)
}
NUMBERS = [name for name, question in QUESTIONS.items() if question.decimals is not None]


def calls(lang):
    """Return the pages that the notebooks of a language show questions of, with repetitions."""
    found = []
    for path in (path for path in NOTEBOOKS if path.parent.name == lang):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or "quiz.show" not in cell.source:
                continue
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "quiz.show":
                    found.append(ast.literal_eval(node.args[0]))
    return found


def test_every_course_has_a_question_file():
    assert {path.stem for path in DATA} == set(LANGUAGES)
    assert {name.partition("-")[0] for name in QUESTIONS} >= set(FINISHED)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_and_questions_match(lang):
    shown = Counter(calls(lang))
    assert set(shown) == set(quiz._pages(lang)), "left: what notebooks show; right: quiz data"
    assert not [page for page, times in shown.items() if times > 1]


@pytest.mark.parametrize("name", NUMBERS)
def test_replies_to_a_wrong_number_keep_the_right_one(name):
    question = QUESTIONS[name]
    right, *common_errors = question.answers
    replies = [question.wrong, *(answer.reply for answer in common_errors)]
    number = rf"(?<![\d.]){re.escape(f'{right.value:.{question.decimals}f}')}"
    if question.decimals == 0:
        number += r"(?!\d)"  # more decimals of the answer would give it away, more digits would not
    assert not [reply for reply in replies if re.search(number, reply)]


@pytest.mark.parametrize("lang", FINISHED)
def test_the_right_choice_has_no_usual_place(lang):
    places = Counter(
        next(i for i, answer in enumerate(question.answers) if answer.right)
        for name, question in QUESTIONS.items()
        if name.startswith(lang) and question.decimals is None
    )
    assert max(places.values()) <= 0.6 * places.total(), places


@pytest.mark.parametrize("lang", FINISHED)
def test_a_right_answer_is_praised_once(lang):
    replies = [
        answer.reply
        for name, question in QUESTIONS.items()
        if name.startswith(lang)
        for answer in question.answers
        if answer.right
    ]
    assert replies
    assert not [reply for reply in replies if re.match(TRAITS[lang]["praise"], reply)]


def test_the_name_of_a_question_is_its_own_and_changes_with_its_meaning():
    names = [
        f"{name.rpartition('-')[0]}-{question.fingerprint}" for name, question in QUESTIONS.items()
    ]
    assert len(set(names)) == len(names)
    first, number = questions_of(SAMPLE, "a")
    changed, same = questions_of(SAMPLE.replace('"z"', '"w"').replace("sigmoid(2.0)", "0.1"), "a")
    assert changed.fingerprint != first.fingerprint
    assert same.fingerprint == number.fingerprint


GOOD = """
[[a]]
question = "Q"
choices = [{text = "x", reply = "no"}, {text = "y", reply = "yes", right = true}]
"""
NUMBER = '[[a]]\nquestion = "Q"\nanswer = "1 / 3"\ndecimals = 2\nreply = "yes"\nwrong = "no"\n'


def questions_of(source, page):
    return quiz._questions(quiz._parse(source, "test.toml")[page], page, "test.toml")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (GOOD.replace(', reply = "no"', ""), r"choices 1 must contain \['reply'\]"),
        (GOOD.replace('"no"', '" "'), "choices 1, reply must match .* got ' '"),
        (GOOD.replace("true", "false"), "exactly one choice"),
        (GOOD.replace('reply = "no"', 'reply = "no", right = true'), "exactly one choice"),
        (GOOD.replace("true", '"yes"'), "choices 2, right must be boolean, got 'yes'"),
        (GOOD.replace('"y"', '"x"'), "two choices have the same text"),
        (GOOD.replace('"yes"', '"no"'), "two replies are the same"),
        (GOOD.replace('"Q"', "3"), "question must be string .* got 3"),
        (GOOD.replace('"Q"', '"<i>z"'), "'<i>z' is not well-formed"),
        (GOOD.replace('"x"', '"z < 1"'), "'z < 1' is not well-formed"),
        (GOOD.replace('"no"', '"no & no"'), "'no & no' is not well-formed"),
        (GOOD + "hint = 'h'", "must not contain {'hint'}"),
        (GOOD.replace("[[a]]", "[a]"), r"page 'a' must be array \(.*begun with \[\[page\]\]"),
        ('[[a]]\nquestion = "Q"\nchoices = []', "choices must contain at least 2 items"),
        (NUMBER.replace("decimals = 2\n", ""), r"must contain \['decimals'\]"),
        (NUMBER.replace('wrong = "no"\n', ""), r"must contain \['wrong'\]"),
        (NUMBER.replace("= 2", "= 2.5"), "decimals must be integer .* got 2.5"),
        (NUMBER.replace("1 / 3", "1 / 0"), "ZeroDivisionError"),
        (NUMBER.replace("1 / 3", "softmax([1, 2])"), "expected one number"),
        (NUMBER.replace("1 / 3", "exp(1e9)"), "expected a finite number"),
        (NUMBER.replace("1 / 3", "1 +"), "SyntaxError"),
        (NUMBER + 'common_errors = [{answer = "0.333", reply = "r"}]', "2 decimals do not tell"),
        (NUMBER + 'common_errors = [{answer = "0.5"}]', r"common_errors 1 must contain \['reply'"),
        ("[[a]\n", "line 5"),
    ],
)
def test_broken_data_is_named(source, words):
    with pytest.raises(quiz.QuizDataError, match=words) as caught:
        questions_of(GOOD.replace("[[a]]", "[[first]]") + source, "a")
    message = str(caught.value)
    assert message.startswith("test.toml: ")
    if "[[a]]\n" in source:
        assert "page 'a', question 1" in message


def test_good_data_is_read():
    choices, number = questions_of(GOOD + NUMBER, "a")
    assert [answer.text for answer in choices.answers if answer.right] == ["y"]
    assert number.answers[0].value == 1 / 3


def test_a_page_without_questions_is_an_error():
    with language.using("ru"), pytest.raises(quiz.QuizDataError, match="no page 'nowhere'"):
        quiz.show("nowhere")


def test_a_language_without_questions_is_an_error():
    with language.using("en"), pytest.raises(quiz.QuizDataError, match="language 'en'"):
        quiz.show("worked-example")


# In a browser

SAMPLE = """
[[a]]
question = "Which?"
choices = [
    {text = "x", reply = "reply <i>x</i>"},
    {text = "y", reply = "reply y", right = true},
    {text = "z", reply = "reply z"},
]

[[a]]
question = "How much?"
answer = "softmax([2, -1, 0.5])[0]"
decimals = 2
reply = "reply right"
wrong = "reply other"
common_errors = [{answer = "sigmoid(2.0)", reply = "reply sigmoid"}]
"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>
<body>{}</body></html>"""


def sample(lang="en"):
    with language.using(lang):
        words = {name: language.text(f"quiz.{name}") for name in quiz._WORDS}
        tag = language.text("language.tag")
    return quiz.Quiz("a", questions_of(SAMPLE, "a"), words, tag)


@pytest.fixture
def page(page):
    """Return the page with the sample on it."""
    page.set_content(PAGE.format(sample()._repr_html_()))
    return page


def test_each_choice_gets_its_reply_and_can_be_retried(page):
    form = page.locator("form").first
    reply = form.get_by_role("status")
    form.get_by_role("button", name="Check").click()
    assert reply.inner_text() == "Choose an answer first."
    for text, says in (("x", "✗ Not yet. reply x"), ("z", "✗ Not yet. reply z")):
        form.get_by_label(text, exact=True).check()
        assert reply.inner_text() == ""
        form.get_by_role("button", name="Check").click()
        assert reply.inner_text() == says
    form.get_by_label("y", exact=True).check()
    form.get_by_role("button", name="Check").click()
    assert reply.inner_text() == "✓ Right. reply y"
    assert page.locator(".smx-score").inner_text() == "Solved: 1 of 2; at the first try: 0."


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("0.79", "✓ Right. reply right"),
        ("0,79", "✓ Right. reply right"),
        ("০.৭৯", "✓ Right. reply right"),
        ("０．７９", "✓ Right. reply right"),  # full-width
        (".79", "✓ Right. reply right"),
        (str(softmax([2, -1, 0.5])[0]), "✓ Right. reply right"),
        ("7.9e-1", "✓ Right. reply right"),
        ("0.78", "✗ Not yet. Very close: check how you rounded."),
        ("0.88", "✗ Not yet. reply sigmoid"),
        ("−0.79", "✗ Not yet. reply other"),
        ("1", "✗ Not yet. reply other"),
        ("", "Type a number, such as 0.25."),
        ("79 %", "Type a number, such as 0.25."),
        ("1,000.5", "Type a number, such as 0.25."),
    ],
)
def test_numbers_as_people_type_them(page, typed, says):
    form = page.locator("form").nth(1)
    form.get_by_role("textbox").fill(typed)
    form.get_by_role("textbox").press("Enter")
    assert form.get_by_role("status").inner_text() == says


def test_a_minus_sign_can_be_typed_on_every_telephone(page):
    """The keypad that an iPhone has for ``inputmode="decimal"`` lacks it."""
    fields = page.get_by_role("textbox").all()
    assert fields
    for field in fields:
        assert field.get_attribute("inputmode") in (None, "text")


def test_it_tells_the_page_what_was_answered_and_shows_it_again(page):
    page.evaluate(
        """() => {
          globalThis.told = [];
          addEventListener("polyglot:answer", ({ detail }) => told.push(detail));
        }"""
    )
    first, second = page.locator("form").all()
    names = [form.get_attribute("data-polyglot-question") for form in (first, second)]
    first.get_by_label("x", exact=True).check()
    first.get_by_role("button", name="Check").click()
    second.get_by_role("textbox").fill("0,79")
    second.get_by_role("textbox").press("Enter")
    assert page.evaluate("told") == [
        {"id": names[0], "right": False, "given": "0"},
        {"id": names[1], "right": True, "given": "0,79"},
    ]
    page.get_by_role("button", name="Start again").click()
    for form, given, tries in ((first, "1", 2), (second, "0.79", 1)):
        form.evaluate(
            """(form, detail) =>
              form.dispatchEvent(new CustomEvent("polyglot:restore", { detail }))""",
            {"given": given, "tries": tries},
        )
    assert first.get_by_role("status").inner_text() == "✓ Right. reply y"
    assert page.locator(".smx-score").inner_text() == "Solved: 2 of 2; at the first try: 1."
    assert page.evaluate("told.length") == 2, "what is shown again is not answered again"


def test_by_keyboard_alone_then_again(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("0.79")
    page.keyboard.press("Enter")
    score = page.locator(".smx-score")
    assert score.inner_text() == "Solved: 2 of 2; at the first try: 2."
    page.get_by_role("button", name="Start again").press("Enter")
    assert score.inner_text() == "Solved: 0 of 2; at the first try: 0."
    assert page.locator("input:checked").count() == 0
    assert page.locator("form [role=status]").all_inner_texts() == ["", ""]
    assert page.evaluate("document.activeElement.type") == "radio"


def test_two_on_a_page_do_not_share_choices(page):
    page.set_content(PAGE.format(2 * sample()._repr_html_()))
    first, second = page.locator(".smx-quiz").all()
    first.get_by_label("y", exact=True).check()
    second.get_by_label("x", exact=True).check()
    assert first.get_by_label("y", exact=True).is_checked()


def test_without_scripts_answers_can_be_opened(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(PAGE.format(sample()._repr_html_()))
    assert not page.get_by_text("reply y").is_visible()
    for summary in page.locator("summary").all():
        summary.click()
    for text in ("reply y", "reply z", "reply right", "reply sigmoid", "reply other"):
        assert page.get_by_text(text).is_visible()
    assert "0.79" in page.locator("form").nth(1).inner_text()
    context.close()


@pytest.mark.parametrize("lang", ["en", *LANGUAGES])
def test_small_and_self_contained(lang):
    source = sample(lang)._repr_html_()
    assert len(source.encode()) < 15_000
    assert not re.search(r"https?:| id=", source)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_fits_a_narrow_phone(page, lang):
    page.set_viewport_size({"width": 360, "height": 740})
    with language.using(lang):
        quizzes = [quiz.show(name) for name in quiz._pages(lang)]
    page.set_content(
        PAGE.format("".join(shown._repr_html_() for shown in quizzes)).replace(
            "<body>", '<body style="margin:0">'
        )
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("lang", ["en", *LANGUAGES])
def test_every_word_is_used_and_present(lang):
    with language.using(lang):
        words = language.table("quiz")
    assert words.keys() == set(quiz._WORDS)
    assert all(words.values())


def test_repr_is_text():
    assert repr(sample()).splitlines() == [
        "1. Which?",
        "   ( ) x",
        "   ( ) y",
        "   ( ) z",
        "2. How much?",
    ]
