r"""How right are the numbers? Three independent ways to check a formula and the code for it.

* **Differences** know nothing of the derivative: `central_difference`, `complex_step`; see
  `softmax_course.differences`.
* **References** evaluate the definition in 50 digits: `softmax_reference` and its kin; see
  `softmax_course.references`.
* **Bounds** say how far the rounded result may lie from the reference: `softmax_error_bound` and
  its kin; see `softmax_course.bounds`.

All of them can be had from here, and two tables made with them: `step_size_errors` and `report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_real_array
from softmax_course.bounds import (
    cross_entropy_error_bound,
    exp_error,
    gradient_error_bound,
    hessian_error_bound,
    hvp_error_bound,
    jacobian_error_bound,
    jvp_error_bound,
    log1p_error,
    log_softmax_error_bound,
    logsumexp_error_bound,
    normwise_softmax_bound,
    softmax_error_bound,
)
from softmax_course.derivatives import softmax_jacobian
from softmax_course.differences import (
    central_difference,
    complex_log_softmax,
    complex_logsumexp,
    complex_softmax,
    complex_step,
)
from softmax_course.functional import softmax
from softmax_course.references import (
    absolute_error,
    cross_entropy_reference,
    gradient_reference,
    hessian_reference,
    hvp_reference,
    jacobian_reference,
    jvp_reference,
    log_softmax_reference,
    logsumexp_reference,
    softmax_reference,
)

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
