"""How the error of difference quotients depends on the step size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_real_array
from softmax_course.numerics.derivatives import softmax_jacobian
from softmax_course.numerics.functional import softmax
from softmax_course.verification.derivative_references import jacobian_reference
from softmax_course.verification.differences import (
    central_difference,
    complex_softmax,
    complex_step,
)
from softmax_course.verification.references import absolute_error


class StepSizeErrors(NamedTuple):
    """Errors of two difference methods, see `step_size_errors`.

    Attributes
    ----------
    steps : ndarray, shape (m,)
        Step sizes.
    central : ndarray, shape (m,)
        Errors of `central_difference`, one for each step.
    complex : ndarray, shape (m,)
        Errors of `complex_step`, one for each step.
    closed_form : float
        Error of `softmax_course.softmax_jacobian`, which takes no step.

    See Also
    --------
    step_size_errors : Measures them.
    """

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
    z : sequence of float, optional
        Logits of one row.
    steps : array_like, shape (m,), optional
        Step sizes; default 65 from 1e-15 to 1e1, evenly spaced in the logarithm.
    temperature : float, default 1.0
        Positive; divides the logits.

    Returns
    -------
    StepSizeErrors
        Largest absolute errors of an entry of the Jacobian, against 50 digits.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.softmax_reference`, `softmax_course.central_difference` and
        `softmax_course.complex_step`.

    See Also
    --------
    softmax_course.figures.difference_error : Draws them.
    softmax_course.central_difference, softmax_course.complex_step : The two methods.

    References
    ----------
    Squire, W., Trapp, G. (1998). Using complex variables to estimate derivatives of real functions.
    SIAM Review 40(1), 110-112. doi:10.1137/S003614459631241X

    Examples
    --------
    >>> errors = step_size_errors(steps=[1e-12, 1e-5])
    >>> bool(errors.central[0] > 1e-6), bool(errors.central[1] < 1e-10)
    (True, True)
    >>> bool(errors.complex.max() < 1e-9)
    True
    """
    point = as_real_array(z, "z").astype(np.float64)
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
