"""SoftmaxRegression: scikit-learn's conventions, its LogisticRegression's answers, and training."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.utils.estimator_checks import check_estimator

from softmax_course.numerics._objective import Objective
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.numerics.regression import SoftmaxRegression
from softmax_course.verification.differences import central_difference
from softmax_course.verification.error_bounds import cross_entropy_error_bound


@pytest.mark.slow
@pytest.mark.parametrize(("solver", "max_iter"), [("nesterov", 100), ("sgd", 20), ("newton", 30)])
def test_conventions_of_scikit_learn(solver, max_iter):
    with warnings.catch_warnings():
        # Some checks train on noise with a handful of steps; whether it converges is not the point.
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator = SoftmaxRegression(solver=solver, max_iter=max_iter, random_state=0)
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert failed == {}
    # Checks that need a library which is not ours: scikit-learn leaves them out where it is not.
    left_out = {r["check_name"] for r in results if r["status"] == "skipped"}
    assert left_out <= {"check_array_api_input", "check_classifier_data_not_an_array"}
    assert sum(r["status"] == "passed" for r in results) > 50


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, train_size=400, test_size=400, random_state=0, stratify=y)


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def smallest_curvature(X, probs, alpha):
    """Smallest eigenvalue of the Hessian of the objective, but for a shift of all biases.

    That shift changes no probability and no solver moves along it.
    """
    examples, features = X.shape
    classes = probs.shape[1]
    X = np.column_stack([X - X.mean(axis=0), np.ones(examples)])
    softmax_hessian = np.einsum("ij,jk->ijk", probs, np.eye(classes))
    softmax_hessian -= np.einsum("ij,ik->ijk", probs, probs)
    hessian = np.empty((features + 1, classes, features + 1, classes))
    for j in range(classes):
        for k in range(classes):
            weighted = X * softmax_hessian[:, j, k, np.newaxis]
            hessian[:, j, :, k] = X.T @ weighted / examples
    hessian = hessian.reshape((features + 1) * classes, -1)
    penalised = np.arange(features * classes)
    hessian[penalised, penalised] += alpha
    # Lift the shift of all biases from 0 to 1, out of the way.
    shift = np.zeros(len(hessian))
    shift[features * classes :] = classes**-0.5
    return np.linalg.eigvalsh(hessian + np.outer(shift, shift))[0]


U = np.finfo(float).eps / 2


def parameters(model, X):
    """Return what `Objective` takes: weights, and the biases for centred features."""
    return np.vstack([model.coef_.T, model.intercept_ + model.coef_ @ X.mean(axis=0)])


def largest_norm(X, center):
    """Norm of the longest example, centred, with its 1 for the bias."""
    return np.sqrt(1 + ((X - center) ** 2).sum(axis=1).max())


def steps_error(X, steps, length):
    """How far rounding may carry two runs of gradient descent apart, as a norm.

    A safe step never increases the distance of two points (the loss is convex), so the rounding
    errors of the steps only add up. Each gradient is a sum of N terms of norm at most sqrt(2) |x| /
    N; the probabilities in them come from d + 1 products and a softmax, for which 50 roundings are
    plenty with logits below 10 and up to 10 classes.
    """
    return 2 * steps * length * (len(X) + 50) * U * np.sqrt(2) * largest_norm(X, X.mean(axis=0))


@pytest.mark.slow
@pytest.mark.parametrize("C", [0.1, 1.0])
def test_same_minimum_as_logistic_regression(digits, C):
    X, X_test, y, y_test = digits
    alpha = 1 / (C * len(X))
    ours = SoftmaxRegression(alpha, tol=1e-7, max_iter=5000).fit(X, y)
    theirs = LogisticRegression(C=C, tol=1e-7, max_iter=10_000).fit(X, y)

    # How far apart two points may be follows from their gradients and the curvature between
    # them: |a - b| <= |grad(a) - grad(b)| / curvature. Factor 2: the curvature is taken at one end.
    objective = Objective(X, y, 10, alpha)
    a, b = parameters(ours, X), parameters(theirs, X)
    gap = np.linalg.norm(objective.gradient(a) - objective.gradient(b))
    bound = 2 * gap / smallest_curvature(X, ours.predict_proba(X), alpha)
    assert bound < 1e-3  # else the comparison below would say little
    assert np.linalg.norm(a - b) <= bound
    # Logits of an example move by at most |x| times that, probabilities by half as much.
    gaps = ours.predict_proba(X_test) - theirs.predict_proba(X_test)
    assert np.abs(gaps).max() <= bound * largest_norm(X_test, X.mean(axis=0)) / 2
    assert ours.score(X_test, y_test) == theirs.score(X_test, y_test) > 0.9


def test_two_classes_need_twice_the_penalty(iris):
    X, y = iris
    X, y = X[50:], y[50:]
    alpha = 2 / len(X)
    ours = SoftmaxRegression(alpha, tol=1e-11, max_iter=20_000).fit(X, y)
    theirs = LogisticRegression(C=1.0, tol=1e-11, max_iter=10_000).fit(X, y)
    # Their one weight vector is the difference of ours, and half of it with either sign is in our
    # coordinates; from there on as above.
    halves = np.array([-0.5, 0.5])
    a = parameters(ours, X)
    b = np.outer(np.append(theirs.coef_, theirs.intercept_ + theirs.coef_ @ X.mean(axis=0)), halves)
    objective = Objective(X, y - 1, 2, alpha)
    gap = np.linalg.norm(objective.gradient(a) - objective.gradient(b))
    bound = 2 * gap / smallest_curvature(X, ours.predict_proba(X), alpha)
    assert bound < 1e-3  # else the comparison below would say little
    assert np.linalg.norm(a - b) <= bound
    # A difference of two logits moves by at most sqrt(2) |x| times that.
    gaps = ours.decision_function(X) - theirs.decision_function(X)
    assert np.abs(gaps).max() <= np.sqrt(2) * bound * largest_norm(X, X.mean(axis=0))


def test_gradient_descent_never_increases_the_loss(digits):
    X, _, y, _ = digits
    model = SoftmaxRegression(1e-3, solver="gd", tol=0, max_iter=200).fit(X, y)
    assert len(model.loss_history_) == 201
    assert model.n_iter_ == 200
    assert model.loss_history_[0] == pytest.approx(np.log(10), rel=1e-15)
    assert (np.diff(model.loss_history_) < 0).all()


def test_safe_step_is_safe_in_the_worst_case():
    """Two classes, probabilities near one half, one feature: the bound on the curvature is met."""
    X = np.array([[-1.0], [1.0]])
    model = SoftmaxRegression(0.0, solver="gd", tol=0, max_iter=50).fit(X * 100, [0, 1])
    assert (np.diff(model.loss_history_) < 0).all()
    lipschitz = Objective(X, np.array([0, 1]), 2, 0.0).lipschitz(per_example=False)
    assert lipschitz == pytest.approx(1 / 2, rel=1e-14)


def test_nesterov_needs_fewer_steps_than_gd(digits):
    X, _, y, _ = digits
    slow = SoftmaxRegression(0.01, solver="gd", max_iter=5000).fit(X, y)
    fast = SoftmaxRegression(0.01).fit(X, y)
    assert fast.n_iter_ < slow.n_iter_ / 3
    assert fast.gradient_norm_ <= 1e-6
    # Both gradients are at most 1e-6 and the objective has curvature 0.01 in the weights.
    assert np.linalg.norm(fast.coef_ - slow.coef_) <= 2e-6 / 0.01


def test_nesterov_has_no_momentum_before_its_third_step(digits):
    X, _, y, _ = digits
    for steps in (1, 2):
        plain = SoftmaxRegression(0.01, solver="gd", tol=0, max_iter=steps).fit(X, y)
        ours = SoftmaxRegression(0.01, tol=0, max_iter=steps).fit(X, y)
        np.testing.assert_array_equal(ours.coef_, plain.coef_)


def test_newton_takes_no_step_that_hardly_lowers_the_loss():
    # Twice Newton's step mirrors a parabola: the loss is nearly the same on the other side.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 3, 30)
    for alpha in (0.1, 10.0):
        model = SoftmaxRegression(alpha, solver="newton", learning_rate=2.0).fit(X, y)
        assert model.n_iter_ <= 10
        assert model.gradient_norm_ <= 1e-6


def test_sgd_ends_near_the_minimum(digits):
    X, X_test, y, y_test = digits
    best = SoftmaxRegression(1e-2).fit(X, y)
    model = SoftmaxRegression(1e-2, solver="sgd", max_iter=40, random_state=0).fit(X, y)
    assert model.n_iter_ == 40
    # Within two standard errors, of the mean loss on the training
    # examples and of the accuracy on the test examples.
    losses = cross_entropy(best.logits(X), y, reduction="none")
    excess = model.loss_history_[-1] - best.loss_history_[-1]
    assert 0 < excess < 2 * losses.std() / np.sqrt(len(X))
    right, best_right = model.score(X_test, y_test), best.score(X_test, y_test)
    assert abs(right - best_right) < 2 * np.sqrt(best_right * (1 - best_right) / len(X_test))


def test_one_batch_of_everything_is_gradient_descent(iris):
    X, y = iris
    shared = dict(alpha=0.1, learning_rate=0.05, tol=0, max_iter=20)
    gd = SoftmaxRegression(solver="gd", **shared).fit(X, y)
    sgd = SoftmaxRegression(solver="sgd", batch_size=1000, random_state=0, **shared).fit(X, y)
    error = steps_error(X, steps=20, length=0.05)
    assert np.linalg.norm(parameters(sgd, X) - parameters(gd, X)) <= error
    # The loss is as steep as its first gradient at most, and a mean of N losses itself.
    steepest = np.sqrt(2) * largest_norm(X, X.mean(axis=0))
    rounding = 2 * (len(X) + 50) * U * gd.loss_history_.max()
    assert np.abs(sgd.loss_history_ - gd.loss_history_).max() <= steepest * error + rounding


class TestNewton:
    def test_hessian_against_the_differences_of_the_gradient(self, iris):
        X, y = iris
        objective = Objective(X, y, 3, 0.1)
        theta = np.random.default_rng(0).standard_normal((5, 3))
        hessian = objective.hessian(theta)
        np.testing.assert_array_equal(hessian, hessian.T)
        found = central_difference(objective.gradient, theta).reshape(15, 15)
        # h = 6e-6: h^2 / 6 of third derivatives below |x|^3, and u |gradient| |x| / h.
        assert np.abs(hessian - found).max() < 1e-9 * largest_norm(X, X.mean(axis=0)) ** 3

    @pytest.mark.parametrize("alpha", [1e-2, 1e-4])
    def test_same_minimum_as_gradient_descent_in_a_handful_of_steps(self, digits, alpha):
        X, _, y, _ = digits
        newton = SoftmaxRegression(alpha, solver="newton", tol=1e-10, max_iter=20).fit(X, y)
        slow = SoftmaxRegression(alpha, max_iter=20_000).fit(X, y)
        assert newton.n_iter_ <= 10
        assert newton.loss_history_[-1] <= slow.loss_history_[-1]
        # Both gradients are at most 1e-6 and the objective has curvature alpha in the weights.
        assert np.linalg.norm(newton.coef_ - slow.coef_) <= 2e-6 / alpha

    def test_converges_quadratically(self, iris):
        X, y = iris
        norms = []
        for steps in range(4, 9):
            model = SoftmaxRegression(0.01, solver="newton", tol=0, max_iter=steps).fit(X, y)
            norms.append(model.gradient_norm_)
        digits = -np.log10(norms)
        # The digits about double each time until rounding stops them.
        assert (digits[1:] > 1.5 * digits[:-1])[digits[1:] < 12].all()
        assert norms[-1] < 1e-13

    def test_flat_directions_get_no_step(self, iris):
        X, y = iris
        twice = np.column_stack([X, X[:, :1], np.ones(len(X))])  # a feature twice, a constant
        model = SoftmaxRegression(0.0, solver="newton", tol=0, max_iter=4).fit(twice, y)
        slack = 1e-7 * np.abs(model.coef_).max()  # eigenvalues down to 1e-14 of the largest count
        assert np.abs(model.coef_.sum(axis=0)).max() <= slack
        assert np.abs(model.coef_[:, 0] - model.coef_[:, 4]).max() <= slack
        assert np.abs(model.coef_[:, 5]).max() <= slack
        plain = SoftmaxRegression(0.0, solver="newton", tol=0, max_iter=4).fit(X, y)
        np.testing.assert_allclose(model.logits(twice), plain.logits(X), rtol=1e-6, atol=1e-6)

    def test_never_increases_the_loss_where_full_steps_would(self):
        # One feature, nine right examples and one far on the wrong side.
        X = np.append(np.linspace(1, 2, 9), -60.0)[:, np.newaxis]
        y = np.append(np.arange(9) % 2, 1)
        model = SoftmaxRegression(1e-6, solver="newton", tol=1e-9, max_iter=50).fit(X, y)
        assert (np.diff(model.loss_history_) <= 4 * U * (1 + model.loss_history_[0])).all()
        assert model.gradient_norm_ <= 1e-9

    def test_separable_classes_without_a_penalty(self):
        X, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), [0, 0, 1, 1]
        model = SoftmaxRegression(0.0, solver="newton", tol=1e-8).fit(X, y)
        assert model.score(X, y) == 1
        assert model.gradient_norm_ <= 1e-8


def test_random_state_decides_the_order_of_examples(iris):
    def coefficients(seed):
        return SoftmaxRegression(solver="sgd", max_iter=3, random_state=seed).fit(*iris).coef_

    np.testing.assert_array_equal(coefficients(1), coefficients(1))
    assert (coefficients(1) != coefficients(2)).any()


def test_history_is_the_documented_objective(iris):
    X, y = iris
    model = SoftmaxRegression(0.3).fit(X, y)
    penalty = 0.15 * np.sum(model.coef_**2)
    expected = cross_entropy(model.logits(X), y) + penalty
    # Logits of centred features and of the features as they are: d + 3 roundings of their terms,
    # twice; a loss moves by at most twice as much as its logits.
    terms = (np.abs(X) + X.mean(axis=0)) @ np.abs(model.coef_).T + np.abs(model.intercept_)
    slack = 2 * 2 * (X.shape[1] + 3) * U * terms.max()
    slack += 2 * cross_entropy_error_bound(model.logits(X), y)
    slack += 2 * (model.coef_.size + 3) * U * penalty
    assert abs(model.loss_history_[-1] - expected) <= slack


def test_rows_of_weights_sum_to_zero(iris):
    model = SoftmaxRegression(0.01).fit(*iris)
    # Each of n_iter gradients, made of 150 terms of size at most 8, adds its rounding errors.
    tolerance = model.n_iter_ * 150 * 8 * np.finfo(float).eps
    assert np.abs(model.coef_.sum(axis=0)).max() <= tolerance
    assert abs(model.intercept_.sum()) <= 8 * 4 * tolerance


def test_probabilities_and_their_logarithms(iris):
    X, y = iris
    model = SoftmaxRegression(0.0, tol=0, max_iter=50).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), softmax(model.logits(X)))
    far = 1e4 * (X - X.mean(axis=0))
    assert (model.predict_proba(far) == 0).any()
    assert np.isfinite(model.predict_log_proba(far)).all()


def test_labels_may_be_words(iris):
    X, y = iris
    words = np.array(["ромашка", "জবা", "梅花"])
    model = SoftmaxRegression(0.01).fit(X, words[y])
    assert list(model.classes_) == sorted(words)
    assert model.score(X, words[y]) > 0.95


def test_works_in_a_grid_search(iris):
    search = GridSearchCV(SoftmaxRegression(), {"alpha": [1.0, 0.01]}, cv=3).fit(*iris)
    assert search.best_params_ == {"alpha": 0.01}


def test_warns_without_convergence_unless_tol_is_0(iris):
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        SoftmaxRegression(max_iter=3).fit(*iris)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SoftmaxRegression(max_iter=3, tol=0).fit(*iris)
        SoftmaxRegression(max_iter=3, solver="sgd").fit(*iris)


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"alpha": -1}, ValueError, "alpha must be finite and >= 0"),
        ({"alpha": "much"}, TypeError, "alpha must be one real number"),
        ({"learning_rate": 0}, ValueError, "learning_rate must be positive and finite"),
        ({"learning_rate": "fast"}, TypeError, "'fast'"),
        ({"tol": np.nan}, ValueError, "tol"),
        ({"max_iter": 0}, ValueError, "max_iter must be an integer of at least 1"),
        ({"max_iter": 1.5}, TypeError, "max_iter must be an integer"),
        ({"batch_size": True}, TypeError, "batch_size"),
        ({"solver": "adam"}, ValueError, "nesterov, gd, sgd, newton, got 'adam'"),
        ({"solver": np.array(["gd", "sgd"])}, TypeError, "solver must be a text"),
        ({"alpha": 1e3, "learning_rate": 1e3, "tol": 0}, ValueError, "overflowed"),
        (
            {"alpha": 1e3, "learning_rate": 1e3, "tol": 0, "solver": "sgd"},
            ValueError,
            "overflowed",
        ),
    ],
)
def test_bad_parameters(iris, parameters, error, words):
    with pytest.raises(error, match=words):
        SoftmaxRegression(**parameters).fit(*iris)


@pytest.mark.parametrize("size", [1e200, 1.7e308])
@pytest.mark.parametrize("solver", ["nesterov", "gd", "sgd", "newton"])
def test_features_without_a_safe_step_are_refused(solver, size):
    X = size * np.array([[1.0], [0.5], [-0.5], [-1.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="no step is safe: scale the features"):
            SoftmaxRegression(solver=solver).fit(X, [0, 0, 1, 1])


def test_features_whose_squares_nearly_overflow():
    X = 1e150 * np.array([[1.0], [0.5], [-0.5], [-1.0]])
    model = SoftmaxRegression(alpha=0.0, tol=0, max_iter=10).fit(X, [0, 0, 1, 1])
    assert (model.predict(X) == [0, 0, 1, 1]).all()


def test_one_class_cannot_be_learnt():
    with pytest.raises(ValueError, match="at least two classes, got one class: 7"):
        SoftmaxRegression().fit([[0.0], [1.0]], [7, 7])


def test_must_be_fitted_first():
    with pytest.raises(NotFittedError):
        SoftmaxRegression().predict([[0.0]])
