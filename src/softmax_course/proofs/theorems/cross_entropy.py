"""Theorems about log-sum-exp and cross-entropy: gradients and Hessians."""

from __future__ import annotations

from functools import cache

from softmax_course.proofs.derivation import Derivation, Step, derive
from softmax_course.proofs.theorems._notation import (
    CROSS_ENTROPY,
    SOFTMAX,
    SOFTMAX_T,
    TARGET_SUMS_TO_ONE,
)


@cache
def logsumexp_gradient() -> Derivation:
    r"""Derive :math:`\partial \operatorname{LSE} / \partial z_k = p_k`."""
    return derive(
        r"\frac{\partial}{\partial z_k}\, \log S = p_k",
        Step(r"\frac{1}{S} \cdot \frac{\partial S}{\partial z_k}", "chain_rule"),
        Step(r"\frac{1}{S} \sum_{j=1}^{n} \delta_{jk} e^{z_j}", "exp_derivatives"),
        Step(r"\frac{e^{z_k}}{S}", "delta_selects"),
        Step(r"p_k", "definition"),
        definitions=SOFTMAX,
        name="logsumexp_gradient",
    )


@cache
def log_softmax_jacobian() -> Derivation:
    r"""Derive :math:`\partial \log p_i / \partial z_k = \delta_{ik} - p_k`."""
    return derive(
        r"\frac{\partial \log p_i}{\partial z_k} = \delta_{ik} - p_k",
        Step(r"\frac{\partial}{\partial z_k}\, \left(z_i - \log S\right)", "log_of_softmax"),
        Step(
            r"\frac{\partial z_i}{\partial z_k}"
            r" - \frac{1}{S} \cdot \frac{\partial S}{\partial z_k}",
            "chain_rule",
        ),
        Step(r"\delta_{ik} - \frac{e^{z_k}}{S}", "exp_derivatives"),
        Step(r"\delta_{ik} - p_k", "definition"),
        definitions=SOFTMAX,
        name="log_softmax_jacobian",
    )


@cache
def cross_entropy_gradient() -> Derivation:
    r"""Derive :math:`\partial L / \partial z_k = p_k - y_k` for a target that sums to 1."""
    return derive(
        r"\frac{\partial L}{\partial z_k} = p_k - y_k",
        Step(r"-\sum_{j=1}^{n} y_j \frac{\partial \log p_j}{\partial z_k}", "linearity"),
        Step(
            r"-\sum_{j=1}^{n} y_j \left(\delta_{jk} - p_k\right)",
            "log_softmax_derivative",
        ),
        Step(r"-\sum_{j=1}^{n} y_j \delta_{jk} + p_k \sum_{j=1}^{n} y_j", "expand"),
        Step(r"-y_k + p_k \sum_{j=1}^{n} y_j", "delta_selects"),
        Step(r"p_k - y_k", "target_sums_to_one"),
        definitions={**SOFTMAX, "L": CROSS_ENTROPY},
        assumptions=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_gradient",
    )


@cache
def cross_entropy_gradient_index() -> Derivation:
    r"""Derive :math:`\partial L / \partial z_k = p_k - \delta_{yk}` for the index y of a class."""
    return derive(
        r"\frac{\partial L}{\partial z_k} = p_k - \delta_{yk}",
        Step(r"-\frac{\partial \log p_y}{\partial z_k}", "definition"),
        Step(r"-\left(\delta_{yk} - p_k\right)", "log_softmax_derivative"),
        Step(r"p_k - \delta_{yk}", "expand"),
        definitions={**SOFTMAX, "L": r"-\log p_y"},
        name="cross_entropy_gradient_index",
    )


@cache
def cross_entropy_by_chain_rule() -> Derivation:
    r"""Derive :math:`\partial L / \partial z_k = p_k - y_k` through the Jacobian of softmax."""
    return derive(
        r"\frac{\partial L}{\partial z_k} = p_k - y_k",
        Step(
            r"-\sum_{j=1}^{n} \frac{y_j}{p_j} \cdot \frac{\partial p_j}{\partial z_k}",
            "chain_rule",
        ),
        Step(
            r"-\sum_{j=1}^{n} \frac{y_j}{p_j} \cdot p_j \left(\delta_{jk} - p_k\right)",
            "softmax_derivative",
        ),
        Step(r"-\sum_{j=1}^{n} y_j \left(\delta_{jk} - p_k\right)", "cancel"),
        Step(r"-y_k + p_k \sum_{j=1}^{n} y_j", "delta_selects"),
        Step(r"p_k - y_k", "target_sums_to_one"),
        definitions={**SOFTMAX, "L": CROSS_ENTROPY},
        assumptions=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_by_chain_rule",
    )


@cache
def cross_entropy_logits() -> Derivation:
    r"""Derive :math:`L = \operatorname{LSE}(z) - \sum_j y_j z_j`."""
    return derive(
        r"L = \log S - \sum_{j=1}^{n} y_j z_j",
        Step(r"-\sum_{j=1}^{n} y_j \left(z_j - \log S\right)", "log_of_softmax"),
        Step(r"\log S \sum_{j=1}^{n} y_j - \sum_{j=1}^{n} y_j z_j", "linearity"),
        Step(r"\log S - \sum_{j=1}^{n} y_j z_j", "target_sums_to_one"),
        definitions={**SOFTMAX, "L": CROSS_ENTROPY},
        assumptions=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_logits",
    )


@cache
def cross_entropy_hessian() -> Derivation:
    r"""Derive :math:`\partial^2 L / \partial z_i \partial z_k = p_i(\delta_{ik} - p_k)`."""
    return derive(
        r"\frac{\partial^2 L}{\partial z_i \partial z_k} = p_i \left(\delta_{ik} - p_k\right)",
        Step(r"\frac{\partial}{\partial z_k}\, \left(p_i - y_i\right)", "gradient_known"),
        Step(r"\frac{\partial p_i}{\partial z_k}", "target_constant"),
        Step(r"p_i \left(\delta_{ik} - p_k\right)", "softmax_derivative"),
        definitions={**SOFTMAX, "L": CROSS_ENTROPY},
        assumptions=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_hessian",
    )


@cache
def cross_entropy_hessian_temperature() -> Derivation:
    r"""Derive :math:`\partial^2 L / \partial z_i \partial z_k = p_i(\delta_{ik} - p_k)/T^2`."""
    return derive(
        r"\frac{\partial^2 L}{\partial z_i \partial z_k}"
        r" = \frac{1}{T^2} p_i \left(\delta_{ik} - p_k\right)",
        Step(
            r"\frac{\partial}{\partial z_k}\, \frac{1}{T} \left(p_i - y_i\right)", "gradient_known"
        ),
        Step(r"\frac{1}{T} \cdot \frac{\partial p_i}{\partial z_k}", "target_constant"),
        Step(r"\frac{1}{T^2} p_i \left(\delta_{ik} - p_k\right)", "softmax_derivative"),
        definitions={**SOFTMAX_T, "L": CROSS_ENTROPY},
        assumptions=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_hessian_temperature",
    )


@cache
def gradient_sums_to_zero() -> Derivation:
    r"""Derive :math:`\sum_k (p_k - y_k) = 0`."""
    return derive(
        r"\sum_{k=1}^{n} \left(p_k - y_k\right) = 0",
        Step(r"\sum_{k=1}^{n} p_k - \sum_{k=1}^{n} y_k", "linearity"),
        Step(r"1 - 1", "both_sum_to_one"),
        Step("0", "cancel"),
        definitions=SOFTMAX,
        assumptions=[TARGET_SUMS_TO_ONE],
        name="gradient_sums_to_zero",
    )


@cache
def cross_entropy_gradient_temperature() -> Derivation:
    r"""Derive :math:`\partial L / \partial z_k = (p_k - y_k)/T` for p = softmax(z/T)."""
    return derive(
        r"\frac{\partial L}{\partial z_k} = \frac{1}{T} \left(p_k - y_k\right)",
        Step(r"-\sum_{j=1}^{n} y_j \frac{\partial \log p_j}{\partial z_k}", "linearity"),
        Step(
            r"-\sum_{j=1}^{n} y_j \frac{\partial}{\partial z_k}\,"
            r" \left(\frac{z_j}{T} - \log S\right)",
            "log_of_softmax",
        ),
        Step(r"-\sum_{j=1}^{n} y_j \frac{1}{T} \left(\delta_{jk} - p_k\right)", "inner_derivative"),
        Step(r"\frac{1}{T} \left(-y_k + p_k \sum_{j=1}^{n} y_j\right)", "delta_selects"),
        Step(r"\frac{1}{T} \left(p_k - y_k\right)", "target_sums_to_one"),
        definitions={**SOFTMAX_T, "L": CROSS_ENTROPY},
        assumptions=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_gradient_temperature",
    )


@cache
def cross_entropy_gradient_label_smoothing() -> Derivation:
    r"""Derive :math:`\partial L / \partial z_k = p_k - (1-\varepsilon)y_k - \varepsilon/n`."""
    return derive(
        r"\frac{\partial L}{\partial z_k} = p_k - (1 - \varepsilon) y_k - \frac{\varepsilon}{n}",
        Step(r"-\sum_{j=1}^{n} \tilde y_j \frac{\partial \log p_j}{\partial z_k}", "linearity"),
        Step(
            r"-\sum_{j=1}^{n} \tilde y_j \left(\delta_{jk} - p_k\right)", "log_softmax_derivative"
        ),
        Step(r"p_k \sum_{j=1}^{n} \tilde y_j - \tilde y_k", "delta_selects"),
        Step(r"p_k - \tilde y_k", "smoothed_sums_to_one"),
        Step(r"p_k - (1 - \varepsilon) y_k - \frac{\varepsilon}{n}", "definition"),
        definitions={
            **SOFTMAX,
            r"\tilde y_i": r"(1 - \varepsilon) y_i + \frac{\varepsilon}{n}",
            "L": r"-\sum_{j=1}^{n} \tilde y_j \log p_j",
        },
        assumptions=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_gradient_label_smoothing",
    )


@cache
def kl_gradient() -> Derivation:
    r"""Derive :math:`\partial D / \partial z_k = p_k - y_k` for the divergence of p from y."""
    return derive(
        r"\frac{\partial D}{\partial z_k} = p_k - y_k",
        Step(
            r"\frac{\partial}{\partial z_k}\, \left(\sum_{j=1}^{n} y_j \log y_j"
            r" - \sum_{j=1}^{n} y_j \log p_j\right)",
            "log_of_quotient",
        ),
        Step(r"-\sum_{j=1}^{n} y_j \frac{\partial \log p_j}{\partial z_k}", "target_constant"),
        Step(r"-\sum_{j=1}^{n} y_j \left(\delta_{jk} - p_k\right)", "log_softmax_derivative"),
        Step(r"-y_k + p_k \sum_{j=1}^{n} y_j", "delta_selects"),
        Step(r"p_k - y_k", "target_sums_to_one"),
        definitions={**SOFTMAX, "D": r"\sum_{j=1}^{n} y_j \log \frac{y_j}{p_j}"},
        assumptions=[TARGET_SUMS_TO_ONE],
        name="kl_gradient",
    )


@cache
def cross_entropy_decomposition() -> Derivation:
    r"""Derive :math:`L = H + D`: cross-entropy is entropy plus divergence."""
    return derive(
        r"L = H + D",
        Step(
            r"-\sum_{j=1}^{n} y_j \left(\log y_j - \log \frac{y_j}{p_j}\right)", "log_of_quotient"
        ),
        Step(
            r"-\sum_{j=1}^{n} y_j \log y_j + \sum_{j=1}^{n} y_j \log \frac{y_j}{p_j}", "linearity"
        ),
        Step(r"H + D", "definition"),
        definitions={
            **SOFTMAX,
            "L": CROSS_ENTROPY,
            "H": r"-\sum_{j=1}^{n} y_j \log y_j",
            "D": r"\sum_{j=1}^{n} y_j \log \frac{y_j}{p_j}",
        },
        name="cross_entropy_decomposition",
    )
