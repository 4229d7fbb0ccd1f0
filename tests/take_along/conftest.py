"""The files that `make dist` has made, and the programs that readers open them with."""

from pathlib import Path

import pytest
from project import LANGUAGES, ROOT

from polyglot_book.take_along import manifest as manifests

DIST = ROOT / "dist"


@pytest.fixture(scope="session")
def manifest() -> manifests.Manifest:
    return manifests.read(ROOT / "_build")


@pytest.fixture(params=LANGUAGES)
def book(request, manifest) -> manifests.Book:
    return next(book for book in manifest.books if book.code == request.param)


@pytest.fixture
def made(manifest, book):
    """Return a function that gives a file of the language at hand by its ending."""

    def find(ending: str) -> Path:
        path = DIST / f"{manifest.name}-{book.code}{ending}"
        assert path.is_file(), f"no {path}: `make dist` makes it"
        return path

    return find
