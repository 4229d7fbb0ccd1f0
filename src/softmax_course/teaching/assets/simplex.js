(root, data) => {
  const { words, corners, rate, steps } = data;
  const names = words.classes;
  const show = numbers(words.times);
  // As in softmax_course: 0 log 0 is 0; log1p keeps the digits of a small loss.
  const entropy = (p) => -sum(p.map((value) => (value ? value * Math.log(value) : 0)));
  const loss = (z, label) => {
    const top = z.indexOf(Math.max(...z));
    const others = z.filter((_, i) => i !== top).map((value) => Math.exp(value - z[top]));
    return Math.log1p(sum(others)) + (z[top] - z[label]);
  };
  const step = (z, label) => {
    const p = softmax(z);
    const rest = sum(p.filter((_, i) => i !== label));
    return z.map((value, i) => value - rate * (i === label ? -rest : p[i]));
  };
  const descend = (z, label) => {
    const visited = [z];
    while (visited.length <= steps) visited.push(step(visited.at(-1), label));
    return visited;
  };
  // The logits of mean zero whose softmax at T is p.
  const logits = (p, T) => {
    const logs = p.map((value) => T * Math.log(value));
    return logs.map((value) => value - sum(logs) / 3);
  };
  root.softmax = { softmax, entropy, loss, descend, logits };

  const three = (f) => [0, 1, 2].map(f);
  const place = (p) => [0, 1].map((axis) => sum(p.map((value, i) => value * corners[i][axis])));
  const [[x1, y1], [x2, y2], [x3, y3]] = corners;
  const area = (x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1);
  // Inside the triangle, a little off its edges: there a logit would be infinite.
  const probsAt = (x, y) => {
    const p2 = ((x - x1) * (y3 - y1) - (x3 - x1) * (y - y1)) / area;
    const p3 = ((x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)) / area;
    const p = [1 - p2 - p3, p2, p3].map((value) => Math.max(value, 0.002));
    return p.map((value) => value / sum(p));
  };
  const line = (points, close = "") => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${close}`;
  // From the centre outwards the entropy falls: a ray meets a level once, or the edge before.
  const meet = (aim, level) => {
    const at = (reach) => aim.map((value) => Math.max(0, 1 / 3 + reach * value));
    let low = 0;
    let high = -1 / (3 * Math.min(...aim));
    for (let i = 0; i < 20; i += 1) {
      const middle = (low + high) / 2;
      if (entropy(at(middle)) > level) low = middle; else high = middle;
    }
    return place(at(low));
  };
  const entropyLine = (level) => line(Array.from({ length: 91 }, (_, turn) => meet(
    three((k) => Math.cos((turn / 45 + (2 * k) / 3) * Math.PI)), level)), "Z");
  const lossLine = (level, label) => {
    const p = Math.exp(-level);
    const end = (turn) => place(three((i) => (i === label ? p : i === (label + turn) % 3 ? 1 - p : 0)));
    return line([corners[label], end(1), end(2)], "Z");
  };

  const lossEnd = (level, label) => {
    const other = (label + 2) % 3;
    const p = Math.exp(-level);
    // Beyond the edge: the third class would have less than nothing.
    return place(three((i) => (i === label ? p + 0.025 : i === other ? 1.025 - p : -0.05)));
  };
  const write = (text, attributes) => {
    const node = svg("text", attributes);
    node.textContent = text;
    return node;
  };

  // Without a label it is about the temperature, with one about the descent to it.
  const initial = (label) => ({ z: [...(label === null ? data.logits : data.start)], T: 1, label });
  begin(root, (live) => {
    let state = initial(data.descent ? 2 : null);
    let halt = () => {};
    const asked = {};
    const { nodes, say, warn } = voice();
    const levels = svg("g");
    const way = svg("path", { class: "smx-path" });
    const marks = svg("g");
    const handle = svg("g", { "aria-label": words.point, "aria-valuemin": 0, "aria-valuemax": 1 },
      ...Object.entries({ target: 24, ring: 13, dot: 8.5 }).map(([part, r]) => svg("circle", { r, class: `smx-${part}` })));
    const tips = names.map((name, i) => {
      const [x, y] = corners[i];
      return write(name, { x, y: y + (i === 2 ? -16 : 22), "text-anchor": "middle", class: `smx-c${i + 1} smx-halo` });
    });
    const picture = svg("svg", { viewBox: "0 0 340 300", class: "smx-picture" },
      levels, svg("path", { d: line(corners, "Z"), class: "smx-line" }), ...tips, way, marks, handle);
    const cells = names.map((name, i) => {
      const [p, z] = [make("span"), make("span")];
      return { p, z, node: make("div", { className: `smx-c${i + 1}` }, make("b", { textContent: name }), p, z) };
    });
    const total = make("p", { className: "smx-numbers" });

    const mark = (p, text) => {
      const [x, y] = place(p);
      marks.append(svg("circle", { cx: x, cy: y, r: 4.5, class: "smx-mark" }),
        write(text, { x: x + 11, y: y + 5, class: "smx-small smx-halo" }));
    };
    const drawLevels = () => {
      const { label } = state;
      const values = label === null ? data.entropies : data.losses;
      levels.replaceChildren(...values.map((level) => svg("path",
        { class: "smx-level", d: label === null ? entropyLine(level) : lossLine(level, label) })));
      levels.append(...values.map((level) => {
        const [x, y] = label === null ? meet([-1, 2, -1], level) : lossEnd(level, label);
        return write(String(level), { x, y: y + 4.5, "text-anchor": "middle", class: "smx-small smx-halo" });
      }));
    };
    const drawWay = () => {
      const { z, label } = state;
      marks.replaceChildren();
      if (label === null) {
        const all = Array.from({ length: 100 }, (_, i) => softmax(z, 0.05 * 10 ** (i / 25)));
        put(way, { d: line(all.map(place)) });
        mark([1 / 3, 1 / 3, 1 / 3], "T → ∞");
        return;
      }
      const all = descend(z, label).map((x) => softmax(x));
      put(way, { d: line(all.map(place)) });
      const second = three((i) => i).sort((a, b) => all[0][b] - all[0][a])[1];
      const most = all.reduce((best, p, i) => (p[second] > all[best][second] ? i : best), 0);
      if (second !== label && most > 0) mark(all[most], fill(words.peak, { name: names[second] }));
    };
    const refresh = () => {
      const { z, T, label } = state;
      const p = softmax(z, T);
      const [x, y] = place(p);
      put(handle, { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`, "aria-valuenow": Math.max(...p).toFixed(4),
        "aria-valuetext": names.map((name, i) => `${name} ${show(p[i])}`).join(", ") });
      cells.forEach((cell, i) => {
        cell.p.textContent = `p = ${show(p[i])}`;
        cell.z.textContent = `z = ${show(z[i], 2)}`;
      });
      total.textContent = label === null ? fill(words.entropy, { value: show(entropy(p)) })
        : fill(words.loss, { name: names[label], value: show(loss(z, label)) });
      say(`${handle.getAttribute("aria-valuetext")}. ${total.textContent}`);
    };
    const all = () => { drawLevels(); drawWay(); refresh(); };
    const move = (x, y) => {
      if (!controls.isConnected) return; // not before the guess
      halt();
      state.z = logits(probsAt(x, y), state.T);
      drawWay();
      refresh();
    };
    drag(handle, picture, move, (dx, dy) => {
      const [x, y] = place(softmax(state.z, state.T));
      move(x + 4 * dx, y - 4 * dy);
    });

    const T = pair(words.temperature, { value: 1, low: -1.3, high: 2, step: 0.02, words, warn,
      at: (x) => 10 ** x, to: Math.log10, limits: [0.05, 100, words.bad_number],
      change: (x) => { halt(); state.T = x; refresh(); } });
    const heat = row("T", T);
    const run = () => {
      halt();
      const visited = descend(state.z, state.label);
      halt = glide(4000, (t) => {
        // Most of the way is gone in the first steps: they are shown slowly.
        state.z = visited[Math.round(t * t * steps)];
        refresh();
      });
    };
    const warm = () => { halt = glide(2500, (t) => { state.T = 100 ** t; T.set(state.T); refresh(); }); };
    const reset = (label) => {
      halt();
      state = initial(label);
      T.set(1);
      warn("");
      all();
    };
    const descent = button(words.run, () => { if (loss(state.z, state.label) < 0.05) reset(state.label); run(); });
    descent.className = "smx-primary";
    const views = choice(words.view, words.views, data.descent ? 1 : 0, (index) => { reset(index ? 2 : null); ask(); });
    const labels = choice(words.label, names, 2, (index) => { halt(); state.label = index; all(); });
    const labelled = make("div", { className: "smx-labels" },
      make("span", { className: "smx-name", textContent: words.label }), labels.node);
    const questions = make("div", { className: "smx-across" });
    const controls = make("div", { className: "smx-controls" }, views.node, heat, labelled,
      buttons(descent, button(words.reset, () => reset(state.label))));
    const trace = (display) => { way.style.display = marks.style.display = display; };
    // Each of the two is guessed once, at its start.
    const ask = () => {
      const kind = state.label === null ? "temperature" : "descent";
      heat.hidden = kind === "descent";
      labelled.hidden = descent.hidden = !heat.hidden;
      labels.set(2);
      const isNew = !asked[kind];
      asked[kind] ??= guess({
        words,
        question: words[`${kind}_question`],
        options: words[`${kind}_options`],
        right: kind === "descent" ? 0 : 1,
        answer: words[`${kind}_answer`],
        reveal: () => {
          trace("");
          side.append(controls);
          (kind === "descent" ? run : warm)();
        },
      });
      questions.replaceChildren(asked[kind]);
      if (!isNew) return;
      trace("none");
      if (!controls.isConnected) return;
      controls.remove();
      asked[kind].querySelector("button").focus(); // what had the focus is gone
    };
    const side = make("div", { className: "smx-side" },
      make("div", { className: "smx-cells smx-numbers" }, ...cells.map((cell) => cell.node)), total);
    live.classList.add("smx-beside");
    live.append(questions, picture, side, ...nodes);
    ask();
    all();
  });
}
