"""Waiting for a page whose policy forbids `eval`, with which Playwright's own waiting works."""

import time

from playwright.sync_api import Page


def wait_for(page: Page, expression: str, seconds: float = 30) -> None:
    """Evaluate a JavaScript expression until it is true."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(f"in vain {seconds} s for {expression}")
        page.wait_for_timeout(20)
