r"""Derivatives of softmax and of cross-entropy, in closed form.

With :math:`p = \operatorname{softmax}(z / T)`:

* Jacobian: :math:`\partial p_i / \partial z_k = p_i (\delta_{ik} - p_k) / T`
* gradient of cross-entropy: :math:`(p_i - y_i) / T`
* Hessian of cross-entropy: :math:`p_i (\delta_{ik} - p_k) / T^2`, whatever the target

Where one class is almost certain, ``1 - p`` and ``p - y`` as written lose every digit; here the
same numbers come from the sum of the other probabilities, which keeps them. Conventions (axis,
dtype, masked classes, NaN) are those of `softmax_course.numerics.functional`;
`softmax_course.proofs.theorems` proves the formulas for every number of classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    REDUCTIONS,
    as_choice,
    as_label_smoothing,
    as_positive,
    as_real_array,
    as_target,
    class_axis,
    dense_target,
    float_dtypes,
)
from softmax_course.numerics._rows import softmax_in_work_dtype
from softmax_course.numerics.core import divide


def _negated_sum_of_others(array: NDArray[Any], index: NDArray[np.intp], axis: int) -> NDArray[Any]:
    """Return minus the sum of each row without the entry at `index`, which becomes 0."""
    entry = np.take_along_axis(array, index, axis)
    np.put_along_axis(array, index, 0, axis)
    # Times 0 the entry adds nothing, unless it is the NaN of a row with this one class.
    return 0 * entry - array.sum(axis=axis, keepdims=True)


def _jacobian(z: ArrayLike, axis: int, temperature: float, power: int) -> NDArray[Any]:
    """``(diag(p) - p p^T) / temperature**power`` for each row, shape ``(..., n, n)``."""
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    with np.errstate(over="ignore", under="ignore"):
        p = np.moveaxis(softmax_in_work_dtype(x, axis, temperature), axis, -1)
        rest = 1 - p
        # 1 - p cancels when p is near 1, which can only be the row's largest: sum the others.
        where_top = np.moveaxis(x.argmax(axis=axis, keepdims=True), axis, -1)
        others = p.copy()
        np.put_along_axis(others, where_top, 0, -1)
        np.put_along_axis(rest, where_top, others.sum(axis=-1, keepdims=True), -1)
        jacobian = -p[..., :, None] * p[..., None, :]
        diagonal = np.arange(p.shape[-1])
        jacobian[..., diagonal, diagonal] = p * rest
        for _ in range(power):  # the square of a temperature of 1e-300 would be 0
            divide(jacobian, temperature)
        return jacobian.astype(float_dtypes(x.dtype)[1], copy=False)


def _jacobian_product(
    z: ArrayLike, v: ArrayLike, axis: int, temperature: float, power: int, name: str
) -> NDArray[Any]:
    """``(p * v - p (p . v)) / temperature**power`` for each row, without forming a matrix."""
    x = as_real_array(z, "z")
    direction = as_real_array(v, name)
    if direction.shape != x.shape:
        raise ValueError(
            f"{name} of shape {direction.shape} does not match z of shape {x.shape}: "
            "it needs one entry for each logit"
        )
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    if direction.dtype.kind == "f" and np.isinf(direction).any():
        where = tuple(int(i) for i in np.argwhere(np.isinf(direction))[0])
        raise ValueError(f"{name} must be finite: {name}{list(where)} is {direction[where]}")
    work, result = float_dtypes(x.dtype)
    if direction.dtype.kind == "f":
        result = np.result_type(result, float_dtypes(direction.dtype)[1])
        work = np.result_type(work, float_dtypes(direction.dtype)[0])
    direction = direction.astype(work, copy=False)
    with np.errstate(over="ignore", under="ignore"):
        p = softmax_in_work_dtype(x, axis, temperature).astype(work, copy=False)
        # J 1 = 0, so any constant may be taken from v. Taking its entry at the likeliest class
        # makes a constant direction give exactly 0, and spares that class the cancellation in
        # v_k - p . v when p_k is near 1.
        base = np.take_along_axis(direction, x.argmax(axis=axis, keepdims=True), axis)
        centred = direction - base
        centred -= (p * centred).sum(axis=axis, keepdims=True)
        centred *= p
        for _ in range(power):
            divide(centred, temperature)
        return centred.astype(result, copy=False)


def softmax_jacobian(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    r"""Return the Jacobian of softmax, :math:`p_i (\delta_{ik} - p_k) / T`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.

    Returns
    -------
    ndarray, shape (..., n, n)
        One matrix for each row of `z`: the class axis moves to the end and is doubled. Symmetric,
        positive semidefinite, rows summing to 0. A masked class has a row and a column of zeros.

    Raises
    ------
    TypeError, ValueError
        As `softmax_course.numerics.functional.softmax`.

    See Also
    --------
    softmax_jvp, softmax_vjp : Products with the Jacobian in O(n) time and memory.

    Notes
    -----
    Every entry has a small relative error, the diagonal too: :math:`1 - p_i` is the sum of the
    other probabilities when :math:`p_i` is the largest.

    Examples
    --------
    >>> from softmax_course import softmax_jacobian
    >>> softmax_jacobian([2.0, -1.0, 0.5]).round(3) + 0.0
    array([[ 0.168, -0.031, -0.138],
           [-0.031,  0.038, -0.007],
           [-0.138, -0.007,  0.145]])
    """
    return _jacobian(z, axis, temperature, power=1)


def softmax_jvp(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    r"""Multiply the Jacobian of softmax by a direction: :math:`Jv = p \circ (v - p \cdot v) / T`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    v : array_like, shape (..., n)
        Direction in logit space, finite.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.

    Returns
    -------
    ndarray, shape (..., n)
        How the probabilities move per unit of `v`. Its rows sum to 0. The dtype is that of `z`, or
        of `v` where that is a wider float.

    Raises
    ------
    TypeError
        As `softmax`, for `z` and `v`.
    ValueError
        As `softmax`; also if `v` has another shape or holds an infinity.

    See Also
    --------
    softmax_jacobian : The matrix itself.
    softmax_vjp : The product from the left.

    Examples
    --------
    >>> from softmax_course import softmax_jvp
    >>> softmax_jvp([2.0, -1.0, 0.5], [1.0, 0.0, 0.0]).round(3)
    array([ 0.168, -0.031, -0.138])
    >>> softmax_jvp([2.0, -1.0, 0.5], [7.0, 7.0, 7.0])  # a common shift changes nothing
    array([0., 0., 0.])
    """
    return _jacobian_product(z, v, axis, temperature, 1, "v")


def softmax_vjp(
    z: ArrayLike, w: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    r"""Multiply a gradient by the Jacobian of softmax: :math:`w^T J = p \circ (w - p \cdot w) / T`.

    It carries the gradient of a loss with respect to the probabilities back to the logits. The
    Jacobian is symmetric, so the numbers are those of `softmax_jvp`; the meaning is not.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    w : array_like, shape (..., n)
        Gradient with respect to the probabilities, finite.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.

    Returns
    -------
    ndarray, shape (..., n)
        Gradient with respect to the logits. The dtype is that of `z`, or of `w` where that is a
        wider float.

    Raises
    ------
    TypeError, ValueError
        As `softmax_jvp`, for `z` and `w`.

    See Also
    --------
    softmax_jacobian : The matrix itself.
    softmax_jvp : The product from the right.

    Examples
    --------
    >>> from softmax_course import softmax, softmax_vjp
    >>> p = softmax([2.0, -1.0, 0.5])
    >>> softmax_vjp([2.0, -1.0, 0.5], [-1 / p[0], 0.0, 0.0]).round(3)  # the gradient of -log p_0
    array([-0.214,  0.039,  0.175])
    """
    return _jacobian_product(z, w, axis, temperature, 1, "w")


def cross_entropy_grad(
    z: ArrayLike,
    target: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> NDArray[Any]:
    r"""Return the gradient of cross-entropy with respect to the logits, :math:`(p - y) / T`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    target : array_like, shape (...) or (..., n)
        Class indices or distributions, see `cross_entropy`.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.
    label_smoothing : float, default 0.0
        Share of the target that is spread evenly, see `cross_entropy`.
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
        As `softmax_course.cross_entropy`.

    See Also
    --------
    cross_entropy : The loss.
    cross_entropy_hessian : Second derivatives.

    Notes
    -----
    At the label :math:`p - 1` is minus the sum of the other probabilities, and is computed so: for
    ``z = [0, -40]`` it is -4.2e-18 where ``p - 1`` is 0 and training would stop. The same is done
    at a class that holds more than half of a soft target. For a target that sums to 1 only within
    tolerance the gradient is :math:`(p \sum_k y_k - y) / T`, that of the loss as computed.

    Where the target gives weight to a masked class the loss is infinite; the formula's finite
    value is returned.

    Examples
    --------
    >>> from softmax_course import cross_entropy_grad
    >>> cross_entropy_grad([2.0, -1.0, 0.5], 0).round(3)
    array([-0.214,  0.039,  0.175])
    >>> cross_entropy_grad([0.0, -40.0], 0)
    array([-4.24835426e-18,  4.24835426e-18])
    """
    x = as_real_array(z, "z")
    axis = class_axis(x, axis, "z")
    temperature = as_positive(temperature, "temperature")
    label_smoothing = as_label_smoothing(label_smoothing)
    as_choice(reduction, "reduction", REDUCTIONS)
    checked, is_index = as_target(target, x, axis)
    work, result = float_dtypes(x.dtype)
    n_rows = x.size // x.shape[axis]
    if reduction == "mean" and n_rows == 0:
        raise ValueError(f"the mean of no rows is undefined: z has shape {x.shape}")
    with np.errstate(over="ignore", under="ignore"):
        grad = softmax_in_work_dtype(x, axis, temperature)
        if is_index and not label_smoothing:
            np.put_along_axis(grad, checked, _negated_sum_of_others(grad, checked, axis), axis)
        else:
            weights = dense_target(checked, is_index, x, axis, label_smoothing, work)
            grad *= weights.sum(axis=axis, keepdims=True)
            grad -= weights
            heavy = weights.argmax(axis=axis, keepdims=True)
            is_most = np.take_along_axis(weights, heavy, axis) > 0.5
            direct = np.take_along_axis(grad, heavy, axis)
            others = _negated_sum_of_others(grad, heavy, axis)
            np.put_along_axis(grad, heavy, np.where(is_most, others, direct), axis)
        if reduction == "mean":
            divide(grad, n_rows)
        divide(grad, temperature)
        return grad.astype(result, copy=False)


def cross_entropy_hvp(
    z: ArrayLike, v: ArrayLike, axis: int = -1, temperature: float = 1.0
) -> NDArray[Any]:
    r"""Multiply the Hessian of cross-entropy by a direction: :math:`p \circ (v - p \cdot v) / T^2`.

    The Hessian does not depend on the target, so none is asked for; it is that of each row's own
    loss (divide by the number of rows for the mean).

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    v : array_like, shape (..., n)
        Direction in logit space, finite.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.

    Returns
    -------
    ndarray, shape (..., n)
        The dtype is that of `z`, or of `v` where that is a wider float.

    Raises
    ------
    TypeError, ValueError
        As `softmax_jvp`.

    See Also
    --------
    cross_entropy_hessian : The matrix itself.
    softmax_jvp : The product with the Jacobian of softmax.

    Examples
    --------
    >>> from softmax_course import cross_entropy_hvp
    >>> cross_entropy_hvp([2.0, -1.0, 0.5], [1.0, 0.0, 0.0]).round(3)
    array([ 0.168, -0.031, -0.138])
    """
    return _jacobian_product(z, v, axis, temperature, 2, "v")


def cross_entropy_hessian(z: ArrayLike, axis: int = -1, temperature: float = 1.0) -> NDArray[Any]:
    r"""Return the Hessian of cross-entropy, :math:`(\operatorname{diag}(p) - p p^T) / T^2`.

    Parameters
    ----------
    z : array_like, shape (..., n)
        Logits; the class axis may be another one, see `axis`. -inf masks a class.
    axis : int, default -1
        Class axis.
    temperature : float, default 1.0
        :math:`T > 0`.

    Returns
    -------
    ndarray, shape (..., n, n)
        The Hessian of each row's own loss, the same for every target. Positive semidefinite: the
        loss is convex in the logits.

    Raises
    ------
    TypeError, ValueError
        As `softmax_jacobian`.

    See Also
    --------
    cross_entropy_hvp : Products in O(n) time and memory.
    cross_entropy_grad : First derivatives.
    softmax_jacobian : The same matrix at temperature 1.

    Examples
    --------
    >>> from softmax_course import cross_entropy_hessian
    >>> cross_entropy_hessian([0.0, 0.0], temperature=0.5)
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    return _jacobian(z, axis, temperature, power=2)
