// A link to something inside a closed fold opens it, on arrival and when it is followed again.
(() => {
  "use strict";
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const closed = [];
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      if (!fold.open) closed.push(fold);
    }
    if (!closed.length) return;
    for (const fold of closed) fold.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href*='#']");
    // The address does not change, so there is no hashchange.
    if (link?.href === location.href) open();
  });
  open();
})();
