"""In which formats figures are shown."""

from typing import Any

from _live import figures

_KNOWN = {"svg", "png", "jpeg", "jpg"}


def set_matplotlib_formats(*formats: str, **options: Any) -> None:
    """Show figures in these formats from here on; `options` are passed to each drawing."""
    if unknown := set(formats) - _KNOWN:
        raise ValueError(f"formats are {', '.join(sorted(_KNOWN))}, got {sorted(unknown)}")
    figures.formats[:] = formats
    figures.options.clear()
    figures.options.update(options)
