"""One function for each figure of the course; each returns a Matplotlib figure.

Data go in, numbers come from `softmax_course` itself, words from the message file of the language
that `softmax_course.language.use` selected. In a notebook the call alone, as the last line of a
cell, shows the figure as SVG. An argument beyond what its description allows raises `ValueError`,
one of another kind `TypeError`.

Examples
--------
>>> from softmax_course import figures, language
>>> language.use("en")
>>> figure = figures.softmax_steps([2.0, -1.0, 0.5])
>>> [panel.get_title(loc="left") for panel in figure.axes]
['logits zᵢ', 'exponentials exp(zᵢ)', 'probabilities pᵢ']
"""

from softmax_course.teaching.figures._grid import grid_triangulation
from softmax_course.teaching.figures.accuracy import difference_error, overflow_map
from softmax_course.teaching.figures.attention import attention_saturation, attention_weights
from softmax_course.teaching.figures.decoding import quality_diversity
from softmax_course.teaching.figures.gradients import (
    gradient_arrows,
    jacobian_heatmap,
    loss_along_logit,
)
from softmax_course.teaching.figures.language_model import (
    divergence_history,
    entropy_and_gaps,
    prefix_costs,
)
from softmax_course.teaching.figures.large_vocabulary import bias_of_samples, rank_error
from softmax_course.teaching.figures.losses import focal_loss_curves, margin_losses
from softmax_course.teaching.figures.origins import covariance_regions, red_blue_bus
from softmax_course.teaching.figures.policy import maze, reward_and_divergence, reward_history
from softmax_course.teaching.figures.probabilities import (
    entropy_of_temperature,
    probability_curves,
    sigmoid_vs_softmax,
    softmax_steps,
    sparsemax_vs_softmax,
    temperature_sweep,
)
from softmax_course.teaching.figures.simplex import simplex
from softmax_course.teaching.figures.training import (
    confusion_matrix,
    digits,
    loss_history,
    reliability_diagram,
    weights,
)
from softmax_course.teaching.figures.uncertainty import conformal_coverage
from softmax_course.teaching.plotting import PALETTE

__all__ = [
    "PALETTE",
    "attention_saturation",
    "attention_weights",
    "bias_of_samples",
    "conformal_coverage",
    "confusion_matrix",
    "covariance_regions",
    "difference_error",
    "digits",
    "divergence_history",
    "entropy_and_gaps",
    "entropy_of_temperature",
    "focal_loss_curves",
    "gradient_arrows",
    "grid_triangulation",
    "jacobian_heatmap",
    "loss_along_logit",
    "loss_history",
    "margin_losses",
    "maze",
    "overflow_map",
    "prefix_costs",
    "probability_curves",
    "quality_diversity",
    "rank_error",
    "red_blue_bus",
    "reliability_diagram",
    "reward_and_divergence",
    "reward_history",
    "sigmoid_vs_softmax",
    "simplex",
    "softmax_steps",
    "sparsemax_vs_softmax",
    "temperature_sweep",
    "weights",
]
