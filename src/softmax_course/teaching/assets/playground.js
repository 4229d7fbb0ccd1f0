(root, data) => {
const { words } = data;
const scaled = (a, b, T) => (a - b) / T;
const compute = (z, T, target) => {
// The same order as softmax_course: shift, divide, exponentiate, normalise.
const top = z.indexOf(Math.max(...z));
const weights = z.map((value) => Math.exp(scaled(value, z[top], T)));
const sum = (list) => list.reduce((a, b) => a + b, 0);
const total = sum(weights);
const probs = weights.map((weight) => weight / total);
// log1p of the other terms keeps the loss of a confident prediction.
const loss = Math.log1p(sum(weights.filter((_, i) => i !== top))) + scaled(z[top], z[target], T);
// At the label p - 1 would cancel: it is minus the sum of the other probabilities.
const rest = sum(probs.filter((_, i) => i !== target));
const grad = probs.map((p, i) => (i === target ? -rest : p) / T);
return { probs, loss, grad };
};
const LARGEST = Number.MAX_VALUE;
const step = (z, T, target, rate) => compute(z, T, target).grad.map(
(slope, i) => Math.min(LARGEST, Math.max(-LARGEST, z[i] - rate * slope)));
root.softmax = { compute, step };

const make = (tag, props = {}, ...children) => {
const node = Object.assign(document.createElement(tag), props);
node.append(...children);
return node;
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const show = (x) => {
const size = Math.abs(x);
const text = size === 0 ? "0" : !Number.isFinite(x) ? "∞"
: size < 5e-4 || size >= 1e6 ? size.toExponential(2) : size.toFixed(4);
return (x < 0 ? "−" : "") + text;
};
const plain = (x) => String(Number(x.toPrecision(6)));
const name = (i) => data.labels[i] || fill(words.class, { k: i + 1 });
const initial = () => ({ z: [...data.logits], T: data.temperature, target: data.target, rate: 0.5 });
let state = initial();
let rows = [];
let timer;

const status = make("p", { className: "smx-loss" });
const spoken = make("p", { className: "smx-sr" });
spoken.setAttribute("role", "status");
const warning = make("p");
warning.setAttribute("role", "alert");

// A number field beside a slider; `at` maps the slider's place to the value and `to` back.
const pair = (label, value, low, high, grain, at, to, limits, change) => {
const slider = make("input", { type: "range", min: low, max: high, step: grain });
const field = make("input", { type: "number", step: "any" });
slider.setAttribute("aria-label", fill(words.slider, { name: label }));
field.setAttribute("aria-label", label);
const set = (x) => {
slider.value = to(x);
slider.setAttribute("aria-valuetext", plain(x));
if (document.activeElement !== field) field.value = plain(x);
};
slider.addEventListener("input", () => { field.value = plain(at(+slider.value)); accept(); });
const accept = () => {
const x = field.valueAsNumber;
const ok = x >= limits[0] && x <= limits[1];
field.setAttribute("aria-invalid", !ok);
warning.textContent = ok ? "" : fill(limits[2], { name: label });
if (ok) { set(x); change(x); }
};
field.addEventListener("input", accept);
set(value);
return { slider, field, set };
};
const same = (x) => x;

const list = make("div");
const radioForm = make("form", {}, list);
radioForm.addEventListener("submit", (event) => event.preventDefault());
const build = () => {
warning.textContent = "";
rows = state.z.map((z, i) => {
const label = `${words.logit}, ${name(i)}`;
const input = pair(label, z, -10, 10, 0.1, same, same, [-LARGEST, LARGEST, words.bad_number],
(x) => { state.z[i] = x; refresh(); });
const radio = make("input", { type: "radio", name: "target", checked: i === state.target });
radio.addEventListener("change", () => { state.target = i; refresh(); });
const bar = make("i");
const p = make("span");
const g = make("span");
const right = make("label", {}, radio, " " + words.right_class);
const frame = make("div", { className: "smx-bar" }, bar);
frame.setAttribute("aria-hidden", true);
const row = make("fieldset", {}, make("legend", { textContent: name(i) }),
make("div", { className: "smx-row" }, input.slider, input.field, frame,
make("div", { className: "smx-out" }, p, g, right)));
return { ...input, bar, p, g, row };
});
list.replaceChildren(...rows.map((item) => item.row));
add.disabled = state.z.length >= 5;
remove.disabled = state.z.length <= 3;
refresh();
};
const refresh = () => {
const { probs, loss, grad } = compute(state.z, state.T, state.target);
rows.forEach((item, i) => {
item.bar.style.width = 100 * probs[i] + "%";
item.p.textContent = `p = ${show(probs[i])}`;
const arrow = grad[i] < 0 ? " ↑" : grad[i] > 0 ? " ↓" : "";
item.g.textContent = `(p − y) / T = ${show(grad[i])}${arrow}`;
});
const best = probs.indexOf(Math.max(...probs));
const lines = [fill(words.loss, { loss: show(loss) }),
fill(words.summary, { name: name(best), p: show(probs[best]) })];
status.replaceChildren(lines[0], make("br"), lines[1]);
// Read out once the slider rests, not at every place it passes.
clearTimeout(timer);
timer = setTimeout(() => { spoken.textContent = lines.join(". "); }, 500);
};
const button = (text, act) => {
const node = make("button", { type: "button", textContent: text });
node.addEventListener("click", act);
return node;
};
const put = () => { rows.forEach((item, i) => item.set(state.z[i])); refresh(); };
const T = pair(words.temperature, state.T, -3, 3, 0.05, (x) => 10 ** x, Math.log10,
[1e-3, 1e3, words.bad_temperature], (x) => { state.T = x; refresh(); });
const rate = make("input", { type: "number", step: "any", min: 0, value: state.rate });
rate.addEventListener("input", () => {
const ok = rate.valueAsNumber >= 0 && Number.isFinite(rate.valueAsNumber);
rate.setAttribute("aria-invalid", !ok);
warning.textContent = ok ? "" : fill(words.bad_number, { name: words.rate });
if (ok) state.rate = rate.valueAsNumber;
});
const add = button(words.add, () => { state.z.push(0); build(); if (add.disabled) remove.focus(); });
const remove = button(words.remove, () => {
state.z.pop();
state.target = Math.min(state.target, state.z.length - 1);
build();
if (remove.disabled) add.focus();
});
const buttons = (...children) => make("div", { className: "smx-buttons" }, ...children);
root.querySelector("table").replaceWith(
radioForm,
make("fieldset", {}, make("legend", { textContent: words.temperature }),
make("div", { className: "smx-row" }, T.slider, T.field)),
status, spoken, warning,
buttons(make("label", {}, words.rate + " ", rate),
button(words.step, () => { state.z = step(state.z, state.T, state.target, state.rate); put(); })),
buttons(add, remove, button(words.reset, () => {
state = initial();
T.set(state.T);
T.field.setAttribute("aria-invalid", false);
rate.value = state.rate;
rate.setAttribute("aria-invalid", false);
build();
})),
make("p", { textContent: words.legend }));
build();
}
