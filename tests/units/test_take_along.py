"""What the files to take along are made of, without a book: questions, XHTML, links, cards."""

import re
import tomllib

import pytest
from lxml import etree
from lxml.html import fragment_fromstring
from project import FINISHED, ROOT

from polyglot_book.take_along import articles, manifest, questions, xhtml

FORM = """<div><form data-polyglot-question="rain-1"><fieldset><legend>1. Why?</legend>
<label><input type="radio" value="0"><span>so</span></label>
<label><input type="radio" value="1" data-right><span><i>p</i></span></label></fieldset>
<details><summary>s</summary><ul><li data-reply="0">no</li><li data-reply="1">yes &amp; so</li></ul>
</details></form></div>"""


@pytest.mark.parametrize("code", FINISHED)
def test_every_word_is_there_in_every_language(code):
    places = ("src/polyglot_book/messages", "src/softmax_course/teaching/messages")
    files = [ROOT / place / f"{code}.toml" for place in places]
    tables = [tomllib.loads(path.read_text("utf-8")) for path in files if path.exists()]
    words = {english: word for table in tables for english, word in table["interface"].items()}
    for text in manifest.WORDS:
        assert set(re.findall(r"\{\w+\}", words[text])) == set(re.findall(r"\{\w+\}", text))


def test_a_question_is_printed_with_letters_and_answered_by_one():
    [question] = questions.questions(fragment_fromstring(FORM))
    assert question.right == 1
    printed = etree.tostring(questions.print_question(question, ""), encoding="unicode")
    assert '<ol class="choices" type="A"><li>so</li><li><i>p</i></li></ol>' in printed
    answer = questions.print_answer(question).text_content()
    assert answer == "1. B. yes & so"


def test_a_question_with_a_number_has_a_line_to_write_on():
    form = FORM.replace('type="radio"', 'type="text"').replace(
        'data-reply="1"', 'data-reply="right"'
    )
    [question] = questions.questions(fragment_fromstring(form))
    assert question.choices == ()
    assert "Answer" in questions.print_question(question, "Answer").text_content()


def test_links_find_what_was_moved_and_ids_that_nothing_needs_are_gone():
    first = fragment_fromstring('<section id="p0"><p id="p0-1">a</p><a>b</a><a>c</a></section>')
    second = fragment_fromstring('<section id="p1"><b id="p1-7">d</b></section>')
    articles.point(first[1], "p1-7")
    articles.point(first[2], "p9-1")
    articles.address_links([first, second], lambda number, name: f"{number}#{name}")
    assert [a.get("href") for a in first.iter("a")] == ["1#p1-7"]
    assert first[0].get("id") is None
    assert "c" in first.text_content()


def test_xhtml_spells_svg_and_drops_what_schemas_do_not_know():
    element = fragment_fromstring(
        '<div data-x="1" aria-label="a"><table border="1"><tr><td>1</td></tr></table>'
        '<svg viewbox="0 0 1 1"><clippath id="c"><path d="M0 0"/></clippath></svg>'
        '<math display="block"><semantics><mi>x</mi><annotation>x</annotation></semantics></math>'
        "</div>"
    )
    made = etree.tostring(xhtml.convert(element)).decode()
    assert "viewBox" in made
    assert "<clipPath" in made
    assert "border" not in made
    assert "data-x" not in made
    assert "annotation" not in made
