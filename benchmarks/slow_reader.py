"""What the benchmarks of pages share: a slow connection, a slow processor, the tests' browsers."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import engines
from project import ALL_ENGINES

__all__ = ["ALL_ENGINES", "NETWORK", "SLOWDOWN", "chromium", "engines"]

#: A connection of 10 Mbit/s with 40 ms of delay, for Chromium's `Network.emulateNetworkConditions`.
NETWORK = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 10e6 / 8,
    "uploadThroughput": 5e6 / 8,
}
SLOWDOWN = 4


def chromium() -> str:
    """Return the path of the Chromium that the tests use."""
    return engines.program(engines.CHROMIUM, engines.CHROMIUM[0])
