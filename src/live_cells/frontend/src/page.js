// Loaded at the first tap, or where a reader has edits: the cells of this page come alive.
import { Cell } from "./cell.js";
import { Edits } from "./edits.js";
import { offerNotebook } from "./notebook.js";
import { registerWorker } from "./offline.js";
import { Session } from "./session.js";
import { useWords } from "./words.js";

// For the test that compares every cell with the book.
export { createRuntime } from "./runtime/runtime.js";

async function json(address) {
  const response = await fetch(address);
  if (!response.ok) throw new TypeError(`${address}: ${response.status}`);
  return response.json();
}

/** Prepare the page. `settings` are the attributes of the first script, its addresses whole. */
export async function open(settings) {
  const [page, words] = await Promise.all([
    json(settings.page),
    json(settings.words),
    addStyle(settings.style),
  ]);
  useWords(words);
  const session = new Session(page, settings);
  const edits = new Edits(page);
  const cells = new Map();
  for (const element of document.querySelectorAll("[data-live-cell]")) {
    const source = page.cells.find(({ index }) => index === Number(element.dataset.liveCell));
    if (source) cells.set(source.index, new Cell(element, source, session, edits, settings.explain));
  }
  session.cells = cells;
  session.onFirstRun = () => registerWorker(settings);
  for (const cell of cells.values()) cell.restore();
  offerNotebook(page, edits);

  return {
    act(element, name) {
      cells.get(Number(element.dataset.liveCell))?.act(name);
    },
  };
}

function addStyle(href) {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = link.onerror = resolve; // without it, cells work and look plain
    document.head.append(link);
  });
}
