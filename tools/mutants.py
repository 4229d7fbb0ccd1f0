"""Change the course's code in one place at a time and see whether a test notices.

Of all changes that cosmic-ray can make to the numerics, the proofs and their verification, a
sample is drawn by a seed. Each is made in a copy of the repository, where the tests that run the
changed line are run until the first fails. What no test notices is printed with its difference:
either a test is missing, or the change makes none (an equivalent mutant).

Usage: python tools/mutants.py [--count 200] [--seed 0] [--processes 2] [module ...]
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from coverage.numbits import numbits_to_nums

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "src/softmax_course"
ROOMS = ["numerics", "proofs", "verification"]
#: Seconds after which a change counts as noticed: it made an endless loop.
TIMEOUT = 300
# A name for another in scope, an exception for another: a draw would hold little else.
LEFT_OUT = ("VariableReplacer", "VariableInserter", "ExceptionReplacer")


@dataclass(frozen=True)
class Mutant:
    """A change to a module: which operator, at which of the places that it applies to."""

    module: Path
    operator: str
    occurrence: int
    line: int

    def code(self) -> str:
        """Return the module as changed."""
        source = (ROOT / self.module).read_text("utf-8")
        return mutate_code(source, get_operator(self.operator)(), self.occurrence)

    def difference(self) -> str:
        """Return the changed lines, before and after."""
        before = (ROOT / self.module).read_text("utf-8").splitlines()
        lines = difflib.unified_diff(before, self.code().splitlines(), lineterm="", n=0)
        return "\n".join(line for line in list(lines)[3:])


def mutants(module: Path) -> Iterator[Mutant]:
    """Yield all changes of a module."""
    tree = get_ast((ROOT / module).read_text("utf-8"))
    nodes = list(ast_nodes(tree))
    for name in operator_names():
        if name.endswith(LEFT_OUT):
            continue
        operator = get_operator(name)()
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, ((line, _), _) in enumerate(places):
            yield Mutant(module, name, occurrence, line)


def changes_what_runs(mutant: Mutant) -> bool:
    """Return whether a change leaves Python, and is more than one of annotations."""
    before = (ROOT / mutant.module).read_text("utf-8")
    try:
        return _without_annotations(mutant.code()) != _without_annotations(before)
    except SyntaxError:  # of `{**a}` it makes `{&a}`
        return False


def _without_annotations(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def copied(target: Path) -> Path:
    """Copy what git knows of the repository to a folder; return it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for file in filter(None, listed.stdout.split("\0")):
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, target / file)
    return target


def settings(copy: Path) -> dict[str, str]:
    """Return the environment in which a copy's own modules are imported."""
    return {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def tests_by_line(modules: list[Path], copy: Path) -> dict[Path, dict[int, set[str]]]:
    """Run the course's units in an unchanged copy; note which tests run each line of the modules.

    They must pass: a test that fails there would notice every change.
    """
    data = copy / "coverage"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/units/course", PACKAGE]
    options = [f"--cov={PACKAGE}", "--cov-context=test", "--cov-report=", "-m", "not slow"]
    environment = settings(copy) | {"COVERAGE_FILE": str(data)}
    subprocess.run([*command, *options], cwd=copy, env=environment, check=True)
    found = {}
    with sqlite3.connect(data) as base:
        contexts = dict(base.execute("select id, context from context"))
        for module in modules:
            lines: dict[int, set[str]] = {}
            query = (
                "select context_id, numbits from line_bits join file on file.id = file_id"
                " where path = ?"
            )
            for context, bits in base.execute(query, [str(copy / module)]):
                if test := contexts[context].removesuffix("|run"):
                    for line in numbits_to_nums(bits):
                        lines.setdefault(line, set()).add(test)
            found[module] = lines
    return found


def notices(mutant: Mutant, tests: set[str], copy: Path) -> bool:
    """Make a change in a copy of the repository; return whether a test of these fails."""
    target = copy / mutant.module
    original = target.read_text("utf-8")
    chosen = copy / "chosen_tests.txt"
    chosen.write_text("\n".join(sorted(tests)), "utf-8")
    target.write_text(mutant.code(), "utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"@{chosen}"]
    options = {"cwd": copy, "env": settings(copy), "capture_output": True, "text": True}
    try:
        run = subprocess.run(command, timeout=TIMEOUT, check=False, **options)
    except subprocess.TimeoutExpired:
        return True
    finally:
        target.write_text(original, "utf-8")
    if run.returncode not in (0, 1, 2, 3):  # 4: asked for tests that are not there; 5: none ran
        # The change may have taken cases away; unchanged, they must be there.
        again = subprocess.run([*command, "--collect-only"], check=False, **options)
        if again.returncode:
            raise RuntimeError(f"pytest ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return run.returncode != 0


def main() -> int:
    """Draw, try and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("modules", nargs="*", type=Path, help="of src/softmax_course; else all")
    arguments = parser.parse_args()
    modules = [path.resolve().relative_to(ROOT) for path in arguments.modules] or [
        path.relative_to(ROOT)
        for room in ROOMS
        for path in sorted((ROOT / PACKAGE / room).rglob("*.py"))
    ]
    everything = [mutant for module in modules for mutant in mutants(module)]
    random.Random(arguments.seed).shuffle(everything)
    drawn = list(islice(filter(changes_what_runs, everything), arguments.count))
    count = len(drawn)
    print(f"{count} of {len(everything)} changes, seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        places = [copied(Path(name).resolve() / str(i)) for i in range(arguments.processes)]
        covering = tests_by_line(modules, places[0])
        copies: SimpleQueue[Path] = SimpleQueue()
        for copy in places:
            copies.put(copy)

        def judge(mutant: Mutant) -> bool:
            lines = covering[mutant.module]
            # What runs when a module is imported belongs to no test: all of the module's see it.
            tests = lines.get(mutant.line) or set().union(*lines.values())
            copy = copies.get()
            try:
                return notices(mutant, tests, copy)
            finally:
                copies.put(copy)

        survivors = []
        with ThreadPoolExecutor(arguments.processes) as pool:
            for mutant, noticed in zip(drawn, pool.map(judge, drawn), strict=True):
                if not noticed:
                    survivors.append(mutant)
                    where = f"{mutant.module}:{mutant.line} {mutant.operator}"
                    print(f"\n{where}\n{mutant.difference()}", flush=True)
    noticed = count - len(survivors)
    print(f"\n{noticed} of {count} noticed: {noticed / count:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
