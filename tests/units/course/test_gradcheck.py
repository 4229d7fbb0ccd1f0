"""The instruments themselves: difference quotients, references and bounds can be wrong too."""

import math

import mpmath
import numpy as np
import pytest

from softmax_course.numerics.functional import log_softmax, logsumexp, softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.verification import error_bounds as bounds
from softmax_course.verification.derivative_error_bounds import (
    hvp_error_bound,
    jacobian_error_bound,
)
from softmax_course.verification.differences import (
    central_difference,
    complex_log_softmax,
    complex_logsumexp,
    complex_softmax,
    complex_step,
)
from softmax_course.verification.error_bounds import (
    cross_entropy_error_bound,
    log_softmax_error_bound,
    logsumexp_error_bound,
    normwise_softmax_bound,
    softmax_error_bound,
)
from softmax_course.verification.references import (
    absolute_error,
    cross_entropy_reference,
    gradient_reference,
    hessian_reference,
    hvp_reference,
    jacobian_reference,
    jvp_reference,
    log_softmax_reference,
    logsumexp_reference,
    softmax_reference,
)
from softmax_course.verification.step_size import step_size_errors

U = 2.0**-53


# --------------------------------------------------------------------------------------------------
# Difference quotients


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


# --------------------------------------------------------------------------------------------------
# References: against closed forms, and against mpmath's own numerical derivative


def test_references_on_closed_forms():
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3
        assert abs(softmax_reference([0.0, 0.0, 0.0])[1] - third) < 1e-55
        assert abs(logsumexp_reference([0.0, 0.0]) - mpmath.log(2)) < 1e-55
        assert abs(cross_entropy_reference([0.0] * 4, 2) - mpmath.log(4)) < 1e-55
        tiny = mpmath.exp(-1000)
        assert abs(log_softmax_reference([0.0, -1000.0])[0] / -tiny - 1) < 1e-50
        assert abs(gradient_reference([0.0, -1000.0], 0)[0] / -tiny - 1) < 1e-50
        assert abs(jacobian_reference([0.0, -1000.0])[0, 0] / tiny - 1) < 1e-50


def naive_loss(z, weights, temperature):
    """Return cross-entropy as it is defined: no shift, no log1p, in as many digits as it takes."""
    total = mpmath.fsum(mpmath.exp(v / temperature) for v in z)
    return -mpmath.fsum(
        w * mpmath.log(mpmath.exp(v / temperature) / total) for w, v in zip(weights, z, strict=True)
    )


@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_references_are_the_derivatives_of_the_definition(temperature):
    z, y, v = [0.5, -1.0, 2.0], [0.25, 0.125, 0.625], [1.0, -2.0, 0.5]
    at = {"temperature": temperature}
    temperature = mpmath.mpf(temperature)  # 0.5 / 3.0 would be rounded to a float
    with mpmath.workdps(60):
        close = mpmath.mpf(10) ** -25

        def partial(f, k):
            return mpmath.diff(lambda x: f([*z[:k], x, *z[k + 1 :]]), z[k])

        def prob(i):
            return lambda x: (
                mpmath.exp(x[i] / temperature) / mpmath.fsum(mpmath.exp(u / temperature) for u in x)
            )

        gradient = gradient_reference(z, y, **at)
        jacobian = jacobian_reference(z, **at)
        hessian = hessian_reference(z, **at)
        jvp = jvp_reference(z, v, **at)
        hvp = hvp_reference(z, v, **at)
        assert abs(cross_entropy_reference(z, y, **at) - naive_loss(z, y, temperature)) < close
        for i in range(3):
            assert abs(softmax_reference(z, **at)[i] - prob(i)(z)) < close
            assert abs(gradient[i] - partial(lambda x: naive_loss(x, y, temperature), i)) < close
            for k in range(3):
                assert abs(jacobian[i, k] - partial(prob(i), k)) < close
                assert abs(hessian[i, k] * temperature - jacobian[i, k]) < close
            assert abs(jvp[i] - mpmath.fsum(jacobian[i, k] * v[k] for k in range(3))) < close
            assert abs(hvp[i] * temperature - jvp[i]) < close


def test_references_know_smoothing_and_reductions():
    z, labels = [[0.0, 1.0, 3.0], [2.0, 2.0, -1.0]], [2, 0]
    with mpmath.workdps(60):
        rows = [
            naive_loss(
                [mpmath.mpf(v) for v in row],
                [(1 - mpmath.mpf(0.25)) * (k == label) + mpmath.mpf(0.25) / 3 for k in range(3)],
                1,
            )
            for row, label in zip(z, labels, strict=True)
        ]
        for reduction, expected in (("sum", sum(rows)), ("mean", sum(rows) / 2)):
            value = cross_entropy_reference(z, labels, label_smoothing=0.25, reduction=reduction)
            assert abs(value - expected) < 1e-50


def test_references_have_fifty_digits_whoever_asks():
    # 0.3 ** 2 and 0.3 * 3 are rounded as floats: what mpmath does outside of its context.
    z, v, temperature = np.array([[0.5, -1.0, 2.0]] * 3), np.array([[1.0, 2.0, 3.0]] * 3), 0.3
    at = {"temperature": temperature}
    hessian, jacobian = hessian_reference(z, **at), jacobian_reference(z, **at)
    hvp, jvp = hvp_reference(z, v, **at), jvp_reference(z, v, **at)
    mean = gradient_reference(z, [0, 1, 2], reduction="mean", **at)
    total = gradient_reference(z, [0, 1, 2], reduction="sum", **at)
    with mpmath.workdps(60):
        for small, factor, large in (
            (hessian, mpmath.mpf(temperature), jacobian),
            (hvp, mpmath.mpf(temperature), jvp),
            (mean, 3, total),
        ):
            assert (
                max(abs(a * factor / b - 1) for a, b in zip(small.flat, large.flat, strict=True))
                < 1e-50
            )


def test_references_refuse_what_they_cannot_refer_to():
    with pytest.raises(ValueError, match="NaN"):
        softmax_reference([0.0, math.nan])
    with pytest.raises(ValueError, match=r"shape \(0, 3\) has no rows"):
        softmax_reference(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="temperature must be positive"):
        hessian_reference([0.0, 1.0], temperature=0)
    for f in (jvp_reference, hvp_error_bound):
        with pytest.raises(ValueError, match=r"v of shape \(3,\) does not match z of shape \(2,"):
            f([0.0, 1.0], [1.0, 2.0, 3.0])


def test_references_take_any_axis_and_masks():
    z = np.random.default_rng(41).standard_normal((2, 3, 4))
    z[0, 1, 2] = -np.inf
    for axis in range(3):
        for reference in (softmax_reference, log_softmax_reference):
            moved = np.moveaxis(reference(np.moveaxis(z, axis, -1)), -1, axis)
            assert (reference(z, axis=axis) == moved).all()
        moved = logsumexp_reference(np.moveaxis(z, axis, -1))
        assert (logsumexp_reference(z, axis=axis) == moved).all()
    assert softmax_reference(z, axis=1)[0, 1, 2] == 0


def test_absolute_error():
    third = softmax_reference([0.0, 0.0, 0.0])
    error = absolute_error(np.full(3, 1 / 3), third)
    # 1/3 in binary is 0.0101...01: a third of a unit in the last place off.
    np.testing.assert_allclose(error, 2.0**-54 / 3, rtol=1e-10)
    assert absolute_error(-math.inf, mpmath.mpf("-inf")) == 0
    with pytest.raises(ValueError, match=r"shape \(2,\) does not match the reference's \(3,\)"):
        absolute_error(np.zeros(2), third)


# --------------------------------------------------------------------------------------------------
# Bounds: not so loose that they mean nothing


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_softmax_bound_is_nearly_used(dtype):
    # A bound that is a hundred times the error would let a hundred times the error pass.
    rng = np.random.default_rng(42)
    used = 0.0
    for scale in (10.0, 100.0):
        z = (scale * rng.standard_normal((200, 2))).astype(dtype)
        error = absolute_error(softmax(z), softmax_reference(z))
        used = max(used, (error / softmax_error_bound(z)).max())
    assert 0.2 < used <= 1


def test_the_softmax_bound_beside_theorem_4_3(monkeypatch):
    # With the theorem's own assumption, exp within u, ours is at most the reciprocal's u above it,
    # for every entry; and below it for likely ones.
    monkeypatch.setattr(bounds, "exp_error", lambda dtype: 1.0)
    z = np.random.default_rng(43).standard_normal((50, 8)) * 20
    p = softmax(z)
    ours = softmax_error_bound(z) / p
    theirs = normwise_softmax_bound(z)[:, None]
    assert (ours <= (theirs + U) * (1 + 1e-10)).all()
    likeliest = np.take_along_axis(ours, p.argmax(-1, keepdims=True), -1)
    assert np.median(likeliest / theirs) < 0.5


def test_a_flat_tolerance_would_be_wrong():
    # Far logits cost digits: z - z_max is rounded to its own size, which exp turns into a relative
    # error. No constant fits both these classes and the likely one; the bound does.
    z = np.array([0.1, -500.1, -600.7, -700.3])
    exact = softmax_reference(z)
    error = absolute_error(softmax(z), exact) / exact.astype(float)
    assert error.max() > 20 * U
    assert error[0] <= 2 * U
    assert (error <= softmax_error_bound(z) / exact.astype(float)).all()


def test_bounds_refuse_rows_without_a_meaning():
    for bound in (
        softmax_error_bound,
        logsumexp_error_bound,
        log_softmax_error_bound,
        jacobian_error_bound,
    ):
        with pytest.raises(ValueError, match="inf"):
            bound([0.0, np.inf])
        with pytest.raises(ValueError, match="masked"):
            bound([-np.inf, -np.inf])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_bounds_hold_for_masked_and_for_underflowing_classes(dtype):
    z = np.array([0.0, -np.inf, -5.0, -90.0, -100.0, -740.0], dtype)
    for f, reference, bound in [
        (softmax, softmax_reference, softmax_error_bound),
        (log_softmax, log_softmax_reference, log_softmax_error_bound),
        (logsumexp, logsumexp_reference, logsumexp_error_bound),
    ]:
        assert (absolute_error(f(z), reference(z)) <= bound(z)).all()
    loss = cross_entropy(z, 2, label_smoothing=0.1)
    exact = cross_entropy_reference(z, 2, label_smoothing=0.1)
    bound = cross_entropy_error_bound(z, 2, label_smoothing=0.1)
    assert absolute_error(loss, exact) <= bound
    assert bound < 1e-2 * loss


def test_the_terms_for_n_are_needed():
    # Down a column NumPy adds one by one, and equal terms err the same way many times in a row:
    # without the n u of the sum the bound would be broken.
    z = np.full((4096, 2), -0.7, np.float32)
    z[0] = 0
    error = absolute_error(softmax(z, axis=0), softmax_reference(z, axis=0))
    bound = softmax_error_bound(z, axis=0)
    assert (error <= bound).all()
    n_u = len(z) * 2.0**-24 * softmax(z.astype(float), axis=0)
    assert (error > 1.1 * (bound - n_u)).any()
