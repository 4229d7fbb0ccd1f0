"""Error bounds hold, and are not so loose that they mean nothing."""

import numpy as np
import pytest

from softmax_course.numerics.functional import log_softmax, logsumexp, softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.verification import _rounding
from softmax_course.verification.derivative_error_bounds import (
    hvp_error_bound,
    jacobian_error_bound,
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
    log_softmax_reference,
    logsumexp_reference,
    softmax_reference,
)

U = 2.0**-53


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
    monkeypatch.setattr(_rounding, "exp_error", lambda dtype: 1.0)
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


def test_a_direction_has_the_shape_of_the_logits():
    with pytest.raises(ValueError, match=r"v of shape \(3,\) does not match z of shape \(2,"):
        hvp_error_bound([0.0, 1.0], [1.0, 2.0, 3.0])


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


@pytest.mark.slow
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
