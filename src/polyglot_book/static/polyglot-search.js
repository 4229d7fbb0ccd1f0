// The search dialog. The index and its engine (Pagefind) are loaded when a reader first opens it.
(() => {
  "use strict";
  const dialog = document.getElementById("polyglot-search");
  // A page opened from a folder may not load the index: no button then.
  if (!dialog || !location.protocol.startsWith("http")) return;
  const form = dialog.querySelector("form");
  const input = dialog.querySelector("input");
  const status = dialog.querySelector(".polyglot-search__status");
  const list = dialog.querySelector(".polyglot-search__results");
  const words = dialog.dataset;
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const MOST = 40; // pages looked at; each is a file to load

  // Pagefind finds words by their beginning, which serves inflected languages, but not all the way:
  // it knows no Bengali endings, with some Russian ones it finds a part of the pages, and for a word
  // that is nowhere it takes a shorter one ("абракадабра" finds every "а"). So words are looked for
  // without their endings too, and a page counts if it holds every word of the query without its
  // ending. The endings need not be complete: one that is not here leaves a word as it is. Short
  // words stay whole; a lone -র is an ending after a vowel only.
  const language = document.documentElement.lang.split("-")[0];
  const ENDINGS = {
    bn: /(?<=.{3})(?:গুলোর|গুলির|গুলোকে|গুলিকে|গুলো|গুলি|টির|টিকে|টিতে|টি|টা|য়ের|ের|কে|তে|(?<=[ািীুূৃেৈোৌ])র|(?<=[ক-হ]\u09bc?)ে)$/u,
    ru: /(?<=.{4})(?:иями|ями|ами|иях|ях|ах|ией|иям|ям|ам|ием|ем|ом|ей|ой|ий|ый|его|ого|ему|ому|ими|ыми|их|ых|ев|ов|ую|юю|ая|яя|ое|ее|ие|ые|ия|ии|ию|[аеиоуыьюяй])$/u,
  };
  // Pagefind marks where Chinese words end with spaces of no width.
  const plain = (text) =>
    text.normalize("NFC").toLowerCase().replaceAll("ё", "е").replaceAll("\u200b", "");
  const bare = (query) => {
    const all = plain(query).split(/[\s\p{P}]+/u).filter(Boolean);
    return all.map((word) => (ENDINGS[language] ? word.replace(ENDINGS[language], "") : word));
  };
  const find = async (pagefind, query) => {
    const stems = bare(query);
    const found = new Map();
    for (const asked of new Set([query, stems.join(" ")])) {
      for (const result of (await pagefind.search(asked)).results) {
        if (!found.has(result.id)) found.set(result.id, result);
      }
    }
    const pages = [...found.values()].slice(0, MOST).map((result) => result.data());
    return (await Promise.all(pages)).filter((page) => {
      const content = plain(`${page.meta.title} ${page.raw_content ?? page.content}`);
      return stems.every((stem) => content.includes(stem));
    });
  };

  let engine;
  const load = () => {
    engine ??= import(new URL("pagefind/pagefind.js", root).href).then(async (pagefind) => {
      await pagefind.options({
        baseUrl: root.pathname,
        excerptLength: 24,
        // Without this "মূল" and "মল" would be the same word; Russian е and ё are to be the same.
        exactDiacritics: language === "bn",
      });
      await pagefind.init();
      return pagefind;
    });
    return engine;
  };

  const fill = (template, values) =>
    template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  // Excerpts come as HTML: escaped text with <mark> around what was found.
  const link = (url, title, excerpt, className) => {
    const item = document.createElement("li");
    item.className = className;
    const anchor = document.createElement("a");
    anchor.href = url;
    anchor.textContent = title;
    item.append(anchor);
    if (excerpt) {
      const text = document.createElement("p");
      text.innerHTML = excerpt;
      item.append(text);
    }
    return item;
  };

  const entry = (result) => {
    const sections = result.sub_results.filter((section) => section.url !== result.url);
    const whole = result.sub_results.find((section) => section.url === result.url);
    const item = link(
      result.url,
      result.meta.title,
      whole || !sections.length ? (whole ?? result).excerpt : "",
      "polyglot-search__page",
    );
    if (sections.length) {
      const inner = document.createElement("ol");
      for (const section of sections.slice(0, 3)) {
        inner.append(link(section.url, section.title, section.excerpt, "polyglot-search__section"));
      }
      item.append(inner);
    }
    return item;
  };

  let asked = 0;
  const search = async () => {
    const turn = ++asked;
    const query = input.value.trim().normalize("NFC");
    if (!query) {
      list.replaceChildren();
      status.textContent = "";
      return;
    }
    try {
      const pagefind = await load();
      const pages = await find(pagefind, query);
      if (turn !== asked) return; // the reader has typed on
      list.replaceChildren(...pages.map(entry));
      const n = pages.length;
      status.textContent = fill(n ? words.found : words.nothing, { n, query });
    } catch (error) {
      engine = undefined; // the next attempt loads anew
      status.textContent = words.failed;
      throw error;
    }
  };

  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    load().catch(() => (engine = undefined)); // while the reader types; a search reports failure
  };

  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  dialog.querySelector(".polyglot-search__close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    // Outside the box, or on a link, perhaps to this same page.
    if (event.target === dialog || event.target.closest("a")) dialog.close();
  });

  // Arrows go through the links, as the Tab key does.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...list.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    const to = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (at < 0 || !to) return;
    event.preventDefault();
    to.focus();
  });

  document.addEventListener(
    "keydown",
    (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const shortcut = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      // By place of the key too: a reader in Russian has "л" where English has "k".
      const isK = event.key.toLowerCase() === "k" || event.code === "KeyK";
      const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
      if ((shortcut && isK) || (isSlash && !typing)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        open();
      }
    },
    true, // before the theme's own shortcut
  );
  for (const button of document.querySelectorAll(".polyglot-search-open")) {
    button.hidden = false;
    button.addEventListener("click", open);
  }
})();
