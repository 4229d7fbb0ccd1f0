"""Chromium, Firefox and WebKitGTK, behind the few things that tests of all three ask of a browser.

Playwright starts Chromium. Debian has no geckodriver beside its Firefox, and none is needed:
Firefox speaks WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) itself. WebKitGTK's
MiniBrowser is driven by Selenium, on a screen that nobody sees, Xvfb's.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from glob import glob
from pathlib import Path
from typing import Any, Self

import websocket
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from polyglot_book.take_along import chromium

#: Names under which they are installed; the Makefile's `browser` looks for the same.
#: The headless shell draws no window around each page: tests take half as long.
CHROMIUM = chromium.NAMES
FIREFOX = ("firefox-esr", "firefox")
WEBKIT = ("WebKitWebDriver",)
_MINIBROWSER = "/usr/lib/*/webkit*gtk-*/MiniBrowser"


class NotInstalledError(RuntimeError):
    """An engine that the tests were to run in is not on this machine."""


def program(names: tuple[str, ...], package: str) -> str:
    """Return the path of an installed program; the error says which package of Debian has it."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise NotInstalledError(
        f"no {names[0]} found: install it (Debian: sudo apt-get install {package}), "
        "or leave it out: ENGINES=chromium"
    )


class Engine:
    """One window of a browser."""

    #: Loads a page, and returns when all that belongs to it has been loaded.
    open: Callable[[str], None]
    #: Gives the page another size, without loading it again.
    resize: Callable[..., None]
    #: Calls a JavaScript function with arguments that JSON can hold, and returns what it returns.
    run: Callable[..., Any]
    #: Clicks an element as a mouse does.
    click: Callable[[str], None]
    #: Types into whatever has the focus.
    type: Callable[[str], None]
    close: Callable[[], None]

    def wait(self, function: str, *arguments: object, seconds: float = 30) -> None:
        """Call a JavaScript function until it returns something true."""
        end = time.monotonic() + seconds
        while not self.run(f"(...given) => Boolean(({function})(...given))", *arguments):
            if time.monotonic() > end:
                raise TimeoutError(f"{type(self).__name__}: in vain {seconds} s for {function}")
            time.sleep(0.05)

    def bring_into_view(self, selector: str) -> None:
        """Scroll an element to the middle of the window at once, not smoothly as pages do."""
        self.run(
            """(selector) => document.querySelector(selector)
              .scrollIntoView({ block: "center", behavior: "instant" })""",
            selector,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Chromium(Engine):
    """A page of a Chromium that Playwright has started."""

    def __init__(self, browser):
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.close = self.page.close
        self.click = self.page.click
        self.type = self.page.keyboard.type

    def open(self, address: str) -> None:
        self.page.goto(address)

    def resize(self, width: int, height: int = 900) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def run(self, function: str, *arguments: object) -> Any:
        return self.page.evaluate(f"(given) => ({function})(...given)", list(arguments))


class Firefox(Engine):
    """A headless Firefox with a profile of its own."""

    #: As on a phone, scroll bars take no width from the page; nothing moves while it is measured.
    #: What Firefox sets by itself when a program drives it would let a file read all others.
    _PREFERENCES = """
user_pref("ui.useOverlayScrollbars", 1);
user_pref("ui.prefersReducedMotion", 1);
user_pref("remote.prefs.recommended", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
"""

    def __init__(self):
        self._home = Path(tempfile.mkdtemp(prefix="firefox-"))
        (self._home / "user.js").write_text(self._PREFERENCES, "utf-8")
        self._process = subprocess.Popen(
            [
                *(program(FIREFOX, "firefox-esr"), "--headless", "--no-remote"),
                *("--profile", str(self._home), "--remote-debugging-port", "0"),
            ],
            # As root it refuses a home that is somebody else's, which containers of GitHub have.
            env={**os.environ, "HOME": str(self._home)},
            stdout=subprocess.DEVNULL,
            stderr=(self._home / "stderr").open("w"),
        )
        self._socket = websocket.create_connection(
            self._address() + "/session", timeout=120, suppress_origin=True
        )
        self._numbers = itertools.count(1)
        self._send("session.new", capabilities={})
        [tab] = self._send("browsingContext.getTree")["contexts"]
        self._tab = tab["context"]
        self.resize(1280)

    def _address(self) -> str:
        """Return where it listens, as soon as it says so."""
        end = time.monotonic() + 120
        while time.monotonic() < end and self._process.poll() is None:
            said = (self._home / "stderr").read_text("utf-8", errors="replace")
            if found := re.search(r"BiDi listening on (ws://\S+)\n", said):
                return found[1]
            time.sleep(0.05)
        raise RuntimeError(f"Firefox did not start:\n{said}")

    def _send(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass  # an event
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def open(self, address: str) -> None:
        self._send("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def resize(self, width: int, height: int = 900) -> None:
        viewport = {"width": width, "height": height}
        self._send("browsingContext.setViewport", context=self._tab, viewport=viewport)

    def _evaluate(self, expression: str) -> dict[str, Any]:
        target = {"context": self._tab}
        answer = self._send(
            "script.evaluate", expression=expression, target=target, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"]

    def run(self, function: str, *arguments: object) -> Any:
        call = f"({function})(...{json.dumps(arguments)})"
        answer = self._evaluate(f"(async () => JSON.stringify(await {call}))()")
        return json.loads(answer["value"]) if "value" in answer else None

    def click(self, selector: str) -> None:
        self.bring_into_view(selector)
        found = f"document.querySelector({json.dumps(selector)})"
        element = {"type": "element", "element": {"sharedId": self._evaluate(found)["sharedId"]}}
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": element}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act({"type": "pointer", "id": "mouse", "actions": [move, *press]})

    def type(self, text: str) -> None:
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": keys})

    def _act(self, source: dict[str, Any]) -> None:
        self._send("input.performActions", context=self._tab, actions=[source])

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)


class WebKit(Engine):
    """WebKitGTK's MiniBrowser on a screen of its own."""

    #: Without it the buttons above the page keep the window from becoming as narrow as a phone.
    _GTK = "* { min-width: 0; min-height: 0; padding: 0; margin: 0; border-width: 0; }\n"

    def __init__(self):
        driver = program(WEBKIT, "webkit2gtk-driver")
        self._home = Path(tempfile.mkdtemp(prefix="webkit-"))
        for toolkit in ("gtk-3.0", "gtk-4.0"):
            (self._home / toolkit).mkdir()
            (self._home / toolkit / "gtk.css").write_text(self._GTK, "utf-8")
        self._screen = subprocess.Popen(
            [
                *(program(("Xvfb",), "xvfb"), "-nolisten", "tcp", "-screen", "0", "1600x1200x24"),
                *("-displayfd", "1"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
        )
        display = ":" + self._screen.stdout.readline().strip()
        home = str(self._home)
        places = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
        options = Options()
        options.binary_location = self._minibrowser()
        options.add_argument("--automation")
        environment = {**os.environ, **dict.fromkeys(places, home), "DISPLAY": display}
        self.driver = webdriver.WebKitGTK(
            options=options, service=Service(executable_path=driver, env=environment)
        )
        self.driver.set_script_timeout(60)
        self.driver.set_page_load_timeout(60)
        self.resize(1280)

    @staticmethod
    def _minibrowser() -> str:
        if found := sorted(glob(_MINIBROWSER)):
            return found[-1]
        raise NotInstalledError(f"no {_MINIBROWSER}: sudo apt-get install webkit2gtk-driver")

    def open(self, address: str) -> None:
        self.driver.get(address)

    def resize(self, width: int, height: int = 900) -> None:
        self.driver.set_window_size(width, height)
        self.wait("(width) => innerWidth === width", width)

    def run(self, function: str, *arguments: object) -> Any:
        return self.driver.execute_script(f"return ({function})(...arguments)", *arguments)

    def click(self, selector: str) -> None:
        self.bring_into_view(selector)
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, text: str) -> None:
        self.driver.switch_to.active_element.send_keys(text)

    def close(self) -> None:
        self.driver.quit()
        self._screen.terminate()
        self._screen.wait()
        shutil.rmtree(self._home, ignore_errors=True)
