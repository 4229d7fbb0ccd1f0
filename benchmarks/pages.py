"""What a reader on a slow phone waits for: this book beside a stock Jupyter Book of the same pages.

Both are built from the same sources (the notebooks' outputs are taken from this book's cache where
it has them), served from this machine with gzip, and opened in turn in one run of Chromium, with an
empty cache, the processor slowed down four times and a connection of 10 Mbit/s with 40 ms of delay.

The stock book has the settings that Jupyter Book gives to everybody: its theme as it is, MathJax 3
from jsdelivr. There is no network here, so requests to jsdelivr are answered from MathJax's npm
package of that version, gzipped, through the same slow connection: if anything, faster than the
real thing, which needs another name look-up and another secure connection.

Usage: python benchmarks/pages.py [--repeats 3] [--pages book/ru/gradient ...]

A table is printed: kilobytes and requests of the first visit, seconds to the largest contentful
paint, to the first formula and to all formulas in their final form; then the ratios.
"""

from __future__ import annotations

import argparse
import gzip
import json
import mimetypes
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from playwright.sync_api import sync_playwright
from slow_reader import NETWORK, SLOWDOWN, chromium

from polyglot_book.rendering import node, page_html, steps

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
PACKED = {".woff2", ".png", ".jpg"}

#: Watches the page frame by frame: how many formulas it shows. Stock: one as soon as MathJax has
#: put one there, all when it has typeset the page and its fonts are in use. Ours: those that are
#: parsed, as soon as the fonts of formulas are in use. Asked is what the frame is about to show,
#: once it is laid out. It counts when it is presented, as Chromium says of frames over 50 ms.
WATCH = """
(() => {
  window.marks = {lcp: 0, frames: [], long: []};
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) marks.lcp = entry.startTime;
  }).observe({type: "largest-contentful-paint", buffered: true});
  new PerformanceObserver((list) => {
    for (const { startTime, duration, presentationTime } of list.getEntries())
      marks.long.push([startTime, startTime + duration, presentationTime]);
  }).observe({type: "long-animation-frame", buffered: true});
  const typeset = () => {
    const promise = window.MathJax?.startup?.promise;
    if (promise && window.typeset === undefined) {
      window.typeset = false;
      promise.then(() => document.fonts.ready).then(() => (window.typeset = true));
    }
    const count = document.querySelectorAll("article mjx-container").length;
    return window.typeset ? count : Math.min(count, 1);
  };
  const drawn = () => {
    const fonts = [...document.fonts].filter((font) => /math|primes/i.test(font.family));
    const isLate = fonts.some((font) => font.status === "loading");
    return fonts.some((font) => font.status === "loaded") && !isLate
      ? document.querySelectorAll("article math").length : 0;
  };
  const stock = () => document.querySelector("script[src*='mathjax']") !== null;
  const frame = () => {
    document.body?.getBoundingClientRect();
    const count = stock() ? typeset() : drawn();
    if (count > (marks.frames.at(-1)?.[1] ?? 0)) marks.frames.push([performance.now(), count]);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""


def stock_sources(place: Path) -> Path:
    """Write the same pages with the settings that Jupyter Book gives to everybody."""
    source = place / "source"
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    settings = config["sphinx"]["config"]
    settings.pop("polyglot")
    # What Jupyter Book loads by itself, and what these pages cannot do without.
    settings.pop("extensions")
    config["sphinx"]["extra_extensions"] = ["sphinx_exercise"]
    # This environment has renderers for outputs of this book; the stock book shows the others.
    own = [page_html.MIME_TYPE, steps.MIME_TYPE]
    settings["nb_mime_priority_overrides"] = [["*", name, None] for name in own]
    config["execute"]["raise_on_error"] = False
    shutil.copytree(ROOT / "book", source / "book")
    for page in (source / "book").rglob("*.md"):
        text = page.read_text("utf-8")
        page.write_text(text.replace("```{languages}\n```", ""), "utf-8")
    shutil.copy(ROOT / "_toc.yml", source)
    (source / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    return source


def take_outputs(source: Path) -> None:
    """Take the outputs of notebooks from this book's cache: they are the same."""
    whole = get_cache(source / "_build" / ".jupyter_cache")
    for base in sorted((BUILD / ".jupyter_cache").glob("*/global.db")):  # one a language
        own = get_cache(base.parent)
        for record in own.list_cache_records():
            bundle = CacheBundleIn(nb=own.get_cache_bundle(record.pk).nb, uri=record.uri)
            whole.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def build(source: Path, *options: str) -> Path:
    """Build a book; return its pages."""
    start = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", str(source), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    html = source / "_build" / "html"
    if done.returncode or not (html / "index.html").is_file():
        raise SystemExit(f"{source} was not built:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return html


def serve(root: Path) -> str:
    """Serve a folder with gzip, as hosts of static sites do; return its address."""
    packed: dict[Path, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path = root / self.path.split("?")[0].lstrip("/")
            if not path.is_file():
                self.send_error(404)
                return
            if path not in packed:
                data = path.read_bytes()
                packed[path] = data if path.suffix in PACKED else gzip.compress(data, 6)
            self.send_response(200)
            self.send_header("Content-Type", mimetypes.guess_type(path)[0] or "text/plain")
            self.send_header("Access-Control-Allow-Origin", "*")
            if path.suffix not in PACKED:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(packed[path])))
            self.end_headers()
            self.wfile.write(packed[path])

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def presented(moment: float, long_frames: list[list[float]]) -> float:
    """Return when a frame was presented, in seconds, by a moment in it, in milliseconds."""
    for start, end, shown in long_frames:
        if start <= moment <= end:
            return shown / 1000
    return moment / 1000


def visit(browser, url: str, mathjax: str) -> dict[str, float]:
    """Open a page for the first time on a slow phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    # jsdelivr's part is played by this machine: a redirect keeps the slow connection in between.
    session.send("Fetch.enable", {"patterns": [{"urlPattern": "https://*"}]})
    foreign = []

    def answer(event):
        address = event["request"]["url"]
        foreign.append(address)
        at = address.find("/npm/mathjax@3/")
        if at >= 0:
            target = mathjax + address[at + len("/npm/mathjax@3/") :]
            session.send("Fetch.continueRequest", {"requestId": event["requestId"], "url": target})
        else:
            session.send(
                "Fetch.failRequest",
                {"requestId": event["requestId"], "errorReason": "ConnectionRefused"},
            )

    session.on("Fetch.requestPaused", answer)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url, wait_until="load", timeout=120_000)
    page.wait_for_function(
        "document.readyState === 'complete' && marks.frames.length > 0", timeout=120_000
    )
    page.wait_for_timeout(1500)
    marks = page.evaluate("marks")
    formulas = page.evaluate("document.querySelectorAll('article :is(mjx-container, math)').length")
    # MathJax puts a MathML twin inside each of its containers, for those who listen.
    twins = page.evaluate("document.querySelectorAll('article mjx-container math').length")
    assert marks["frames"][-1][1] == formulas - twins, (url, marks, formulas, twins)
    context.close()
    return {
        "kB": sum(sizes) / 1000,
        "requests": len(sizes),
        "foreign": len(foreign),
        "LCP s": marks["lcp"] / 1000,
        "first s": presented(marks["frames"][0][0], marks["long"]),
        "all s": presented(marks["frames"][-1][0], marks["long"]),
        "formulas": marks["frames"][-1][1],
    }


def heaviest(html: Path) -> list[str]:
    """Return for each language the page with the most formulas."""
    best: dict[Path, tuple[int, Path]] = {}
    for path in sorted((html / "book").glob("*/*.html")):
        count = path.read_text("utf-8").count("<math")
        best[path.parent] = max(best.get(path.parent, (0, path)), (count, path))
    return [str(path.relative_to(html).with_suffix("")) for _, path in best.values()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=3, help="visits of each page; the median")
    parser.add_argument("--pages", nargs="*", help="e.g. book/ru/gradient; default: the heaviest")
    parser.add_argument("--stock", type=Path, help="html folder of a stock book built before")
    parser.add_argument(
        "--ours", type=Path, default=BUILD / "html", help="html folder of this book"
    )
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    arguments = parser.parse_args()
    if not (arguments.ours / "index.html").is_file():
        raise SystemExit("the book is not built: run `make book` first")
    modules = node.install(arguments.ours.parent / ".frontend", dev=True)

    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        if not (stock := arguments.stock):
            source = stock_sources(Path(place))
            take_outputs(source)
            print("building the stock book ...", flush=True)
            stock = build(source)
        pages = arguments.pages or heaviest(arguments.ours)
        books = {"stock": serve(stock), "ours": serve(arguments.ours)}
        mathjax = serve(modules / "mathjax")
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        results: dict[str, dict[str, dict[str, float]]] = {}
        visits = [
            (page, book) for page in pages for _ in range(arguments.repeats) for book in books
        ]
        raw: dict[tuple[str, str], list[dict[str, float]]] = {}
        for number, (page, book) in enumerate(visits, 1):
            print(f"visit {number} of {len(visits)}", file=sys.stderr)
            measured = visit(browser, f"{books[book]}{page}.html", mathjax)
            raw.setdefault((page, book), []).append(measured)
        browser.close()
        for (page, book), runs in raw.items():
            results.setdefault(page, {})[book] = {
                key: statistics.median(run[key] for run in runs) for key in runs[0]
            }

    columns = ["formulas", "kB", "requests", "foreign", "LCP s", "first s", "all s"]
    print(f"\nmedian of {arguments.repeats} first visits, {SLOWDOWN}x slower processor, 10 Mbit/s")
    print(f"{'page':34}{'book':8}" + "".join(f"{name:>12}" for name in columns))
    for page, both in results.items():
        for book, row in both.items():
            cells = "".join(
                f"{row[name]:12.2f}" if name.endswith(" s") else f"{row[name]:12.0f}"
                for name in columns
            )
            print(f"{page:34}{book:8}{cells}")
        ratios = "".join(
            f"{both['stock'][name] / both['ours'][name]:11.1f}x"
            if name in {"kB", "requests", "LCP s", "first s", "all s"}
            else " " * 12
            for name in columns
        )
        print(f"{'':34}{'ratio':8}{ratios}")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
