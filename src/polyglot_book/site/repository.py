"""Whose repository a page's buttons and footer lead to: the book's, or its language's own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from .. import order, state
from ..config import Repository

_PROVIDERS = ("github", "gitlab", "bitbucket")
#: Options of the theme, by what they hold. It asks them for some of its buttons.
_OPTIONS = ("repository_url", "repository_branch", "path_to_docs")


def context_of(repository: Repository, provider: str | None) -> dict[str, str]:
    """Return what the themes' templates know of a repository.

    Examples
    --------
    >>> repository = Repository("https://github.com/ada/weather-fr", "main", "")
    >>> context_of(repository, None)["github_repo"]
    'weather-fr'
    """
    parts = urlsplit(repository.url)
    provider = provider or next((name for name in _PROVIDERS if name in parts.netloc), None)
    if not provider or parts.path.strip("/").count("/") < 1:
        raise ConfigError(
            "_config.yml: polyglot.languages: repository.url: an address such as "
            f"https://github.com/who/book is expected, got {repository.url!r}"
        )
    site, user, name = repository.url.strip("/").removesuffix(".git").rsplit("/", 2)
    return {
        f"{provider}_url": site,
        f"{provider}_user": user,
        f"{provider}_repo": name,
        f"{provider}_version": repository.branch,
        "doc_path": repository.path_to_book,
    }


def _check_repositories(app: Sphinx, config: Config) -> None:
    for language in state.of(app).registry.languages.values():
        if language.repository is not None:
            context_of(language.repository, config.html_theme_options.get("repository_provider"))


def _choose_repository(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Tell themes and footer of the repository of a page's language."""
    current = state.of(app)
    options = app.config.html_theme_options
    if current.theme_options is None:
        current.theme_options = {name: options[name] for name in _OPTIONS if name in options}
    for name in _OPTIONS:
        options.pop(name, None)
    options.update(current.theme_options)
    language = current.registry.language_of(pagename)
    if language is None or language.repository is None:
        return
    own = language.repository
    options.update(zip(_OPTIONS, (own.url, own.branch, own.path_to_book), strict=True))
    for name in _PROVIDERS:
        for part in ("url", "user", "repo", "version"):
            context.pop(f"{name}_{part}", None)
    context.update(context_of(own, options.get("repository_provider")))


def setup(app: Sphinx) -> None:
    """Choose before the themes make buttons of it."""
    app.connect("config-inited", _check_repositories, priority=order.CHECK_EXTENSIONS)
    app.connect("html-page-context", _choose_repository, priority=order.CHOOSE_REPOSITORY)
