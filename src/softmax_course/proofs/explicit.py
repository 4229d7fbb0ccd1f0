"""Derivatives of softmax and its losses for a fixed number of classes, as SymPy matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from sympy import Expr, Indexed, Integer, S

from softmax_course._checks import as_integer
from softmax_course.proofs.expressions import (
    cross_entropy,
    logsumexp,
    n,
    softmax,
    temperature,
    vector,
)


def _written_out(expression: Expr, size: int) -> Expr:
    """Write the sums out over ``1..size`` and take the derivatives, as SymPy does by itself."""
    replaced = expression.xreplace({n: Integer(size)})
    return replaced.doit()


def explicit_jacobian(size: int, temperature: Expr = S.One) -> sp.Matrix:
    r"""Return the Jacobian of softmax for `size` classes as an explicit matrix.

    The entries are SymPy's own derivatives of the written-out softmax, in
    ``z[1], …, z[size]``; row i, column k holds :math:`\partial p_i / \partial z_k`.

    Parameters
    ----------
    size : int
        Number of classes.
    temperature : sympy.Expr, optional
        Divides the logits.

    Returns
    -------
    sympy.Matrix, shape (size, size)
        Each entry is an expression in ``z[1], …, z[size]``.

    Raises
    ------
    TypeError, ValueError
        If `size` is no positive integer.

    See Also
    --------
    as_function : Compiles it.
    softmax_course.softmax_jacobian : The closed form, in NumPy.
    softmax_course.theorems.softmax_jacobian : The closed form, proved for every number of classes.

    Examples
    --------
    >>> J = explicit_jacobian(3)
    >>> J.shape
    (3, 3)
    >>> as_function(J)([0.0, 0.0, 0.0]).round(3)
    array([[ 0.222, -0.111, -0.111],
           [-0.111,  0.222, -0.111],
           [-0.111, -0.111,  0.222]])
    """
    size, z = as_integer(size, "size", 1), vector("z")
    p = [_written_out(softmax(z, Integer(i), temperature, size), size) for i in range(1, size + 1)]
    return sp.Matrix(size, size, lambda i, k: p[i].diff(z[k + 1]))


def explicit_cross_entropy_gradient(
    size: int, target: int | None = None, temperature: Expr = S.One
) -> sp.Matrix:
    """Return the gradient of cross-entropy for `size` classes as an explicit column.

    Parameters
    ----------
    size : int
        Number of classes.
    target : int, optional
        Index of the right class, counted from 0 as NumPy does. Without it the target is the
        distribution ``y[1], …, y[size]``.
    temperature : sympy.Expr, optional
        Divides the logits.

    Returns
    -------
    sympy.Matrix, shape (size, 1)
        Each entry is an expression in ``z[1], …, z[size]``, and in ``y`` without a `target`.

    Raises
    ------
    TypeError, ValueError
        If `size` is no positive integer, or `target` no class index.

    See Also
    --------
    as_function : Compiles it.
    softmax_course.cross_entropy_grad : The closed form, in NumPy.

    Examples
    --------
    >>> gradient = as_function(explicit_cross_entropy_gradient(3, target=0))
    >>> gradient([2.0, -1.0, 0.5]).round(4)
    array([-0.2144,  0.0391,  0.1753])
    """
    size, z = as_integer(size, "size", 1), vector("z")
    y = vector("y")
    if target is not None:
        y = Integer(as_integer(target, "target", 0, size - 1) + 1)
    loss = _written_out(cross_entropy(z, y, temperature, size=Integer(size)), size)
    return sp.Matrix([loss.diff(z[k]) for k in range(1, size + 1)])


def explicit_cross_entropy_hessian(size: int, temperature: Expr = S.One) -> sp.Matrix:
    """Return the Hessian of cross-entropy for `size` classes as an explicit matrix.

    It is that of log-sum-exp, whatever the target: the rest of the loss is linear in the logits
    when the target sums to 1.

    Parameters
    ----------
    size : int
        Number of classes.
    temperature : sympy.Expr, optional
        Divides the logits.

    Returns
    -------
    sympy.Matrix, shape (size, size)
        Each entry is an expression in ``z[1], …, z[size]``.

    Raises
    ------
    TypeError, ValueError
        If `size` is no positive integer.

    See Also
    --------
    as_function : Compiles it.
    softmax_course.cross_entropy_hessian : The closed form, in NumPy.
    """
    size, z = as_integer(size, "size", 1), vector("z")
    value = _written_out(logsumexp(z, temperature, size), size)
    return sp.Matrix(size, size, lambda i, k: value.diff(z[i + 1], z[k + 1]))


def as_function(matrix: sp.Matrix) -> Callable[..., np.ndarray]:
    """Compile an explicit matrix to a NumPy function.

    Parameters
    ----------
    matrix : sympy.Matrix
        In the entries of ``z``, and possibly of ``y`` and in ``T``.

    Returns
    -------
    callable
        ``f(logits)``, ``f(logits, target)`` if the matrix has entries of ``y``; with ``T`` the
        keyword ``temperature`` is required. A column comes back one-dimensional. It raises
        ``TypeError`` for missing or needless arguments, ``ValueError`` for other shapes.

    Raises
    ------
    TypeError
        If `matrix` is no SymPy matrix.
    ValueError
        If the matrix has other vectors than ``z`` and ``y``.

    See Also
    --------
    explicit_jacobian, explicit_cross_entropy_gradient, explicit_cross_entropy_hessian :
        Matrices to compile.
    sympy.lambdify : Does the work.

    Examples
    --------
    >>> f = as_function(explicit_cross_entropy_gradient(2))
    >>> f([0.0, 0.0], [1.0, 0.0])
    array([-0.5,  0.5])
    """
    if not isinstance(matrix, sp.MatrixBase):
        raise TypeError(f"matrix must be a SymPy matrix, got {matrix!r}")
    entries = sorted(matrix.atoms(Indexed), key=lambda e: (str(e.base), int(e.indices[0])))
    size = max(matrix.shape)
    names = sorted({str(entry.base.label) for entry in entries} | {"z"}, reverse=True)
    if not set(names) <= {"z", "y"}:
        raise ValueError(f"only z and y can be arguments, the matrix has {names}")
    arguments = [[vector(name)[m] for m in range(1, size + 1)] for name in names]
    needs_temperature = temperature in matrix.free_symbols
    if needs_temperature:
        arguments.append(temperature)
    compiled = sp.lambdify(arguments, matrix, modules="numpy", cse=True)

    def evaluate(logits, target=None, *, temperature=None):
        vectors = [logits] if "y" not in names else [logits, target]
        if ("y" in names) != (target is not None):
            raise TypeError(f"this function takes {' and '.join(names)}")
        if needs_temperature != (temperature is not None):
            raise TypeError("temperature is " + ("required" if needs_temperature else "not used"))
        arrays = [np.asarray(argument, dtype=float) for argument in vectors]
        for array in arrays:
            if array.shape != (size,):
                raise ValueError(f"expected shape ({size},), got {array.shape}")
        if needs_temperature:
            arrays.append(float(temperature))
        result = np.asarray(compiled(*arrays), dtype=float)
        return result[:, 0] if matrix.cols == 1 and matrix.rows > 1 else result

    return evaluate
