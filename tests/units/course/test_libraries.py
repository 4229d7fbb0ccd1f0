"""Measurements of other libraries: their versions, and what can be repeated of them here."""

import importlib.util
import sys
from importlib import metadata

import numpy as np
import pytest
from project import ROOT

from softmax_course.teaching import libraries

FOLDER = ROOT / "benchmarks"
OURS = ("course", "numpy", "scipy", "sklearn")
PACKAGES = {"numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn"}


def pinned(path):
    lines = [line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    return dict(line.split("==") for line in lines if "==" in line)


def is_as_measured(library):
    """Whether the installed version, and NumPy's, are those that were measured."""
    needed = {"numpy", PACKAGES.get(library, "numpy")}
    return all(metadata.version(name) == libraries.versions()[name] for name in needed)


@pytest.fixture(scope="module")
def benchmark():
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location(
            "libraries_benchmark", FOLDER / "libraries.py"
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(FOLDER))


def test_versions_are_the_required_ones():
    required = pinned(FOLDER / "requirements-libraries.txt")
    assert libraries.versions() == required
    book = pinned(ROOT / "requirements.txt")
    shared = set(required) & set(book)
    assert {"numpy", "scipy", "scikit-learn"} <= shared
    assert {name: required[name] for name in shared} == {name: book[name] for name in shared}


def test_every_case_was_asked(benchmark):
    asked = {case: list(calls) for case, calls in benchmark.CASES.items()}
    assert {case: list(libraries.answers(case)) for case in libraries.cases()} == asked
    for case, calls in benchmark.CASES.items():
        for library, call in calls.items():
            assert libraries.answers(case)[library][0] == call


def test_answers_can_be_repeated(benchmark):
    names = benchmark.namespace(OURS)
    asked = 0
    for case in libraries.cases():
        for library, (call, said) in libraries.answers(case).items():
            if library in OURS and is_as_measured(library):
                assert benchmark.answer(call, names) == said, case
                asked += 1
    assert asked > 40 or not is_as_measured("numpy")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_the_course_keeps_its_bounds_and_nobody_is_far_better(dtype):
    for function in ("softmax", "log_softmax", "cross_entropy", "cross_entropy_grad"):
        errors = libraries.accuracy(function, dtype)
        assert next(iter(errors)) == "course"
        for group, ours in errors["course"].items():
            assert ours <= 1
            others = [e[group] for name, e in errors.items() if name != "course" and group in e]
            # Everyone makes the same last rounding: nobody can be much below it.
            assert ours <= 1.5 * min(others) + 0.1, (function, group)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_errors_can_be_repeated(benchmark, dtype):
    """A hundredth of the rows has no larger errors than all of them had."""
    if np.finfo(np.longdouble).nmant < 63:
        pytest.skip("long double is no wider than double here, and no reference")
    for row in benchmark.measure(benchmark.in_numpy(), np.dtype(dtype), shrink=100):
        if not is_as_measured(row["library"]):
            continue
        stored = libraries.accuracy(row["function"], dtype)[row["library"]]
        for group, error in row["errors"].items():
            # Another processor has another exp: it may err by a few units more, and by no more
            # than our bound if it is ours.
            assert float(error) <= (1 if row["library"] == "course" else 2 * stored[group] + 1)
            if row["library"] != "course" and stored[group] > 1e6 and group == "sure":
                assert float(error) > 1e3  # the digits that the plain logarithm loses


def test_worst_rows_can_be_repeated(benchmark):
    """The row with the largest error has that error again, against 50 digits."""
    candidates = benchmark.in_numpy()
    for row in libraries._results()["accuracy"]:
        if row["library"] not in candidates or not is_as_measured(row["library"]):
            continue
        group = row["worst"]["group"]
        stored = float(row["errors"][group])
        if stored < 10:
            continue
        z = np.array([[float(v) for v in row["worst"]["z"]]], row["dtype"])
        label = np.array([row["worst"]["label"]])
        with np.errstate(all="ignore"):
            value = candidates[row["library"]][row["function"]](z, label)
        exact = benchmark.reference(row["function"], z.astype(float), label).astype(np.longdouble)
        allowed = benchmark.bound(row["function"], z, label)
        error = benchmark.in_bounds(value, exact, allowed).max()
        assert error == pytest.approx(stored, rel=0.5) or (np.isinf(error) and np.isinf(stored))


def test_unknown_names():
    with pytest.raises(ValueError, match="function must be one of softmax, log_softmax"):
        libraries.accuracy("gelu")
    with pytest.raises(ValueError, match="dtype must be one of float64, float32, float16"):
        libraries.accuracy("softmax", "int8")
    with pytest.raises(ValueError, match="case must be one of"):
        libraries.answers("nonsense")
