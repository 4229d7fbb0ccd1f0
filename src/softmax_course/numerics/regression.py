"""Softmax regression, trained with this package's own gradient and Hessian."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from softmax_course._checks import as_choice, as_integer, as_number, as_positive
from softmax_course.numerics._objective import Objective
from softmax_course.numerics.functional import log_softmax, softmax

SOLVERS = ("nesterov", "gd", "sgd", "newton")


class SoftmaxRegression(ClassifierMixin, BaseEstimator):
    r"""Fit a linear classifier with softmax probabilities, by scikit-learn's conventions.

    The logits of an example are :math:`z = W x + b`. Training minimises the mean cross-entropy
    with a penalty on the weights, but not on the biases:

    .. math:: L(W, b) = \frac1N \sum_{i=1}^N \mathrm{CE}(W x_i + b,\, y_i)
              + \frac{\alpha}{2} \lVert W \rVert_F^2.

    Parameters
    ----------
    alpha : float, default 1e-4
        Strength :math:`\alpha \ge 0` of the L2 penalty.
    solver : {"nesterov", "gd", "sgd", "newton"}, default "nesterov"
        ``"gd"`` is full-batch gradient descent. ``"nesterov"`` adds momentum and restarts it
        whenever it points uphill; it reaches the same minimum in far fewer steps. ``"sgd"``
        takes its steps on mini-batches. ``"newton"`` minimises the quadratic model that the
        gradient and the Hessian give: a handful of steps, each of which factors a matrix with
        (n_classes (n_features + 1))**2 entries.
    learning_rate : float or "auto", default "auto"
        Step length. ``"auto"`` is the longest one that is safe for these data; see Notes. For
        ``"newton"`` it is the fraction of the step that is tried first, ``"auto"`` all of it.
    batch_size : int, default 32
        Examples in a mini-batch; used by ``"sgd"`` only.
    max_iter : int, default 1000
        Most steps (``"sgd"``: passes over the data).
    tol : float, default 1e-6
        Training stops once the Euclidean norm of the gradient is at most `tol`. With 0 exactly
        `max_iter` steps are made.
    random_state : int, RandomState or None, default None
        Order of the examples in ``"sgd"``; the other solvers are deterministic.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Class labels, sorted.
    coef_ : ndarray, shape (n_classes, n_features)
        Weights, one row for each class, also when there are two classes.
    intercept_ : ndarray, shape (n_classes,)
        Biases.
    loss_history_ : ndarray, shape (n_iter_ + 1,)
        The objective :math:`L`, in nats, before training and after each step or epoch.
    gradient_norm_ : float
        Euclidean norm of the last full gradient that was computed.
    n_iter_ : int
        Steps made (``"sgd"``: passes over the data).
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray, shape (n_features_in_,)
        Names of the features, if they came with names.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        A solver other than ``"sgd"`` used up `max_iter` before reaching `tol`. For ``"sgd"``, whose
        last steps are noise, a fixed number of epochs is the usual end, and no warning is given.

    See Also
    --------
    sklearn.linear_model.LogisticRegression : The same model with other solvers.
    cross_entropy : The loss.
    fit_temperature : Calibrate the fitted model.

    Notes
    -----
    **Relation to scikit-learn.** With at least three classes
    `sklearn.linear_model.LogisticRegression` minimises :math:`\sum_i \mathrm{CE}_i + \frac{1}{2C}
    \lVert W \rVert_F^2`, so both have the same minimum if :math:`\alpha = 1 / (C N)`. For two
    classes it uses one weight vector :math:`w = w_1 - w_0`; then :math:`w_1 = -w_0 = w / 2` and
    :math:`\alpha = 2 / (C N)` gives the same probabilities.

    **Step length.** The Hessian of cross-entropy in the logits,
    :math:`\operatorname{diag}(p) - p p^\top`, has no eigenvalue above 1/2: by Gershgorin's
    theorem :math:`2 p_i (1 - p_i)` bounds row :math:`i`. With :math:`\tilde X` the centred data and
    a column of ones, the gradient of :math:`L` is therefore Lipschitz with constant
    :math:`\lVert \tilde X \rVert_2^2 / (2N) + \alpha`, and the step is its inverse, with which
    gradient descent never increases the loss. For ``"sgd"`` the largest squared row norm takes the
    place of :math:`\lVert \tilde X \rVert_2^2 / N`; its step stays the same throughout, so that it
    ends in the neighbourhood of the minimum, at a distance that shrinks with the step.

    **Newton.** With :math:`x_i` an example and its 1, the Hessian is
    :math:`\frac1N \sum_i (\operatorname{diag}(p_i) - p_i p_i^\top) \otimes x_i x_i^\top` and
    :math:`\alpha` for each weight; the step is what iteratively reweighted least squares solves
    for [1]_. Its direction has no part along which the Hessian is flat (a shift of all biases, as
    under Redundancy): it is the shortest of all steps to the model's minimum. A step that does not
    lower the loss enough is halved, so that the loss never increases but by rounding.

    **Centring.** Steps are made with the mean :math:`\mu` of the data subtracted, which is only
    another name for the bias, :math:`W x + b = W (x - \mu) + (b + W \mu)`: the objective and its
    minimum stay the same, and the safe step gets longer. `gradient_norm_` and `tol` refer to these
    coordinates.

    **Redundancy.** Adding one vector to every row of `coef_` does not change the probabilities.
    Training starts from 0 and each gradient sums to 0 over the classes, so the rows of `coef_` sum
    to 0, as do the biases.

    References
    ----------
    .. [1] Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 4.3.4. Springer.
    .. [2] O'Donoghue, B., Candès, E. (2015). Adaptive Restart for Accelerated Gradient Schemes.
       Foundations of Computational Mathematics 15, 715-732. doi:10.1007/s10208-013-9150-3

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = SoftmaxRegression(alpha=0.01).fit(X[:1000] / 16, y[:1000])
    >>> model.score(X[1000:] / 16, y[1000:]) > 0.9
    True
    >>> model.predict_proba(X[1000:1001] / 16).shape
    (1, 10)
    """

    def __init__(
        self,
        alpha=1e-4,
        *,
        solver="nesterov",
        learning_rate="auto",
        batch_size=32,
        max_iter=1000,
        tol=1e-6,
        random_state=None,
    ):
        self.alpha = alpha
        self.solver = solver
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X, y):
        """Train on examples.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Features.
        y : array_like, shape (n_samples,)
            Class labels of any sortable type, of at least two classes.

        Returns
        -------
        SoftmaxRegression
            The estimator itself.

        Raises
        ------
        TypeError, ValueError
            A parameter of the estimator is of a wrong type or out of range.
        ValueError
            The data are not finite numbers, shapes do not match, there are fewer than two classes,
            the features are so large that no step is safe, or the steps are so long that the
            weights overflow.

        See Also
        --------
        predict : Most probable classes.
        predict_proba : Probabilities.
        """
        self._check_parameters()
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        classes, target = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(
                f"a classifier needs examples of at least two classes, got one class: {classes[0]}"
            )
        objective = Objective(X, target, len(classes), self.alpha)
        theta = np.zeros((objective.X.shape[1], len(classes)))
        step = self.learning_rate
        if step == "auto":
            step = 1 / objective.lipschitz(per_example=self.solver == "sgd")
            if self.solver == "newton":
                step = 1.0
        make_steps = getattr(self, f"_{self.solver}")

        history = [objective.loss(theta)]
        # Weights that overflow are an error of their own (`Objective.logits`), not a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            steps = make_steps(objective, theta, step)
            converged = False
            while not converged and len(history) <= self.max_iter:
                theta, loss, norm = next(steps)
                history.append(loss)
                converged = 0 < self.tol >= norm

        self.classes_ = classes
        self.coef_ = theta[:-1].T.copy()
        self.intercept_ = theta[-1] - objective.center @ theta[:-1]
        self.loss_history_ = np.array(history)
        self.gradient_norm_ = float(norm)
        self.n_iter_ = len(history) - 1
        if self.tol > 0 and not converged and self.solver != "sgd":
            warnings.warn(
                f"stopped after max_iter={self.max_iter} steps with a gradient of norm "
                f"{norm:.2g}, above tol={self.tol}: raise max_iter or tol, or scale the features",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _check_parameters(self):
        for name in ("alpha", "tol"):
            if not 0 <= as_number(getattr(self, name), name) < np.inf:
                raise ValueError(f"{name} must be finite and >= 0, got {getattr(self, name)!r}")
        if not (isinstance(self.learning_rate, str) and self.learning_rate == "auto"):
            as_positive(self.learning_rate, "learning_rate")
        as_integer(self.max_iter, "max_iter", 1)
        as_integer(self.batch_size, "batch_size", 1)
        as_choice(self.solver, "solver", SOLVERS)

    # A step y - gradient(y) / L does not increase the gradient's norm, so the norm that solvers
    # report with their new point, taken where the step began, holds for the new point as well.

    def _gd(self, objective, theta, step):
        z = objective.logits(theta)
        while True:
            gradient = objective.gradient(theta, z)
            theta = theta - step * gradient
            z = objective.logits(theta)
            yield theta, objective.loss(theta, z), np.linalg.norm(gradient)

    def _nesterov(self, objective, theta, step):
        z = objective.logits(theta)
        ahead, z_ahead, t = theta, z, 1.0
        while True:
            gradient = objective.gradient(ahead, z_ahead)
            following = ahead - step * gradient
            z_following = objective.logits(following)
            yield following, objective.loss(following, z_following), np.linalg.norm(gradient)
            if np.vdot(gradient, following - theta) > 0:
                t = 1.0  # momentum carries uphill: drop it
            t_following = (1 + np.sqrt(1 + 4 * t**2)) / 2
            momentum = (t - 1) / t_following
            # Logits are linear in the weights: no product with the data is needed to look ahead.
            ahead = following + momentum * (following - theta)
            z_ahead = z_following + momentum * (z_following - z)
            theta, z, t = following, z_following, t_following

    def _sgd(self, objective, theta, step):
        random = check_random_state(self.random_state)
        examples = len(objective.X)
        size = min(self.batch_size, examples)
        while True:
            order = random.permutation(examples)
            for start in range(0, examples, size):
                batch = order[start : start + size]
                # A last, smaller batch gets a shorter step, so that every example counts the same.
                length = step * len(batch) / size
                theta = theta - length * objective.gradient(theta, batch=batch)
            z = objective.logits(theta)
            norm = np.linalg.norm(objective.gradient(theta, z))
            yield theta, objective.loss(theta, z), norm

    def _newton(self, objective, theta, step):
        z = objective.logits(theta)
        loss = objective.loss(theta, z)
        gradient = objective.gradient(theta, z)
        while True:
            direction = objective.newton_step(theta, gradient, z)
            slope = np.vdot(gradient, direction)
            along = objective.X @ direction
            # Near the minimum losses differ by less than their own rounding.
            rounding = 4 * np.finfo(float).eps * (1 + abs(loss))
            length = step
            for _ in range(60):
                following = theta + length * direction
                loss_following = objective.loss(following, z + length * along)
                if loss_following <= loss + 1e-4 * length * slope + rounding:
                    break
                length /= 2
            theta, loss = following, loss_following
            z = objective.logits(theta)
            gradient = objective.gradient(theta, z)
            yield theta, loss, np.linalg.norm(gradient)

    def logits(self, X):
        """Return the logits of every class.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
            ``X @ coef_.T + intercept_``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            `fit` has not been called.
        ValueError
            `X` does not have `n_features_in_` finite features.

        See Also
        --------
        decision_function : For two classes, the difference of the logits.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return X @ self.coef_.T + self.intercept_

    def decision_function(self, X):
        """Return scikit-learn's confidence scores.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples, n_classes) or (n_samples,)
            The logits; for two classes, by scikit-learn's convention, the second class's logit
            minus the first's, which is the logit of a sigmoid.

        Raises
        ------
        sklearn.exceptions.NotFittedError, ValueError
            As `logits`.

        See Also
        --------
        logits : One number for each class, also when there are two.
        """
        z = self.logits(X)
        return z[:, 1] - z[:, 0] if len(self.classes_) == 2 else z

    def predict_proba(self, X):
        """Return the probabilities of the classes.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
            Rows are distributions over `classes_`.

        Raises
        ------
        sklearn.exceptions.NotFittedError, ValueError
            As `logits`.

        See Also
        --------
        predict_log_proba : Logarithms.
        predict : Most probable classes.
        """
        return softmax(self.logits(X))

    def predict_log_proba(self, X):
        """Return the logarithms of the probabilities, exact where a probability rounds to 0 or 1.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
            Natural logarithms.

        Raises
        ------
        sklearn.exceptions.NotFittedError, ValueError
            As `logits`.

        See Also
        --------
        predict_proba : Probabilities.
        """
        return log_softmax(self.logits(X))

    def predict(self, X):
        """Return the most probable class of each example.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples,)
            Labels out of `classes_`.

        Raises
        ------
        sklearn.exceptions.NotFittedError, ValueError
            As `logits`.

        See Also
        --------
        predict_proba : Probabilities.
        """
        check_is_fitted(self)
        return self.classes_[self.logits(X).argmax(axis=1)]
