// The box under an exercise. What is right and which errors are known comes as data; the rules are
// those of exercises/judge.py, in the same order.
(root, { data, words, hints, steps }) => {
const { name, kind, shape, expected, tolerance, known, general } = JSON.parse(atob(data), (key, value) =>
value === "inf" ? Infinity : value === "-inf" ? -Infinity : value);
const form = root.querySelector("form");
const field = form.querySelector("input[type=text], textarea");
const reply = form.querySelector(".smx-reply");

// What belongs together stands together: 1/3, -2, log(10).
const tidy = (text) => text.replace(/\s*([*\/^])\s*/g, "$1")
.replace(/(^|[\s,;(])([+-])\s+(?=[\d.a-z(])/gi, "$1$2")
.replace(/\b(log2?|ln|exp|sqrt)\s+([\d.]+|pi|e)/gi, "$1($2)");
// Entries of a row: a comma parts them, or stands for the decimal point, whichever gives as many
// entries as are expected.
const entries = (row, count) => {
const split = (text) => text.split(/[\s,;]+/).filter(Boolean);
const apart = split(row);
const decimal = split(row.replace(/(\d),(\d)/g, "$1.$2"));
return (apart.length !== count && decimal.length === count ? decimal : apart).map(evaluate);
};
// Brackets around a list say nothing; those of a formula stay.
const bare = (text) => {
const open = text.replace(/[\[\]{}]/g, " ");
return /[a-z\u221a*\/^+-]\s*\(|\)\s*[*\/^+-]/i.test(open) ? open : open.replace(/[()]/g, " ");
};
const read = (typed) => {
const text = tidy(plain(typed));
if (shape.length === 2) {
const lines = bare(text.replace(/[\])}]\s*,?\s*[\[({]/g, "\n")).split(/[;\n]+/);
return lines.filter((line) => line.trim()).map((line) => entries(line, shape[1]));
}
const row = bare(text).replace(/[;\n]+/g, " , ").trim();
const value = shape.length ? NaN : number(row);
return [Number.isNaN(value) ? entries(row, shape[0] ?? 1) : [value]];
};

const near = (values, target, scale = 1) => values.length === target.length
&& values.every((value, i) => value === target[i] || Math.abs(value - target[i]) <= tolerance * scale);
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const centred = (values) => values.map((value) => value - mean(values));
const transposed = (table) => table[0].map((_, k) => table.map((row) => row[k])).flat();
const size = (...lengths) => `(${lengths.join(", ")}${lengths.length === 1 ? "," : ""})`;

const errorIn = (values, table) => {
for (const [hint, target] of known) if (near(values, target)) return hint;
if (!values.every(Number.isFinite)) return "not_finite";
for (const [hint, target, scale] of general) if (near(values, target, scale)) return hint;
const shift = values.map((value, i) => value - expected[i]);
if (kind === "numbers" && near(shift, shift.map(() => mean(shift)))) return "shift";
if (kind === "probabilities") {
if (values.some((value) => value < -tolerance)) return "negative";
const sums = table.map((row) => row.reduce((a, b) => a + b, 0));
if (sums.some((sum) => Math.abs(sum - 1) > tolerance * table[0].length)) {
const shares = table.map((row, i) => row.map((value) => value / sums[i])).flat();
return sums.every((sum) => sum > 0) && near(shares, expected) ? "not_normalised" : "sum";
}
} else if (kind === "numbers") {
const dot = (a, b) => a.reduce((total, value, i) => total + value * b[i], 0);
const factor = dot(values, expected) / dot(expected, expected);
if (factor > 0 && near(values, expected.map((value) => factor * value), Math.max(1, factor))) return "scale";
}
return "other";
};
// Name of the hint and what it is filled in with; null if the answer is right.
const find = (typed) => {
if (kind === "boolean") return (typed === "true") === Boolean(expected[0]) ? null : ["experiment"];
const table = read(typed), values = table.flat();
if (!values.length || values.some(Number.isNaN)) return ["unreadable"];
if (shape.length === 0) {
if (values.length !== 1) return ["one_number", { got: size(values.length) }];
} else if (shape.length === 1) {
if (values.length !== shape[0]) return ["shape", { got: size(values.length), expected: size(...shape) }];
} else if (table.some((row) => row.length !== table[0].length)) {
return ["unreadable"];
} else if (table.length !== shape[0] || table[0].length !== shape[1]) {
if (table.length === shape[1] && table[0].length === shape[0] && near(transposed(table), expected)) return ["transposed"];
return ["shape", { got: size(table.length, table[0].length), expected: size(...shape) }];
}
if (kind === "index") {
if (!Number.isInteger(values[0])) return ["not_index"];
if (values[0] === expected[0]) return null;
return [values[0] === expected[0] + 1 ? "one_based" : "experiment"];
}
const right = kind === "logits" && values.every(Number.isFinite)
? near(centred(values), centred(expected)) : near(values, expected);
return right ? null : [errorIn(values, table)];
};

const clear = () => { reply.className = "smx-reply"; reply.replaceChildren(); };
const say = (verdict, advice) => {
if (verdict) reply.append(make("strong", { textContent: verdict }), " ");
reply.append(advice);
};
// After a miss a hint is offered, after the next another, then the solution; the reader asks for each.
const ladder = make("div", { className: "smx-hints" });
form.append(ladder);
let misses = 0, told = 0;
const offer = () => {
// The next one, unless another exercise comes first.
let solution = root.closest(".exercise") ?? root.closest(".cell");
do solution = solution?.nextElementSibling; while (solution?.matches(".cell"));
if (!solution?.matches("details.solution")) solution = null;
const next = steps.length > told ? fill(words.hint, { n: told + 1, total: steps.length }) : solution && words.solution;
ladder.querySelector("button")?.remove();
if (!next || misses <= told) return;
const more = make("button", { type: "button", textContent: next });
more.addEventListener("click", () => {
if (told === steps.length) {
solution.open = true;
solution.querySelector("summary").focus();
return;
}
const hint = make("p", { textContent: steps[told++], tabIndex: -1 });
more.before(hint);
offer();
hint.focus();
});
ladder.append(more);
};
const judge = (typed) => {
clear();
const found = find(typed);
const isUnread = found?.[0] === "unreadable";
field?.setAttribute("aria-invalid", isUnread);
reply.dataset.hint = found ? found[0] : "";
if (isUnread) { say("", hints.unreadable); return null; }
reply.classList.add(found ? "wrong" : "right");
const [hint, values] = found ?? [];
say(found ? `✗ ${words.wrong}` : `✓ ${words.right}`,
found ? fill(hints[hint], values) : "");
return !found;
};
form.hidden = false;
form.addEventListener("input", clear);
form.addEventListener("submit", (event) => {
event.preventDefault();
const typed = field ? field.value : form.querySelector("input:checked")?.value;
if (!typed?.trim()) { clear(); say("", words.empty); return; }
const right = judge(typed);
if (right === null) return;
if (right) ladder.replaceChildren();
else { misses += 1; offer(); }
tell(form, right, typed);
});
// What was answered on an earlier visit, if the page remembers it.
form.addEventListener("polyglot:restore", ({ detail: { given } }) => {
const choice = [...form.querySelectorAll("input[type=radio]")].find(({ value }) => value === given);
if (choice) choice.checked = true;
else if (field && typeof given === "string") field.value = given;
else return;
judge(given);
});
}
