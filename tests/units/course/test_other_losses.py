"""Focal loss, class weights, hinge loss and squared error: accuracy, derivatives, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numerics_cases import DTYPES, INF, NAN, SCALES, any_dtype_logits, logits, unit_roundoff
from sklearn.metrics import hinge_loss, log_loss
from sklearn.utils.class_weight import compute_class_weight

from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.focal import focal_loss, focal_loss_grad
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.hinge import multiclass_hinge, multiclass_hinge_subgradient
from softmax_course.numerics.losses import cross_entropy
from softmax_course.numerics.scores import squared_error, squared_error_grad
from softmax_course.numerics.weighting import (
    adjust_logits,
    balanced_weights,
    weighted_cross_entropy,
    weighted_cross_entropy_grad,
)
from softmax_course.verification import loss_error_bounds as bounds
from softmax_course.verification import loss_references as references
from softmax_course.verification.differences import (
    central_difference,
    complex_log_softmax,
    complex_softmax,
    complex_step,
)
from softmax_course.verification.references import absolute_error

U = unit_roundoff(float)


def weights_of(z, axis):
    return np.random.default_rng(np.shape(z)[axis]).uniform(0, 3, np.shape(z)[axis])


# Name, function, further arguments that follow the target.
LOSSES = [
    *(("focal_loss", focal_loss, lambda z, axis, g=g: (g,)) for g in (0.0, 0.5, 1.0, 2.0, 5.0)),
    *(
        ("focal_loss_grad", focal_loss_grad, lambda z, axis, g=g: (g,))
        for g in (0.0, 0.5, 1.0, 2.0, 5.0)
    ),
    (
        "weighted_cross_entropy",
        weighted_cross_entropy,
        lambda z, axis: (weights_of(z, axis),),
    ),
    (
        "weighted_cross_entropy_grad",
        weighted_cross_entropy_grad,
        lambda z, axis: (weights_of(z, axis),),
    ),
    ("multiclass_hinge", multiclass_hinge, lambda z, axis: ()),
    ("squared_error", squared_error, lambda z, axis: ()),
    ("squared_error_grad", squared_error_grad, lambda z, axis: ()),
]
each_loss = pytest.mark.parametrize(("name", "f", "more"), LOSSES, ids=[c[0] for c in LOSSES])


@each_loss
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy(name, f, more, dtype, reduction):
    reference = getattr(references, f"{name}_reference")
    bound = getattr(bounds, f"{name}_error_bound")
    rng = np.random.default_rng(51)
    for scale in SCALES:
        for n in (1, 2, 10):
            z = (scale * rng.standard_normal((n, 6))).astype(dtype)
            z[:, 5] = np.where(np.arange(n) == 0, 0, -30)  # one row that is sure
            target = rng.integers(0, n, 6)
            target[5] = 0
            arguments = (*more(z, 0), 0)
            value = f(z, target, *arguments, reduction=reduction)
            assert value.dtype == dtype
            exact = reference(z, target, *arguments, reduction=reduction)
            allowed = bound(z, target, *arguments, reduction=reduction)
            assert (absolute_error(value, exact) <= allowed).all()


@each_loss
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("scale", [1.0, 20.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bounds_mean_something(name, f, more, dtype, scale, reduction):
    rng = np.random.default_rng(55)
    z, target = (scale * rng.standard_normal((6, 40))).astype(dtype), rng.integers(0, 6, 40)
    arguments = (*more(z, 0), 0)
    if name.startswith("weighted"):
        arguments = (1e-6 * arguments[0], 0)  # a bound is as small as its loss
    largest = np.abs(f(z, target, *arguments, reduction=reduction)).max()
    allowed = getattr(bounds, f"{name}_error_bound")(z, target, *arguments, reduction=reduction)
    # A value takes some tens of operations, a power multiplies the errors before it by gamma, a
    # sum over rows and one over their weights add a rounding a row each.
    gamma = arguments[0] if name.startswith("focal") else 0
    rows = 1 if reduction == "none" else 40
    assert (allowed <= (100 + 30 * gamma + 3 * rows) * unit_roundoff(dtype) * largest).all()


@pytest.mark.parametrize("gap", [10.0, 40.0, 300.0])
def test_bounds_of_gradients_are_as_small_as_the_gradients_of_certain_rows(gap):
    z, w = [gap, 0.0, 0.0], [1e-6, 1.0, 1.0]
    for value, allowed in (
        (squared_error_grad(z, 0), bounds.squared_error_grad_error_bound(z, 0)),
        (
            weighted_cross_entropy_grad(z, 0, w, reduction="sum"),
            bounds.weighted_cross_entropy_grad_error_bound(z, 0, w, reduction="sum"),
        ),
    ):
        # Twice the distance to the largest logit in two factors, and some tens of operations.
        assert (allowed <= (60 + 2 * gap) * U * np.abs(value)).all()


def test_the_rounding_of_a_gradient_in_float16_is_that_of_its_size():
    z = np.array([5.0, 0.0, 0.0], np.float16)
    value, allowed = squared_error_grad(z, 0), bounds.squared_error_grad_error_bound(z, 0)
    # Computed in float32 and rounded once, to half of its last place or of a subnormal number's.
    tiny = float(np.finfo(np.float16).smallest_subnormal)
    half = unit_roundoff(np.float16) * np.abs(value.astype(float)) + tiny
    assert (allowed <= 1.1 * half).all()


def test_references_and_bounds_have_the_defaults_of_the_loss():
    z = np.random.default_rng(57).standard_normal((2, 3, 4))
    labels = np.array([[0, 3, 1], [2, 2, 0]])
    for kind in (bounds.focal_loss_error_bound, references.focal_loss_reference):
        assert kind(z, labels) == kind(z, labels, 2.0, -1, "mean")
    for kind in (bounds.focal_loss_grad_error_bound, references.focal_loss_grad_reference):
        np.testing.assert_array_equal(kind(z, labels), kind(z, labels, 2.0, -1, "mean"))


def test_references_take_the_last_axis_unless_told():
    z = np.random.default_rng(56).standard_normal((2, 3, 4))
    labels = np.array([[0, 3, 1], [2, 2, 0]])
    for name, _, more in LOSSES:
        reference = getattr(references, f"{name}_reference")
        arguments = more(z, -1)
        assert_same = np.testing.assert_array_equal
        assert_same(reference(z, labels, *arguments), reference(z, labels, *arguments, axis=2))


@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy_of_the_squared_error_of_soft_targets(dtype):
    rng = np.random.default_rng(52)
    for scale in (0.1, 1.0, 10.0):
        z = (scale * rng.standard_normal((6, 4))).astype(dtype)
        y = rng.dirichlet(np.ones(4), 6)
        for name, f in (
            ("squared_error", squared_error),
            ("squared_error_grad", squared_error_grad),
        ):
            exact = getattr(references, f"{name}_reference")(z, y)
            allowed = getattr(bounds, f"{name}_error_bound")(z, y)
            assert (absolute_error(f(z, y), exact) <= allowed).all()


@pytest.mark.parametrize("gap", [1.0, 40.0, 300.0, 700.0, 1e4])
@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0])
def test_focal_loss_of_certain_rows(gap, gamma):
    for z in ([0.0, -gap], [0.0, -gap, -gap]):
        for target in (0, 1):
            exact = references.focal_loss_reference(z, target, gamma)
            error = absolute_error(focal_loss(z, target, gamma), exact)
            assert error <= bounds.focal_loss_error_bound(z, target, gamma)
            exact = references.focal_loss_grad_reference(z, target, gamma)
            error = absolute_error(focal_loss_grad(z, target, gamma), exact)
            assert (error <= bounds.focal_loss_grad_error_bound(z, target, gamma)).all()
    if gap == 40.0:  # the bounds mean something: the gradient keeps its digits
        allowed = bounds.focal_loss_grad_error_bound([0.0, -gap], 0, gamma)
        assert (allowed < 1e-12 * np.abs(focal_loss_grad([0.0, -gap], 0, gamma))).all()


@given(any_dtype_logits(30.0))
def test_gamma_zero_is_cross_entropy(z):
    labels = np.zeros(z.shape[:-1], int)
    for reduction in ("none", "mean", "sum"):
        ours = focal_loss(z, labels, 0, reduction=reduction)
        theirs = cross_entropy(z, labels, reduction=reduction)
        np.testing.assert_array_equal(ours, theirs)
        # Sums of the others may be taken in another order.
        np.testing.assert_allclose(
            focal_loss_grad(z, labels, 0, reduction=reduction),
            cross_entropy_grad(z, labels, reduction=reduction),
            rtol=4 * z.shape[-1] * unit_roundoff(z.dtype),
            atol=np.finfo(z.dtype).smallest_subnormal,
        )


@given(logits(limit=30.0), st.floats(0, 5))
def test_focal_loss_is_never_above_cross_entropy(z, gamma):
    labels = np.zeros(z.shape[:-1], int)
    losses = focal_loss(z, labels, gamma, reduction="none")
    assert (losses >= 0).all()
    assert (losses <= cross_entropy(z, labels, reduction="none")).all()


def analytic(name, arguments, y):
    """The loss of one row as a function of complex logits."""
    if name.startswith("focal"):
        return lambda z: -((1 - complex_softmax(z)[y]) ** arguments[0]) * complex_log_softmax(z)[y]
    if name.startswith("weighted"):
        return lambda z: -arguments[0][y] * complex_log_softmax(z)[y]
    return lambda z: ((complex_softmax(z) - np.eye(len(z))[y]) ** 2).sum()


@given(logits(limit=4.0), st.data())
def test_gradients_against_the_complex_step(z, data):
    z = z.reshape(-1, z.shape[-1])[0]
    y = data.draw(st.integers(0, len(z) - 1))
    for name, f, more in LOSSES:
        if name.endswith("_grad"):
            arguments = more(z, -1)
            if len(z) == 1 and arguments and name.startswith("focal"):
                continue  # (1 - p)**gamma at p = 1 has no derivative for gamma below 1
            step = complex_step(analytic(name, arguments, y), z)
            ours = f(z, y, *arguments, reduction="sum")
            # 1 - p and log p as written lose up to e^8 of their digits within these logits.
            assert np.abs(step - ours).max() <= 200 * len(z) * np.exp(8) * U * (
                1 + max((np.max(a) for a in arguments), default=0)
            )


def test_gradients_of_means_against_differences():
    rng = np.random.default_rng(53)
    z, target = rng.standard_normal((3, 4)), np.array([1, 3, 0])
    pairs = [
        (focal_loss, focal_loss_grad, (2.0,)),
        (weighted_cross_entropy, weighted_cross_entropy_grad, ([0.5, 2.0, 0.0, 1.0],)),
        (squared_error, squared_error_grad, ()),
        (multiclass_hinge, multiclass_hinge_subgradient, ()),
    ]
    for loss, grad, more in pairs:
        found = central_difference(lambda x, f=loss, m=more: f(x, target, *m), z)
        # Truncation h^2 |f'''| / 6 with h = 6e-6 and third derivatives below 20, and rounding
        # u |f| / h.
        np.testing.assert_allclose(grad(z, target, *more), found, atol=5e-10)


@given(logits(limit=30.0))
def test_gradients_sum_to_zero(z):
    labels = np.zeros(z.shape[:-1], int)
    for name, f, more in LOSSES:
        if name.endswith("_grad"):
            grad = f(z, labels, *more(z, -1), reduction="none")
            # The loosest is softmax's (2 d + n + 5) u with d up to 60, of entries up to 6.
            assert np.abs(grad.sum(axis=-1)).max() <= 6 * (200 + 4 * z.shape[-1]) * U


class TestWeights:
    @given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
    def test_balanced_weights_are_those_of_scikit_learn(self, labels):
        labels = [*labels, 0, 1, 2, 3]
        ours = balanced_weights(labels, 4)
        theirs = compute_class_weight("balanced", classes=np.arange(4), y=labels)
        np.testing.assert_allclose(ours, theirs, rtol=4 * U)
        assert ours[labels].mean() == pytest.approx(1, rel=60 * U)

    def test_mean_is_the_weighted_mean_of_scikit_learn(self):
        rng = np.random.default_rng(54)
        z, target, w = rng.standard_normal((20, 3)), rng.integers(0, 3, 20), np.array([0.2, 1, 5])
        theirs = log_loss(target, softmax(z), sample_weight=w[target], labels=[0, 1, 2])
        assert weighted_cross_entropy(z, target, w) == pytest.approx(theirs, rel=50 * U)
        # The mean does not depend on the scale of the weights.
        assert weighted_cross_entropy(z, target, 8 * w) == weighted_cross_entropy(z, target, w)

    def test_a_row_without_weight_has_no_part_even_if_its_target_is_masked(self):
        z = [[0.0, -INF], [0.0, 1.0]]
        assert weighted_cross_entropy(z, [1, 0], [1.0, 0.0]) == cross_entropy(z[1], 0)
        assert weighted_cross_entropy(z, [1, 0], [1.0, 1.0]) == INF
        assert np.isnan(weighted_cross_entropy([[NAN, 0.0]], [0], [0.0, 1.0], reduction="sum"))

    def test_adjusted_logits_are_the_posterior_of_the_new_prior(self):
        rng = np.random.default_rng(55)
        for dtype in DTYPES:
            likelihoods = rng.uniform(0.1, 1, (50, 4))
            old, new = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4))
            z = np.log(likelihoods * old).astype(dtype)
            expected = likelihoods * new / (likelihoods * new).sum(axis=1, keepdims=True)
            adjusted = adjust_logits(z, old, new)
            assert adjusted.dtype == dtype
            # Logits are rounded twice to the dtype: each error moves a log-probability by at most
            # twice itself.
            slack = 4 * unit_roundoff(dtype) * (np.abs(z.astype(float)).max() + 20)
            np.testing.assert_allclose(softmax(adjusted.astype(float)), expected, rtol=slack)

    def test_adjusting_there_and_back(self):
        z = np.random.default_rng(56).standard_normal((3, 2, 4))
        old, new = [0.7, 0.2, 0.1], [0.2, 0.3, 0.5]
        there = adjust_logits(z, old, new, axis=0)
        np.testing.assert_allclose(
            adjust_logits(there, new, old, axis=0), z, atol=8 * U * (np.abs(z).max() + 2)
        )
        np.testing.assert_array_equal(adjust_logits(z, old, new, axis=0, strength=0), z)
        np.testing.assert_array_equal(adjust_logits(z, old, old, axis=0), z)
        assert adjust_logits([0.0, 0.0], [0.5, 0.5], [1.0, 0.0])[1] == -INF

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            (([0, 1], 2.0), TypeError, "n_classes must be an integer"),
            (([0, 2], 2), ValueError, "target index 2"),
            (([0, 0], 2), ValueError, "class 1 has no example"),
            (([0.0, 1.0], 2), TypeError, "integers"),
        ],
    )
    def test_bad_input_of_balanced_weights(self, arguments, error, words):
        with pytest.raises(error, match=words):
            balanced_weights(*arguments)

    @pytest.mark.parametrize("f", [weighted_cross_entropy, weighted_cross_entropy_grad])
    @pytest.mark.parametrize(
        ("weight", "words"),
        [
            ([1.0], r"class_weight must have shape \(2,\)"),
            ([1.0, -1.0], r"class_weight\[1\] is -1.0"),
            ([NAN, 1.0], r"class_weight\[0\] is nan"),
            ([INF, 1.0], r"class_weight\[0\] is inf"),
            ([0.0, 1.0], "rows without weight"),
        ],
    )
    def test_bad_weights(self, f, weight, words):
        with pytest.raises(ValueError, match=words):
            f([[0.0, 1.0]], [0], weight)

    @pytest.mark.parametrize(
        ("old", "new", "more", "words"),
        [
            ([1.0, 0.0], [0.5, 0.5], {}, r"old_prior\[1\] is 0"),
            ([0.5, 0.5], [0.5, 0.6], {}, "new_prior must sum to 1"),
            ([0.5, 0.5], [1.0], {}, r"new_prior must have shape \(2,\)"),
            ([0.5, 0.5], [0.5, 0.5], {"strength": -1}, "strength must be finite and >= 0"),
        ],
    )
    def test_bad_priors(self, old, new, more, words):
        with pytest.raises(ValueError, match=words):
            adjust_logits([0.0, 0.0], old, new, **more)


class TestHinge:
    @given(any_dtype_logits(20.0), st.sampled_from([0.0, 1.0, 2.5]))
    def test_subgradient_inequality(self, z, margin):
        """L(w) >= L(z) + g . (w - z) for every w: what makes g a subgradient."""
        z = z.astype(float)
        labels = np.zeros(z.shape[:-1], int)
        w = z[..., ::-1] * 0.7 + 0.3
        left = multiclass_hinge(w, labels, margin=margin, reduction="none")
        grad = multiclass_hinge_subgradient(z, labels, margin=margin, reduction="none")
        loss = multiclass_hinge(z, labels, margin=margin, reduction="none")
        right = loss + (grad * (w - z)).sum(-1)
        assert (left >= right - 20 * U * (1 + np.abs(z).max() + margin)).all()

    def test_parity_with_scikit_learn(self):
        rng = np.random.default_rng(57)
        z, target = rng.standard_normal((50, 4)), rng.integers(0, 4, 50)
        theirs = hinge_loss(target, z, labels=[0, 1, 2, 3])
        assert multiclass_hinge(z, target) == pytest.approx(theirs, rel=100 * U)

    @given(logits(limit=20.0), st.sampled_from([1.0, 0.1, 0.01]))
    def test_cold_cross_entropy_tends_to_the_hinge_loss_without_margin(self, z, temperature):
        labels = np.zeros(z.shape[:-1], int)
        hinge = multiclass_hinge(z, labels, margin=0, reduction="none")
        cold = temperature * cross_entropy(z, labels, temperature=temperature, reduction="none")
        slack = 200 * U * (1 + np.abs(z).max())
        assert (cold >= hinge - slack).all()
        assert (cold <= hinge + temperature * np.log(z.shape[-1]) + slack).all()

    def test_a_masked_class_is_no_rival(self):
        assert multiclass_hinge([0.0, -INF], 0) == 0
        assert multiclass_hinge([0.0, -INF], 1) == INF
        assert multiclass_hinge_subgradient([0.0, -INF, 0.5], 0).tolist() == [-1, 0, 1]
        assert multiclass_hinge([3.0], 0) == 0

    def test_huge_logits(self):
        assert multiclass_hinge([-1.7e308, 1.7e308], 0) == INF
        assert multiclass_hinge([1.7e308, -1.7e308], 0) == 0


def test_squared_error_is_flat_where_the_model_is_sure_and_wrong():
    z = [[30.0, 0.0], [0.0, 0.0]]
    grad = squared_error_grad(z, [1, 1], reduction="none")
    assert np.abs(grad[0]).max() < 1e-12
    assert np.abs(cross_entropy_grad(z, [1, 1], reduction="none")[0]).min() > 0.999


def test_squared_error_is_not_convex():
    # On the segment from a right answer to a wrong one, for y = 0: a midpoint above its chord.
    right, wrong = np.array([0.0, 0.0]), np.array([-20.0, 0.0])
    middle = squared_error((right + wrong) / 2, 0)
    assert middle > (squared_error(right, 0) + squared_error(wrong, 0)) / 2 + 0.4


@pytest.mark.parametrize(
    ("f", "arguments", "error", "words"),
    [
        (focal_loss, ([0.0, 1.0], 0, -1.0), ValueError, "gamma must be finite and >= 0, got -1"),
        (focal_loss, ([0.0, 1.0], 0, INF), ValueError, "gamma"),
        (focal_loss_grad, ([0.0, 1.0], 0, "2"), TypeError, "gamma must be one real number"),
        (focal_loss, ([0.0, 1.0], [0.5, 0.5]), ValueError, "class indices here, not distributions"),
        (focal_loss, (np.zeros((0, 2)), np.zeros(0, int)), ValueError, "mean of no rows"),
        (focal_loss_grad, (np.zeros((0, 2)), np.zeros(0, int)), ValueError, "mean of no rows"),
        (multiclass_hinge, ([0.0, 1.0], 0, -1, NAN), ValueError, "margin must be finite and >= 0"),
        (multiclass_hinge, ([0.0, 1.0], 2), ValueError, "target index 2"),
        (multiclass_hinge_subgradient, (np.zeros((0, 2)), np.zeros(0, int)), ValueError, "no rows"),
        (squared_error, ([0.0, 1.0], [0.5, 0.6]), ValueError, "target must sum to 1"),
        (squared_error_grad, (np.zeros((0, 2)), np.zeros(0, int)), ValueError, "mean of no rows"),
        (
            weighted_cross_entropy,
            (np.zeros((0, 2)), np.zeros(0, int), [1, 1]),
            ValueError,
            "mean of no rows",
        ),
    ],
)
def test_bad_input(f, arguments, error, words):
    with pytest.raises(error, match=words):
        f(*arguments)
    with pytest.raises((TypeError, ValueError), match="reduction"):
        f([0.0, 1.0], 0, *([[1.0, 1.0]] if "weighted" in f.__name__ else []), reduction="avg")
