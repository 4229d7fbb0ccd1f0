// Comfort that needs a script: LaTeX on copying, boxes that scroll reached by the keyboard and faded
// where there is more of them.
// Formulas, text and navigation do without it. Words come from the script element's attributes,
// in the page's language.
(() => {
  "use strict";
  const words = document.currentScript.dataset;

  const texOf = (math) => {
    const tex = math.querySelector("annotation")?.textContent ?? math.textContent;
    if (math.getAttribute("display") !== "block") return `$${tex}$`;
    // An amsmath environment is a display of its own.
    const own = /^\\begin\{(equation|align|alignat|gather|multline|flalign)\*?\}/.test(tex);
    return own ? tex : `$$\n${tex}\n$$`;
  };

  // A selection that holds formulas is copied with their LaTeX.
  document.addEventListener("copy", (event) => {
    const selection = document.getSelection();
    if (event.defaultPrevented || !selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0).cloneRange();
    const formulaAround = (node) =>
      (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("math");
    const first = formulaAround(range.startContainer);
    const last = formulaAround(range.endContainer);
    if (first) range.setStartBefore(first);
    if (last) range.setEndAfter(last);
    const box = document.createElement("div");
    box.append(range.cloneContents());
    const formulas = box.querySelectorAll("math");
    if (!formulas.length) return;
    const html = box.innerHTML;
    for (const math of formulas) math.replaceWith(texOf(math));
    for (const own of box.querySelectorAll(".polyglot-copy, .headerlink")) own.remove();
    // innerText knows paragraphs and lines, but only of what is on the page.
    box.style.cssText = "position:fixed;inset-inline-start:-100vw;width:60rem;white-space:pre-line";
    document.body.append(box);
    const text = box.innerText;
    box.remove();
    event.clipboardData.setData("text/plain", text);
    event.clipboardData.setData("text/html", html);
    event.preventDefault();
  });

  const copy = (text) => {
    // Without a secure context (a page opened from a folder) there is no navigator.clipboard.
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const answer = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
    };
    document.addEventListener("copy", answer, { capture: true, once: true });
    return document.execCommand("copy") ? Promise.resolve() : Promise.reject();
  };

  const addCopyButton = (block) => {
    const tex = block.querySelector("annotation")?.textContent;
    if (!tex) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "polyglot-copy";
    button.textContent = "TeX";
    button.title = words.copy;
    button.setAttribute("aria-label", words.copy);
    button.addEventListener("click", () => {
      const say = (word) => {
        button.textContent = word;
        setTimeout(() => (button.textContent = "TeX"), 1500);
      };
      copy(tex).then(() => say(words.copied), () => say(words.failed));
    });
    block.append(button);
  };

  // The style sheet fades the edge behind which there is more.
  const fade = (box) => {
    // In a box from right to left the place is counted from the right, below zero.
    const place = Math.abs(box.scrollLeft);
    const rest = box.scrollWidth - box.clientWidth - place;
    box.classList.toggle("polyglot-more-before", place > 1);
    box.classList.toggle("polyglot-more-after", rest > 1);
  };

  // Copy buttons are many. The Tab key reaches one of a kind, arrow keys go on from there.
  const shareTabStop = (selector) => {
    const all = () => [...document.querySelectorAll(selector)];
    const isSeen = (button) => button.checkVisibility();
    let stop;
    const place = (button) => {
      for (const other of all()) other.tabIndex = -1;
      stop = button;
      if (stop) stop.tabIndex = 0;
    };
    place(all().find(isSeen));
    // Folds show and hide them.
    document.addEventListener("toggle", () => stop?.checkVisibility() || place(all().find(isSeen)), true);
    document.addEventListener("focusin", ({ target }) => target.matches(selector) && place(target));
    document.addEventListener("keydown", (event) => {
      if (!event.target.matches?.(selector)) return;
      const buttons = all().filter(isSeen);
      const here = buttons.indexOf(event.target);
      const next = {
        ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1,
        Home: 0, End: buttons.length - 1,
      }[event.key];
      if (!buttons[next]) return;
      event.preventDefault();
      buttons[next].focus();
    });
  };

  // Only a box that scrolls is a stop for the Tab key.
  const watchScrolling = (boxes) => {
    const check = (box) => {
      fade(box);
      if (!box.dataset.polyglotKind) return; // it brings words of its own
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", words[box.dataset.polyglotKind]);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    };
    // It reports each box once by itself, after the browser's own layout: none is forced here.
    const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => check(target)));
    for (const box of boxes) {
      observer.observe(box);
      box.addEventListener("scroll", () => fade(box), { passive: true });
      if (box.firstElementChild) observer.observe(box.firstElementChild);
    }
  };

  // The theme's buttons name a function, such as print.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-polyglot-call]");
    if (button) window[button.dataset.polyglotCall]();
  });

  const start = () => {
    // A list of steps is one stop for the Tab key; a selection of it is copied with its LaTeX.
    document.querySelectorAll(".math-block:not(.steps *)").forEach(addCopyButton);
    [".polyglot-copy", ".copybtn"].forEach(shareTabStop);
    const kinds = {
      formula: ".math-scroll",
      table: ".pst-scrollable-table-container",
      output: ".bd-article .cell_output .output, .bd-article .cell_output pre",
      code: ".bd-article pre",
      "": '.bd-article [role="region"][tabindex="0"]',
    };
    const boxes = new Set();
    for (const [kind, selector] of Object.entries(kinds)) {
      for (const box of document.querySelectorAll(selector)) {
        if (boxes.has(box)) continue;
        box.dataset.polyglotKind = kind;
        boxes.add(box);
      }
    }
    watchScrolling(boxes);
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
