"""Theorems about where softmax comes from, and about its geometry."""

from __future__ import annotations

from functools import cache

from softmax_course.proofs.derivation import Derivation, Step, derive
from softmax_course.proofs.theorems._notation import SOFTMAX, SOFTMAX_T


@cache
def exponential_family_gradient() -> Derivation:
    r"""Derive :math:`\partial \log p_i / \partial \theta = v_i - \sum_j p_j v_j`.

    Observed less expected, for probabilities in proportion to :math:`e^{\theta v_i}`.
    """
    return derive(
        r"\frac{\partial \log p_i}{\partial \theta} = v_i - \sum_{j=1}^{n} p_j v_j",
        Step(
            r"\frac{\partial}{\partial \theta}\, \left(\theta v_i - \log S\right)", "log_of_softmax"
        ),
        Step(r"v_i - \frac{1}{S} \sum_{j=1}^{n} v_j e^{\theta v_j}", "chain_rule"),
        Step(r"v_i - \sum_{j=1}^{n} p_j v_j", "definition"),
        definitions={
            "p_i": r"\frac{e^{\theta v_i}}{S}",
            "S": r"\sum_{j=1}^{n} e^{\theta v_j}",
        },
        name="exponential_family_gradient",
    )


@cache
def free_energy() -> Derivation:
    r"""Derive :math:`\sum_j q_j z_j + T H(q) = T \log S - T D(q \,\|\, p)`.

    A divergence is never negative, and 0 only at q = p: the left side is largest at softmax.
    """
    return derive(
        r"\sum_{j=1}^{n} q_j z_j + T H = T \log S - T D",
        Step(r"\sum_{j=1}^{n} q_j \left(z_j - T \log q_j\right)", "linearity"),
        Step(
            r"T \sum_{j=1}^{n} q_j \left(\log p_j + \log S - \log q_j\right)",
            "log_of_softmax",
        ),
        Step(
            r"T \log S \sum_{j=1}^{n} q_j - T \sum_{j=1}^{n} q_j \log \frac{q_j}{p_j}",
            "log_of_quotient",
        ),
        Step(r"T \log S - T D", "by_assumption"),
        definitions={
            **SOFTMAX_T,
            "H": r"-\sum_{j=1}^{n} q_j \log q_j",
            "D": r"\sum_{j=1}^{n} q_j \log \frac{q_j}{p_j}",
        },
        assumptions=[r"\sum_{j=1}^{n} q_j = 1"],
        name="free_energy",
    )


@cache
def logsumexp_hessian() -> Derivation:
    r"""Derive that the Hessian of log-sum-exp is the Jacobian of softmax."""
    return derive(
        r"\frac{\partial^2}{\partial z_i \partial z_k}\, \log S"
        r" = p_i \left(\delta_{ik} - p_k\right)",
        Step(r"\frac{\partial p_i}{\partial z_k}", "logsumexp_gradient_known"),
        Step(r"p_i \left(\delta_{ik} - p_k\right)", "softmax_derivative"),
        definitions=SOFTMAX,
        name="logsumexp_hessian",
    )


@cache
def fisher_information() -> Derivation:
    r"""Derive that the Fisher information of the logits is the Jacobian of softmax."""
    return derive(
        r"I_{ik} = p_i \left(\delta_{ik} - p_k\right)",
        Step(
            r"\sum_{j=1}^{n} p_j \left(\delta_{ji} - p_i\right) \left(\delta_{jk} - p_k\right)",
            "log_softmax_derivative",
        ),
        # The rest, -p_i \sum_j p_j (\delta_{jk} - p_k), is 0.
        Step(r"\sum_{j=1}^{n} p_j \delta_{ji} \left(\delta_{jk} - p_k\right)", "probs_sum_to_one"),
        Step(r"p_i \left(\delta_{ik} - p_k\right)", "delta_selects"),
        definitions={
            **SOFTMAX,
            "I_{ik}": (
                r"\sum_{j=1}^{n} p_j \frac{\partial \log p_j}{\partial z_i}"
                r" \cdot \frac{\partial \log p_j}{\partial z_k}"
            ),
        },
        name="fisher_information",
    )


@cache
def exponentiated_gradient() -> Derivation:
    r"""Derive that a step of exponentiated gradient is a step :math:`-\eta g` of the logits."""
    return derive(
        r"\frac{p_i e^{-\eta g_i}}{\sum_{j=1}^{n} p_j e^{-\eta g_j}}"
        r" = \frac{e^{z_i - \eta g_i}}{\sum_{j=1}^{n} e^{z_j - \eta g_j}}",
        Step(
            r"\frac{\frac{1}{S} e^{z_i} e^{-\eta g_i}}"
            r"{\frac{1}{S} \sum_{j=1}^{n} e^{z_j} e^{-\eta g_j}}",
            "definition",
        ),
        Step(
            r"\frac{e^{z_i} e^{-\eta g_i}}{\sum_{j=1}^{n} e^{z_j} e^{-\eta g_j}}",
            "cancel",
        ),
        Step(r"\frac{e^{z_i - \eta g_i}}{\sum_{j=1}^{n} e^{z_j - \eta g_j}}", "exp_of_sum"),
        definitions=SOFTMAX,
        name="exponentiated_gradient",
    )
