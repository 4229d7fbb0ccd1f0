"""References in fifty digits, against closed forms and mpmath's own numerical derivative."""

import math

import mpmath
import numpy as np
import pytest

from softmax_course.verification.derivative_references import (
    gradient_reference,
    hessian_reference,
    hvp_reference,
    jacobian_reference,
    jvp_reference,
)
from softmax_course.verification.references import (
    absolute_error,
    cross_entropy_reference,
    log_softmax_reference,
    logsumexp_reference,
    softmax_reference,
)


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
    with pytest.raises(ValueError, match=r"v of shape \(3,\) does not match z of shape \(2,"):
        jvp_reference([0.0, 1.0], [1.0, 2.0, 3.0])


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
