// What a run shows, in the place and in the style of the book's own results.
import DOMPurify from "dompurify";
import { make } from "./dom.js";
import { gloss } from "./gloss.js";
import { say } from "./words.js";

/** Characters of text after which no more is shown: a loop without end must not fill the memory. */
const MOST = 200_000;

const PHONE = "screen and (max-width: 600px)";
const NARROW = "application/vnd.narrow.svg+xml";
const STEPS = "application/vnd.polyglot-book.steps+json";
const COLOURS = /\x1b\[[0-9;]*[A-Za-z]/g;

const text = (value) => (Array.isArray(value) ? value.join("") : String(value));

/** Renderers by type, the best first. Each returns an element, or a promise of one. */
const RENDERERS = {
  [STEPS]: async (steps) => (await import("./steps.js")).renderSteps(steps),
  "text/html": (html) => {
    const box = make("div", { class: "output text_html" });
    // It is the reader's own code, and still it should do no more than show something.
    box.append(DOMPurify.sanitize(text(html), { RETURN_DOM_FRAGMENT: true, ADD_ATTR: ["target"] }));
    return box;
  },
  "image/svg+xml": (svg, { data, alt }) => {
    const chosen = data[NARROW] && matchMedia(PHONE).matches ? data[NARROW] : svg;
    return picture(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(text(chosen))}`, alt);
  },
  "image/png": (png, { alt }) => picture(`data:image/png;base64,${text(png).trim()}`, alt),
  "image/jpeg": (jpeg, { alt }) => picture(`data:image/jpeg;base64,${text(jpeg).trim()}`, alt),
  "text/latex": async (latex) => {
    const { renderLatex } = await import("./math.js");
    return renderLatex(text(latex));
  },
  "text/plain": (plain) => block("text_plain", text(plain)),
};

function picture(src, alt) {
  return make("figure", { class: "live-cells-figure" }, make("img", { src, alt }));
}

function block(kind, content) {
  const pre = make("pre", {}, content.replace(COLOURS, ""));
  return make(
    "div",
    { class: `output ${kind} highlight-myst-ansi notranslate` },
    make("div", { class: "highlight" }, pre),
  );
}

export class Output {
  #box = null;
  #stream = null; // the last element, if text goes on in it
  #length = 0;
  #waiting = [];
  shown = false;

  constructor(view) {
    this.view = view;
  }

  /** Of a cell that another needs, nothing but an error is worth showing: then `quietly`. */
  begin(quietly = false) {
    this.quietly = quietly;
    this.#old = this.#box;
    this.#box = null;
    this.#stream = null;
    this.#length = 0;
    this.#waiting = [];
    this.#clearNext = false;
    this.#same = false;
  }

  #old = null;
  #same = false; // what the book shows is the result
  #clearNext = false;

  #open() {
    if (this.#box) return;
    const { cell } = this.view;
    const back = make(
      "button",
      {
        type: "button",
        class: "live-cells-link",
        onclick: () => {
          this.view.book();
          cell.buttons?.run.focus({ preventScroll: true });
        },
      },
      say("Back to the book's"),
    );
    const caption = make(
      "p",
      { class: "live-cells-caption" },
      make("span", {}, cell.edited ? say("Result of your code") : say("Result of your run")),
      back,
    );
    this.content = make("div", { class: "live-cells-content" });
    this.#box = make("div", { class: "cell_output live-cells-own" }, caption, this.content);
    this.#old?.remove();
    this.#old = null;
    this.view.place(this.#box);
    this.shown = !this.quietly;
  }

  remove() {
    this.#old?.remove();
    this.#box?.remove();
    this.#box = this.#old = null;
    this.shown = false;
  }

  add(message) {
    if (this.quietly && message.type !== "error") return;
    if (message.type === "clear") {
      if (message.wait) this.#clearNext = true;
      else this.#clear();
      return;
    }
    if (this.#isBuilt(message)) {
      this.#same = true;
      return;
    }
    this.#open();
    if (this.#clearNext) this.#clear();
    if (message.type === "stream") this.#addText(message);
    else if (message.type === "display") this.#addDisplay(message);
    else if (message.type === "error") this.#addError(message);
  }

  /** Whether the book shows this very thing and its script runs there: here it would be lifeless. */
  #isBuilt({ type, data }) {
    const { cell } = this.view;
    const built = cell.element.querySelector(
      ".cell_output:not(.live-cells-own) :is(script, [data-polyglot-late])", // moved to the page's end
    );
    return Boolean(
      built && !cell.edited && type === "display" && /<script\b/.test(text(data["text/html"] ?? "")),
    );
  }

  #clear() {
    this.#clearNext = false;
    this.#stream = null;
    this.content?.replaceChildren();
  }

  #addText({ name, text: added }) {
    if (this.#length > MOST) return;
    this.#length += added.length;
    if (this.#length > MOST) added += `\n… ${say("The rest of the text is not shown.")}`;
    if (this.#stream?.name !== name) {
      const element = block(name === "stderr" ? "stream stderr" : "stream", "");
      this.content.append(element);
      this.#stream = { name, pre: element.querySelector("pre"), line: "" };
    }
    const { pre } = this.#stream;
    added = added.replace(COLOURS, "").replaceAll("\r\n", "\n");
    if (!added.includes("\r")) {
      pre.append(added);
      return;
    }
    // A progress bar writes its line again and again.
    const lines = (pre.textContent + added).split("\n");
    pre.textContent = lines.map((line) => line.slice(line.lastIndexOf("\r", line.length - 2) + 1)).join("\n");
  }

  #addDisplay({ data }) {
    this.#stream = null;
    const type = Object.keys(RENDERERS).find((name) => name in data);
    if (!type) return;
    const place = make("div", {});
    this.content.append(place);
    const built = this.view.cell.element.querySelector(".cell_output:not(.live-cells-own) img");
    const alt = (!this.view.cell.edited && built?.alt) || say("Figure that your code has drawn");
    const show = (element) => place.replaceWith(element);
    const plain = () => show(block("text_plain", text(data["text/plain"] ?? "")));
    try {
      const result = RENDERERS[type](data[type], { data, alt });
      if (result instanceof Promise) this.#waiting.push(result.then(show, plain));
      else show(result);
    } catch {
      plain();
    }
  }

  #addError({ ename, evalue, traceback, line }) {
    this.#stream = null;
    const said = gloss(ename, evalue);
    const box = make("div", { class: "live-cells-error" });
    if (said) box.append(make("p", { class: "live-cells-gloss" }, said));
    box.append(block("traceback", text(traceback.join("\n"))));
    this.content.append(box);
    this.line = line;
  }

  async end() {
    if ((this.quietly || this.#same) && !this.#box) {
      if (this.#old) this.view.showBuilt(); // it had an error, and has none now
      this.remove();
      return;
    }
    if (!this.#box) {
      this.#open();
      this.content.append(make("p", { class: "live-cells-nothing" }, say("Done; the code shows nothing.")));
    }
    await Promise.all(this.#waiting);
  }
}
