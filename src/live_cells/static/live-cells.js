// Cells that run in the page: a toolbar each, nothing else until the first tap. Then page.js comes.
// Words and addresses are the script element's attributes.
(() => {
  "use strict";
  const { dataset } = document.currentScript;
  const root = new URL(dataset.root, document.baseURI);
  const address = (name) => dataset[name] && new URL(dataset[name], root).href;
  const all = () => [...document.querySelectorAll("[data-live-cell]")];

  // (func try_table end): WebAssembly exceptions as the runtime needs them.
  const EXCEPTIONS = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0,
    10, 8, 1, 6, 0, 31, 64, 0, 11, 11];

  /** Say why nothing can run here, if so. */
  const obstacle = () => {
    if (location.protocol === "file:") return dataset.file;
    if (dataset.runtime === "none") return dataset.none;
    const modern =
      globalThis.WebAssembly?.validate(new Uint8Array(EXCEPTIONS)) && globalThis.DecompressionStream;
    return modern ? "" : dataset.old;
  };

  /** Say something under a cell, with the other ways to run it: those that the page offers. */
  const explain = (cell, text) => {
    cell.querySelector(".live-cells-note")?.remove();
    const note = document.createElement("p");
    note.className = "live-cells-note";
    note.setAttribute("role", "status");
    cell.querySelector(".cell_input").after(note);
    const ways = waysElsewhere();
    // A text that comes after its element is announced.
    requestAnimationFrame(() => {
      note.append(text);
      if (ways.length) note.append(` ${dataset.ways} `, ...ways);
    });
  };

  let opening;
  const load = () => {
    opening ??= import(address("script")).then((page) =>
      page.open({
        root: root.href,
        path: location.pathname,
        manifest: address("manifest"),
        manifestSha256: dataset.manifestSha256,
        page: address("page"),
        words: address("words"),
        style: address("style"),
        explain,
      }),
    );
    opening.catch(() => (opening = null)); // the next tap tries again
    return opening;
  };

  const act = async (cell, name) => {
    const reason = obstacle();
    if (reason) return explain(cell, reason);
    const bar = cell.querySelector(".live-cells-bar");
    bar?.setAttribute("aria-busy", "true");
    try {
      (await load()).act(cell, name);
    } catch {
      explain(cell, dataset.failed);
    } finally {
      bar?.removeAttribute("aria-busy");
    }
  };

  /** The other ways to run a cell, those that the page offers: links with dots between. */
  const waysElsewhere = () =>
    [
      ...document.querySelectorAll(
        ".dropdown-launch-buttons a:not(.live-cells-download), .btn-download-source-button",
      ),
    ].flatMap((way, index) => {
      const link = document.createElement("a");
      link.href = way.href;
      link.textContent = way.textContent.trim();
      return [index ? " · " : "", link];
    });

  /** Where a page asks for code: a button that opens it here, and the other ways. */
  const offerWays = (place) => {
    const cell = place.closest("[data-live-cell]");
    if (!cell?.querySelector(".live-cells-bar")) return;
    const here = document.createElement("button");
    here.type = "button";
    here.className = "live-cells-way";
    here.textContent = dataset.edit;
    here.addEventListener("click", () => act(cell, "edit"));
    const elsewhere = waysElsewhere();
    place.replaceChildren(here);
    if (elsewhere.length) place.append(document.createElement("br"), `${dataset.ways} `, ...elsewhere);
  };

  const ICONS = { run: "M4 2.5v11l9-5.5z", edit: "M2 14l.8-3.4 8-8 2.6 2.6-8 8z" };
  const button = (name) => {
    const result = document.createElement("button");
    result.type = "button";
    result.dataset.liveDo = name;
    result.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
    result.append(dataset[name]);
    return result;
  };

  const addBar = (cell) => {
    const input = cell.querySelector(".cell_input");
    if (!input) return;
    const bar = document.createElement("div");
    bar.className = "live-cells-bar";
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", dataset.toolbar);
    bar.append(button("run"), button("edit"));
    bar.lastChild.tabIndex = -1;
    const size = Math.round(dataset.bytes / 1e6);
    if (size) bar.firstChild.title = dataset.price.replace("{size}", size);
    input.append(bar);

    bar.addEventListener("click", ({ target }) => {
      const pressed = target.closest("button");
      if (pressed) act(cell, pressed.dataset.liveDo);
    });
    bar.addEventListener("keydown", (event) => {
      const buttons = [...bar.children].filter((one) => !one.hidden);
      const here = buttons.indexOf(event.target);
      const last = buttons.length - 1;
      const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key];
      if (buttons[next]) {
        event.preventDefault();
        buttons[next].focus();
      }
    });
    // The Tab key comes back to the button that was used last.
    bar.addEventListener("focusin", ({ target }) => {
      for (const one of bar.children) one.tabIndex = one === target ? 0 : -1;
    });
    cell.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
        if (event.defaultPrevented) return;
        event.preventDefault();
        act(cell, "run");
      }
    });
  };

  /** In the menu that offers other places to run: first here, last the file. */
  const addToMenu = () => {
    const menu = document.querySelector(".dropdown-launch-buttons .dropdown-menu");
    const bars = document.querySelectorAll(".live-cells-bar");
    // Code that teaches is open; of folded code none is chosen while there is other.
    const bar = [...bars].find((one) => !one.closest("details")) ?? bars[0];
    const first = bar?.closest("[data-live-cell]");
    if (!menu || !first) return;
    const item = document.createElement("li");
    const here = document.createElement("button");
    here.type = "button";
    here.className = "btn btn-sm dropdown-item live-cells-here";
    here.textContent = dataset.here;
    here.addEventListener("click", () => {
      for (let fold = bar; (fold = fold.parentElement?.closest("details")); ) fold.open = true;
      first.scrollIntoView({ block: "center" });
      bar.querySelector("button").focus({ preventScroll: true });
      act(first, "run");
    });
    item.append(here);
    menu.prepend(item);
    const source = document.querySelector(".btn-download-source-button");
    if (source) {
      const copy = source.closest("li").cloneNode(true);
      copy.querySelector("a").classList.add("live-cells-download");
      copy.querySelector("a").classList.remove("btn-download-source-button");
      menu.append(copy);
    }
  };

  const start = () => {
    all().forEach(addBar);
    document.querySelectorAll("[data-live-ways]").forEach(offerWays);
    addToMenu();
    // Without a mouse, a tap on a cell shows its toolbar.
    document.addEventListener("click", ({ target }) => {
      const tapped = target.closest?.("[data-live-cell]");
      for (const cell of all()) cell.classList.toggle("live-cells-open", cell === tapped);
    });
    const kept = (store, key) => {
      try {
        return store()[key];
      } catch {
        return undefined; // not allowed
      }
    };
    const starting = kept(() => sessionStorage, "live-cells-starting");
    if (starting) {
      sessionStorage.removeItem("live-cells-starting");
      const { path, cell } = JSON.parse(starting);
      const started = all().find(({ dataset: { liveCell } }) => Number(liveCell) === cell);
      if (path === location.pathname && started) explain(started, dataset.crashed);
    }
    if (kept(() => localStorage, `live-cells:${location.pathname}`) && !obstacle()) load();
  };
  // A reader who leaves while Python starts has not met a crash.
  addEventListener("pagehide", () => {
    try {
      sessionStorage.removeItem("live-cells-starting");
    } catch {
      // not allowed, and never set
    }
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
