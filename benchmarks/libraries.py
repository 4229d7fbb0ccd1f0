"""Accuracy of softmax and its losses, and answers to bad input, of several libraries.

    python -m venv /tmp/libraries
    /tmp/libraries/bin/pip install -r benchmarks/requirements-libraries.txt
    PYTHONPATH=src /tmp/libraries/bin/python benchmarks/libraries.py

Run by hand, not by CI: PyTorch and JAX are too heavy for readers and for Binder. What comes out is
`src/softmax_course/teaching/libraries.json`, which pages show; a test compares its versions with
`requirements-libraries.txt` and repeats what needs neither of the two.

Accuracy: every library gets the same 100 000 rows of eight logits in its own arrays. The error of a
result is divided by the bound that `softmax_course.verification` derives for the course's own
formula, so that 1 means "as good as promised here". References are the course's formulas in long
double, whose eleven more bits make their error nothing beside a bound; every fiftieth part of a
group is computed in 50 digits too, to see that.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import scipy.special
from library_answers import CASES, LIBRARIES, answer, namespace
from numpy.typing import NDArray
from sklearn._loss.loss import HalfMultinomialLoss
from sklearn.utils.extmath import softmax as sklearn_softmax

import softmax_course as course
from softmax_course.verification.derivative_error_bounds import gradient_error_bound
from softmax_course.verification.derivative_references import gradient_reference
from softmax_course.verification.error_bounds import (
    cross_entropy_error_bound,
    log_softmax_error_bound,
    softmax_error_bound,
)
from softmax_course.verification.references import (
    cross_entropy_reference,
    log_softmax_reference,
    softmax_reference,
)

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "src/softmax_course/teaching/libraries.json"
PACKAGES = {"scikit-learn": "sklearn"}  # where the two names differ
CLASSES = 8
FUNCTIONS = ("softmax", "log_softmax", "cross_entropy", "cross_entropy_grad")
# Groups of rows; results below the smallest normal number are counted in a group of their own.
SIZES = {"random": 60_000, "sure": 20_000, "masked": 10_000, "shifted": 10_000}
SUBNORMAL = "subnormal"
Rows = NDArray[Any]
Candidate = Callable[[Rows, NDArray[np.intp]], Any]


def inputs(shrink: int = 1) -> dict[str, tuple[Rows, NDArray[np.intp]]]:
    """Return rows of logits and labels, group by group; `shrink` divides their number."""
    random = np.random.default_rng(2024)
    groups = {}
    for name, size in SIZES.items():
        z = random.standard_normal((size, CLASSES))
        top = random.integers(0, CLASSES, size)
        labels = random.integers(0, CLASSES, size)
        if name == "random":
            z *= np.repeat([0.1, 1.0, 10.0, 100.0], size // 4)[:, np.newaxis]
        elif name == "sure":  # one class is ahead, and in half of the rows it is the label
            z[np.arange(size), top] += random.uniform(15, 80, size)
            labels[::2] = top[::2]
        elif name == "masked":
            z *= 3
            hidden = random.random((size, CLASSES)) < 0.4
            hidden[np.arange(size), labels] = False
            z[hidden] = -np.inf
        else:
            z += 10.0 ** random.uniform(1, 4, (size, 1))
        groups[name] = z[::shrink], labels[::shrink]
    return groups


def one_hot(labels: NDArray[np.intp]) -> Rows:
    return np.eye(CLASSES)[labels]


def at(labels: NDArray[np.intp], logs: Rows) -> Rows:
    return -np.take_along_axis(logs, labels[:, np.newaxis], 1)[:, 0]


def in_numpy() -> dict[str, dict[str, Candidate]]:
    """Return the candidates that need neither PyTorch nor JAX, as ``[library][function]``."""
    s = scipy.special
    loss = HalfMultinomialLoss(n_classes=CLASSES)
    return {
        "course": {
            "softmax": lambda z, y: course.softmax(z),
            "log_softmax": lambda z, y: course.log_softmax(z),
            "cross_entropy": lambda z, y: course.cross_entropy(z, y, reduction="none"),
            "cross_entropy_grad": lambda z, y: course.cross_entropy_grad(z, y, reduction="none"),
        },
        "scipy": {
            "softmax": lambda z, y: s.softmax(z, axis=1),
            "log_softmax": lambda z, y: s.log_softmax(z, axis=1),
            "cross_entropy": lambda z, y: at(y, s.log_softmax(z, axis=1)),
            "cross_entropy_grad": lambda z, y: s.softmax(z, axis=1) - one_hot(y).astype(z.dtype),
        },
        "sklearn": {
            "softmax": lambda z, y: sklearn_softmax(z),
            # The loss of LogisticRegression, which no public function offers.
            "cross_entropy": lambda z, y: loss.loss(y.astype(z.dtype), z.copy()),
            "cross_entropy_grad": lambda z, y: loss.gradient(y.astype(z.dtype), z.copy()),
        },
    }


def in_torch() -> dict[str, Candidate]:
    torch = import_module("torch")
    torch.set_num_threads(1)
    functional = torch.nn.functional

    def tensors(z: Rows, y: NDArray[np.intp], grad: bool = False) -> Any:
        return torch.from_numpy(np.ascontiguousarray(z)).requires_grad_(grad), torch.from_numpy(y)

    def gradient(z: Rows, y: NDArray[np.intp]) -> Any:
        logits, labels = tensors(z, y, grad=True)
        functional.cross_entropy(logits, labels, reduction="sum").backward()
        return logits.grad.numpy()

    def cross_entropy(z: Rows, y: NDArray[np.intp]) -> Any:
        return functional.cross_entropy(*tensors(z, y), reduction="none").numpy()

    return {
        "softmax": lambda z, y: torch.softmax(tensors(z, y)[0], 1).numpy(),
        "log_softmax": lambda z, y: torch.log_softmax(tensors(z, y)[0], 1).numpy(),
        "cross_entropy": cross_entropy,
        "cross_entropy_grad": gradient,
    }


def in_jax() -> dict[str, Candidate]:
    jax = import_module("jax")
    jnp = import_module("jax.numpy")
    jax.config.update("jax_enable_x64", True)

    def loss(z: Any, y: Any) -> Any:
        return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, np.newaxis], 1)[:, 0]

    gradient = jax.grad(lambda z, y: loss(z, y).sum())
    return {
        "softmax": lambda z, y: np.asarray(jax.nn.softmax(jnp.asarray(z))),
        "log_softmax": lambda z, y: np.asarray(jax.nn.log_softmax(jnp.asarray(z))),
        "cross_entropy": lambda z, y: np.asarray(loss(jnp.asarray(z), y)),
        "cross_entropy_grad": lambda z, y: np.asarray(gradient(jnp.asarray(z), y)),
    }


def bound(function: str, z: Rows, y: NDArray[np.intp]) -> Rows:
    if function == "softmax":
        return softmax_error_bound(z)
    if function == "log_softmax":
        return log_softmax_error_bound(z)
    if function == "cross_entropy":
        return cross_entropy_error_bound(z, y, reduction="none")
    return gradient_error_bound(z, y, reduction="none")


def reference(function: str, z: Rows, y: NDArray[np.intp]) -> Any:
    """Return the values in 50 digits."""
    if function == "softmax":
        return softmax_reference(z)
    if function == "log_softmax":
        return log_softmax_reference(z)
    if function == "cross_entropy":
        return cross_entropy_reference(z, y, reduction="none")
    return gradient_reference(z, y, reduction="none")


def in_bounds(values: Any, exact: Any, allowed: Rows) -> Rows:
    """Return errors in units of their bounds: inf where a number is missing."""
    values = np.asarray(values)
    with np.errstate(invalid="ignore"):
        errors = np.where(values == exact, 0, np.abs(values.astype(exact.dtype) - exact))
    errors = np.where(np.isnan(values) & ~np.isnan(exact.astype(float)), np.inf, errors)
    return (errors / allowed).astype(float)


def measure(
    candidates: dict[str, dict[str, Candidate]], dtype: Any, shrink: int = 1
) -> list[dict[str, Any]]:
    """Return one row for each function and library: the largest errors, group by group."""
    rows = []
    groups = {name: (z.astype(dtype), y) for name, (z, y) in inputs(shrink).items()}
    wide = {name: (z.astype(np.longdouble), y) for name, (z, y) in groups.items()}
    tiny = float(np.finfo(dtype).smallest_normal)
    own = in_numpy()["course"]
    for function in FUNCTIONS:
        exact = {name: own[function](*wide[name]) for name in groups}
        allowed = {name: bound(function, *groups[name]) for name in groups}
        check_references(function, groups, exact, allowed)
        for library, functions in candidates.items():
            if function not in functions:
                continue
            found: dict[str, float] = dict.fromkeys([*groups, SUBNORMAL], 0.0)
            worst: dict[str, Any] = {}
            for name, (z, y) in groups.items():
                if library == "sklearn" and name == "masked":  # its loss is not made for -inf
                    found.pop(name)
                    continue
                with np.errstate(all="ignore"):
                    errors = in_bounds(functions[function](z.copy(), y), exact[name], allowed[name])
                is_tiny = (np.abs(exact[name]) < tiny) & (exact[name] != 0)
                found[SUBNORMAL] = max(found[SUBNORMAL], float(errors[is_tiny].max(initial=0)))
                errors[is_tiny] = 0
                per_row = errors.reshape(len(z), -1).max(axis=1)
                found[name] = float(per_row.max())
                if not worst or found[name] > found[worst["group"]]:
                    i = int(per_row.argmax())
                    worst = {
                        "group": name,
                        "z": [exact_or_word(v) for v in z[i]],
                        "label": int(y[i]),
                    }
            rows.append(
                {
                    "function": function,
                    "dtype": np.dtype(dtype).name,
                    "library": library,
                    "errors": {k: rounded(v) for k, v in found.items()},
                    "worst": worst,
                }
            )
            print(function, np.dtype(dtype).name, library, rows[-1]["errors"], flush=True)
    return rows


def rounded(value: float) -> float | str:
    return float(f"{value:.3g}") if np.isfinite(value) else "inf"


def exact_or_word(value: Any) -> float | str:
    return float(value) if np.isfinite(value) else str(float(value))


def check_references(function: str, groups: Any, exact: Any, allowed: Any) -> None:
    """Compare long double with 50 digits on some rows: far below the bounds."""
    for name, (z, y) in groups.items():
        some = slice(0, None, max(1, len(z) // 50))
        digits = reference(function, z[some].astype(np.float64), y[some])
        with mpmath.workdps(60):
            errors = [
                float(abs(a - exactly(b))) if np.isfinite(float(a)) else 0.0
                for a, b in zip(digits.ravel(), exact[name][some].ravel(), strict=True)
            ]
        worst = (np.array(errors) / np.ravel(allowed[name][some])).max()
        if worst > 0.02:
            raise AssertionError(f"long double is no reference for {function}, {name}: {worst:.2g}")


def exactly(value: Any) -> Any:
    """Return a long double as a number of mpmath, in two parts that floats can hold."""
    fraction, exponent = np.frexp(value)
    high = float(fraction)
    low = float(fraction - np.longdouble(high))
    return mpmath.ldexp(mpmath.mpf(high) + mpmath.mpf(low), int(exponent))


def versions() -> dict[str, str]:
    lines = (ROOT / "benchmarks/requirements-libraries.txt").read_text().splitlines()
    names = [line.split("==")[0] for line in lines if "==" in line and not line.startswith("#")]
    # A local label, as in 2.13.0+cpu, says how a wheel was built.
    return {name: metadata.version(name).split("+")[0] for name in names}


def main() -> None:
    names = namespace(LIBRARIES)
    candidates = {**in_numpy(), "torch": in_torch(), "jax": in_jax()}
    narrow = {k: v for k, v in candidates.items() if k != "sklearn"}
    accuracy = [
        *measure(candidates, np.float64),
        *measure(candidates, np.float32),
        *measure(narrow, np.float16),
    ]
    answers = [
        {"case": case, "library": library, "call": call, "answer": answer(call, names)}
        for case, calls in CASES.items()
        for library, call in calls.items()
    ]
    results = {
        "versions": versions(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": sum(SIZES.values()),
        "accuracy": accuracy,
        "answers": answers,
    }
    RESULTS.write_text(
        json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )
    print(f"{RESULTS.relative_to(ROOT)}: {len(accuracy)} errors, {len(answers)} answers")


if __name__ == "__main__":
    sys.exit(main())
