"""What `softmax_course` offers to readers, read by `lazy_loader` and by type checkers."""

from .numerics.attention import attention, causal_mask
from .numerics.calibration import (
    expected_calibration_error,
    fit_temperature,
    reliability_curve,
)
from .numerics.core import exp_normalize, log_softmax_parts, shift_logits
from .numerics.decoding import top_k_probs, top_p_probs
from .numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)
from .numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from .numerics.losses import cross_entropy, entropy, kl_divergence
from .numerics.online import OnlineLogSumExp, online_softmax
from .numerics.regression import SoftmaxRegression
from .numerics.sparsemax import sparsemax
from .proofs import theorems
from .proofs.derivation import Derivation, Step, UnprovedStepError, derive
from .proofs.explicit import (
    as_function,
    explicit_cross_entropy_gradient,
    explicit_cross_entropy_hessian,
    explicit_jacobian,
)
from .teaching import explorables, figures, language, playground, quiz
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
    "as_function",
    "attention",
    "causal_mask",
    "central_difference",
    "check",
    "complex_log_softmax",
    "complex_logsumexp",
    "complex_softmax",
    "complex_step",
    "cross_entropy",
    "cross_entropy_error_bound",
    "cross_entropy_grad",
    "cross_entropy_hessian",
    "cross_entropy_hvp",
    "cross_entropy_reference",
    "derive",
    "entropy",
    "exp_normalize",
    "expected_calibration_error",
    "explicit_cross_entropy_gradient",
    "explicit_cross_entropy_hessian",
    "explicit_jacobian",
    "explorables",
    "figures",
    "fit_temperature",
    "gradient_error_bound",
    "gradient_reference",
    "jacobian_error_bound",
    "jacobian_reference",
    "kl_divergence",
    "language",
    "log_softmax",
    "log_softmax_error_bound",
    "log_softmax_parts",
    "log_softmax_reference",
    "logsumexp",
    "logsumexp_error_bound",
    "logsumexp_reference",
    "normwise_softmax_bound",
    "online_softmax",
    "playground",
    "quiz",
    "reliability_curve",
    "report",
    "shift_logits",
    "sigmoid",
    "softmax",
    "softmax_error_bound",
    "softmax_jacobian",
    "softmax_jvp",
    "softmax_reference",
    "softmax_vjp",
    "sparsemax",
    "statements",
    "step_size_errors",
    "table",
    "theorems",
    "top_k_probs",
    "top_p_probs",
]
