(root, data) => {
  const { words, q, k, v } = data;
  const show = numbers(words.times);
  const dot = (a, b) => sum(a.map((x, i) => x * b[i]));
  // Scores, weights and weighted mean of one query; a causal mask hides the keys after it.
  const compute = (query, isScaled, isCausal) => {
    const scores = k.map((key, j) => (isCausal && j > query ? -Infinity
      : dot(q[query], key) / (isScaled ? Math.sqrt(key.length) : 1)));
    const weights = softmax(scores);
    return { scores, weights, mean: v[0].map((_, axis) => dot(weights, v.map((row) => row[axis]))) };
  };
  root.softmax = { compute };

  begin(root, (live) => {
    const names = data.tokens;
    let query = data.query, isScaled = false, isCausal = data.causal, stop = () => {};
    let shown = compute(query, isScaled, isCausal);
    const color = (i) => `smx-c${(i % 4) + 1}`; // there are four, by turns
    // Places of the picture, as in explorables/attention.py.
    const LINE = 26, TOP = 34, BAR = 150, WIDE = 148, PLANE = TOP + LINE * names.length + 6;
    const place = ([x, y]) => [180 + 58 * x, PLANE + 68 - 46 * y];
    const text = (words, attributes) => {
      const node = svg("text", attributes);
      node.textContent = words;
      return node;
    };
    const { nodes, say } = voice();
    const lines = names.map((name, i) => {
      const y = TOP + LINE * i;
      const label = text(name, { x: 14, y: y + 5 });
      const score = svg("text", { x: BAR - 10, y: y + 5, "text-anchor": "end", class: "smx-small" });
      const bar = svg("rect", { x: BAR, y: y - 8, height: 16, rx: 2 });
      const weight = svg("text", { x: 360, y: y + 5, "text-anchor": "end", class: "smx-small" });
      const [px, py] = place(v[i]);
      const ray = svg("line", { x1: px, y1: py, class: "smx-ray" });
      const point = svg("circle", { cx: px, cy: py, r: 6 });
      const isLeft = v[i][0] < 0;
      const tag = text(name, { x: px + (isLeft ? -11 : 11), y: py + 5, "text-anchor": isLeft ? "end" : "start", class: "smx-small smx-halo" });
      const asks = text("▸", { x: 0, y: y + 5 });
      return { label, score, bar, weight, ray, point, tag, asks, line: svg("g", { class: color(i) }, asks, label, score, bar, weight) };
    });
    const mean = svg("path", { class: "smx-mean" });
    const outline = svg("path", { class: "smx-faint", d: data.hull.length ? `M${data.hull.map((i) => place(v[i]).join(" ")).join("L")}Z` : "" });
    const meanName = text(words.mean, { class: "smx-small smx-halo", "text-anchor": "middle" });
    const head = text("", { x: BAR - 10, y: 12, "text-anchor": "end", class: "smx-small" });
    const picture = svg("svg", { class: "smx-picture", viewBox: `0 0 360 ${PLANE + 138}`, role: "img" },
      head, text(words.weight, { x: BAR, y: 12, class: "smx-small" }),
      ...lines.map(({ line }) => line), outline,
      ...lines.map(({ ray, point, tag }, i) => svg("g", { class: color(i) }, ray, point, tag)), mean, meanName);
    const count = make("p", { className: "smx-numbers" });
    const insight = make("p", { className: "smx-insight" });

    const story = ({ weights }) => {
      const visible = weights.filter((weight) => weight > 0);
      const best = weights.indexOf(Math.max(...weights));
      if (visible.length === 1) return words.alone;
      if (isCausal && visible.length < weights.length) return fill(words.hidden, { word: names[query] });
      if (visible.every((weight) => weight === visible[0])) return words.even;
      return fill(words.nearest, { word: names[best], p: show(weights[best]) });
    };
    const draw = (t, from, to) => {
      const mix = (a, b) => a + t * (b - a);
      const [mx, my] = place(to.mean.map((value, axis) => mix(from.mean[axis], value)));
      lines.forEach((line, i) => {
        const weight = mix(from.weights[i], to.weights[i]);
        put(line.bar, { width: WIDE * weight });
        put(line.ray, { x2: mx, y2: my, "stroke-width": 0.5 + 7 * weight, visibility: weight ? "visible" : "hidden" });
        put(line.asks, { visibility: i === query ? "visible" : "hidden" });
        put(line.line, { class: `${color(i)}${to.weights[i] ? "" : " smx-unread"}` });
        line.label.style.fontWeight = i === query ? 700 : 400;
        line.score.textContent = show(to.scores[i], 2);
        line.weight.textContent = show(to.weights[i]);
      });
      put(mean, { d: `M${mx} ${my - 9}l9 9l-9 9l-9 -9z` });
      put(meanName, { x: mx, y: my + 24 });
      head.textContent = isScaled ? "q·k / √d" : "q·k";
    };
    const change = () => {
      stop();
      const from = shown;
      const to = shown = compute(query, isScaled, isCausal);
      stop = glide(500, (t) => draw(t, from, to));
      const pairs = names.map((name, i) => `${name} ${show(to.weights[i])}`);
      put(picture, { "aria-label": `${names[query]}: ${pairs.join(", ")}` });
      count.textContent = `${words.mean} = (${to.mean.map((value) => show(value, 2)).join(", ")})`;
      insight.textContent = story(to);
      say(`${names[query]}: ${pairs.join(", ")}. ${count.textContent}. ${insight.textContent}`);
    };
    const check = (label, act) => {
      const box = make("input", { type: "checkbox" });
      box.addEventListener("change", () => { act(box.checked); change(); });
      return { box, node: make("label", { className: "smx-check" }, box, " ", label) };
    };
    const scale = check(words.scale, (on) => { isScaled = on; });
    const mask = check(words.mask, (on) => { isCausal = on; });
    mask.box.checked = isCausal;
    const controls = make("div", { className: "smx-controls", hidden: true },
      choice(words.query, names, query, (i) => { query = i; change(); }).node,
      make("div", { className: "smx-named" }, scale.node, mask.node), count, insight);
    const question = guess({
      words, question: fill(words.question, { word: names[query] }), options: words.choices, right: 0,
      answer: fill(words.reply, { root: show(Math.sqrt(k[0].length)) }),
      reveal: () => {
        controls.hidden = false;
        scale.box.checked = isScaled = true;
        change();
      },
    });
    live.classList.add("smx-beside");
    live.append(make("div", { className: "smx-across" }, question), picture, controls, ...nodes);
    change();
  });
}
