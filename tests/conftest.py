"""What several test files need: the repository, its notebooks, the built site and a browser."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from notebook_book import write_notebook_book
from project import ALL_ENGINES, ENGINES, ROOT
from serve import serving

# One thread a process for linear algebra: workers side by side would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

HTML = ROOT / "_build" / "html"

# The same examples on every machine: a red build can be repeated, a green one means the same.
settings.register_profile("course", derandomize=True, deadline=None)
settings.register_profile("quick", settings.get_profile("course"), max_examples=15)
settings.load_profile("course")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `make test-all`, for every page, and of `make test-dist`."""
    parser.addoption(
        "--all-pages",
        action="store_true",
        help="look at every page in every engine, not only at those chosen for what they hold",
    )
    parser.addoption(
        "--take-along",
        action="store_true",
        help="open what `make dist` has made, in tests/take_along",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave to `make test-dist` what needs the files of `make dist`."""
    is_left_out = collection_path.name == "take_along" and collection_path.parent.name == "tests"
    return True if is_left_out and not config.getoption("take_along") else None


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Say what of the three engines this run has left out."""
    if left_out := [name for name in ALL_ENGINES if name not in ENGINES]:
        terminalreporter.write_line(f"Left out (ENGINES): {', '.join(left_out)}", yellow=True)
    if not config.getoption("all_pages"):
        terminalreporter.write_line(
            "Left out (--all-pages): all pages but those in tests/site/chosen_pages.py"
        )
    if not config.getoption("take_along"):
        terminalreporter.write_line("Left out (make test-dist): the files to take along")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make test` what starts a browser or a build, wherever it stands."""
    for item in items:
        if {"browser", "build", "site"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built book; `make test` builds it before the tests."""
    if not (HTML / "index.html").is_file():
        pytest.fail(f"the book is not built: no {HTML / 'index.html'}; run `make book` first")
    return HTML


def share_npm_packages(book: Path) -> None:
    """Give a book the npm packages of the real one: installing them takes seconds for each."""
    cache = book / "_build" / ".frontend"
    if cache.exists():
        return
    for modules in (ROOT / "_build" / ".frontend").glob("*/node_modules"):
        cache.mkdir(parents=True, exist_ok=True)
        (cache / modules.parent.name).symlink_to(modules.parent, target_is_directory=True)


@pytest.fixture(scope="session")
def build():
    """Return a function that builds a book as its authors would, with ``jupyter-book build``.

    It takes the book's folder, the command's options and, by keyword, variables of the environment
    (a workflow that publishes sets ``BOOK_…`` for the real book alone); it returns the finished
    process, whose ``stdout`` is all that was said, without colours.
    """

    def run(book: Path, *options: str, **variables: str) -> subprocess.CompletedProcess:
        if "--path-output" not in options:
            share_npm_packages(book)
        jupyter_book = Path(sys.executable).with_name("jupyter-book")
        done = subprocess.run(
            [str(jupyter_book), "build", str(book), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={k: v for k, v in os.environ.items() if not k.startswith("BOOK_")} | variables,
        )
        done.stdout = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        return done

    return run


@pytest.fixture
def notebook_book(tmp_path: Path) -> Path:
    """Return a book of one notebook, ready to build."""
    write_notebook_book(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def site_url(site, tmp_path_factory) -> str:
    """Serve the book under a sub-path, as GitHub Pages does, and return its address."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "softmax").symlink_to(site, target_is_directory=True)
    with serving(folder) as address:
        yield f"{address}softmax/"


@pytest.fixture(scope="session")
def browser():
    """Start one headless Chromium for the session."""
    # The units of the course run where no browser and nothing that drives one is installed.
    import engines
    from playwright.sync_api import sync_playwright

    switches = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-gpu",
        "--disable-sync",
        "--no-first-run",
        # Whatever a page asks of another machine, it does not get; the tests see that it asked.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses to start as root otherwise
    with sync_playwright() as playwright:
        chromium = engines.program(engines.CHROMIUM, engines.CHROMIUM[0])
        instance = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield instance
        instance.close()


@pytest.fixture
def page(browser):
    """Return an empty page that fails the test on any script error or request."""
    context = browser.new_context()
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url))
    yield page
    context.close()
    assert not problems
