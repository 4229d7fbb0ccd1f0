"""Softmax, its logarithm, its losses and their derivatives: accurate, batched, in plain NumPy.

The names below need NumPy alone, so ``import softmax_course`` is light. Everything that draws,
speaks or proves lives in a submodule and is imported by name, for example
``from softmax_course import figures``.

==================  ============================================================================
``functional``      softmax, log-sum-exp, cross-entropy and their kin, from the logits
``derivatives``     Jacobian, gradient, Hessian, and products with them
``gradcheck``       how right the numbers are: the three below and tables made with them
``differences``     difference quotients and the complex step
``references``      the definitions in fifty digits
``bounds``          how far rounding may carry a result, derived
``symbolic``        the same functions for any n in SymPy, and a proof of equality
``notation``        LaTeX to SymPy and back
``derivation``      a chain of equations, proved line by line
``theorems``        the derivations of the course
``verification``    the chain from the proof to the numbers, as one table
``variants``        sparsemax, online softmax, top-k, top-p, attention
``calibration``     reliability and temperature scaling
``regression``      softmax regression as a scikit-learn estimator
``language``        the language that everything below speaks; its words in ``messages/``
``figures``         one function for each figure
``playground``      logits to move by hand, wherever HTML is shown
``quiz``            questions with a reply to every answer; ``_widget`` is what the two share
``exercises``       feedback on a reader's answers
``_checks``         what all of them ask of their arguments
==================  ============================================================================
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
