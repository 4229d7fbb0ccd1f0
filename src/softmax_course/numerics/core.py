r"""The arithmetic under softmax and its logarithm: short functions of arrays that are checked.

Their arrays hold float32, float64 or a wider float. What the public functions add is in
`softmax_course.numerics.functional`: checks, dtypes, the class axis, large arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["divide", "exp_normalize", "log_softmax_parts", "shift_logits"]


def divide(array: NDArray[Any], divisor: float) -> None:
    """Divide an array in place, with the divisor in float64.

    Parameters
    ----------
    array : ndarray
        Overwritten with the quotients.
    divisor : float
        Such as a temperature of 1e-300, which would be 0 in float32.

    See Also
    --------
    shift_logits : Divide by the temperature.

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course.numerics.core import divide
    >>> array = np.array([0.0, 1e-30], np.float32)
    >>> divide(array, 1e-50)
    >>> array
    array([0.e+00, 1.e+20], dtype=float32)
    """
    if divisor != 1.0:
        np.divide(array, np.float64(divisor), out=array, casting="same_kind")


def shift_logits(
    z: NDArray[Any], top: NDArray[Any], temperature: float, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    r"""Subtract each row's maximum, then divide by the temperature: :math:`(z - \max z) / T`.

    Parameters
    ----------
    z : ndarray, shape (..., n)
        Logits; the class axis may be another one.
    top : ndarray, shape (..., 1)
        Maximum of each row.
    temperature : float
        :math:`T > 0`.
    out : ndarray, shape (..., n), optional
        Where to write the result.

    Returns
    -------
    ndarray, shape (..., n)
        Numbers of at most 0, whose exponentials cannot overflow.

    See Also
    --------
    exp_normalize : The next step of softmax.
    log_softmax_parts : The same for its logarithm.

    Notes
    -----
    The difference comes first, for ``z / temperature`` may overflow where the difference does not.

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import shift_logits
    >>> z = np.array([1000.0, 999.0])
    >>> shift_logits(z, z.max(), temperature=0.5)
    array([ 0., -2.])
    """
    shifted = np.subtract(z, top, out=out)
    divide(shifted, temperature)
    return shifted


def exp_normalize(shifted: NDArray[Any], axis: int = -1) -> NDArray[Any]:
    """Exponentiate and divide by the sum of each row, in place.

    Parameters
    ----------
    shifted : ndarray, shape (..., n)
        Shifted logits, overwritten with the probabilities.
    axis : int, default -1
        Class axis.

    Returns
    -------
    ndarray, shape (..., n)
        `shifted` itself.

    See Also
    --------
    shift_logits : The step before.
    softmax : Both steps, with checks.

    Notes
    -----
    The largest term of a row is exp(0) = 1, so that the sum is neither 0 nor infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import exp_normalize
    >>> exp_normalize(np.array([0.0, -np.inf, 0.0]))
    array([0.5, 0. , 0.5])
    """
    np.exp(shifted, out=shifted)
    # One division for each row, then a product for each entry.
    shifted *= 1 / np.add.reduce(shifted, axis, keepdims=True)
    return shifted


def log_softmax_parts(
    rows: NDArray[Any], temperature: float = 1.0, out: NDArray[Any] | None = None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    r"""Split log-softmax into shifted logits and the logarithm of the sum of their exponentials.

    Parameters
    ----------
    rows : ndarray, shape (m, n)
        Logits, a row for each example.
    temperature : float, default 1.0
        :math:`T > 0`.
    out : ndarray, shape (m, n), optional
        Where to write the shifted logits.

    Returns
    -------
    shifted : ndarray, shape (m, n)
        ``(rows - top) / temperature``.
    log_sum : ndarray, shape (m,)
        Logarithm of the sum of the exponentials of `shifted`: log-softmax is
        ``shifted - log_sum[:, None]``.
    top : ndarray, shape (m,)
        Maximum of each row.

    See Also
    --------
    shift_logits : The first step.
    log_softmax, cross_entropy, logsumexp : What is made of the parts.

    Notes
    -----
    The largest term is exp(0) = 1, so that the logarithm of the sum is log1p of the sum of the
    *other* terms. Adding them to 1 would lose what is below the unit roundoff.

    Examples
    --------
    >>> import numpy as np
    >>> from softmax_course import log_softmax_parts
    >>> shifted, log_sum, top = log_softmax_parts(np.array([[7.0, -33.0]]))
    >>> shifted
    array([[  0., -40.]])
    >>> log_sum
    array([4.24835426e-18])
    """
    m, n = rows.shape
    largest = np.arange(0, m * n, n) + rows.argmax(axis=1)  # positions in the flattened array
    top = rows.take(largest)
    shifted = shift_logits(rows, top[:, np.newaxis], temperature, out)
    terms = np.exp(shifted)
    terms.put(largest, 0)
    return shifted, np.log1p(terms.sum(axis=1)), top
