// The search dialog. The text of the book in the page's language is one script file (see search.py),
// loaded when a reader first opens the dialog; searching is going through that text.
(() => {
  "use strict";
  const dialog = document.getElementById("polyglot-search");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const input = dialog.querySelector("input");
  const status = dialog.querySelector(".polyglot-search__status");
  const list = dialog.querySelector(".polyglot-search__results");
  const more = dialog.querySelector(".polyglot-search__more");
  const words = dialog.dataset;
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const SECTIONS = 3; // shown of a page
  const EXCERPT = 160; // letters, about

  // ---------- what a query matches ----------

  // A word is found by its beginning, without its ending, which serves inflected languages; the endings are
  // the language's (see writing.py). Chinese, which has no spaces, is found anywhere.
  const LETTER = "\\p{L}\\p{M}\\p{N}\\u200c\\u200d";
  const HAN = "\\p{Script=Han}";
  const isHan = (character) => new RegExp(HAN, "u").test(character);
  const START = `(?<!(?!${HAN})[${LETTER}])`;
  const REST = `(?:(?!${HAN})[${LETTER}])*`;
  const GAP = `[^${LETTER}\\n\\u2063]{0,3}`; // not across formulas or paragraphs
  const endings = words.endings ? new RegExp(words.endings, "u") : null;
  const base = (character) => character.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  // Whether marks make a letter another one is the language's too: else "е" finds "ё".
  const variants = (text) => {
    const found = new Map();
    for (const character of words.exact === undefined ? new Set(text) : []) {
      if (!/\p{L}/u.test(character)) continue;
      const key = base(character);
      found.set(key, (found.get(key) ?? "") + character);
    }
    return (character) => {
      const others = found.get(base(character)) ?? "";
      return others ? `[${character}${others}]` : character;
    };
  };

  // As search.py writes the text; joiners, which not everybody types, may be there or not.
  const normal = (query) => query.normalize("NFKC").replace(/[\u200b-\u200d]/g, "").toLowerCase();

  const pattern = (part, variant) => {
    const characters = [...(endings ? part.replace(endings, "") : part)];
    let source = isHan(characters[0]) ? "" : START;
    characters.forEach((character, i) => {
      // Some set a space between Chinese and Latin letters.
      if (i) source += isHan(character) === isHan(characters[i - 1]) ? "[\\u200c\\u200d]*" : "\\s*";
      source += variant(character);
    });
    return isHan(characters.at(-1)) ? source : source + REST;
  };

  // One expression for each word, and one for all of them side by side. What is written together, as with
  // a hyphen, is one word.
  const compile = (query, variant) => {
    const sources = [];
    for (const word of normal(query).split(/\s+/)) {
      const parts = word.split(new RegExp(`[^${LETTER}]+`, "u")).filter(Boolean);
      if (parts.length) sources.push(parts.map((part) => pattern(part, variant)).join(GAP));
    }
    const expression = (source) => new RegExp(source, "giu");
    return {
      words: sources.map(expression),
      phrase: sources.length ? expression(sources.join(GAP)) : null,
    };
  };

  // ---------- the text ----------

  let index;
  const load = () => {
    index ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      globalThis.polyglotSearch = resolve; // which the file calls
      script.src = words.index;
      script.addEventListener("error", () => {
        index = undefined; // the next attempt loads anew
        reject(new Error(`not loaded: ${script.src}`));
      });
      document.head.append(script);
    }).then((pages) => ({
      pages: pages.map(([address, sections]) => ({
        address,
        title: shown(sections[0][1]),
        sections: sections.map(([anchor, title, text]) => ({
          anchor,
          title: shown(title),
          text,
          heading: hidden(title),
          prose: hidden(text),
        })),
      })),
      variant: variants(JSON.stringify(pages)),
    }));
    return index;
  };
  // Formulas stand between two signs (see search.py). They are shown, not searched.
  const shown = (text) => text.replaceAll("\u2063", "");
  const hidden = (text) =>
    text.replace(/\u2063[^\u2063]*\u2063/g, (formula) => "\u2063".repeat(formula.length));

  const count = (expression, text) => text.match(expression)?.length ?? 0;
  const some = (n) => n / (n + 3); // the tenth time says little more than the ninth

  const rate = (page, query) => {
    let score = 0;
    let together = false;
    const held = query.words.map(() => false);
    const title = page.sections[0].heading;
    for (const section of page.sections) {
      const inHeading = count(query.phrase, section.heading);
      const inProse = count(query.phrase, section.prose);
      together ||= inHeading + inProse > 0;
      section.score = 4 * inHeading + 2 * some(inProse);
      query.words.forEach((word, i) => {
        const n = count(word, section.prose) + count(word, section.heading);
        held[i] ||= n > 0;
        section.score += some(n);
      });
      section.together = inHeading + inProse > 0;
      score += section.score;
    }
    const rest = title.replace(query.phrase, "").length / title.length;
    score = some(score) + (rest < 1 ? 2 - rest : 0);
    return { page, score, together, all: held.every(Boolean) };
  };

  const find = ({ pages, variant }, text) => {
    const query = compile(text, variant);
    if (!query.phrase) return { query, together: [], apart: [] };
    const rated = pages.map((page) => rate(page, query)).filter(({ all }) => all);
    rated.sort((a, b) => b.score - a.score);
    return {
      query,
      together: rated.filter(({ together }) => together),
      apart: rated.filter(({ together }) => !together),
    };
  };

  // ---------- results ----------

  // The paragraph of the first match, or what of a long one is near to it.
  const excerpt = (section, query) => {
    const expressions = section.together ? [query.phrase] : query.words;
    const first = Math.min(...expressions.map((e) => section.prose.search(e)).filter((i) => i >= 0));
    const longest = section.prose.split("\n").reduce((a, b) => (b.length > a.length ? b : a));
    const at = Number.isFinite(first) ? first : section.prose.indexOf(longest);
    let start = section.prose.lastIndexOf("\n", at - 1) + 1;
    let end = section.prose.indexOf("\n", at);
    if (end < 0) end = section.prose.length;
    const isInside = (i) => /[^\s\u3000-\u303f\uff00-\uff20]/.test(section.prose[i - 1] ?? " ");
    const parts = [];
    if (at - start > EXCERPT / 2) {
      start = at - EXCERPT / 2;
      while (start < at && isInside(start)) start += 1;
      parts.push("…");
    }
    let cut = "";
    if (end - start > EXCERPT * 1.25) {
      let to = start + EXCERPT;
      while (to < end && isInside(to + 1)) to += 1;
      if (to < end) [end, cut] = [to, "…"];
    }
    const marks = [];
    for (const expression of expressions) {
      for (const match of section.prose.slice(start, end).matchAll(expression)) {
        marks.push([start + match.index, start + match.index + match[0].length]);
      }
    }
    marks.sort((a, b) => a[0] - b[0]);
    for (const [from, to] of marks) {
      if (from < start) continue;
      const mark = document.createElement("mark");
      mark.textContent = shown(section.text.slice(from, to));
      parts.push(shown(section.text.slice(start, from)), mark);
      start = to;
    }
    parts.push(shown(section.text.slice(start, end)) + cut);
    return parts;
  };

  const link = (url, title, parts, className) => {
    const item = document.createElement("li");
    item.className = className;
    const anchor = document.createElement("a");
    anchor.href = url;
    anchor.textContent = title;
    item.append(anchor);
    if (parts) {
      const text = document.createElement("p");
      text.append(...parts);
      item.append(text);
    }
    return item;
  };

  const entry = (query) => ({ page, together }) => {
    const url = new URL(page.address, root).href;
    const hits = page.sections.filter((s) => s.score > 0 && (s.together || !together));
    hits.sort((a, b) => b.score - a.score);
    const inner = hits.filter((section) => section.anchor).slice(0, SECTIONS);
    const own = hits.find((section) => !section.anchor);
    const isShown = own && (!inner.length || query.words.some((word) => count(word, own.prose)));
    const parts = isShown && excerpt(own, query);
    const item = link(url, page.title, parts, "polyglot-search__page");
    if (inner.length) {
      const sections = document.createElement("ol");
      for (const section of inner) {
        const parts = excerpt(section, query);
        const title = section.title || page.title;
        sections.append(link(`${url}#${section.anchor}`, title, parts, "polyglot-search__section"));
      }
      item.append(sections);
    }
    return item;
  };

  const fill = (template, values) =>
    template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  let asked = 0;
  const search = async () => {
    const turn = ++asked;
    const query = input.value.trim();
    more.hidden = true;
    if (!query) {
      list.replaceChildren();
      status.textContent = "";
      return;
    }
    try {
      const loading = setTimeout(() => (status.textContent = words.loading), 200);
      const text = await load().finally(() => clearTimeout(loading));
      if (turn !== asked) return; // the reader has typed on
      const { query: compiled, together, apart } = find(text, query);
      const first = together.length ? together : apart;
      list.replaceChildren(...first.map(entry(compiled)));
      const said = together.length ? words.found : apart.length ? words.apart : words.nothing;
      status.textContent = fill(said, { n: first.length, query });
      if (together.length && apart.length) {
        more.hidden = false;
        more.textContent = fill(words.apart, { n: apart.length });
        more.onclick = () => {
          more.hidden = true;
          const others = apart.map(entry(compiled));
          list.append(...others);
          others[0].querySelector("a").focus();
        };
      }
      dialog.scrollTop = 0;
    } catch (error) {
      list.replaceChildren();
      status.textContent = words.failed;
      throw error;
    }
  };

  // ---------- the dialog ----------

  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    load().catch(() => {}); // while the reader types; a search reports failure
  };

  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    await search();
    list.querySelector("a")?.click();
  });
  dialog.querySelector(".polyglot-search__close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    // Outside the box, or on a link, perhaps to this same page.
    if (event.target === dialog || event.target.closest("a")) dialog.close();
  });

  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault(); // a search field would only be emptied
      dialog.close();
    }
    // Arrows go through the links, as the Tab key does.
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
