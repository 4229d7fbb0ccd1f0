// LaTeX in results, as MathML: the engine that made the book's own formulas.
import temml from "temml";
import { make } from "./dom.js";

// As in the book: Gecko sets a space after the application of a function unless something stands
// before it, and the bar of \bar is a macron, which stands closer to its letter than an overline.
const APPLY = "<mo>\u2061</mo>";
const OVERLINE = /(<mo stretchy="false"[^>]*>)\u203e(?=<\/mo>)/g;

export function mathml(tex, display) {
  const result = temml.renderToString(tex, {
    displayMode: display,
    annotate: true,
    throwOnError: true,
    trust: false,
    wrap: display ? "none" : "tex",
  });
  return result.replaceAll(APPLY, `<mspace></mspace>${APPLY}`).replace(OVERLINE, "$1\u00af");
}

export function formula(tex, classes = "") {
  const scroll = make("span", { class: "math-scroll" });
  scroll.innerHTML = mathml(tex, true);
  return make("div", { class: `math math-block ${classes}`.trim() }, scroll);
}

/** What stands between dollars is a formula; what stands around them is text. */
export function renderLatex(latex) {
  const box = make("div", { class: "output text_latex" });
  const display = /^\s*(?:\$\$([\s\S]*)\$\$|\\\[([\s\S]*)\\\]|\$\\displaystyle([\s\S]*)\$)\s*$/.exec(latex);
  if (display) {
    box.append(formula(display.slice(1).find((part) => part !== undefined).trim()));
    return box;
  }
  if (!latex.includes("$")) {
    box.append(formula(latex));
    return box;
  }
  const line = make("p", {});
  latex.split(/\$([^$]+)\$/).forEach((part, index) => {
    if (index % 2) line.insertAdjacentHTML("beforeend", mathml(part, false));
    else line.append(part);
  });
  box.append(line);
  return box;
}
