"""No control is dead: one of each kind on every page is used, and something comes of it."""

import pytest
from project import FINISHED

#: Uses one control of each kind that is seen, and returns those used and those that did nothing.
#: A kind is what it is and which widget it belongs to. What comes of it may be a change of the
#: page, of the control's own value, of the focus or the address, a call of the browser (print, full
#: screen) or a download.
USE = """async () => {
  let calls = 0;
  const call = () => { calls += 1; return Promise.resolve(); };
  window.print = window.open = call;
  Element.prototype.requestFullscreen = call;
  HTMLInputElement.prototype.showPicker = call;
  const click = HTMLElement.prototype.click;
  HTMLElement.prototype.click = function () {
    if (this.matches("a[download], input[type=file]")) call();
    else click.call(this);
  };
  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled
    && !e.closest("[inert]") && e.getAttribute("aria-disabled") !== "true";
  // What starts Python in the page has tests of its own; what is typed is judged by a button.
  const SKIP = "[data-live-do], .live-cells-here, .live-cells-way, textarea, "
    + "[type=text], [type=search]";
  const controls = () => [...document.querySelectorAll(
    "button, summary, input, select, [role=slider], [role=button], [role=option], [role=radio]"
  )].filter((e) => seen(e) && !e.matches(SKIP));
  const kind = (e) => [
    e.tagName, e.getAttribute("type"), e.getAttribute("role"), e.dataset.part, e.dataset.do,
    e.closest(".smx")?.className ?? e.className.baseVal ?? e.className,
  ].filter(Boolean).join(" ").replace(/\\b(show|collapsed|active|open)\\b/g, "").trim();
  const use = async (e) => {
    const slides = e.matches("[type=range], [type=number]");
    if (slides) {
      const { value } = e;
      const step = (Number(e.max || 10) - Number(e.min || 0)) / 10;
      e.value = Number(value) + step;
      if (e.value === value) e.value = Number(value) - step;
      e.dispatchEvent(new Event("input", { bubbles: true }));
      e.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (e.matches("[role=slider]")) {
      for (const key of ["ArrowRight", "ArrowLeft", "ArrowLeft"])
        e.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    } else {
      e.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
      e.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
      if (e.click) click.call(e);
      else e.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    }
  };
  // A movable picture is built once it comes into sight.
  for (const widget of document.querySelectorAll(".smx:has(.smx-still)")) {
    widget.scrollIntoView();
    for (let i = 0; i < 40 && !widget.querySelector("button, input"); i += 1) await pause(25);
  }
  scrollTo(0, 0);
  const used = [], dead = [];
  const known = new Set();
  for (let turn = 0; turn < 200; turn += 1) {
    const next = controls().find((e) => !known.has(kind(e)) && !e.checked);
    if (!next) break;
    const name = kind(next);
    known.add(name);
    next.focus?.({ preventScroll: true });
    await pause(30); // what comes of the focus alone
    const slides = next.matches("[type=range], [type=number]");
    const state = () => [location.href, document.activeElement, scrollY, calls,
      next.checked, next.parentElement?.open, slides || next.value,
      document.querySelectorAll(":popover-open").length];
    const before = state();
    let changed = false;
    const observer = new MutationObserver(() => (changed = true));
    observer.observe(document,
      { subtree: true, childList: true, attributes: true, characterData: true });
    await use(next);
    for (let i = 0; i < 20 && !changed && state().every((value, n) => value === before[n]); i += 1)
      await pause(50);
    changed ||= state().some((value, n) => value !== before[n]);
    observer.disconnect();
    used.push(name);
    if (!changed) dead.push(name);
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    for (const shown of document.querySelectorAll(":popover-open")) shown.hidePopover();
  }
  return { used, dead };
}"""


@pytest.fixture(scope="module")
def reader(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("code", FINISHED)
def test_no_control_of_a_page_is_dead(site, site_url, reader, opened, code, width):
    reader.set_viewport_size({"width": width, "height": 900})
    dead, used = {}, set()
    for path in opened(code):
        reader.goto(site_url + path.relative_to(site).as_posix())
        found = reader.evaluate(USE)
        assert found["used"], path.name
        used.update(found["used"])
        if found["dead"]:
            dead[path.name] = found["dead"]
    assert not dead
    for widget in ("smx-quiz", "smx-answer"):
        assert any(widget in name for name in used), widget


def test_a_dead_control_is_noticed(reader):
    reader.set_content("<button class=dead>?</button><button class=alive>!</button>")
    reader.evaluate(
        """() => document.querySelector(".alive")
          .addEventListener("click", (event) => event.target.append("!"))"""
    )
    assert reader.evaluate(USE)["dead"] == ["BUTTON dead"]
