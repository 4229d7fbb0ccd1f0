"""How long each named derivation takes to prove and to check at n = 4.

Run ``python benchmarks/proofs.py``. The caches of SymPy and of the
theorems are cleared before each. Exits with 1 if one takes over a second.
"""

from time import perf_counter

from sympy.core.cache import clear_cache

from softmax_course.proofs import theorems

LIMIT = 1.0  # seconds


def main() -> int:
    slowest = 0.0
    print(f"{'derivation':42} {'lines':>5} {'seconds':>8} {'gap at n = 4':>13}")
    for name, theorem in theorems.ALL.items():
        theorem.cache_clear()
        clear_cache()
        start = perf_counter()
        found = theorem()
        seconds = perf_counter() - start
        slowest = max(slowest, seconds)
        print(f"{name:42} {len(found.steps):5} {seconds:8.3f} {float(found.largest_gap):13.1e}")
    print(f"slowest: {slowest:.3f} s, limit {LIMIT} s")
    return int(slowest > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
