"""What this extension is made for: the packages it changes, at versions that are known to work.

The versions stand in ``pyproject.toml`` and nowhere else; pip keeps to them when it installs, but
not when another package is installed later. Other themes, and builders other than of a site, would
fail in the middle of a build, in words about templates: they are refused at its beginning.
"""

from __future__ import annotations

from importlib import metadata

from packaging.requirements import Requirement
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError, ExtensionError
from sphinx.theming import HTMLThemeFactory

from . import order

_DISTRIBUTION = "polyglot-book"
_THEME = "sphinx_book_theme"
#: Builders that write the pages of a site, or no pages at all.
_BUILDERS = ("html", "linkcheck", "dummy")


def problems(requirements: list[str]) -> list[str]:
    """Say of each requirement that is not met which version is there.

    Examples
    --------
    >>> problems(["packaging<1", "packaging>=20", "no-such-package"])  # doctest: +ELLIPSIS
    ['packaging<1: version ... is installed', 'no-such-package: not installed']
    """
    found = []
    for requirement in map(Requirement, requirements):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            found.append(f"{requirement}: not installed")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement}: version {version} is installed")
    return found


def _is_book_theme(app: Sphinx, name: str) -> bool:
    """Tell whether a theme is the book theme or inherits from it."""
    if name == _THEME:
        return True
    theme = HTMLThemeFactory(app).create(name)
    return any(folder.rstrip("/\\").endswith(_THEME) for folder in theme.get_theme_dirs())


def _check_theme(app: Sphinx, config: Config) -> None:
    if not _is_book_theme(app, config.html_theme):
        raise ConfigError(
            f"html_theme: polyglot_book changes the templates of {_THEME}, the theme of Jupyter "
            f"Book 1, and works with it alone; got {config.html_theme!r}"
        )


def _check_builder(app: Sphinx) -> None:
    if app.builder.name not in _BUILDERS:
        raise ConfigError(
            f"polyglot_book: the builder {app.builder.name!r} makes one document or other "
            "addresses out of the pages, which no part of this extension is made for; what works: "
            f"{', '.join(_BUILDERS)}. PDF and EPUB of each language: see take_along in its README"
        )


def setup(app: Sphinx) -> None:
    """Refuse what this extension is not made for."""
    if wrong := problems(metadata.requires(_DISTRIBUTION) or []):
        raise ExtensionError(
            f"polyglot_book {metadata.version(_DISTRIBUTION)} needs other versions:\n  "
            + "\n  ".join(wrong)
            + "\nInstall it anew in an environment of its own, with what it needs"
        )
    app.connect("config-inited", _check_theme, priority=order.CHECK_EXTENSIONS)
    app.connect("builder-inited", _check_builder, priority=order.CHECK_BUILDER)
