"""Penalised mean cross-entropy of a linear model, with its gradient and its Hessian."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from softmax_course.numerics.derivatives import cross_entropy_grad, cross_entropy_hessian
from softmax_course.numerics.losses import cross_entropy


class Objective:
    """Penalised mean cross-entropy as a function of one matrix: weights, biases in the last row.

    The features are centred, and the biases are those that go with centred features.
    """

    def __init__(self, X, target, n_classes, alpha):
        with np.errstate(over="ignore", invalid="ignore"):  # `lipschitz` and `logits` look at it
            self.center = X.mean(axis=0)
            self.X = np.column_stack([X - self.center, np.ones(len(X))])
        self.target = target
        self.n_classes = n_classes
        self.alpha = alpha

    def logits(self, theta, batch=slice(None)):
        z = self.X[batch] @ theta
        if not np.isfinite(z).all():
            raise ValueError(
                "the weights overflowed: the steps are too long for these data; "
                'use learning_rate="auto" or scale the features'
            )
        return z

    def loss(self, theta, z=None):
        z = self.logits(theta) if z is None else z
        return float(cross_entropy(z, self.target) + self.alpha / 2 * np.sum(theta[:-1] ** 2))

    def gradient(self, theta, z=None, batch=slice(None)):
        z = self.logits(theta, batch) if z is None else z
        gradient = self.X[batch].T @ cross_entropy_grad(z, self.target[batch])
        gradient[:-1] += self.alpha * theta[:-1]
        return gradient

    def lipschitz(self, per_example):
        square = np.inf
        with np.errstate(over="ignore"):
            if per_example:
                square = np.einsum("ij,ij->i", self.X, self.X).max()
            elif np.isfinite(self.X).all():
                square = np.linalg.norm(self.X, 2) ** 2 / len(self.X)
        if not np.isfinite(square):
            raise ValueError(
                "the squares of the features overflow, so that no step is safe: scale the features"
            )
        return square / 2 + self.alpha

    def hessian(self, theta, z=None):
        """Return the second derivatives by ``theta.ravel()``."""
        z = self.logits(theta) if z is None else z
        curvature = cross_entropy_hessian(z) / len(self.X)
        rows, classes = theta.shape
        hessian = np.empty((rows, classes, rows, classes))
        for j in range(classes):
            for k in range(j + 1):
                block = self.X.T @ (self.X * curvature[:, j, k, np.newaxis])
                hessian[:, j, :, k] = hessian[:, k, :, j] = (block + block.T) / 2
        hessian = hessian.reshape(theta.size, theta.size)
        penalised = np.arange((rows - 1) * classes)
        hessian[penalised, penalised] += self.alpha
        return hessian

    def newton_step(self, theta, gradient, z=None):
        """Return the shortest step to a minimum of the quadratic model.

        The Hessian is singular: a vector added to all classes changes no probability, so neither
        does a shift of all biases change the loss; features that are linearly dependent, and an
        `alpha` of 0, add directions. The gradient has no part along them, and neither gets the
        step. A ridge on the Hessian would do as well, but for its size, which this has no need of.
        """
        hessian = self.hessian(theta, z)
        rows, classes = theta.shape
        # Lift what shifts all classes alike to the size of the rest: it is an invariant space of
        # the Hessian, and the gradient has no part in it, so that the step stays the same.
        lift = np.trace(hessian) / len(hessian)
        lifted = hessian.reshape(rows, classes, rows, classes).copy()
        same = np.arange(rows)
        lifted[same, :, same, :] += lift / classes
        try:
            factor = np.linalg.cholesky(lifted.reshape(hessian.shape))
        except np.linalg.LinAlgError:
            factor = np.zeros((1, 1))
        floor = len(hessian) * np.finfo(float).eps * lift
        if factor.diagonal().min() ** 2 > floor:
            half = solve_triangular(factor, -gradient.ravel(), lower=True)
            return solve_triangular(factor.T, half, lower=False).reshape(theta.shape)
        # More directions are flat: take the eigenvectors whose eigenvalues are above rounding.
        values, vectors = np.linalg.eigh(hessian)
        curved = values > len(values) * np.finfo(float).eps * values[-1]
        along = vectors[:, curved].T @ gradient.ravel()
        return -(vectors[:, curved] @ (along / values[curved])).reshape(theta.shape)
