"""Cells run in the page: nothing before the first tap, then Python, alone in its frame."""

import functools
import http.server
import json
import lzma
import re
import threading
import tomllib
from pathlib import Path

import engines
import pytest
from bs4 import BeautifulSoup
from courses import homes
from playwright.sync_api import Page, expect
from project import FINISHED, ROOT

#: A page in each language whose first cell shows formulas or numbers.
PAGES = {code: f"book/{code}/{homes(code)['jacobian'].stem}.html" for code in FINISHED}
PAGE = PAGES["ru"]
#: Milliseconds: a busy machine starts Python in minutes.
PATIENCE = 400_000
#: Where words stand: the extension's, and the book's own, which win.
MESSAGES = [
    ROOT / folder for folder in ("src/live_cells/messages", "src/softmax_course/teaching/messages")
]
#: Of a packed file: the page's own copy, or the network.
PACKED = re.compile(r"/live/[0-9a-f]{16}\.(?:xz|gz)$")


def words(code: str) -> dict[str, str]:
    files = [folder / f"{code}.toml" for folder in MESSAGES]
    found = [tomllib.loads(path.read_text("utf-8")) for path in files if path.exists()]
    return {english: word for tables in found for english, word in tables["interface"].items()}


def word(beginning: str, code: str = "ru") -> str:
    """Return what is said in a language for the text with this beginning."""
    [said] = [said for text, said in words(code).items() if text.startswith(beginning)]
    return said


@pytest.fixture(scope="module")
def context(browser):
    """Return one visitor of all tests here, whose browser keeps what it has downloaded."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def visit(context, site_url):
    """Return a function that opens a page and gives it with its first cell that can run."""
    pages = []

    def open_page(place: str = PAGE, within=context, base: str = site_url) -> Page:
        page = within.new_page()
        page.set_default_timeout(60_000)
        pages.append(page)
        page.requested = []
        page.troubles = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.goto(base + place, wait_until="load")
        page.cell = page.locator("[data-live-cell]:has(> .cell_input > .live-cells-bar)").first
        return page

    yield open_page
    troubles = [trouble for page in pages for trouble in page.troubles]
    for page in pages:
        if not page.is_closed():
            page.evaluate("() => { try { localStorage.clear() } catch {} }")
            page.close()
    assert not troubles


def press(page: Page, name: str) -> None:
    page.cell.hover()
    page.cell.locator(f"[data-live-do={name}]").click()


def wait_for_end(page: Page) -> None:
    """Wait until what was asked for has ended, well or badly."""
    expect(page.cell.locator(".live-cells-bar")).not_to_have_attribute(
        "aria-busy", "true", timeout=PATIENCE
    )
    expect(page.cell).not_to_have_class(re.compile("live-cells-busy"), timeout=PATIENCE)


def run(page: Page) -> None:
    press(page, "run")
    wait_for_end(page)


def write(page: Page, code: str) -> None:
    """Put other code into the cell, by the keyboard."""
    if not page.cell.locator(".cm-content").count():
        press(page, "edit")
    page.cell.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def own(page: Page) -> str:
    """Return what the reader's run has shown."""
    content = page.cell.locator(".live-cells-own .live-cells-content")
    if not content.count():
        errors = page.locator(".live-cells-error").all_inner_texts()
        pytest.fail(f"no result: {page.cell.inner_text()}\n{errors}")
    return content.inner_text()


def of_the_book(page: Page) -> str:
    """Return what the book shows under the cell; its formulas have a button each."""
    output = page.cell.locator(".cell_output")
    output.locator(".polyglot-copy").evaluate_all("buttons => buttons.forEach((b) => b.remove())")
    return output.inner_text().strip()


def status(page: Page):
    return page.cell.locator(".live-cells-status [role=status]")


def test_nothing_is_asked_before_the_first_tap(visit, site):
    page = visit()
    page.cell.hover()
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(500)
    assert not [url for url in page.requested if "/live/" in url or "live-cells-sw" in url]
    # Without scripts there is no toolbar.
    assert "live-cells-bar" not in (site / PAGE).read_text("utf-8")


def test_a_cell_has_one_toolbar_with_one_stop_and_a_folded_one_shows_none(visit):
    page = visit()
    bars = page.locator(".live-cells-bar")
    assert bars.count() == page.locator("[data-live-cell] .cell_input").count() > 3
    fold = page.locator("details.polyglot-code:has(.live-cells-bar)").first
    assert not fold.locator(".live-cells-bar").is_visible()
    fold.locator("summary").click()
    fold.locator(".cell_input").hover()
    assert fold.locator(".live-cells-bar").is_visible()
    for bar in bars.all():
        assert bar.get_attribute("role") == "toolbar"
        assert bar.get_attribute("aria-label")
        assert bar.locator("[tabindex='0'], button:not([tabindex])").count() == 1


@pytest.mark.parametrize("code", FINISHED)
def test_a_cell_prints_what_the_book_prints(visit, code):
    page = visit(PAGES[code])
    book = page.cell.locator(".cell_output")
    expected = of_the_book(page)
    run(page)
    assert own(page).strip() == expected
    assert not book.first.is_visible()
    caption = page.cell.locator(".live-cells-caption")
    assert words(code)["Result of your run"] in caption.inner_text()
    caption.get_by_role("button").click()
    assert page.cell.locator(".live-cells-own").count() == 0
    assert book.first.is_visible()


@pytest.mark.parametrize("code", FINISHED)
def test_an_error_is_explained_in_the_language_of_the_page(visit, code):
    page = visit(PAGES[code])
    for source, english, name in [
        ("unknown_name", "Python does not know the name “{0}”:", "unknown_name"),
        ("1 / 0", "Something is divided by zero.", ""),
        ("import nowhere", "There is no module “{0}” here:", "nowhere"),
        ("print(", "Python cannot read this line:", ""),
    ]:
        write(page, source)
        run(page)
        said = word(english, code)
        gloss = page.cell.locator(".live-cells-gloss")
        assert gloss.inner_text() == said.replace("{0}", name)
        # The reader's line, and nothing of the machinery around it.
        assert "_live" not in page.cell.locator(".live-cells-error").inner_text()


def test_text_comes_while_a_loop_runs_and_stop_ends_it(visit):
    page = visit()
    write(
        page,
        "import time\nn = 0\nwhile True:\n    n += 1\n    print('round', n)\n    time.sleep(0.1)",
    )
    press(page, "run")
    expect(page.cell.locator(".live-cells-content")).to_contain_text("round 3", timeout=PATIENCE)
    # The page is alive meanwhile.
    assert page.evaluate("() => new Promise((done) => setTimeout(done, 0, 'alive'))") == "alive"
    press(page, "stop")
    expect(status(page)).to_contain_text(
        words("ru")["Stopped. Python has forgotten all names; the next run starts it anew."]
    )
    assert page.locator("iframe[title=Python]").count() == 0
    assert not page.cell.locator("[data-live-do=stop]").is_visible()
    assert not page.cell.locator("[data-live-do=restart]").is_visible()
    write(page, "'n' in dir()")
    run(page)
    assert own(page).strip() == "False"
    assert page.cell.locator("[data-live-do=restart]").is_visible()


def test_a_flood_of_text_is_cut_and_the_page_lives(visit):
    page = visit()
    write(page, "for n in range(100_000):\n    print('a line that is printed again', n)")
    run(page)
    assert words("ru")["The rest of the text is not shown."] in own(page)
    assert len(own(page)) < 250_000


def test_an_edit_outlives_the_visit_and_can_be_undone(visit, site_url):
    page = visit()
    book = page.cell.locator(".highlight").first.inner_text().strip()
    write(page, "print('mine')")
    run(page)
    assert own(page).strip() == "mine"
    assert words("ru")["Result of your code"] in page.cell.inner_text()
    page.goto(site_url + PAGE)
    expect(page.cell.locator(".cm-content")).to_have_text("print('mine')", timeout=PATIENCE)
    menu = page.locator(".dropdown-launch-buttons button").first
    menu.click()
    with page.expect_download() as download:
        page.get_by_text(words("ru")["Download with my edits (.ipynb)"]).click()
    notebook = json.loads(Path(download.value.path()).read_text("utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    number = int(page.cell.get_attribute("data-live-cell"))
    original = json.loads((ROOT / PAGE).with_suffix(".ipynb").read_text("utf-8"))
    expected = ["".join(cell["source"]) for cell in original["cells"]]
    expected[number] = "print('mine')"
    assert sources == expected
    page.keyboard.press("Escape")
    press(page, "undo")
    assert page.cell.locator(".highlight").first.inner_text().strip() == book
    assert page.evaluate("localStorage.getItem(`live-cells:${location.pathname}`)") is None
    assert not page.cell.locator("[data-live-do=undo]").is_visible()


def test_everything_can_be_done_by_the_keyboard(visit):
    page = visit()
    buttons = page.cell.locator(".live-cells-bar button")
    buttons.first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.liveDo") == "edit"
    page.keyboard.press("Enter")
    expect(page.cell.locator(".cm-content")).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("Control+a")
    page.keyboard.type("print(6 * 7)")
    page.keyboard.press("Control+Enter")
    expect(page.cell.locator(".live-cells-content")).to_contain_text("42", timeout=PATIENCE)
    wait_for_end(page)
    # The Tab key indents; after Escape it goes on in the page.
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert page.cell.locator(".cm-content").inner_text().startswith("    print")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.live-cells-bar') !== null")


def test_cells_above_that_are_needed_run_by_themselves_and_claims_never(visit, site):
    page = visit()
    data = json.loads((site / "live" / "pages" / PAGE).with_suffix(".json").read_text("utf-8"))
    assert not [cell for cell in data["cells"] if "claim" in cell["tags"] and cell["source"]]
    bars = page.locator("[data-live-cell]:has(> .cell_input > .live-cells-bar)")
    page.cell = bars.nth(1)
    run(page)
    assert page.cell.locator(".live-cells-error").count() == 0
    # Those above have kept the book's results.
    assert bars.first.locator(".live-cells-own").count() == 0


def test_what_moves_on_the_page_goes_on_moving_when_its_cell_is_run(visit):
    page = visit("book/ru/level-1-idea.html")
    page.cell = page.locator("[data-live-cell]:has(.cell_output .smx-playground)")
    page.cell.locator("summary").first.click()
    run(page)
    assert page.cell.locator(".live-cells-own").count() == 0
    slider = page.cell.locator("input[type=range]").first
    number = page.cell.locator("input[type=number]").first
    before = number.input_value()
    slider.press("ArrowRight")
    assert number.input_value() != before


def test_python_is_downloaded_once(visit):
    first = visit()
    run(first)
    second = visit()
    run(second)
    assert not [url for url in second.requested if PACKED.search(url)]


def test_a_page_that_has_run_opens_and_runs_without_a_network(visit, context):
    page = visit()
    run(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate(  # it keeps what the page had loaded before it was there
        """async () => {
          for (let tries = 0; tries < 600; tries += 1) {
            if (await caches.match(location.href, { cacheName: "live-cells-pages" })) return;
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          throw new Error("the page is not kept");
        }"""
    )
    page.wait_for_timeout(1000)
    context.set_offline(True)
    try:
        page.reload()
        expected = of_the_book(page)
        run(page)
        assert own(page).strip() == expected
    finally:
        context.set_offline(False)


@pytest.fixture
def fresh(browser):
    """Return a visitor who has nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def bad_host(site, tmp_path_factory):
    """Return a function that serves the book, its packed files by a function of one's own.

    It takes the address of such a file and its bytes and returns those to send.
    """
    folder = tmp_path_factory.mktemp("bad-host")
    (folder / "softmax").symlink_to(site, target_is_directory=True)
    servers = []

    def serve(spoil) -> str:
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *arguments) -> None:
                pass

            def copyfile(self, source, outputfile) -> None:
                if PACKED.search(self.path):
                    outputfile.write(spoil(self.path, source.read()))
                    self.close_connection = True
                else:
                    super().copyfile(source, outputfile)

        handler = functools.partial(Handler, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/softmax/"

    yield serve
    for server in servers:
        server.shutdown()


def test_a_changed_file_is_not_run_and_not_kept(visit, fresh, bad_host):
    changed = []

    def change(path: str, body: bytes) -> bytes:
        if changed:
            return body
        changed.append(path)
        middle = len(body) // 2
        return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]

    page = visit(within=fresh, base=bad_host(change))
    press(page, "run")
    expect(status(page)).to_contain_text(word("A file came damaged"), timeout=PATIENCE)
    assert page.cell.locator(".live-cells-own").count() == 0
    # The browser's cache has the damaged one now; another try asks the host.
    page.cell.locator(".live-cells-status button").click()
    expect(page.cell.locator(".live-cells-own")).to_be_visible(timeout=PATIENCE)


def test_a_download_that_stops_goes_on_with_one_tap(visit, fresh, bad_host):
    broken = []

    def break_off(path: str, body: bytes) -> bytes:
        if broken:
            return body
        broken.append(path)
        return body[:1_000_000]

    page = visit(within=fresh, base=bad_host(break_off))
    press(page, "run")
    expect(status(page)).to_contain_text(word("The download has stopped"), timeout=PATIENCE)
    page.cell.locator(".live-cells-status button").click()
    expect(page.cell.locator(".live-cells-own")).to_be_visible(timeout=PATIENCE)


def test_it_runs_from_a_host_without_a_secure_context(visit, browser, site_url):
    """A teacher's laptop in a classroom: plain http, a name that is not localhost."""
    switch = "--host-resolver-rules=MAP teacher.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    chromium = engines.program(engines.CHROMIUM, engines.CHROMIUM[0])
    other = browser.browser_type.launch(executable_path=chromium, args=["--no-sandbox", switch])
    try:
        context = other.new_context()
        page = visit(within=context, base=site_url.replace("127.0.0.1", "teacher.test"))
        assert page.evaluate("[isSecureContext, 'caches' in self, crypto.subtle]") == [
            False,
            False,
            None,
        ]
        expected = of_the_book(page)
        run(page)
        assert own(page).strip() == expected
        page.close()
    finally:
        other.close()


def test_an_old_browser_is_told_so_and_where_else_it_runs(visit, fresh):
    fresh.add_init_script("WebAssembly.validate = () => false")
    page = visit(within=fresh)
    press(page, "run")
    note = page.cell.locator(".live-cells-note")
    old = word("This browser is too old")
    expect(note).to_contain_text(old)
    links = note.get_by_role("link")
    assert {"mybinder.org", "colab.research.google.com"} <= {
        link.get_attribute("href").split("/")[2] for link in links.all()[:2]
    }
    assert links.last.get_attribute("href").endswith(".ipynb")
    assert not [url for url in page.requested if "/live/" in url]


def test_a_page_from_a_folder_says_where_it_runs(visit, fresh, site):
    page = visit(within=fresh, base=site.resolve().as_uri() + "/")
    press(page, "edit")
    note = page.cell.locator(".live-cells-note")
    told = word("A page opened from")
    expect(note).to_contain_text(told)


def test_a_start_that_ended_the_tab_is_noticed(visit, fresh, site_url):
    page = visit(within=fresh)
    index = int(page.cell.get_attribute("data-live-cell"))
    marker = json.dumps({"path": page.evaluate("location.pathname"), "cell": index})
    # A tab that is killed says no goodbye: what it has left is there at the next load.
    page.add_init_script(f"sessionStorage.setItem('live-cells-starting', {json.dumps(marker)})")
    page.reload()
    note = page.cell.locator(".live-cells-note")
    told = word("Last time the page")
    expect(note).to_contain_text(told)
    assert note.get_by_role("link").count() == 3


#: In the page's own frame: whatever asks for something outside.
ESCAPE = """async (address) => {
  const code = `(async () => {
    const refused = (promise) => promise.then(() => false, () => true);
    const fetched = await refused(fetch("${address}"));
    let imported = true;
    try { importScripts("${address}"); imported = false; } catch {}
    const socket = await refused(new Promise((resolve, reject) => {
      const socket = new WebSocket("${address}".replace("http", "ws"));
      socket.onopen = resolve;
      socket.onerror = reject;
    }));
    postMessage({ is: "answer", fetched, imported, socket, origin: self.origin });
  })().catch((error) => postMessage({ is: "answer", error: String(error) }))`;
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="connect-src 'none'">`
    + document.querySelector("#live-cells-frame").innerHTML;
  const answer = new Promise((resolve) =>
    addEventListener("message", ({ data }) => {
      if (data.is === "frame") frame.contentWindow.postMessage({ worker: code }, "*");
      if (data.is === "answer") resolve(data);
    }));
  document.body.append(frame);
  return Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 60000, null))]);
}"""


def test_the_worker_reaches_nothing_outside(visit):
    page = visit()
    answer = page.evaluate(ESCAPE, page.url)
    assert answer == {
        "is": "answer", "fetched": True, "imported": True, "socket": True, "origin": "null",
    }  # fmt: skip


def _imports(module: bytes) -> set[tuple[str, str]]:
    """Return what a WebAssembly module imports: pairs of module and name."""

    def number(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = module[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value, at
            shift += 7

    def text(at: int) -> tuple[str, int]:
        length, at = number(at)
        return module[at : at + length].decode(), at + length

    at = 8
    while True:
        kind, (size, start) = module[at], number(at + 1)
        if kind == 2:
            break
        at = start + size
    count, at = number(start)
    result = set()
    for _ in range(count):
        name, at = text(at)
        field, at = text(at)
        assert module[at] == 0, f"{name}.{field} is not a function"
        _, at = number(at + 1)
        result.add((name, field))
    return result


def test_python_can_call_wasi_and_one_function_that_refuses(site):
    manifest = json.loads((site / "live" / "manifest.json").read_text("utf-8"))
    [packed] = [f for tier in manifest["tiers"] for f in tier["files"] if f["kind"] == "wasm"]
    imports = _imports(lzma.decompress((site / "live" / packed["url"]).read_bytes()))
    others = {pair for pair in imports if pair[0] != "wasi_snapshot_preview1"}
    assert others == {("host", "call")}
    assert len(imports) > 10


#: Runs the first cell and returns what it shows, in engines that Playwright does not drive.
SHOWN = """() => document.querySelector(".live-cells-own .live-cells-content")?.innerText.trim()
  ?? document.querySelector(".live-cells-status [role=status], .live-cells-note")?.textContent"""


def test_every_engine_runs_it(engine, site_url):
    engine.open(site_url + PAGE)
    expected = engine.run(
        """() => {
          const bar = document.querySelector(".cell > .cell_input > .live-cells-bar");
          const output = bar.closest(".cell").querySelector(".cell_output");
          for (const copy of output.querySelectorAll(".polyglot-copy")) copy.remove();
          const expected = output.innerText.trim();
          bar.querySelector("button").click();
          return expected;
        }"""
    )
    engine.wait(
        """() => !document.querySelector(".live-cells-busy")
             && document.querySelector(".live-cells-own .live-cells-content")?.innerText.trim()""",
        seconds=PATIENCE / 1000,
    )
    assert engine.run(SHOWN) == expected


def test_the_menu_names_four_ways_in_order(visit):
    page = visit()
    items = page.locator(".dropdown-launch-buttons .dropdown-menu li")
    texts = items.all_text_contents()
    assert len(texts) == 4
    assert texts[0].strip() == words("ru")["Run here, in this page"]
    assert [text.strip() for text in texts[1:3]] == ["Binder", "Colab"]
    assert items.last.locator("a").get_attribute("href").endswith(".ipynb")


def test_the_data_for_running_adds_little_to_a_page(site):
    html = (site / PAGE).read_text("utf-8")
    soup = BeautifulSoup(html, "html.parser")
    script = soup.select_one("script[data-manifest]")
    template = soup.select_one("template#live-cells-frame")
    assert len(str(script)) + len(str(template)) < 5000
