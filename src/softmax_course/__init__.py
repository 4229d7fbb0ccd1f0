"""Softmax, its logarithm, its losses and their derivatives: accurate, batched, in plain NumPy.

The names below need NumPy alone, so ``import softmax_course`` is light. Everything that draws,
speaks or proves lives in a submodule and is imported by name, for example
``from softmax_course import figures``.
"""

from softmax_course.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)
from softmax_course.functional import (
    cross_entropy,
    entropy,
    kl_divergence,
    log_softmax,
    logsumexp,
    sigmoid,
    softmax,
)

__all__ = [
    "cross_entropy",
    "cross_entropy_grad",
    "cross_entropy_hessian",
    "cross_entropy_hvp",
    "entropy",
    "kl_divergence",
    "log_softmax",
    "logsumexp",
    "sigmoid",
    "softmax",
    "softmax_jacobian",
    "softmax_jvp",
    "softmax_vjp",
]
