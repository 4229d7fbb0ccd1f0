(root, data) => {
  const { words, tokens, logits } = data;
  const total = tokens.length;
  const show = numbers(words.times);
  // Each cut looks at softmax(z / T); a word stays if every cut keeps it. As in softmax_course, a word
  // is in the nucleus as long as those before it have less than top-p.
  const compute = ({ T, k, p, m }) => {
    const probs = softmax(logits, T);
    const order = probs.map((_, i) => i).sort((a, b) => probs[b] - probs[a] || a - b);
    let before = 0;
    const kept = Array(total).fill(false);
    order.forEach((i, rank) => {
      kept[i] = rank < k && (p === 1 || before < p) && probs[i] >= m * probs[order[0]];
      before += probs[i];
    });
    const mass = sum(probs.filter((_, i) => kept[i]));
    return { probs, kept, mass, final: probs.map((prob, i) => (kept[i] ? prob / mass : 0)) };
  };
  // The word at which the probabilities, added up, pass u.
  const draw = (final, u) => {
    let reached = 0;
    const found = final.findIndex((p) => { reached += p; return u < reached; });
    return found < 0 ? final.findLastIndex((p) => p > 0) : found;
  };
  root.softmax = { compute, draw };

  const initial = () => ({ T: 1, k: total, p: data.p, m: 0 });
  begin(root, (live) => {
    const state = initial();
    let counts = Array(total).fill(0);
    let result;
    let halt = () => {};
    const { nodes, say, warn } = voice();
    const sentence = make("p", { className: "smx-sentence" });
    const lines = tokens.map((token) => {
      const [bar, tick, p] = [make("i"), make("b", { hidden: true }), make("td")];
      const name = make("th", { scope: "row", textContent: token });
      const node = make("tr", {}, name, make("td", { className: "smx-track" }, bar, tick), p);
      return { node, name, bar, tick, p };
    });
    const bars = make("table", { className: "smx-tokens", "aria-label": words.title },
      make("tbody", {}, ...lines.map((line) => line.node)));
    const summary = make("p", { className: "smx-numbers" });
    const drawn = make("span", { className: "smx-numbers" });

    const write = (word, chosen) => {
      const [before, after] = fill(words.sentence, { prompt: data.prompt, word: "\n" }).split("\n");
      sentence.replaceChildren(before, make(chosen ? "mark" : "span", { textContent: word }), after);
    };
    const refresh = () => {
      result = compute(state);
      const { probs, kept, final, mass } = result;
      // The scale follows in steps, so that bars can be compared while a slider moves.
      const widest = Math.max(...probs, ...final);
      const scale = [0.25, 0.5, 1].find((size) => widest <= size) ?? 1;
      const n = sum(counts);
      lines.forEach(({ node, bar, tick, p }, i) => {
        node.className = kept[i] ? "" : "smx-out";
        bar.style.width = `${(100 * (kept[i] ? final[i] : probs[i])) / scale}%`;
        p.textContent = show(final[i]);
        tick.hidden = !n;
        if (n) tick.style.insetInlineStart = `${(100 * Math.min(scale, counts[i] / n)) / scale}%`;
      });
      summary.textContent = fill(words.kept, { kept: kept.filter(Boolean).length, total, mass: show(mass) });
      drawn.textContent = n ? fill(words.drawn, { n }) : "";
    };
    const change = (key, x) => {
      halt();
      state[key] = x;
      counts = counts.fill(0);
      write("…");
      refresh();
      say(summary.textContent);
    };
    const sample = (times) => {
      let last;
      for (let i = 0; i < times; i += 1) {
        last = draw(result.final, Math.random());
        counts[last] += 1;
      }
      write(tokens[last], true);
      refresh();
      say(`${sentence.textContent}. ${drawn.textContent}`);
    };

    const slider = (name, key, low, high, step, limits) => {
      const made = pair(key === "T" ? words.temperature : name, { value: state[key], low, high, step, words, warn,
        limits: [...limits, words.bad_number], change: (x) => change(key, key === "k" ? Math.round(x) : x) });
      return { ...made, row: row(name, made) };
    };
    const sliders = {
      T: slider("T", "T", 0.1, 4, 0.1, [0.01, 100]),
      k: slider("top-k", "k", 1, total, 1, [1, total]),
      p: slider("top-p", "p", 0.05, 1, 0.05, [0.01, 1]),
      m: slider("min-p", "m", 0, 0.5, 0.01, [0, 1]),
    };
    const reset = () => {
      warn("");
      for (const [key, x] of Object.entries(initial())) { change(key, x); sliders[key].set(x); }
    };
    const draws = buttons(button(words.draw, () => sample(1)), button(words.draw_many, () => sample(100)),
      button(words.reset, reset), drawn);
    draws.firstChild.className = "smx-primary";
    const side = make("div", { className: "smx-side" }, summary);
    const controls = make("div", { className: "smx-controls" }, ...Object.values(sliders).map((item) => item.row), draws);
    const { before, after } = data;
    live.classList.add("smx-beside");
    live.append(make("div", { className: "smx-across" }, guess({
      words,
      question: fill(words.question, { before, after }),
      options: words.options,
      right: 2,
      answer: fill(words.answer, { before, after }),
      reveal: () => {
        side.append(controls);
        halt = glide(1500, (t) => {
          state.T = 1 + t * (data.warm - 1);
          sliders.T.set(state.T);
          refresh();
        }, () => say(summary.textContent));
      },
    })), make("div", {}, sentence, bars), side, ...nodes);
    write("…");
    refresh();
  });
}
