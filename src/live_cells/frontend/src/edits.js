// A reader's edits, kept in this browser by page and by the book's code of the cell: where the book
// changes a cell, its edit is no longer shown.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** The first script looks for the same. */
const KEY = `live-cells:${location.pathname}`;

export class Edits {
  #kept = {};
  #listeners = new Set();

  constructor(page) {
    this.page = page;
    try {
      this.#kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      // not allowed, or not ours
    }
  }

  #id({ index, source }) {
    return `${index}-${bytesToHex(sha256(utf8ToBytes(source))).slice(0, 16)}`;
  }

  watch(listener) {
    this.#listeners.add(listener);
    listener();
  }

  get any() {
    return this.page.cells.some((source) => this.get(source) !== undefined);
  }

  get(source) {
    return this.#kept[this.#id(source)];
  }

  set(source, text) {
    if (text === undefined || text === source.source) delete this.#kept[this.#id(source)];
    else this.#kept[this.#id(source)] = text;
    try {
      if (Object.keys(this.#kept).length) localStorage.setItem(KEY, JSON.stringify(this.#kept));
      else localStorage.removeItem(KEY);
    } catch {
      // full, or not allowed: the edit lives as long as the page
    }
    for (const listener of this.#listeners) listener();
  }
}
