"""A build that is killed, that meets another one, or that cannot write, spoils nothing."""

import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_book import STRICT

#: Does not end before it is told to.
WAITING = """
from pathlib import Path
import time

while not (Path(__file__).parent / "go").exists():
    time.sleep(0.05)
WORD = "waited"
"""


def page(book: Path) -> str:
    return (book / "_build" / "html" / "en" / "page.html").read_text("utf-8")


@pytest.fixture
def begun(notebook_book):
    """Begin a build whose notebook waits, and return its process once the notebook runs."""
    (notebook_book / "lib" / "answer.py").write_text(
        WAITING.replace("while", "(Path(__file__).parent / 'runs').touch()\nwhile")
    )
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    with subprocess.Popen(
        [jupyter_book, "build", notebook_book],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        for _ in range(1200):
            if (notebook_book / "lib" / "runs").exists():
                break
            time.sleep(0.1)
        assert process.poll() is None, process.stdout.read()
        yield process
        process.kill()


def test_a_second_build_at_the_same_time_is_refused(build, notebook_book, begun):
    second = build(notebook_book)
    assert second.returncode != 0
    assert f"another build is writing to {notebook_book / '_build'}" in second.stdout

    (notebook_book / "lib" / "go").touch()
    said, _ = begun.communicate(timeout=300)
    assert begun.returncode == 0, said
    assert "waited" in page(notebook_book)


def test_a_killed_build_is_resumed_by_the_next(build, notebook_book, begun):
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    (notebook_book / "lib" / "go").touch()
    resumed = build(notebook_book, *STRICT)
    assert resumed.returncode == 0, resumed.stdout
    assert "waited" in page(notebook_book)


def test_what_could_not_be_written_fails_the_build_and_is_whole_after_the_next(
    build, notebook_book
):
    # A limit on the size of files stands in for a full disk: writing ends in an OSError as well.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        failed = build(notebook_book, *STRICT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert failed.returncode != 0
    assert "File too large" in failed.stdout, failed.stdout

    again = build(notebook_book, *STRICT)
    assert again.returncode == 0, again.stdout
    style = notebook_book / "_build/html/_static/styles/pydata-sphinx-theme.css"
    assert style.stat().st_size > 100_000


@pytest.mark.parametrize("name", ["a folder with spaces", "বইয়ের পাতা"])
def test_a_book_may_lie_in_any_folder(build, notebook_book, tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("any") / name
    shutil.copytree(notebook_book, folder)
    built = build(folder, *STRICT)
    assert built.returncode == 0, built.stdout
    assert "first-version" in page(folder)


def test_a_build_elsewhere_writes_nothing_beside_the_sources(
    build, notebook_book, tmp_path_factory
):
    before = sorted(notebook_book.rglob("*"))
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    built = build(notebook_book, "--path-output", str(elsewhere), *STRICT)
    assert built.returncode == 0, built.stdout
    assert (elsewhere / "_build" / "html" / "en" / "page.html").is_file()
    after = sorted(path for path in notebook_book.rglob("*") if "__pycache__" not in path.parts)
    assert after == before
