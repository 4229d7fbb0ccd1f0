"""What the tests of the numerics share: functions of logits alone, random logits."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softmax_course.numerics.derivatives import (
    cross_entropy_grad,
    cross_entropy_hessian,
    cross_entropy_hvp,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)
from softmax_course.numerics.focal import focal_loss, focal_loss_grad
from softmax_course.numerics.functional import log_softmax, logsumexp, sigmoid, softmax
from softmax_course.numerics.hinge import multiclass_hinge, multiclass_hinge_subgradient
from softmax_course.numerics.losses import cross_entropy, entropy, kl_divergence
from softmax_course.numerics.scores import (
    brier_score,
    log_score,
    spherical_score,
    squared_error,
    squared_error_grad,
)
from softmax_course.numerics.uncertainty import energy_score
from softmax_course.numerics.weighting import (
    weighted_cross_entropy,
    weighted_cross_entropy_grad,
)

DTYPES = [np.float16, np.float32, np.float64]
SCALES = [0.1, 1.0, 10.0, 1000.0]
INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
NAN, INF = float("nan"), float("inf")


def unit_roundoff(dtype) -> float:
    return float(np.finfo(dtype).eps) / 2


def one_hot_first(z):
    """A distribution of the shape of `z`, all of its weight on the first class of the last axis."""
    target = np.zeros(np.shape(z))
    if target.ndim:
        target[..., :1] = 1
    return target


def first(z):
    """The first class, for each row of the last axis of `z`."""
    return np.zeros(np.shape(z)[:-1], int)


def one_weights(z):
    return np.ones(np.shape(z)[-1:])


# Losses of logits and the first class of each row, without a temperature.
OTHER_LOSSES = {
    "focal_loss": lambda z, **kw: focal_loss(z, first(z), 1.5, reduction="none", **kw),
    "focal_loss_grad": lambda z, **kw: focal_loss_grad(z, first(z), 1.5, reduction="none", **kw),
    "weighted_cross_entropy": lambda z, **kw: weighted_cross_entropy(
        z, first(z), one_weights(z), reduction="none", **kw
    ),
    "weighted_cross_entropy_grad": lambda z, **kw: weighted_cross_entropy_grad(
        z, first(z), one_weights(z), reduction="none", **kw
    ),
    "multiclass_hinge": lambda z, **kw: multiclass_hinge(z, first(z), reduction="none", **kw),
    "multiclass_hinge_subgradient": lambda z, **kw: multiclass_hinge_subgradient(
        z, first(z), reduction="none", **kw
    ),
    "squared_error": lambda z, **kw: squared_error(z, first(z), reduction="none", **kw),
    "squared_error (soft)": lambda z, **kw: squared_error(
        z, one_hot_first(z), reduction="none", **kw
    ),
    "squared_error_grad": lambda z, **kw: squared_error_grad(z, first(z), reduction="none", **kw),
}

# Every public function of logits, as a function of z alone: the other arguments follow z's shape.
OF_LOGITS = {
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "sigmoid": sigmoid,
    "cross_entropy": lambda z, **kw: cross_entropy(
        z, np.zeros(np.shape(z)[:-1], int), reduction="none", **kw
    ),
    "cross_entropy (soft)": lambda z, **kw: cross_entropy(
        z, one_hot_first(z), label_smoothing=0.1, reduction="none", **kw
    ),
    "softmax_jacobian": softmax_jacobian,
    "softmax_jvp": lambda z, **kw: softmax_jvp(z, one_hot_first(z), **kw),
    "softmax_vjp": lambda z, **kw: softmax_vjp(z, one_hot_first(z), **kw),
    "cross_entropy_grad": lambda z, **kw: cross_entropy_grad(
        z, np.zeros(np.shape(z)[:-1], int), reduction="none", **kw
    ),
    "cross_entropy_grad (soft)": lambda z, **kw: cross_entropy_grad(
        z, one_hot_first(z), label_smoothing=0.1, reduction="none", **kw
    ),
    "cross_entropy_hvp": lambda z, **kw: cross_entropy_hvp(z, one_hot_first(z), **kw),
    "cross_entropy_hessian": cross_entropy_hessian,
    "energy_score": energy_score,
    **OTHER_LOSSES,
}
WITH_ROWS = {k: f for k, f in OF_LOGITS.items() if k != "sigmoid"}
OF_PROBABILITIES = {
    "entropy": entropy,
    "kl_divergence (p)": lambda p: kl_divergence(p, np.full(np.shape(p), 0.5)),
    "kl_divergence (q)": lambda q: kl_divergence(np.full(np.shape(q), 0.5), q),
    "brier_score": lambda p: brier_score(p, first(p), reduction="none"),
    "log_score": lambda p: log_score(p, first(p), reduction="none"),
    "spherical_score": lambda p: spherical_score(p, first(p), reduction="none"),
}
# Which refuse rows without a finite maximum.
STRICT = {k: f for k, f in WITH_ROWS.items() if k != "logsumexp"}
TEMPERED = {k: f for k, f in STRICT.items() if k not in OTHER_LOSSES}
# Whose dtype is that of z alone; of the others it is the wider of two arguments.
OF_ONE_ARRAY = {
    k: f
    for k, f in OF_LOGITS.items()
    if k not in ("softmax_jvp", "softmax_vjp", "cross_entropy_hvp")
}


# Finite rows, batches of them, and rows with masked classes of which at least one stays open.
finite = st.floats(-50, 50)
rows = hnp.arrays(float, st.integers(1, 12), elements=finite)
tables = hnp.arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=finite)
masked_rows = hnp.arrays(
    float, st.integers(1, 12), elements=st.one_of(finite, st.just(-np.inf))
).filter(lambda z: np.isfinite(z).any())


def each(functions):
    """Parametrize a test by the functions of a dictionary, named by its keys."""
    return pytest.mark.parametrize("f", functions.values(), ids=functions.keys())


def logits(dtype=np.float64, limit=50.0, max_side=6):
    width = np.dtype(dtype).itemsize * 8
    return hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=max_side),
        elements=st.floats(-limit, limit, width=width),
    )


def any_dtype_logits(limit=50.0):
    return st.sampled_from(DTYPES).flatmap(lambda dtype: logits(dtype, limit))
