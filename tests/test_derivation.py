"""Every named derivation proves, a broken step is named, each reason is said in each language."""

import itertools
import re
import unicodedata

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from myst_nb.core.render import base_render_priority
from sympy import KroneckerDelta

from softmax_course.proofs import theorems
from softmax_course.proofs.derivation import Derivation, Step, UnprovedStep, derive
from softmax_course.proofs.expressions import index, partial, softmax, total, vector
from softmax_course.proofs.latex import Notation, NotationError, split_relation, to_latex
from softmax_course.proofs.normal_form import normal_form, proves
from softmax_course.proofs.theorems import _notation
from softmax_course.teaching import language

REQUIRED = {
    "softmax_jacobian",
    "softmax_jacobian_diagonal",
    "softmax_jacobian_off_diagonal",
    "softmax_jacobian_temperature",
    "logsumexp_gradient",
    "logsumexp_shift",
    "log_softmax_jacobian",
    "cross_entropy_gradient",
    "cross_entropy_gradient_index",
    "cross_entropy_hessian",
    "cross_entropy_gradient_temperature",
    "cross_entropy_gradient_label_smoothing",
    "kl_gradient",
    "shift_invariance",
    "jacobian_rows_sum_to_zero",
    "jacobian_symmetry",
    "jacobian_psd",
    "jacobian_null_space",
    "jvp",
    "vjp",
    "sigmoid_as_softmax",
    "sigmoid_derivative",
}
SOFTMAX = _notation.SOFTMAX
JACOBIAN = r"\frac{\partial p_i}{\partial z_k} = p_i \left(\delta_{ik} - p_k\right)"
# What `_repr_latex_` may use: known to MathJax and to Temml alike.
COMMANDS = {
    *(
        "begin",
        "end",
        "bar",
        "cdot",
        "delta",
        "dfrac",
        "frac",
        "ge",
        "left",
        "log",
        "ne",
        "partial",
    ),
    *(
        "operatorname",
        "quad",
        "right",
        "rule",
        "sigma",
        "small",
        "sum",
        "text",
        "textstyle",
        "tilde",
    ),
    "varepsilon",
}


def test_the_course_has_its_theorems():
    assert set(theorems.ALL) >= REQUIRED
    assert set(theorems.ALL) < set(theorems.__all__)
    assert all(getattr(theorems, name) is function for name, function in theorems.ALL.items())


@pytest.mark.parametrize("name", theorems.ALL)
def test_every_theorem_is_proved_and_agrees_at_n_4(name):
    found = theorems.ALL[name]()
    assert isinstance(found, Derivation)
    assert found.name == name
    assert len(found.steps) >= 2
    assert len(found.checks) == len(found.steps) + 1
    assert all(check.holds for check in found.checks)
    assert found.largest_gap <= 1e-60
    assert theorems.ALL[name]() is found, "a proof is remembered"


@pytest.mark.parametrize("name", theorems.ALL)
def test_every_line_says_something_new(name):
    found = theorems.ALL[name]()
    lines = [found.left, *(step.expression for step in found.steps)]
    assert all(before != after for before, after in itertools.pairwise(lines))


def _mutations(latex):
    """Slips of the pen: a sign, an index, a class of its own."""
    for old, new in [
        (" - ", " + "),
        (" + ", " - "),
        ("p_k", "p_i"),
        ("p_i", "p_k"),
        ("y_k", "y_i"),
        ("S^2", "S"),
        (r"\frac{1}{T}", r"\frac{1}{T^2}"),
        (r"\delta_{ik}", "1"),
        (r"\delta_{jk}", "1"),
        (r"\frac{\varepsilon}{n}", r"\frac{\varepsilon}{n - 1}"),
        (r"\bar v", r"v_i"),
    ]:
        if old in latex:
            yield latex.replace(old, new, 1)


@pytest.mark.parametrize("name", theorems.ALL)
def test_a_slip_in_any_line_is_found_at_that_line(name):
    found = theorems.ALL[name]()
    notation = Notation(found.definitions)
    hypotheses = [notation.relation(condition) for condition in found.given]
    slips = 0
    for position, step in enumerate(found.steps):
        for wrong in _mutations(step.expression):
            if step.relation != "=":
                continue
            if proves(notation.read(step.expression), notation.read(wrong), hypotheses):
                continue  # harmless, such as p_i for p_k where the two are equal
            slips += 1
            steps = [
                *found.steps[:position],
                Step(wrong, step.reason),
                *found.steps[position + 1 :],
            ]
            with pytest.raises(UnprovedStep) as caught:
                derive(
                    found.statement,
                    *steps,
                    definitions=found.definitions,
                    given=found.given,
                    name=name,
                )
            assert caught.value.check.line == position + 1
            assert caught.value.check.right == wrong
    if name not in {"probabilities_sum_to_one", "logsumexp_shift", "shift_invariance"}:
        assert slips, "no mutation touched this derivation"


def test_given_conditions_are_needed():
    for name, function in theorems.ALL.items():
        found = function()
        if not found.given:
            continue
        with pytest.raises(UnprovedStep):
            derive(found.statement, *found.steps, definitions=found.definitions, name=name)


@pytest.mark.parametrize("code", language.available())
def test_an_unproved_step_names_line_sides_difference_and_numbers(code):
    wrong = r"\frac{\delta_{ik} e^{z_i} S + e^{z_i} e^{z_k}}{S^2}"
    with language.using(code), pytest.raises(UnprovedStep) as caught:
        derive(
            JACOBIAN,
            Step(r"\frac{\partial}{\partial z_k} \frac{e^{z_i}}{S}", "definition"),
            Step(wrong, "quotient_rule"),
            Step(r"p_i \left(\delta_{ik} - p_k\right)", "definition"),
            definitions=SOFTMAX,
            name="broken",
        )
    message = str(caught.value)
    assert caught.value.check.line == 2
    for part in ("2", "broken", wrong, r"\frac{\partial}{\partial z_k} \frac{e^{z_i}}{S}"):
        assert part in message
    assert "-2*p[i]*p[k]" in message
    assert "i = 2, k = 4" in message


def test_the_last_line_has_to_be_the_claim():
    with pytest.raises(UnprovedStep, match="not what it claims") as caught:
        derive(
            r"\sum_{i=1}^{n} p_i = 2",
            Step(r"\frac{1}{S} \sum_{i=1}^{n} e^{z_i}", "common_factor"),
            definitions=SOFTMAX,
        )
    assert caught.value.check.line == 2


def test_a_false_lemma_is_found():
    with pytest.raises(UnprovedStep) as caught:
        derive(
            r"\sum_{i=1}^{n} p_i = 1",
            Step("1", "probs_sum_to_one", using=r"\sum_{i=1}^{n} p_i = 2"),
            definitions=SOFTMAX,
        )
    assert caught.value.check.right == "2"


def test_an_inequality_is_proved_only_where_its_form_shows_it():
    derive(
        r"\sum_{i=1}^{n} p_i v_i^2 \ge 0",
        Step("0", "weighted_squares", relation=r"\ge"),
        definitions=SOFTMAX,
    )
    with pytest.raises(UnprovedStep):
        derive(
            r"\sum_{i=1}^{n} p_i v_i \ge 0",
            Step("0", "weighted_squares", relation=r"\ge"),
            definitions=SOFTMAX,
        )
    with pytest.raises(ValueError, match="the claim says ="):
        derive(
            r"\sum_{i=1}^{n} p_i v_i^2 = 0",
            Step("0", "weighted_squares", relation=r"\ge"),
            definitions=SOFTMAX,
        )
    with pytest.raises(ValueError, match="relation must be one of ="):
        Step("0", "weighted_squares", relation="<")


def test_steps_may_be_sympy_expressions():
    z, i, k = vector("z"), index("i"), index("k")

    def p(a):
        return softmax(z, a)

    found = derive(
        JACOBIAN,
        Step(partial(p(i), z[k]), "definition"),
        Step(p(i) * (KroneckerDelta(i, k) - p(k)), "quotient_rule"),
        definitions=SOFTMAX,
    )
    assert r"\delta_{ik}" in found.steps[1].expression
    assert "$$" in found._repr_latex_()


@pytest.mark.parametrize("code", language.available())
@pytest.mark.parametrize("name", theorems.ALL)
def test_shown_in_every_language_with_commands_every_engine_knows(name, code):
    found = theorems.ALL[name]()
    with language.using(code):
        shown = found._repr_latex_()
        wide = found.latex(layout="wide", definitions=False)
    assert shown.startswith("$$\n\\begin{aligned}")
    assert shown.endswith("\\end{aligned}\n$$")
    assert shown.count("{") == shown.count("}")
    assert set(re.findall(r"\\([a-zA-Z]+)", shown)) <= COMMANDS
    for step in found.steps:  # what is shown is what was checked
        assert step.expression in shown
        assert step.expression in wide
    words = re.findall(r"\\text\{([^}]*)\}", shown)
    assert len(words) == len(found.steps) + bool(found.given)
    assert all(len(text) <= 45 for text in words), "longer reasons leave a phone's screen"


@pytest.mark.parametrize("code", language.available())
@pytest.mark.parametrize("name", theorems.ALL)
def test_jupyterlab_gets_the_same_lines_with_the_words_outside_of_formulas(name, code):
    found = theorems.ALL[name]()
    with language.using(code):
        table = found._repr_markdown_()
        reasons = [language.text(f"derivation.reasons.{step.reason}") for step in found.steps]
    rows = table.splitlines()
    assert all(row.count("|") == 3 for row in rows), "no bar inside a formula"
    formulas = re.findall(r"\$([^$]*)\$", table)
    for formula in formulas:
        assert formula.isascii()
    for step, reason in zip(found.steps, reasons, strict=True):
        assert rf"\displaystyle {step.relation} {step.expression}" in formulas
        assert any(f"<small>{reason}" in row for row in rows)


def test_the_book_prefers_the_formula_to_the_table(root):
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    priorities = base_render_priority()["html"]
    for builder, mime, priority in config["sphinx"]["config"]["nb_mime_priority_overrides"]:
        assert builder == "*"
        priorities[mime] = priority
    assert priorities["text/latex"] < priorities["text/markdown"]
    assert priorities["text/html"] < priorities["text/latex"]


def _messages(code):
    with language.using(code):
        table = language.table("derivation")
    reasons = table.pop("reasons")
    return {**table, **{f"reasons.{key}": text for key, text in reasons.items()}}


@pytest.mark.parametrize("code", language.available())
def test_messages_are_complete_used_and_clean(code):
    messages = _messages(code)
    assert set(messages) == set(_messages("en"))
    used = {step.reason for function in theorems.ALL.values() for step in function().steps}
    assert {key.removeprefix("reasons.") for key in messages if "." in key} == used
    for key, text in messages.items():
        assert text, key
        assert unicodedata.is_normalized("NFC", text), key
        assert not re.search("[\u200b-\u200d\ufeff]", text), key
        fields = set(re.findall(r"\{(\w+)\}", text))
        assert fields == set(re.findall(r"\{(\w+)\}", _messages("en")[key])), key


def test_a_missing_reason_is_an_error():
    found = derive(r"1 + 1 = 2", Step("2", "no_such_reason"))
    with pytest.raises(language.MissingMessageError, match=r"no_such_reason.*messages/en\.toml"):
        found.latex()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Step(None, "definition"), "expression must be LaTeX or a SymPy expression"),
        (lambda: Step("0", None), "reason must be a text"),
        (lambda: Step("0", "definition", using=1), "using must be a text"),
        (lambda: Step("0", "definition", relation=["="]), "relation must be a text"),
        (lambda: derive(3), "claim must be a text"),
        (lambda: derive("1 + 1 = 2", "2"), "each a Step, got '2'"),
        (lambda: derive("p_i = p_k", given=r"i = k"), "given must be a list of texts"),
    ],
)
def test_arguments_of_the_wrong_kind_are_named(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def test_layout_is_one_of_two():
    with pytest.raises(ValueError, match="stacked"):
        theorems.softmax_jacobian().latex(layout="tall")


# ---- the notation


def test_reading_builds_the_same_expressions_as_the_module():
    z, i, k = vector("z"), index("i"), index("k")
    notation = Notation(SOFTMAX)
    assert proves(notation.read("p_i"), softmax(z, i))
    assert notation.read(r"\delta_{ik} z_3") == KroneckerDelta(i, k) * z[3]
    assert notation.read(r"2 z_i / 3 - 1") == 2 * z[i] / 3 - 1
    assert proves(
        notation.read(r"\sum_j p_j z_j + z_i"), total(lambda j: softmax(z, j) * z[j]) + z[i]
    )
    assert proves(
        notation.read(r"\frac{\partial}{\partial z_k} p_i z_i + 1"),
        partial(softmax(z, i) * z[i], z[k]) + 1,
    )
    assert normal_form(notation.read(r"\sum_{j=1}^{2} z_j")) == z[1] + z[2]


def test_an_index_around_a_name_is_not_captured_by_its_definition():
    notation = Notation({**SOFTMAX, r"\bar v": r"\sum_{j=1}^{n} p_j v_j"})
    squared = notation.read(r"\sum_{j=1}^{n} p_j \bar v")
    assert proves(squared, notation.read(r"\bar v"))


@pytest.mark.parametrize(
    ("latex", "complaint"),
    [
        (r"p_i +", "expected a factor"),
        (r"p_i)", "did not expect"),
        (r"(p_i", r"expected '\)'"),
        (r"\unknown", "unknown name"),
        (r"\delta_i", "expected 2 indices"),
        (r"z_{ik}", "expected 1 indices"),
        (r"z_I", "no index"),
        (r"\sum_{j=0}^{n} z_j", "expected '1'"),
        (r"\sum_{j=1}^{n} \sum_{j=1}^{n} z_j", "already bound"),
        (r"\frac{\partial^2 p_i}{\partial z_k}", "order 2 needs 2"),
        (r"\frac{\partial p_i}{\partial p_k}", "cannot differentiate"),
        (r"p_i ? 2", "cannot read"),
        (r"\frac{1}", "expected '{'|unexpected end"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(latex, complaint):
    with pytest.raises(NotationError, match=complaint) as caught:
        Notation(SOFTMAX).read(latex)
    assert latex in str(caught.value)


def test_circular_definitions_are_an_error():
    with pytest.raises(NotationError, match="defined by itself"):
        Notation({"a": "b + 1", "b": "a + 1"})


def test_a_relation_has_two_sides():
    assert split_relation(r"i \ne k") == ("i", r"\ne", "k")
    with pytest.raises(NotationError, match="expected one relation"):
        split_relation("p_i")
    with pytest.raises(NotationError, match="only = holds"):
        Notation().relation(r"z_i \ne z_k")


@given(
    st.recursive(
        st.sampled_from([r"z_i", r"v_k", r"\delta_{ik}", "2", "n", r"e^{-z_k}", r"p_i"]),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda ab: rf"\left({ab[0]} - {ab[1]}\right)"),
            st.tuples(inner, inner).map(lambda ab: rf"{ab[0]} \cdot {ab[1]}"),
            inner.map(lambda a: rf"\left(\sum_{{j=1}}^{{n}} {a} v_j\right)"),
            inner.map(lambda a: rf"\frac{{{a}}}{{e^{{z_i}}}}"),
            inner.map(lambda a: rf"\frac{{\partial}}{{\partial z_k}}\, \left({a}\right)"),
        ),
        max_leaves=4,
    )
)
def test_printing_and_reading_again_keeps_the_meaning(latex):
    try:
        expression = Notation(SOFTMAX).read(latex)
        printed = to_latex(expression)
        again = Notation().read(printed)
    except NotationError as error:
        # A sum inside a sum over the same letter is refused, not misread.
        if "already bound" not in str(error):
            raise
        return
    assert proves(expression, again)
