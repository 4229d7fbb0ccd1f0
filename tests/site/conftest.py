"""The built book in three engines."""

import functools
from pathlib import Path

import engines
import pytest
from chosen_pages import CHOSEN
from project import ENGINES, LANGUAGES, ROOT
from serve import serving
from violations import watch


def _chosen() -> list[str]:
    return [
        f"book/{code}/{name}.html" for code in LANGUAGES for name in CHOSEN.get(code, {"index": ""})
    ]


@pytest.fixture
def opened(site, pytestconfig):
    """Return a function: the pages of a language that a browser opens, where style is the same.

    The chosen ones and the landing page, or with `--all-pages` all; of "." the front page.
    """

    def paths(code: str) -> list[Path]:
        every = sorted((site / "book" / code).glob("*.html"))
        assert every, f"no pages under book/{code}/"
        if pytestconfig.getoption("all_pages"):
            return every
        return [path for path in every if path.stem in {"index", *CHOSEN.get(code, ())}]

    return paths


def _all() -> list[str]:
    """Return the places of all pages but those that only lead to another."""
    html = ROOT / "_build" / "html"
    pages = [
        path
        for path in html.rglob("*.html")
        if 'http-equiv="refresh"' not in path.read_text("utf-8")
    ]
    return sorted(path.relative_to(html).as_posix() for path in pages)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests that take an engine in each, and those that take a place on each page."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES, indirect=True)
    if "place" in metafunc.fixturenames:
        all_pages = metafunc.config.getoption("all_pages")
        metafunc.parametrize("place", _all() if all_pages else _chosen())


@pytest.fixture(scope="session")
def started(browser):
    """Return a function that starts an engine the first time that it is asked for."""
    kinds = {
        "chromium": functools.partial(engines.Chromium, browser),
        "firefox": engines.Firefox,
        "webkit": engines.WebKit,
    }
    running = {}

    def start(name: str) -> engines.Engine:
        if name not in running:
            try:
                running[name] = kinds[name]()
            except engines.NotInstalledError as error:
                pytest.fail(str(error))
        return running[name]

    yield start
    for engine in running.values():
        engine.close()


@pytest.fixture
def engine(request, started) -> engines.Engine:
    """Return one of the engines, with a window as wide as a desk's."""
    engine = started(request.param)
    engine.resize(1280)
    return engine


@pytest.fixture(scope="session")
def watched(site, tmp_path_factory) -> Path:
    """Return a copy of the site whose pages write down what their policy forbids them."""
    folder = tmp_path_factory.mktemp("watched") / "softmax"
    folder.mkdir()
    for path in site.iterdir():
        if path.is_dir() and path.name != "book":
            (folder / path.name).symlink_to(path, target_is_directory=True)
    for path in [*site.glob("*.html"), *site.glob("book/**/*.html")]:
        copy = folder / path.relative_to(site)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(watch(path.read_text("utf-8")), "utf-8")
    return folder


@pytest.fixture(scope="session")
def watched_url(watched) -> str:
    """Serve that copy, and return its address."""

    with serving(watched.parent) as address:
        yield f"{address}softmax/"
