// What is said, in the page's language.
let words = {};

export function useWords(given) {
  words = given;
}

export function say(text, values = {}) {
  const said = words[text] ?? text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Write bytes as megabytes, in the page's way and in the digits of its text. */
export function megabytes(bytes, digits = 0) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, numberingSystem: "latn" };
  return new Intl.NumberFormat(document.documentElement.lang || "en", options).format(bytes / 1e6);
}
