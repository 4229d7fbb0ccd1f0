"""Run the benchmarks and write `benchmarks/RESULTS.md`, where all ratios stand in one table.

Usage: python benchmarks/results.py [numerics] [pages] [cells] [builds]

Run on an idle machine. Without names all are run, in about an hour, most of it the stock book's
notebooks, which run one after the other. What is not run is taken from `results.json`, which holds
the numbers of the last run of each.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numerics
import numpy as np
import scipy

HERE = Path(__file__).resolve().parent
KEPT, PAGE = HERE / "results.json", HERE / "RESULTS.md"
Row = tuple[str, str, str]

HEAD = """# What was measured

Written by `python benchmarks/results.py` on an idle machine; each script says how it measures.
A ratio is ours / theirs in one run: below 1 this project takes less. Seconds belong to the
machine, ratios carry over.

| what | beside | ours / theirs |
|---|---|---|
"""


def of_script(name: str, *options: str) -> dict[str, Any]:
    """Run another benchmark, and return the numbers that it writes."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = Path(folder) / "numbers.json"
        script = str(HERE / f"{name}.py")
        subprocess.run([sys.executable, script, "--json", str(numbers), *options], check=True)
        return json.loads(numbers.read_text("utf-8"))


def of_numerics() -> dict[str, Any]:
    return {"functions": numerics.compare_functions(), "jacobian": numerics.compare_products()}


MEASURES = {
    "numerics": of_numerics,
    "pages": lambda: of_script("pages"),
    "cells": lambda: of_script("live_cells", "--engines", "chromium"),
    "builds": lambda: of_script("builds"),
}


def ratios(numbers: dict[str, Any]) -> list[Row]:
    """Return a row for each ratio that is known."""
    rows: list[Row] = []
    if found := numbers.get("numerics"):
        for row in found["functions"]:
            if row["beside"] in {"scipy", "torch"} and row["dtype"] == "float64":
                shape = " × ".join(str(length) for length in row["shape"])
                what = f"`{row['function']}`, {shape}, float64: time"
                rows.append((what, row["beside"], f"{row['ratio']:.2f}"))
        product = 1 / found["jacobian"]
        rows.append(("`softmax_vjp`, n = 1000: time", "the same with J formed", f"{product:.3f}"))
    for page, both in numbers.get("pages", {}).items():
        for what, key in (("kB", "kB"), ("time to the last formula", "all s")):
            ratio = both["ours"][key] / both["stock"][key]
            rows.append((f"first visit of `{page}`: {what}", "stock Jupyter Book", f"{ratio:.2f}"))
    if {"ours", "stock"} <= set(found := numbers.get("builds", {})):
        for key, seconds in found["ours"].items():
            what = f"build, {key.removesuffix(' s')}: time"
            ratio = seconds / found["stock"][key]
            rows.append((what, "stock Jupyter Book", f"{ratio:.2f}"))
    return rows


def page(numbers: dict[str, Any]) -> str:
    """Return the text of the page."""
    text = HEAD + "".join(f"| {' | '.join(row)} |\n" for row in ratios(numbers))
    if found := numbers.get("builds"):
        text += "\n## Building the book, seconds\n\n"
        text += "| | cold | no change | one page touched |\n|---|---|---|---|\n"
        for name, row in found.items():
            cells = " | ".join(f"{seconds:.0f}" for seconds in row.values())
            text += f"| {name} | {cells} |\n"
    if found := numbers.get("cells"):
        text += "\n## Python in the page, seconds from the tap (Chromium)\n\n"
        text += f"| | {' | '.join(next(iter(found.values())))} |\n"
        text += "|---" * (1 + len(next(iter(found.values())))) + "|\n"
        for kind, row in found.items():
            text += f"| {kind} | {' | '.join(f'{number:.2f}' for number in row.values())} |\n"
    return text


def where() -> str:
    """Say when and on what kind of machine, without its name."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors ({platform.machine()}), "
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASURES))
    names = parser.parse_args().names or list(MEASURES)
    if unknown := set(names) - set(MEASURES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    for name in names:
        kept[name] = {"where": where(), "numbers": MEASURES[name]()}
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        numbers = {kind: found["numbers"] for kind, found in kept.items()}
        places = "".join(f"- {kind}: {found['where']}\n" for kind, found in kept.items())
        PAGE.write_text(f"{page(numbers)}\n## Where\n\n{places}", "utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
