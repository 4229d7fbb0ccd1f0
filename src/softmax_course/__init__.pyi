"""What `softmax_course` offers to readers, read by `lazy_loader` and by type checkers."""

from .numerics.attention import attention, attention_vjp, causal_mask
from .numerics.attention_blocks import blockwise_attention, blockwise_attention_vjp
from .numerics.attention_scores import length_scale, rms_normalize, sink_softmax, soft_cap
from .numerics.calibration import (
    classwise_calibration_error,
    expected_calibration_error,
    fit_temperature,
    reliability_curve,
)
from .numerics.conformal import conformal_scores, conformal_sets, conformal_threshold
from .numerics.core import exp_normalize, log_softmax_parts, shift_logits
from .numerics.decoding import (
    constrain_logits,
    decoding_probs,
    min_p_probs,
    penalize_repetition,
    top_k_probs,
    top_p_probs,
)
from .numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)
from .numerics.distillation import distillation_loss, distillation_loss_grad
from .numerics.focal import focal_loss, focal_loss_grad
from .numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from .numerics.hinge import multiclass_hinge, multiclass_hinge_subgradient
from .numerics.large_vocabulary import blockwise_cross_entropy, sampled_cross_entropy
from .numerics.losses import cross_entropy, entropy, kl_divergence
from .numerics.online import OnlineLogSumExp, online_softmax
from .numerics.planning import read_maze, soft_value_iteration
from .numerics.policy import (
    expected_reward_grad,
    group_advantages,
    kl_regularized_policy,
    optimal_baseline,
    policy_gradient_variance,
)
from .numerics.preferences import dpo_loss, dpo_loss_grad
from .numerics.regression import SoftmaxRegression
from .numerics.sampling import gumbel_top_k, plackett_luce_log_prob, speculative_sample
from .numerics.scores import (
    brier_score,
    expected_score,
    log_score,
    spherical_score,
    squared_error,
    squared_error_grad,
)
from .numerics.sparsemax import sparsemax
from .numerics.two_level import two_level_cross_entropy, two_level_log_softmax
from .numerics.uncertainty import (
    energy_score,
    ensemble_log_softmax,
    jensen_gap,
    risk_coverage_curve,
    should_abstain,
)
from .numerics.weighting import (
    adjust_logits,
    balanced_weights,
    weighted_cross_entropy,
    weighted_cross_entropy_grad,
)
from .proofs import theorems
from .proofs.derivation import Derivation, Step, UnprovedStepError, derive
from .proofs.explicit import (
    as_function,
    explicit_cross_entropy_gradient,
    explicit_cross_entropy_hessian,
    explicit_jacobian,
)
from .teaching import explorables, figures, language, libraries, playground, quiz
from .teaching.display.statements import statements
from .teaching.display.table import table
from .teaching.exercises import check
from .verification.derivative_error_bounds import gradient_error_bound, jacobian_error_bound
from .verification.derivative_references import gradient_reference, jacobian_reference
from .verification.differences import (
    central_difference,
    complex_log_softmax,
    complex_logsumexp,
    complex_softmax,
    complex_step,
)
from .verification.error_bounds import (
    cross_entropy_error_bound,
    log_softmax_error_bound,
    logsumexp_error_bound,
    normwise_softmax_bound,
    softmax_error_bound,
)
from .verification.references import (
    absolute_error,
    cross_entropy_reference,
    log_softmax_reference,
    logsumexp_reference,
    softmax_reference,
)
from .verification.report import BoundExceededError, report
from .verification.step_size import step_size_errors

__all__ = [
    "BoundExceededError",
    "Derivation",
    "OnlineLogSumExp",
    "SoftmaxRegression",
    "Step",
    "UnprovedStepError",
    "absolute_error",
    "adjust_logits",
    "as_function",
    "attention",
    "attention_vjp",
    "balanced_weights",
    "blockwise_attention",
    "blockwise_attention_vjp",
    "blockwise_cross_entropy",
    "brier_score",
    "causal_mask",
    "central_difference",
    "check",
    "classwise_calibration_error",
    "complex_log_softmax",
    "complex_logsumexp",
    "complex_softmax",
    "complex_step",
    "conformal_scores",
    "conformal_sets",
    "conformal_threshold",
    "constrain_logits",
    "cross_entropy",
    "cross_entropy_error_bound",
    "cross_entropy_grad",
    "cross_entropy_hessian",
    "cross_entropy_hvp",
    "cross_entropy_reference",
    "decoding_probs",
    "derive",
    "distillation_loss",
    "distillation_loss_grad",
    "dpo_loss",
    "dpo_loss_grad",
    "energy_score",
    "ensemble_log_softmax",
    "entropy",
    "exp_normalize",
    "expected_calibration_error",
    "expected_reward_grad",
    "expected_score",
    "explicit_cross_entropy_gradient",
    "explicit_cross_entropy_hessian",
    "explicit_jacobian",
    "explorables",
    "figures",
    "fit_temperature",
    "focal_loss",
    "focal_loss_grad",
    "gradient_error_bound",
    "gradient_reference",
    "group_advantages",
    "gumbel_top_k",
    "jacobian_error_bound",
    "jacobian_reference",
    "jensen_gap",
    "kl_divergence",
    "kl_regularized_policy",
    "language",
    "length_scale",
    "libraries",
    "log_score",
    "log_softmax",
    "log_softmax_error_bound",
    "log_softmax_parts",
    "log_softmax_reference",
    "logsumexp",
    "logsumexp_error_bound",
    "logsumexp_reference",
    "min_p_probs",
    "multiclass_hinge",
    "multiclass_hinge_subgradient",
    "normwise_softmax_bound",
    "online_softmax",
    "optimal_baseline",
    "penalize_repetition",
    "plackett_luce_log_prob",
    "playground",
    "policy_gradient_variance",
    "quiz",
    "read_maze",
    "reliability_curve",
    "report",
    "risk_coverage_curve",
    "rms_normalize",
    "sampled_cross_entropy",
    "shift_logits",
    "should_abstain",
    "sigmoid",
    "sink_softmax",
    "soft_cap",
    "soft_value_iteration",
    "softmax",
    "softmax_error_bound",
    "softmax_jacobian",
    "softmax_jvp",
    "softmax_reference",
    "softmax_vjp",
    "sparsemax",
    "speculative_sample",
    "spherical_score",
    "squared_error",
    "squared_error_grad",
    "statements",
    "step_size_errors",
    "table",
    "theorems",
    "top_k_probs",
    "top_p_probs",
    "two_level_cross_entropy",
    "two_level_log_softmax",
    "weighted_cross_entropy",
    "weighted_cross_entropy_grad",
]
