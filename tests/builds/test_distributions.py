"""The two extensions are products of their own: built, installed and used without the course."""

import copy
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from project import ROOT
from small_book import CONFIG, STRICT, build_with_words, said, write_book

pytestmark = pytest.mark.slow

FOLDERS = {"polyglot-book": "polyglot_book", "live-cells": "live_cells"}
#: In a distribution, but not in the package that it installs.
ABOUT = {"pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md"}
#: What the course needs and no other book does.
OF_THE_COURSE = {
    "softmax-course",
    "sympy",
    "matplotlib",
    "numpy",
    "scipy",
    "scikit-learn",
    "zhplot",
}


def uv(*arguments: object) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("uv")), *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def committed(folder: str) -> set[str]:
    """Return the files of a package that are committed, relative to its folder."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT / "src" / folder,
        capture_output=True,
        check=True,
        text=True,
    )
    return {name for name in listing.stdout.split("\0") if name}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Build both distributions: each sdist from its folder, each wheel from its sdist."""
    folder = tmp_path_factory.mktemp("built")
    for name in FOLDERS.values():
        uv("build", "--quiet", "--out-dir", folder, ROOT / "src" / name)
    return folder


def archive(built: Path, distribution: str, suffix: str) -> Path:
    [found] = built.glob(f"{FOLDERS[distribution]}-*{suffix}")
    return found


@pytest.mark.parametrize("distribution", FOLDERS)
def test_a_wheel_and_an_sdist_hold_all_that_is_committed(built, distribution):
    folder = FOLDERS[distribution]
    with tarfile.open(archive(built, distribution, ".tar.gz")) as sdist:
        inside = {name.partition("/")[2] for name in sdist.getnames()}
    assert inside - {"PKG-INFO", ".gitignore"} == committed(folder)
    with zipfile.ZipFile(archive(built, distribution, ".whl")) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {f"{folder}/{name}" for name in committed(folder) - ABOUT}


@pytest.mark.parametrize("distribution", FOLDERS)
def test_a_wheel_says_what_it_is(built, distribution):
    with zipfile.ZipFile(archive(built, distribution, ".whl")) as wheel:
        [info] = [name for name in wheel.namelist() if name.endswith("METADATA")]
        meta = message_from_bytes(wheel.read(info))
        [licence] = [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
        assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()
    project = tomllib.loads((ROOT / "src" / FOLDERS[distribution] / "pyproject.toml").read_text())
    version = project["project"]["version"]
    assert (meta["Name"], meta["Version"]) == (distribution, version)
    assert meta["Requires-Python"] == ">=3.11"
    assert meta["License-Expression"] == "MIT"
    assert "Framework :: Sphinx :: Extension" in meta.get_all("Classifier")
    assert meta.get_payload().startswith(f"# {FOLDERS[distribution]}")
    changes = (ROOT / "src" / FOLDERS[distribution] / "CHANGELOG.md").read_text("utf-8")
    assert f"## {version.partition('.dev')[0]}" in changes


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """Install both wheels into a new environment, and return its folder of programs."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    uv("venv", "--quiet", "--python", sys.executable, venv)
    wheels = [archive(built, name, ".whl") for name in FOLDERS]
    pins = ROOT / "constraints.txt"
    uv("pip", "install", "--quiet", "--python", venv, "--constraint", pins, *wheels)
    return venv / "bin"


def test_nothing_of_the_course_is_installed(installed):
    listing = uv("pip", "list", "--format", "freeze", "--python", installed.parent)
    names = {line.partition("==")[0] for line in listing.splitlines()}
    assert names.issuperset(FOLDERS)
    assert not names & OF_THE_COURSE


@pytest.fixture(scope="module")
def build_installed(installed, tmp_path_factory):
    """Return a function like `build` that uses the installed wheels, far from the repository."""

    def run(book: Path, *options: str) -> subprocess.CompletedProcess:
        assert ROOT not in book.parents
        # Certificates and addresses of registries stay: npm would wait minutes without them.
        others = ("BOOK_", "PYTHON", "VIRTUAL_ENV")
        own = {key: value for key, value in os.environ.items() if not key.startswith(others)}
        done = subprocess.run(
            [str(installed / "jupyter-book"), "build", str(book), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=book,
            env={**own, "PATH": f"{installed}:/usr/bin:/bin"},
        )
        done.stdout = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        return done

    return run


def test_a_strict_book_in_two_languages_is_built_from_the_wheels(build_installed, tmp_path):
    config = copy.deepcopy(CONFIG)
    sphinx = config["sphinx"]
    del sphinx["config"]["extensions"]
    sphinx["extra_extensions"] = ["sphinx_exercise", "polyglot_book", "live_cells"]
    sphinx["config"]["live_cells"] = {"runtime": "none", "messages": "words/{lang}.toml"}
    write_book(tmp_path, config)
    result = build_with_words(build_installed, tmp_path)
    assert result.returncode == 0, said(result)[-3000:]
    html = (tmp_path / "_build/html/de/rain.html").read_text("utf-8")
    assert '<html lang="de"' in html
    assert "togglebutton" not in html
    assert "unpkg.com" not in html


def blocks(readme: str) -> dict[str, str]:
    """Return the files that a README shows, by name: such a block begins with its file's name."""
    block = r"^( *)(`{3,})\w+\n\1(?:#|<!--) (\S+\.\w+)(?: -->)?\n(.*?)^\1\2$"
    return {
        name: re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
        for indent, _, name, text in re.findall(block, readme, re.MULTILINE | re.DOTALL)
    }


def test_the_book_of_the_readme_is_built_as_it_stands(build_installed, tmp_path):
    files = blocks((ROOT / "src/polyglot_book/README.md").read_text("utf-8"))
    assert {"_config.yml", "_toc.yml", "book/index.md"} <= files.keys()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    result = build_installed(tmp_path, *STRICT)
    assert result.returncode == 0, said(result)[-3000:]
    for code in ("en", "fr"):
        html = (tmp_path / f"_build/html/book/{code}/rain.html").read_text("utf-8")
        assert f'<html lang="{code}"' in html
        assert '<span class="eqno">(1.1)' in html, "chapters and equations count from 1"
