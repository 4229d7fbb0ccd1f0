r"""The named derivations of the course, as data.

Each public function returns a `Derivation`, proved when it is first called and remembered after.
`ALL` maps the name of a theorem to its function. Notation: logits :math:`z`, probabilities
:math:`p`, target :math:`y`, temperature :math:`T`; the number of classes :math:`n` is arbitrary.

Examples
--------
>>> from softmax_course import theorems
>>> theorems.softmax_jacobian().statement
'\\frac{\\partial p_i}{\\partial z_k} = p_i \\left(\\delta_{ik} - p_k\\right)'
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from .derivation import Derivation, Step, derive

__all__ = ["ALL"]

#: Every theorem of the course: its name and the function that derives it.
ALL: dict[str, Callable[[], Derivation]] = {}

SOFTMAX = {"p_i": r"\frac{e^{z_i}}{S}", "S": r"\sum_{j=1}^{n} e^{z_j}"}
SOFTMAX_T = {"p_i": r"\frac{e^{z_i/T}}{S}", "S": r"\sum_{j=1}^{n} e^{z_j/T}"}
JACOBIAN = {**SOFTMAX, "J_{ik}": r"p_i \left(\delta_{ik} - p_k\right)"}
CROSS_ENTROPY = r"-\sum_{j=1}^{n} y_j \log p_j"
TARGET_SUMS_TO_ONE = r"\sum_{j=1}^{n} y_j = 1"


def _theorem(function: Callable[[], Derivation]) -> Callable[[], Derivation]:
    remembered = cache(function)
    ALL[function.__name__] = remembered
    __all__.append(function.__name__)
    return remembered


# ------------------------------------------------------------------------- softmax: first facts


@_theorem
def probabilities_sum_to_one() -> Derivation:
    r""":math:`\sum_i p_i = 1`."""
    return derive(
        r"\sum_{i=1}^{n} p_i = 1",
        Step(r"\sum_{i=1}^{n} \frac{e^{z_i}}{S}", "definition"),
        Step(r"\frac{1}{S} \sum_{i=1}^{n} e^{z_i}", "common_factor"),
        Step(r"\frac{S}{S}", "sum_is_s"),
        Step("1", "cancel"),
        definitions=SOFTMAX,
        name="probabilities_sum_to_one",
    )


@_theorem
def shift_invariance() -> Derivation:
    r""":math:`\operatorname{softmax}(z + c)_i = \operatorname{softmax}(z)_i`."""
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


@_theorem
def log_odds() -> Derivation:
    r""":math:`\log(p_i/p_k) = z_i - z_k`: only differences of logits matter."""
    return derive(
        r"\log \frac{p_i}{p_k} = z_i - z_k",
        Step(r"\log p_i - \log p_k", "log_of_quotient"),
        Step(r"\left(z_i - \log S\right) - \left(z_k - \log S\right)", "log_of_softmax"),
        Step(r"z_i - z_k", "cancel"),
        definitions=SOFTMAX,
        name="log_odds",
    )


@_theorem
def logsumexp_shift() -> Derivation:
    r""":math:`\operatorname{LSE}(z + c) = \operatorname{LSE}(z) + c`."""
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


# ------------------------------------------------------------------------- softmax: the Jacobian


@_theorem
def softmax_jacobian() -> Derivation:
    r""":math:`\partial p_i / \partial z_k = p_i(\delta_{ik} - p_k)`."""
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


@_theorem
def softmax_jacobian_diagonal() -> Derivation:
    r""":math:`\partial p_i / \partial z_i = p_i(1 - p_i)`, the case i = k."""
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


@_theorem
def softmax_jacobian_off_diagonal() -> Derivation:
    r""":math:`\partial p_i / \partial z_k = -p_i p_k`, the case i ≠ k."""
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
        given=[r"i \ne k"],
        name="softmax_jacobian_off_diagonal",
    )


@_theorem
def softmax_jacobian_temperature() -> Derivation:
    r""":math:`\partial p_i / \partial z_k = p_i(\delta_{ik} - p_k)/T` for softmax(z/T)."""
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


@_theorem
def temperature_derivative() -> Derivation:
    r""":math:`\partial p_i / \partial T = p_i(\bar z - z_i)/T^2`: heat moves mass to the mean."""
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


@_theorem
def jacobian_rows_sum_to_zero() -> Derivation:
    r""":math:`\sum_k J_{ik} = 0`, that is J·1 = 0."""
    return derive(
        r"\sum_{k=1}^{n} J_{ik} = 0",
        Step(r"\sum_{k=1}^{n} p_i \left(\delta_{ik} - p_k\right)", "definition"),
        Step(r"p_i \left(\sum_{k=1}^{n} \delta_{ik} - \sum_{k=1}^{n} p_k\right)", "linearity"),
        Step(r"p_i \left(1 - 1\right)", "probs_sum_to_one"),
        Step("0", "cancel"),
        definitions=JACOBIAN,
        name="jacobian_rows_sum_to_zero",
    )


@_theorem
def jacobian_symmetry() -> Derivation:
    r""":math:`J_{ik} = J_{ki}`."""
    return derive(
        r"J_{ik} = J_{ki}",
        Step(r"\delta_{ik} p_i - p_i p_k", "expand"),
        Step(
            r"\delta_{ki} p_k - p_k p_i", "delta_swaps", using=r"\delta_{ik} p_i = \delta_{ki} p_k"
        ),
        Step(r"p_k \left(\delta_{ki} - p_i\right)", "common_factor"),
        Step(r"J_{ki}", "definition"),
        definitions=JACOBIAN,
        name="jacobian_symmetry",
    )


@_theorem
def jvp() -> Derivation:
    r""":math:`(Jv)_i = p_i(v_i - \bar v)` with :math:`\bar v = \sum_j p_j v_j`."""
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


@_theorem
def vjp() -> Derivation:
    r""":math:`(w^\top J)_k = p_k(w_k - \bar w)` with :math:`\bar w = \sum_j p_j w_j`."""
    return derive(
        r"\sum_{i=1}^{n} w_i J_{ik} = p_k \left(w_k - \bar w\right)",
        Step(r"\sum_{i=1}^{n} w_i p_i \left(\delta_{ik} - p_k\right)", "definition"),
        Step(r"\sum_{i=1}^{n} \delta_{ik} w_i p_i - p_k \sum_{i=1}^{n} p_i w_i", "linearity"),
        Step(r"w_k p_k - p_k \sum_{i=1}^{n} p_i w_i", "delta_selects"),
        Step(r"p_k \left(w_k - \bar w\right)", "definition"),
        definitions={**JACOBIAN, r"\bar w": r"\sum_{j=1}^{n} p_j w_j"},
        name="vjp",
    )


@_theorem
def jacobian_psd() -> Derivation:
    r""":math:`v^\top J v = \sum_i p_i (v_i - \bar v)^2 \ge 0`: a variance."""
    return derive(
        r"\sum_{i=1}^{n} \sum_{k=1}^{n} v_i J_{ik} v_k \ge 0",
        Step(
            r"\sum_{i=1}^{n} v_i p_i \left(v_i - \bar v\right)",
            "product_with_jacobian",
            using=r"\sum_{k=1}^{n} J_{ik} v_k = p_i \left(v_i - \bar v\right)",
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


@_theorem
def jacobian_null_space() -> Derivation:
    r"""If :math:`(Jv)_i = 0` then :math:`v_i = \bar v`: the null space holds only constants."""
    return derive(
        r"v_i = \bar v",
        Step(r"\bar v + \frac{1}{p_i} \cdot p_i \left(v_i - \bar v\right)", "add_and_subtract"),
        Step(
            r"\bar v + \frac{1}{p_i} \sum_{k=1}^{n} J_{ik} v_k",
            "product_with_jacobian",
        ),
        Step(r"\bar v", "by_hypothesis"),
        definitions={**JACOBIAN, r"\bar v": r"\sum_{j=1}^{n} p_j v_j"},
        given=[r"\sum_{k=1}^{n} J_{ik} v_k = 0"],
        name="jacobian_null_space",
    )


# -------------------------------------------------------------------- log-sum-exp, cross-entropy


@_theorem
def logsumexp_gradient() -> Derivation:
    r""":math:`\partial \operatorname{LSE} / \partial z_k = p_k`."""
    return derive(
        r"\frac{\partial}{\partial z_k}\, \log S = p_k",
        Step(r"\frac{1}{S} \cdot \frac{\partial S}{\partial z_k}", "chain_rule"),
        Step(r"\frac{1}{S} \sum_{j=1}^{n} \delta_{jk} e^{z_j}", "exp_derivatives"),
        Step(r"\frac{e^{z_k}}{S}", "delta_selects"),
        Step(r"p_k", "definition"),
        definitions=SOFTMAX,
        name="logsumexp_gradient",
    )


@_theorem
def log_softmax_jacobian() -> Derivation:
    r""":math:`\partial \log p_i / \partial z_k = \delta_{ik} - p_k`."""
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


@_theorem
def cross_entropy_gradient() -> Derivation:
    r""":math:`\partial L / \partial z_k = p_k - y_k`, for a target that sums to 1."""
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
        given=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_gradient",
    )


@_theorem
def cross_entropy_gradient_index() -> Derivation:
    r""":math:`\partial L / \partial z_k = p_k - \delta_{yk}`, y the index of the class."""
    return derive(
        r"\frac{\partial L}{\partial z_k} = p_k - \delta_{yk}",
        Step(r"-\frac{\partial \log p_y}{\partial z_k}", "definition"),
        Step(r"-\left(\delta_{yk} - p_k\right)", "log_softmax_derivative"),
        Step(r"p_k - \delta_{yk}", "expand"),
        definitions={**SOFTMAX, "L": r"-\log p_y"},
        name="cross_entropy_gradient_index",
    )


@_theorem
def cross_entropy_by_chain_rule() -> Derivation:
    r""":math:`p_k - y_k` again, through the Jacobian of softmax, as back-propagation goes."""
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
        given=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_by_chain_rule",
    )


@_theorem
def cross_entropy_logits() -> Derivation:
    r""":math:`L = \operatorname{LSE}(z) - \sum_j y_j z_j`: cross-entropy straight from logits."""
    return derive(
        r"L = \log S - \sum_{j=1}^{n} y_j z_j",
        Step(r"-\sum_{j=1}^{n} y_j \left(z_j - \log S\right)", "log_of_softmax"),
        Step(r"\log S \sum_{j=1}^{n} y_j - \sum_{j=1}^{n} y_j z_j", "linearity"),
        Step(r"\log S - \sum_{j=1}^{n} y_j z_j", "target_sums_to_one"),
        definitions={**SOFTMAX, "L": CROSS_ENTROPY},
        given=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_logits",
    )


@_theorem
def cross_entropy_hessian() -> Derivation:
    r""":math:`\partial^2 L / \partial z_i \partial z_k = p_i(\delta_{ik} - p_k)`, whatever y."""
    return derive(
        r"\frac{\partial^2 L}{\partial z_i \partial z_k} = p_i \left(\delta_{ik} - p_k\right)",
        Step(r"\frac{\partial}{\partial z_k}\, \left(p_i - y_i\right)", "gradient_known"),
        Step(r"\frac{\partial p_i}{\partial z_k}", "target_constant"),
        Step(r"p_i \left(\delta_{ik} - p_k\right)", "softmax_derivative"),
        definitions={**SOFTMAX, "L": CROSS_ENTROPY},
        given=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_hessian",
    )


@_theorem
def cross_entropy_hessian_temperature() -> Derivation:
    r""":math:`\partial^2 L / \partial z_i \partial z_k = p_i(\delta_{ik} - p_k)/T^2`."""
    return derive(
        r"\frac{\partial^2 L}{\partial z_i \partial z_k}"
        r" = \frac{1}{T^2} p_i \left(\delta_{ik} - p_k\right)",
        Step(
            r"\frac{\partial}{\partial z_k}\, \frac{1}{T} \left(p_i - y_i\right)", "gradient_known"
        ),
        Step(r"\frac{1}{T} \cdot \frac{\partial p_i}{\partial z_k}", "target_constant"),
        Step(r"\frac{1}{T^2} p_i \left(\delta_{ik} - p_k\right)", "softmax_derivative"),
        definitions={**SOFTMAX_T, "L": CROSS_ENTROPY},
        given=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_hessian_temperature",
    )


@_theorem
def gradient_sums_to_zero() -> Derivation:
    r""":math:`\sum_k (p_k - y_k) = 0`: the gradient is blind to a shift of all logits."""
    return derive(
        r"\sum_{k=1}^{n} \left(p_k - y_k\right) = 0",
        Step(r"\sum_{k=1}^{n} p_k - \sum_{k=1}^{n} y_k", "linearity"),
        Step(r"1 - 1", "both_sum_to_one"),
        Step("0", "cancel"),
        definitions=SOFTMAX,
        given=[TARGET_SUMS_TO_ONE],
        name="gradient_sums_to_zero",
    )


@_theorem
def cross_entropy_gradient_temperature() -> Derivation:
    r""":math:`\partial L / \partial z_k = (p_k - y_k)/T` for p = softmax(z/T)."""
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
        given=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_gradient_temperature",
    )


@_theorem
def cross_entropy_gradient_label_smoothing() -> Derivation:
    r""":math:`\partial L / \partial z_k = p_k - (1-\varepsilon)y_k - \varepsilon/n`."""
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
        given=[TARGET_SUMS_TO_ONE],
        name="cross_entropy_gradient_label_smoothing",
    )


@_theorem
def kl_gradient() -> Derivation:
    r""":math:`\partial D / \partial z_k = p_k - y_k` for the divergence of p from y."""
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
        given=[TARGET_SUMS_TO_ONE],
        name="kl_gradient",
    )


@_theorem
def cross_entropy_decomposition() -> Derivation:
    r""":math:`L = H + D`: cross-entropy is entropy plus divergence."""
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


# ----------------------------------------------------------------------------------- two classes


@_theorem
def sigmoid_as_softmax() -> Derivation:
    r""":math:`p_1 = \sigma(z_1 - z_2)` for two classes."""
    return derive(
        r"p_1 = \sigma(z_1 - z_2)",
        Step(r"\frac{e^{z_1}}{e^{z_1} + e^{z_2}}", "two_classes"),
        Step(r"\frac{1}{1 + e^{z_2} / e^{z_1}}", "divide_by_exp"),
        Step(r"\frac{1}{1 + e^{-(z_1 - z_2)}}", "exp_of_difference"),
        Step(r"\sigma(z_1 - z_2)", "definition"),
        definitions={
            "p_i": r"\frac{e^{z_i}}{\sum_{j=1}^{2} e^{z_j}}",
            r"\sigma(x)": r"\frac{1}{1 + e^{-x}}",
        },
        name="sigmoid_as_softmax",
    )


@_theorem
def sigmoid_derivative() -> Derivation:
    r""":math:`\sigma'(x) = \sigma(x)(1 - \sigma(x))`."""
    return derive(
        r"\frac{d}{dx}\, \sigma(x) = \sigma(x) \left(1 - \sigma(x)\right)",
        Step(r"\frac{e^{-x}}{\left(1 + e^{-x}\right)^2}", "chain_rule"),
        Step(r"\frac{1}{1 + e^{-x}} \cdot \frac{e^{-x}}{1 + e^{-x}}", "split_fraction"),
        Step(r"\frac{1}{1 + e^{-x}} \left(1 - \frac{1}{1 + e^{-x}}\right)", "add_and_subtract_one"),
        Step(r"\sigma(x) \left(1 - \sigma(x)\right)", "definition"),
        definitions={r"\sigma(x)": r"\frac{1}{1 + e^{-x}}"},
        name="sigmoid_derivative",
    )
