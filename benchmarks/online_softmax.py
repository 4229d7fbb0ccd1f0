"""Blocks or everything at once: memory and time of softmax and of its one-pass normaliser.

Run with ``python benchmarks/online_softmax.py``. Absolute numbers belong to the machine; the
ratios are what carries over.

Two questions:

- normaliser: the log of the sum of exponentials alone, which one pass over the blocks gives;
- softmax: all probabilities, which takes a second pass over the blocks. They are summed and thrown
  away, as attention does after weighting its values; otherwise the output alone would fill memory.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from functools import partial

import numpy as np

from softmax_course.numerics.functional import logsumexp, softmax
from softmax_course.numerics.online import OnlineLogSumExp, online_softmax


def measure(call, repeats):
    """Return the best time in seconds and the peak of newly allocated bytes."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(times), peak


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--classes", type=int, default=131_072, help="a large vocabulary")
    parser.add_argument("--blocks", type=int, nargs="+", default=[1024, 4096, 16_384])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()

    z = np.random.default_rng(0).normal(size=(options.rows, options.classes))
    print(f"{options.rows} rows of {options.classes} classes, float64, {z.nbytes / 1e6:.0f} MB")
    tasks = {
        "normaliser": (
            lambda: logsumexp(z),
            lambda blocks: OnlineLogSumExp(blocks).value,
        ),
        "softmax": (
            lambda: softmax(z).sum(axis=-1),
            lambda blocks: sum(p.sum(axis=-1) for p in online_softmax(blocks)),
        ),
    }
    for task, (at_once, in_blocks) in tasks.items():
        time_all, peak_all = measure(at_once, options.repeats)
        print(f"\n{task}, at once: {time_all * 1e3:.1f} ms, {peak_all / 1e6:.2f} MB of temporaries")
        for size in options.blocks:
            # Views: cutting costs nothing, as when each block is computed where it is needed.
            blocks = [z[:, i : i + size] for i in range(0, options.classes, size)]
            np.testing.assert_allclose(in_blocks(blocks), at_once(), rtol=1e-12)
            seconds, peak = measure(partial(in_blocks, blocks), options.repeats)
            print(
                f"  blocks of {size:6d}: {seconds / time_all:5.2f} of the time, "
                f"{peak / peak_all:7.4f} of the memory"
            )


if __name__ == "__main__":
    main()
