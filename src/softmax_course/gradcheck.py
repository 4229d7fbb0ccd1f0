r"""How right are the numbers? Difference quotients, 50-digit references and derived error bounds.

Three independent ways to check a formula and the code that computes it:

* **Differences** know nothing of the derivative: `central_difference` on the function itself,
  `complex_step` on its extension to complex numbers.
* **References** evaluate the definition with mpmath in 50 digits (`softmax_reference`, ...).
* **Bounds** say how far the rounded result may lie from the reference (`softmax_error_bound`, ...).
  They are derived, not fitted: a test that uses them as its tolerance fails when the code loses
  accuracy, and only then.

The bounds are sums of terms k u, where u is half the spacing of floats at 1 (the unit roundoff of
the dtype the work is done in). Every basic operation has a relative error of at most u, a sum of n
terms one of at most (n - 1) u times the sum of magnitudes, ``exp`` and ``log1p`` one of at most
`exp_error` and `log1p_error`. First-order sums x are inflated to x / (1 - x), which covers all
products of such errors. Where numbers underflow, an absolute term of a few smallest subnormal
numbers is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_label_smoothing,
    as_positive,
    as_real_array,
    as_target,
    check_top,
    class_axis,
    float_dtypes,
)
from softmax_course.derivatives import softmax_jacobian
from softmax_course.functional import softmax

if TYPE_CHECKING:
    from softmax_course.verification import Report

__all__ = [
    "StepSizeErrors",
    "absolute_error",
    "central_difference",
    "complex_log_softmax",
    "complex_logsumexp",
    "complex_softmax",
    "complex_step",
    "cross_entropy_error_bound",
    "cross_entropy_reference",
    "exp_error",
    "gradient_error_bound",
    "gradient_reference",
    "hessian_error_bound",
    "hessian_reference",
    "hvp_error_bound",
    "hvp_reference",
    "jacobian_error_bound",
    "jacobian_reference",
    "jvp_error_bound",
    "jvp_reference",
    "log1p_error",
    "log_softmax_error_bound",
    "log_softmax_reference",
    "logsumexp_error_bound",
    "logsumexp_reference",
    "normwise_softmax_bound",
    "report",
    "softmax_error_bound",
    "softmax_reference",
    "step_size_errors",
]

DIGITS = 50


# --------------------------------------------------------------------------------------------------
# Difference quotients


def _as_point(x: ArrayLike) -> NDArray[np.float64]:
    return as_real_array(x, "x").astype(np.float64)


def central_difference(
    f: Callable[[NDArray[np.float64]], ArrayLike], x: ArrayLike, step: float = 6e-6
) -> NDArray[np.float64]:
    r"""Differentiate `f` at `x` by central differences, :math:`(f(x + h) - f(x - h)) / 2h`.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x`, returns an array or a number.
    x : array_like
        Where to differentiate; computed in float64.
    step : float, default 6e-6
        :math:`h`. The truncation error is :math:`h^2 |f'''| / 6`, the rounding error about
        :math:`u |f| / h`; the default, the cube root of the spacing of floats at 1, balances them.

    Returns
    -------
    ndarray
        All partial derivatives, the shape of ``f(x)`` followed by the shape of `x`.

    Raises
    ------
    TypeError
        If `x` is not of real numbers, or `step` is no number.
    ValueError
        If `step` is not positive and finite, or too small to change `x`.

    Examples
    --------
    >>> from softmax_course import softmax
    >>> central_difference(softmax, [0.0, 0.0]).round(9)
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    x, step = _as_point(x), as_positive(step, "step")
    columns = []
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += step
        below[index] -= step
        # x + h is rounded: divide by the step that was really taken.
        taken = above[index] - below[index]
        if taken == 0:
            raise ValueError(f"step {step!r} is too small to change x{list(index)} = {x[index]!r}")
        columns.append((np.asarray(f(above)) - np.asarray(f(below))) / taken)
    return _stack_partials(f, x, columns)


def complex_step(
    f: Callable[[NDArray[np.complex128]], ArrayLike], x: ArrayLike, step: float = 1e-20
) -> NDArray[np.float64]:
    r"""Differentiate `f` at `x` by the complex step, :math:`\operatorname{Im} f(x + ih) / h`.

    No difference is taken, so nothing cancels and the step may be as small as one likes: the
    truncation error :math:`h^2 |f'''| / 6` vanishes and full accuracy remains.

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of `x`. It must be *analytic*: no ``max``, ``abs`` or
        comparison of complex values. `complex_softmax`, `complex_logsumexp` and
        `complex_log_softmax` are.
    x : array_like
        Where to differentiate; computed in float64.
    step : float, default 1e-20
        :math:`h`.

    Returns
    -------
    ndarray
        All partial derivatives, the shape of ``f(x)`` followed by the shape of `x`.

    Raises
    ------
    TypeError
        If `x` is not of real numbers, `step` is no number, or `f` returns real numbers: the
        imaginary part, and with it the derivative, is lost.
    ValueError
        If `step` is not positive and finite.

    References
    ----------
    Squire, W., Trapp, G. (1998). Using complex variables to estimate derivatives of real functions.
    SIAM Review 40(1), 110-112. doi:10.1137/S003614459631241X

    Examples
    --------
    >>> complex_step(complex_softmax, [0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    x, step = _as_point(x), as_positive(step, "step")
    columns = []
    for index in np.ndindex(x.shape):
        point = x.astype(np.complex128)
        point[index] += 1j * step
        value = np.asarray(f(point))
        if value.dtype.kind != "c":
            raise TypeError(
                f"f must return complex numbers for a complex argument, not {value.dtype}"
            )
        columns.append(value.imag / step)
    return _stack_partials(f, x, columns)


def _stack_partials(
    f: Callable[[Any], ArrayLike], x: NDArray[Any], columns: list[NDArray[Any]]
) -> NDArray[np.float64]:
    if not columns:
        return np.zeros(np.shape(f(x)) + x.shape)
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(stacked.shape[:-1] + x.shape)


def _complex_terms(
    z: ArrayLike, axis: int, temperature: float
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return ``(z - m) / T``, the sum of its exponentials, and the real shift m.

    The maximum is no analytic function, but it may be shifted by all the same: m is a *constant*,
    the largest real part at this point, and softmax does not depend on the constant chosen.
    """
    is_complex = np.iscomplexobj(z) and not isinstance(z, np.ma.MaskedArray)
    z = (np.asarray(z) if is_complex else as_real_array(z, "z")).astype(np.complex128)
    axis = class_axis(z, axis, "z")
    temperature = as_positive(temperature, "temperature")
    top = z.real.max(axis=axis, keepdims=True)
    check_top(top, axis)
    with np.errstate(over="ignore", under="ignore"):
        shifted = z - top
        # Part by part: a complex quotient of the -inf of a masked class has no imaginary part.
        shifted.real /= temperature
        shifted.imag /= temperature
        return shifted, np.exp(shifted).sum(axis=axis, keepdims=True), top


def complex_softmax(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.complex128]:
    """Softmax continued to complex logits, for `complex_step`.

    `softmax_course.softmax` refuses complex numbers: they are no logits, and a probability has no
    imaginary part. Here the imaginary part carries the derivative.

    Parameters
    ----------
    z : array_like of complex
        Logits.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive.

    Returns
    -------
    ndarray of complex
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`, except that complex numbers are welcome.

    Examples
    --------
    >>> complex_softmax([0.0, 0.0])
    array([0.5+0.j, 0.5+0.j])
    """
    shifted, total, _ = _complex_terms(z, axis, temperature)
    return np.exp(shifted) / total


def complex_logsumexp(z: ArrayLike, axis: int = -1) -> Any:
    """Log-sum-exp continued to complex logits, for `complex_step`; see `complex_softmax`.

    Parameters
    ----------
    z : array_like of complex
        Logits.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray of complex
        The shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        As `complex_softmax`: each row needs a finite logit.

    Examples
    --------
    >>> complex_step(complex_logsumexp, [0.0, 0.0])
    array([0.5, 0.5])
    """
    _, total, top = _complex_terms(z, axis, 1.0)
    return (top + np.log(total)).squeeze(axis)


def complex_log_softmax(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.complex128]:
    """Log-softmax continued to complex logits, for `complex_step`; see `complex_softmax`.

    Parameters
    ----------
    z : array_like of complex
        Logits.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive.

    Returns
    -------
    ndarray of complex
        The shape of `z`. Its negative at the label is the cross-entropy.

    Raises
    ------
    TypeError, ValueError
        As `complex_softmax`.

    Examples
    --------
    >>> complex_step(lambda z: -complex_log_softmax(z)[0], [0.0, 0.0])
    array([-0.5,  0.5])
    """
    shifted, total, _ = _complex_terms(z, axis, temperature)
    return shifted - np.log(total)


class StepSizeErrors(NamedTuple):
    """Error of two difference methods against the step size; see `step_size_errors`."""

    steps: NDArray[np.float64]
    central: NDArray[np.float64]
    complex: NDArray[np.float64]
    closed_form: float


def step_size_errors(
    z: Sequence[float] = (2.0, -1.0, 0.5),
    steps: ArrayLike | None = None,
    temperature: float = 1.0,
) -> StepSizeErrors:
    """Measure both difference methods on the Jacobian of softmax, for each step size.

    Parameters
    ----------
    z : sequence of float
        Logits of one row.
    steps : array_like, optional
        Step sizes; default 65 from 1e-15 to 1e1, evenly spaced in the logarithm.
    temperature : float, default 1.0
        Positive.

    Returns
    -------
    StepSizeErrors
        ``steps``; ``central`` and ``complex``: for each step the largest absolute error of an entry
        of the Jacobian, against 50 digits; ``closed_form``: that of `softmax_jacobian`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`, `central_difference` and `complex_step`.

    Examples
    --------
    >>> errors = step_size_errors(steps=[1e-12, 1e-5])
    >>> bool(errors.central[0] > 1e-6), bool(errors.central[1] < 1e-10)
    (True, True)
    >>> bool(errors.complex.max() < 1e-9)
    True
    """
    point = _as_point(z)
    steps = np.logspace(-15, 1, 65) if steps is None else np.asarray(steps, dtype=np.float64)
    exact = jacobian_reference(point, temperature=temperature)

    def worst(jacobian: NDArray[Any]) -> float:
        return float(absolute_error(jacobian, exact).max())

    def real(x: NDArray[Any]) -> NDArray[Any]:
        return softmax(x, temperature=temperature)

    def continued(x: NDArray[Any]) -> NDArray[Any]:
        return complex_softmax(x, temperature=temperature)

    return StepSizeErrors(
        steps,
        np.array([worst(central_difference(real, point, h)) for h in steps]),
        np.array([worst(complex_step(continued, point, h)) for h in steps]),
        worst(softmax_jacobian(point, temperature=temperature)),
    )


# --------------------------------------------------------------------------------------------------
# 50-digit references. They share the input checks with the code under test, and nothing else.


def absolute_error(computed: ArrayLike, reference: Any) -> NDArray[np.float64]:
    """Distance of computed numbers from a reference, without rounding the reference first.

    Parameters
    ----------
    computed : array_like of float
        What the code under test returned.
    reference : array_like of mpmath.mpf
        What one of the ``*_reference`` functions returned for the same input.

    Returns
    -------
    ndarray of float64
        The absolute errors; 0 where both are the same infinity.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> from softmax_course import softmax
    >>> bool((absolute_error(softmax([1.0, 2.0]), softmax_reference([1.0, 2.0])) < 1e-16).all())
    True
    """
    computed = np.asarray(computed)
    reference = np.asarray(reference, dtype=object)
    if computed.shape != reference.shape:
        raise ValueError(f"shape {computed.shape} does not match the reference's {reference.shape}")
    errors = np.empty(computed.shape)
    with mpmath.workdps(DIGITS + 10):
        for index in np.ndindex(computed.shape):
            value, exact = mpmath.mpf(float(computed[index])), reference[index]
            errors[index] = 0.0 if value == exact else float(abs(value - exact))
    return errors


class _Row(NamedTuple):
    """One row in exact arithmetic, as far as 50 digits are exact."""

    shifted: list[Any]  # (z - max z) / T
    probs: list[Any]
    others: list[Any]  # 1 - p, as the sum of the other p
    tail: Any  # log of the sum of exp(shifted)
    top: Any


def _exact_row(row: Iterable[float], temperature: float) -> _Row:
    z = [mpmath.mpf(float(v)) for v in row]
    top = max(z)
    at_top = z.index(top)
    shifted = [(v - top) / mpmath.mpf(temperature) for v in z]
    terms = [mpmath.exp(v) for v in shifted]
    rest = mpmath.fsum(t for k, t in enumerate(terms) if k != at_top)
    probs = [t / (1 + rest) for t in terms]
    others = [
        rest / (1 + rest) if k == at_top else (1 + rest - t) / (1 + rest)
        for k, t in enumerate(terms)
    ]
    return _Row(shifted, probs, others, mpmath.log1p(rest), top)


def _collect(
    z: ArrayLike,
    axis: int,
    temperature: float,
    per_row: Callable[[tuple[int, ...], _Row], Any],
    move_back: bool,
) -> NDArray[Any]:
    """Apply `per_row`, in 50 digits, to all rows and put its answers where the rows were.

    It gets a row and its position in the batch. Numbers that it closes over have to be exact: what
    is computed outside of it has the precision of floats.
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    if x.size == 0:
        raise ValueError(f"z of shape {x.shape} has no rows")
    if np.isnan(x).any():
        raise ValueError("z must not hold NaN: there is nothing to refer to")
    check_top(x.max(axis=axis, keepdims=True), axis)
    rows = np.moveaxis(x, axis, -1)
    with mpmath.workdps(DIGITS + 10):
        values = [
            per_row(index, _exact_row(rows[index], temperature))
            for index in np.ndindex(rows.shape[:-1])
        ]
    results = np.array(values, dtype=object)
    results = results.reshape(rows.shape[:-1] + results.shape[1:])
    return np.moveaxis(results, -1, axis) if move_back else results


def softmax_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Softmax in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.softmax`. The floats are taken as exact; NaN is not allowed.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`; also if `z` has no rows or holds NaN.

    Examples
    --------
    >>> import mpmath
    >>> print(mpmath.nstr(softmax_reference([2.0, -1.0, 0.5])[0], 30))
    0.785597034589275858091011317353
    """
    return _collect(z, axis, temperature, lambda _, row: row.probs, move_back=True)


def logsumexp_reference(z: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Log-sum-exp in 50 digits.

    Parameters
    ----------
    z, axis
        As `softmax_course.logsumexp`, with a finite maximum in each row.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.
    """
    return _collect(z, axis, 1.0, lambda _, row: row.top + row.tail, move_back=False)


def log_softmax_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Log-softmax in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_reference`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.
    """
    return _collect(
        z, axis, temperature, lambda _, row: [d - row.tail for d in row.shifted], move_back=True
    )


def _exact_target(
    z: ArrayLike, target: ArrayLike, axis: int, label_smoothing: float
) -> Callable[[tuple[int, ...]], list[Any]]:
    """Return a function that gives the smoothed target of a row, in mpmath numbers."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    smoothing = mpmath.mpf(as_label_smoothing(label_smoothing))
    checked, is_index = as_target(target, x, axis)
    logits = np.moveaxis(x, axis, -1)
    given = np.moveaxis(checked, axis, -1)

    def weights(index: tuple[int, ...]) -> list[Any]:
        n = logits.shape[-1]
        is_open = [bool(v != -np.inf) for v in logits[index]]
        if is_index:
            row = [mpmath.mpf(int(k == given[index][0])) for k in range(n)]
        else:
            row = [mpmath.mpf(float(v)) for v in given[index]]
        share = smoothing / sum(is_open)
        return [(1 - smoothing) * v + share * o for v, o in zip(row, is_open, strict=True)]

    return weights


def cross_entropy_reference(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """Cross-entropy in 50 digits.

    Parameters
    ----------
    z, target, axis, temperature, label_smoothing, reduction
        As `softmax_course.cross_entropy`.

    Returns
    -------
    mpmath.mpf, or ndarray of it
        The shape of `z` without `axis` if `reduction` is ``"none"``.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`; also if `z` has no rows or holds NaN.
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    weights = _exact_target(z, target, axis, label_smoothing)

    def loss(index: tuple[int, ...], row: _Row) -> Any:
        return mpmath.fsum(
            w * (row.tail - d) for w, d in zip(weights(index), row.shifted, strict=True) if w
        )

    losses = _collect(z, axis, temperature, loss, move_back=False)
    if reduction == "none":
        return losses
    with mpmath.workdps(DIGITS + 10):
        total = mpmath.fsum(losses.ravel())
        return total if reduction == "sum" else total / losses.size


def _curvature_reference(z: ArrayLike, axis: int, temperature: float, power: int) -> NDArray[Any]:
    def matrix(_: tuple[int, ...], row: _Row) -> list[list[Any]]:
        scale = mpmath.mpf(temperature) ** power
        return [
            [(p * row.others[i] if i == k else -p * q) / scale for k, q in enumerate(row.probs)]
            for i, p in enumerate(row.probs)
        ]

    return _collect(z, axis, temperature, matrix, move_back=False)


def jacobian_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Jacobian of softmax in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.softmax_jacobian`.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., n, n)
        As `softmax_course.softmax_jacobian`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.
    """
    return _curvature_reference(z, axis, temperature, 1)


def hessian_reference(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    """Hessian of cross-entropy in 50 digits.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.cross_entropy_hessian`.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., n, n)
        As `softmax_course.cross_entropy_hessian`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`.
    """
    return _curvature_reference(z, axis, temperature, 2)


def gradient_reference(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> NDArray[Any]:
    """Gradient of cross-entropy in 50 digits.

    Parameters
    ----------
    z, target, axis, temperature, label_smoothing, reduction
        As `softmax_course.cross_entropy_grad`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`; also if `z` has no rows or holds NaN.
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    weights = _exact_target(z, target, axis, label_smoothing)
    x = np.asarray(z)
    n_rows = x.size // x.shape[axis] if reduction == "mean" else 1

    def gradient(index: tuple[int, ...], row: _Row) -> list[Any]:
        scale = mpmath.mpf(temperature) * n_rows
        target_row = weights(index)
        total = mpmath.fsum(target_row)
        # p s - y, written around the complement so that 50 digits survive a p within 1e-50 of 1.
        return [
            ((total - w) - o * total if 2 * p > 1 else p * total - w) / scale
            for p, o, w in zip(row.probs, row.others, target_row, strict=True)
        ]

    return _collect(z, axis, temperature, gradient, move_back=True)


def _product_reference(
    z: ArrayLike, v: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[Any]:
    direction = as_real_array(v, "v")
    if direction.shape != np.shape(z):
        raise ValueError(f"v of shape {direction.shape} does not match z of shape {np.shape(z)}")
    directions = np.moveaxis(direction, axis, -1)

    def product(index: tuple[int, ...], row: _Row) -> list[Any]:
        scale = mpmath.mpf(temperature) ** power
        v_row = [mpmath.mpf(float(value)) for value in directions[index]]
        # p_i sum_k p_k (v_i - v_k): differences first, so that nothing cancels.
        return [
            p * mpmath.fsum(q * (a - b) for q, b in zip(row.probs, v_row, strict=True)) / scale
            for p, a in zip(row.probs, v_row, strict=True)
        ]

    return _collect(z, axis, temperature, product, move_back=True)


def jvp_reference(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    """Jacobian of softmax times a direction, in 50 digits; also the VJP, for J is symmetric.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.softmax_jvp`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`; also if the shapes of `z` and `v` differ.
    """
    return _product_reference(z, v, axis, temperature, 1)


def hvp_reference(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    """Hessian of cross-entropy times a direction, in 50 digits.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.cross_entropy_hvp`.

    Returns
    -------
    ndarray of mpmath.mpf
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_reference`; also if the shapes of `z` and `v` differ.
    """
    return _product_reference(z, v, axis, temperature, 2)


# --------------------------------------------------------------------------------------------------
# Derived bounds


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
        # Halves where the quotient may be finite though the difference is not; they are exact.
        scale = 0.5 if self.temperature > 1 else 1.0
        with np.errstate(over="ignore", under="ignore"):
            shifted = (scale * x - scale * top) / (scale * self.temperature)
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
    weights = _exact_target(z, target, axis, label_smoothing)
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


def _curvature_error_bound(
    z: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[np.float64]:
    b = _Bounds(z, axis, temperature)
    p, of_p = b.probs, b.of_probs
    # The complement 1 - p: subtracted, except at the top, where it is the sum of the others.
    others, of_others = p.copy(), of_p.copy()
    np.put_along_axis(others, b.at_top, 0, -1)
    np.put_along_axis(of_others, b.at_top, 0, -1)
    sum_others = others.sum(axis=-1, keepdims=True)
    of_sum = of_others.sum(axis=-1, keepdims=True) + b.n * b.u * sum_others
    rest = 1 - p
    np.put_along_axis(rest, b.at_top, sum_others, -1)
    of_rest = b.operation(rest, of_p)
    np.put_along_axis(of_rest, b.at_top, of_sum, -1)
    value = p[..., :, None] * p[..., None, :]
    bound = (
        p[..., :, None] * of_p[..., None, :]
        + of_p[..., :, None] * p[..., None, :]
        + of_p[..., :, None] * of_p[..., None, :]
    )
    diagonal = np.arange(b.n)
    value[..., diagonal, diagonal] = p * rest
    bound[..., diagonal, diagonal] = p * of_rest + of_p * rest + of_p * of_rest
    value, bound = b.divide(value, b.operation(value, bound), b.temperature, power)
    return b.rounded(value, bound)


def jacobian_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound on the absolute error of each entry of `softmax_course.softmax_jacobian`.

    With b the bound of softmax, an entry :math:`p_i p_k` errs by
    :math:`p_i b_k + p_k b_i + b_i b_k` and one rounding. On the diagonal the second factor is
    :math:`1 - p_i`, with error :math:`b_i + u (1 - p_i)`, or for the largest class the sum of the
    others, with the sum of their errors and n u of itself. A division by T adds one rounding.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.softmax_jacobian`.

    Returns
    -------
    ndarray of float64, shape (..., n, n)
        One bound for each entry.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax_jacobian`.
    """
    return _curvature_error_bound(z, axis, temperature, 1)


def hessian_error_bound(
    z: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    """Bound on the absolute error of each entry of `softmax_course.cross_entropy_hessian`.

    That of `jacobian_error_bound` with a second division by the temperature.

    Parameters
    ----------
    z, axis, temperature
        As `softmax_course.cross_entropy_hessian`.

    Returns
    -------
    ndarray of float64, shape (..., n, n)
        One bound for each entry.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax_jacobian`.
    """
    return _curvature_error_bound(z, axis, temperature, 2)


def gradient_error_bound(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> NDArray[np.float64]:
    r"""Bound on the absolute error of each entry of `softmax_course.cross_entropy_grad`.

    Away from the label the gradient is :math:`p_i`, with the bound b of softmax; at the label it is
    minus the sum of the others, with the sum of their bounds and n u of itself. For weights y,
    :math:`p_i - y_i` errs by :math:`b_i + (n + 6) u p_i + 5 u y_i` and one rounding, and a class
    with more than half of the weight takes the sum of the others again. Divisions by N and T add a
    rounding each.

    Parameters
    ----------
    z, target, axis, temperature, label_smoothing, reduction
        As `softmax_course.cross_entropy_grad`.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.cross_entropy`.
    """
    as_choice(reduction, "reduction", REDUCTIONS)
    b = _Bounds(z, axis, temperature)
    weights, is_index = _float_target(z, target, axis, label_smoothing)
    heavy = weights.argmax(axis=-1, keepdims=True)
    share = np.take_along_axis(weights, heavy, -1)
    value = b.probs - weights
    if is_index:
        bound = b.of_probs.copy()
    else:
        slack = (b.n + 1 + _TARGET_ROUNDINGS) * b.u
        bound = b.of_probs * (1 + slack) + slack * b.probs + _TARGET_ROUNDINGS * b.u * weights
        bound = b.operation(value, bound)
    direct = np.take_along_axis(bound, heavy, -1)
    others, of_others = np.abs(value), bound.copy()
    np.put_along_axis(others, heavy, 0, -1)
    np.put_along_axis(of_others, heavy, 0, -1)
    summed = of_others.sum(axis=-1, keepdims=True)
    summed = summed + b.n * b.u * (others.sum(axis=-1, keepdims=True) + summed)
    # A share within rounding of one half may go either way.
    at_label = np.where(share > 0.51, summed, np.maximum(direct, summed))
    at_label = np.where(share < 0.49, direct, at_label)
    np.put_along_axis(bound, heavy, at_label, -1)
    count = value.size // b.n if reduction == "mean" else 1
    value, bound = b.divide(value, bound, count)
    value, bound = b.divide(value, bound, b.temperature)
    return b.back(b.rounded(value, bound))


def _product_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int, temperature: float, power: int
) -> NDArray[np.float64]:
    given = as_real_array(v, "v")
    if given.shape != np.shape(z):
        raise ValueError(f"v of shape {given.shape} does not match z of shape {np.shape(z)}")
    b = _Bounds(z, axis, temperature)
    direction = np.moveaxis(given.astype(np.float64), b.axis, -1)
    # Both the direction and its entry at the top are rounded to the working dtype first.
    start = np.take_along_axis(direction, b.at_top, -1)
    centred = direction - start
    of_centred = b.u * (np.abs(centred) + 2 * np.abs(direction) + 2 * np.abs(start))
    if float_dtypes(given.dtype)[1] == b.work:
        of_centred = b.u * np.abs(centred)
    size = np.abs(centred)
    mean = (b.probs * centred).sum(axis=-1, keepdims=True)
    of_mean = (b.of_probs * (size + of_centred) + b.probs * of_centred).sum(axis=-1, keepdims=True)
    of_mean = of_mean + b.n * b.u * ((b.probs * size).sum(axis=-1, keepdims=True) + of_mean)
    spread = centred - mean
    of_spread = b.operation(spread, of_centred + of_mean)
    value = b.probs * spread
    bound = b.of_probs * (np.abs(spread) + of_spread) + b.probs * of_spread
    value, bound = b.divide(value, b.operation(value, bound), b.temperature, power)
    return b.back(b.rounded(value, bound))


def jvp_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    r"""Bound on the absolute error of `softmax_course.softmax_jvp` and ``softmax_vjp``.

    The code computes :math:`w = v - v_{\max}` (error :math:`u |w_i|`), its mean
    :math:`m = p \cdot w` (error :math:`\sum_k (b_k + (n + 1) u p_k) |w_k|`, with b the bound of
    softmax), and :math:`p_i (w_i - m)`; the errors of the factors add up as in a product.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.softmax_jvp`, `v` in the dtype of `z`.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`; also if the shapes of `z` and `v` differ.
    """
    return _product_error_bound(z, v, axis, temperature, 1)


def hvp_error_bound(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[np.float64]:
    """Bound on the absolute error of `softmax_course.cross_entropy_hvp`.

    That of `jvp_error_bound` with a second division by the temperature.

    Parameters
    ----------
    z, v, axis, temperature
        As `softmax_course.cross_entropy_hvp`, `v` in the dtype of `z`.

    Returns
    -------
    ndarray of float64
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`; also if the shapes of `z` and `v` differ.
    """
    return _product_error_bound(z, v, axis, temperature, 2)


# --------------------------------------------------------------------------------------------------
# The whole chain as a table


def report(
    what: str = "jacobian",
    logits: ArrayLike = (2.0, -1.0, 0.5),
    target: int = 0,
    temperature: float = 1.0,
) -> Report:
    """Check a formula from its proof to its numbers; see `softmax_course.verification.report`.

    Parameters
    ----------
    what, logits, target, temperature
        As `softmax_course.verification.report`.

    Returns
    -------
    softmax_course.verification.Report
        One row for each link of the chain.

    Raises
    ------
    BoundBroken, UnprovedStep, ValueError
        As `softmax_course.verification.report`.

    Examples
    --------
    >>> report("jacobian", [2.0, -1.0, 0.5]).holds
    True
    """
    # Imported when called: the proofs need SymPy, the rest of this module does not.
    from softmax_course import verification

    return verification.report(what, logits, target, temperature)
