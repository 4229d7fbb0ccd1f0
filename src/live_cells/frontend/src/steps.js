// A derivation as steps: the elements that the book's own have, from the same data.
import { make } from "./dom.js";
import { formula, mathml } from "./math.js";
import { say } from "./words.js";

function inline(tex) {
  const span = make("span", { class: "math" });
  span.innerHTML = mathml(tex, false);
  return span;
}

function step({ relation, expression, reason, lemma }, left) {
  const item = make("li", {});
  if (left) item.append(formula(left, "steps-left"));
  item.append(formula(`${relation} ${expression}`));
  if (reason !== undefined) {
    const said = make("p", { class: "steps-reason" }, reason);
    if (lemma !== undefined) said.append(" ", inline(lemma));
    item.append(said);
  }
  return item;
}

/** Arrow keys go from step to step; the Tab key stops once. */
function walk(list) {
  const steps = [...list.children];
  steps.forEach((one, index) => (one.tabIndex = index ? -1 : 0));
  list.addEventListener("keydown", (event) => {
    const here = steps.indexOf(event.target);
    if (here < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const targets = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: steps.length - 1 };
    const next = steps[targets[event.key]];
    if (!next) return;
    event.preventDefault();
    steps[here].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

export function renderSteps({ definitions, given, left, steps }) {
  const box = make("div", { class: "steps" });
  if (definitions) {
    const items = definitions.formulas.map((tex) => make("li", {}, formula(tex)));
    box.append(
      make("details", { class: "steps-definitions" },
        make("summary", {}, definitions.label),
        make("ul", {}, ...items)),
    );
  }
  if (given) {
    const line = make("p", { class: "steps-given" }, make("span", {}, given.label));
    for (const tex of given.formulas) line.append(" ", inline(tex));
    box.append(line);
  }
  const label = say("Steps: the arrow keys walk through them");
  const list = make("ol", { class: "steps-list", role: "list", "aria-label": label });
  list.append(...steps.map((one, index) => step(one, index ? null : left)));
  walk(list);
  box.append(list);
  return box;
}
