"""Python in the page: from the tap to the first number, the first proof, the first figure.

The built book is served from this machine. Chromium opens a page, and its first cell runs, with
other code in it where a proof or a figure is asked for:

* cold: nothing kept, over a connection of 10 Mbit/s with 40 ms of delay;
* warm: everything kept, as for a reader who comes again, at full speed and with all processes of
  the browser stopped three quarters of the time, as on a phone. (Chromium's own slowdown holds
  back a page's main thread alone, and Python runs in a worker.)

Firefox and WebKitGTK, where they are installed, are measured cold from this machine (their kept
files cannot be told from none) and warm.

Usage: python benchmarks/live_cells.py [--repeats 3] [--page …] [--engines chromium]

Medians in seconds; memory is that of the WebAssembly module when the code has ended.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import json
import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from slow_reader import ALL_ENGINES, NETWORK, SLOWDOWN, chromium, engines

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
SECONDS = 600
CODE = {
    "number": None,  # the cell as it is, after the imports that it needs
    "proof": "from softmax_course import theorems as t\nprint(t.softmax_jacobian().statement)",
    "figure": "import matplotlib.pyplot as pyplot\npyplot.plot([1, 3, 2])\npyplot.show()",
}

#: Notes the memory that the worker reports.
LISTEN = """addEventListener("message", ({ data }) => {
  if (data?.is === "done") window.liveMemory = data.bytes;
});"""
#: Taps on Run and returns the seconds until something stands in the result.
TIME = """() => {
  const first = document.querySelector(".cell > .cell_input > .live-cells-bar").closest(".cell");
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const shown = () => first.querySelector(
      ".live-cells-content :is(pre:not(:empty), img, math, table, .steps)," +
      ".live-cells-note, .live-cells-error");
    new MutationObserver((_, observer) => {
      if (!shown()) return;
      observer.disconnect();
      if (first.querySelector(".live-cells-note, .live-cells-error")) reject(first.innerText);
      requestAnimationFrame(() => resolve((performance.now() - start) / 1000));
    }).observe(first, { subtree: true, childList: true, characterData: true });
    first.querySelector("[data-live-do=run]").click();
  });
}"""
#: What the first script finds where a reader has edited.
EDIT = """async ([source, code]) => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source.source));
  const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const edits = { [`${source.index}-${hex.slice(0, 16)}`]: code };
  localStorage.setItem(`live-cells:${location.pathname}`, JSON.stringify(edits));
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        pass


def serve() -> str:
    """Serve the book from this machine; return its address."""
    handler = functools.partial(_Quiet, directory=HTML)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def _family(process: int) -> list[int]:
    """Return a process and all that it has started."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
    found = [process]
    for one in found:
        found.extend(child for child, parent in parents.items() if parent == one)
    return found[1:]


@contextlib.contextmanager
def slowed(factor: int) -> Iterator[None]:
    """Let the processes of the browser run only a part of the time."""
    if factor == 1:
        yield
        return
    ended = threading.Event()
    processes = [
        process
        for process in _family(os.getpid())
        if b"chrom" in (Path("/proc") / str(process) / "cmdline").read_bytes().split(b"\0")[0]
    ]

    def tell(what: signal.Signals) -> None:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, what)

    def work() -> None:
        while not ended.is_set():
            tell(signal.SIGSTOP)
            time.sleep(0.005 * (factor - 1))
            tell(signal.SIGCONT)
            time.sleep(0.005)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def run_cell(
    context: BrowserContext, address: str, code: str | None, *, cold: bool, slowdown: int
) -> tuple[float, float]:
    """Return the seconds from the tap to the result, and the megabytes that Python holds."""
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.add_init_script(LISTEN)
    page.goto(address)
    if code is not None:
        source = page.evaluate(
            """async () => {
              const index = document.querySelector(".cell > .cell_input > .live-cells-bar")
                .closest("[data-live-cell]").dataset.liveCell;
              const { dataset } = document.querySelector("script[data-manifest]");
              const answer = await fetch(new URL(dataset.root + dataset.page, location));
              const data = await answer.json();
              return data.cells.find((cell) => String(cell.index) === index);
            }"""
        )
        page.evaluate(EDIT, [source, code])
        page.reload()
        page.locator(".cm-content").first.wait_for()
    if cold:
        session = context.new_cdp_session(page)
        session.send("Network.emulateNetworkConditions", NETWORK)
    with slowed(slowdown):
        seconds = page.evaluate(TIME)
    page.wait_for_timeout(500)
    memory = page.evaluate("window.liveMemory") or 0
    page.evaluate("localStorage.clear()")
    page.close()
    return seconds, memory / 1e6


def measure_chromium(browser: Browser, address: str, repeats: int) -> dict[str, dict[str, float]]:
    """Print the table of Chromium, and return it: seconds of each kind of code."""
    print(f"Chromium {browser.version}")
    table: dict[str, dict[str, float]] = {}
    for kind, code in CODE.items():
        cold = []
        for _ in range(repeats):
            context = browser.new_context()
            cold.append(run_cell(context, address, code, cold=True, slowdown=1)[0])
            context.close()
        context = browser.new_context()
        run_cell(context, address, code, cold=False, slowdown=1)
        table[kind] = {"cold s": statistics.median(cold)}
        for slowdown in (1, SLOWDOWN):
            runs = [
                run_cell(context, address, code, cold=False, slowdown=slowdown)
                for _ in range(repeats)
            ]
            table[kind][f"warm {slowdown}× s"] = statistics.median(s for s, _ in runs)
            table[kind]["memory MB"] = max(m for _, m in runs)
        context.close()
        row = [f"{name} {number:6.2f}" for name, number in table[kind].items()]
        print(f"  {kind:8}", "  ".join(row), flush=True)
    return table


def measure_other(name: str, address: str, repeats: int) -> None:
    """Print the first number in an engine that Playwright does not start."""
    kind = {"firefox": engines.Firefox, "webkit": engines.WebKit}[name]
    try:
        engine = kind()
    except engines.NotInstalledError as error:
        print(f"{name}: {error}")
        return
    with engine:
        times = []
        for _ in range(1 + repeats):
            engine.open(address)
            engine.run(f"() => {{ ({TIME})().then((s) => (window.seconds = s)); }}")
            engine.wait("() => window.seconds", seconds=SECONDS)
            times.append(engine.run("() => window.seconds"))
    print(f"{name}\n  number   first {times[0]:6.2f}  warm 1× {statistics.median(times[1:]):6.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--page", default="book/ru/temperature")
    parser.add_argument("--engines", nargs="*", default=ALL_ENGINES)
    parser.add_argument("--json", type=Path, help="also write the numbers of Chromium here")
    given = parser.parse_args()
    if not (HTML / "live" / "manifest.json").is_file():
        parser.error("the book is not built with Python in the page: run `make book` first")
    manifest = json.loads((HTML / "live" / "manifest.json").read_text("utf-8"))
    for tier in manifest["tiers"]:
        print(f"tier {tier['name']}: {tier['bytes'] / 1e6:.1f} MB")
    address = f"{serve()}{given.page}.html"
    if "chromium" in given.engines:
        switches = ["--disable-gpu", "--no-sandbox"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=switches)
            table = measure_chromium(browser, address, given.repeats)
            browser.close()
        if given.json:
            given.json.write_text(json.dumps(table, indent=1))
    for name in given.engines:
        if name != "chromium":
            measure_other(name, address, given.repeats)


if __name__ == "__main__":
    main()
