r"""How far a rounded result may lie from the exact one: error bounds, derived and not fitted.

A test that uses them as its tolerance fails when the code loses accuracy, and only then.

The bounds are sums of terms k u, where u is half the spacing of floats at 1 (the unit roundoff of
the dtype the work is done in). Every basic operation has a relative error of at most u, a sum of n
terms one of at most (n - 1) u times the sum of magnitudes, ``exp`` and ``log1p`` one of at most
`exp_error` and `log1p_error`. First-order sums x are inflated to x / (1 - x), which covers all
products of such errors. Where numbers underflow, an absolute term of a few smallest subnormal
numbers is added.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_positive,
    as_real_array,
    as_target,
    check_top,
    class_axis,
    float_dtypes,
)
from softmax_course.verification.references import exact_target

__all__ = [
    "cross_entropy_error_bound",
    "exp_error",
    "log1p_error",
    "log_softmax_error_bound",
    "logsumexp_error_bound",
    "normwise_softmax_bound",
    "softmax_error_bound",
]


def exp_error(dtype: np.dtype[Any] | type) -> float:
    """Bound on the relative error of NumPy's ``exp``, in units of u.

    One unit in the last place is at most 2 u. NumPy's vectorised float32 ``exp`` errs by up to 2.52
    such units, measured over all float32 numbers by its authors [1]_. In float64 one unit is
    assumed, which C libraries and NumPy's vectorised code keep (0.77 units for Tang's algorithm).

    Parameters
    ----------
    dtype : dtype
        float32 or float64.

    Returns
    -------
    float
        Multiples of the unit roundoff.

    References
    ----------
    .. [1] Devulapalli, R. (2019). Use AVX for float32 implementation of np.exp & np.log.
       https://github.com/numpy/numpy/pull/13134; repeated in the source, above ``simd_exp_FLOAT``
       in ``numpy/_core/src/umath/loops_exponent_log.dispatch.c.src``.

    Examples
    --------
    >>> exp_error("float64")
    2.0
    """
    return 5.04 if np.dtype(dtype).itemsize <= 4 else 2.0


def log1p_error(dtype: np.dtype[Any] | type) -> float:
    """Bound on the relative error of NumPy's ``log1p``, in units of u.

    An assumption, for NumPy publishes no bound: one unit in the last place in float64, as good C
    libraries keep; two in float32, where vectorised code of lower accuracy may stand in.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.

    Returns
    -------
    float
        Multiples of the unit roundoff.

    Examples
    --------
    >>> log1p_error("float64")
    2.0
    """
    return 4.0 if np.dtype(dtype).itemsize <= 4 else 2.0


def _inflate(first_order: Any) -> Any:
    """Cover every product of relative errors whose first-order sum is given."""
    return first_order / (1 - first_order)


class _Bounds:
    """What all bounds need: a row's numbers and the bounds of its parts, in float64.

    The class axis is moved to the end. Values are float64 results of the same formulas: their own
    errors change a bound in its 13th digit.
    """

    def __init__(self, z: ArrayLike, axis: int, temperature: float) -> None:
        x = as_real_array(z, "z")
        self.axis = class_axis(x, axis, "z")
        self.temperature = as_positive(temperature, "temperature")
        self.work, self.result = float_dtypes(x.dtype)
        self.u = float(np.finfo(self.work).eps) / 2
        self.tiny = float(np.finfo(self.work).smallest_subnormal)
        x = np.moveaxis(x.astype(np.float64), self.axis, -1)
        top = x.max(axis=-1, keepdims=True)
        check_top(top, -1)
        self.at_top = x.argmax(axis=-1, keepdims=True)
        self.n = x.shape[-1]
        self.top = top.squeeze(-1)
        with np.errstate(over="ignore", under="ignore"):
            shifted = (x - top) / self.temperature
            terms = np.exp(shifted)
        # A masked class is exact, and so is one that overflowed to it.
        self.is_open = np.isfinite(shifted)
        self.distance = np.where(self.is_open, -shifted, 0.0)
        # z - z_max is rounded once, and once more when divided by T.
        roundings = 1 if self.temperature == 1.0 else 2
        self.of_shifted = _inflate(roundings * self.u) * self.distance
        # exp turns the absolute error of its argument into a relative error of its value.
        of_term = roundings * self.u * self.distance + exp_error(self.work) * self.u
        sums = terms.sum(axis=-1, keepdims=True)
        self.probs = terms / sums
        # (n - 1) additions, the reciprocal, the product with it.
        relative = of_term + (self.probs * of_term).sum(axis=-1, keepdims=True)
        relative = _inflate(relative + (self.n + 1) * self.u)
        self.of_probs = self.probs * relative + 3 * self.tiny
        # The tail log1p(r), r the sum of the terms other than the largest.
        others = terms.copy()
        np.put_along_axis(others, self.at_top, 0, -1)
        rest = others.sum(axis=-1)
        self.tail = np.log1p(rest)
        safe = np.where(rest == 0, 1, rest)
        of_rest = (others * of_term).sum(axis=-1) / safe + max(self.n - 2, 0) * self.u
        condition = np.where(rest == 0, 1, rest / ((1 + rest) * np.log1p(safe)))
        relative = _inflate(condition * of_rest + log1p_error(self.work) * self.u)
        self.of_tail = self.tail * relative + 2 * self.n * self.tiny
        self.log_probs = -self.distance - self.tail[..., None]
        bound = self.of_shifted + self.of_tail[..., None]
        self.of_log_probs = bound + self.u * (np.abs(self.log_probs) + bound)

    def rounded(self, value: NDArray[Any], bound: NDArray[Any]) -> NDArray[Any]:
        """Add the last rounding, from the working dtype to that of the result."""
        if self.work == self.result:
            return bound
        info = np.finfo(self.result)
        half = float(info.eps) / 2
        return bound + half * (np.abs(value) + bound) + float(info.smallest_subnormal) / 2

    def operation(self, value: NDArray[Any], bound: NDArray[Any]) -> NDArray[Any]:
        """Add one rounding in the working dtype."""
        return bound + self.u * (np.abs(value) + bound) + self.tiny

    def divide(
        self, value: NDArray[Any], bound: NDArray[Any], divisor: float, times: int = 1
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Divide value and bound, adding a rounding each time unless the divisor is 1."""
        if divisor != 1:
            for _ in range(times):
                value, bound = value / divisor, bound / divisor
                bound = self.operation(value, bound)
        return value, bound

    def back(self, array: NDArray[Any]) -> NDArray[Any]:
        """Put the class axis back where it came from."""
        return np.moveaxis(array, -1, self.axis)


def softmax_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound on the absolute error of each entry of `softmax_course.softmax`.

    Let :math:`d_j = (z_j - z_{\max}) / T \le 0` and :math:`c = 1`, or 2 if :math:`T \ne 1`. The
    computed :math:`d_j` has relative error at most :math:`c u`, so its exponential has relative
    error at most :math:`c |d_j| u + \varepsilon_{\exp}`. The sum inherits the average of these,
    weighted by :math:`p`, and adds :math:`(n - 1) u`; the reciprocal and the product with it add
    :math:`2u`:

    .. math:: \frac{|\hat p_j - p_j|}{p_j} \le \Bigl[ c |d_j| + c \sum_k p_k |d_k| + n + 1
        + 2 \varepsilon_{\exp} / u \Bigr] u + O(u^2).

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.softmax`. The dtype of `z` decides u.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`.

    See Also
    --------
    normwise_softmax_bound : the bound of Blanchard, Higham and Higham.

    Notes
    -----
    It is componentwise: a probability of 1e-30 is held to its own size. With
    :math:`\varepsilon_{\exp} = u` it is at most one u above Theorem 4.3 of Blanchard, Higham and
    Higham (our reciprocal), because :math:`|d_j|` and their average are each at most
    :math:`z_{\max} - z_{\min}`; for a likely class it is far below.

    Examples
    --------
    >>> from softmax_course import softmax
    >>> from softmax_course.verification.references import absolute_error, softmax_reference
    >>> z = [2.0, -1.0, 0.5]
    >>> error = absolute_error(softmax(z), softmax_reference(z))
    >>> bool((error <= softmax_error_bound(z)).all())
    True
    """
    b = _Bounds(z, axis, temperature)
    return b.back(b.rounded(b.probs, b.of_probs))


def normwise_softmax_bound(z: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    r"""Theorem 4.3 of Blanchard, Higham and Higham, a bound on :math:`\|\hat p - p\| / \|p\|`.

    To first order, in the maximum norm and for an ``exp`` with relative error at most u, the
    shifted algorithm satisfies

    .. math:: \frac{\|\hat p - p\|_\infty}{\|p\|_\infty} \le
        \bigl[ n + 2 + 2 (z_{\max} - z_{\min}) \bigr] u.

    Parameters
    ----------
    z, axis
        As `softmax_course.softmax`. The dtype of `z` decides u. Without masked classes.

    Returns
    -------
    ndarray of float64
        The shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        If `z` is not of real numbers, is 0-d or has no classes.

    References
    ----------
    Blanchard, P., Higham, D. J., Higham, N. J. (2021). Accurately computing the log-sum-exp and
    softmax functions. IMA Journal of Numerical Analysis 41(4). doi:10.1093/imanum/draa038

    Examples
    --------
    >>> float(normwise_softmax_bound([2.0, -1.0, 0.5]) / 2**-53)
    11.0
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    u = float(np.finfo(float_dtypes(x.dtype)[0]).eps) / 2
    x = x.astype(np.float64)
    return (x.shape[axis] + 2 + 2 * (x.max(axis=axis) - x.min(axis=axis))) * u


def logsumexp_error_bound(z: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    r"""Bound on the absolute error of `softmax_course.logsumexp`.

    The value is :math:`y = z_{\max} + t` with the tail :math:`t = \log(1 + r)` and
    :math:`r = \sum_{k \ne \max} e^{d_k}`. The computed r has relative error
    :math:`\rho \le \sum_k e^{d_k} (|d_k| u + \varepsilon_{\exp}) / r + (n - 2) u`, log1p passes on
    :math:`\kappa \rho` with :math:`\kappa = r / ((1 + r) \log(1 + r)) \le 1`, and the last addition
    rounds y itself:

    .. math:: |\hat y - y| \le t (\kappa \rho + \varepsilon_{\log}) + u |y| + O(u^2).

    Parameters
    ----------
    z, axis
        As `softmax_course.logsumexp`, with a finite maximum in each row.

    Returns
    -------
    ndarray of float64
        The shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`: a row without a finite maximum has no bound.

    Examples
    --------
    The maximum is added last, and where it is large it sets the error:

    >>> [f"{logsumexp_error_bound([m, m - 40.0]):.0e}" for m in (0.0, 1000.0)]
    ['2e-32', '1e-13']
    """
    b = _Bounds(z, axis, 1.0)
    value = b.top + b.tail
    return b.rounded(value, b.of_tail + b.u * (np.abs(value) + b.of_tail))


def log_softmax_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound on the absolute error of each entry of `softmax_course.log_softmax`.

    The value is :math:`d_j - t`, with the tail of `logsumexp_error_bound`; both parts are at most
    0, so their errors :math:`c |d_j| u` and :math:`t (\kappa \rho + \varepsilon_{\log})` are small
    beside it, and the subtraction adds :math:`u |d_j - t|`.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.log_softmax`.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`.

    Examples
    --------
    Each entry is held to its own size, the almost certain class too:

    >>> [f"{bound:.0e}" for bound in log_softmax_error_bound([0.0, -40.0])]
    ['2e-32', '9e-15']
    """
    b = _Bounds(z, axis, temperature)
    return b.back(b.rounded(b.log_probs, b.of_log_probs))


# Rounding a target to the working dtype, and with smoothing the factor, the share and their sum.
_TARGET_ROUNDINGS = 5


def _float_target(
    z: ArrayLike, target: ArrayLike, axis: int, label_smoothing: float
) -> tuple[NDArray[np.float64], bool]:
    """Return the smoothed target with the classes last, and whether it is one class a row."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    weights = exact_target(z, target, axis, label_smoothing)
    moved = np.moveaxis(x, axis, -1)
    dense = np.empty(moved.shape)
    for index in np.ndindex(moved.shape[:-1]):
        dense[index] = [float(w) for w in weights(index)]
    return dense, as_target(target, x, axis)[1] and not label_smoothing


def cross_entropy_error_bound(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    r"""Bound on the absolute error of `softmax_course.cross_entropy`.

    For a class index the loss is a log-probability, and so is the bound. For weights y it is
    :math:`\sum_k y_k b_k + (n + 5) u \sum_k y_k |\log p_k|`, b the bounds of the log-probabilities:
    at most five roundings lie in a smoothed weight, one in the product, n - 1 in the sum. Adding N
    losses costs another :math:`(N - 1) u` of their sum, and their mean one division.

    Parameters
    ----------
    z, target, axis, temperature, label_smoothing, reduction
        As `softmax_course.cross_entropy`, with no weight on a masked class.

    Returns
    -------
    float or ndarray of float64
        The shape of the loss.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`.

    Examples
    --------
    The dtype decides:

    >>> z = np.array([2.0, -1.0, 0.5])
    >>> [f"{cross_entropy_error_bound(z.astype(t), 0):.0e}" for t in ("float64", "float32")]
    ['2e-16', '2e-07']
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    b = _Bounds(z, axis, temperature)
    weights, is_index = _float_target(z, target, axis, label_smoothing)
    losses = (weights * -b.log_probs).sum(axis=-1)
    bounds = (weights * b.of_log_probs).sum(axis=-1)
    if not is_index:
        bounds = bounds + _inflate((_TARGET_ROUNDINGS + b.n) * b.u) * (losses + bounds)
        bounds = bounds + b.tiny * np.abs(b.log_probs).sum(axis=-1)
    if reduction != "none":
        count = losses.size
        bounds = bounds.sum() + _inflate(np.float64(count * b.u)) * (losses.sum() + bounds.sum())
        losses = losses.sum()
        if reduction == "mean":
            losses, bounds = b.divide(losses, bounds, count)
    return b.rounded(losses, bounds)
