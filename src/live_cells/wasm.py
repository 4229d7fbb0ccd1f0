"""WebAssembly modules without the sections that a browser never reads."""

from __future__ import annotations

_MAGIC = b"\0asm\x01\0\0\0"
_CUSTOM = 0


class NotWebAssemblyError(ValueError):
    """Data are no WebAssembly module."""


def strip(module: bytes) -> bytes:
    r"""Return a module without its custom sections: names of functions and notes of tools.

    Examples
    --------
    >>> strip(b"\0asm\1\0\0\0" + b"\0\x05\x04name" + b"\x01\x01\0")
    b'\x00asm\x01\x00\x00\x00\x01\x01\x00'
    """
    if not module.startswith(_MAGIC):
        raise NotWebAssemblyError(f"a module begins with {_MAGIC!r}, this with {module[:8]!r}")
    kept = [_MAGIC]
    start = len(_MAGIC)
    while start < len(module):
        kind = module[start]
        size, body = _number(module, start + 1)
        end = body + size
        if end > len(module):
            raise NotWebAssemblyError(f"the section at byte {start} ends after the module")
        if kind != _CUSTOM:
            kept.append(module[start:end])
        start = end
    return b"".join(kept)


def _number(module: bytes, place: int) -> tuple[int, int]:
    """Read an unsigned LEB128 number; return it and where it ends."""
    value = shift = 0
    while True:
        if place >= len(module):
            raise NotWebAssemblyError("a number is cut off at the end of the module")
        byte = module[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place
