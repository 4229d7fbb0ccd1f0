// What MathJax accepts and Temml does not: commands as macros, the rest as LaTeX that Temml accepts.

// Returns the group or the character at a place, and where it ends; null if there is none.
function argument(tex, start, open = "{", close = "}") {
  while (/\s/.test(tex[start] ?? "")) start++;
  if (tex[start] !== open) {
    if (open !== "{") return null;
    const found = /^(?:\\[A-Za-z]+|\\.|[^{}])/su.exec(tex.slice(start));
    return found && { text: found[0], end: start + found[0].length };
  }
  for (let depth = 0, end = start; end < tex.length; end++) {
    if (tex[end] === "\\") end++;
    else if (depth === 1 && tex[end] === close) return { text: tex.slice(start + 1, end), end: end + 1 };
    else if (tex[end] === "{" || (depth === 0 && tex[end] === open)) depth++;
    else if (tex[end] === "}") depth--;
  }
  return null;
}

let taken = 0;
// Temml counts a macro's arguments by those that its body uses, and knows no optional one.
export function macro(body, count = 0, optional = null) {
  const given = [...Array(count).keys()].map((index) => `#${index + 1}`);
  const unused = given.filter((name) => !body.includes(name)).join("");
  const whole = unused ? `\\@firstoftwo{${body}}{${unused}}` : body;
  if (optional === null) return whole;
  return (context) => {
    // Named by letters, as commands are: a macro may stand in an argument of itself.
    const name = "\\@optional" + String(taken++).replace(/\d/g, (digit) => "abcdefghij"[digit]);
    context.consumeSpaces();
    if (context.future().text === "[") {
      context.popToken();
      const { tokens } = context.consumeArg(["]"]);
      context.macros.set(name, { tokens, numArgs: 0 });
    } else {
      context.macros.set(name, optional);
    }
    return whole.replace(/#(\d)/g, (_, number) => (number === "1" ? `${name} ` : `#${number - 1}`));
  };
}

const plain = (name, environment) => [name, `\\begin{${environment}}#1\\end{${environment}}`];
// In place of commands that a page has no use for, or whose names are others in Temml.
export const MACROS = Object.fromEntries([
  ["\\mbox", "\\text{#1}"],
  ["\\ensuremath", "#1"],
  ["\\mathds", "\\mathbb{#1}"],
  ["\\mathbbm", "\\mathbb{#1}"],
  ["\\symbf", "\\mathbf{#1}"],
  ["\\scr", "\\mathscr"],
  ["\\sp", "^"],
  ["\\sb", "_"],
  ["\\strut", "\\vphantom{(}"],
  ["\\hfill", "\\quad"],
  ["\\noindent", ""],
  ["\\par", ""],
  ["\\textsuperscript", "^{\\text{#1}}"],
  ["\\intertext", "\\text{#1}\\\\"],
  ["\\shortintertext", "\\text{#1}\\\\"],
  ["\\require", macro("", 1)],
  ["\\href", macro("#2", 2)],
  ["\\class", macro("#2", 2)],
  ["\\cssId", macro("#2", 2)],
  ["\\style", macro("#2", 2)],
  ["\\texttip", macro("#1", 2)],
  ["\\tooltip", macro("#1", 2)],
  ["\\multicolumn", macro("#3", 3)],
  ["\\bbox", macro("#2", 2, "")],
  plain("\\pmatrix", "pmatrix"),
  plain("\\cases", "cases"),
  plain("\\eqalign", "aligned"),
  plain("\\displaylines", "gathered"),
]);

const DEFINITION = /\\(?:newcommand|renewcommand|providecommand|DeclareMathOperator)(?![A-Za-z])(\*?)/;
// Takes the definitions out of a formula and adds their macros.
function define(tex, macros) {
  for (let found; (found = DEFINITION.exec(tex)); ) {
    const start = found.index + found[0].length;
    const name = argument(tex, start);
    const operator = found[0].startsWith("\\Declare");
    const count = name && !operator ? argument(tex, name.end, "[", "]") : null;
    const optional = count && argument(tex, count.end, "[", "]");
    const body = name && argument(tex, (optional ?? count ?? name).end);
    if (!body || !/^\s*\\(?:[A-Za-z]+|.)\s*$/su.test(name.text)) return tex; // for Temml to name the mistake
    macros[name.text.trim()] = operator
      ? `\\operatorname${found[1]}{${body.text}}`
      : macro(body.text, Number(count?.text ?? 0), optional?.text ?? null);
    tex = tex.slice(0, found.index) + tex.slice(body.end);
  }
  return tex;
}

// An underscore in text is one, except in formulas within it.
function escapeText(tex) {
  const command = /\\(?:text|mbox|hbox|textrm|textit|textbf|textsf|texttt|textnormal)(?![A-Za-z])/g;
  let result = "";
  let done = 0;
  for (let found; (found = command.exec(tex)); ) {
    const group = argument(tex, command.lastIndex);
    if (!group || group.text.length === 1) continue;
    const start = tex.indexOf("{", command.lastIndex);
    if (start < 0 || start >= group.end) continue;
    const escaped = group.text
      .split(/((?<!\\)\$(?:[^$\\]|\\.)*\$|\\\(.*?\\\))/s)
      .map((part, index) => (index % 2 ? part : part.replace(/(?<!\\)_/g, "\\_")))
      .join("");
    result += `${tex.slice(done, start)}{${escaped}}`;
    done = command.lastIndex = group.end;
  }
  return result + tex.slice(done);
}

const NAMES = "max|min|sup|inf|lim|log|ln|exp|det|dim|deg|arg|gcd|Pr|sin|cos|tan|limsup|liminf";
const REWRITINGS = [
  [/\\(begin|end)\{eqnarray\*?\}/g, (_, side) => `\\${side}{darray}${side === "begin" ? "{rcl}" : ""}`],
  [/\\(begin|end)\{flalign(\*?)\}/g, "\\$1{align$2}"],
  [/\\(begin|end)\{subequations\}/g, ""],
  // Columns of an array may say what stands around them.
  [/(\\begin\{d?array\}(?:\[\w\])?\{)((?:[^{}]|\{[^{}]*\})*)(?=\})/g,
    (_, begin, columns) => begin + columns.replace(/[@!<>]\{[^{}]*\}/g, "").replace(/[pmb]\{[^{}]*\}/g, "l")],
  [new RegExp(`([_^])\\s*(\\\\(?:${NAMES}))(?![A-Za-z])`, "g"), "$1{$2}"],
  [/([_^])\s*(\\operatorname\*?\s*\{[^{}]*\})/g, "$1{$2}"],
  [/\\root\s*([^{}\\]+|\{[^{}]*\})\s*\\of(?![A-Za-z])/g, "\\sqrt[$1]"],
];

// Returns LaTeX that Temml accepts, and its macros.
export function prepare(tex, macros) {
  const own = { ...macros };
  const rest = define(tex, own);
  return [escapeText(REWRITINGS.reduce((all, [from, to]) => all.replace(from, to), rest)), own];
}
