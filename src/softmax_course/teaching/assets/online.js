(root, data) => {
  const { words } = data;
  const show = numbers(words.times);
  // e^(m − m′), which carries a sum to another maximum; before the first number there is no sum.
  const factor = (m, top) => (m === -Infinity ? 0 : Math.exp(m - top));
  const merge = (a, b) => {
    const m = Math.max(a.m, b.m);
    return { m, d: a.d * factor(a.m, m) + b.d * factor(b.m, m) };
  };
  const read = (list) => list.reduce((state, z) => merge(state, { m: z, d: 1 }), { m: -Infinity, d: 0 });
  root.softmax = { read, merge };

  begin(root, (live) => {
    const z = [...data.numbers];
    const [LOW, HIGH] = data.range;
    let taken = data.start, cut = z.length / 2, isHalved = false, stop = () => {};
    // Places of the picture, as in explorables/online.py.
    const EDGE = 18, STEP = (360 - 2 * EDGE) / z.length, FLOOR = 118, UNIT = 98 / (HIGH - LOW), BASE = 204, TALL = 62;
    const middle = (i) => EDGE + STEP * (i + 0.5);
    const height = (value) => FLOOR - UNIT * (value - LOW);
    const round = (value) => Math.round(Math.min(HIGH, Math.max(LOW, value)) * 10) / 10;
    const plain = (value) => show(value, Number.isInteger(value) ? 0 : 1);

    const { nodes, say } = voice();
    const parts = () => (isHalved ? [[0, cut], [cut, z.length]] : [[0, taken]]);
    const tops = [0, 1].map(() => svg("line", { class: "smx-top" }));
    const names = [0, 1].map(() => svg("text", { class: "smx-small smx-halo" }));
    const divide = svg("line", { y1: 4, y2: BASE, class: "smx-divide" });
    const columns = z.map((_, i) => {
      const x = middle(i);
      const stem = svg("line", { x1: x, x2: x, y1: height(0), class: "smx-stem" });
      const ring = svg("circle", { cx: x, r: 12, class: "smx-ring" });
      const dot = svg("circle", { cx: x, r: 8, class: "smx-dot" });
      const target = svg("circle", { cx: x, r: Math.min(22, STEP / 2), class: "smx-target" });
      const label = svg("text", { x, "text-anchor": "middle", class: "smx-small smx-halo" });
      const handle = svg("g", { "aria-label": fill(words.number, { k: i + 1 }) }, target, ring, dot);
      const bar = svg("rect", { x: x - STEP * 0.3, width: STEP * 0.6, rx: 2, class: "smx-fill" });
      const column = svg("g", {}, svg("rect", { x: x - STEP / 2, y: 0, width: STEP, height: FLOOR + 12, fill: "transparent" }), stem, handle, label);
      const set = (value) => { z[i] = round(value); stop(); draw(); tell(); };
      drag(handle, column, (_x, y) => set(LOW + (FLOOR - y) / UNIT), (dx, dy) => set(z[i] + (dx + dy) / 10));
      put(handle, { "aria-valuemin": LOW, "aria-valuemax": HIGH });
      return { stem, moving: [ring, dot, target], label, handle, bar, column, weight: 0 };
    });
    const caption = (y, text) => {
      const node = svg("text", { x: 0, y, class: "smx-small smx-halo" });
      node.textContent = text;
      return node;
    };
    const picture = svg("svg", { class: "smx-picture", viewBox: "0 0 360 208", role: "group", "aria-label": words.title },
      svg("line", { x1: 0, x2: 360, y1: height(0), y2: height(0), class: "smx-faint" }),
      svg("line", { x1: 0, x2: 360, y1: BASE, y2: BASE, class: "smx-line" }),
      ...columns.map(({ bar }) => bar), divide, ...tops, ...columns.map(({ column }) => column), ...names,
      caption(12, words.logits), caption(BASE - TALL - 6, words.weights));
    const count = make("p", { className: "smx-numbers" });
    const insight = make("p", { className: "smx-insight" });

    // What one more number does, or the merging of two halves, in words.
    const story = (before, now) => {
      const last = z[taken - 1];
      const values = { s: words.symbol, m: plain(now.m), z: plain(last), top: plain(now.m) };
      if (isHalved) {
        const [a, b] = parts().map(([from, to]) => read(z.slice(from, to)));
        return a.m === b.m ? words.equal : fill(words.merged, { factor: show(Math.exp(-Math.abs(a.m - b.m))) });
      }
      if (taken === 0) return fill(words.nothing, values);
      if (taken === 1) return fill(words.first, values);
      if (now.m > before.m) return fill(words.rises, { ...values, m: plain(before.m), factor: show(factor(before.m, now.m)) });
      return fill(last === now.m ? words.same : words.stays, { ...values, term: show(Math.exp(last - now.m)) });
    };
    const sums = () => {
      const s = words.symbol;
      if (isHalved) {
        const [a, b] = parts().map(([from, to]) => read(z.slice(from, to)));
        const all = merge(a, b);
        return [[words.left_half, a], [words.right_half, b], [words.whole, all]]
          .map(([name, { m, d }]) => `${name}: m = ${plain(m)}, ${s} = ${show(d)}`);
      }
      const now = read(z.slice(0, taken)), before = read(z.slice(0, Math.max(0, taken - 1)));
      const last = z[taken - 1];
      const short = (x) => (x === 1 ? "1" : show(x));
      const step = taken < 2 ? short(now.d) : `${short(before.d)} × ${short(factor(before.m, now.m))} + ${short(Math.exp(last - now.m))} = ${show(now.d)}`;
      return [`m = ${plain(now.m)}`, `${s} = ${step}`];
    };
    const draw = (t = 1) => {
      const spans = parts();
      const isRead = (i) => isHalved || i < taken;
      columns.forEach((column, i) => {
        const [from, to] = spans.find((span) => i >= span[0] && i < span[1]) ?? [0, 0];
        const weight = isRead(i) ? Math.exp(z[i] - Math.max(...z.slice(from, to))) : 0;
        if (t === 0) column.old = column.weight;
        const shown = t < 1 ? column.old + t * (weight - column.old) : weight;
        column.weight = shown;
        put(column.bar, { y: BASE - TALL * shown, height: TALL * shown });
        put(column.stem, { y2: height(z[i]) });
        column.moving.forEach((node) => put(node, { cy: height(z[i]) }));
        put(column.label, { y: height(z[i]) - 12 });
        column.label.textContent = plain(z[i]);
        put(column.column, { class: isRead(i) ? "" : "smx-unread" });
        put(column.handle, { "aria-valuenow": z[i], "aria-valuetext": plain(z[i]) });
      });
      tops.forEach((line, k) => {
        const [from, to] = spans[k] ?? [0, 0];
        const isShown = to > from;
        const m = Math.max(...z.slice(from, to));
        put(line, { visibility: isShown ? "visible" : "hidden" });
        put(names[k], { visibility: isShown ? "visible" : "hidden" });
        if (!isShown) return;
        put(line, { x1: EDGE + STEP * from + 2, x2: EDGE + STEP * to - 2, y1: height(m), y2: height(m) });
        put(names[k], { x: k ? 360 - EDGE + 2 : 0, y: height(m) + 4 });
        names[k].textContent = "m";
      });
      put(divide, { visibility: isHalved ? "visible" : "hidden", x1: EDGE + STEP * cut, x2: EDGE + STEP * cut });
    };
    const tell = () => {
      const lines = sums();
      count.replaceChildren(...lines.map((line) => make("span", { textContent: line })));
      insight.textContent = story(read(z.slice(0, Math.max(0, taken - 1))), read(z.slice(0, taken)));
      next.disabled = taken === z.length;
      seen.textContent = `${taken} / ${z.length}`;
      say([...lines, insight.textContent].join(". "));
    };
    const go = (k) => {
      stop();
      taken = k;
      draw(0);
      tell();
      stop = glide(600, draw);
    };
    const seen = make("span", { className: "smx-numbers", "aria-hidden": true });
    const next = button(words.next, () => { go(taken + 1); place.set(taken); if (next.disabled) place.slider.focus(); });
    next.className = "smx-primary";
    const place = pair(words.read, { value: taken, low: 0, high: z.length, step: 1, words, change: (k) => go(Math.round(k)) });
    const knife = pair(words.cut, { value: cut, low: 1, high: z.length - 1, step: 1, words, change: (k) => { cut = Math.round(k); draw(); tell(); } });
    const reading = make("div", { className: "smx-named" }, next, place.slider, seen);
    const cutting = make("div", { className: "smx-named", hidden: true }, make("span", { textContent: words.cut, "aria-hidden": true }), knife.slider);
    const mode = choice(words.title, [words.one_by_one, words.halves], 0, (i) => {
      stop();
      isHalved = i === 1;
      reading.hidden = isHalved;
      cutting.hidden = !isHalved;
      draw();
      tell();
    });
    const controls = make("div", { className: "smx-controls", hidden: true }, mode.node, reading, cutting, count, insight);
    const now = read(z.slice(0, taken));
    const values = { s: words.symbol, m: plain(now.m), d: show(now.d), z: plain(z[taken]), factor: show(factor(now.m, z[taken])) };
    const question = guess({
      words, question: fill(words.question, values), options: words.choices.map((text) => fill(text, values)),
      right: 1, answer: fill(words.reply, values),
      reveal: () => { controls.hidden = false; go(taken + 1); place.set(taken); },
    });
    live.classList.add("smx-beside");
    live.append(make("div", { className: "smx-across" }, question), picture, controls, ...nodes);
    draw();
  });
}
