"""Archives to read without a network: what the build made, and the same with more of the site."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ..site import offline
from .manifest import Book


def plain(book: Book, site: Path, target: Path) -> None:
    """Copy the archive that the build has made."""
    shutil.copyfile(site / offline.archive_of(book.code), target)


def with_folders(book: Book, site: Path, target: Path, names: Iterable[str]) -> bool:
    """Write the archive with further folders and files of the site, if the site has any of them.

    For a server without a network: ``python -m http.server`` in the unpacked folder is enough.
    """
    more = [
        path
        for name in names
        for path in sorted((site / name).rglob("*") if (site / name).is_dir() else [site / name])
        if path.is_file()
    ]
    if not more:
        return False
    shutil.copyfile(site / offline.archive_of(book.code), target)
    with zipfile.ZipFile(target, "a") as archive:
        there = set(archive.namelist())
        for path in more:
            name = path.relative_to(site).as_posix()
            if name in there:
                continue
            entry = offline.archive_entry(name)
            # Packed already, and large: a second packing would gain nothing.
            packed = path.suffix in (".xz", ".gz", ".woff2")
            archive.writestr(
                entry, path.read_bytes(), zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            )
    return True
