"""What other libraries do with the formula: measured beforehand, with their versions.

PyTorch and JAX are too heavy for readers. ``benchmarks/libraries.py`` runs them by hand and writes
``libraries.json`` beside this module; pages read it from here, wherever they run.

Examples
--------
>>> from softmax_course import libraries
>>> sorted(libraries.versions())
['jax', 'jaxlib', 'keras', 'lazy-loader', 'mpmath', 'numpy', 'scikit-learn', 'scipy', 'torch']
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from softmax_course._checks import as_choice
from softmax_course.teaching import _data

__all__ = ["accuracy", "answers", "cases", "versions"]

_FILE = "libraries.json"


@cache
def _results() -> dict[str, Any]:
    source = _data.read(_FILE)
    try:
        results = json.loads(source)
        _data.check(results, "libraries.schema.json", ())
    except ValueError as error:
        raise _data.DataError(
            f"{_FILE}: {error}. benchmarks/libraries.py writes the file anew"
        ) from error
    return results


def versions() -> dict[str, str]:
    """Return the versions that were measured.

    Returns
    -------
    dict
        Version of each package, by its name.

    See Also
    --------
    accuracy, answers : What was measured.

    Examples
    --------
    >>> versions()["mpmath"]
    '1.3.0'
    """
    return dict(_results()["versions"])


def accuracy(function: str, dtype: str = "float64") -> dict[str, dict[str, float]]:
    """Return the largest errors of each library over the same 100 000 rows of logits.

    Parameters
    ----------
    function : {"softmax", "log_softmax", "cross_entropy", "cross_entropy_grad"}
        What was computed.
    dtype : {"float64", "float32", "float16"}, default "float64"
        Of the logits.

    Returns
    -------
    dict
        For each library, the course first, the largest error by groups of rows, in units of the
        bound that the course derives for its own formula: ``"random"`` (normal, of standard
        deviation 0.1 to 100), ``"sure"`` (one class ahead by 15 to 80), ``"masked"`` (with -inf),
        ``"shifted"`` (by 10 to 10 000), and ``"subnormal"``, the results of all rows that are
        below the smallest normal number. It is inf where a number is missing. A library that has
        no such function, or was not made for a group, is left out.

    Raises
    ------
    TypeError, ValueError
        If there is no such function or dtype.

    See Also
    --------
    softmax_course.softmax_error_bound : One of the bounds.
    answers : What comes of bad input.

    Examples
    --------
    >>> max(accuracy("log_softmax")["course"].values()) <= 1
    True
    """
    rows = _results()["accuracy"]
    as_choice(function, "function", list(dict.fromkeys(row["function"] for row in rows)))
    as_choice(dtype, "dtype", list(dict.fromkeys(row["dtype"] for row in rows)))
    return {
        row["library"]: {group: float(error) for group, error in row["errors"].items()}
        for row in rows
        if (row["function"], row["dtype"]) == (function, dtype)
    }


def cases() -> list[str]:
    """Return the names of the cases of bad and extreme input.

    Returns
    -------
    list of str
        In English, as `answers` takes them.

    See Also
    --------
    answers : What the libraries say.

    Examples
    --------
    >>> cases()[:2]
    ['softmax of uint8', 'softmax of int64']
    """
    return list(dict.fromkeys(row["case"] for row in _results()["answers"]))


def answers(case: str) -> dict[str, tuple[str, str]]:
    """Return what each library says to a case of bad or extreme input.

    Parameters
    ----------
    case : str
        One of `cases`.

    Returns
    -------
    dict
        For each library that was asked, the call and its answer: a value with six digits, or an
        error; warnings follow in brackets. In calls ``P`` is softmax in NumPy as beginners write
        it and ``F`` is ``torch.nn.functional``; JAX has 64 bits switched on, Keras runs on JAX.

    Raises
    ------
    TypeError, ValueError
        If there is no such case.

    See Also
    --------
    cases : Their names.

    Examples
    --------
    >>> answers("softmax of a row of -inf")["torch"]
    ('torch.softmax(torch.tensor([-inf, -inf]), 0)', '[nan, nan]')
    """
    as_choice(case, "case", cases())
    return {
        row["library"]: (row["call"], row["answer"])
        for row in _results()["answers"]
        if row["case"] == case
    }
