// Exercises answered in words: room to write, and a list to tick once the solution is open. What is
// written is told as every answer is, by polyglot:answer: see polyglot-progress.js.
(() => {
  "use strict";
  const solutionOf = (exercise) => {
    for (let next = exercise; (next = next.nextElementSibling) && !next.matches(".exercise"); ) {
      if (next.matches("details.solution")) return next;
    }
    return null;
  };

  const start = () => {
    for (const room of document.querySelectorAll(".polyglot-words")) {
      const field = room.querySelector("textarea");
      const solution = solutionOf(room.closest(".exercise"));
      const ticks = [...(solution?.querySelectorAll("input[type=checkbox]") ?? [])];
      const tell = (right) => {
        const given = { text: field.value, ticked: ticks.flatMap((tick, n) => (tick.checked ? [n] : [])) };
        const detail = { id: room.dataset.polyglotQuestion, right, given };
        room.dispatchEvent(new CustomEvent("polyglot:answer", { bubbles: true, detail }));
      };
      let waiting;
      const isWhole = () => ticks.length > 0 && ticks.every((tick) => tick.checked);
      const show = () => room.classList.toggle("polyglot-words--solved", isWhole());
      const keep = () => {
        clearTimeout(waiting);
        waiting = undefined;
        tell(null);
      };
      field.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(keep, 500);
      });
      addEventListener("pagehide", () => waiting !== undefined && keep());
      for (const tick of ticks) {
        tick.disabled = false; // Markdown's own lists of tasks are shut
        tick.addEventListener("change", () => {
          show();
          tell(isWhole() || null);
        });
      }
      room.addEventListener("polyglot:restore", ({ detail: { given } }) => {
        field.value = given?.text ?? "";
        ticks.forEach((tick, n) => (tick.checked = Boolean(given?.ticked?.includes(n))));
        show();
      });
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
