// One Python for the page: what has run in it, what a cell needs, one cell at a time.
import { createRuntime, InterruptedError } from "./runtime/runtime.js";

const NAMES = /[\p{L}_][\p{L}\p{N}_]*/gu;

/** What stays while Python starts. Found at the next load, it means that the start ended the tab. */
function mark(place) {
  try {
    if (place) sessionStorage.setItem("live-cells-starting", JSON.stringify(place));
    else sessionStorage.removeItem("live-cells-starting");
  } catch {
    // storage is not allowed
  }
}

export class Session {
  cells = new Map();
  onFirstRun = () => {};
  #runtime = null;
  #last = Promise.resolve();
  #ran = new Set(); // indices of cells
  #changed = new Set();

  constructor(page, settings) {
    this.page = page;
    this.settings = settings;
  }

  get alive() {
    return Boolean(this.#runtime);
  }

  /** Tell `listener` whenever Python starts or ends, a cell runs or has run. */
  watch(listener) {
    this.#changed.add(listener);
  }

  #tell() {
    for (const listener of this.#changed) listener();
  }

  /** Run a cell after those that it needs; `view` shows what happens. */
  run(cell) {
    const turn = this.#last.then(() => this.#run(cell));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #run(cell) {
    if (!cell.asked) return; // stopped while it waited
    this.running = cell;
    this.#tell();
    try {
      await this.#start(cell);
      const needed = this.#needed(cell);
      for (const [n, above] of needed.entries()) {
        cell.view.preparing(n + 1, needed.length);
        const view = this.cells.get(above.index)?.view;
        const failed = await this.#execute(cell, above, view?.output(), !view?.shows);
        if (failed) {
          cell.view.failedAbove(view);
          return;
        }
      }
      cell.view.running();
      const failed = await this.#execute(cell, cell.source, cell.view.output());
      cell.view.done(failed);
    } catch (error) {
      this.#drop();
      if (error instanceof InterruptedError) cell.view.stopped(this.started);
      else cell.view.broken(error, this.started);
    } finally {
      this.running = null;
      this.#tell();
    }
  }

  async #start(cell) {
    if (this.#runtime) return;
    const { manifest, manifestSha256: hash, path } = this.settings;
    const onStopped = (error) => cell.view.downloadStopped(error);
    const language = this.page.language;
    this.#runtime = createRuntime({ manifest, hash, language, onStopped });
    this.#tell();
    this.started = false;
    mark({ path, cell: cell.source.index });
    try {
      await this.#runtime.start((progress) => cell.view.progress("core", progress));
      this.started = true;
    } finally {
      mark(null);
    }
    this.onFirstRun();
    this.onFirstRun = () => {};
    this.#tell();
  }

  /** Run one cell and return whether it ended with an error; `quietly`, only an error is shown. */
  async #execute(asked, source, output, quietly = false) {
    const cell = this.cells.get(source.index);
    const request = { source: cell?.code ?? source.source, name: `<cell ${source.index + 1}>` };
    for (;;) {
      let failed = false;
      output?.begin(quietly);
      const { status, needs } = await this.#runtime.run(request, (message) => {
        failed ||= message.type === "error";
        output?.add(message);
      });
      if (needs) {
        await this.#runtime.loadTier(needs, (progress) => asked.view.progress(needs, progress));
        asked.view.running();
        continue;
      }
      await output?.end();
      failed ||= status !== 0;
      if (!failed) this.#ran.add(source.index);
      return failed;
    }
  }

  /** Return the cells above that have to run first, in order. */
  #needed(cell) {
    const { index } = cell.source;
    const used = (source) => {
      const own = this.cells.get(source.index);
      return own?.edited ? own.code.match(NAMES) ?? [] : source.uses;
    };
    const wanted = new Set(used(cell.source));
    const result = [];
    const above = this.page.cells.filter((source) => source.index < index);
    for (const source of above.reverse()) {
      if (source.tags.includes("claim")) continue;
      if (!source.defines.some((name) => wanted.has(name))) continue;
      for (const name of used(source)) wanted.add(name);
      if (!this.#ran.has(source.index)) result.unshift(source);
    }
    return result;
  }

  /** End Python; its names are gone. */
  stop() {
    this.#runtime?.interrupt();
    this.#drop();
    this.#tell();
  }

  #drop() {
    this.#runtime = null;
    this.#ran.clear();
  }
}
