// The core of the explorables and the playground. The script of each is an expression of a function
// (root, data) that uses what stands here and in elements.js; nothing here knows any of them.
//
// svg(tag, attributes, ...children)  an SVG element
// put(node, attributes)              sets several attributes and returns the element
// softmax(z, T)                      in the order of softmax_course: shift, divide, exponentiate, normalise
// numbers(times)                     a function (x, digits) that writes numbers as the course does: −0.1200,
//                                    1.23·10⁻⁵; `times` is the sign of the language
// button(text, act)                  a button
// buttons(...children)               a row of them
// choice(label, options, at, change) one of several, as chips; options are texts; change(index).
//                                    { node, set(index) }
// pair(label, options)               a slider and a number field that follow each other:
//                                    { slider, field, set(x) }; see there for the options
// row(name, pair, ...rest)           a line of a name, the slider, the field and what follows
// voice()                            { nodes, say(text), warn(text) }: say() is read out by screen
//                                    readers as soon as movement rests, warn() at once and is seen
// guess(options)                     "guess, then see": a question, a button an answer, one to skip
// drag(handle, picture, at, by)      moves a point by mouse, touch and arrow keys
// glide(ms, frame, end)              calls frame(0…1) for a while; frame(1) alone where motion is unwelcome
// begin(root, build)                 calls build(live) as soon as the widget is about to be seen; what
//                                    build puts into `live` stands in place of the still picture
const put = (node, attributes) => {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const svg = (tag, attributes = {}, ...children) => {
  const node = put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
  node.append(...children);
  return node;
};

const sum = (list) => list.reduce((a, b) => a + b, 0);
const softmax = (z, T = 1) => {
  const top = Math.max(...z);
  const weights = z.map((value) => Math.exp((value - top) / T));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
};

const numbers = (times = "·") => (x, digits = 4) => {
  const size = Math.abs(x);
  const sign = x < 0 ? "−" : "";
  if (Number.isNaN(x)) return "nan";
  if (size === Infinity) return `${sign}∞`;
  if (size === 0) return "0";
  if (size >= 0.5 * 10 ** -digits && size < 1e6) {
    const text = size.toFixed(digits);
    return Number(text) ? sign + text : text;
  }
  const [mantissa, exponent] = size.toExponential(2).split("e");
  const raised = [...String(+exponent)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
  return `${sign}${mantissa}${times}10${raised.join("")}`;
};

const button = (text, act) => {
  const node = make("button", { type: "button", textContent: text });
  node.addEventListener("click", act);
  return node;
};
const buttons = (...children) => make("div", { className: "smx-buttons" }, ...children);

const choice = (label, options, at, change) => {
  const radios = options.map((_, i) => make("input", { type: "radio", name: "choice", checked: i === at }));
  radios.forEach((radio, i) => radio.addEventListener("change", () => change(i)));
  const chips = options.map((text, i) => make("label", {}, radios[i], make("span", { textContent: text })));
  // A form of its own: radio buttons of one name in two widgets must not know each other.
  const node = make("form", { className: "smx-choice", role: "radiogroup", "aria-label": label }, ...chips);
  node.addEventListener("submit", (event) => event.preventDefault());
  return { node, set: (index) => radios.forEach((radio, i) => { radio.checked = i === index; }) };
};

// Options: value, low, high, step of the slider; change(x); words (slider: "{name}, slider"; bad_number).
// `at` maps the slider's place to the value and `to` back (a logarithm, say). What may be typed:
// limits [least, most, message], by default what the slider reaches; the message goes to warn().
// `text(x)` is what is read out for the value.
const plain = (x) => String(Number(x.toPrecision(6)));
const pair = (label, {
  value, low, high, step, change, words, at = (x) => x, to = (x) => x,
  limits = [at(low), at(high), words.bad_number], warn = () => {}, text = plain,
}) => {
  const slider = make("input", { type: "range", min: low, max: high, step, "aria-label": fill(words.slider, { name: label }) });
  const field = make("input", { type: "number", step: "any", "aria-label": label });
  const set = (x) => {
    slider.value = to(x);
    slider.setAttribute("aria-valuetext", text(x));
    field.setAttribute("aria-invalid", false);
    if (document.activeElement !== field) field.value = plain(x);
  };
  const accept = () => {
    const x = field.valueAsNumber;
    const ok = x >= limits[0] && x <= limits[1];
    warn(ok ? "" : fill(limits[2], { name: label, low: plain(limits[0]), high: plain(limits[1]) }));
    if (ok) { set(x); change(x); }
    field.setAttribute("aria-invalid", !ok);
  };
  slider.addEventListener("input", () => { field.value = plain(at(+slider.value)); accept(); });
  field.addEventListener("input", accept);
  set(value);
  return { slider, field, set };
};
const row = (name, { slider, field }, ...rest) => make("div", { className: "smx-row" },
  make("span", { className: "smx-name", "aria-hidden": true, textContent: name }), slider, field, ...rest);

const voice = () => {
  const spoken = make("p", { className: "smx-sr", role: "status" });
  const warning = make("p", { className: "smx-warning", role: "alert" });
  let timer;
  return {
    nodes: [spoken, warning],
    // What stands there from the start is no news: it is not read out while the widget is made.
    say: (text) => {
      clearTimeout(timer);
      if (spoken.isConnected) timer = setTimeout(() => { spoken.textContent = text; }, 500);
    },
    warn: (text) => { warning.textContent = text; },
  };
};

// Options: words (right, wrong, skip), question, options (texts), right (index), answer (the sentence
// that is shown to whatever was chosen), reveal(index), which shows it: index is null if skipped.
const guess = ({ words, question, options, right, answer, reveal }) => {
  const done = (picked) => {
    const verdict = picked === null ? "" : picked === right ? `✓ ${words.right}` : `✗ ${words.wrong}`;
    const said = make("p", { tabIndex: -1, className: "smx-insight" }, make("strong", { textContent: verdict }), " ", answer);
    node.replaceChildren(said);
    // The buttons are gone: the focus stays here, and the sentence is read out.
    said.focus({ preventScroll: true });
    reveal(picked);
  };
  const skip = button(words.skip, () => done(null));
  skip.className = "smx-skip";
  const node = make("div", { className: "smx-guess", role: "group", "aria-label": question },
    make("p", { textContent: question }),
    buttons(...options.map((text, i) => button(text, () => done(i))), skip));
  return node;
};

// `at(x, y)` gets places in the units of the picture; `by(dx, dy)` steps of the arrow keys: 1 to the
// right or up, 5 with Shift. A tap beside the point moves it there; only the point keeps a finger from
// scrolling the page.
const drag = (handle, picture, at, by) => {
  const place = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
  let grip = null;
  handle.classList.add("smx-handle");
  put(handle, { tabindex: 0, role: "slider" });
  handle.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const box = handle.getBoundingClientRect();
    const here = place(event);
    const middle = place({ clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 });
    grip = { x: middle.x - here.x, y: middle.y - here.y };
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  // touch-action alone does not hold the page still under a group of an SVG.
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  handle.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const { x, y } = place(event);
    at(x + grip.x, y + grip.y);
  });
  for (const kind of ["pointerup", "pointercancel"]) handle.addEventListener(kind, () => { grip = null; });
  picture.addEventListener("click", (event) => {
    if (handle.contains(event.target)) return;
    const { x, y } = place(event);
    at(x, y);
  });
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const size = event.shiftKey ? 5 : 1;
    by(size * step[0], size * step[1]);
  });
};

const glide = (ms, frame, end = () => {}) => {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) { frame(1); end(); return () => {}; }
  const start = performance.now();
  let asked;
  const next = (now) => {
    const t = Math.min(1, Math.max(0, (now - start) / ms));
    frame(t);
    if (t < 1) asked = requestAnimationFrame(next); else end();
  };
  asked = requestAnimationFrame(next);
  return () => cancelAnimationFrame(asked);
};

const begin = (root, build) => {
  const start = () => {
    const live = make("div", { className: "smx-live" });
    build(live);
    root.querySelector(".smx-still").before(live);
  };
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    start();
  }, { rootMargin: "600px" });
  watch.observe(root);
};
