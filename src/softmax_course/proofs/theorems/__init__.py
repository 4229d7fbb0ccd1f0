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

from softmax_course.proofs.derivation import Derivation
from softmax_course.proofs.theorems.cross_entropy import (
    cross_entropy_by_chain_rule,
    cross_entropy_decomposition,
    cross_entropy_gradient,
    cross_entropy_gradient_index,
    cross_entropy_gradient_label_smoothing,
    cross_entropy_gradient_temperature,
    cross_entropy_hessian,
    cross_entropy_hessian_temperature,
    cross_entropy_logits,
    gradient_sums_to_zero,
    kl_gradient,
    log_softmax_jacobian,
    logsumexp_gradient,
)
from softmax_course.proofs.theorems.jacobian import (
    jacobian_null_space,
    jacobian_psd,
    jacobian_rows_sum_to_zero,
    jacobian_symmetry,
    jvp,
    softmax_jacobian,
    softmax_jacobian_diagonal,
    softmax_jacobian_off_diagonal,
    softmax_jacobian_temperature,
    temperature_derivative,
    vjp,
)
from softmax_course.proofs.theorems.losses import (
    brier_score_excess,
    focal_loss_gradient,
    squared_error_gradient,
)
from softmax_course.proofs.theorems.origins import (
    exponential_family_gradient,
    exponentiated_gradient,
    fisher_information,
    free_energy,
    logsumexp_hessian,
)
from softmax_course.proofs.theorems.softmax import (
    log_odds,
    logsumexp_shift,
    probabilities_sum_to_one,
    shift_invariance,
)
from softmax_course.proofs.theorems.two_classes import sigmoid_as_softmax, sigmoid_derivative

#: Every theorem of the course: its name and the function that derives it.
ALL: dict[str, Callable[[], Derivation]] = {
    theorem.__name__: theorem
    for theorem in (
        probabilities_sum_to_one,
        shift_invariance,
        log_odds,
        logsumexp_shift,
        softmax_jacobian,
        softmax_jacobian_diagonal,
        softmax_jacobian_off_diagonal,
        softmax_jacobian_temperature,
        temperature_derivative,
        jacobian_rows_sum_to_zero,
        jacobian_symmetry,
        jvp,
        vjp,
        jacobian_psd,
        jacobian_null_space,
        logsumexp_gradient,
        log_softmax_jacobian,
        cross_entropy_gradient,
        cross_entropy_gradient_index,
        cross_entropy_by_chain_rule,
        cross_entropy_logits,
        cross_entropy_hessian,
        cross_entropy_hessian_temperature,
        gradient_sums_to_zero,
        cross_entropy_gradient_temperature,
        cross_entropy_gradient_label_smoothing,
        kl_gradient,
        cross_entropy_decomposition,
        sigmoid_as_softmax,
        sigmoid_derivative,
        exponential_family_gradient,
        free_energy,
        logsumexp_hessian,
        fisher_information,
        exponentiated_gradient,
        focal_loss_gradient,
        brier_score_excess,
        squared_error_gradient,
    )
}

__all__ = ["ALL", *ALL]
