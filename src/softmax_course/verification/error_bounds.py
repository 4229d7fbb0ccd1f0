r"""Bounds on the rounding errors of softmax and its losses, derived and not fitted.

A test that uses them as its tolerance fails when the code loses accuracy, and only then.

The bounds are sums of terms k u, where u is half the spacing of floats at 1 (the unit roundoff of
the dtype the work is done in). Every basic operation has a relative error of at most u, a sum of n
terms one of at most (n - 1) u times the sum of magnitudes [1]_, ``exp`` one of at most 2 u in
float64 and 5.04 u in float32 [2]_, ``log1p`` one of at most 2 u and 4 u. First-order sums x are
inflated to x / (1 - x), which covers all products of such errors. Where numbers underflow, an
absolute term of a few smallest subnormal numbers is added.

References
----------
.. [1] Higham, N. J. (2002). Accuracy and Stability of Numerical Algorithms, 2nd ed., sections 3.1
   and 4.2. SIAM. doi:10.1137/1.9780898718027
.. [2] Devulapalli, R. (2019). Use AVX for float32 implementation of np.exp & np.log.
   https://github.com/numpy/numpy/pull/13134
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import REDUCTIONS, as_choice, as_real_array, class_axis, float_dtypes
from softmax_course.verification._rounding import TARGET_ROUNDINGS, RowBounds, float_target, inflate


def softmax_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound the absolute error of each entry of `softmax_course.softmax`.

    Let :math:`d_j = (z_j - z_{\max}) / T \le 0` and :math:`c = 1`, or 2 if :math:`T \ne 1`. The
    computed :math:`d_j` has relative error at most :math:`c u`, so its exponential has relative
    error at most :math:`c |d_j| u + \varepsilon_{\exp}`. The sum inherits the average of these,
    weighted by :math:`p`, and adds :math:`(n - 1) u`; the reciprocal and the product with it add
    :math:`2u`:

    .. math:: \frac{|\hat p_j - p_j|}{p_j} \le \Bigl[ c |d_j| + c \sum_k p_k |d_k| + n + 1
        + 2 \varepsilon_{\exp} / u \Bigr] u + O(u^2).

    Parameters
    ----------
    z : array_like
        Logits. Their dtype decides u.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.

    Returns
    -------
    ndarray of float64
        One bound for each entry, of the shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`.

    See Also
    --------
    normwise_softmax_bound : The bound of Blanchard, Higham and Higham.
    softmax_course.softmax_reference : What the error is measured against.

    Notes
    -----
    It is componentwise: a probability of 1e-30 is held to its own size. With
    :math:`\varepsilon_{\exp} = u` it is at most one u above Theorem 4.3 of Blanchard, Higham and
    Higham (our reciprocal), because :math:`|d_j|` and their average are each at most
    :math:`z_{\max} - z_{\min}`; for a likely class it is far below.

    References
    ----------
    Blanchard, P., Higham, D. J., Higham, N. J. (2021). Accurately computing the log-sum-exp and
    softmax functions. IMA Journal of Numerical Analysis 41(4). doi:10.1093/imanum/draa038

    Examples
    --------
    >>> from softmax_course import softmax
    >>> from softmax_course.verification.references import absolute_error, softmax_reference
    >>> z = [2.0, -1.0, 0.5]
    >>> error = absolute_error(softmax(z), softmax_reference(z))
    >>> bool((error <= softmax_error_bound(z)).all())
    True
    """
    b = RowBounds(z, axis, temperature)
    return b.restore_axis(b.add_final_rounding(b.probs, b.probs_error))


def normwise_softmax_bound(z: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    r"""Bound the relative error of softmax by Theorem 4.3 of Blanchard, Higham and Higham.

    To first order, in the maximum norm and for an ``exp`` with relative error at most u, the
    shifted algorithm satisfies

    .. math:: \frac{\|\hat p - p\|_\infty}{\|p\|_\infty} \le
        \bigl[ n + 2 + 2 (z_{\max} - z_{\min}) \bigr] u.

    Parameters
    ----------
    z : array_like
        Logits. Without masked classes; their dtype decides u.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray of float64
        Bounds on :math:`\|\hat p - p\|_\infty / \|p\|_\infty`, of the shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        If `z` is not of real numbers, is 0-d or has no classes.

    See Also
    --------
    softmax_error_bound : A bound for each entry.

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
    r"""Bound the absolute error of `softmax_course.logsumexp`.

    The value is :math:`y = z_{\max} + t` with the tail :math:`t = \log(1 + r)` and
    :math:`r = \sum_{k \ne \max} e^{d_k}`. The computed r has relative error
    :math:`\rho \le \sum_k e^{d_k} (|d_k| u + \varepsilon_{\exp}) / r + (n - 2) u`, log1p passes on
    :math:`\kappa \rho` with :math:`\kappa = r / ((1 + r) \log(1 + r)) \le 1`, and the last addition
    rounds y itself:

    .. math:: |\hat y - y| \le t (\kappa \rho + \varepsilon_{\log}) + u |y| + O(u^2).

    Parameters
    ----------
    z : array_like
        Logits. Each row has a finite maximum.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray of float64
        One bound for each row, of the shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`: a row without a finite maximum has no bound.

    See Also
    --------
    log_softmax_error_bound : Its kin.
    softmax_course.logsumexp_reference : What the error is measured against.

    Examples
    --------
    The maximum is added last, and where it is large it sets the error:

    >>> [f"{logsumexp_error_bound([m, m - 40.0]):.0e}" for m in (0.0, 1000.0)]
    ['2e-32', '1e-13']
    """
    b = RowBounds(z, axis, 1.0)
    value = b.top + b.tail
    return b.add_final_rounding(value, b.tail_error + b.u * (np.abs(value) + b.tail_error))


def log_softmax_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound the absolute error of each entry of `softmax_course.log_softmax`.

    The value is :math:`d_j - t`, with the tail of `logsumexp_error_bound`; both parts are at most
    0, so their errors :math:`c |d_j| u` and :math:`t (\kappa \rho + \varepsilon_{\log})` are small
    beside it, and the subtraction adds :math:`u |d_j - t|`.

    Parameters
    ----------
    z : array_like
        Logits. Their dtype decides u.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.

    Returns
    -------
    ndarray of float64
        One bound for each entry, of the shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`.

    See Also
    --------
    cross_entropy_error_bound : Uses it.
    softmax_course.log_softmax_reference : What the error is measured against.

    Examples
    --------
    Each entry is held to its own size, the almost certain class too:

    >>> [f"{bound:.0e}" for bound in log_softmax_error_bound([0.0, -40.0])]
    ['2e-32', '9e-15']
    """
    b = RowBounds(z, axis, temperature)
    return b.restore_axis(b.add_final_rounding(b.log_probs, b.log_probs_error))


def cross_entropy_error_bound(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    r"""Bound the absolute error of `softmax_course.cross_entropy`.

    For a class index the loss is a log-probability, and so is the bound. For weights y it is
    :math:`\sum_k y_k b_k + (n + 5) u \sum_k y_k |\log p_k|`, b the bounds of the log-probabilities:
    at most five roundings lie in a smoothed weight, one in the product, n - 1 in the sum. Adding N
    losses costs another :math:`(N - 1) u` of their sum, and their mean one division.

    Parameters
    ----------
    z : array_like
        Logits. Their dtype decides u.
    target : array_like
        Class indices, or distributions of the shape of `z`; no weight is on a masked class.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.
    label_smoothing : float, default 0.0
        Share of the weight that is spread over all classes, from 0 to 1.
    reduction : {"mean", "sum", "none"}, default "mean"
        What is done with the losses of several rows.

    Returns
    -------
    float or ndarray of float64
        The shape of the loss.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`.

    See Also
    --------
    log_softmax_error_bound : The bound of each term.
    softmax_course.cross_entropy_reference : What the error is measured against.

    Examples
    --------
    The dtype decides:

    >>> z = np.array([2.0, -1.0, 0.5])
    >>> [f"{cross_entropy_error_bound(z.astype(t), 0):.0e}" for t in ("float64", "float32")]
    ['2e-16', '2e-07']
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    b = RowBounds(z, axis, temperature)
    weights, is_index = float_target(z, target, axis, label_smoothing)
    losses = (weights * -b.log_probs).sum(axis=-1)
    bounds = (weights * b.log_probs_error).sum(axis=-1)
    if not is_index:
        bounds = bounds + inflate((TARGET_ROUNDINGS + b.n) * b.u) * (losses + bounds)
        bounds = bounds + b.tiny * np.abs(b.log_probs).sum(axis=-1)
    if reduction != "none":
        count = losses.size
        bounds = bounds.sum() + inflate(np.float64(count * b.u)) * (losses.sum() + bounds.sum())
        losses = losses.sum()
        if reduction == "mean":
            losses, bounds = b.divide(losses, bounds, count)
    return b.add_final_rounding(losses, bounds)
