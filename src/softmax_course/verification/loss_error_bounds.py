r"""Bounds on the rounding errors of losses beside cross-entropy, of scores and energies, derived.

See `softmax_course.verification.error_bounds` for how such a bound is made. With b the bound of a
probability, c that of :math:`\ell = -\log p_y`:

* **Focal loss.** :math:`q = 1 - p_y`, the sum of the others, errs by :math:`e = \sum b_k + n u q`.
  :math:`q^\gamma` lies between the powers of :math:`q \pm e`; the exponent is rounded once,
  :math:`\gamma |\log q| u`, and ``pow`` errs by a few u itself. Products add one u each.
* **Its gradient** has the factor :math:`q^\gamma (1 + \gamma p_y r)`; the relative error of the
  bracket is that of :math:`p_y r` times :math:`\gamma p_y r / (1 + \gamma p_y r)`. Where q is
  below :math:`u / 2` the code takes 1 for r, which is then at most :math:`1 + u`.
* **Weights** are rounded once to the working dtype, a product adds one, their sum N - 1.
* **Hinge loss.** A difference and a sum, one u of each value.
* **Squared error.** The residual p - y has the bound g of the gradient of cross-entropy, its
  square errs by :math:`2 |r| g + g^2`; the product with the Jacobian passes on :math:`|J| g`.
* **Scores** are sums of n positive terms of given numbers: (n + k) u of the value with k the
  number of other operations in a row.
* **Energy.** Its tail errs by T times the bound of the tail of log-sum-exp; a product and a sum
  add a rounding each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_class_weights, as_labels, as_real_array, float_dtypes
from softmax_course.numerics.derivatives import cross_entropy_grad, softmax_jacobian, softmax_vjp
from softmax_course.verification._rounding import RowBounds, exp_error, inflate, log1p_error
from softmax_course.verification.derivative_error_bounds import (
    gradient_error_bound,
    jvp_error_bound,
)


def pow_error(dtype: np.dtype[Any] | type) -> float:
    """Bound on the relative error of NumPy's ``power``, in units of u.

    An assumption, for NumPy publishes no bound: one unit in the last place in float64, as good C
    libraries keep; four in float32, where vectorised code of lower accuracy may stand in.
    """
    return 8.0 if np.dtype(dtype).itemsize <= 4 else 2.0


def log_error(dtype: np.dtype[Any] | type) -> float:
    """Bound on the relative error of NumPy's ``log``, in units of u.

    One unit in the last place in float64; in float32 3.83 such units, measured over all numbers by
    the authors of its vectorised code (https://github.com/numpy/numpy/pull/13134).
    """
    return 7.66 if np.dtype(dtype).itemsize <= 4 else 2.0


class _AtLabel:
    """Values and bounds at the labels of rows, class axis last."""

    def __init__(self, z: ArrayLike, target: ArrayLike, axis: int) -> None:
        x = as_real_array(z, "z")
        self.rows = b = RowBounds(z, axis, 1.0)
        self.index = as_labels(target, x, b.axis).reshape(b.top.shape)[..., np.newaxis]
        self.at_label = self.take(b.probs)
        self.at_label_error = self.take(b.probs_error)
        others, errors = b.probs.copy(), b.probs_error.copy()
        np.put_along_axis(others, self.index, 0, -1)
        np.put_along_axis(errors, self.index, 0, -1)
        self.rest = others.sum(axis=-1)
        self.rest_error = errors.sum(axis=-1) + b.n * b.u * (self.rest + errors.sum(axis=-1))
        self.nats = -self.take(b.log_probs)
        self.nats_error = self.take(b.log_probs_error)

    def take(self, values: NDArray[Any]) -> NDArray[Any]:
        return np.take_along_axis(values, self.index, -1)[..., 0]


def _reduce(
    b: RowBounds, losses: NDArray[Any], bounds: NDArray[Any], reduction: str, divisor: Any = None
) -> Any:
    if reduction != "none":
        count = losses.size
        bounds = bounds.sum() + inflate(np.float64(count * b.u)) * (losses.sum() + bounds.sum())
        losses = losses.sum()
        if reduction == "mean":
            losses, bounds = b.divide(losses, bounds, divisor or count)
    return b.add_final_rounding(losses, bounds)


def _power(f: _AtLabel, gamma: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return q**gamma and its error."""
    b = f.rows
    value = f.rest**gamma
    above = (f.rest + f.rest_error) ** gamma
    below = np.maximum(f.rest - f.rest_error, 0) ** gamma
    logs = np.abs(np.log(np.maximum(f.rest, b.tiny)))
    relative = inflate((gamma * logs + pow_error(b.work)) * b.u)
    return value, np.maximum(above - value, value - below) + relative * above + b.tiny


def focal_loss_error_bound(
    z: ArrayLike, target: ArrayLike, gamma: float = 2.0, axis: int = -1, reduction: str = "mean"
) -> Any:
    """Bound the absolute error of `softmax_course.focal_loss`."""
    f = _AtLabel(z, target, axis)
    power, power_error = _power(f, gamma)
    losses = power * f.nats
    bounds = power_error * (f.nats + f.nats_error) + power * f.nats_error
    return _reduce(f.rows, losses, f.rows.add_rounding(losses, bounds), reduction)


def focal_loss_grad_error_bound(
    z: ArrayLike, target: ArrayLike, gamma: float = 2.0, axis: int = -1, reduction: str = "mean"
) -> NDArray[Any]:
    """Bound the absolute error of each entry of `softmax_course.focal_loss_grad`."""
    f = _AtLabel(z, target, axis)
    b = f.rows
    power, power_error = _power(f, gamma)
    # Twice the code's bound, because the bound's own q is not the code's.
    certain = f.rest <= b.u
    ratio = np.where(certain, 1, f.nats / np.where(certain, 1, f.rest))
    safe = np.where(certain, 1, f.rest)
    of_ratio = np.where(
        certain, 4 * b.u, f.nats_error / np.maximum(f.nats, b.tiny) + f.rest_error / safe + b.u
    )
    pull = gamma * f.at_label * ratio
    of_pull = f.at_label_error * gamma * ratio + pull * (of_ratio + 3 * b.u)
    bracket_error = of_pull + b.u * (1 + pull)
    factor = power * (1 + pull)
    factor_error = power_error * (1 + pull + bracket_error) + power * bracket_error
    factor_error = b.add_rounding(factor, factor_error)
    value, error = b.probs.copy(), b.probs_error.copy()
    np.put_along_axis(value, f.index, f.rest[..., np.newaxis], -1)
    np.put_along_axis(error, f.index, f.rest_error[..., np.newaxis], -1)
    factor, factor_error = factor[..., np.newaxis], factor_error[..., np.newaxis]
    bound = factor_error * (value + error) + factor * error
    value = factor * value
    bound = b.add_rounding(value, inflate(b.u) * bound + bound)
    if reduction == "mean":
        value, bound = b.divide(value, bound, f.nats.size)
    return b.restore_axis(b.add_final_rounding(value, bound))


def _label_weights(
    f: _AtLabel, class_weight: ArrayLike
) -> tuple[NDArray[np.float64], float, NDArray[Any]]:
    """Return the weights of rows, their sum, and the relative error that dividing by it adds."""
    weights = as_class_weights(class_weight, f.rows.n, "class_weight")[f.index[..., 0]]
    return weights, weights.sum(), inflate(np.float64((weights.size + 2) * f.rows.u))


def weighted_cross_entropy_error_bound(
    z: ArrayLike,
    target: ArrayLike,
    class_weight: ArrayLike,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    """Bound the absolute error of `softmax_course.weighted_cross_entropy`."""
    f = _AtLabel(z, target, axis)
    b = f.rows
    weights, total, of_total = _label_weights(f, class_weight)
    losses = np.where(weights == 0, 0, weights * f.nats)
    bounds = weights * f.nats_error + inflate(2 * b.u) * (losses + weights * f.nats_error) + b.tiny
    if reduction == "mean":
        size = losses.sum() + bounds.sum()
        bounds = bounds + of_total * size / losses.size
    return _reduce(b, losses, bounds, reduction, total)


def weighted_cross_entropy_grad_error_bound(
    z: ArrayLike,
    target: ArrayLike,
    class_weight: ArrayLike,
    axis: int = -1,
    reduction: str = "mean",
) -> NDArray[Any]:
    """Bound the absolute error of each entry of `softmax_course.weighted_cross_entropy_grad`."""
    f = _AtLabel(z, target, axis)
    b = f.rows
    weights, total, of_total = _label_weights(f, class_weight)
    value, error = b.probs.copy(), b.probs_error.copy()
    np.put_along_axis(value, f.index, f.rest[..., np.newaxis], -1)
    np.put_along_axis(error, f.index, f.rest_error[..., np.newaxis], -1)
    value, error = weights[..., np.newaxis] * value, weights[..., np.newaxis] * error
    bound = error + inflate(2 * b.u) * (value + error) + b.tiny
    if reduction == "mean":
        value, bound = value / total, bound / total
        bound = bound + (of_total + b.u) * (value + bound) + b.tiny
    return b.restore_axis(b.add_final_rounding(value, bound))


def multiclass_hinge_error_bound(
    z: ArrayLike, target: ArrayLike, axis: int = -1, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    """Bound the absolute error of `softmax_course.multiclass_hinge`."""
    f = _AtLabel(z, target, axis)
    b = f.rows
    x = np.moveaxis(as_real_array(z, "z").astype(np.float64), b.axis, -1)
    others = x.copy()
    np.put_along_axis(others, f.index, -np.inf, -1)
    gap = others.max(axis=-1) - f.take(x)
    losses = np.maximum(gap + margin, 0)
    # The margin is rounded to the working dtype too; a loss of 0 may just have become so.
    bounds = np.where(np.isfinite(gap), b.u * (np.abs(gap) + margin) * (1 + b.u) + b.u * losses, 0)
    return _reduce(b, losses, bounds, reduction)


def _residual(
    z: ArrayLike, target: ArrayLike, axis: int
) -> tuple[RowBounds, NDArray[Any], NDArray[Any]]:
    """Return the rows, p - y in float64 and its error in the working dtype, class axis last."""
    x = as_real_array(z, "z")
    b = RowBounds(z, axis, 1.0)
    value = cross_entropy_grad(x.astype(np.float64), target, axis, reduction="none")
    error = gradient_error_bound(x.astype(b.work), target, axis, reduction="none")
    return b, np.moveaxis(value, axis, -1), np.moveaxis(error, axis, -1)


def squared_error_error_bound(
    z: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> Any:
    """Bound the absolute error of `softmax_course.squared_error`."""
    b, residual, error = _residual(z, target, axis)
    losses = (residual**2).sum(axis=-1)
    bounds = (2 * np.abs(residual) * error + error**2).sum(axis=-1)
    bounds = bounds + inflate(b.n * b.u) * (losses + bounds) + b.n * b.tiny
    return _reduce(b, losses, bounds, reduction)


def squared_error_grad_error_bound(
    z: ArrayLike, target: ArrayLike, axis: int = -1, reduction: str = "mean"
) -> NDArray[Any]:
    """Bound the absolute error of each entry of `softmax_course.squared_error_grad`."""
    b, residual, error = _residual(z, target, axis)
    x = np.moveaxis(as_real_array(z, "z"), axis, -1)
    value = 2 * softmax_vjp(x.astype(np.float64), residual)
    # What the code does to a residual of the working dtype, with exact input; then what the
    # residual's own error adds.
    own = jvp_error_bound(x.astype(b.work), residual.astype(b.work))
    jacobian = np.abs(softmax_jacobian(x.astype(np.float64)))
    passed_on = (jacobian * (error + b.u * np.abs(residual))[..., np.newaxis, :]).sum(axis=-1)
    bound = 2 * inflate(4 * b.u) * passed_on + 2 * (own + passed_on)
    # The bound of the product is taken at this residual, the code's is within its error of it.
    bound = bound * (1 + 1e-6)
    if reduction == "mean":
        value, bound = b.divide(value, bound, residual[..., 0].size)
    return b.restore_axis(b.add_final_rounding(value, bound))


def score_error_bound(values: ArrayLike, probs: ArrayLike, reduction: str = "mean") -> Any:
    """Bound the errors of `brier_score` and `spherical_score`, given the values of all rows."""
    p = as_real_array(probs, "probs")
    work, result = float_dtypes(p.dtype)
    u, half = float(np.finfo(work).eps) / 2, float(np.finfo(result).eps) / 2
    values = np.abs(np.asarray(values, np.float64))
    rows = 1 if reduction == "none" else values.size + 1
    relative = (p.shape[-1] + 10 + rows) * u + (half if work != result else 0)
    if reduction != "none":
        values = values.sum() if reduction == "sum" else values.mean()
    return inflate(relative) * values + float(np.finfo(result).smallest_subnormal) * p.shape[-1]


def energy_score_error_bound(
    z: ArrayLike, temperature: float = 1.0, axis: int = -1
) -> NDArray[Any]:
    """Bound the absolute error of `softmax_course.energy_score`."""
    b = RowBounds(z, axis, temperature)
    tail = temperature * b.tail
    value = -(b.top + tail)
    bound = b.add_rounding(tail, temperature * b.tail_error)
    return b.add_final_rounding(value, b.add_rounding(value, bound))


def ensemble_log_softmax_error_bound(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    r"""Bound the absolute error of `softmax_course.ensemble_log_softmax`.

    A log-sum-exp errs by at most as much as the worst of its terms and, over M of them,
    :math:`((M + 2) u + \varepsilon_{\exp} + \max |d| u)` of its argument, with d the distances that
    are not negligible, at most :math:`-\log u` of them; ``log M`` and the sums add a rounding.
    """
    x = as_real_array(z, "z")
    b = RowBounds(z, axis, 1.0)
    models = len(x)
    term_error = b.log_probs_error.max(axis=0)
    with np.errstate(over="ignore", under="ignore"):
        top = b.log_probs.max(axis=0)
    far = -np.log(b.u)
    own = (models + 2 + exp_error(b.work) + log1p_error(b.work) + far) * b.u * np.log(models + 1.0)
    size = np.where(np.isfinite(top), np.abs(top), 0) + 2 * np.log(models + 1.0)
    bound = term_error + inflate(own) + 3 * b.u * size
    return np.moveaxis(b.add_final_rounding(size, bound), -1, b.axis - 1)
