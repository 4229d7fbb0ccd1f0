"""Chromium as a printer: the browser of the tests, which lays out what no other engine does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sphinx.errors import SphinxError

#: Names under which it is installed; the Makefile's `browser` looks for the same.
#: The headless shell draws no window around each page.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_MINUTES = 30


class NotInstalledError(SphinxError):
    """Say that there is no Chromium on this machine, or nothing to drive it with."""

    category = "Files to take along"


def program() -> str:
    """Return the path of an installed Chromium."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise NotInstalledError(
        f"no {NAMES[0]} found: install it (Debian: sudo apt-get install {NAMES[0]}), "
        "or make what needs none: --only apkg zip"
    )


@contextmanager
def started() -> Iterator[Any]:
    """Give a browser that runs no scripts and asks nobody for anything."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NotInstalledError(
            "playwright is missing: pip install 'polyglot-book[take-along]'"
        ) from error
    switches = ["--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses to start as root otherwise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=switches)
        yield browser
        browser.close()


def print_file(browser: Any, source: Path, target: Path) -> None:
    """Print a page of HTML, with bookmarks and tags, as large as its own style says."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(_MINUTES * 60_000)
    page = context.new_page()
    page.goto(source.as_uri())
    page.pdf(path=target, prefer_css_page_size=True, outline=True, tagged=True)
    context.close()


def draw_file(browser: Any, source: Path, width: int, height: int) -> bytes:
    """Return the top of a page of HTML as a PNG, with two pixels to each of CSS."""
    context = browser.new_context(
        java_script_enabled=False,
        viewport={"width": width, "height": height},
        device_scale_factor=2,
    )
    page = context.new_page()
    page.goto(source.as_uri())
    # Playwright gives back what Chromium draws after all fonts are there.
    picture: bytes = page.screenshot()
    context.close()
    return picture
