"""Theorems about the Jacobian of softmax."""

from __future__ import annotations

from functools import cache

from softmax_course.proofs.derivation import Derivation, Step, derive
from softmax_course.proofs.theorems._notation import JACOBIAN, SOFTMAX, SOFTMAX_T


@cache
def softmax_jacobian() -> Derivation:
    r"""Derive :math:`\partial p_i / \partial z_k = p_i(\delta_{ik} - p_k)`."""
    return derive(
        r"\frac{\partial p_i}{\partial z_k} = p_i \left(\delta_{ik} - p_k\right)",
        Step(r"\frac{\partial}{\partial z_k}\, \frac{e^{z_i}}{S}", "definition"),
        Step(
            r"\frac{\dfrac{\partial e^{z_i}}{\partial z_k} S"
            r" - e^{z_i} \dfrac{\partial S}{\partial z_k}}{S^2}",
            "quotient_rule",
        ),
        Step(r"\frac{\delta_{ik} e^{z_i} S - e^{z_i} e^{z_k}}{S^2}", "exp_derivatives"),
        Step(r"\frac{e^{z_i}}{S} \left(\delta_{ik} - \frac{e^{z_k}}{S}\right)", "common_factor"),
        Step(r"p_i \left(\delta_{ik} - p_k\right)", "definition"),
        definitions=SOFTMAX,
        name="softmax_jacobian",
    )


@cache
def softmax_jacobian_diagonal() -> Derivation:
    r"""Derive :math:`\partial p_i / \partial z_i = p_i(1 - p_i)`."""
    return derive(
        r"\frac{\partial p_i}{\partial z_i} = p_i \left(1 - p_i\right)",
        Step(
            r"\frac{\dfrac{\partial e^{z_i}}{\partial z_i} S"
            r" - e^{z_i} \dfrac{\partial S}{\partial z_i}}{S^2}",
            "quotient_rule",
        ),
        Step(r"\frac{e^{z_i} S - e^{z_i} e^{z_i}}{S^2}", "exp_derivatives"),
        Step(r"\frac{e^{z_i}}{S} \cdot \frac{S - e^{z_i}}{S}", "common_factor"),
        Step(r"p_i \left(1 - p_i\right)", "definition"),
        definitions=SOFTMAX,
        name="softmax_jacobian_diagonal",
    )


@cache
def softmax_jacobian_off_diagonal() -> Derivation:
    r"""Derive :math:`\partial p_i / \partial z_k = -p_i p_k` for i ≠ k."""
    return derive(
        r"\frac{\partial p_i}{\partial z_k} = -p_i p_k",
        Step(
            r"\frac{\dfrac{\partial e^{z_i}}{\partial z_k} S"
            r" - e^{z_i} \dfrac{\partial S}{\partial z_k}}{S^2}",
            "quotient_rule",
        ),
        Step(r"\frac{0 \cdot S - e^{z_i} e^{z_k}}{S^2}", "numerator_constant"),
        Step(r"-\frac{e^{z_i}}{S} \cdot \frac{e^{z_k}}{S}", "split_fraction"),
        Step(r"-p_i p_k", "definition"),
        definitions=SOFTMAX,
        assumptions=[r"i \ne k"],
        name="softmax_jacobian_off_diagonal",
    )


@cache
def softmax_jacobian_temperature() -> Derivation:
    r"""Derive :math:`\partial p_i / \partial z_k = p_i(\delta_{ik} - p_k)/T` for softmax(z/T)."""
    return derive(
        r"\frac{\partial p_i}{\partial z_k} = \frac{1}{T} p_i \left(\delta_{ik} - p_k\right)",
        Step(
            r"\frac{\dfrac{\partial e^{z_i/T}}{\partial z_k} S"
            r" - e^{z_i/T} \dfrac{\partial S}{\partial z_k}}{S^2}",
            "quotient_rule",
        ),
        Step(
            r"\frac{\frac{1}{T} \delta_{ik} e^{z_i/T} S"
            r" - \frac{1}{T} e^{z_i/T} e^{z_k/T}}{S^2}",
            "inner_derivative",
        ),
        Step(
            r"\frac{1}{T} \cdot \frac{e^{z_i/T}}{S}"
            r" \left(\delta_{ik} - \frac{e^{z_k/T}}{S}\right)",
            "common_factor",
        ),
        Step(r"\frac{1}{T} p_i \left(\delta_{ik} - p_k\right)", "definition"),
        definitions=SOFTMAX_T,
        name="softmax_jacobian_temperature",
    )


@cache
def temperature_derivative() -> Derivation:
    r"""Derive :math:`\partial p_i / \partial T = p_i(\bar z - z_i)/T^2`."""
    return derive(
        r"\frac{\partial p_i}{\partial T} = \frac{p_i}{T^2} \left(\bar z - z_i\right)",
        Step(r"p_i \frac{\partial \log p_i}{\partial T}", "log_derivative"),
        Step(
            r"p_i \frac{\partial}{\partial T}\, \left(\frac{z_i}{T} - \log S\right)",
            "log_of_softmax",
        ),
        Step(
            r"p_i \left(-\frac{z_i}{T^2} - \frac{1}{S} \cdot \frac{\partial S}{\partial T}\right)",
            "chain_rule",
        ),
        Step(
            r"p_i \left(-\frac{z_i}{T^2}"
            r" + \frac{1}{S} \sum_{j=1}^{n} \frac{z_j}{T^2} \, e^{z_j/T}\right)",
            "exp_derivatives",
        ),
        Step(r"\frac{p_i}{T^2} \left(\bar z - z_i\right)", "definition"),
        definitions={**SOFTMAX_T, r"\bar z": r"\sum_{j=1}^{n} p_j z_j"},
        name="temperature_derivative",
    )


@cache
def jacobian_rows_sum_to_zero() -> Derivation:
    r"""Derive :math:`\sum_k J_{ik} = 0`, that is J·1 = 0."""
    return derive(
        r"\sum_{k=1}^{n} J_{ik} = 0",
        Step(r"\sum_{k=1}^{n} p_i \left(\delta_{ik} - p_k\right)", "definition"),
        Step(r"p_i \left(\sum_{k=1}^{n} \delta_{ik} - \sum_{k=1}^{n} p_k\right)", "linearity"),
        Step(r"p_i \left(1 - 1\right)", "probs_sum_to_one"),
        Step("0", "cancel"),
        definitions=JACOBIAN,
        name="jacobian_rows_sum_to_zero",
    )


@cache
def jacobian_symmetry() -> Derivation:
    r"""Derive :math:`J_{ik} = J_{ki}`."""
    return derive(
        r"J_{ik} = J_{ki}",
        Step(r"\delta_{ik} p_i - p_i p_k", "expand"),
        Step(
            r"\delta_{ki} p_k - p_k p_i", "delta_swaps", lemma=r"\delta_{ik} p_i = \delta_{ki} p_k"
        ),
        Step(r"p_k \left(\delta_{ki} - p_i\right)", "common_factor"),
        Step(r"J_{ki}", "definition"),
        definitions=JACOBIAN,
        name="jacobian_symmetry",
    )


@cache
def jvp() -> Derivation:
    r"""Derive :math:`(Jv)_i = p_i(v_i - \bar v)` with :math:`\bar v = \sum_j p_j v_j`."""
    return derive(
        r"\sum_{k=1}^{n} J_{ik} v_k = p_i \left(v_i - \bar v\right)",
        Step(r"\sum_{k=1}^{n} p_i \left(\delta_{ik} - p_k\right) v_k", "definition"),
        Step(
            r"p_i \left(\sum_{k=1}^{n} \delta_{ik} v_k - \sum_{k=1}^{n} p_k v_k\right)", "linearity"
        ),
        Step(r"p_i \left(v_i - \sum_{k=1}^{n} p_k v_k\right)", "delta_selects"),
        Step(r"p_i \left(v_i - \bar v\right)", "definition"),
        definitions={**JACOBIAN, r"\bar v": r"\sum_{j=1}^{n} p_j v_j"},
        name="jvp",
    )


@cache
def vjp() -> Derivation:
    r"""Derive :math:`(w^\top J)_k = p_k(w_k - \bar w)` with :math:`\bar w = \sum_j p_j w_j`."""
    return derive(
        r"\sum_{i=1}^{n} w_i J_{ik} = p_k \left(w_k - \bar w\right)",
        Step(r"\sum_{i=1}^{n} w_i p_i \left(\delta_{ik} - p_k\right)", "definition"),
        Step(r"\sum_{i=1}^{n} \delta_{ik} w_i p_i - p_k \sum_{i=1}^{n} p_i w_i", "linearity"),
        Step(r"w_k p_k - p_k \sum_{i=1}^{n} p_i w_i", "delta_selects"),
        Step(r"p_k \left(w_k - \bar w\right)", "definition"),
        definitions={**JACOBIAN, r"\bar w": r"\sum_{j=1}^{n} p_j w_j"},
        name="vjp",
    )


@cache
def jacobian_psd() -> Derivation:
    r"""Derive :math:`v^\top J v = \sum_i p_i (v_i - \bar v)^2 \ge 0`."""
    return derive(
        r"\sum_{i=1}^{n} \sum_{k=1}^{n} v_i J_{ik} v_k \ge 0",
        Step(
            r"\sum_{i=1}^{n} v_i p_i \left(v_i - \bar v\right)",
            "product_with_jacobian",
            lemma=r"\sum_{k=1}^{n} J_{ik} v_k = p_i \left(v_i - \bar v\right)",
        ),
        Step(r"\sum_{i=1}^{n} p_i v_i^2 - \bar v^2", "expand"),
        Step(
            r"\sum_{i=1}^{n} p_i v_i^2 - 2 \bar v \sum_{i=1}^{n} p_i v_i"
            r" + \bar v^2 \sum_{i=1}^{n} p_i",
            "probs_sum_to_one",
        ),
        Step(r"\sum_{i=1}^{n} p_i \left(v_i - \bar v\right)^2", "square_of_difference"),
        Step("0", "weighted_squares", relation=r"\ge"),
        definitions={**JACOBIAN, r"\bar v": r"\sum_{j=1}^{n} p_j v_j"},
        name="jacobian_psd",
    )


@cache
def jacobian_null_space() -> Derivation:
    r"""Derive :math:`v_i = \bar v` from :math:`(Jv)_i = 0`."""
    return derive(
        r"v_i = \bar v",
        Step(r"\bar v + \frac{1}{p_i} \cdot p_i \left(v_i - \bar v\right)", "add_and_subtract"),
        Step(
            r"\bar v + \frac{1}{p_i} \sum_{k=1}^{n} J_{ik} v_k",
            "product_with_jacobian",
        ),
        Step(r"\bar v", "by_assumption"),
        definitions={**JACOBIAN, r"\bar v": r"\sum_{j=1}^{n} p_j v_j"},
        assumptions=[r"\sum_{k=1}^{n} J_{ik} v_k = 0"],
        name="jacobian_null_space",
    )
