"""Every cell of the notebooks runs in the page, and shows what the book was built with.

A few notebooks, which between them import all of SciPy and scikit-learn that any cell does, are run
by `make test`, all of them by `make test-all`, in Chromium. Firefox and WebKit run one a language:
all run the same module, so what an engine does otherwise shows in any. Run means: no cell ends in
an error that it does not end in in the book.
"""

import json
from pathlib import Path

import engines
import live_outputs
import nbformat
import pytest
from executed import executed
from pages import NOTEBOOKS
from project import ENGINES, LANGUAGES, ROOT

#: Pages that between them import what is compiled for the page, and quick ones for the rest.
CHOSEN = {
    "ru": ["gradient", "libraries", "origins"],
    "bn": ["numerical-stability", "sigmoid", "summary"],
    "zh": ["05-1-environment", "06-1-attention", "06-1-decoding", "losses"],
}
#: What other engines run, in `make test` the first alone: proofs, figures and data between them.
SAMPLE = {"ru": "gradient", "bn": "sigmoid", "zh": "04-2-temperature"}
#: Seconds for the cells of a notebook, on a busy machine.
PATIENCE = 900
#: Which share of the outputs is equal, though versions of NumPy and SciPy differ: of all notebooks,
#: and of the few, where three outputs more or less, which depend on the machine, weigh more.
EQUAL, EQUAL_OF_CHOSEN = 0.98, 0.96

#: Answers at once, since WebDriver waits a minute for a script, and leaves the messages of the
#: cells in `window.ran` when they have run.
RUN = """
({ script, manifest, hash, language, cells }) => {
  async function run() {
    const { createRuntime } = await import(script);
    const onStopped = (error) => Promise.reject(error);
    const runtime = createRuntime({ manifest, hash, language, onStopped });
    await runtime.start(() => {});
    const results = [];
    for (const [index, source] of cells) {
      let messages, answer;
      do {
        messages = [];
        const request = { source, name: `<cell ${index + 1}>` };
        answer = await runtime.run(request, (message) => messages.push(message));
        if (answer.needs) await runtime.loadTier(answer.needs, () => {});
      } while (answer.needs);
      results.push(messages);
    }
    runtime.interrupt();
    return results;
  }
  window.ran = null;
  run().then(
    (results) => { window.ran = { results }; },
    (error) => { window.ran = { error: String(error) }; },
  );
}
"""


def cells_of(notebook: nbformat.NotebookNode) -> list[tuple[int, nbformat.NotebookNode]]:
    return [
        (index, cell)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and "claim" not in cell.metadata.get("tags", ())
    ]


def run(engine: engines.Engine, cells: list[tuple[int, nbformat.NotebookNode]]) -> list[list[dict]]:
    """Run cells in a Python of the page that has run nothing before."""
    settings = engine.run("""() => {
        const { dataset } = document.querySelector("script[src*='live-cells.js']");
        const address = (name) => new URL(name, new URL(dataset.root, document.baseURI)).href;
        return { script: address(dataset.script), manifest: address(dataset.manifest),
                 hash: dataset.manifestSha256, language: document.documentElement.lang };
    }""")
    sources = [(index, cell.source) for index, cell in cells]
    engine.run(RUN, {**settings, "cells": sources})
    engine.wait("() => window.ran", seconds=PATIENCE)
    ran = engine.run("() => window.ran")
    assert "error" not in ran, ran["error"]
    return ran["results"]


def compare(
    engine: engines.Engine, site_url: str, code: str, name: str
) -> tuple[int, list[str], list[str]]:
    """Run a notebook in the page; return how many outputs it has, what failed, what differs."""
    failed, different, outputs = [], [], 0
    notebook = executed(ROOT / "book" / code / f"{name}.ipynb")
    engine.open(f"{site_url}book/{code}/{name}.html")
    cells = cells_of(notebook)
    for (index, cell), messages in zip(cells, run(engine, cells), strict=True):
        before, now = live_outputs.built(cell.outputs), live_outputs.live(messages)
        outputs += max(len(before), len(now))
        errors = [text for kind, text in now if kind == "error"]
        if errors and "error" not in [kind for kind, _ in before]:
            failed.append(f"{name}, cell {index + 1}: {errors[0]}")
        elif "machine" not in cell.metadata.get("tags", ()):
            found = [*live_outputs.differences(before, now)]
            different += [f"{name}, cell {index + 1}: {found}"] if found else []
    return outputs, failed, different


def notebooks_of(code: str, all_pages: bool) -> list[str]:
    """Return the notebooks of a language that run in Chromium: the chosen, or all."""
    every = [path.stem for path in NOTEBOOKS if path.parent.name == code]
    return every if all_pages else CHOSEN.get(code, every[:3])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each notebook, so that workers share them."""
    if "notebook" in metafunc.fixturenames:
        all_pages = metafunc.config.getoption("all_pages")
        pairs = [(code, name) for code in LANGUAGES for name in notebooks_of(code, all_pages)]
        ids = [f"{code}-{name}" for code, name in pairs]
        metafunc.parametrize("notebook", pairs, ids=ids)


@pytest.fixture
def counts(tmp_path_factory, testrun_uid) -> Path:
    """Return a folder that all workers of this run share."""
    folder = tmp_path_factory.getbasetemp().parent / f"parity-{testrun_uid}"
    folder.mkdir(exist_ok=True)
    return folder


def test_notebooks_run_in_the_page_as_in_the_book(
    notebook, browser, site_url, counts, pytestconfig
):
    """No cell fails; after the last notebook of a language, enough of all its outputs are equal."""
    code, name = notebook
    all_pages = pytestconfig.getoption("all_pages")
    with engines.Chromium(browser) as chromium:
        outputs, failed, different = compare(chromium, site_url, code, name)
    result = {"outputs": outputs, "different": different}
    # Renamed when whole, since another worker may be looking.
    (counts / f"{code}-{name}.part").write_text(json.dumps(result), "utf-8")
    (counts / f"{code}-{name}.part").rename(counts / f"{code}-{name}.json")
    assert not failed, "\n".join(failed)
    files = [counts / f"{code}-{name}.json" for name in notebooks_of(code, all_pages)]
    if all(file.exists() for file in files):
        results = [json.loads(file.read_text("utf-8")) for file in files]
        outputs = sum(result["outputs"] for result in results)
        different = [cell for result in results for cell in result["different"]]
        print(f"{code}: {outputs} outputs of {len(files)} notebooks, {len(different)} differ")
        equal = EQUAL if all_pages else EQUAL_OF_CHOSEN
        assert len(different) <= (1 - equal) * outputs, "\n".join(different)


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "chromium"])
def test_other_engines_run_notebooks_as_the_book(name, started, site_url, pytestconfig):
    pages = [*SAMPLE.items()]
    for code, page in pages if pytestconfig.getoption("all_pages") else pages[:1]:
        outputs, failed, different = compare(started(name), site_url, code, page)
        assert not failed, "\n".join(failed)
        assert len(different) <= (1 - EQUAL_OF_CHOSEN) * outputs, "\n".join(different)
