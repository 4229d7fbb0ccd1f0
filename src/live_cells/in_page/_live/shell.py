"""Rich output: as much of IPython's shell as notebooks and libraries ask for."""

from __future__ import annotations

import base64
import builtins
import sys
from collections.abc import Callable
from typing import Any

from _live import figures, pretty, streams

#: By MIME type, the method that gives an object in it; in the order of IPython.
_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
}


class UsageError(Exception):
    """A line that is no Python asks for something that only Jupyter has."""


class Formatter:
    """Give objects in one form: by functions for their class, or by a method of their own."""

    def __init__(self, method: str):
        self._method = method
        self._functions: dict[type, Callable[..., Any]] = {}
        self._named: dict[tuple[str, str], Callable[..., Any]] = {}

    def for_type(self, kind: type, function: Callable[..., Any] | None = None) -> Any:
        """Use a function for the objects of a class; return that used so far."""
        before = self._functions.get(kind)
        if function is not None:
            self._functions[kind] = function
        return before

    def for_type_by_name(
        self, module: str, name: str, function: Callable[..., Any] | None = None
    ) -> Any:
        """Use a function for the objects of a class that need not be imported yet."""
        before = self._named.get((module, name))
        if function is not None:
            self._named[module, name] = function
        return before

    def lookup(self, value: Any) -> Callable[..., Any] | None:
        """Return the function for the class of an object, or for the nearest of its bases."""
        for kind in type(value).__mro__:
            if kind in self._functions:
                return self._functions[kind]
            if function := self._named.get((kind.__module__, kind.__name__)):
                return function
        return None

    def __call__(self, value: Any) -> Any:
        """Return the object in this form, or ``None``."""
        if (function := self.lookup(value)) is not None:
            return function(value)
        if isinstance(value, type):
            return None  # the methods are those of its objects
        method = getattr(value, self._method, None)
        return method() if callable(method) else None


class PlainText(Formatter):
    """Give objects as text, as IPython writes them."""

    def for_type(self, kind: type, function: Callable[..., Any] | None = None) -> Any:
        """Use a function of an object, a printer and a flag for the objects of a class."""
        return pretty.for_type(kind, function)

    def for_type_by_name(
        self, module: str, name: str, function: Callable[..., Any] | None = None
    ) -> Any:
        """Use such a function for the objects of a class that need not be imported yet."""
        return pretty.for_type_by_name(module, name, function)

    def __call__(self, value: Any) -> str:
        """Return the object as text."""
        return pretty.pretty(value)


class MimeBundle(Formatter):
    """Give objects in several forms at once."""

    def __call__(self, value: Any) -> Any:
        """Return the forms of an object and what is said of them, or ``None``."""
        if (function := self.lookup(value)) is not None:
            return function(value)
        method = getattr(value, self._method, None)
        if isinstance(value, type) or not callable(method):
            return None
        return method(include=None, exclude=None)


class DisplayFormatter:
    """Give an object in all forms that it has."""

    def __init__(self) -> None:
        self.mimebundle_formatter = MimeBundle("_repr_mimebundle_")
        self.formatters: dict[str, Formatter] = {"text/plain": PlainText("__repr__")}
        for mime, method in _METHODS.items():
            self.formatters[mime] = Formatter(method)

    def format(self, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return an object by MIME type, and metadata."""
        data: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        found = self.mimebundle_formatter(value)
        if isinstance(found, tuple):
            data, metadata = dict(found[0]), dict(found[1])
        elif found:
            data = dict(found)
        figure_class = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
        if figure_class is not None and isinstance(value, figure_class):
            data.update(figures.bundle(value))
        for mime, formatter in self.formatters.items():
            if mime in data:
                continue
            form = formatter(value)
            if isinstance(form, tuple):
                form, metadata[mime] = form
            if form is not None:
                data[mime] = form
        return {mime: _as_json(form) for mime, form in data.items()}, metadata


def _as_json(form: Any) -> Any:
    return base64.b64encode(form).decode() if isinstance(form, bytes) else form


class Events:
    """Take what others want to do before and after cells; it is not done."""

    def register(self, event: str, function: Callable[..., Any]) -> None:
        """Take a function."""

    def unregister(self, event: str, function: Callable[..., Any]) -> None:
        """Give a function back."""


class Shell:
    """The shell that ``get_ipython()`` returns."""

    def __init__(self, names: dict[str, Any]):
        self.display_formatter = DisplayFormatter()
        self.events = Events()
        self.user_ns = names

    def run_line_magic(self, sign: str, line: str) -> None:
        """Refuse what only Jupyter has."""
        raise UsageError(f"{sign}{line}: this line is for Jupyter, not for Python")


_shells: list[Shell] = []


def get_ipython() -> Shell | None:
    """Return the shell of this page; ``None`` before it has been started."""
    return _shells[0] if _shells else None


def start(names: dict[str, Any]) -> None:
    """Start the shell. `display` and `get_ipython` are there without an import, as in Jupyter."""
    import IPython  # noqa: F401, libraries ask for the shell only if it has been imported

    _shells[:] = [Shell(names)]
    builtins.display = display  # type: ignore[attr-defined]
    builtins.get_ipython = get_ipython  # type: ignore[attr-defined]


def display(*values: Any, raw: bool = False, metadata: dict | None = None, **_: Any) -> None:
    """Show objects, or MIME bundles if they are `raw`, as an output of the running cell."""
    for value in values:
        if raw:
            data, about = {mime: _as_json(form) for mime, form in value.items()}, {}
        elif callable(method := getattr(value, "_ipython_display_", None)):
            method()
            continue
        else:
            data, about = _shells[0].display_formatter.format(value)
        streams.send(type="display", data=data, metadata={**about, **(metadata or {})})


def display_value(value: Any) -> None:
    """Show the value of a cell's last expression."""
    display(value)
