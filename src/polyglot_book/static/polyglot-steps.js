// Steps of a derivation, walked through by keys: one stop for the Tab key, arrows, Home and End go
// from step to step, Escape leaves. Readers who listen hear each step as it takes the focus.
(() => {
  "use strict";

  const walk = (list) => {
    const steps = [...list.children];
    const stopAt = (current) => {
      for (const step of steps) step.tabIndex = step === current ? 0 : -1;
    };
    stopAt(steps[0]);

    list.addEventListener("keydown", (event) => {
      const here = steps.indexOf(event.target); // a formula that scrolls has its own keys
      if (here < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.key === "Escape") return event.target.blur();
      const targets = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: steps.length - 1 };
      const step = steps[targets[event.key]];
      if (!step) return; // past either end the arrows scroll the page on
      event.preventDefault();
      step.focus({ preventScroll: true });
      step.scrollIntoView({ block: "nearest" });
    });

    list.addEventListener("focusin", ({ target }) => {
      const current = steps.find((step) => step.contains(target));
      stopAt(current);
      for (const step of steps) step.removeAttribute("aria-current");
      current.setAttribute("aria-current", "step");
    });
    list.addEventListener("focusout", ({ relatedTarget }) => {
      if (list.contains(relatedTarget)) return;
      for (const step of steps) step.removeAttribute("aria-current");
    });
  };

  const start = () => document.querySelectorAll(".steps-list").forEach(walk);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
