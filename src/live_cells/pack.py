"""Files as pages load them: one archive for many files, compressed, named by its contents."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sphinx.errors import ExtensionError

from . import storage

#: Hosts of static sites take files up to this size.
LARGEST = 25_000_000

# Of all presets and settings tried the smallest that a phone can decode: see the README.
_FILTERS = [
    {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "dict_size": 32 << 20,
        "lc": 3,
        "lp": 0,
        "pb": 0,
    }
]


class PackTooLargeError(ExtensionError):
    """A packed file is larger than hosts take."""


@dataclass(frozen=True)
class Packed:
    """Describe a packed file."""

    #: The hash of the packed bytes.
    sha256: str
    bytes: int
    #: How many bytes there are when it is unpacked.
    size: int

    @property
    def name(self) -> str:
        """Its name, which changes with its contents."""
        return f"{self.sha256[:16]}.xz"


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return files as a tar archive: the same files give the same bytes."""
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode="w") as tar:
        # Compiled modules beside each other, data beside data: they compress better so.
        for name in sorted(files, key=lambda name: (name.rpartition(".")[2], name)):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            tar.addfile(entry, io.BytesIO(files[name]))
    return result.getvalue()


def pack(data: bytes, what: str) -> tuple[Packed, Path]:
    """Compress data, unless it has been done before; return what came of it and where it is.

    ``what`` names the data in an error.
    """
    key = storage.key(data, json.dumps(_FILTERS))

    def compress(place: Path) -> None:
        packed = lzma.compress(data, check=lzma.CHECK_CRC32, filters=_FILTERS)
        place.mkdir()
        (place / "data.xz").write_bytes(packed)
        made = Packed(hashlib.sha256(packed).hexdigest(), len(packed), len(data))
        (place / "packed.json").write_text(json.dumps(asdict(made)), "utf-8")

    place = storage.made(storage.folder() / "packed" / key, compress)
    packed = Packed(**json.loads((place / "packed.json").read_text("utf-8")))
    if packed.bytes >= LARGEST:
        raise PackTooLargeError(
            f"{what} has {packed.bytes / 1e6:.1f} MB when it is packed; hosts take files up to "
            f"{LARGEST / 1e6:.0f} MB. Name fewer packages or files under live_cells"
        )
    return packed, place / "data.xz"
