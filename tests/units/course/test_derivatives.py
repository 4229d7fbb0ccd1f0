"""Derivatives: against 50-digit values and difference quotients; symmetry, rank, zero sums."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.verification.derivative_error_bounds import (
    gradient_error_bound,
    hessian_error_bound,
    hvp_error_bound,
    jacobian_error_bound,
    jvp_error_bound,
)
from softmax_course.verification.derivative_references import (
    gradient_reference,
    hessian_reference,
    hvp_reference,
    jacobian_reference,
    jvp_reference,
)
from softmax_course.verification.differences import (
    central_difference,
    complex_log_softmax,
    complex_softmax,
    complex_step,
)
from softmax_course.verification.error_bounds import cross_entropy_error_bound
from softmax_course.verification.references import absolute_error

DTYPES = [np.float16, np.float32, np.float64]
SCALES = [0.1, 1.0, 10.0, 1000.0]
U = 2.0**-53
INF, NAN = float("inf"), float("nan")

PRODUCTS = [softmax_jvp, softmax_vjp, cross_entropy_hvp]

rows = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=2, max_side=6),
    elements=st.floats(-40, 40),
)
temperatures = st.sampled_from([1.0, 0.25, 0.3, 7.0])


# --------------------------------------------------------------------------------------------------
# Against 50 digits, within the derived bounds


@pytest.mark.parametrize("temperature", [1.0, 0.3, 7.0])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy_against_fifty_digits(dtype, scale, temperature):
    rng = np.random.default_rng(30)
    at = {"temperature": temperature}
    for n in (1, 2, 3, 10):
        z = (scale * rng.standard_normal((3, n))).astype(dtype)
        v = (scale * rng.standard_normal((3, n))).astype(dtype)
        checks = [
            (softmax_jacobian, jacobian_reference, jacobian_error_bound, [z]),
            (
                cross_entropy_hessian,
                hessian_reference,
                hessian_error_bound,
                [z],
            ),
            (softmax_jvp, jvp_reference, jvp_error_bound, [z, v]),
            (softmax_vjp, jvp_reference, jvp_error_bound, [z, v]),
            (cross_entropy_hvp, hvp_reference, hvp_error_bound, [z, v]),
        ]
        for f, reference, bound, arguments in checks:
            value = f(*arguments, **at)
            assert value.dtype == dtype
            error = absolute_error(value, reference(*arguments, **at))
            assert (error <= bound(*arguments, **at)).all(), f"{f.__name__} for {n} classes"


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy_of_the_gradient(dtype, label_smoothing, reduction):
    rng = np.random.default_rng(31)
    for scale in SCALES:
        for n, temperature in ((1, 1.0), (3, 0.3), (10, 1.0), (10, 7.0)):
            z = (scale * rng.standard_normal((n, 4))).astype(dtype)
            confident = np.eye(n)[:, rng.integers(0, n, 4)] * 0.75 + 0.25 / n
            for target in (rng.integers(0, n, 4), rng.dirichlet(np.ones(n), 4).T, confident):
                kwargs = {
                    "axis": 0,
                    "temperature": temperature,
                    "label_smoothing": label_smoothing,
                    "reduction": reduction,
                }
                value = cross_entropy_grad(z, target, **kwargs)
                assert value.dtype == dtype
                exact = gradient_reference(z, target, **kwargs)
                bound = gradient_error_bound(z, target, **kwargs)
                assert (absolute_error(value, exact) <= bound).all()


def test_confident_rows_keep_their_digits():
    # p - y, 1 - p and v - p.v as written are all 0 here.
    tiny = math.exp(-40)
    z = [0.0, -40.0]
    for target in (0, [1.0, 0.0]):
        np.testing.assert_allclose(cross_entropy_grad(z, target), [-tiny, tiny], rtol=1e-15)
    np.testing.assert_allclose(
        softmax_jacobian(z), [[tiny, -tiny], [-tiny, tiny]], rtol=1e-15, atol=0
    )
    np.testing.assert_allclose(softmax_jvp(z, [1.0, 0.0]), [tiny, -tiny], rtol=1e-15, atol=0)
    np.testing.assert_allclose(cross_entropy_hvp(z, [1.0, 0.0]), [tiny, -tiny], rtol=1e-15, atol=0)


# --------------------------------------------------------------------------------------------------
# Against difference quotients


@given(hnp.arrays(np.float64, st.integers(1, 5), elements=st.floats(-10, 10)), temperatures)
def test_jacobian_by_complex_step(z, temperature):
    numeric = complex_step(lambda x: complex_softmax(x, temperature=temperature), z)
    difference = np.abs(numeric - softmax_jacobian(z, temperature=temperature))
    # The quotient rule of complex division: a few roundings of each p, divided by T.
    assert (difference <= 50 * U * (1 + 80 / temperature) / temperature).all()


@given(hnp.arrays(np.float64, st.integers(2, 5), elements=st.floats(-10, 10)), temperatures)
def test_gradient_by_complex_step(z, temperature):
    def loss(x):
        return -complex_log_softmax(x, temperature=temperature)[1]

    difference = complex_step(loss, z) - cross_entropy_grad(z, 1, temperature=temperature)
    assert (np.abs(difference) <= 50 * U * (1 + 80 / temperature) / temperature).all()


@given(
    hnp.arrays(np.float64, (3, 4), elements=st.floats(-5, 5)),
    st.sampled_from([0.0, 0.1]),
    st.sampled_from(["mean", "sum"]),
    st.sampled_from([1.0, 0.5, 2.0]),
)
def test_gradient_by_central_differences(z, label_smoothing, reduction, temperature):
    kwargs = {
        "temperature": temperature,
        "label_smoothing": label_smoothing,
        "reduction": reduction,
    }
    for target in (np.array([0, 3, 1]), softmax(np.cos(z))):
        numeric = central_difference(lambda x, t=target: cross_entropy(x, t, **kwargs), z)
        # h^2 |f'''| / 6 with |f'''| <= 1 / T^3, and the loss's own error over h = 6e-6.
        bound = cross_entropy_error_bound(z, target, **kwargs)
        slack = 6e-6**2 / temperature**3 + (bound + 100 * U) / 6e-6
        assert (np.abs(numeric - cross_entropy_grad(z, target, **kwargs)) <= slack).all()


@given(hnp.arrays(np.float64, st.integers(1, 5), elements=st.floats(-5, 5)), temperatures)
def test_hessian_is_the_derivative_of_the_gradient(z, temperature):
    numeric = central_difference(lambda x: cross_entropy_grad(x, 0, temperature=temperature), z)
    hessian = cross_entropy_hessian(z, temperature=temperature)
    # |p''| <= 1 / T^3 once more divided by T; rounding of p / T over the step
    slack = 6e-6**2 / temperature**4 + 60 * U * (1 + 20 / temperature) / temperature / 6e-6
    assert (np.abs(numeric - hessian) <= slack).all()


# --------------------------------------------------------------------------------------------------
# Structure


@given(rows, temperatures)
def test_jacobian_structure(z, temperature):
    jacobian = softmax_jacobian(z, temperature=temperature)
    bound = jacobian_error_bound(z, temperature=temperature)
    n = z.shape[-1]
    assert jacobian.shape == (*z.shape, n)
    np.testing.assert_array_equal(jacobian, np.swapaxes(jacobian, -1, -2))
    assert (np.abs(jacobian.sum(axis=-1)) <= bound.sum(axis=-1) + n * U / temperature).all()
    assert (np.diagonal(jacobian, axis1=-2, axis2=-1) >= 0).all()
    # Positive semidefinite, up to the entries' errors (Weyl) and the eigenvalue solver's.
    slack = bound.sum(axis=-1).max(initial=0) + 20 * n * U / temperature
    assert (np.linalg.eigvalsh(jacobian) >= -slack).all()


def test_jacobian_has_rank_n_minus_one():
    z = np.array([0.3, -1.0, 0.5, 1.2])
    assert np.linalg.matrix_rank(softmax_jacobian(z)) == 3
    values = np.linalg.eigvalsh(softmax_jacobian(z))
    assert abs(values[0]) <= 20 * U
    assert values[1] > 0.01


@given(rows, temperatures, st.floats(-1e6, 1e6))
def test_a_constant_direction_gives_exactly_zero(z, temperature, c):
    for product in PRODUCTS:
        assert not product(z, np.full(z.shape, c), temperature=temperature).any()


@given(
    rows.flatmap(
        lambda z: st.tuples(st.just(z), hnp.arrays(float, z.shape, elements=st.floats(-9, 9)))
    ),
    temperatures,
)
def test_products_are_those_of_the_matrix(pair, temperature):
    z, v = pair
    n = z.shape[-1]
    jacobian = softmax_jacobian(z, temperature=temperature)
    expected = (jacobian @ v[..., None])[..., 0]
    size = (np.abs(jacobian) @ np.abs(v)[..., None])[..., 0]
    slack = jacobian_error_bound(z, temperature=temperature) @ np.abs(v)[..., None]
    slack = slack[..., 0] + n * U * size + jvp_error_bound(z, v, temperature=temperature)
    jvp = softmax_jvp(z, v, temperature=temperature)
    assert (np.abs(jvp - expected) <= slack).all()
    np.testing.assert_array_equal(softmax_vjp(z, v, temperature=temperature), jvp)
    hvp = cross_entropy_hvp(z, v, temperature=temperature)
    np.testing.assert_allclose(hvp, jvp / temperature, rtol=2 * U, atol=1e-320)
    hessian = cross_entropy_hessian(z, temperature=temperature)
    np.testing.assert_allclose(hessian, jacobian / temperature, rtol=2 * U, atol=1e-320)


@pytest.mark.parametrize("n", [3, 1000])
def test_adjointness(n):
    rng = np.random.default_rng(32)
    for scale in (1.0, 10.0):
        z, v, w = scale * rng.standard_normal(n), rng.standard_normal(n), rng.standard_normal(n)
        for temperature in (1.0, 0.5):
            left = math.fsum(w * softmax_jvp(z, v, temperature=temperature))
            right = math.fsum(v * softmax_vjp(z, w, temperature=temperature))
            bound = np.abs(w) @ jvp_error_bound(z, v, temperature=temperature)
            bound += np.abs(v) @ jvp_error_bound(z, w, temperature=temperature)
            assert abs(left - right) <= bound + 4 * U / temperature


@given(hnp.arrays(np.float64, (2, 3, 4), elements=st.floats(-30, 30)), st.integers(-3, 2))
def test_every_axis_can_hold_the_classes(z, axis):
    last = np.moveaxis(z, axis, -1)
    bound = 2 * jacobian_error_bound(last, temperature=0.5)
    difference = softmax_jacobian(z, axis, 0.5) - softmax_jacobian(last, -1, 0.5)
    assert (np.abs(difference) <= bound).all()
    v = np.sin(z)
    bound = 2 * jvp_error_bound(z, v, axis)
    for product in (softmax_jvp, softmax_vjp, cross_entropy_hvp):
        expected = np.moveaxis(product(last, np.moveaxis(v, axis, -1)), -1, axis)
        assert (np.abs(product(z, v, axis) - expected) <= bound).all()
    labels = np.argmin(last, axis=-1)
    expected = np.moveaxis(cross_entropy_grad(last, labels), -1, axis)
    bound = 2 * gradient_error_bound(z, labels, axis)
    assert (np.abs(cross_entropy_grad(z, labels, axis) - expected) <= bound).all()


@given(hnp.arrays(np.float64, (4, 5), elements=st.floats(-40, 40)))
def test_gradient_rows_sum_to_zero_and_are_negative_at_the_label(z):
    labels = np.array([0, 1, 4, 2])
    grad = cross_entropy_grad(z, labels, reduction="none")
    assert (np.abs(grad.sum(axis=-1)) <= 10 * U).all()
    at_label = np.take_along_axis(grad, labels[:, None], -1)
    assert (at_label < 0).all()
    np.testing.assert_array_equal(np.delete(grad[0], 0), np.delete(softmax(z)[0], 0))
    np.testing.assert_array_equal(cross_entropy_grad(z, labels, reduction="sum"), grad)
    np.testing.assert_array_equal(cross_entropy_grad(z, labels), grad / 4)
    one_hot = np.eye(5)[labels]
    np.testing.assert_array_equal(cross_entropy_grad(z, one_hot), cross_entropy_grad(z, labels))


def test_gradient_vanishes_where_the_target_is_reached():
    z = np.log([0.2, 0.3, 0.5])
    assert np.abs(cross_entropy_grad(z, [0.2, 0.3, 0.5])).max() <= 4 * U


def test_gradient_is_that_of_the_loss_even_if_the_target_sums_to_one_only_nearly():
    z, target = np.array([1.0, -0.5, 0.3]), np.array([0.3333333, 0.3333333, 0.3333333])
    numeric = complex_step(lambda x: -(target * complex_log_softmax(x)).sum(), z)
    assert np.abs(cross_entropy_grad(z, target) - numeric).max() <= 20 * U


# --------------------------------------------------------------------------------------------------
# Temperatures at the edge, directions, dtypes


@pytest.mark.parametrize("dtype", DTYPES)
def test_extreme_temperatures_give_the_limit_not_nan(dtype):
    z = np.array([1.0, 0.0, -INF], dtype)
    for f, hot in ((softmax_jacobian, 0.25 / 1e300), (cross_entropy_hessian, 0.0)):
        assert not f(z, temperature=1e-300).any()
        expected = [[hot, -hot, 0.0], [-hot, hot, 0.0], [0.0, 0.0, 0.0]]
        assert f(z, temperature=1e300).tolist() == np.array(expected, dtype).tolist()
    assert cross_entropy_grad(z, 0, temperature=1e-300).tolist() == [0.0, 0.0, 0.0]
    # T^2 is 0 in floats, but 1 / T / T of a difference that is not is simply infinite.
    assert cross_entropy_hessian([0.0, 0.0], temperature=1e-200).tolist() == [
        [INF, -INF],
        [-INF, INF],
    ]
    assert cross_entropy_hessian([0.0, 0.0], temperature=2e-154)[0, 0] == pytest.approx(
        0.25 / 2e-154 / 2e-154, rel=1e-15
    )


@pytest.mark.parametrize("product", PRODUCTS)
class TestDirections:
    def test_the_wider_float_decides_the_dtype(self, product):
        z = np.array([0.5, 1.0], np.float16)
        for dtype in DTYPES:
            assert product(z, np.array([1, 0], dtype)).dtype == dtype
            assert product(np.array([1.0, 0.0], dtype), z).dtype == dtype
        assert product(z, [1, 0]).dtype == np.float16
        assert product([1, 0], [1, 0]).dtype == np.float64

    def test_shapes_that_do_not_match(self, product):
        with pytest.raises(
            ValueError, match=r"[vw] of shape \(3,\) does not match z of shape \(2, 3"
        ):
            product(np.zeros((2, 3)), np.zeros(3))

    def test_directions_must_be_finite_numbers(self, product):
        with pytest.raises(ValueError, match=r"must be finite: [vw]\[1, 0\] is -inf"):
            product(np.zeros((2, 2)), [[0.0, 1.0], [-INF, 0.0]])
        with pytest.raises(TypeError, match=r"[vw] must hold real numbers .* not bool"):
            product(np.zeros(2), [True, False])
        with pytest.raises(TypeError, match=r"[vw] is a masked array of dtype float64"):
            product(np.zeros(2), np.ma.array([1.0, 2.0]))

    def test_nan_in_a_direction_stays_in_its_row(self, product):
        value = product(np.zeros((2, 2)), [[NAN, 0.0], [1.0, 0.0]])
        assert np.isnan(value[0]).all()
        np.testing.assert_array_equal(value[1], product([0.0, 0.0], [1.0, 0.0]))
