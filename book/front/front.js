// The front page's picture: logits that are dragged, or moved by keys, and their softmax.
(() => {
  "use strict";
  const [LEAST, MOST] = [-2, 4];
  const front = document.querySelector(".front");
  const logits = [...front.querySelectorAll(".front-logit")];
  const tracks = logits.map((logit) => logit.querySelector(".front-track"));
  const flows = front.querySelectorAll("path");
  const parts = [...front.querySelector(".front-strip").children];
  const shares = front.querySelector(".front-shares");
  const z = logits.map((logit) => Number(logit.querySelector("output").textContent));

  const softmax = (logits) => {
    const largest = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  };
  const write = (number, digits) => number.toFixed(digits).replace("-", "−");

  /** Put each label under the middle of its part, but none over another. */
  const placeShares = (p) => {
    const labels = [...shares.children];
    const widths = labels.map((label) => label.offsetWidth + 14);
    const total = shares.clientWidth;
    let start = 0;
    const left = p.map((share, i) => {
      const middle = (start + share / 2) * total;
      start += share;
      return middle - widths[i] / 2;
    });
    for (let i = 0, edge = 0; i < left.length; edge = left[i] + widths[i], i++)
      left[i] = Math.max(left[i], edge);
    for (let i = left.length - 1, edge = total; i >= 0; edge = left[i], i--)
      left[i] = Math.min(left[i], edge - widths[i]);
    labels.forEach((label, i) => (label.style.transform = `translateX(${left[i] + 7}px)`));
  };

  const show = () => {
    const p = softmax(z);
    const said = p.map((share, i) => `p${i + 1} = ${share.toFixed(3)}`).join(", ");
    let start = 0;
    p.forEach((share, i) => {
      logits[i].style.setProperty("--z", z[i]);
      logits[i].querySelector("output").textContent = write(z[i], 1);
      shares.children[i].querySelector("output").textContent = share.toFixed(3);
      parts[i].style.setProperty("--p", share);
      const [left, right] = [start * 300, (start += share) * 300];
      const [a, b] = [100 * i + 41, 100 * i + 59];
      flows[i].setAttribute(
        "d",
        `M${a} 0C${a} 60 ${left} 40 ${left} 100H${right}C${right} 40 ${b} 60 ${b} 0Z`,
      );
      tracks[i].setAttribute("aria-valuenow", z[i].toFixed(1));
      tracks[i].setAttribute("aria-valuetext", `${write(z[i], 1)}; ${said}`);
    });
    placeShares(p);
  };

  const move = (i, value) => {
    z[i] = Math.round(Math.min(MOST, Math.max(LEAST, value)) * 10) / 10;
    front.classList.add("front--moved");
    show();
  };

  tracks.forEach((track, i) => {
    const attributes = {
      role: "slider",
      tabindex: 0,
      "aria-label": `z${i + 1}`,
      "aria-orientation": "vertical",
      "aria-valuemin": LEAST,
      "aria-valuemax": MOST,
    };
    for (const [name, value] of Object.entries(attributes)) track.setAttribute(name, value);

    const follow = (event) => {
      const box = track.getBoundingClientRect();
      move(i, MOST - ((MOST - LEAST) * (event.clientY - box.top)) / box.height);
    };
    track.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      track.setPointerCapture(event.pointerId);
      track.focus({ focusVisible: false, preventScroll: true });
      follow(event);
    });
    track.addEventListener("pointermove", (event) => {
      if (track.hasPointerCapture(event.pointerId)) follow(event);
    });

    const steps = {
      ArrowUp: 0.1, ArrowRight: 0.1, ArrowDown: -0.1, ArrowLeft: -0.1,
      PageUp: 1, PageDown: -1, End: Infinity, Home: -Infinity,
    };
    track.addEventListener("keydown", (event) => {
      if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      move(i, z[i] + steps[event.key]);
    });
  });

  shares.classList.add("front-shares--placed");
  show();
  addEventListener("resize", show);
  document.fonts.ready.then(show);
})();
