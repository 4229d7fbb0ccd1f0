"""Time and memory of softmax, log-softmax and cross-entropy beside SciPy, scikit-learn and PyTorch.

    python benchmarks/numerics.py

Every table is one run: the candidates take turns in random order, so that what slows the machine
slows all of them, and a candidate's time is the median of its turns (the fastest in brackets). It
is processor time, which other work on the machine hardly moves; for PyTorch that of all its
threads. The ratio is the median of ours / theirs turn by turn: below 1 ours is faster. Memory is
the peak of what NumPy allocates in one call, in multiples of the input; PyTorch allocates
elsewhere, so its peak is not shown.

``plain`` is softmax in four lines, without checks, and ``exp`` the exponentials alone: no softmax
in NumPy can take less. Where the processor has no AVX-512, NumPy's float64 ``exp`` is a loop over
the C library's, and more than half of the time of SciPy's softmax. The last table switches off, one
at a time, what `softmax_course.numerics._rows` does to be quick.
"""

from __future__ import annotations

import platform
import random
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
import scipy.special
import sklearn
from sklearn.metrics import log_loss
from sklearn.utils.extmath import softmax as sklearn_softmax

from softmax_course import cross_entropy, log_softmax, softmax, softmax_jacobian, softmax_vjp
from softmax_course.numerics import _rows

SHAPES = [(1, 3), (256, 10), (1024, 1000), (64, 50_000)]
TURNS = 25
TURN_SECONDS = 0.004  # a small call is repeated within its turn for about as long


def turn(call: Callable[[], Any], repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats


def interleaved(calls: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Time all the calls in turns: one of each, then again."""
    repeats = {}
    for name, call in calls.items():
        call()  # warm: imports, caches, allocator
        repeats[name] = max(1, round(TURN_SECONDS / turn(call, 3)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    shuffle = random.Random(0).sample
    for _ in range(TURNS):
        for name in shuffle(list(calls), len(calls)):  # none always follows the same other
            times[name].append(turn(calls[name], repeats[name]))
    return times


def peak_memory(call: Callable[[], Any]) -> int:
    """Bytes that one call has allocated at its peak, its result included."""
    call()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def plain_softmax(z: np.ndarray) -> np.ndarray:
    probs = z - z.max(axis=-1, keepdims=True)
    np.exp(probs, out=probs)
    probs /= probs.sum(axis=-1, keepdims=True)
    return probs


def candidates(z: np.ndarray) -> dict[str, dict[str, Callable[[], Any]]]:
    """All implementations of each function, on these logits; the first is ours."""
    n_rows, n = z.shape
    labels = np.random.default_rng(1).integers(0, n, n_rows)
    shifted, exponentials = z - z.max(axis=-1, keepdims=True), np.empty_like(z)
    functions: dict[str, dict[str, Callable[[], Any]]] = {
        "softmax": {
            "ours": lambda: softmax(z),
            "scipy": lambda: scipy.special.softmax(z, axis=-1),
            "sklearn": lambda: sklearn_softmax(z),
            "plain": lambda: plain_softmax(z),
            "exp": lambda: np.exp(shifted, out=exponentials),
        },
        "log_softmax": {
            "ours": lambda: log_softmax(z),
            "scipy": lambda: scipy.special.log_softmax(z, axis=-1),
        },
        "cross_entropy": {
            "ours": lambda: cross_entropy(z, labels),
            "scipy": lambda: (
                -np.take_along_axis(
                    scipy.special.log_softmax(z, axis=-1), labels[:, np.newaxis], axis=-1
                ).mean()
            ),
            # log_loss takes probabilities: what one pays on the way through softmax.
            "sklearn": lambda: log_loss(labels, sklearn_softmax(z), labels=np.arange(n)),
        },
    }
    if n_rows * n > 2_000_000:
        # log_loss makes one-hot rows and several copies of them; at this size that only waits.
        del functions["cross_entropy"]["sklearn"]
    if find_spec("torch"):
        import torch

        tensor, index = torch.from_numpy(z), torch.from_numpy(labels)
        functions["softmax"]["torch"] = lambda: torch.softmax(tensor, -1)
        functions["log_softmax"]["torch"] = lambda: torch.log_softmax(tensor, -1)
        functions["cross_entropy"]["torch"] = lambda: torch.nn.functional.cross_entropy(
            tensor, index
        )
    return functions


def readable(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def compare_functions() -> list[dict[str, Any]]:
    """Print the table; return the ratios, a row for each pair."""
    rows: list[dict[str, Any]] = []
    print(
        f"{'function':<14}{'shape':>14} {'dtype':<8} {'beside':<8}"
        f"{'ours':>22}{'theirs':>22}{'time':>7}{'memory: ours':>14}{'theirs':>8}"
    )
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        for dtype in (np.float32, np.float64):
            z = (3 * rng.standard_normal(shape)).astype(dtype)
            for function, calls in candidates(z).items():
                times = interleaved(calls)
                memory = {
                    name: peak_memory(call) / z.nbytes
                    for name, call in calls.items()
                    if name != "torch"
                }
                ours = times.pop("ours")
                for name, theirs in times.items():
                    columns = [
                        f"{readable(median(t))} ({readable(min(t))})" for t in (ours, theirs)
                    ]
                    # A few hundred bytes of Python objects are no multiple of three numbers.
                    small = z.nbytes < 10_000
                    peaks = [
                        "-" if small or name_ not in memory else f"{memory[name_]:.2f}"
                        for name_ in ("ours", name)
                    ]
                    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
                    kind = {"function": function, "shape": shape, "dtype": np.dtype(dtype).name}
                    rows.append(kind | {"beside": name, "ratio": ratio})
                    print(
                        f"{function:<14}{shape!s:>14} {np.dtype(dtype).name:<8} {name:<8}"
                        f"{columns[0]:>22}{columns[1]:>22}{ratio:>7.2f}"
                        f"{peaks[0]:>14}{peaks[1]:>8}"
                    )
    return rows


def compare_without() -> None:
    """Time our functions with one measure switched off, as a multiple of the time with it."""
    off = {"BLOCK": 2**60, "SHORT_ROW": 0}
    print(f"\n{'without: time / time with it':<28}{'dtype':<8}", *(f"{s:>12}" for s in off))
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        for dtype in (np.float32, np.float64):
            z = (3 * rng.standard_normal(shape)).astype(dtype)
            for function, calls in candidates(z).items():
                ours = calls["ours"]

                def with_value(setting: str, value: int, ours: Callable[[], Any] = ours) -> Any:
                    before = getattr(_rows, setting)
                    setattr(_rows, setting, value)
                    try:
                        return ours()
                    finally:
                        setattr(_rows, setting, before)

                times = interleaved(
                    {"on": partial(with_value, "BLOCK", _rows.BLOCK)}
                    | {name: partial(with_value, name, value) for name, value in off.items()}
                )
                on = times.pop("on")
                ratios = [median(a / b for a, b in zip(t, on, strict=True)) for t in times.values()]
                print(
                    f"{function:<14}{shape!s:>13} {np.dtype(dtype).name:<8}",
                    *(f"{ratio:>12.2f}" for ratio in ratios),
                )


def compare_products(n: int = 1000) -> float:
    """Print time and memory with and without the matrix; return matrix / product in time."""
    rng = np.random.default_rng(2)
    z, w = rng.standard_normal(n), rng.standard_normal(n)
    calls = {
        "softmax_vjp(z, w)": lambda: softmax_vjp(z, w),
        "w @ softmax_jacobian(z)": lambda: w @ softmax_jacobian(z),
    }
    times = {name: median(t) for name, t in interleaved(calls).items()}
    product, matrix = calls
    print(f"\nOne row of n = {n}, float64")
    for name, call in calls.items():
        print(f"  {name:<26}{readable(times[name]):>10}{peak_memory(call) / 1e3:>12.1f} kB")
    print(f"  without forming J: {times[matrix] / times[product]:.0f} times faster")
    return times[matrix] / times[product]


def main() -> None:
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}\n"
        f"{TURNS} interleaved turns; median (fastest); time = ours / theirs, turn by turn; "
        "memory = peak / size of the input\n"
    )
    compare_functions()
    compare_without()
    compare_products()


if __name__ == "__main__":
    main()
