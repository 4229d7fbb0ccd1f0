// Cards beside links: what a term means, a formula says, a source is. They are one script file (see
// site/cards.py), loaded when a reader first points at such a link, goes to it by the keyboard, or taps it.
(() => {
  "use strict";
  const words = document.currentScript.dataset;
  const article = document.querySelector("article.bd-article");
  if (!article || !HTMLElement.prototype.showPopover) return; // links are links then
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  // A solution's title leads to the exercise just above it: no card there.
  const LINKS = ":not(.admonition-title) > a.reference.internal[href*='#']";
  const SHOW = 250; // milliseconds: whoever passes over a link wants no card
  const HIDE = 300; // and has time to move to the card
  const GAP = 6; // pixels between link and card
  const EDGE = 10; // and to the edge of the window

  let cards;
  const load = () => {
    cards ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      globalThis.polyglotCards = resolve; // which the file calls
      script.src = words.cards;
      script.addEventListener("error", () => {
        cards = undefined;
        reject(new Error(`not loaded: ${script.src}`));
      });
      document.head.append(script);
    });
    return cards;
  };
  const cardOf = async (link) => {
    const { href } = new URL(link.getAttribute("href"), location.href);
    const key = decodeURIComponent(href).replace(decodeURIComponent(root.href), "");
    return Object.hasOwn(await load(), key) ? (await load())[key] : null;
  };

  const card = document.createElement("div");
  card.id = "polyglot-card";
  card.className = "polyglot-card bd-article";
  card.popover = "manual";
  card.setAttribute("role", "tooltip");
  article.closest("main").append(card); // within a landmark, for screen readers

  let current; // the link whose card is shown
  let timer;
  const later = (act, delay) => {
    clearTimeout(timer);
    timer = setTimeout(act, delay);
  };
  const hide = () => {
    clearTimeout(timer);
    current?.removeAttribute("aria-describedby");
    current = undefined;
    if (card.matches(":popover-open")) card.hidePopover();
  };

  // Below the link, or above where there is more room; never over it. It scrolls with the page.
  const place = (link) => {
    card.style.maxHeight = "";
    card.style.left = card.style.top = "0px";
    const { clientWidth, clientHeight } = document.documentElement;
    const box = link.getBoundingClientRect();
    const below = clientHeight - box.bottom - GAP - EDGE;
    const above = box.top - GAP - EDGE;
    const isBelow = card.offsetHeight <= below || below >= above;
    const height = Math.min(card.offsetHeight, isBelow ? below : above);
    card.style.maxHeight = `${height}px`;
    // At the beginning of the link, as far as the window has room.
    const isRightToLeft = getComputedStyle(link).direction === "rtl";
    const start = isRightToLeft ? box.right - card.offsetWidth : box.left;
    const left = Math.max(EDGE, Math.min(start, clientWidth - card.offsetWidth - EDGE));
    const top = isBelow ? box.bottom + GAP : box.top - GAP - height;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${top + scrollY}px`;
  };

  const fill = (link, [kind, head, body, lang]) => {
    card.dataset.kind = kind;
    card.lang = lang || document.documentElement.lang;
    card.dir = lang ? "auto" : "";
    // From the pages of this book: see site/cards.py.
    card.innerHTML = `<div class="polyglot-card__head">${head}</div><div>${body}</div>`;
    for (const name of ["href", "src"]) {
      for (const element of card.querySelectorAll(`[${name}]`)) {
        element.setAttribute(name, new URL(element.getAttribute(name), root));
      }
    }
    const go = document.createElement("a");
    go.href = link.href;
    go.textContent = words.go;
    go.lang = document.documentElement.lang;
    go.dir = document.documentElement.dir;
    go.className = "polyglot-card__go";
    card.append(go);
    // For the keyboard the link itself is where they lead.
    for (const inner of card.querySelectorAll("a")) inner.tabIndex = -1;
  };

  const show = async (link) => {
    const content = await cardOf(link);
    if (!content) return false;
    hide();
    current = link;
    link.removeAttribute("title"); // the browser's own card
    fill(link, content);
    card.showPopover();
    place(link);
    link.setAttribute("aria-describedby", card.id);
    return true;
  };

  const linkOf = (event) => event.target.closest?.(LINKS);
  // A reader without a network has the links still.
  const attempt = (link) => show(link).catch(() => {});

  let pointer = "mouse";
  article.addEventListener("pointerover", (event) => {
    const link = linkOf(event);
    if (event.pointerType === "touch" || !link) return;
    if (link === current) clearTimeout(timer);
    else later(() => attempt(link), SHOW);
  });
  article.addEventListener("pointerout", (event) => {
    if (event.pointerType !== "touch" && linkOf(event)) later(hide, HIDE);
  });
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") later(hide, HIDE);
  });

  article.addEventListener("focusin", (event) => {
    const link = linkOf(event);
    if (link?.matches(":focus-visible") && link !== current) later(() => attempt(link), SHOW);
  });
  article.addEventListener("focusout", (event) => {
    if (linkOf(event)) later(hide, HIDE);
  });

  // The first tap shows the card; the second, or its own link, goes there.
  document.addEventListener(
    "pointerdown",
    (event) => {
      pointer = event.pointerType;
      if (!card.contains(event.target) && linkOf(event) !== current) hide();
    },
    true,
  );
  article.addEventListener("click", async (event) => {
    const link = linkOf(event);
    if (!link || pointer !== "touch" || link === current || event.detail === 0) return;
    event.preventDefault();
    if (!(await show(link).catch(() => false))) location.href = link.href;
  });
  card.addEventListener("click", (event) => {
    if (event.target.closest("a")) hide(); // perhaps to this same page
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  addEventListener("resize", hide);
})();
