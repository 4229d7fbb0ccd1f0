// What a reader has read and answered, kept in this browser alone: ticks in the contents, a line on
// the landing page, questions that come again, a file to carry it to another browser.
//
// A question is an element with data-polyglot-question, its name. It tells what was answered by the
// event polyglot:answer, {id, right, given}; `right` is null of a draft. On a later visit it is
// given back by polyglot:restore, {given, tries}. This script may come after the first answer: an
// event that nobody cancels leaves its detail in the element's polyglotUntold. See site/progress.py.
(() => {
  "use strict";
  const { page, seconds, language, read } = document.currentScript.dataset;
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const KEY = `polyglot:progress:${root.pathname}:${language}`;
  const KIND = "polyglot-progress";
  const VERSION = 1;
  // Days until a missed question comes again: after the miss, and after each right answer on its day.
  // ts-fsrs, which fits such intervals to a reader, is 62 kB (13 kB packed) and asks how hard each
  // answer was; for a few dozen questions, seen once a week, these four numbers do.
  const INTERVALS = [1, 3, 7, 21];

  /** Days since 1970 where the reader is. */
  const today = () => {
    const now = new Date();
    return Math.floor((now - now.getTimezoneOffset() * 60_000) / 86_400_000);
  };

  const isCount = (value) => Number.isFinite(value) && value >= 0;
  const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const pick = (table, isRight) =>
    Object.fromEntries(Object.entries(isTable(table) ? table : {}).filter(([, value]) => isRight(value)));
  const isPage = (value) => isTable(value) && isCount(value.seconds) && (value.read === undefined || isCount(value.read));
  const isQuestion = (value) =>
    isTable(value) && typeof value.solved === "boolean" && isCount(value.misses) && isCount(value.at) &&
    (value.due === undefined || (isCount(value.due) && value.step in INTERVALS));
  /** What of some data is progress, whoever wrote them. */
  const clean = (data) => ({ pages: pick(data?.pages, isPage), questions: pick(data?.questions, isQuestion) });

  // Another tab may have written since: each change begins with what is kept now.
  const load = () => {
    try {
      return clean(JSON.parse(localStorage.getItem(KEY)));
    } catch {
      return clean(); // not allowed, or not ours
    }
  };
  const change = (act) => {
    const data = load();
    act(data);
    try {
      localStorage.setItem(KEY, JSON.stringify({ version: VERSION, ...data }));
    } catch {
      return; // full, or not allowed
    }
    show();
  };

  /** From a folder some browsers keep for each page what it wrote, and show it to no other. */
  const isShared = () => {
    if (location.protocol !== "file:") return true;
    try {
      const key = `${KEY}:seen`;
      const first = localStorage.getItem(key) ?? page;
      localStorage.setItem(key, first === page ? page : "*");
      return first !== page;
    } catch {
      return false;
    }
  };
  const shared = isShared();

  // ---------- questions ----------

  const isDue = ({ due }) => due !== undefined && due <= today();

  const keepAnswer = ({ id, right, given }) => {
    if (!id) return;
    change(({ questions }) => {
      const last = questions[id] ?? { solved: false, misses: 0, at: 0 };
      const next = (questions[id] = { ...last, given, at: Date.now() });
      if (right === null) return;
      next.solved ||= right;
      next.right = right;
      if (!right) {
        next.misses += 1;
        next.step = 0;
        next.due = today() + INTERVALS[0];
      } else if (isDue(last)) {
        next.step = last.step + 1;
        next.due = today() + INTERVALS[next.step];
        if (next.step === INTERVALS.length) {
          delete next.step;
          delete next.due;
        }
      }
    });
  };
  document.addEventListener("polyglot:answer", (event) => {
    event.preventDefault();
    keepAnswer(event.detail);
  });

  const restore = () => {
    const { questions } = load();
    for (const element of document.querySelectorAll("[data-polyglot-question]")) {
      if (element.polyglotUntold) {
        element.polyglotUntold.splice(0).forEach(keepAnswer);
        continue;
      }
      const known = questions[element.dataset.polyglotQuestion];
      // What is asked again stands there as it was at first.
      if (!known || known.given === undefined || isDue(known)) continue;
      const detail = { given: known.given, tries: known.misses + (known.right ? 1 : 0) };
      element.dispatchEvent(new CustomEvent("polyglot:restore", { detail }));
    }
  };

  // A function is answered in Python: what a run on this page says is marked with the exercise's name.
  const watchRuns = (article) => {
    const told = (node) => {
      for (const said of node.querySelectorAll?.("[data-polyglot-answered]") ?? []) {
        if (said.closest(".solution")) continue;
        const detail = { id: said.dataset.polyglotAnswered, right: said.dataset.polyglotRight === "true" };
        said.dispatchEvent(new CustomEvent("polyglot:answer", { bubbles: true, detail }));
      }
    };
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) addedNodes.forEach(told);
    }).observe(article, { childList: true, subtree: true });
  };

  // ---------- pages ----------

  // Read is a page whose end was seen, after as long as a quick reader needs.
  const watchReading = (article) => {
    if (load().pages[page]?.read !== undefined) return;
    let spent = load().pages[page]?.seconds ?? 0;
    let isAtEnd = false;
    let timer;
    const keep = () => {
      const done = isAtEnd && spent >= Number(seconds);
      change(({ pages }) => {
        // Another tab may have read it to its end.
        pages[page] = { ...pages[page], seconds: Math.round(Math.max(spent, pages[page]?.seconds ?? 0)) };
        if (done) pages[page].read ??= today();
      });
      if (!done) return;
      clearInterval(timer);
      observer.disconnect();
      removeEventListener("pagehide", keep);
    };
    const end = document.createElement("div");
    end.className = "polyglot-end";
    article.append(end);
    const observer = new IntersectionObserver((entries) => {
      isAtEnd ||= entries.some(({ isIntersecting }) => isIntersecting);
      if (isAtEnd && spent >= Number(seconds)) keep();
    });
    observer.observe(end);
    timer = setInterval(() => {
      if (document.visibilityState !== "visible") return;
      spent += 1;
      if (isAtEnd && spent >= Number(seconds)) keep();
    }, 1000);
    addEventListener("pagehide", keep);
  };

  const pageOf = (link) => {
    const { href } = new URL(link.getAttribute("href"), location.href);
    return decodeURIComponent(href.split(/[?#]/)[0]).replace(decodeURIComponent(root.href), "");
  };
  const tickContents = ({ pages }) => {
    for (const link of document.querySelectorAll(".bd-links a.reference.internal")) {
      const name = link.getAttribute("href").startsWith("#") ? page : pageOf(link);
      const isRead = pages[name]?.read !== undefined;
      const tick = link.querySelector(".polyglot-tick");
      if (isRead && !tick) {
        const mark = document.createElement("span");
        mark.className = "polyglot-tick";
        mark.textContent = "✓";
        mark.setAttribute("role", "img");
        mark.setAttribute("aria-label", read);
        link.append(" ", mark);
      } else if (!isRead) {
        tick?.remove();
      }
    }
  };

  // ---------- the landing page ----------

  const box = document.querySelector(".polyglot-progress");
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const part = (name) => box.querySelector(`[data-part="${name}"]`);

  /** Titles of pages and questions: a script file, so that it loads from a folder too. */
  let book;
  const loadBook = () => {
    book ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      globalThis.polyglotProgress = resolve; // which the file calls
      script.src = box.dataset.book;
      script.addEventListener("error", reject);
      document.head.append(script);
    });
    return book;
  };

  const showLine = async ({ pages, questions }) => {
    const { pages: all, questions: asked } = await loadBook();
    const done = all.filter(([name]) => pages[name]?.read !== undefined).length;
    const solved = Object.keys(asked).filter((id) => questions[id]?.solved).length;
    const total = Object.keys(asked).length;
    part("line").textContent = say(box.dataset.line, { read: done, pages: all.length, solved, questions: total });
    part("pages").style.inlineSize = `${(100 * done) / all.length}%`;
    part("questions").style.inlineSize = `${(100 * solved) / (total || 1)}%`;
    const next = all.find(([name]) => name !== page && pages[name]?.read === undefined);
    part("next").hidden = !next || done === 0;
    if (next) {
      part("next").href = new URL(next[0], root);
      part("next").textContent = say(box.dataset.next, { title: next[1] });
    }
    const due = Object.keys(asked).filter((id) => questions[id] && isDue(questions[id]));
    part("due").hidden = due.length === 0;
    part("due-title").textContent = say(box.dataset.due, { n: due.length });
    part("due-list").replaceChildren(
      ...due.map((id) => {
        const [name, anchor, title] = asked[id];
        const link = document.createElement("a");
        link.href = `${new URL(name, root)}#${encodeURIComponent(anchor)}`;
        link.textContent = title;
        const where = document.createElement("small");
        where.textContent = all.find(([other]) => other === name)[1];
        const item = document.createElement("li");
        item.append(link, " ", where);
        return item;
      }),
    );
  };

  const showBox = (data) => {
    if (!box || !shared) return;
    const isEmpty =
      !Object.keys(data.questions).length && !Object.values(data.pages).some((each) => each.read !== undefined);
    box.hidden = false;
    box.classList.toggle("polyglot-progress--empty", isEmpty);
    part("known").hidden = isEmpty;
    for (const name of ["export", "erase"]) part(name).disabled = isEmpty;
    if (!isEmpty) showLine(data).catch(() => (part("known").hidden = true));
  };

  const download = () => {
    const file = { kind: KIND, version: VERSION, language, ...load() };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
    link.download = `progress-${language}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const merge = (mine, other) => {
    for (const [name, { seconds: spent, read: day }] of Object.entries(other.pages)) {
      const known = mine.pages[name];
      const days = [known?.read, day].filter((value) => value !== undefined);
      mine.pages[name] = { seconds: Math.max(spent, known?.seconds ?? 0) };
      if (days.length) mine.pages[name].read = Math.min(...days);
    }
    for (const [id, question] of Object.entries(other.questions)) {
      const known = mine.questions[id];
      const later = known && known.at >= question.at ? known : question;
      mine.questions[id] = {
        ...later,
        solved: question.solved || Boolean(known?.solved),
        misses: Math.max(question.misses, known?.misses ?? 0),
      };
    }
  };

  /** Return what is wrong with a file, or nothing once it has been taken in. */
  const takeIn = async (file) => {
    let data;
    try {
      data = JSON.parse(await file.text());
    } catch {
      return box.dataset.unreadable;
    }
    if (data?.kind !== KIND || data.version !== VERSION) return box.dataset.unreadable;
    if (data.language !== language) return box.dataset.other;
    change((mine) => merge(mine, clean(data)));
    return "";
  };

  const addControls = () => {
    const tell = (text) => (part("said").textContent = text);
    const ask = (isAsking) => {
      part("sure").hidden = !isAsking;
      part("erase").hidden = isAsking;
    };
    part("export").addEventListener("click", () => {
      download();
      tell(box.dataset.saved);
    });
    part("import").addEventListener("click", () => part("file").click());
    part("file").addEventListener("change", async () => {
      const [file] = part("file").files;
      part("file").value = ""; // the same file may be chosen again
      if (file) tell((await takeIn(file)) || box.dataset.taken);
    });
    part("erase").addEventListener("click", () => {
      ask(true);
      part("no").focus();
    });
    part("no").addEventListener("click", () => {
      ask(false);
      part("erase").focus();
    });
    part("yes").addEventListener("click", () => {
      try {
        localStorage.removeItem(KEY);
      } catch {
        // nothing is kept then
      }
      ask(false);
      show();
      tell(box.dataset.erased);
      part("import").focus();
    });
  };

  const show = () => {
    const data = load();
    tickContents(data);
    showBox(data);
  };

  const start = () => {
    if (box) addControls();
    show();
    restore();
    const article = document.querySelector("article.bd-article");
    if (!article) return;
    watchReading(article);
    watchRuns(article);
    addEventListener("storage", ({ key }) => key === KEY && show());
    // Back from another page: the browser shows this one as it was.
    addEventListener("pageshow", ({ persisted }) => persisted && show());
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
