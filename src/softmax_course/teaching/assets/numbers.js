// A number as people type it: any script's digits, decimal comma, U+2212 for minus, fractions, logarithms.
const plain = (typed) => typed.normalize("NFKC").trim()
.replace(/\p{Nd}/gu, (digit) => {
for (let code = digit.codePointAt(0), value = 0; ; value += 1) {
if (!/\p{Nd}/u.test(String.fromCodePoint(code - value - 1)) || value === 9) return value;
}
})
.replace(/[\u2212\u2013]/g, "-").replace(/[\u00d7\u00b7\u22c5]/g, "*").replace(/\u221e/g, "inf");
const NAMES = { e: Math.E, pi: Math.PI, "\u03c0": Math.PI, inf: Infinity };
const FUNCTIONS = { log: Math.log, ln: Math.log, log2: Math.log2, exp: Math.exp, sqrt: Math.sqrt, "\u221a": Math.sqrt };
const TOKEN = /\s*(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|log2|[a-z]+|[\u03c0\u221a()*\/+^-])/iy;
// Value of sums, products, powers and the functions above; NaN of anything else.
const evaluate = (text) => {
const tokens = [];
TOKEN.lastIndex = 0;
while (TOKEN.lastIndex < text.length) {
const found = TOKEN.exec(text);
if (!found) return NaN;
tokens.push(found[1].toLowerCase());
}
const atom = () => {
const token = tokens.shift();
if (token === "(") {
const value = sum();
return tokens.shift() === ")" ? value : NaN;
}
if (token === "-") return -power();
if (token === "+") return power();
if (token in FUNCTIONS) return FUNCTIONS[token](power());
if (token in NAMES) return NAMES[token];
return /^[\d.]/.test(token ?? "") ? Number(token) : NaN;
};
const power = () => {
const base = atom();
if (tokens[0] !== "^") return base;
tokens.shift();
return base ** power();
};
const product = () => {
let value = power();
while (tokens[0] === "*" || tokens[0] === "/") {
value = tokens.shift() === "*" ? value * power() : value / power();
}
return value;
};
const sum = () => {
let value = product();
while (tokens[0] === "+" || tokens[0] === "-") {
value = tokens.shift() === "+" ? value + product() : value - product();
}
return value;
};
const value = tokens.length ? sum() : NaN;
return tokens.length ? NaN : value;
};
const number = (typed) => evaluate(plain(typed).replace(/^([+-]?\d*),(\d+)$/, "$1.$2"));
