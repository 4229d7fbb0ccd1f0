"""Objects that show themselves: as HTML, Markdown, LaTeX, SVG or an image."""

from __future__ import annotations

from typing import Any

from _live.shell import display

__all__ = [
    "HTML",
    "JSON",
    "SVG",
    "Image",
    "Javascript",
    "Latex",
    "Markdown",
    "Math",
    "Pretty",
    "clear_output",
    "display",
    "display_html",
    "display_latex",
    "display_markdown",
    "display_svg",
    "update_display",
]


class DisplayObject:
    """Hold what is shown: `data`, or the contents of the file `filename`."""

    _mode = "r"

    def __init__(self, data: Any = None, url: str | None = None, filename: str | None = None):
        if url is not None:
            raise ValueError(f"{url}: Python in the page has no network; give data or a file name")
        if filename is not None:
            encoding = None if "b" in self._mode else "utf-8"
            with open(filename, self._mode, encoding=encoding) as file:
                data = file.read()
        self.data = data

    def __repr__(self) -> str:
        return f"<{__name__}.{type(self).__name__} object>"


class HTML(DisplayObject):
    """Show HTML."""

    def _repr_html_(self) -> str:
        return self.data


class Markdown(DisplayObject):
    """Show Markdown."""

    def _repr_markdown_(self) -> str:
        return self.data


class Latex(DisplayObject):
    """Show LaTeX: text with formulas."""

    def _repr_latex_(self) -> str:
        return self.data


class Math(DisplayObject):
    """Show a formula on a line of its own."""

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.data.strip('$')}$"


class SVG(DisplayObject):
    """Show an image in SVG."""

    def _repr_svg_(self) -> str:
        return self.data


class JSON(DisplayObject):
    """Show data as JSON."""

    def _repr_json_(self) -> Any:
        return self.data


class Javascript(DisplayObject):
    """Hold a script, which a page does not run: shown as its text alone."""


class Pretty(DisplayObject):
    """Show a text as it is."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.data)


class Image(DisplayObject):
    """Show an image in PNG or JPEG: bytes, or a file."""

    _mode = "rb"

    def __init__(
        self,
        data: Any = None,
        url: str | None = None,
        filename: str | None = None,
        format: str | None = None,
        width: int | None = None,
        height: int | None = None,
        alt: str | None = None,
    ):
        super().__init__(data, url, filename)
        is_jpeg = bytes(self.data[:2]) == b"\xff\xd8"
        self.format = (format or ("jpeg" if is_jpeg else "png")).lower().replace("jpg", "jpeg")
        given = {"width": width, "height": height, "alt": alt}
        self.metadata = {name: value for name, value in given.items() if value is not None}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        mime = f"image/{self.format}"
        return {mime: bytes(self.data)}, {mime: self.metadata} if self.metadata else {}


def _display_as(mime: str, values: tuple[Any, ...], raw: bool) -> None:
    for value in values:
        display({mime: value}, raw=True) if raw else display(value)


def display_html(*values: Any, raw: bool = False) -> None:
    """Show objects, or texts of HTML."""
    _display_as("text/html", values, raw)


def display_markdown(*values: Any, raw: bool = False) -> None:
    """Show objects, or texts of Markdown."""
    _display_as("text/markdown", values, raw)


def display_latex(*values: Any, raw: bool = False) -> None:
    """Show objects, or texts of LaTeX."""
    _display_as("text/latex", values, raw)


def display_svg(*values: Any, raw: bool = False) -> None:
    """Show objects, or texts of SVG."""
    _display_as("image/svg+xml", values, raw)


def clear_output(wait: bool = False) -> None:
    """Take away what the running cell has shown so far."""
    from _live import streams

    streams.send(type="clear", wait=bool(wait))


def update_display(value: Any, *, display_id: str, **_: Any) -> None:
    """Show an object once more: outputs of a page are not changed after they have been shown."""
    display(value)
