// The page's notebook with the reader's edits in it, offered in the launch menu while there are any.
import { make } from "./dom.js";
import { say } from "./words.js";

export function offerNotebook(page, edits) {
  const menu = document.querySelector(".dropdown-launch-buttons .dropdown-menu");
  if (!menu) return;
  const button = make(
    "button",
    { type: "button", class: "btn btn-sm dropdown-item", onclick: () => save(page, edits) },
    say("Download with my edits (.ipynb)"),
  );
  const item = make("li", {}, button);
  menu.append(item);
  edits.watch(() => (item.hidden = !edits.any));
}

async function save(page, edits) {
  const notebook = await fromSite();
  for (const source of page.cells) {
    const text = edits.get(source);
    const cell = notebook?.cells[source.index];
    if (text !== undefined && cell) cell.source = lines(text);
  }
  const blob = new Blob([JSON.stringify(notebook ?? ofCode(page, edits), null, 1)], { type: "application/x-ipynb+json" });
  const link = make("a", { href: URL.createObjectURL(blob), download: page.notebook });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The book's notebook, with its text, if the site has it. */
async function fromSite() {
  const address = document.querySelector(".live-cells-download")?.href;
  if (!address?.endsWith(".ipynb")) return null;
  try {
    const response = await fetch(address);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function ofCode(page, edits) {
  const cells = page.cells.map((source) => ({
    cell_type: "code",
    execution_count: null,
    id: `cell-${source.index}`,
    metadata: {},
    outputs: [],
    source: lines(edits.get(source) ?? source.source),
  }));
  const kernelspec = { display_name: "Python 3", language: "python", name: "python3" };
  return { cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
}

const lines = (text) => text.split(/(?<=\n)/);
