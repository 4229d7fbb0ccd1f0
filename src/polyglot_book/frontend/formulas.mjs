// LaTeX to MathML, many formulas in one process.
// stdin:  [{"tex": "…", "display": true}, …]
// stdout: [{"mathml": "…"} or {"error": "…"}, …], in the same order
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const { default: temml } = await import(
  pathToFileURL(join(modules, "temml", "dist", "temml.mjs")).href
);

// TeX sets a thin space between a symbol and the name of a function. Temml does so after a plain letter
// or number; here it is set after scripts, fractions, roots and closing brackets as well.
const closed = String.raw`</m(?:sub|sup|subsup|frac|sqrt|root)>|form="postfix"[^>]*>[^<]*</mo></mrow>`;
const name = String.raw`<mi>[A-Za-z]{2,}</mi>`;
const limits = String.raw`<munder>${name}(?:(?!</?munder>).)*</munder>`;
const applied = new RegExp(`(${closed})(?=(?:<mrow>)?(?:${name}|${limits})<mo>\u2061</mo>)`, "g");
const THIN = '<mspace width="0.1667em"></mspace>';

const answers = JSON.parse(readFileSync(0, "utf8")).map(({ tex, display }) => {
  try {
    const mathml = temml.renderToString(tex, {
      displayMode: display,
      annotate: true, // keeps the LaTeX inside, for copying
      throwOnError: true,
      strict: false,
      trust: false,
      xml: false, // HTML needs no namespace on every formula
      // Inline formulas may break after a relation, as text does; displayed ones scroll.
      wrap: display ? "none" : "tex",
    });
    return { mathml: mathml.replace(applied, `$1${THIN}`) };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(answers));
