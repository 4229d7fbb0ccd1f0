"""The policy of every page stands first, admits what the page runs, and is enough for a worker."""

import base64
import hashlib
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup


@pytest.fixture(scope="module")
def pages(site) -> dict[str, BeautifulSoup]:
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text("utf-8"), "lxml")
        for path in sorted(site.rglob("*.html"))
    }


def test_no_page_has_an_inline_handler_or_an_address_that_is_code(pages):
    wrong = []
    for place, page in pages.items():
        for element in page.find_all(True):
            handlers = [name for name in element.attrs if name.lower().startswith("on")]
            code = [
                element[name]
                for name in ("href", "src", "action", "formaction")
                if element.get(name) and urlsplit(element[name]).scheme.lower() == "javascript"
            ]
            if handlers or code:
                wrong.append(f"{place}: <{element.name}> {handlers} {code}")
    assert not wrong, "\n".join(wrong)


def test_every_inline_script_is_admitted_and_nothing_else(pages):
    for place, page in pages.items():
        meta = page.select_one('meta[http-equiv="Content-Security-Policy"]')
        assert meta.find_previous("meta").get("charset"), f"{place}: not right after the encoding"
        directives = dict(part.split(" ", 1) for part in meta["content"].split("; "))
        digests = {
            f"'sha256-{base64.b64encode(hashlib.sha256(script.string.encode()).digest()).decode()}'"
            for script in page.find_all("script", src=False)
            if script.get("type") != "application/json"
        }
        assert set(directives["script-src"].split()) == {
            "'self'",
            "'wasm-unsafe-eval'",
            *digests,
        }, place


#: What Python in the page will need of the policy: a script from a template of the page, in a
#: frame without an origin, starts a worker from a blob, which compiles WebAssembly and is not let
#: out.
FRAME = """<template id="frame"><script>
  addEventListener("message", ({ data }) => {
    const worker = new Worker(URL.createObjectURL(new Blob([data], { type: "text/javascript" })));
    worker.onmessage = ({ data }) => parent.postMessage(data, "*");
  });
  parent.postMessage("ready", "*");
</script></template>"""

START = """async (address) => {
  const code = `(async () => {
    const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    const compiled = await WebAssembly.compile(bytes).then(() => true, () => false);
    const fetched = await fetch("${address}").then(() => true, () => false);
    let evaluated = true;
    try { (0, eval)("1"); } catch { evaluated = false; }
    postMessage({ compiled, fetched, evaluated });
  })()`;
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  const answer = new Promise((resolve) =>
    addEventListener("message", ({ data }) => {
      if (data === "ready") frame.contentWindow.postMessage(code, "*");
      else resolve(data);
    }));
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="connect-src 'none'">`
    + document.querySelector("#frame").innerHTML;
  document.body.append(frame);
  return Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 15000, null))]);
}"""


@pytest.mark.parametrize("opened", ["over http", "from a folder"])
def test_a_worker_in_a_frame_without_origin_computes_and_asks_nobody(
    engine, watched, watched_url, opened
):
    from polyglot_book.site import content_policy

    html = f'<!doctype html><meta charset="utf-8"><title>frame</title>{FRAME}'
    (watched / "frame.html").write_text(content_policy.protect(html, {}), "utf-8")
    engine.open(
        f"{watched_url}frame.html" if opened == "over http" else (watched / "frame.html").as_uri()
    )
    # On a busy machine WebKitGTK does not always start the worker (2 of 6 runs): a new frame does.
    answers = (engine.run(START, f"{watched_url}404.html") for _ in range(4))
    answer = next((given for given in answers if given is not None), None)
    assert answer == {"compiled": True, "fetched": False, "evaluated": False}
