"""Plots of notebooks are written as shorter SVG, each once."""

import io
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from project import ROOT

from polyglot_book.rendering import drawings, node


@pytest.fixture
def plot() -> str:
    """Draw a line and its name."""
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.plot([0, 1, 4, 9], label="squares")
    axes.legend()
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


@pytest.fixture(scope="module")
def modules() -> Path:
    """Return the npm packages of the built book, or a fresh installation of them."""
    return node.install(ROOT / "_build" / ".frontend")


def test_a_plot_loses_what_nobody_sees(plot, modules, tmp_path):
    path = Path("plot.svg")
    shorter = drawings.shorten({path: plot}, modules, tmp_path)[path]
    assert len(shorter) < 0.7 * len(plot)
    assert "<metadata" in plot
    assert "<metadata" not in shorter
    assert shorter.startswith("<svg")
    assert shorter.count("<use") == plot.count("<use")


def test_a_plot_is_shortened_once(plot, modules, tmp_path, monkeypatch):
    path = Path("plot.svg")
    first = drawings.shorten({path: plot}, modules, tmp_path)
    monkeypatch.setattr(drawings.node, "run", lambda *_: pytest.fail("SVGO ran again"))
    assert drawings.shorten({path: plot}, modules, tmp_path) == first


def test_what_is_no_svg_is_a_warning_and_stays(plot, modules, tmp_path, caplog):
    drawings._LOGGER.logger.propagate = True
    good, bad = Path("good.svg"), Path("bad.svg")
    assert set(drawings.shorten({bad: "<svg><g></svg>", good: plot}, modules, tmp_path)) == {good}
    assert "bad.svg: no SVG that can be read" in caplog.text
