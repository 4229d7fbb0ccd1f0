"""Written-out matrices are the general formulas at that n, and compile to the NumPy functions."""

import numpy as np
import pytest
from sympy import KroneckerDelta, S

from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    softmax_jacobian,
)
from softmax_course.proofs.explicit import (
    as_function,
    explicit_cross_entropy_gradient,
    explicit_cross_entropy_hessian,
    explicit_jacobian,
)
from softmax_course.proofs.expressions import index, n, softmax, vector
from softmax_course.proofs.expressions import temperature as T
from softmax_course.proofs.normal_form import are_equal

# The bounds count roundings. Each entry is a few sums, products and one
# quotient of exponentials whose arguments are at most 4, so 4 + 2n + 20 units of 2**-53 cover it.


def few_roundings(size):
    return (24 + 2 * size) * 2.0**-53


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_explicit_matrices_agree_with_the_numpy_functions(size):
    logits = np.random.default_rng(size).uniform(-2, 2, size)
    target = np.full(size, 1 / size)
    J = as_function(explicit_jacobian(size))(logits)
    H = as_function(explicit_cross_entropy_hessian(size))(logits)
    gradient = as_function(explicit_cross_entropy_gradient(size))
    assert J.shape == H.shape == (size, size)
    bound = few_roundings(size)
    np.testing.assert_allclose(J, softmax_jacobian(logits), rtol=0, atol=bound)
    np.testing.assert_allclose(H, cross_entropy_hessian(logits), rtol=0, atol=bound)
    found = gradient(logits, target)
    np.testing.assert_allclose(found, cross_entropy_grad(logits, target), rtol=0, atol=bound)


@pytest.mark.parametrize("target", [0, 1, 2])
def test_explicit_gradient_for_a_class_index_and_a_temperature(target):
    logits = np.array([2.0, -1.0, 0.5])
    matrix = explicit_cross_entropy_gradient(3, target=target, temperature=T)
    found = as_function(matrix)(logits, temperature=2.0)
    expected = cross_entropy_grad(logits, target, temperature=2.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=few_roundings(3))


@pytest.mark.slow
def test_explicit_jacobian_is_the_general_one_at_that_n():
    z, i, k = vector("z"), index("i"), index("k")

    def p(a):
        return softmax(z, a)

    for size in (2, 3, 4, 5):
        explicit = explicit_jacobian(size)
        for a in range(1, size + 1):
            for b in range(1, size + 1):
                at = {n: S(size), i: S(a), k: S(b)}
                general = (p(i) * (KroneckerDelta(i, k) - p(k))).xreplace(at)
                assert are_equal(explicit[a - 1, b - 1], general)


@pytest.mark.parametrize(
    ("size", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError), (True, TypeError)]
)
def test_explicit_size_has_to_be_a_positive_integer(size, error):
    with pytest.raises(error, match="size must be an integer of at least 1"):
        explicit_jacobian(size)


def test_explicit_size_may_be_a_numpy_integer():
    assert explicit_jacobian(np.int64(2)) == explicit_jacobian(2)


@pytest.mark.parametrize(
    ("target", "error"), [(3, ValueError), (-1, ValueError), (1.0, TypeError), (True, TypeError)]
)
def test_explicit_target_has_to_be_a_class(target, error):
    with pytest.raises(error, match="target must be an integer from 0 to 2"):
        explicit_cross_entropy_gradient(3, target=target)


def test_only_a_matrix_is_compiled():
    with pytest.raises(TypeError, match="matrix must be a SymPy matrix, got None"):
        as_function(None)


def test_compiled_functions_check_their_arguments():
    plain = as_function(explicit_jacobian(3))
    with_target = as_function(explicit_cross_entropy_gradient(3))
    warm = as_function(explicit_jacobian(3, temperature=T))
    with pytest.raises(ValueError, match=r"expected shape \(3,\)"):
        plain([1.0, 2.0])
    with pytest.raises(TypeError, match="takes z and y"):
        with_target([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="temperature is required"):
        warm([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="temperature is not used"):
        plain([1.0, 2.0, 3.0], temperature=2.0)
