(root, data) => {
  const { words } = data;
  const show = numbers(words.times);
  // Numbers between 0 and 1, the same for every reader: the widget begins as its picture on paper.
  const generator = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  const NOISES = {
    gumbel: (random) => -Math.log(-Math.log(random())),
    // As wide as the other: the variance of Gumbel noise is π²/6.
    normal: (random) => Math.PI / Math.sqrt(6)
      * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  };
  const race = (z, noise, random) => {
    const sums = z.map((value) => value + NOISES[noise](random));
    return { sums, winner: sums.indexOf(Math.max(...sums)) };
  };
  // Where a frequency of n races lies nineteen times in twenty.
  const band = (p, n) => {
    const half = 2 * Math.sqrt(p * (1 - p) / n);
    return [Math.max(0, p - half), Math.min(1, p + half)];
  };
  root.softmax = { generator, race, band, softmax };

  begin(root, (live) => {
    const random = generator(data.seed);
    const z = [...data.logits];
    const [LOW, HIGH] = data.range;
    const noises = Object.keys(NOISES);
    let noise = "gumbel", wins, total, last, stop = () => {};
    // Places of the picture, as in explorables/gumbel.py.
    const LEFT = 20, WIDTH = 280, LANE = 68;
    const across = (value) => LEFT + WIDTH * Math.min(1, Math.max(0, (value - LOW) / (HIGH - LOW)));
    const along = (p) => LEFT + WIDTH * p;

    const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");

    const { nodes, say } = voice();
    const lanes = z.map((_, i) => {
      const y = 26 + LANE * i;
      const line = svg("line", { y1: y, y2: y, class: "smx-run" });
      const dot = svg("circle", { cy: y, r: 6 });
      const result = svg("text", { x: 360, y: y + 5, "text-anchor": "end", class: "smx-small" });
      const logit = svg("text", { y: y - 13, "text-anchor": "middle", class: "smx-small" });
      const frequency = svg("text", { x: 360, y: y + 32, "text-anchor": "end", class: "smx-small" });
      const bar = svg("rect", { x: LEFT, y: y + 21, height: 12, rx: 2 });
      const interval = svg("rect", { y: y + 17, height: 20, rx: 3, class: "smx-interval" });
      const mark = svg("line", { y1: y + 15, y2: y + 39, class: "smx-expected" });
      const ring = svg("circle", { cy: y, r: 12, class: "smx-ring" });
      const start = svg("circle", { cy: y, r: 8, class: "smx-start" });
      const target = svg("circle", { cy: y, r: 22, class: "smx-target" });
      const handle = svg("g", { "aria-label": fill(words.handle, { name: i + 1 }) }, target, ring, start);
      const lane = svg("g", { class: `smx-c${i + 1}` },
        svg("rect", { x: 0, y: y - 24, width: 360, height: LANE, fill: "transparent" }),
        svg("text", { x: 0, y: y + 6 }), svg("line", { x1: LEFT, x2: LEFT + WIDTH, y1: y, y2: y, class: "smx-faint" }),
        svg("g", { class: "smx-below" }, svg("rect", { x: LEFT, y: y + 21, width: WIDTH, height: 12, rx: 2, class: "smx-groove" }),
          bar, interval, mark, frequency), line, dot, handle, logit, result);
      lane.querySelector("text").textContent = i + 1;
      const set = (value) => {
        z[i] = Math.round(Math.min(5, Math.max(-3, value)) * 10) / 10;
        again();
      };
      drag(handle, lane, (x) => set(LOW + (HIGH - LOW) * (x - LEFT) / WIDTH), (dx, dy) => set(z[i] + (dx + dy) / 10));
      put(handle, { "aria-valuemin": -3, "aria-valuemax": 5 });
      return { lane, line, dot, logit, result, frequency, bar, interval, mark, handle, moving: [ring, start, target] };
    });
    const picture = svg("svg", { class: "smx-picture smx-asking", viewBox: `0 0 360 ${LANE * z.length}`, role: "group", "aria-label": words.title },
      ...lanes.map(({ lane }) => lane));
    const count = make("p", { className: "smx-numbers" });
    const insight = make("p", { className: "smx-insight" });

    const draw = (t = 1) => {
      const p = softmax(z);
      lanes.forEach((lane, i) => {
        lane.moving.forEach((node) => put(node, { cx: across(z[i]) }));
        put(lane.handle, { "aria-valuenow": z[i], "aria-valuetext": `z = ${show(z[i], 1)}, p = ${show(p[i])}` });
        const end = z[i] + t * (last.sums[i] - z[i]), isWinner = t === 1 && last.winner === i;
        put(lane.line, { x1: across(z[i]), x2: across(end) });
        put(lane.dot, { cx: across(end), r: isWinner ? 9 : 6 });
        put(lane.logit, { x: across(z[i]) });
        lane.logit.textContent = show(z[i], 1);
        lane.result.textContent = t === 1 ? `${isWinner ? "★ " : ""}${show(last.sums[i], 2)}` : "";
        lane.frequency.textContent = show(wins[i] / total);
        put(lane.bar, { width: WIDTH * wins[i] / total });
        put(lane.mark, { x1: along(p[i]), x2: along(p[i]) });
        const [low, high] = band(p[i], total);
        put(lane.interval, { x: along(low), width: WIDTH * (high - low) });
      });
      if (t < 1) return;
      const isInside = (value, i) => {
        const [low, high] = band(value, total);
        return wins[i] / total >= low && wins[i] / total <= high;
      };
      count.textContent = fill(words.count, { n: grouped(total), inside: p.filter(isInside).length, total: z.length });
      insight.textContent = words[noise === "gumbel" ? "exact" : "other"];
      const rates = p.map((value, i) => `p${"₁₂₃"[i]} = ${show(value)}, ${words.frequency} ${show(wins[i] / total)}.`);
      say([fill(words.winner, { name: last.winner + 1, sum: show(last.sums[last.winner], 2) }), count.textContent, ...rates].join(" "));
    };
    const run = (n, isNew = false) => {
      stop();
      if (isNew) [wins, total] = [z.map(() => 0), 0];
      for (let k = 0; k < n; k += 1) {
        last = race(z, noise, random);
        wins[last.winner] += 1;
      }
      total += n;
      if (n === 1 && !isNew) stop = glide(450, draw); else draw();
    };
    // What was run with other logits or other noise says nothing about these: as many races anew.
    const again = () => run(Math.min(total, 10000), true);
    const many = [1, 100, 10000].map((n, i) => {
      const node = button(grouped(n), () => run(n));
      node.setAttribute("aria-label", words.races[i]);
      return node;
    });
    many[2].className = "smx-primary";
    const named = (text, ...rest) => make("div", { className: "smx-named" }, make("span", { textContent: text, "aria-hidden": true }), ...rest);
    const controls = make("div", { className: "smx-controls", hidden: true },
      count, named(words.run, ...many),
      named(words.noise, choice(words.noise, noises.map((name) => words[name]), 0, (i) => { noise = noises[i]; again(); }).node),
      insight);
    const question = guess({
      words, question: words.question, options: words.choices, right: 1,
      answer: fill(words.reply, { p: show(softmax(z)[0]) }),
      reveal: () => {
        controls.hidden = false;
        picture.classList.remove("smx-asking");
        run(100, true);
      },
    });
    const key = make("p", { className: "smx-numbers smx-key", textContent: words.start });
    live.classList.add("smx-beside");
    live.append(make("div", { className: "smx-across" }, question), picture, make("div", { className: "smx-side" }, key, controls), ...nodes);
    run(1, true);
  });
}
