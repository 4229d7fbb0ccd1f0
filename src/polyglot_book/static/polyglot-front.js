// The front page: mark the first of the browser's languages that the book has; never leave the page for it.
(() => {
  "use strict";
  const start = () => {
    const items = [...document.querySelectorAll(".polyglot-choice > li")];
    const base = (tag) => tag.toLowerCase().split("-")[0];
    for (const tag of navigator.languages || [navigator.language || ""]) {
      const item = items.find((each) => base(each.lang) === base(tag));
      if (item) {
        item.classList.add("polyglot-choice__suggested");
        item.querySelector(".polyglot-choice__hint").hidden = false;
        return;
      }
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
