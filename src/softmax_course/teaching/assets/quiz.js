(root, words) => {
const forms = [...root.querySelectorAll("form")];
const score = root.querySelector(".smx-score");
const count = () => {
const solved = forms.filter((form) => form.dataset.solved).length;
const first = forms.filter((form) => form.dataset.solved === "1").length;
score.textContent = fill(words.score, { right: solved, total: forms.length, first });
again.hidden = !forms.some((form) => form.dataset.tries);
};
const judge = (form) => {
const field = form.querySelector("input[type=text]");
if (!field) {
const chosen = form.querySelector("input:checked");
return chosen && { right: "right" in chosen.dataset, reply: chosen.value };
}
const value = number(field.value), { answer, slack } = form.dataset;
field.setAttribute("aria-invalid", Number.isNaN(value));
if (Number.isNaN(value)) return { text: words.not_a_number };
const near = (target, within) => Math.abs(value - target) <= within * (1 + 1e-9);
if (near(answer, slack)) return { right: true, reply: "right" };
const known = [...form.querySelectorAll("[data-answer]")];
const error = known.find((item) => near(item.dataset.answer, slack));
if (error) return { right: false, reply: error.dataset.reply };
if (near(answer, 2 * slack)) return { right: false, text: words.rounding };
return { right: false, reply: "wrong" };
};
const again = make("button", { type: "button", textContent: words.again, hidden: true });
forms.forEach((form) => {
const details = form.querySelector("details");
const reply = make("div", { className: "smx-reply" });
reply.setAttribute("role", "status");
details.hidden = true;
details.before(make("button", { type: "submit", textContent: words.check }), reply);
form.noValidate = true;
const clear = () => { reply.className = "smx-reply"; reply.replaceChildren(); };
form.addEventListener("input", clear);
form.addEventListener("reset", () => {
clear();
delete form.dataset.tries;
delete form.dataset.solved;
});
const show = (verdict) => {
clear();
if ("right" in verdict) {
reply.classList.add(verdict.right ? "right" : "wrong");
reply.append(make("strong", { textContent: verdict.right ? "✓ " + words.right : "✗ " + words.wrong }), " ");
}
if (verdict.text) reply.append(verdict.text);
else {
const source = details.querySelector(`[data-reply="${verdict.reply}"] .smx-why`);
reply.append(...source.cloneNode(true).childNodes);
}
};
form.addEventListener("submit", (event) => {
event.preventDefault();
clear();
const verdict = judge(form);
if (!verdict) { reply.textContent = words.choose; return; }
show(verdict);
if (!("right" in verdict)) return;
form.dataset.tries = Number(form.dataset.tries || 0) + 1;
if (verdict.right && !form.dataset.solved) form.dataset.solved = form.dataset.tries;
count();
tell(form, verdict.right, form.querySelector("input[type=text], input:checked").value);
});
// What was answered on an earlier visit, if the page remembers it.
form.addEventListener("polyglot:restore", ({ detail: { given, tries } }) => {
const field = form.querySelector("input[type=text]");
const choice = [...form.querySelectorAll("input[type=radio]")].find(({ value }) => value === given);
if (choice) choice.checked = true;
else if (field && typeof given === "string") field.value = given;
else return;
const verdict = judge(form);
show(verdict);
form.dataset.tries = tries;
if (verdict.right) form.dataset.solved = tries;
count();
});
});
again.addEventListener("click", () => {
forms.forEach((form) => form.reset());
count();
forms[0].querySelector("input").focus();
});
score.hidden = false;
score.after(again);
count();
}
