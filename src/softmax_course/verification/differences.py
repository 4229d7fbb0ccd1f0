r"""Difference quotients: derivatives from the function itself, knowing nothing of its formula.

`central_difference` evaluates the function on both sides, `complex_step` its extension to complex
numbers, which `complex_softmax` and its kin are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_positive, as_real_array, check_top, class_axis


def _as_point(x: ArrayLike) -> NDArray[np.float64]:
    return as_real_array(x, "x").astype(np.float64)


def central_difference(
    f: Callable[[NDArray[np.float64]], ArrayLike], x: ArrayLike, step: float = 6e-6
) -> NDArray[np.float64]:
    r"""Differentiate a function by central differences, :math:`(f(x + h) - f(x - h)) / 2h`.

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
    ndarray of float64
        All partial derivatives, the shape of ``f(x)`` followed by the shape of `x`.

    Raises
    ------
    TypeError
        If `x` is not of real numbers, or `step` is no number.
    ValueError
        If `step` is not positive and finite, or too small to change `x`.

    See Also
    --------
    complex_step : Without a difference that cancels.
    softmax_course.step_size_errors : Compares both for many step sizes.

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
    r"""Differentiate a function by the complex step, :math:`\operatorname{Im} f(x + ih) / h`.

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
    ndarray of float64
        All partial derivatives, the shape of ``f(x)`` followed by the shape of `x`.

    Raises
    ------
    TypeError
        If `x` is not of real numbers, `step` is no number, or `f` returns real numbers: the
        imaginary part, and with it the derivative, is lost.
    ValueError
        If `step` is not positive and finite.

    See Also
    --------
    central_difference : For functions that take real numbers only.
    complex_softmax, complex_log_softmax, complex_logsumexp : Functions that it can differentiate.

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
    """Return the softmax of complex logits, for `complex_step`.

    `softmax_course.softmax` refuses complex numbers: they are no logits, and a probability has no
    imaginary part. Here the imaginary part carries the derivative.

    Parameters
    ----------
    z : array_like
        Complex logits.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.

    Returns
    -------
    ndarray of complex128
        The shape of `z`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax`, except that complex numbers are welcome.

    See Also
    --------
    softmax_course.softmax : For real logits.
    complex_step : Differentiates it.

    Examples
    --------
    >>> complex_softmax([0.0, 0.0])
    array([0.5+0.j, 0.5+0.j])
    """
    shifted, total, _ = _complex_terms(z, axis, temperature)
    return np.exp(shifted) / total


def complex_logsumexp(z: ArrayLike, axis: int = -1) -> Any:
    """Return the log-sum-exp of complex logits, for `complex_step`.

    Parameters
    ----------
    z : array_like
        Complex logits.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray of complex128
        The shape of `z` without `axis`.

    Raises
    ------
    TypeError, ValueError
        As `complex_softmax`: each row needs a finite logit.

    See Also
    --------
    softmax_course.logsumexp : For real logits.
    complex_step : Differentiates it.

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
    """Return the log-softmax of complex logits, for `complex_step`.

    Parameters
    ----------
    z : array_like
        Complex logits.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        Positive; divides the logits.

    Returns
    -------
    ndarray of complex128
        The shape of `z`. Its negative at the label is the cross-entropy.

    Raises
    ------
    TypeError, ValueError
        As `complex_softmax`.

    See Also
    --------
    softmax_course.log_softmax : For real logits.
    complex_step : Differentiates it.

    Examples
    --------
    >>> complex_step(lambda z: -complex_log_softmax(z)[0], [0.0, 0.0])
    array([-0.5,  0.5])
    """
    shifted, total, _ = _complex_terms(z, axis, temperature)
    return shifted - np.log(total)
