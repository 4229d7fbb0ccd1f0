"""Theorems about softmax and log-sum-exp themselves."""

from __future__ import annotations

from functools import cache

from softmax_course.proofs.derivation import Derivation, Step, derive
from softmax_course.proofs.theorems._notation import SOFTMAX


@cache
def probabilities_sum_to_one() -> Derivation:
    r"""Derive :math:`\sum_i p_i = 1`."""
    return derive(
        r"\sum_{i=1}^{n} p_i = 1",
        Step(r"\sum_{i=1}^{n} \frac{e^{z_i}}{S}", "definition"),
        Step(r"\frac{1}{S} \sum_{i=1}^{n} e^{z_i}", "common_factor"),
        Step(r"\frac{S}{S}", "sum_is_s"),
        Step("1", "cancel"),
        definitions=SOFTMAX,
        name="probabilities_sum_to_one",
    )


@cache
def shift_invariance() -> Derivation:
    r"""Derive :math:`\operatorname{softmax}(z + c)_i = \operatorname{softmax}(z)_i`."""
    return derive(
        r"\operatorname{softmax}(z+c)_i = \operatorname{softmax}(z)_i",
        Step(r"\frac{e^{z_i + c}}{\sum_{j=1}^{n} e^{z_j + c}}", "definition"),
        Step(r"\frac{e^{c} e^{z_i}}{\sum_{j=1}^{n} e^{c} e^{z_j}}", "exp_of_sum"),
        Step(r"\frac{e^{c} e^{z_i}}{e^{c} \sum_{j=1}^{n} e^{z_j}}", "common_factor"),
        Step(r"\frac{e^{z_i}}{\sum_{j=1}^{n} e^{z_j}}", "cancel"),
        Step(r"\operatorname{softmax}(z)_i", "definition"),
        definitions={
            r"\operatorname{softmax}(z)_i": r"\frac{e^{z_i}}{\sum_{j=1}^{n} e^{z_j}}",
            r"\operatorname{softmax}(z+c)_i": r"\frac{e^{z_i + c}}{\sum_{j=1}^{n} e^{z_j + c}}",
        },
        name="shift_invariance",
    )


@cache
def log_odds() -> Derivation:
    r"""Derive :math:`\log(p_i/p_k) = z_i - z_k`."""
    return derive(
        r"\log \frac{p_i}{p_k} = z_i - z_k",
        Step(r"\log p_i - \log p_k", "log_of_quotient"),
        Step(r"\left(z_i - \log S\right) - \left(z_k - \log S\right)", "log_of_softmax"),
        Step(r"z_i - z_k", "cancel"),
        definitions=SOFTMAX,
        name="log_odds",
    )


@cache
def logsumexp_shift() -> Derivation:
    r"""Derive :math:`\operatorname{LSE}(z + c) = \operatorname{LSE}(z) + c`."""
    return derive(
        r"\operatorname{LSE}(z+c) = \operatorname{LSE}(z) + c",
        Step(r"\log \sum_{j=1}^{n} e^{z_j + c}", "definition"),
        Step(r"\log \left( e^{c} \sum_{j=1}^{n} e^{z_j} \right)", "common_factor"),
        Step(r"\log e^{c} + \log \sum_{j=1}^{n} e^{z_j}", "log_of_product"),
        Step(r"\operatorname{LSE}(z) + c", "definition"),
        definitions={
            r"\operatorname{LSE}(z)": r"\log \sum_{j=1}^{n} e^{z_j}",
            r"\operatorname{LSE}(z+c)": r"\log \sum_{j=1}^{n} e^{z_j + c}",
        },
        name="logsumexp_shift",
    )
