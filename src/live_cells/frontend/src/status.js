// One quiet line under a cell's code: what is going on, how far it is, what can be done about it.
import { make } from "./dom.js";
import { FileError, MemoryError } from "./runtime/errors.js";
import { megabytes, say } from "./words.js";

const PRICES = {
  core: "Python, {size} MB, once",
  extra: "Figures and data, {size} MB, once",
};

export class Status {
  #box = null;

  constructor(cell) {
    this.cell = cell;
  }

  #build() {
    if (this.#box) return;
    // Screen readers hear the text; how the bar grows they need not.
    this.text = make("span", { role: "status" });
    this.bar = make("progress", { hidden: true, "aria-label": say("Download") });
    this.amount = make("span", { class: "live-cells-amount", "aria-hidden": "true" });
    this.actions = make("span", {});
    this.#box = make("div", { class: "live-cells-status" }, this.text, this.bar, this.amount, this.actions);
    this.cell.element.querySelector(".live-cells-note")?.remove();
    this.cell.input.after(this.#box);
  }

  say(text) {
    this.#build();
    this.#box.classList.remove("live-cells-quiet");
    this.bar.hidden = true;
    this.amount.textContent = "";
    this.actions.replaceChildren();
    if (this.text.textContent !== text) this.text.textContent = text;
  }

  /** For those who listen. */
  announce(text) {
    this.say(text);
    this.#box.classList.add("live-cells-quiet");
  }

  clear() {
    this.#box?.remove();
    this.#box = null;
  }

  offer(text, action) {
    this.actions.append(make("button", { type: "button", class: "live-cells-link", onclick: action }, text));
  }

  progress(tier, { phase, loaded, total }) {
    if (phase !== "download") return this.say(say("Starting Python…"));
    this.say(say(PRICES[tier] ?? PRICES.extra, { size: megabytes(total) }));
    this.bar.hidden = false;
    this.bar.max = total;
    this.bar.value = loaded;
    const values = { loaded: megabytes(loaded, 1), total: megabytes(total, 1) };
    this.amount.textContent = say("{loaded} of {total} MB", values);
  }

  /** The network has gone: go on when the reader says so. */
  downloadStopped() {
    this.say(say("The download has stopped. What has come stays."));
    return new Promise((resolve) => this.offer(say("Continue"), resolve));
  }

  broken(error, started) {
    console.warn(error);
    if (error instanceof FileError) {
      this.say(say("A file came damaged, or is not the one that this page was built with, so it was not run."));
    } else if (error instanceof MemoryError) {
      return this.cell.explain(say("This device has too little memory for Python in the page."));
    } else if (error instanceof TypeError) {
      this.say(say("What is needed to run code has not arrived."));
    } else if (started) {
      this.say(say("Python has broken off, and its names are gone; the next run starts it anew."));
    } else {
      return this.cell.explain(say("Python did not start in this browser."));
    }
    this.offer(say("Try again"), () => this.cell.act("run"));
  }
}
