// The contents of a page: which heading is being read, and a drawer that closes once a heading is chosen.
(() => {
  "use strict";
  const start = () => {
    const contents = document.getElementById("polyglot-page-toc");
    if (!contents) return;
    const entries = [...contents.querySelectorAll("a[href^='#']")].flatMap((link) => {
      const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      return target ? [{ link, target }] : [];
    });

    const mark = (current) => {
      for (const { link } of entries) {
        link.classList.toggle("active", link === current);
        link.closest(".toc-entry").classList.toggle("active", link === current);
        if (link === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
      // Those that it stands under, which unfold for it.
      for (let entry = current?.closest(".toc-entry"); entry; entry = entry.parentElement.closest(".toc-entry"))
        entry.classList.add("active");
    };

    let marked;
    let waiting = false;
    const update = () => {
      waiting = false;
      // The last heading above the upper third; at the end of the page the one that was jumped to,
      // which may be too low to reach it.
      const line = innerHeight / 3;
      const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
      const passed = entries.filter(({ target }) => target.getBoundingClientRect().top <= line);
      const jumped = entries.find(({ link }) => link.hash === location.hash);
      const chosen =
        atEnd && jumped && jumped.target.getBoundingClientRect().top > line ? jumped : passed.at(-1);
      if (chosen?.link === marked) return;
      marked = chosen?.link;
      mark(marked);
    };
    const later = () => {
      if (!waiting) requestAnimationFrame(update);
      waiting = true;
    };
    for (const event of ["scroll", "resize", "hashchange"])
      addEventListener(event, later, { passive: true });
    later();

    // On narrow screens the contents are moved into a dialog, which would cover the heading.
    contents.addEventListener("click", (event) => {
      if (event.target.closest("a[href^='#']")) contents.closest("dialog[open]")?.close();
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
