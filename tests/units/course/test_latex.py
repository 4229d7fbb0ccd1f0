"""The LaTeX of a derivation is read as what it means, or refused with the place."""

import pytest
from sympy import KroneckerDelta

from softmax_course.proofs.expressions import class_sum, derivative, index, softmax, vector
from softmax_course.proofs.latex import Notation, NotationError, split_relation
from softmax_course.proofs.normal_form import are_equal, normal_form
from softmax_course.proofs.theorems._notation import SOFTMAX


def test_reading_builds_the_same_expressions_as_the_module():
    z, i, k = vector("z"), index("i"), index("k")
    notation = Notation(SOFTMAX)
    assert are_equal(notation.read("p_i"), softmax(z, i))
    assert notation.read(r"\delta_{ik} z_3") == KroneckerDelta(i, k) * z[3]
    assert notation.read(r"2 z_i / 3 - 1") == 2 * z[i] / 3 - 1
    assert are_equal(
        notation.read(r"\sum_j p_j z_j + z_i"), class_sum(lambda j: softmax(z, j) * z[j]) + z[i]
    )
    assert are_equal(
        notation.read(r"\frac{\partial}{\partial z_k} p_i z_i + 1"),
        derivative(softmax(z, i) * z[i], z[k]) + 1,
    )
    assert normal_form(notation.read(r"\sum_{j=1}^{2} z_j")) == z[1] + z[2]


def test_a_name_does_not_swallow_the_beginning_of_a_command():
    z = vector("z")
    notation = Notation({**SOFTMAX, r"\p": "2"})
    assert notation.read(r"z_1 + \p") == z[1] + 2
    read = notation.read(r"\p + \frac{\partial}{\partial z_1} z_1")
    assert normal_form(read) == 3


def test_an_index_around_a_name_is_not_captured_by_its_definition():
    notation = Notation({**SOFTMAX, r"\bar v": r"\sum_{j=1}^{n} p_j v_j"})
    squared = notation.read(r"\sum_{j=1}^{n} p_j \bar v")
    assert are_equal(squared, notation.read(r"\bar v"))


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
