(root, data) => {
  const { words } = data;
  const show = numbers(words.times);
  // Bits of the exponent and of the fraction.
  const FORMATS = { float16: [5, 10], bfloat16: [8, 7], float32: [8, 23], float64: [11, 52] };
  const view = new DataView(new ArrayBuffer(8));
  // Exponent of the largest power of two in |x|; of subnormal float64 numbers less than any that counts.
  const power = (x) => {
    view.setFloat64(0, x);
    return ((view.getUint16(0) >> 4) & 2047) - 1023;
  };
  // Exponent of the smallest normal number; the subnormal ones below have its spacing.
  const least = (format) => 2 - 2 ** (FORMATS[format][0] - 1);
  const spacing = (x, format) => 2 ** (Math.max(power(x), least(format)) - FORMATS[format][1]);
  // Number of the format nearest to x, of two the even one: dividing by a power of two is exact.
  const round = (x, format) => {
    const [exponent, fraction] = FORMATS[format];
    if (fraction === 52 || x === 0 || !Number.isFinite(x)) return x;
    const gap = spacing(x, format), steps = Math.abs(x) / gap;
    const whole = Math.floor(steps), rest = steps - whole;
    const near = (whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1))) * gap;
    return Math.sign(x) * (near < 2 ** 2 ** (exponent - 1) ? near : Infinity);
  };
  // Sign, exponent and fraction of a number of the format, as digits.
  const bits = (x, format) => {
    const [exponent, fraction] = FORMATS[format];
    const size = Math.abs(x), isNormal = size >= 2 ** least(format);
    let field = 2 ** exponent - 1, rest = Number.isNaN(x) ? 2 ** (fraction - 1) : 0;
    if (size < Infinity) {
      field = isNormal ? power(x) - least(format) + 1 : 0;
      rest = isNormal ? (size / 2 ** power(x) - 1) * 2 ** fraction : size / spacing(0, format);
    }
    return [x < 0 || Object.is(x, -0) ? "1" : "0", field.toString(2).padStart(exponent, "0"),
      rest.toString(2).padStart(fraction, "0")];
  };
  // Each operation is rounded to the format; the exponential is that of float64, rounded.
  const shares = (z, format) => {
    const weights = z.map((value) => round(Math.exp(value), format));
    const total = weights.reduce((a, b) => round(a + b, format));
    return { weights, total, probs: weights.map((weight) => round(weight / total, format)) };
  };
  const compute = (x, format) => {
    const z = data.offsets.map((offset) => round(x + offset, format));
    const top = Math.max(...z);
    return { z, naive: shares(z, format), shifted: shares(z.map((value) => round(value - top, format)), format) };
  };
  root.softmax = { round, bits, compute };

  begin(root, (live) => {
    const names = Object.keys(FORMATS);
    const exact = softmax(data.offsets);
    const write = (value) => show(value, value >= 1000 ? 0 : 4);
    const off = (probs) => Math.max(...probs.map((p, i) => Math.abs(p - exact[i])));
    let x = data.start, format = "float16", isKnown = false;
    const { nodes, say, warn } = voice();

    // One box a bit; a one is full, a zero pale. Sign, exponent and fraction stand apart.
    const CELL = 10, HIGH = 16, GAP = 8;
    const boxes = (digits, first, wanted) => [...digits].map((bit, i) => (bit === wanted
      ? `M${first + CELL * i + 1} 0h${CELL - 2}v${HIGH}h${2 - CELL}z` : "")).join("");
    const strips = names.map((name, i) => {
      const value = make("span"), limit = make("span");
      const groups = [2, 1, 3].map((color) => svg("g", { class: `smx-c${color}` },
        svg("path"), svg("path", { class: "smx-zero" })));
      const strip = svg("svg", { class: "smx-strip", viewBox: `0 0 ${64 * CELL + 2 * GAP} ${HIGH}`, preserveAspectRatio: "none", role: "img" }, ...groups);
      const radio = make("input", { type: "radio", name: "format", checked: i === 0, "aria-label": name });
      radio.addEventListener("change", () => { format = name; draw(); });
      const node = make("label", { className: "smx-format" }, radio, make("b", { textContent: name }), value, limit, strip);
      return { name, value, limit, groups, strip, node };
    });
    const cells = ["naive", "shifted", "exact"].map((key) => {
      const places = data.offsets.map(() => make("td"));
      return { key, places, line: make("tr", {}, make("th", { scope: "row", textContent: words[key] }), ...places) };
    });
    const grid = make("table", { className: "smx-grid" },
      make("tr", {}, make("th", { scope: "col", textContent: words.formula }), ...data.offsets.map((_, i) => make("th", { scope: "col", textContent: `p${"₁₂₃"[i]}` }))),
      ...cells.map(({ line }) => line));
    const insight = make("p", { className: "smx-insight" });

    // Four roundings of shares below 1, or what four decimals do not show.
    const slack = () => Math.max(2 ** (1 - FORMATS[format][1]), 0.0005);
    const isLost = ({ naive, shifted }, key) => key !== "exact" && (off(shifted.probs) > slack()
      || (key === "naive" && !(off(naive.probs) <= slack() + 2 * off(shifted.probs))));
    const story = (result) => {
      const { z, naive, shifted } = result;
      if (isLost(result, "shifted")) return fill(words.stored, { z: show(z[0], 0), gap: plain(spacing(z[0], format)) });
      if (naive.weights.includes(Infinity)) return words.infinite;
      if (naive.total === 0) return words.vanished;
      if (naive.total === Infinity) return words.sum;
      if (isLost(result, "naive")) return fill(words.faded, { error: show(off(naive.probs)) });
      return words.fine;
    };
    const draw = () => {
      for (const { name, value, limit, groups, strip, node } of strips) {
        const number = compute(x, name).naive.weights[0];
        const fields = bits(number, name);
        let first = 0;
        fields.forEach((field, i) => {
          [...groups[i].children].forEach((path, k) => put(path, { d: boxes(field, first, "10"[k]) }));
          first += CELL * field.length + GAP;
        });
        value.textContent = write(number);
        value.classList.toggle("smx-lost", number === 0 || number === Infinity);
        limit.textContent = name === "bfloat16" && !isKnown ? "?" : show(data.limits[name], 1);
        put(strip, { "aria-label": `${name}, ${fill(words.bits, { bits: fields.join(" ") })}` });
        node.classList.toggle("smx-chosen", name === format);
      }
      const result = compute(x, format);
      cells.forEach(({ key, places }) => places.forEach((place, i) => {
        const p = key === "exact" ? exact[i] : result[key].probs[i];
        place.textContent = show(p);
        place.className = isLost(result, key) ? "smx-lost" : "";
      }));
      insight.textContent = story(result);
      say(`${format}, z₁ = ${show(x, 1)}, exp(z₁) = ${write(result.naive.weights[0])}. ${insight.textContent}`);
    };

    // The dial is even near 0 and logarithmic far out: 11, 89 and 710 are on it alike.
    const dial = pair(words.dial, {
      value: x, low: -data.reach, high: data.reach, step: 0.01, words, warn,
      at: (place) => Number((Math.sign(place) * (10 ** Math.abs(place) - 1)).toPrecision(3)),
      to: (value) => Math.sign(value) * Math.log10(1 + Math.abs(value)),
      limits: [-1e4, 1e4, fill(words.bad_number, { name: words.dial, low: "−10000", high: 10000 })],
      change: (value) => { x = value; draw(); },
    });
    const controls = make("div", { className: "smx-controls", hidden: true },
      row("z₁", dial),
      grid, insight);
    const question = guess({
      words, question: words.question, options: words.choices, right: 1,
      answer: fill(words.reply, { x: show(data.limits.bfloat16, 1) }),
      reveal: () => {
        isKnown = true;
        controls.hidden = false;
        draw();
      },
    });
    const legend = make("p", { className: "smx-legend" }, ...["sign", "exponent", "fraction"].map((key, i) =>
      make("span", { className: `smx-c${[2, 1, 3][i]}`, textContent: words[key] })));
    const head = make("div", { className: "smx-format", "aria-hidden": true }, ...[words.format, "exp(z₁)", words.limit].map((text) => make("small", { textContent: text })));
    // A form of its own: radio buttons of one name in two widgets must not know each other.
    const formats = make("form", { role: "radiogroup", "aria-label": words.format }, head, ...strips.map(({ node }) => node));
    live.append(question, formats, legend, controls, ...nodes);
    draw();
  });
}
