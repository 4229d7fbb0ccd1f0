"""Losses over many classes without the matrix of logits, and distillation."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numerics_cases import INF

from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.distillation import distillation_loss, distillation_loss_grad
from softmax_course.numerics.functional import log_softmax, logsumexp, softmax
from softmax_course.numerics.large_vocabulary import (
    blockwise_cross_entropy,
    sampled_cross_entropy,
)
from softmax_course.numerics.losses import cross_entropy, entropy
from softmax_course.numerics.two_level import two_level_cross_entropy, two_level_log_softmax
from softmax_course.verification.differences import (
    complex_log_softmax,
    complex_logsumexp,
    complex_step,
)

U = np.finfo(float).eps / 2
REDUCTIONS = "mean", "sum", "none"


def random_layer(seed, tokens=4, n=9, d=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(tokens, d)), rng.normal(size=(n, d)), rng.integers(0, n, tokens)


def bound(hidden, weights):
    """Bound the difference of two orders of the same sums, losses or gradients.

    A loss is off by the error of two logits, (d + 3) U |h| |w| each, and of a sum of n terms; a
    gradient is a sum of products of such errors with an entry of `hidden` or `weights`.
    """
    norms = np.linalg.norm(hidden) * np.linalg.norm(weights)
    length = hidden.size + weights.size
    return 10 * length * U * (1 + norms) * (1 + np.abs(hidden).sum() + np.abs(weights).sum())


def reduce_complex(losses, reduction):
    return losses.mean() if reduction == "mean" else losses.sum()


class TestBlockwise:
    @given(
        st.integers(1, 5),
        st.integers(1, 12),
        st.integers(1, 13),
        st.sampled_from(REDUCTIONS),
        st.integers(0, 2**32 - 1),
    )
    def test_same_as_from_logits(self, tokens, n, block_size, reduction, seed):
        hidden, weights, labels = random_layer(seed, tokens, n)
        loss, grad_hidden, grad_weights = blockwise_cross_entropy(
            hidden, weights, labels, block_size, reduction
        )
        logits = hidden @ weights.T
        allowed = bound(hidden, weights)
        expected = cross_entropy(logits, labels, reduction=reduction)
        assert np.shape(loss) == np.shape(expected)
        assert np.abs(loss - expected).max() <= allowed
        grad = cross_entropy_grad(logits, labels, reduction=reduction)
        assert np.abs(grad_hidden - grad @ weights).max() <= allowed
        assert np.abs(grad_weights - grad.T @ hidden).max() <= allowed

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_complex_step(self, reduction):
        hidden, weights, labels = random_layer(0)
        _, *grads = blockwise_cross_entropy(hidden, weights, labels, 4, reduction)

        def loss(h, w):
            terms = complex_log_softmax(h @ w.T)[np.arange(4), labels]
            return -reduce_complex(terms, reduction)

        expected = (
            complex_step(lambda h: loss(h, weights), hidden),
            complex_step(lambda w: loss(hidden, w), weights),
        )
        for a, b in zip(grads, expected, strict=True):
            assert np.abs(a - b).max() <= bound(hidden, weights)

    def test_batch_axes(self):
        hidden, weights, labels = random_layer(1, 6)
        flat = blockwise_cross_entropy(hidden, weights, labels, 2, "none")
        cube = blockwise_cross_entropy(
            hidden.reshape(2, 3, 3), weights, labels.reshape(2, 3), 2, "none"
        )
        np.testing.assert_array_equal(cube[0], flat[0].reshape(2, 3))
        np.testing.assert_array_equal(cube[1], flat[1].reshape(2, 3, 3))
        np.testing.assert_array_equal(cube[2], flat[2])

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_dtype(self, dtype):
        hidden, weights, labels = random_layer(2)
        results = blockwise_cross_entropy(hidden.astype(dtype), weights.astype(dtype), labels)
        assert {a.dtype for a in results} == {np.dtype(dtype)}

    def test_memory_is_that_of_a_block(self):
        hidden, weights, labels = random_layer(3, 256, 8192, 2)
        tracemalloc.start()
        blockwise_cross_entropy(hidden, weights, labels, block_size=128)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 256 * 8192 * 8 / 8

    def test_no_tokens(self):
        _, weights, _ = random_layer(0)
        none = np.empty((0, 3)), weights, np.empty(0, int)
        loss, grad_hidden, grad_weights = blockwise_cross_entropy(*none, reduction="sum")
        assert loss == 0
        assert grad_hidden.shape == (0, 3)
        assert (grad_weights == 0).all()
        with pytest.raises(ValueError, match="mean of no rows"):
            blockwise_cross_entropy(*none)


BAD_LAYERS = [
    ({"hidden": 1.0}, ValueError, r"hidden must have shape \(\.\.\., d\)"),
    ({"weights": np.ones((9, 2))}, ValueError, r"weights must have shape \(classes, 3\)"),
    ({"labels": [0, 1]}, ValueError, r"labels of shape \(2,\) .* expected shape \(4,\)"),
    (
        {"hidden": np.ones((2, 4, 3)), "labels": [0, 1]},
        ValueError,
        r"hidden of shape \(2, 4, 3\): expected shape \(2, 4\)",
    ),
    ({"labels": [0, 1, 2, 9]}, ValueError, "labels must lie between 0 and 8, got 9"),
    ({"labels": [0.0, 1, 2, 3]}, TypeError, "labels must be integers"),
    ({"reduction": "avg"}, ValueError, "reduction must be one of"),
    ({"hidden": np.full((4, 3), 1e200), "weights": np.full((9, 3), 1e200)}, ValueError, "a logit"),
]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [*BAD_LAYERS, ({"block_size": 0}, ValueError, "block_size must be an integer of at least 1")],
)
def test_bad_input_of_blocks(change, error, words):
    hidden, weights, labels = random_layer(0)
    with pytest.raises(error, match=words):
        blockwise_cross_entropy(
            **{"hidden": hidden, "weights": weights, "labels": labels, **change}
        )


def counts(n, k):
    """Yield all ways to draw k of n classes, without their order."""
    if n == 1:
        yield (k,)
        return
    for first in range(k + 1):
        for rest in counts(n - 1, k - first):
            yield (first, *rest)


def expected_under_sampling(k, q, f):
    """Return the exact expectation of a function of k sampled classes."""
    total = 0.0
    for drawn in counts(len(q), k):
        ways = math.factorial(k) / math.prod(math.factorial(c) for c in drawn)
        probability = ways * math.prod(p**c for p, c in zip(q, drawn, strict=True))
        total = total + probability * f(np.repeat(np.arange(len(q)), drawn))
    return total


class TestSampled:
    Q = np.array([0.6, 0.3, 0.1])

    def losses(self, k, f=lambda loss: loss, corrected=True):
        hidden, weights, _ = random_layer(4, 3, 3)
        labels = np.arange(3)
        value = expected_under_sampling(
            k,
            self.Q,
            lambda samples: f(
                sampled_cross_entropy(
                    hidden, weights, labels, samples, np.log(self.Q), corrected, "none"
                )[0]
            ),
        )
        return value, hidden @ weights.T

    @pytest.mark.parametrize("k", [1, 2, 5])
    def test_the_sum_is_unbiased(self, k):
        ratio, logits = self.losses(k, np.exp)
        at_labels = np.diag(logits)
        # Sums of products of probabilities, all positive.
        np.testing.assert_allclose(ratio, np.exp(logsumexp(logits) - at_labels), rtol=200 * U)

    def test_the_loss_is_too_small_by_half_the_relative_variance(self):
        logits = self.losses(1)[1]
        total = np.exp(logits).sum(axis=1)
        of_others = np.exp(logits) * (1 - np.eye(3))
        variance = (of_others**2 / self.Q).sum(axis=1) - of_others.sum(axis=1) ** 2
        distances = []
        for k in (4, 16, 64):
            bias = self.losses(k)[0] - cross_entropy(logits, np.arange(3), reduction="none")
            assert (bias < 0).all()
            distances.append(np.abs(-bias * k / (variance / (2 * total**2)) - 1).max())
        # The next term of the expansion is smaller by a factor of the order of 1 / k.
        assert distances[0] > distances[1] > distances[2]
        assert distances[2] < 0.2

    def test_uncorrected_is_cross_entropy_among_the_samples(self):
        hidden, weights, _ = random_layer(5)
        loss, *_ = sampled_cross_entropy(
            hidden[:1], weights, [2], [0, 2, 7, 7], np.full(9, -np.log(9)), corrected=False
        )
        expected = cross_entropy((hidden[:1] @ weights.T)[:, [2, 0, 7, 7]], [0])
        assert abs(loss - expected) <= bound(hidden, weights)

    def test_uncorrected_stays_biased(self):
        # As many samples as one likes: the share of a frequent class stays too large.
        hidden, weights, _ = random_layer(4, 3, 3)
        target = cross_entropy_grad(hidden @ weights.T, np.arange(3)).T @ hidden
        samples = np.repeat(np.arange(3), (6000, 3000, 1000))
        distances = [
            np.abs(
                sampled_cross_entropy(
                    hidden, weights, np.arange(3), samples, np.log(self.Q), corrected
                )[2]
                - target
            ).max()
            for corrected in (True, False)
        ]
        # These samples have the frequencies of the proposal exactly.
        assert distances[0] <= 1e4 * bound(hidden, weights)
        assert distances[1] > 0.1

    @pytest.mark.parametrize("corrected", [False, True])
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_complex_step(self, reduction, corrected):
        hidden, weights, labels = random_layer(6)
        labels[:2] = 3
        samples = np.array([3, 5, 5, 0])
        q = np.random.default_rng(0).dirichlet(np.ones(9))
        _, *grads = sampled_cross_entropy(
            hidden, weights, labels, samples, np.log(q), corrected, reduction
        )

        def loss(h, w):
            z = h @ w.T
            total = 0
            for i, y in enumerate(labels):
                kept = samples[samples != y]
                shift = np.log(len(samples) * q[kept]) if corrected else 0
                terms = np.concatenate([z[i, [y]], z[i, kept] - shift])
                total = total + complex_logsumexp(terms) - z[i, y]
            return total / (len(labels) if reduction == "mean" else 1)

        expected = (
            complex_step(lambda h: loss(h, weights), hidden),
            complex_step(lambda w: loss(hidden, w), weights),
        )
        for a, b in zip(grads, expected, strict=True):
            assert np.abs(a - b).max() <= bound(hidden, weights) / q.min()
        untouched = np.setdiff1d(np.arange(9), np.concatenate([labels, samples]))
        assert (grads[1][untouched] == 0).all()

    @pytest.mark.parametrize(
        ("change", "error", "words"),
        [
            *BAD_LAYERS,
            ({"samples": [9]}, ValueError, "samples must lie between 0 and 8, got 9"),
            ({"samples": []}, ValueError, "samples must be one row"),
            ({"samples": [[1]]}, ValueError, "samples must be one row"),
            ({"log_proposal": np.zeros(8)}, ValueError, r"log_proposal must have shape \(9,\)"),
            ({"log_proposal": np.ones(9)}, ValueError, "logarithms of probabilities"),
            ({"log_proposal": np.full(9, -INF)}, ValueError, "class 1 was sampled"),
        ],
    )
    def test_bad_input(self, change, error, words):
        hidden, weights, labels = random_layer(0)
        arguments = {
            "hidden": hidden,
            "weights": weights,
            "labels": labels,
            "samples": [1, 2],
            "log_proposal": np.full(9, -np.log(9)),
        }
        with pytest.raises(error, match=words):
            sampled_cross_entropy(**{**arguments, **change})


class TestTwoLevel:
    GROUPS = np.array([0, 2, 1, 1, 0, 2, 2, 2, 0])

    def test_is_a_distribution_of_two_steps(self):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(4, 3)), rng.normal(size=(4, 9))
        probs = np.exp(two_level_log_softmax(a, b, self.GROUPS))
        np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=40 * U)
        for group in range(3):
            inside = group == self.GROUPS
            share = softmax(a)[:, group]
            np.testing.assert_allclose(probs[:, inside].sum(axis=1), share, rtol=80 * U)
            within = softmax(b[:, inside])
            np.testing.assert_allclose(probs[:, inside], share[:, None] * within, rtol=80 * U)

    def test_one_group_and_groups_of_one_are_log_softmax(self):
        z = np.random.default_rng(0).normal(size=5)
        np.testing.assert_array_equal(two_level_log_softmax([7.0], z, [0] * 5), log_softmax(z))
        np.testing.assert_array_equal(
            two_level_log_softmax(z, np.ones(5), range(5)), log_softmax(z)
        )

    def test_masks_and_dtypes(self):
        found = two_level_log_softmax([0.0, -INF], [0.0, -INF, 0.0], [0, 0, 1])
        np.testing.assert_array_equal(found, [0, -INF, -INF])
        half = np.ones(3, np.float16)
        assert two_level_log_softmax(half[:2], half, [0, 1, 1]).dtype == np.float16

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_loss_and_gradients(self, reduction):
        hidden, weights, labels = random_layer(2)
        labels[:] = [0, 1, 5, 1]  # group 1 holds no label
        to_groups = np.random.default_rng(3).normal(size=(3, 3))
        loss, *grads = two_level_cross_entropy(
            hidden, to_groups, weights, labels, self.GROUPS, reduction
        )
        allowed = bound(hidden, np.concatenate([to_groups, weights]))
        log_probs = two_level_log_softmax(hidden @ to_groups.T, hidden @ weights.T, self.GROUPS)
        losses = -log_probs[np.arange(4), labels]
        expected = losses if reduction == "none" else getattr(losses, reduction)()
        assert np.shape(loss) == np.shape(expected)
        assert np.abs(loss - expected).max() <= allowed

        def complex_loss(h, a, b):
            terms = complex_log_softmax(h @ a.T)[np.arange(4), self.GROUPS[labels]]
            for i, y in enumerate(labels):
                inside = np.flatnonzero(self.GROUPS[y] == self.GROUPS)
                logits = h[i] @ b[inside].T
                terms[i] += (complex_log_softmax(logits)[inside == y]).item()
            return -reduce_complex(terms, reduction)

        expected = (
            complex_step(lambda x: complex_loss(x, to_groups, weights), hidden),
            complex_step(lambda x: complex_loss(hidden, x, weights), to_groups),
            complex_step(lambda x: complex_loss(hidden, to_groups, x), weights),
        )
        for a, b in zip(grads, expected, strict=True):
            assert np.abs(a - b).max() <= allowed
        assert (grads[2][self.GROUPS == 1] == 0).all()

    def test_other_groups_are_not_read(self):
        hidden, weights, _ = random_layer(2)
        weights[self.GROUPS != 2] = np.nan
        loss, *_ = two_level_cross_entropy(hidden, np.ones((3, 3)), weights, [1] * 4, self.GROUPS)
        assert np.isfinite(loss)

    @pytest.mark.parametrize(
        ("a", "b", "groups", "error", "words"),
        [
            ([0.0, 0.0], [0.0, 0.0], [0, 0], ValueError, "group 1 has none"),
            ([0.0], [0.0, 0.0], [0, 1], ValueError, "groups must lie between 0 and 0, got 1"),
            ([0.0], [0.0, 0.0], [0], ValueError, r"groups must have shape \(2,\)"),
            ([0.0], [0.0, 0.0], [0.0, 0.0], TypeError, "groups must be integers"),
            ([[0.0], [0.0]], np.zeros((3, 2)), [0, 0], ValueError, "agree in every axis"),
            ([0.0, 0.0], [0.0, -INF], [0, 1], ValueError, "every class is masked"),
        ],
    )
    def test_bad_input(self, a, b, groups, error, words):
        with pytest.raises(error, match=words):
            two_level_log_softmax(a, b, groups)

    @pytest.mark.parametrize(("change", "error", "words"), BAD_LAYERS)
    def test_bad_input_of_the_loss(self, change, error, words):
        hidden, weights, labels = random_layer(0)
        arguments = {"hidden": hidden, "member_weights": weights, "labels": labels}
        arguments |= {("member_" * (k == "weights")) + k: v for k, v in change.items()}
        with pytest.raises(error, match=words):
            two_level_cross_entropy(**arguments, group_weights=np.ones((3, 3)), groups=self.GROUPS)


class TestDistillation:
    @pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
    @pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_complex_step(self, temperature, weight, reduction):
        rng = np.random.default_rng(0)
        student, teacher = rng.normal(size=(2, 4, 3))
        labels = rng.integers(0, 3, 4)
        target = softmax(teacher, temperature=temperature)

        def loss(z):
            hard = -complex_log_softmax(z)[np.arange(4), labels]
            soft = -(target * complex_log_softmax(z, temperature=temperature)).sum(axis=1)
            return reduce_complex(weight * hard + (1 - weight) * temperature**2 * soft, reduction)

        more = labels, temperature, weight, -1, reduction
        # A few dozen operations on numbers below T^2 |z| / T.
        allowed = 100 * U * (1 + temperature**2) * (1 + np.abs(student).max() / temperature)
        value = np.sum(distillation_loss(student, teacher, *more))
        assert abs(value - loss(student).real) <= 4 * allowed
        grad = distillation_loss_grad(student, teacher, *more)
        assert np.abs(grad - complex_step(loss, student)).max() <= allowed

    def test_ends_of_the_mixture(self):
        z, v = [2.0, -1.0, 0.5], [3.0, 1.0, 0.0]
        assert distillation_loss(z, v, 1, weight=1) == cross_entropy(z, 1)
        floor = 9 * entropy(softmax(z, temperature=3.0))
        at_the_teacher = distillation_loss(z, z, 1, temperature=3.0, weight=0)
        assert abs(at_the_teacher - floor) <= 100 * U * floor
        assert distillation_loss(z, v, 1, temperature=3.0, weight=0) > 9 * entropy(
            softmax(v, temperature=3.0)
        )
        assert distillation_loss([0.0, -INF], [0.0, -INF], 1, weight=0) == 0

    def test_hot_distillation_matches_logits(self):
        student, teacher = np.random.default_rng(1).normal(size=(2, 5))
        difference = student - teacher
        limit = (difference - difference.mean()) / 5
        distance = [
            np.abs(
                distillation_loss_grad(student, teacher, 0, temperature=t, weight=0) - limit
            ).max()
            for t in (1e2, 1e3, 1e4)
        ]
        # The error of the expansion is of the order of 1 / T.
        assert distance[1] < distance[0] / 5
        assert distance[2] < distance[1] / 5

    def test_axis_and_dtype(self):
        student, teacher = np.random.default_rng(2).normal(size=(2, 3, 4)).astype(np.float32)
        grad = distillation_loss_grad(student, teacher, [0, 1, 2, 0], axis=0)
        assert grad.dtype == np.float32
        np.testing.assert_allclose(
            grad,
            distillation_loss_grad(student.T, teacher.T, [0, 1, 2, 0]).T,
            atol=100 * np.finfo(np.float32).eps,
        )

    @pytest.mark.parametrize("f", [distillation_loss, distillation_loss_grad])
    @pytest.mark.parametrize(
        ("change", "error", "words"),
        [
            ({"weight": 1.5}, ValueError, r"weight must lie in \[0, 1\], got 1.5"),
            ({"weight": "a"}, TypeError, "weight must be one real number"),
            ({"temperature": 0}, ValueError, "temperature must be positive"),
            ({"teacher_logits": [0.0]}, ValueError, "do not match student_logits"),
            ({"labels": 2, "weight": 0}, ValueError, "out of range"),
            ({"reduction": "avg"}, ValueError, "reduction must be one of"),
        ],
    )
    def test_bad_input(self, f, change, error, words):
        arguments = {"student_logits": [0.0, 1.0], "teacher_logits": [1.0, 0.0], "labels": 0}
        with pytest.raises(error, match=words):
            f(**{**arguments, **change})
