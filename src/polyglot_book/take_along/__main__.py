"""Make the files to take along: ``python -m polyglot_book.take_along _build dist``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from sphinx.errors import SphinxError

from . import making, manifest


def main(arguments: list[str] | None = None) -> int:
    """Make what is asked for, and say what was made."""
    parser = argparse.ArgumentParser(prog="python -m polyglot_book.take_along", description=__doc__)
    parser.add_argument("build", type=Path, help="where the book was built, such as _build")
    parser.add_argument("dist", type=Path, help="the folder for what is made")
    parser.add_argument("--only", nargs="+", choices=making.KINDS, default=list(making.KINDS))
    parser.add_argument("--languages", nargs="+", metavar="CODE", help="all unless given")
    given = parser.parse_args(arguments)
    try:
        found = manifest.read(given.build)
        start = time.monotonic()
        for line in making.make(found, given.build, given.dist, given.only, given.languages):
            print(f"{time.monotonic() - start:6.0f} s  {line}", flush=True)
    except SphinxError as error:
        print(f"{error.category}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
