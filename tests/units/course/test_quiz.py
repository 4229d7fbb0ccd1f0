"""The quiz: its data files, its errors, and how it behaves in a browser."""

import ast
import re
from collections import Counter

import nbformat
import pytest
from project import ROOT

from softmax_course.numerics.functional import softmax
from softmax_course.teaching import language, quiz

DATA = sorted((ROOT / "src" / "softmax_course" / "teaching" / "quizzes").glob("*.toml"))
LANGUAGES = [path.stem for path in DATA]
QUESTIONS = [
    pytest.param(lang, page, number, question, id=f"{lang}-{page}-{number}")
    for lang in LANGUAGES
    for page, questions in quiz.load(lang).items()
    for number, question in enumerate(questions, 1)
]


def calls(lang):
    """Return the pages that the notebooks of a language show questions of, with repetitions."""
    found = []
    for path in sorted((ROOT / "book" / lang).rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or "quiz.show" not in cell.source:
                continue
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "quiz.show":
                    found.append(ast.literal_eval(node.args[0]))
    return found


def test_every_course_has_a_question_file():
    assert set(LANGUAGES) == {path.name for path in (ROOT / "book").iterdir() if path.is_dir()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_and_questions_match(lang):
    shown = Counter(calls(lang))
    assert set(shown) == set(quiz.load(lang)), "left: what notebooks show; right: quiz data"
    assert max(shown.values()) == 1


@pytest.mark.parametrize(("lang", "page", "number", "question"), QUESTIONS)
def test_every_answer_has_its_own_reply(lang, page, number, question):
    replies = [answer.reply for answer in question.answers]
    if question.wrong:
        replies.append(question.wrong)
    assert all(reply.strip() for reply in replies)
    assert len(set(replies)) == len(replies)


@pytest.mark.parametrize(("lang", "page", "number", "question"), QUESTIONS)
def test_replies_to_a_wrong_number_keep_the_right_one(lang, page, number, question):
    if question.decimals is None:
        return
    right = f"{question.right.value:.{question.decimals}f}"
    wrong = [question.wrong, *(answer.reply for answer in question.answers if not answer.right)]
    if question.decimals:
        assert not [reply for reply in wrong if right in reply]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_right_choice_has_no_usual_place(lang):
    places = Counter(
        next(i for i, answer in enumerate(question.answers) if answer.right)
        for questions in quiz.load(lang).values()
        for question in questions
        if question.decimals is None
    )
    total = sum(places.values())
    assert places[0] < total or total == 0
    if total >= 6:
        assert max(places.values()) <= 0.6 * total, places


GOOD = """
[[a]]
question = "Q"
choices = [{text = "x", reply = "no"}, {text = "y", reply = "yes", right = true}]
"""
NUMBER = '[[a]]\nquestion = "Q"\nanswer = "1 / 3"\ndecimals = 2\nreply = "yes"\nwrong = "no"\n'


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (GOOD.replace(', reply = "no"', ""), "choice 1: missing: reply"),
        (GOOD.replace('"no"', '" "'), "choice 1: 'reply'"),
        (GOOD.replace("true", "false"), "exactly one choice"),
        (GOOD.replace('reply = "no"', 'reply = "no", right = true'), "exactly one choice"),
        (GOOD.replace("true", '"yes"'), "true or false"),
        (GOOD.replace('"y"', '"x"'), "same text"),
        (GOOD.replace('"Q"', "3"), "'question'"),
        (GOOD.replace('"Q"', '"*z"'), "not closed"),
        (GOOD.replace('"Q"', '"`z"'), "not closed"),
        (GOOD.replace('"Q"', '"z_{1"'), "not closed"),
        (GOOD.replace('"Q"', '"z}"'), "closes nothing"),
        (GOOD + "hint = 'h'", "unknown: hint"),
        (GOOD.replace("[[a]]", "[a]"), r"begin each question with \[\[a\]\]"),
        ('[[a]]\nquestion = "Q"\nchoices = []', "at least two"),
        (NUMBER.replace("decimals = 2\n", ""), "missing: decimals"),
        (NUMBER.replace('wrong = "no"\n', ""), "missing: wrong"),
        (NUMBER.replace("= 2", "= 2.5"), "whole number"),
        (NUMBER.replace("1 / 3", "1 / 0"), "ZeroDivisionError"),
        (NUMBER.replace("1 / 3", "softmax([1, 2])"), "expected one number"),
        (NUMBER.replace("1 / 3", "exp(1e9)"), "finite number"),
        (NUMBER.replace("1 / 3", "1 +"), "not a Python expression"),
        (NUMBER.replace("1 / 3", "__import__('os')"), "__import__"),
        (NUMBER.replace("1 / 3", "exp.__class__"), "Attribute"),
        (NUMBER.replace("1 / 3", "[x for x in (1,)][0]"), "ListComp"),
        (NUMBER.replace("1 / 3", "(lambda: 1)()"), "not allowed|plain name"),
        (NUMBER + 'mistakes = [{answer = "0.333", reply = "r"}]', "mistake 1: .*not told"),
        (NUMBER + 'mistakes = [{answer = "0.5"}]', "mistake 1: missing: reply"),
        ("[[a]\n", "test.toml: "),
    ],
)
def test_broken_data_is_named(source, words):
    with pytest.raises(quiz.QuizDataError, match=words) as caught:
        quiz.parse(GOOD.replace("[[a]]", "[[first]]") + source, "test.toml")
    message = str(caught.value)
    assert message.startswith("test.toml")
    if "[[a]]\n" in source:
        assert "page 'a', question 1" in message


def test_good_data_is_read():
    pages = quiz.parse(GOOD + NUMBER, "test.toml")
    assert pages["a"][0].right.text == "y"
    assert pages["a"][1].right.value == 1 / 3


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("<script>", "&lt;script&gt;"),
        ("*z_{i}*^{2}", "<i>z<sub>i</sub></i><sup>2</sup>"),
        ("`a*b_{c}<d>`", "<code>a*b_{c}&lt;d&gt;</code>"),
        (r"2 \* 3", "2 * 3"),
        ("{1, 2}", "{1, 2}"),
        ("e^{−*z*_{1}}", "e<sup>−<i>z</i><sub>1</sub></sup>"),
    ],
)
def test_markup(markup, html):
    assert quiz.to_html(markup) == html


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
    {text = "x", reply = "reply *x*"},
    {text = "y", reply = "reply y", right = true},
    {text = "z", reply = "reply z"},
]

[[a]]
question = "How much?"
answer = "softmax([2, -1, 0.5])[0]"
decimals = 2
reply = "reply right"
wrong = "reply other"
mistakes = [{answer = "sigmoid(2.0)", reply = "reply sigmoid"}]
"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>
<body>{}</body></html>"""


def sample(lang="en"):
    with language.using(lang):
        words = {name: language.text(f"quiz.{name}") for name in quiz._WORDS}
        tag = language.text("language.tag")
    return quiz.Quiz("a", quiz.parse(SAMPLE, "sample")["a"], words, tag)


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
        quizzes = [quiz.show(name) for name in quiz.load(lang)]
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
