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

  // ---------- letters ----------

  // One letter to whoever searches, beyond what Unicode calls one with marks: keyboards differ, and many
  // have no more than plain Latin letters. Small letters only.
  const SAME = {
    ß: "ss", æ: "ae", œ: "oe", ø: "o", ð: "d", đ: "d", þ: "th", ł: "l", ħ: "h", ŧ: "t", ı: "i", ς: "σ",
    ʼ: "'", ي: "ی", ى: "ی", ك: "ک", ة: "ه", ە: "ه", ہ: "ه", ھ: "ه", ٱ: "ا", ـ: "",
  };
  // Here marks are left off, unless the language says that they make another letter. In other scripts they
  // are vowels and the like.
  const WITH_MARKS = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}]/u;
  const OTHER_MARKS = /(?![\u3099\u309a])\p{Script=Inherited}/u;
  const isExact = words.exact !== undefined;
  // Written without spaces between words.
  const UNSPACED =
    "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}" +
    "\\p{Script=Khmer}\\p{Script=Myanmar}ー]";
  const ARABIC = "\\p{Script=Arabic}";
  const isArabic = (character) => new RegExp(ARABIC, "u").test(character);
  const RULES = [
    // Between such letters a line of the source may have ended, and names have dots.
    [`(?<=${UNSPACED})(?:[ \\u3000]+|[·・‧])(?=${UNSPACED})`, ""],
    // In Persian it joins parts of a word, in other scripts it says no more than how letters look.
    [`\\u200c(?!${ARABIC})`, ""],
    ...JSON.parse(words.same),
  ].map(([source, by]) => [new RegExp(source, "gu"), by]);

  // Digits of a script are ten in a row, the zero first or seventh of sixteen.
  const digit = (character) => {
    const code = character.codePointAt(0);
    const row = code & ~15;
    return String(code - (/\p{Nd}/u.test(String.fromCodePoint(row)) ? row : row + 6));
  };
  const foldCharacter = (character) => {
    if (character === "\u2063" || character === "\u200c") return character; // see search.py; RULES
    if (/\p{Cf}/u.test(character)) return ""; // joiners, signs of direction, soft hyphens
    if (/\p{Nd}/u.test(character)) return digit(character.normalize("NFKC"));
    if (/\p{M}/u.test(character))
      return !isExact && (OTHER_MARKS.test(character) || WITH_MARKS.test(character)) ? "" : character;
    if (!/\p{L}/u.test(character)) return character;
    let letters = character.normalize("NFKC");
    if (!isExact && WITH_MARKS.test(letters)) letters = letters.normalize("NFD").replace(/\p{M}/gu, "");
    letters = letters.toLowerCase(); // which writes a dot above as a mark for "İ"
    if (!isExact) letters = letters.replace(/\u0307/gu, "");
    return [...letters].map((letter) => SAME[letter] ?? letter).join("");
  };
  const folded = new Map();

  // A text as searching sees it, and for each place in it the place in the text; one more for the end.
  const fold = (text) => {
    let result = { text: "", at: [] };
    let place = 0;
    for (const character of text) {
      let letters = folded.get(character);
      if (letters === undefined) folded.set(character, (letters = foldCharacter(character)));
      result.text += letters;
      for (let i = 0; i < letters.length; i += 1) result.at.push(place);
      place += character.length;
    }
    result.at.push(place);
    for (const [expression, by] of RULES) result = replace(result, expression, by);
    return result;
  };
  const replace = ({ text, at }, expression, by) => {
    const result = { text: "", at: [] };
    let last = 0;
    const keep = (to) => {
      result.text += text.slice(last, to);
      for (; last < to; last += 1) result.at.push(at[last]);
    };
    for (const { 0: found, index } of text.matchAll(expression)) {
      keep(index);
      result.text += by;
      for (let i = 0; i < by.length; i += 1) result.at.push(at[index]);
      last = index + found.length;
    }
    keep(text.length);
    result.at.push(at.at(-1));
    return result;
  };
  // For the glossary's field.
  globalThis.polyglotFold = (text) => fold(text.normalize("NFC")).text.replaceAll("\u200c", "");

  // ---------- what a query matches ----------

  // A word is found by its beginning, without its ending, which serves inflected languages; the endings are
  // the language's (see writing.py). What has no spaces, as Chinese, is found anywhere.
  const LETTER = "\\p{L}\\p{M}\\p{N}";
  const isUnspaced = (character) => new RegExp(UNSPACED, "u").test(character);
  const START = `(?<!(?!${UNSPACED})[${LETTER}])`;
  const REST = `(?:(?!${UNSPACED})[${LETTER}\\u200c])*`;
  const GAP = `[^${LETTER}\\n\\u2063]{0,3}`; // not across formulas or paragraphs
  const endings = words.endings ? new RegExp(words.endings, "u") : null;
  const split = (text) => text.split(new RegExp(`[^${LETTER}]+`, "u")).filter(Boolean);

  const normal = (query) => query.normalize("NFKC").replace(/\p{Cf}/gu, "").toLowerCase();

  const pattern = (part) => {
    const characters = [...part];
    let source = isUnspaced(characters[0]) ? "" : START;
    characters.forEach((character, i) => {
      // Some set a space between Chinese and Latin letters.
      if (i && isUnspaced(character) !== isUnspaced(characters[i - 1])) source += "\\s*";
      if (i && isArabic(character)) source += "\\u200c?";
      source += character;
    });
    return isUnspaced(characters.at(-1)) ? source : source + REST;
  };

  // One expression for each word, and one for all of them side by side. What is written together, as with
  // a hyphen, is one word.
  const compile = (query) => {
    const sources = [];
    for (const word of normal(query).split(/\s+/)) {
      const stems = split(word).map((part) => (endings ? part.replace(endings, "") : part));
      const parts = stems.flatMap((stem) => split(fold(stem).text));
      if (parts.length) sources.push(parts.map(pattern).join(GAP));
    }
    const expression = (source) => new RegExp(source, "gu");
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
    }).then((pages) =>
      pages.map(([address, sections]) => ({
        address,
        title: shown(sections[0][1]),
        sections: sections.map(([anchor, title, text]) => ({
          anchor,
          title: shown(title),
          text,
          heading: fold(hidden(title)).text,
          prose: fold(hidden(text)),
        })),
      })),
    );
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
      const inProse = count(query.phrase, section.prose.text);
      together ||= inHeading + inProse > 0;
      section.score = 4 * inHeading + 2 * some(inProse);
      query.words.forEach((word, i) => {
        const n = count(word, section.prose.text) + count(word, section.heading);
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

  const find = (pages, text) => {
    const query = compile(text);
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
    const prose = hidden(section.text);
    const place = section.prose.at;
    const marks = expressions.flatMap((expression) =>
      [...section.prose.text.matchAll(expression)].map(({ 0: found, index }) => {
        const from = place[index];
        return [from, from + prose.slice(from, place[index + found.length]).trimEnd().length];
      }),
    );
    marks.sort((a, b) => a[0] - b[0]);
    const longest = prose.split("\n").reduce((a, b) => (b.length > a.length ? b : a));
    const at = marks.length ? marks[0][0] : prose.indexOf(longest);
    let start = prose.lastIndexOf("\n", at - 1) + 1;
    let end = prose.indexOf("\n", at);
    if (end < 0) end = prose.length;
    const isInside = (i) => /[^\s\u3000-\u303f\uff00-\uff20]/.test(prose[i - 1] ?? " ");
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
    for (const [from, to] of marks) {
      if (from < start || to > end) continue;
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
    const isShown = own && (!inner.length || query.words.some((word) => count(word, own.prose.text)));
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
