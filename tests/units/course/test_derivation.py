"""Each named derivation is proved, a broken step is named, reasons are said in each language."""

import itertools
import json
import re
import subprocess
import sys
import unicodedata

import pytest

from softmax_course.proofs import theorems
from softmax_course.proofs.derivation import Step, UnprovedStepError, derive
from softmax_course.proofs.latex import Notation
from softmax_course.proofs.normal_form import are_equal, normal_form
from softmax_course.proofs.numeric_check import compare_numerically
from softmax_course.proofs.theorems import _notation
from softmax_course.teaching import display, language
from softmax_course.verification.report import report

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
# What the LaTeX of a derivation may use: known to MathJax and to Temml alike.
COMMANDS = {
    *(
        "begin",
        "end",
        "bar",
        "cdot",
        "delta",
        "eta",
        "gamma",
        "theta",
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
def test_every_line_of_every_theorem_is_checked(name):
    found = theorems.ALL[name]()  # raises where a line is not proved, or numbers differ
    assert found.name == name
    assert len(found.steps) >= 2
    lines = [found.left, *(step.expression for step in found.steps), found.right]
    assert [(check.left, check.right) for check in found.checks] == list(itertools.pairwise(lines))
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


@pytest.mark.slow
@pytest.mark.parametrize("name", theorems.ALL)
def test_a_slip_in_any_line_is_found_at_that_line(name):
    """The proof and the numbers each find it, without the other."""
    found = theorems.ALL[name]()
    notation = Notation(found.definitions)
    assumptions = [notation.relation(assumption) for assumption in found.assumptions]
    lines = [found.left, *(step.expression for step in found.steps)]
    slips = []
    for position, step in enumerate(found.steps):
        mutations = list(_mutations(step.expression)) if step.relation == "=" else []
        before = notation.read(lines[position])
        normal = normal_form(before) if mutations else before  # once, not for each mutation
        for wrong in mutations:
            after = notation.read(wrong)
            agrees = compare_numerically(before, after, assumptions).agrees
            assert are_equal(normal, after, assumptions) == agrees, wrong
            if not agrees:  # else it is harmless, such as p_i for p_k where the two are equal
                slips.append((position, wrong))
    if name == "probabilities_sum_to_one":
        assert not slips, "no sign, index or class to mistake"
        return
    position, wrong = next((slip for slip in slips if slip[0] > 0), slips[0])
    steps = list(found.steps)
    steps[position] = Step(wrong, steps[position].reason)
    with pytest.raises(UnprovedStepError) as caught:
        derive(
            found.statement,
            *steps,
            definitions=found.definitions,
            assumptions=found.assumptions,
            name=name,
        )
    assert caught.value.check.line == position + 1
    assert caught.value.check.right == wrong


@pytest.mark.parametrize("name", theorems.ALL)
def test_assumptions_are_needed(name):
    found = theorems.ALL[name]()
    if not found.assumptions:
        return
    with pytest.raises(UnprovedStepError):
        derive(found.statement, *found.steps, definitions=found.definitions)


def test_an_unproved_step_names_line_sides_difference_and_numbers():
    before = r"\frac{\partial}{\partial z_k} \frac{e^{z_i}}{S}"
    wrong = r"\frac{\delta_{ik} e^{z_i} S + e^{z_i} e^{z_k}}{S^2}"
    with language.using("ru"), pytest.raises(UnprovedStepError) as caught:
        derive(
            JACOBIAN,
            Step(before, "definition"),
            Step(wrong, "quotient_rule"),
            Step(r"p_i \left(\delta_{ik} - p_k\right)", "definition"),
            definitions=SOFTMAX,
            name="broken",
        )
    assert caught.value.name == "broken"
    assert caught.value.check.line == 2
    first, *others = str(caught.value).splitlines()
    assert first == "line 2 of the derivation 'broken' does not follow from the line before"
    assert others[:3] == [
        f"  from: {before}",
        f"  to:   {wrong}",
        "  difference, for every n: -2*p[i]*p[k]",
    ]
    assert others[3].startswith("  at n = 4, i = 2, k = 4: ")


def test_an_unproved_step_is_shown_in_the_readers_language():
    with pytest.raises(UnprovedStepError) as caught:
        derive(
            r"\frac{\partial p_i}{\partial z_k} = p_i p_k",
            Step(r"-\frac{e^{z_i} e^{z_k}}{S^2}", "quotient_rule"),
            Step(r"p_i p_k", "definition"),
            definitions=SOFTMAX,
            assumptions=[r"i \ne k"],
        )
    numbers = caught.value.check.numbers
    for code in language.available():
        with language.using(code):
            shown = display.derivation_steps(caught.value)
            markdown = display.derivation_markdown(caught.value)
        assert shown["left"] == r"-\frac{e^{z_i} e^{z_k}}{S^2}"
        (step,) = shown["steps"]
        assert (step["relation"], step["expression"]) == (r"\overset{?}{=}", "p_i p_k")
        found = [
            float(x)
            for x in re.findall(r"-?\d\.\d+", step["reason"].replace("\N{MINUS SIGN}", "-"))
        ]
        assert found == pytest.approx([float(numbers.left), float(numbers.right)], rel=1e-5)
        assert "2" in step["reason"]
        assert step["reason"] in markdown


def test_a_claim_that_does_not_follow_has_words_of_its_own():
    with pytest.raises(UnprovedStepError) as caught:
        derive("1 + 1 = 3", Step("2", "definition"))
    assert caught.value.is_claim
    with language.using("ru"):
        (step,) = display.derivation_steps(caught.value)["steps"]
        assert step["reason"] == language.text("derivation.unproved_claim", left="2", right="3")


def test_the_last_line_has_to_be_the_claim():
    with pytest.raises(UnprovedStepError, match="not what it claims") as caught:
        derive(
            r"\sum_{i=1}^{n} p_i = 2",
            Step(r"\frac{1}{S} \sum_{i=1}^{n} e^{z_i}", "common_factor"),
            definitions=SOFTMAX,
        )
    assert caught.value.check.line == 2


def test_a_false_lemma_is_found():
    with pytest.raises(UnprovedStepError) as caught:
        derive(
            r"\sum_{i=1}^{n} p_i = 1",
            Step("1", "probs_sum_to_one", lemma=r"\sum_{i=1}^{n} p_i = 2"),
            definitions=SOFTMAX,
        )
    assert caught.value.check.right == "2"


def test_an_inequality_is_proved_only_where_its_form_shows_it():
    derive(
        r"\sum_{i=1}^{n} p_i v_i^2 \ge 0",
        Step("0", "weighted_squares", relation=r"\ge"),
        definitions=SOFTMAX,
    )
    with pytest.raises(UnprovedStepError):
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


@pytest.mark.parametrize("code", language.available())
@pytest.mark.parametrize("name", theorems.ALL)
def test_shown_in_every_language_with_commands_every_engine_knows(name, code):
    found = theorems.ALL[name]()
    with language.using(code):
        shown = display.derivation_latex(found)
    assert shown.startswith("\\begin{aligned}")
    assert shown.endswith("\\end{aligned}")
    assert shown.count("{") == shown.count("}")
    assert set(re.findall(r"\\([a-zA-Z]+)", shown)) <= COMMANDS
    for step in found.steps:  # what is shown is what was checked
        assert step.expression in shown
    words = re.findall(r"\\text\{([^}]*)\}", shown)
    assert len(words) == len(found.steps) + bool(found.assumptions)
    assert all(len(text) <= 45 for text in words), "longer reasons leave a phone's screen"


@pytest.mark.parametrize("code", language.available())
@pytest.mark.parametrize("name", theorems.ALL)
def test_steps_hold_all_that_is_shown_and_nothing_else(name, code):
    found = theorems.ALL[name]()
    with language.using(code):
        shown = display.derivation_steps(found)
        words = language.table("derivation")
    assert json.loads(json.dumps(shown)) == shown, "a notebook keeps it as JSON"
    assert shown["left"] == found.left
    assert shown["definitions"] == {
        "label": words["notation"],
        "formulas": [f"{letter} := {formula}" for letter, formula in found.definitions.items()],
    }
    assert shown.get("given", {}).get("formulas", []) == list(found.assumptions)
    for step, line in zip(found.steps, shown["steps"], strict=True):
        assert (step.relation, step.expression) == (line["relation"], line["expression"])
        assert line["reason"] == words["reasons"][step.reason]
        assert line.get("lemma") == step.lemma


def test_what_needs_no_step_is_shown_without_a_reason():
    found = derive("1 + 1 = 2")
    assert display.derivation_steps(found) == {
        "left": "1 + 1",
        "steps": [{"relation": "=", "expression": "2"}],
    }
    assert "1. $\\displaystyle = 2$" in display.derivation_markdown(found)
    assert display.derivation_latex(found) == r"\begin{aligned} 1 + 1 & = 2 \end{aligned}"


@pytest.mark.parametrize("code", language.available())
@pytest.mark.parametrize("name", theorems.ALL)
def test_jupyterlab_gets_a_list_with_the_words_outside_of_formulas(name, code):
    found = theorems.ALL[name]()
    with language.using(code):
        source = display.derivation_markdown(found)
        reasons = [language.text(f"derivation.reasons.{step.reason}") for step in found.steps]
    assert "<" not in source, "jupyterlab-myst shows the LaTeX inside of HTML"
    assert all(formula.isascii() for formula in re.findall(r"\$([^$]*)\$", source))
    lines = [line for line in source.splitlines() if line]
    start = next(place for place, line in enumerate(lines) if line.startswith("1. "))
    for number, (step, reason) in enumerate(zip(found.steps, reasons, strict=True), start=1):
        formula, words = lines[start + 2 * number - 2 : start + 2 * number]
        assert formula == rf"{number}. $\displaystyle {step.relation} {step.expression}$"
        assert words.startswith(f"   {reason}"), "the indent of the item"
    assert len(lines) == start + 2 * len(found.steps)


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
        display.derivation_latex(found)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Step(None, "definition"), "expression must be a text"),
        (lambda: Step("0", None), "reason must be a text"),
        (lambda: Step("0", "definition", lemma=1), "lemma must be a text"),
        (lambda: Step("0", "definition", relation=["="]), "relation must be a text"),
        (lambda: derive(3), "claim must be a text"),
        (lambda: derive("1 + 1 = 2", "2"), "each a Step, got '2'"),
        (lambda: derive("p_i = p_k", assumptions=r"i = k"), "assumptions must be a list of texts"),
    ],
)
def test_arguments_of_the_wrong_kind_are_named(call, words):
    with pytest.raises(TypeError, match=words):
        call()


@pytest.mark.slow
def test_a_notebook_shows_derivations_and_reports_in_its_language():
    from nbclient import NotebookClient
    from nbformat import v4

    sources = (
        "from softmax_course import language, report, theorems\nlanguage.use('ru')",
        "theorems.jvp()",
        "report('jacobian')",
        "from softmax_course import Step, UnprovedStepError, derive\n"
        "try:\n    derive('1 + 1 = 3', Step('2', 'definition'))\n"
        "except UnprovedStepError as error:\n    display(error)",
    )
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    _, proof, table, refusal = (cell.outputs for cell in notebook.cells)
    with language.using("ru"):
        derivation, found = theorems.jvp(), report("jacobian")
        assert proof[0]["data"] == {
            display.STEPS_TYPE: display.derivation_steps(derivation),
            "text/latex": f"$$\n{display.derivation_latex(derivation)}\n$$",
            "text/markdown": display.derivation_markdown(derivation),
            "text/plain": repr(derivation),
        }
        assert table[0]["data"] == {
            "text/html": display.report_table(found)._repr_html_(),
            "text/plain": repr(display.report_table(found)),
        }
    assert "не совпадает с последней строкой" in refusal[0]["data"]["text/markdown"]


@pytest.mark.slow
def test_registering_loads_nothing_heavy():
    probe = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance()\n"
        "from softmax_course.teaching import display\n"
        "display.register()\n"
        "print(*(m for m in ('sympy', 'mpmath', 'matplotlib') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
