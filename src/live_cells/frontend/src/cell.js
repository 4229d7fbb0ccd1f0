// A cell of the page: its toolbar, its code as the reader has it, what is said of a run.
import { make } from "./dom.js";
import { Output } from "./outputs.js";
import { Status } from "./status.js";
import { say } from "./words.js";

const ICONS = {
  stop: "M3.5 3.5h9v9h-9z",
  undo: "M6 2v3h3.5a4 4 0 0 1 0 8H5v-2h4.5a2 2 0 0 0 0-4H6v3L1.5 6z",
  restart: "M8 2.5a5.5 5.5 0 1 0 5.5 5.5h-2A3.5 3.5 0 1 1 8 4.5V7l4-3.5L8 0z",
};

export class Cell {
  #editor = null;

  /** `explain(element, text)` says why nothing can run, and names the other ways. */
  constructor(element, source, session, edits, explain) {
    this.explain = (text) => {
      this.view.status.clear();
      explain(element, text);
    };
    this.element = element;
    this.source = source;
    this.session = session;
    this.edits = edits;
    this.input = element.querySelector(".cell_input");
    this.bar = element.querySelector(".live-cells-bar");
    this.view = new View(this);
    if (!this.bar) return;
    this.buttons = Object.fromEntries(
      [...this.bar.children].map((button) => [button.dataset.liveDo, button]),
    );
    this.buttons.edit.setAttribute("aria-pressed", "false");
    this.#addButton("stop", say("Stop"));
    this.buttons.run.after(this.buttons.stop); // it takes the place of Run
    this.#addButton("undo", say("Undo my edits"));
    this.#addButton("restart", say("Restart Python"));
    session.watch(() => this.refresh());
    edits.watch(() => this.refresh());
  }

  #addButton(name, text) {
    const attributes = { type: "button", "data-live-do": name, tabindex: -1, title: text };
    const button = make("button", attributes, make("span", {}, text));
    button.insertAdjacentHTML(
      "afterbegin",
      `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`,
    );
    this.buttons[name] = button;
    this.bar.append(button);
  }

  /** The code that runs. */
  get code() {
    return this.#editor?.text ?? this.edits.get(this.source) ?? this.source.source;
  }

  get edited() {
    return this.code !== this.source.source;
  }

  /** Show the edit of an earlier visit. */
  restore() {
    if (this.edits.get(this.source) !== undefined) this.#edit(false);
  }

  async act(name) {
    if (name === "run") await this.#run();
    else if (name === "edit") await (this.#editor && !this.edited ? this.#close() : this.#edit(true));
    else if (name === "stop") this.#stop();
    else if (name === "undo") this.#undo();
    else if (name === "restart") this.#restart();
  }

  async #run() {
    if (this.asked) return; // it runs, or waits for its turn
    this.asked = true;
    this.refresh();
    if (this.session.running) this.view.waiting();
    try {
      await this.session.run(this);
    } finally {
      this.asked = false;
      this.refresh();
    }
  }

  #stop() {
    if (this.session.running === this) {
      this.session.stop();
    } else {
      this.asked = false;
      this.view.status.clear();
      this.refresh();
    }
  }

  async #edit(focus) {
    if (!this.#editor) {
      const { openEditor } = await import("./editor.js");
      const { code } = this;
      this.#editor ??= openEditor(this.input, code, {
        label: say("Code. Escape, then Tab leaves it."),
        onChange: (text) => this.edits.set(this.source, text),
        onRun: () => this.act("run"),
      });
      this.refresh();
    }
    if (focus) this.#editor.focus();
  }

  #close() {
    this.#editor?.close();
    this.#editor = null;
    this.refresh();
  }

  #undo() {
    this.#close();
    this.edits.set(this.source, undefined);
    this.view.book();
    this.refresh();
    this.buttons.run.focus();
  }

  #restart() {
    this.session.stop();
    this.view.restarted();
    this.buttons.run.focus();
  }

  /** Offer what can be done now, and nothing else. */
  refresh() {
    if (!this.bar) return;
    const hidden = {
      run: Boolean(this.asked),
      stop: !this.asked,
      undo: !this.edited,
      restart: !this.session.alive || Boolean(this.session.running),
    };
    const { activeElement } = document;
    for (const [name, value] of Object.entries(hidden)) this.buttons[name].hidden = value;
    this.buttons.edit.setAttribute("aria-pressed", String(Boolean(this.#editor)));
    this.element.classList.toggle("live-cells-busy", Boolean(this.asked));
    this.element.classList.toggle("live-cells-edited", this.edited);
    // The focus does not fall off a button that goes; one of those seen is a stop for the Tab key.
    const seen = [...this.bar.children].filter((button) => !button.hidden);
    if (this.bar.contains(activeElement) && activeElement.hidden) seen[0]?.focus();
    if (!seen.some((button) => button.tabIndex === 0) && seen[0]) seen[0].tabIndex = 0;
  }
}

/** What a cell shows of its run. */
class View {
  constructor(cell) {
    this.cell = cell;
    this.status = new Status(cell);
  }

  /** What the book shows as this cell's result. */
  get #built() {
    return [...this.cell.element.children].filter(
      (child) =>
        !child.contains(this.cell.input) && !child.matches("[class^='live-cells'], .live-cells-own"),
    );
  }

  output() {
    this.own ??= new Output(this);
    return this.own;
  }

  /** Whether a run for another cell's sake is shown: where the reader has changed or run this one. */
  get shows() {
    return this.cell.edited || Boolean(this.own?.shown);
  }

  /** The reader's result takes the place of the book's. */
  place(box) {
    for (const element of this.#built) element.classList.add("live-cells-hidden");
    this.cell.element.append(box);
  }

  /** The book's result again. */
  book() {
    this.own?.remove();
    this.own = null;
    this.status.clear();
    this.showBuilt();
  }

  showBuilt() {
    for (const element of this.#built) element.classList.remove("live-cells-hidden");
  }

  waiting() {
    this.status.say(say("Waiting for another cell…"));
  }

  progress(tier, progress) {
    this.status.progress(tier, progress);
  }

  preparing(n, total) {
    this.status.say(say("First what this needs from above: {n} of {total}…", { n, total }));
  }

  running() {
    this.status.say(say("Running…"));
  }

  done(failed) {
    this.status.clear();
    this.status.announce(failed ? say("It ended with an error.") : say("Done."));
  }

  stopped(started) {
    this.status.say(
      started
        ? say("Stopped. Python has forgotten all names; the next run starts it anew.")
        : say("The download was stopped."),
    );
  }

  restarted() {
    this.status.say(say("Python has forgotten all names; the next run starts it anew."));
  }

  failedAbove(view) {
    const other = view?.cell.element;
    this.status.say(say("A cell above, which this one needs, ended with an error."));
    if (!other) return;
    this.status.offer(say("Show it"), () => {
      other.scrollIntoView({ block: "center" });
      view.cell.buttons?.run.focus({ preventScroll: true });
    });
  }

  broken(error, started) {
    this.status.broken(error, started);
  }

  downloadStopped() {
    return this.status.downloadStopped();
  }
}
