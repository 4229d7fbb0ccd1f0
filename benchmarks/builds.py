"""How long the book takes to build, beside a stock Jupyter Book of the same pages.

Usage: python benchmarks/builds.py [--only ours] [--json FILE]

Both are built in a new folder: cold (every notebook runs), again without a change, and with one
word more on one page. What is downloaded once, from npm and PyPI, is taken from this checkout's
`_build/.frontend`, so the network is not measured. Ours is built strictly, as `make book` does;
the stock book shows its warnings and goes on, since it does not know some of what the pages hold.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from pages import BUILD, ROOT, build, stock_sources

STRICT = ("-W", "--keep-going", "-n")
TOUCHED = Path("book/ru/teachers.md")


def our_sources(place: Path) -> Path:
    """Copy what git knows of this checkout, and what was downloaded for it."""
    source = place / "ours"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    shutil.copytree(
        BUILD / ".frontend",
        source / "_build" / ".frontend",
        symlinks=True,
        ignore=shutil.ignore_patterns("formulas-*"),  # those were made here
    )
    return source


def timed(source: Path, *options: str) -> float:
    """Return the seconds that a build takes."""
    start = time.perf_counter()
    build(source, *options)
    return time.perf_counter() - start


def measure(name: str, source: Path, *options: str) -> dict[str, float]:
    """Build a book three times, and print the seconds."""
    times = {"cold s": timed(source, *options), "no change s": timed(source, *options)}
    page = source / TOUCHED
    page.write_text(page.read_text("utf-8") + "\nещё\n", "utf-8")
    times["one page s"] = timed(source, *options)
    row = "  ".join(f"{kind} {seconds:7.1f}" for kind, seconds in times.items())
    print(f"{name:8}", row, flush=True)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["ours", "stock"])
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    given = parser.parse_args()
    if not (BUILD / ".frontend").is_dir():
        parser.error("nothing was downloaded yet: run `make book` first")
    table = {}
    with tempfile.TemporaryDirectory() as place:
        if given.only != "stock":
            table["ours"] = measure("ours", our_sources(Path(place)), *STRICT)
        if given.only != "ours":
            table["stock"] = measure("stock", stock_sources(Path(place)))
    if given.json:
        given.json.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
