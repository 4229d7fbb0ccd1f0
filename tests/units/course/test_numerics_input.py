"""Unusual input of every function of logits: dtypes, shapes, infinities, NaN, masks, parameters."""

from fractions import Fraction

import numpy as np
import pytest
from numerics_cases import (
    DTYPES,
    INF,
    INTEGERS,
    NAN,
    OF_LOGITS,
    OF_ONE_ARRAY,
    OF_PROBABILITIES,
    STRICT,
    TEMPERED,
    WITH_ROWS,
    each,
)

from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)
from softmax_course.numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from softmax_course.numerics.losses import cross_entropy


@each(WITH_ROWS)
def test_rows_are_independent(f):
    z = np.array([[0.0, 1.0, -2.0], [2000.0, 1999.0, 0.0], [-3000.0, -3001.0, -2999.0]])
    together = f(z)
    for i in range(len(z)):
        np.testing.assert_array_equal(together[i], f(z[i]))


def test_no_rows():
    empty = np.zeros((0, 3))
    labels = np.zeros(0, int)
    assert softmax(empty).shape == (0, 3)
    assert log_softmax(empty).shape == (0, 3)
    assert logsumexp(empty).shape == (0,)
    assert cross_entropy(empty, labels, reduction="sum") == 0
    assert cross_entropy(empty, labels, reduction="none").shape == (0,)
    for f in (cross_entropy, cross_entropy_grad):
        with pytest.raises(ValueError, match="mean of no rows"):
            f(empty, labels)
    assert cross_entropy_grad(empty, labels, reduction="sum").shape == (0, 3)
    assert softmax_jacobian(empty).shape == (0, 3, 3)


@each(OF_LOGITS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_of_any_width_are_computed_in_float64(f, dtype):
    z = [[1, 2, 100], [3, 0, 1]]
    value = f(np.array(z, dtype))
    assert value.dtype == np.float64
    np.testing.assert_array_equal(value, f(np.array(z, np.float64)))


def test_unsigned_logits_do_not_wrap():
    np.testing.assert_array_equal(softmax(np.array([1, 2, 250], np.uint8)), softmax([1.0, 2, 250]))


@each(OF_LOGITS)
@pytest.mark.parametrize(
    ("z", "named"),
    [
        (np.array([True, False]), "bool"),
        (np.array([1.0, 2.0], object), "object"),
        (np.array(["1", "2"]), "<U1"),
        (np.array([1j, 2.0]), "complex128"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "masked array of dtype float64"),
        ([10**30, 1], "object"),
        (None, "object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arrays_that_are_not_real_raise_type_error_with_their_dtype(f, z, named):
    with pytest.raises(TypeError, match=named):
        f(z)


@each(WITH_ROWS | OF_PROBABILITIES)
def test_zero_dimensions(f):
    with pytest.raises(ValueError, match=r"0-d|does not match"):
        f(np.float64(1.0))


@each(STRICT | OF_PROBABILITIES)
@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_an_empty_class_axis(f, shape):
    with pytest.raises(ValueError, match=r"no classes: axis -1 of shape \(.*0"):
        f(np.zeros(shape))


def test_logsumexp_of_no_classes():
    assert logsumexp([]) == -INF
    assert logsumexp(np.zeros((2, 0)), keepdims=True).tolist() == [[-INF], [-INF]]
    assert logsumexp(np.zeros((2, 0), np.float32)).dtype == np.float32


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_of_nan_is_nan(dtype):
    z = np.array([1.0, NAN, -INF, INF], dtype)
    np.testing.assert_array_equal(sigmoid(z), np.array([sigmoid(z[0]), NAN, 0, 1], dtype))


@each(WITH_ROWS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_stays_in_its_row(f, dtype):
    z = np.array([[0.0, 1.0, 2.0], [1.0, NAN, 2.0], [NAN, -INF, INF], [3.0, 1.0, 0.5]], dtype)
    value = f(z)
    assert np.isnan(value[1]).all()
    assert np.isnan(value[2]).all()
    for i in (0, 3):
        np.testing.assert_array_equal(value[i], f(z[i]))
        assert np.isfinite(value[i]).all()
    assert np.isnan(f(np.array([[NAN]], dtype))).all()


@each(STRICT)
@pytest.mark.parametrize("dtype", DTYPES)
def test_plus_infinity_is_refused_with_its_row(f, dtype):
    with pytest.raises(ValueError, match=r"\+inf: row 1 "):
        f(np.array([[0.0, 1.0], [INF, 0.0]], dtype))
    with pytest.raises(ValueError, match=r"\+inf: the row "):
        f(np.array([0.0, INF, -INF], dtype))


@pytest.mark.parametrize("f", [softmax, log_softmax, softmax_jacobian])
def test_plus_infinity_is_refused_with_the_position_of_its_row_on_any_axis(f):
    z = np.zeros((2, 3, 4))
    z[1, 2, 3] = INF
    for axis, row in ((0, "2, 3"), (1, "1, 3"), (2, "1, 2")):
        with pytest.raises(ValueError, match=rf"row \({row}\) along axis {axis}"):
            f(z, axis=axis)


def test_logsumexp_and_sigmoid_have_limits_at_infinity():
    assert logsumexp([[0.0, INF], [INF, INF], [-INF, INF]]).tolist() == [INF] * 3
    assert logsumexp([[-INF, -INF], [-INF, 1.0]]).tolist() == [-INF, 1.0]
    assert sigmoid([-INF, INF]).tolist() == [0.0, 1.0]


@each(STRICT)
def test_a_row_of_only_masked_classes_is_refused(f):
    with pytest.raises(ValueError, match=r"every class is masked: row \(0, 1\)"):
        f(np.array([[[0.0, 1.0], [-INF, -INF]]]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_masked_class_is_as_if_it_were_not_there(dtype):
    z = np.array([0.5, -INF, 2.0, -1.0], dtype)
    keep = [0, 2, 3]
    rest = z[keep]
    np.testing.assert_array_equal(softmax(z)[keep], softmax(rest))
    assert softmax(z)[1] == 0
    np.testing.assert_array_equal(log_softmax(z)[keep], log_softmax(rest))
    assert log_softmax(z)[1] == -INF
    assert logsumexp(z) == logsumexp(rest)
    assert cross_entropy(z, 2) == cross_entropy(rest, 1)
    soft = np.array([0.25, 0.0, 0.5, 0.25])
    for a in (0.0, 0.2):
        kwargs = {"label_smoothing": a, "temperature": 0.7}
        assert cross_entropy(z, soft, **kwargs) == cross_entropy(rest, soft[keep], **kwargs)
        assert cross_entropy(z, 2, **kwargs) == cross_entropy(rest, 1, **kwargs)
        for target, kept in ((soft, soft[keep]), (2, 1)):
            grad = cross_entropy_grad(z, target, **kwargs)
            np.testing.assert_array_equal(grad[keep], cross_entropy_grad(rest, kept, **kwargs))
            assert grad[1] == 0
    for matrix in (softmax_jacobian, cross_entropy_hessian):
        full = matrix(z, temperature=0.7)
        np.testing.assert_array_equal(full[np.ix_(keep, keep)], matrix(rest, temperature=0.7))
        assert not full[1].any()
        assert not full[:, 1].any()
    v = np.array([1.0, 5.0, -2.0, 0.5], dtype)
    for product in (softmax_jvp, softmax_vjp, cross_entropy_hvp):
        np.testing.assert_array_equal(product(z, v)[keep], product(rest, v[keep]))
        assert product(z, v)[1] == 0


@each(TEMPERED)
@pytest.mark.parametrize("temperature", [0, 0.0, -1.0, INF, -INF, NAN, -(10**400), 10**400])
def test_a_temperature_must_be_positive_and_finite(f, temperature):
    with pytest.raises(ValueError, match=r"temperature must be positive and finite, got"):
        f(np.zeros(3), temperature=temperature)


@each(TEMPERED)
@pytest.mark.parametrize("temperature", ["1", None, True, 1j, [1.0], np.array([1.0])], ids=str)
def test_a_temperature_must_be_a_number(f, temperature):
    with pytest.raises(TypeError, match="temperature must be one real number"):
        f(np.zeros(3), temperature=temperature)


@each(TEMPERED)
def test_any_real_number_is_a_temperature(f):
    z = np.array([0.0, 1.0, 3.0])
    for two in (2, np.float32(2), np.int8(2), Fraction(2)):
        np.testing.assert_array_equal(f(z, temperature=two), f(z, temperature=2.0))


@each(WITH_ROWS)
def test_axis_that_does_not_exist_or_is_no_integer(f):
    with pytest.raises(ValueError, match="axis 3 is out of bounds"):
        f(np.zeros((2, 2)), axis=3)
    for axis in (None, 0.0, (0, 1), True):
        with pytest.raises(TypeError, match="axis must be an integer"):
            f(np.zeros((2, 2)), axis=axis)


@each(OF_ONE_ARRAY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_kept(f, dtype):
    z = np.array([[1.0, 2.0, -1.0]])
    assert f(z.astype(dtype)).dtype == dtype
    assert f(z.astype(np.dtype(dtype).newbyteorder())).dtype == dtype
    np.testing.assert_array_equal(f(z.astype(np.dtype(dtype).newbyteorder())), f(z.astype(dtype)))


@each(OF_LOGITS)
def test_the_input_is_not_changed(f):
    z = np.array([[3.0, 1.0, -2.0], [0.0, 0.5, 1.0]])
    before = z.copy()
    z.flags.writeable = False
    f(z)
    np.testing.assert_array_equal(z, before)
