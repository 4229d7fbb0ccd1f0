r"""Distillation: a student that learns from labels and from a teacher's probabilities.

Conventions (axis, dtype, masked classes, NaN) are those of `softmax_course.numerics.functional`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_number,
    as_positive,
    as_real_array,
    as_target,
    class_axis,
)
from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import cross_entropy

__all__ = ["distillation_loss", "distillation_loss_grad"]


def distillation_loss(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: float = 2.0,
    weight: float = 0.5,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    r"""Return the mixed loss of distillation, from labels and from a teacher.

    With :math:`p^T = \operatorname{softmax}(z / T)` of the student and :math:`t^T` of the teacher

    .. math:: L = -\lambda \log p^1_y - (1 - \lambda)\, T^2 \sum_k t^T_k \log p^T_k.

    Parameters
    ----------
    student_logits : array_like, shape (..., n)
        Logits that are trained; the class axis may be another one, see `axis`. -inf masks a class.
    teacher_logits : array_like, shape (..., n)
        Logits of the teacher, taken as constants.
    labels : array_like, shape (...) or (..., n)
        Class indices or distributions, as `cross_entropy` takes them.
    temperature : float, default 2.0
        :math:`T > 0`, of student and teacher in the second term.
    weight : float, default 0.5
        :math:`\lambda \in [0, 1]`, the part of the labels: 1 is cross-entropy, 0 the teacher alone.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the rows: their average, their sum, or each row's own loss.

    Returns
    -------
    scalar or ndarray, shape (...)
        Loss in nats; with ``"none"``, one for each row.

    Raises
    ------
    TypeError
        As `cross_entropy`; also if `weight` is not a number.
    ValueError
        As `cross_entropy`; also if the logits have different shapes or `weight` is outside [0, 1].

    See Also
    --------
    distillation_loss_grad : Gradient with respect to the student's logits.
    cross_entropy : Either term.

    Notes
    -----
    The gradient of the second cross-entropy is :math:`(p^T - t^T) / T`, in which the difference
    itself shrinks as :math:`1 / T` for large T. The factor :math:`T^2` keeps its size, so that
    :math:`\lambda` means the same at every temperature [1]_.

    The smallest value of the second term is not 0 but :math:`T^2` times the entropy of
    :math:`t^T`; Kullback-Leibler divergence in its place has the same gradient.

    References
    ----------
    .. [1] Hinton, G., Vinyals, O., Dean, J. (2015). Distilling the Knowledge in a Neural Network.
       arXiv:1503.02531

    Examples
    --------
    >>> from softmax_course import cross_entropy, distillation_loss
    >>> student, teacher = [2.0, -1.0, 0.5], [3.0, 1.0, 0.0]
    >>> print(f"{distillation_loss(student, teacher, 0):.6f}")
    2.080645
    >>> bool(distillation_loss(student, teacher, 0, weight=1) == cross_entropy(student, 0))
    True
    """
    return _mixed(
        cross_entropy, student_logits, teacher_logits, labels, temperature, weight, axis, reduction
    )


def distillation_loss_grad(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: float = 2.0,
    weight: float = 0.5,
    axis: int = -1,
    reduction: str = "mean",
) -> NDArray[Any]:
    r"""Return the gradient of the mixed loss with respect to the student's logits.

    .. math:: \frac{\partial L}{\partial z} = \lambda\, (p^1 - y) + (1 - \lambda)\, T\, (p^T - t^T)

    Parameters
    ----------
    student_logits : array_like, shape (..., n)
        Logits that are trained; the class axis may be another one, see `axis`. -inf masks a class.
    teacher_logits : array_like, shape (..., n)
        Logits of the teacher.
    labels : array_like, shape (...) or (..., n)
        Class indices or distributions.
    temperature : float, default 2.0
        :math:`T > 0`.
    weight : float, default 0.5
        :math:`\lambda \in [0, 1]`, the part of the labels.
    axis : int, default -1
        Class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        Which loss is differentiated. ``"mean"`` divides by the number of rows. ``"none"`` gives
        each row the gradient of its own loss, the same numbers as ``"sum"``.

    Returns
    -------
    ndarray, shape (..., n)
        Each row sums to 0.

    Raises
    ------
    TypeError, ValueError
        As `distillation_loss`.

    See Also
    --------
    distillation_loss : The loss.
    cross_entropy_grad : Gradient of either term.

    Notes
    -----
    For large T the second term tends to :math:`(1 - \lambda)(z - v) / n` for logits z and v of
    student and teacher, each centred to mean 0: distillation is then a regression of logits [1]_.

    References
    ----------
    .. [1] Hinton, G., Vinyals, O., Dean, J. (2015). Distilling the Knowledge in a Neural Network.
       arXiv:1503.02531

    Examples
    --------
    >>> distillation_loss_grad([1.0, -1.0], [3.0, -3.0], 0, temperature=1e6, weight=0.0).round(3)
    array([-1.,  1.])
    """
    return _mixed(
        cross_entropy_grad,
        student_logits,
        teacher_logits,
        labels,
        temperature,
        weight,
        axis,
        reduction,
    )


def _checked(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: float,
    weight: float,
    axis: int,
) -> tuple[float, float]:
    """Return the numbers, after a check that both models speak of the same classes."""
    student = as_real_array(student_logits, "student_logits")
    teacher = as_real_array(teacher_logits, "teacher_logits")
    if student.shape != teacher.shape:
        raise ValueError(
            f"teacher_logits of shape {teacher.shape} do not match student_logits of shape "
            f"{student.shape}"
        )
    as_target(labels, student, class_axis(student, axis, "student_logits"), "student_logits")
    temperature, weight = as_positive(temperature, "temperature"), as_number(weight, "weight")
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"weight must lie in [0, 1], got {weight!r}")
    return temperature, weight


def _mixed(
    term: Callable[..., Any],
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: float,
    weight: float,
    axis: int,
    reduction: str,
) -> Any:
    """Mix two terms, or their gradients; one without weight is not computed, it may be infinite."""
    temperature, weight = _checked(
        student_logits, teacher_logits, labels, temperature, weight, axis
    )
    hard: Any = None
    if weight > 0:
        hard = term(student_logits, labels, axis, reduction=reduction)
    if weight == 1:
        return hard
    target = softmax(teacher_logits, axis, temperature)
    soft = term(student_logits, target, axis, temperature, reduction=reduction)
    with np.errstate(over="ignore", under="ignore"):
        soft = (1 - weight) * temperature * (temperature * soft)
        return soft if weight == 0 else weight * hard + soft
