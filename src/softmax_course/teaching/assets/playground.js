(root, data) => {
  const { words, simple } = data;
  const show = numbers(words.times);
  const LARGEST = Number.MAX_VALUE;
  const compute = (z, T, target) => {
    const probs = softmax(z, T);
    const top = z.indexOf(Math.max(...z));
    // log1p of the other terms keeps the loss of a confident prediction.
    const others = z.filter((_, i) => i !== top).map((value) => Math.exp((value - z[top]) / T));
    const loss = Math.log1p(sum(others)) + (z[top] - z[target]) / T;
    // At the label p - 1 would cancel: it is minus the sum of the other probabilities.
    const rest = sum(probs.filter((_, i) => i !== target));
    const grad = probs.map((p, i) => (i === target ? -rest : p) / T);
    return { probs, loss, grad };
  };
  const step = (z, T, target, rate) => compute(z, T, target).grad.map(
    (slope, i) => Math.min(LARGEST, Math.max(-LARGEST, z[i] - rate * slope)));
  root.softmax = { compute, step };

  const name = (i) => data.labels[i] || fill(words.class, { k: i + 1 });
  const initial = () => ({ z: [...data.logits], T: data.temperature, target: data.target, rate: 0.5 });
  begin(root, (live) => {
    let state = initial();
    let rows = [];
    const { nodes, say, warn } = voice();
    const status = make("p", { className: "smx-numbers" });
    const list = make("form", { className: "smx-classes" });
    list.addEventListener("submit", (event) => event.preventDefault());

    const refresh = () => {
      const { probs, loss, grad } = compute(state.z, state.T, state.target);
      rows.forEach(({ bar, p, g }, i) => {
        bar.style.width = `${100 * probs[i]}%`;
        p.textContent = show(probs[i]);
        if (g) g.textContent = `${show(grad[i])}${grad[i] < 0 ? " ↑" : grad[i] > 0 ? " ↓" : ""}`;
      });
      const best = probs.indexOf(Math.max(...probs));
      const lines = [fill(words.summary, { name: name(best), p: show(probs[best]) })];
      if (!simple) lines.unshift(fill(words.loss, { loss: show(loss) }));
      status.replaceChildren(...lines.flatMap((text) => [make("br"), text]).slice(1));
      say(lines.join(". "));
    };
    const build = () => {
      warn("");
      rows = state.z.map((z, i) => {
        const input = pair(`${words.logit}, ${name(i)}`, { value: z, low: -10, high: 10, step: 0.1, words, warn,
          limits: [-LARGEST, LARGEST, words.bad_number], change: (x) => { state.z[i] = x; refresh(); } });
        const bar = make("i");
        const p = make("span", { className: "smx-p" });
        const track = make("div", { className: "smx-bar", "aria-hidden": true }, bar);
        const row = { ...input, bar, p };
        let title = make("span", { className: "smx-name", textContent: name(i) });
        if (!simple) {
          const radio = make("input", { type: "radio", name: "target", checked: i === state.target,
            "aria-label": `${words.right_class}: ${name(i)}` });
          radio.addEventListener("change", () => { state.target = i; refresh(); });
          title = make("label", {}, radio, title);
          row.g = make("small");
        }
        row.node = make("div", { className: "smx-class", role: "group", "aria-label": name(i) },
          title, input.slider, input.field, track, make("div", { className: "smx-out" }, p, ...(row.g ? [row.g] : [])));
        return row;
      });
      const head = make("div", { className: "smx-class smx-head", "aria-hidden": true },
        make("span", { textContent: simple ? words.class_heading : words.right_class }),
        make("span", { className: "smx-wide", textContent: words.logit }),
        make("span", { className: "smx-end", textContent: words.probability }));
      list.replaceChildren(head, ...rows.map((row) => row.node));
      add.disabled = state.z.length >= 5;
      remove.disabled = state.z.length <= 3;
      refresh();
    };
    const renew = () => { rows.forEach((row, i) => row.set(state.z[i])); T.set(state.T); warn(""); refresh(); };
    const T = pair(words.temperature, { value: state.T, low: -3, high: 3, step: 0.05, words, warn,
      at: (x) => 10 ** x, to: Math.log10, limits: [1e-3, 1e3, words.bad_temperature],
      change: (x) => { state.T = x; refresh(); } });
    const preset = (text, z, temperature) => button(text, () => {
      state.z = state.z.map(z);
      state.T = temperature;
      renew();
    });
    const presets = buttons(preset(words.cold, (z) => z, 0.01), preset(words.equal, () => 0, 1),
      preset(words.ahead, (_, i) => (i ? 0 : 10), 1));
    put(presets, { role: "group", "aria-label": words.presets });
    const sign = (text, title, act) => put(button(text, act), { "aria-label": title, title, class: "smx-sign" });
    const add = sign("+", words.add, () => { state.z.push(0); build(); if (add.disabled) remove.focus(); });
    const remove = sign("−", words.remove, () => {
      state.z.pop();
      state.target = Math.min(state.target, state.z.length - 1);
      build();
      if (remove.disabled) add.focus();
    });
    const rate = make("input", { type: "number", step: "any", min: 0, value: state.rate, "aria-label": words.rate });
    rate.addEventListener("input", () => {
      const ok = rate.valueAsNumber >= 0 && Number.isFinite(rate.valueAsNumber);
      rate.setAttribute("aria-invalid", !ok);
      warn(ok ? "" : fill(words.bad_number, { name: words.rate }));
      if (ok) state.rate = rate.valueAsNumber;
    });
    const reset = button(words.reset, () => {
      state = initial();
      T.set(state.T);
      rate.value = state.rate;
      rate.setAttribute("aria-invalid", false);
      build();
    });
    const descend = button(words.step, () => { state.z = step(state.z, state.T, state.target, state.rate); renew(); });
    descend.className = "smx-primary";
    live.append(list, row("T", T), presets, status, ...nodes,
      ...(simple ? [] : [buttons(descend, make("label", { className: "smx-rate", title: words.rate }, "η", rate))]),
      buttons(add, remove, reset),
      ...(simple ? [] : [make("p", { className: "smx-legend", textContent: fill(words.legend, { gradient: words.gradient }) })]));
    build();
  });
}
