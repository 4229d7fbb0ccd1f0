"""Steps as outputs of notebooks: what the extension makes of what the course gives."""

import pytest
from docutils import nodes
from myst_nb.core.render import MimeData, base_render_priority, get_mime_priority
from sphinx.errors import ExtensionError

from polyglot_book.rendering import steps
from polyglot_book.validation import problems
from softmax_course.proofs import theorems
from softmax_course.teaching import display, language


def rendered(content: object, mime_type: str = steps.MIME_TYPE) -> list[nodes.Element] | None:
    return steps.StepsRenderer.handle_mime(None, MimeData(mime_type, content), inline=False)


def test_course_and_extension_agree_on_the_type():
    assert display.STEPS_TYPE == steps.MIME_TYPE


@pytest.mark.parametrize("name", theorems.ALL)
@pytest.mark.parametrize("code", language.available())
def test_every_derivation_follows_the_schema_and_becomes_a_list(name, code):
    found = theorems.ALL[name]()
    with language.using(code):
        shown = display.derivation_steps(found)
    assert problems(shown, "steps") == []
    [box] = rendered(shown)
    [chain] = box.findall(steps.step_list)
    assert len(chain) == len(found.steps)
    for item, step in zip(chain, shown["steps"], strict=True):
        *_, formula, reason = item
        assert formula.astext() == f"{step['relation']} {step['expression']}"
        assert reason.astext().startswith(step["reason"])
    assert chain[0][0].astext() == found.left
    [folded] = box.findall(steps.folded)
    assert folded[0].astext() == shown["definitions"]["label"]
    assert [item.astext() for item in folded[1]] == shown["definitions"]["formulas"]
    given = [node for node in box if "steps-given" in node["classes"]]
    assert len(given) == bool(found.assumptions)


def test_a_chain_needs_neither_definitions_nor_reasons():
    [box] = rendered({"left": "a", "steps": [{"relation": "=", "expression": "b"}]})
    [chain] = box
    assert [node.astext() for node in chain[0]] == ["a", "= b"]


def test_other_outputs_are_left_to_others():
    assert rendered("$x$", "text/latex") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"left": "a", "steps": []}, "steps: a list of at least one step is expected"),
        ({"left": "a"}, "missing key 'steps'"),
        ({"left": "a", "steps": [{"relation": "="}]}, "missing key 'expression'"),
        ({"left": "a", "steps": [{"relation": "=", "expression": 2}]}, "LaTeX is expected, got 2"),
    ],
)
def test_data_that_are_no_steps_are_an_error(content, words):
    with pytest.raises(ExtensionError, match=words):
        rendered(content)


def test_steps_come_before_every_other_form_in_every_builder():
    for builder, others in base_render_priority().items():
        order = get_mime_priority(builder, [])
        assert order.index(steps.MIME_TYPE) < min(map(order.index, others))
