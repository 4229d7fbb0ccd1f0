"""One table that checks a formula of the course from its proof to its numbers.

`report` proves the formula for every n, evaluates the lines of the proof with mpmath, compiles
SymPy's explicit formula, compares the NumPy function with a reference in 50 digits and with
difference quotients, and tests properties at n = 1000. Each row has an error and a bound derived
for it; an error beyond its bound raises `BoundExceededError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_choice, as_integer, as_positive, as_real_array
from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
)
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.proofs import expressions, theorems
from softmax_course.proofs.explicit import (
    as_function,
    explicit_cross_entropy_gradient,
    explicit_cross_entropy_hessian,
    explicit_jacobian,
)
from softmax_course.proofs.numeric_check import TOLERANCE
from softmax_course.verification.derivative_error_bounds import (
    gradient_error_bound,
    hessian_error_bound,
    hvp_error_bound,
    jacobian_error_bound,
    jvp_error_bound,
)
from softmax_course.verification.derivative_references import (
    gradient_reference,
    hessian_reference,
    jacobian_reference,
)
from softmax_course.verification.differences import (
    central_difference,
    complex_log_softmax,
    complex_softmax,
    complex_step,
)
from softmax_course.verification.error_bounds import cross_entropy_error_bound, softmax_error_bound
from softmax_course.verification.references import absolute_error

MANY_CLASSES = 1000  # in the last rows
MAX_CLASSES = 12  # of the logits: explicit formulas are written out entry by entry
UNIT_ROUNDOFF = 2.0**-53
CENTRAL_STEP = 1e-5


@dataclass(frozen=True)
class Row:
    """One comparison of a report.

    Attributes
    ----------
    key : str
        What was compared, such as ``"central_difference"``; key of its description in the
        ``[report.rows]`` table of the message files.
    values : mapping
        Numbers of that comparison: ``n``, ``steps``, ``step``.
    error, bound : float
        The largest absolute error of an entry and the bound for that entry; where a bound is
        exceeded, those of the entry furthest beyond its own.

    See Also
    --------
    Report : Holds the rows.
    """

    key: str
    values: Mapping[str, Any]
    error: float
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the error is within the bound; never for NaN."""
        return bool(self.error <= self.bound)

    def __str__(self) -> str:
        values = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        return f"{self.key} ({values})" if values else self.key


@dataclass(frozen=True)
class Report:
    """Errors and bounds of a formula.

    Made by `report`. In a notebook that has called `language.use` it is shown as a table in the
    reader's language.

    Attributes
    ----------
    formula : str
        The formula, see `report`.
    rows : tuple of Row
        One for each comparison.

    See Also
    --------
    report : Makes it.
    """

    formula: str
    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        """Whether every error is within its bound."""
        return all(row.holds for row in self.rows)

    def __repr__(self) -> str:
        lines = [f"<Report {self.formula}: {'holds' if self.holds else 'a bound is exceeded'}>"]
        lines += [f"  {row}: error {row.error:.1e}, bound {row.bound:.1e}" for row in self.rows]
        return "\n".join(lines)


class BoundExceededError(ArithmeticError):
    """An error is larger than the bound derived for it.

    Parameters
    ----------
    report : Report
        All rows, those within their bound too.

    See Also
    --------
    softmax_course.report : Raises it.
    """

    def __init__(self, report: Report):
        self.report = report
        super().__init__(
            "\n".join(
                f"{report.formula}, {row}: "
                f"the error {row.error:.2e} exceeds the bound {row.bound:.2e}"
                for row in report.rows
                if not row.holds
            )
        )


def report(
    formula: str = "jacobian",
    logits: ArrayLike = (2.0, -1.0, 0.5),
    target: int = 0,
    temperature: float = 1.0,
) -> Report:
    r"""Check a formula from its proof to its numbers.

    Parameters
    ----------
    formula : {"jacobian", "cross-entropy", "hessian"}, optional
        The Jacobian of softmax, the gradient of cross-entropy, or its Hessian.
    logits : array_like, shape (n,), optional
        Where to evaluate, 2 to 12 finite numbers.
    target : int, optional
        Class index for cross-entropy, from 0.
    temperature : float, optional
        Divides the logits; 0.01 to 100.

    Returns
    -------
    Report
        One row for each comparison.

    Raises
    ------
    BoundExceededError
        If an error is larger than its bound.
    UnprovedStepError
        If a step of the derivation is not proved.
    TypeError, ValueError
        If an argument is not as described.

    See Also
    --------
    softmax_course.theorems : The proofs.
    softmax_course.jacobian_error_bound : One of the bounds.
    softmax_course.jacobian_reference : One of the references.

    Notes
    -----
    The bounds of the NumPy functions are those of `softmax_course.verification.error_bounds` and
    `softmax_course.verification.derivative_error_bounds`. The others:

    *Explicit formula.* SymPy's entry is a difference of two products of at most two softmax
    quotients; with :math:`\rho` the relative bound of one quotient it errs by at most
    :math:`4(\rho + 10u)/T^k`, since each quotient is at most 1.

    *Central differences.* Along :math:`z_k` every :math:`p_i` is a multiple, of at most 1, of a
    sigmoid or of one minus it, so its third derivative is at most 1/8, and that of the loss
    :math:`1/(6\sqrt 3)`: the truncation error is at most :math:`h^2/6` times that. The rounding
    error is that of the two values, divided by :math:`2h`.

    *Complex step.* The quotient :math:`(a + ib)/(c + id)` has imaginary part
    :math:`(b - ad/c)/c`, with :math:`b/c = p_i v_i h` and :math:`d/c = h \sum_k p_k v_k`. Each of
    the two terms carries the relative error of its quotients and fewer than ten further roundings.

    Examples
    --------
    >>> found = report("jacobian", [2.0, -1.0, 0.5])
    >>> found.holds
    True
    >>> [row.key for row in found.rows][:4]
    ['proof', 'numeric_check', 'explicit_formula', 'reference']
    """
    as_choice(formula, "formula", _THEOREMS)
    z = as_real_array(logits, "logits").astype(np.float64)
    if z.ndim != 1 or not 2 <= z.size <= MAX_CLASSES or not np.isfinite(z).all():
        raise ValueError(f"logits are 2 to {MAX_CLASSES} finite numbers, not {logits!r}")
    target = as_integer(target, "target", 0, z.size - 1)
    temperature = as_positive(temperature, "temperature")
    if not 0.01 <= temperature <= 100:
        raise ValueError(f"temperature is between 0.01 and 100 here, not {temperature!r}")
    comparisons = _Comparisons(formula, z, target, temperature)
    found = Report(
        formula,
        (
            comparisons.proof(),
            comparisons.numeric_check(),
            comparisons.explicit_formula(),
            comparisons.reference(),
            comparisons.central_difference(),
            comparisons.complex_step(),
            comparisons.zero_sum() if formula == "cross-entropy" else comparisons.adjoint(),
        ),
    )
    if not found.holds:
        raise BoundExceededError(found)
    return found


# The derivation at T = 1, and at any T.
_THEOREMS = {
    "jacobian": (theorems.softmax_jacobian, theorems.softmax_jacobian_temperature),
    "cross-entropy": (
        theorems.cross_entropy_gradient,
        theorems.cross_entropy_gradient_temperature,
    ),
    "hessian": (theorems.cross_entropy_hessian, theorems.cross_entropy_hessian_temperature),
}


def _row(key: str, error: ArrayLike, bound: ArrayLike, **values: Any) -> Row:
    """Keep the entry with the largest error, or the one furthest beyond its bound."""
    error, bound = np.ravel(error), np.ravel(bound)
    excess = np.where(np.isnan(error), np.inf, error - bound)
    worst = int(np.argmax(excess if excess.max() > 0 else error))
    return Row(key, values, float(error[worst]), float(bound[worst]))


class _Comparisons:
    """Make the rows of one report: the first for the logits given, the last for many classes."""

    # What is checked, and the function that it is the derivative of.
    computed: Callable[..., NDArray[Any]]
    bound: Callable[..., NDArray[Any]]
    exact: Callable[..., NDArray[Any]]
    function: Callable[..., Any]
    function_bound: Callable[..., Any]

    def __init__(self, formula: str, z: NDArray[np.float64], target: int, temperature: float):
        self.formula, self.z, self.target, self.temperature = formula, z, target, temperature
        self.theorem = _THEOREMS[formula][temperature != 1]()
        self.power = 2 if formula == "hessian" else 1
        rng = np.random.default_rng(MANY_CLASSES)
        self.many_z, self.v, self.w = rng.normal(scale=2, size=(3, MANY_CLASSES))
        scale: dict[str, Any] = {"temperature": temperature}
        loss: dict[str, Any] = {"target": target, "temperature": temperature}
        if formula == "jacobian":
            self.computed = partial(softmax_jacobian, **scale)
            self.bound = partial(jacobian_error_bound, **scale)
            self.exact = partial(jacobian_reference, **scale)
            self.function = partial(softmax, **scale)
            self.function_bound = partial(softmax_error_bound, **scale)
        elif formula == "hessian":
            self.computed = partial(cross_entropy_hessian, **scale)
            self.bound = partial(hessian_error_bound, **scale)
            self.exact = partial(hessian_reference, **scale)
            self.function = partial(cross_entropy_grad, **loss)
            self.function_bound = partial(gradient_error_bound, **loss)
        else:
            self.computed = partial(cross_entropy_grad, **loss)
            self.bound = partial(gradient_error_bound, **loss)
            self.exact = partial(gradient_reference, **loss)
            self.function = partial(cross_entropy, **loss)
            self.function_bound = partial(cross_entropy_error_bound, **loss)

    def relative(self, z: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return p and the relative bound of its entries (for those that do not underflow)."""
        p = softmax(z, temperature=self.temperature)
        bound = softmax_error_bound(z, temperature=self.temperature)
        return p, bound / np.maximum(p, np.finfo(float).tiny)

    # ---- the rows

    def proof(self) -> Row:
        # `derive` returns only if each difference collapsed to 0.
        gap = max(float(check.difference != 0) for check in self.theorem.checks)
        return _row("proof", gap, 0.0, steps=len(self.theorem.steps))

    def numeric_check(self) -> Row:
        return _row("numeric_check", float(self.theorem.largest_gap), TOLERANCE)

    def explicit_formula(self) -> Row:
        size = self.z.size
        # The explicit formula is not shifted and would overflow: both sides take shifted logits.
        z = self.z - self.z.max()
        if self.formula == "jacobian":
            matrix = explicit_jacobian(size, expressions.temperature)
        elif self.formula == "hessian":
            matrix = explicit_cross_entropy_hessian(size, expressions.temperature)
        else:
            matrix = explicit_cross_entropy_gradient(size, self.target, expressions.temperature)
        explicit = as_function(matrix)(z, temperature=self.temperature)
        p, rho = self.relative(z)
        slack = 4 * ((p * rho).max() + 10 * UNIT_ROUNDOFF) / self.temperature**self.power
        error = np.abs(explicit - self.computed(z))
        return _row("explicit_formula", error, self.bound(z) + slack, n=size)

    def reference(self) -> Row:
        error = absolute_error(self.computed(self.z), self.exact(self.z))
        return _row("reference", error, self.bound(self.z), n=self.z.size)

    def central_difference(self) -> Row:
        z, temperature, step = self.z, self.temperature, CENTRAL_STEP
        if self.formula == "cross-entropy":
            third = 1 / (6 * 3**0.5) / temperature**3
            second = 1 / 4 / temperature**2
        else:
            third = 1 / 8 / temperature ** (self.power + 2)
            second = 1 / (6 * 3**0.5) / temperature ** (self.power + 1)

        spacing = np.spacing(np.abs(z).max() + step)
        columns = []
        for k in range(z.size):
            moved = step * np.eye(z.size)[k]
            both = self.function_bound(z + moved) + self.function_bound(z - moved)
            columns.append(both / (2 * step - 2 * spacing))
        rounding = np.stack(columns, axis=-1)
        quotient = central_difference(self.function, z, step)
        bound = (
            self.bound(z)
            + rounding
            + (step + spacing) ** 2 / 6 * third
            + spacing * second  # the two steps really taken differ by the spacing of floats
            + 3 * UNIT_ROUNDOFF * np.abs(quotient)  # the subtraction and the division
        )
        error = np.abs(quotient - self.computed(z))
        return _row("central_difference", error, bound, n=z.size, step=step)

    def complex_step(self) -> Row:
        z, v, temperature = self.many_z, self.v, self.temperature
        p, rho = self.relative(z)
        if self.formula == "cross-entropy":
            quotient = complex_step(
                lambda x: -complex_log_softmax(x, temperature=temperature)[self.target], z
            )
            error = np.abs(quotient - cross_entropy_grad(z, self.target, temperature=temperature))
            bound = (p * (rho + 10 * UNIT_ROUNDOFF) + 2 * UNIT_ROUNDOFF) / temperature
            bound = bound + gradient_error_bound(z, self.target, temperature=temperature)
            return _row("complex_step", error, bound, n=MANY_CLASSES)
        # In a direction, so that no 1000 × 1000 matrix is made.
        quotient = complex_step(
            lambda t: complex_softmax(z + t * v, temperature=temperature), 0.0
        ) / temperature ** (self.power - 1)
        product, product_bound = self.product()
        size = p * np.abs(v) * (rho + 10 * UNIT_ROUNDOFF) + p * (
            rho * (p @ np.abs(v)) + (p * (rho + (MANY_CLASSES + 10) * UNIT_ROUNDOFF)) @ np.abs(v)
        )
        error = np.abs(quotient - product(z, v, temperature=temperature))
        bound = size / temperature**self.power + product_bound(z, v, temperature=temperature)
        return _row("complex_step", error, bound, n=MANY_CLASSES)

    def product(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Return the product of the matrix with a direction, and its error bound."""
        if self.formula == "hessian":
            return cross_entropy_hvp, hvp_error_bound
        return softmax_jvp, jvp_error_bound

    def adjoint(self) -> Row:
        z, v, w, temperature = self.many_z, self.v, self.w, self.temperature
        product, product_bound = self.product()
        product_v = product(z, v, temperature=temperature)
        product_w = product(z, w, temperature=temperature)
        error = abs(w @ product_v - v @ product_w)
        bound = np.abs(w) @ product_bound(z, v, temperature=temperature)
        bound += np.abs(v) @ product_bound(z, w, temperature=temperature)
        sizes = np.abs(w) @ np.abs(product_v) + np.abs(v) @ np.abs(product_w)
        bound += (MANY_CLASSES + 1) * UNIT_ROUNDOFF * sizes
        return _row("adjoint", error, bound, n=MANY_CLASSES)

    def zero_sum(self) -> Row:
        gradient = cross_entropy_grad(self.many_z, self.target, temperature=self.temperature)
        bound = gradient_error_bound(self.many_z, self.target, temperature=self.temperature).sum()
        bound += MANY_CLASSES * UNIT_ROUNDOFF * np.abs(gradient).sum()
        return _row("zero_sum", abs(gradient.sum()), bound, n=MANY_CLASSES)
