r"""The whole chain from the proof to the numbers, as one table.

`report` takes a formula of the course and checks it link by link: proved for every n; the lines of
the proof evaluated with mpmath; SymPy's explicit formula, compiled; the NumPy function against 50
digits; difference quotients; and properties at n = 1000. Each link has an error and a bound derived
for it, and a broken bound raises `BoundBroken`.

Also reachable as ``report``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
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
from softmax_course.proofs import theorems
from softmax_course.proofs.explicit import (
    as_function,
    concrete_cross_entropy_gradient,
    concrete_cross_entropy_hessian,
    concrete_jacobian,
)
from softmax_course.proofs.expressions import temperature
from softmax_course.teaching import language
from softmax_course.verification.derivative_error_bounds import (
    gradient_error_bound,
    hessian_error_bound,
    hvp_error_bound,
    jacobian_error_bound,
    jvp_error_bound,
)
from softmax_course.verification.differences import (
    central_difference,
    complex_log_softmax,
    complex_softmax,
    complex_step,
)
from softmax_course.verification.error_bounds import cross_entropy_error_bound, softmax_error_bound
from softmax_course.verification.references import (
    absolute_error,
    gradient_reference,
    hessian_reference,
    jacobian_reference,
)

__all__ = ["BoundBroken", "Report", "Row", "report"]

LARGE = 1000  # classes in the last links
MOST = 12  # logits: explicit formulas are written out entry by entry
UNIT = 2.0**-53


@dataclass(frozen=True)
class Row:
    """One link of the chain.

    Attributes
    ----------
    key : str
        Of the message in ``[report.rows]`` that says what was compared.
    values : mapping
        For the placeholders of that message.
    error, bound : float
        The largest absolute error of an entry and the bound for that entry; where a bound is
        broken, those of the entry furthest beyond its own.
    """

    key: str
    values: Mapping[str, Any]
    error: float
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the error is within the bound; never for NaN."""
        return bool(self.error <= self.bound)

    @property
    def compared(self) -> str:
        """What was compared, in the language in use."""
        # "n = 3" stays on one line of a narrow table.
        return language.text(f"report.rows.{self.key}", **self.values).replace(
            " = ", "\u00a0=\u00a0"
        )


@dataclass(frozen=True)
class Report:
    """The chain as a table; shows itself in a notebook in the language in use.

    Attributes
    ----------
    what : str
        The formula, see `report`.
    rows : tuple of Row
        The links.
    """

    what: str
    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        """Whether every bound holds."""
        return all(row.holds for row in self.rows)

    @property
    def caption(self) -> str:
        """Title of the table, in the language in use."""
        subject = language.text(f"report.subjects.{self.what}")
        return language.text("report.caption", subject=subject)

    def _heads(self) -> list[str]:
        return [language.text(f"report.{k}") for k in ("compared", "error", "bound", "verdict")]

    def _repr_html_(self) -> str:
        cell = "padding: 0.3em 0.4em; text-align: start"
        number = f"{cell}; white-space: nowrap"
        heads = "".join(
            f'<th scope="col" style="{cell}">{escape(head)}</th>' for head in self._heads()
        )
        lines = "".join(
            f'<tr><th scope="row" style="{cell}; font-weight: normal">'
            f"{escape(row.compared)}</th>"
            f'<td style="{number}">{_html_number(row.error)}</td>'
            f'<td style="{number}">{_html_number(row.bound)}</td>'
            f'<td style="{number}">{escape(_verdict(row))}</td></tr>'
            for row in self.rows
        )
        caption = escape(self.caption)
        return (
            # A table wider than the screen scrolls by itself, with the keyboard too.
            f'<div role="region" tabindex="0" aria-label="{caption}" style="overflow-x: auto">'
            f'<table class="table" style="font-size: 0.85em">'
            f'<caption style="caption-side: top">{caption}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
        )

    def __repr__(self) -> str:
        table = [self._heads()]
        table += [[r.compared, _plain(r.error), _plain(r.bound), _verdict(r)] for r in self.rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
            for cells in table
        ]
        return "\n".join([self.caption, *lines])


class BoundBroken(ArithmeticError):
    """An error is larger than the bound derived for it.

    Attributes
    ----------
    report : Report
        The whole chain, to look at.
    """

    def __init__(self, report: Report):
        self.report = report
        subject = language.text(f"report.subjects.{report.what}")
        super().__init__(
            "\n".join(
                language.text(
                    "report.bound_broken",
                    subject=subject,
                    row=row.compared,
                    error=f"{row.error:.2e}",
                    bound=f"{row.bound:.2e}",
                )
                for row in report.rows
                if not row.holds
            )
        )


def _verdict(row: Row) -> str:
    return language.text("report.holds" if row.holds else "report.broken")


def _plain(x: float) -> str:
    return f"{x:.1e}" if x else "0"


def _html_number(x: float) -> str:
    if x == 0 or not np.isfinite(x):
        return f"{x:g}"
    digits, power = f"{x:.1e}".split("e")
    sign = "−" if int(power) < 0 else ""
    return f"{digits}·10<sup>{sign}{abs(int(power))}</sup>"


def report(
    what: str = "jacobian",
    logits: ArrayLike = (2.0, -1.0, 0.5),
    target: int = 0,
    temperature: float = 1.0,
) -> Report:
    r"""Check a formula from its proof to its numbers.

    Parameters
    ----------
    what : {"jacobian", "cross-entropy", "hessian"}, optional
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
        One row for each link.

    Raises
    ------
    BoundBroken
        If an error is larger than its bound.
    UnprovedStep
        If a step of the derivation is not proved.
    TypeError, ValueError
        If an argument is not as described.

    Notes
    -----
    The bounds of the NumPy functions are those of `gradcheck`. The others:

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
    ['proof', 'numbers', 'compiled', 'reference']
    """
    as_choice(what, "what", _THEOREMS)
    z = as_real_array(logits, "logits").astype(np.float64)
    if z.ndim != 1 or not 2 <= z.size <= MOST or not np.isfinite(z).all():
        raise ValueError(f"logits are 2 to {MOST} finite numbers, not {logits!r}")
    target = as_integer(target, "target", 0, z.size - 1)
    temperature = as_positive(temperature, "temperature")
    if not 0.01 <= temperature <= 100:
        raise ValueError(f"temperature is between 0.01 and 100 here, not {temperature!r}")
    chain = _Chain(what, z, target, temperature)
    found = Report(
        what,
        (
            *chain.proof(),
            chain.compiled(),
            chain.reference(),
            chain.central_difference(),
            chain.complex_step(),
            chain.zero_sum() if what == "cross-entropy" else chain.adjoint(),
        ),
    )
    if not found.holds:
        raise BoundBroken(found)
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
    """Keep the entry with the largest error; if a bound is broken, the one furthest beyond it."""
    error, bound = np.ravel(error), np.ravel(bound)
    excess = np.where(np.isnan(error), np.inf, error - bound)
    worst = int(np.argmax(excess if excess.max() > 0 else error))
    return Row(key, values, float(error[worst]), float(bound[worst]))


class _Chain:
    """The links of one report; T stands for the temperature."""

    def __init__(self, what: str, z: NDArray[np.float64], target: int, temperature: float):
        self.what, self.z, self.target, self.T = what, z, target, temperature
        self.power = 2 if what == "hessian" else 1
        rng = np.random.default_rng(LARGE)
        self.many, self.v, self.w = rng.normal(scale=2, size=(3, LARGE))

    # ---- what is checked

    def computed(self, z: NDArray[Any]) -> NDArray[Any]:
        if self.what == "jacobian":
            return softmax_jacobian(z, temperature=self.T)
        if self.what == "hessian":
            return cross_entropy_hessian(z, temperature=self.T)
        return cross_entropy_grad(z, self.target, temperature=self.T)

    def bound(self, z: NDArray[Any]) -> NDArray[Any]:
        if self.what == "jacobian":
            return jacobian_error_bound(z, temperature=self.T)
        if self.what == "hessian":
            return hessian_error_bound(z, temperature=self.T)
        return gradient_error_bound(z, self.target, temperature=self.T)

    def relative(self, z: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return p and the relative bound of its entries (for those that do not underflow)."""
        p = softmax(z, temperature=self.T)
        bound = softmax_error_bound(z, temperature=self.T)
        return p, bound / np.maximum(p, np.finfo(float).tiny)

    # ---- the links

    def proof(self) -> tuple[Row, Row]:
        theorem = _THEOREMS[self.what][self.T != 1]()
        # `derive` returns only if each difference collapsed to 0.
        gap = max(float(check.difference != 0) for check in theorem.checks)
        numbers = float(theorem.largest_gap)
        allowed = min(check.numbers.tolerance for check in theorem.checks)
        return _row("proof", gap, 0.0, steps=len(theorem.steps)), _row("numbers", numbers, allowed)

    def compiled(self) -> Row:
        size = self.z.size
        # The explicit formula is not shifted and would overflow: both sides take shifted logits.
        z = self.z - self.z.max()
        if self.what == "jacobian":
            matrix = concrete_jacobian(size, temperature)
        elif self.what == "hessian":
            matrix = concrete_cross_entropy_hessian(size, temperature)
        else:
            matrix = concrete_cross_entropy_gradient(size, self.target, temperature)
        explicit = as_function(matrix)(z, temperature=self.T)
        p, rho = self.relative(z)
        slack = 4 * ((p * rho).max() + 10 * UNIT) / self.T**self.power
        error = np.abs(explicit - self.computed(z))
        return _row("compiled", error, self.bound(z) + slack, n=size)

    def reference(self) -> Row:
        if self.what == "jacobian":
            exact = jacobian_reference(self.z, temperature=self.T)
        elif self.what == "hessian":
            exact = hessian_reference(self.z, temperature=self.T)
        else:
            exact = gradient_reference(self.z, self.target, temperature=self.T)
        error = absolute_error(self.computed(self.z), exact)
        return _row("reference", error, self.bound(self.z), n=self.z.size)

    def central_difference(self) -> Row:
        z, T, step = self.z, self.T, 1e-5
        if self.what == "cross-entropy":
            third, second = 1 / (6 * 3**0.5) / T**3, 1 / 4 / T**2
        else:
            third, second = 1 / 8 / T ** (self.power + 2), 1 / (6 * 3**0.5) / T ** (self.power + 1)

        def function(x):
            if self.what == "jacobian":
                return softmax(x, temperature=T)
            if self.what == "hessian":
                return cross_entropy_grad(x, self.target, temperature=T)
            return cross_entropy(x, self.target, temperature=T)

        def of_function(x):
            if self.what == "jacobian":
                return softmax_error_bound(x, temperature=T)
            if self.what == "hessian":
                return gradient_error_bound(x, self.target, temperature=T)
            return cross_entropy_error_bound(x, self.target, temperature=T)

        spacing = np.spacing(np.abs(z).max() + step)
        columns = []
        for k in range(z.size):
            aside = [
                np.asarray(of_function(z + sign * step * np.eye(z.size)[k])) for sign in (1, -1)
            ]
            columns.append(sum(aside) / (2 * step - 2 * spacing))
        rounding = np.stack(columns, axis=-1)
        quotient = central_difference(function, z, step)
        bound = (
            self.bound(z)
            + rounding
            + (step + spacing) ** 2 / 6 * third
            + spacing * second  # the two steps really taken differ by the spacing of floats
            + 3 * UNIT * np.abs(quotient)  # the subtraction and the division
        )
        error = np.abs(quotient - self.computed(z))
        return _row("central_difference", error, bound, n=z.size, step="10⁻⁵")

    def complex_step(self) -> Row:
        z, v, T = self.many, self.v, self.T
        p, rho = self.relative(z)
        if self.what == "cross-entropy":
            quotient = complex_step(
                lambda x: -complex_log_softmax(x, temperature=T)[self.target], z
            )
            error = np.abs(quotient - cross_entropy_grad(z, self.target, temperature=T))
            bound = (p * (rho + 10 * UNIT) + 2 * UNIT) / T
            bound = bound + gradient_error_bound(z, self.target, temperature=T)
            return _row("complex_step", error, bound, n=LARGE)
        # In a direction, so that no 1000 × 1000 matrix is made.
        quotient = complex_step(lambda t: complex_softmax(z + t * v, temperature=T), 0.0) / T ** (
            self.power - 1
        )
        product, of_product = self.product()
        size = p * np.abs(v) * (rho + 10 * UNIT) + p * (
            rho * (p @ np.abs(v)) + (p * (rho + (LARGE + 10) * UNIT)) @ np.abs(v)
        )
        error = np.abs(quotient - product(z, v, temperature=T))
        bound = size / T**self.power + of_product(z, v, temperature=T)
        return _row("complex_step", error, bound, n=LARGE)

    def product(self):
        if self.what == "hessian":
            return cross_entropy_hvp, hvp_error_bound
        return softmax_jvp, jvp_error_bound

    def adjoint(self) -> Row:
        z, v, w, T = self.many, self.v, self.w, self.T
        product, of_product = self.product()
        along_v, along_w = product(z, v, temperature=T), product(z, w, temperature=T)
        error = abs(w @ along_v - v @ along_w)
        bound = np.abs(w) @ of_product(z, v, temperature=T)
        bound += np.abs(v) @ of_product(z, w, temperature=T)
        bound += (LARGE + 1) * UNIT * (np.abs(w) @ np.abs(along_v) + np.abs(v) @ np.abs(along_w))
        return _row("adjoint", error, bound, n=LARGE)

    def zero_sum(self) -> Row:
        gradient = cross_entropy_grad(self.many, self.target, temperature=self.T)
        bound = gradient_error_bound(self.many, self.target, temperature=self.T).sum()
        bound += LARGE * UNIT * np.abs(gradient).sum()
        return _row("zero_sum", abs(gradient.sum()), bound, n=LARGE)
