"""Every cell of the notebooks runs in the page, and shows what the book was built with.

A few notebooks, which between them import all of SciPy and scikit-learn that any cell does, are run
by `make test`, all of them by `make test-all`, in Chromium. Firefox and WebKit run one a language:
all run the same module, so what an engine does otherwise shows in any. Run means: no cell ends in
an error that it does not end in in the book.
"""

import engines
import live_outputs
import nbformat
import pytest
from executed import executed
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
    engine: engines.Engine, site_url: str, code: str, names: list[str], equal: float
) -> None:
    """Run notebooks in the page; none may fail, and at least a share of the outputs be equal."""
    failed, different, outputs = [], [], 0
    for name in names:
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
    print(f"{code}: {outputs} outputs of {len(names)} notebooks, {len(different)} differ")
    assert not failed, "\n".join(failed)
    assert len(different) <= (1 - equal) * outputs, "\n".join(different)


@pytest.mark.parametrize("code", LANGUAGES)
def test_notebooks_run_in_the_page_as_in_the_book(code, browser, site_url, pytestconfig):
    every = sorted(path.stem for path in (ROOT / "book" / code).glob("*.ipynb"))
    with engines.Chromium(browser) as chromium:
        if pytestconfig.getoption("all_pages"):
            compare(chromium, site_url, code, every, EQUAL)
        else:
            compare(chromium, site_url, code, CHOSEN.get(code, every[:3]), EQUAL_OF_CHOSEN)


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "chromium"])
def test_other_engines_run_notebooks_as_the_book(name, started, site_url, pytestconfig):
    pages = [*SAMPLE.items()]
    for code, page in pages if pytestconfig.getoption("all_pages") else pages[:1]:
        compare(started(name), site_url, code, [page], EQUAL_OF_CHOSEN)
