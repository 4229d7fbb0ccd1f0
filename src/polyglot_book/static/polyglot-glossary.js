// A glossary as a list of terms that open, with a field that leaves out what does not match. Without
// scripts all definitions are there (see site/glossary/page.py).
(() => {
  "use strict";
  const tools = document.querySelector(".polyglot-glossary-tools");
  if (!tools) return;
  const words = tools.dataset;
  const form = tools.querySelector("form");
  const input = form.querySelector("input");
  const all = form.querySelector("button");
  const status = form.querySelector("[role=status]");

  const fold = globalThis.polyglotFold; // as in search: see polyglot-search.js

  const entries = [...document.querySelectorAll("dl.polyglot-glossary > dt")].map((term) => {
    const definition = term.nextElementSibling;
    definition.id = `${term.id}-definition`;
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-controls", definition.id);
    const link = term.querySelector("a.headerlink");
    const names = definition.querySelector(".polyglot-glossary-names")?.textContent ?? "";
    button.append(...[...term.childNodes].filter((node) => node !== link));
    term.prepend(button);
    const entry = { term, definition, button, names: fold(`${button.textContent} ${names}`) };
    button.addEventListener("click", () => show(entry, !isOpen(entry)));
    // Found by the browser's own search within the page.
    definition.addEventListener("beforematch", () => show(entry, true));
    return entry;
  });

  const isOpen = ({ button }) => button.getAttribute("aria-expanded") === "true";
  const show = (entry, open) => {
    entry.button.setAttribute("aria-expanded", open);
    if (open) entry.definition.removeAttribute("hidden");
    else entry.definition.setAttribute("hidden", "until-found");
    all.textContent = entries.every(isOpen) ? words.close : words.open;
  };

  const leaveOut = (entry, isOut) => {
    entry.term.hidden = isOut;
    if (isOut) entry.definition.setAttribute("hidden", "");
    else show(entry, isOpen(entry));
  };

  const filter = () => {
    const wanted = fold(input.value.trim());
    let n = 0;
    for (const entry of entries) {
      const matches = entry.names.includes(wanted);
      n += matches;
      entry.button.setAttribute("aria-expanded", Boolean(wanted) && matches);
      leaveOut(entry, !matches);
    }
    for (const letter of document.querySelectorAll(".polyglot-glossary-letter")) {
      letter.hidden = !letter.querySelector("dt:not([hidden])");
      tools.querySelector(`[href="#${letter.id}"]`).hidden = letter.hidden;
    }
    status.textContent = !wanted ? "" : n ? words.found.replace("{n}", n) : words.nothing;
  };

  const goTo = (hash) => {
    const id = decodeURIComponent(hash.slice(1));
    const entry = entries.find(({ term }) => term.id === id);
    if (!entry) return;
    if (input.value) {
      input.value = "";
      filter();
    }
    show(entry, true);
    entry.term.scrollIntoView({ block: "start" });
  };

  for (const entry of entries) show(entry, false);
  tools.dataset.ready = "";
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", filter);
  all.addEventListener("click", () => {
    const open = !entries.every(isOpen);
    for (const entry of entries) if (!entry.term.hidden) show(entry, open);
  });
  addEventListener("hashchange", () => goTo(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']"); // perhaps to where the page already is
    if (link && link.hash === location.hash) goTo(link.hash);
  });
  if (location.hash) goTo(location.hash);
})();
