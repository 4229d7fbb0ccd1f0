"""Difference quotients: their order, their accuracy, and what they refuse."""

import math

import numpy as np
import pytest

from softmax_course.numerics.functional import log_softmax, logsumexp, softmax
from softmax_course.verification.differences import (
    central_difference,
    complex_log_softmax,
    complex_logsumexp,
    complex_softmax,
    complex_step,
)
from softmax_course.verification.error_bounds import (
    log_softmax_error_bound,
    logsumexp_error_bound,
    softmax_error_bound,
)
from softmax_course.verification.step_size import step_size_errors

U = 2.0**-53


def test_central_difference_has_second_order():
    errors = [abs(central_difference(np.exp, 1.0, h) - math.e) for h in (1e-2, 1e-3)]
    # The error is h^2 f''' / 6 to first order.
    assert errors[0] == pytest.approx(1e-4 * math.e / 6, rel=1e-3)
    assert errors[0] / errors[1] == pytest.approx(100, rel=1e-2)


def test_central_difference_is_exact_for_quadratics():
    x = np.array([1.0, -2.0])
    numeric = central_difference(lambda v: (v**2).sum(), x, 0.5)
    assert numeric.tolist() == [2.0, -4.0]


def test_complex_step_has_full_accuracy_where_differences_have_half():
    for x in (0.1, 1.0, 3.0):
        assert complex_step(np.exp, x) == pytest.approx(math.exp(x), rel=4 * U)
        assert complex_step(np.exp, x, 1e-300) == pytest.approx(math.exp(x), rel=4 * U)


@pytest.mark.parametrize("method", [central_difference, complex_step])
def test_partials_come_after_the_values(method):
    x = np.arange(6.0).reshape(2, 3)
    # Whole numbers and halves: every sum and product here is exact.
    numeric = method(lambda v: v.sum(axis=0) * np.arange(1, 4), x, 0.5)
    assert numeric.shape == (3, 2, 3)
    for k in range(3):
        expected = np.zeros((2, 3))
        expected[:, k] = k + 1
        np.testing.assert_array_equal(numeric[k], expected)
    assert method(lambda v: v, np.zeros(0)).shape == (0, 0)


def test_complex_step_refuses_what_loses_the_derivative():
    with pytest.raises(TypeError, match="complex"):
        complex_step(np.abs, 1.0)
    with pytest.raises(TypeError, match="complex128"):
        complex_step(softmax, [0.0, 1.0])


@pytest.mark.parametrize("method", [central_difference, complex_step])
@pytest.mark.parametrize("step", [0, -1e-3, float("nan"), float("inf")])
def test_steps_must_be_positive_and_finite(method, step):
    with pytest.raises(ValueError, match="step must be positive and finite"):
        method(np.exp, 1.0, step)


@pytest.mark.parametrize("method", [central_difference, complex_step])
@pytest.mark.parametrize("step", [True, "a", None])
def test_steps_must_be_numbers(method, step):
    with pytest.raises(TypeError, match="step must be one real number"):
        method(np.exp, 1.0, step)


@pytest.mark.parametrize("f", [complex_softmax, complex_log_softmax, complex_logsumexp])
def test_complex_functions_check_their_arguments(f):
    for z, error, words in (
        (1.0, ValueError, "0-d"),
        ([], ValueError, "no classes"),
        ([np.inf, 1j], ValueError, r"\+inf"),
        ([-np.inf, -np.inf], ValueError, "every class is masked"),
        (["a"], TypeError, "real numbers"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, "masked array"),
        (np.ma.array([1j, 2.0], mask=[0, 1]), TypeError, "masked array"),
    ):
        with pytest.raises(error, match=words):
            f(z)
    with pytest.raises(TypeError, match="axis must be an integer"):
        f([1.0, 2.0], axis=True)
    if f is not complex_logsumexp:
        for temperature in (0, -1, np.nan):
            with pytest.raises(ValueError, match="temperature must be positive"):
                f([1.0, 2.0], temperature=temperature)


def test_complex_functions_take_masked_classes():
    z = np.array([0.0, -np.inf, 1.0])
    keep = [0, 2]
    with np.errstate(all="raise", under="ignore"):
        found = complex_softmax(z, temperature=0.7)
        logs = complex_log_softmax(z, temperature=0.7)
    assert found[1] == 0
    np.testing.assert_array_equal(found[keep], complex_softmax(z[keep], temperature=0.7))
    assert logs[1] == -np.inf
    np.testing.assert_array_equal(logs[keep], complex_log_softmax(z[keep], temperature=0.7))


def test_a_step_too_small_to_take_is_refused():
    with pytest.raises(ValueError, match="too small"):
        central_difference(np.exp, 1.0, 1e-20)


def test_complex_functions_continue_the_real_ones():
    z = np.random.default_rng(40).standard_normal((2, 4)) * 300

    def of_log(axis, temperature):
        """Bound the absolute error of the logarithm of the whole sum.

        It is the relative error of the sum, which is part of the largest probability's.
        """
        p = softmax(z, axis, temperature)
        bound = softmax_error_bound(z, axis, temperature)
        at_top = z.argmax(axis, keepdims=True)
        return np.take_along_axis(bound / np.maximum(p, 1e-300), at_top, axis)

    for axis in (0, 1):
        # Without imaginary parts these are the operations of the real functions, so that each of
        # the two keeps to the same bound; only the logarithm of the sum is not taken by log1p.
        difference = complex_softmax(z, axis, 0.7).real - softmax(z, axis, 0.7)
        assert (np.abs(difference) <= 2 * softmax_error_bound(z, axis, 0.7)).all()
        difference = complex_log_softmax(z, axis, 0.7).real - log_softmax(z, axis, 0.7)
        bound = 2 * log_softmax_error_bound(z, axis, 0.7) + of_log(axis, 0.7)
        assert (np.abs(difference) <= bound).all()
        difference = complex_logsumexp(z, axis).real - logsumexp(z, axis)
        bound = 2 * logsumexp_error_bound(z, axis) + of_log(axis, 1.0).squeeze(axis)
        assert (np.abs(difference) <= bound).all()
    # Equal numbers, imaginary part and all, share alike; their quotient has up to 8 roundings.
    assert abs(complex_softmax([1.0 + 0.3j, 1.0 + 0.3j])[0] - 0.5) <= 8 * U


def test_step_size_errors_show_both_methods():
    errors = step_size_errors()
    assert errors.steps.shape == errors.central.shape == errors.complex.shape
    best = errors.central.argmin()
    assert 1e-7 < errors.steps[best] < 1e-3
    assert 1e-12 < errors.central[best] < 1e-9
    # Both branches of the V: rounding below, truncation above.
    assert errors.central[0] > 1e-3
    assert errors.central[-1] > 1e-3
    # The complex step only truncates.
    assert errors.complex[errors.steps < 1e-8].max() < 4e-15
    assert errors.complex[-1] > 1e-3
    assert errors.closed_form < 1e-16
