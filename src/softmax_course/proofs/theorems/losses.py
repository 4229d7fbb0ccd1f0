"""Theorems about losses beside cross-entropy: focal loss, Brier score, squared error."""

from __future__ import annotations

from functools import cache

from softmax_course.proofs.derivation import Derivation, Step, derive
from softmax_course.proofs.theorems._notation import SOFTMAX


@cache
def focal_loss_gradient() -> Derivation:
    r"""Derive the gradient of the focal loss: that of cross-entropy times a factor of the row."""
    by_probability = (
        r"\left(\frac{\gamma \left(1 - p_y\right)^\gamma}{1 - p_y} \log p_y"
        r" - \frac{\left(1 - p_y\right)^\gamma}{p_y}\right)"
    )
    return derive(
        r"\frac{\partial L}{\partial z_k} = \left(1 - p_y\right)^\gamma"
        r" \left(1 - \frac{\gamma p_y \log p_y}{1 - p_y}\right) \left(p_k - \delta_{yk}\right)",
        Step(rf"{by_probability} \frac{{\partial p_y}}{{\partial z_k}}", "product_rule"),
        Step(
            r"\left(1 - p_y\right)^\gamma"
            r" \left(\frac{\gamma p_y \log p_y}{1 - p_y} - 1\right) \left(\delta_{yk} - p_k\right)",
            "softmax_derivative",
        ),
        Step(
            r"\left(1 - p_y\right)^\gamma"
            r" \left(1 - \frac{\gamma p_y \log p_y}{1 - p_y}\right) \left(p_k - \delta_{yk}\right)",
            "common_factor",
        ),
        definitions={**SOFTMAX, "L": r"-\left(1 - p_y\right)^\gamma \log p_y"},
        name="focal_loss_gradient",
    )


@cache
def brier_score_excess() -> Derivation:
    r"""Derive what a forecast p costs by the Brier score where the truth is q.

    More than the least by :math:`\sum_i (p_i - q_i)^2`: the score is proper, strictly.
    """
    return derive(
        r"\sum_{k=1}^{n} q_k \sum_{i=1}^{n} \left(p_i - \delta_{ik}\right)^2"
        r" = \sum_{i=1}^{n} \left(p_i - q_i\right)^2 + 1 - \sum_{i=1}^{n} q_i^2",
        Step(
            r"\sum_{k=1}^{n} q_k \left(\sum_{i=1}^{n} p_i^2 - 2 p_k + 1\right)",
            "square_of_difference",
        ),
        Step(
            r"\sum_{i=1}^{n} p_i^2 - 2 \sum_{i=1}^{n} p_i q_i + 1",
            "by_assumption",
        ),
        Step(
            r"\sum_{i=1}^{n} \left(p_i - q_i\right)^2 + 1 - \sum_{i=1}^{n} q_i^2",
            "square_of_difference",
        ),
        definitions=SOFTMAX,
        assumptions=[r"\sum_{j=1}^{n} q_j = 1"],
        name="brier_score_excess",
    )


@cache
def squared_error_gradient() -> Derivation:
    r"""Derive the gradient of :math:`\sum_j (p_j - y_j)^2` by the logits."""
    return derive(
        r"\frac{\partial Q}{\partial z_k}"
        r" = 2 p_k \left(p_k - y_k - \sum_{j=1}^{n} p_j \left(p_j - y_j\right)\right)",
        Step(
            r"2 \sum_{j=1}^{n} \left(p_j - y_j\right) \frac{\partial p_j}{\partial z_k}",
            "chain_rule",
        ),
        Step(
            r"2 \sum_{j=1}^{n} \left(p_j - y_j\right) p_j \left(\delta_{jk} - p_k\right)",
            "softmax_derivative",
        ),
        Step(
            r"2 p_k \left(p_k - y_k\right) - 2 p_k \sum_{j=1}^{n} p_j \left(p_j - y_j\right)",
            "delta_selects",
        ),
        Step(
            r"2 p_k \left(p_k - y_k - \sum_{j=1}^{n} p_j \left(p_j - y_j\right)\right)",
            "common_factor",
        ),
        definitions={**SOFTMAX, "Q": r"\sum_{j=1}^{n} \left(p_j - y_j\right)^2"},
        name="squared_error_gradient",
    )
