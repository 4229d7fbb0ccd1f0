// LaTeX to MathML, many formulas in one process.
// stdin:  {"macros": {"\\name": ["body", 1, "default"], …}, "formulas": [{"tex": "…", "display": true}, …]}
// stdout: [{"mathml": "…"} or {"error": "…"}, …], in the same order
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MACROS, macro, prepare } from "./latex.mjs";

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
// Gecko sets a thin space of its own after the application of a function, unless this stands before it.
const APPLY = "<mo>\u2061</mo>";
const NOTHING = "<mspace></mspace>";
// The bar of \bar is a macron, which stands as close to its letter as a hat; Temml's overline floats.
const bar = /(<mo stretchy="false"[^>]*>)\u203e(?=<\/mo>)/g;
// A star alone above or below a letter is no product: WebKit sets the spaces of one around it.
const star = /(<mo form="prefix" stretchy="false"[^>]*)(?=>\u2217<\/mo>)/g;

const input = JSON.parse(readFileSync(0, "utf8"));
const known = { ...MACROS };
for (const [name, definition] of Object.entries(input.macros ?? {})) known[name] = macro(...definition);

const annotation = /(?<=<annotation encoding="application\/x-tex">).*?(?=<\/annotation>)/s;
const escaped = (tex) => tex.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

const answers = input.formulas.map(({ tex, display }) => {
  try {
    const [accepted, macros] = prepare(tex, known);
    const rendered = temml.renderToString(accepted, {
      macros,
      displayMode: display,
      annotate: true, // keeps the LaTeX inside, for copying
      throwOnError: true,
      strict: false,
      trust: false,
      xml: false, // HTML needs no namespace on every formula
      // Inline formulas may break after a relation, as text does; displayed ones scroll.
      wrap: display ? "none" : "tex",
    });
    const mathml = accepted === tex ? rendered : rendered.replace(annotation, () => escaped(tex));
    const spaced = mathml.replace(applied, `$1${THIN}`).replace(star, '$1 lspace="0" rspace="0"');
    return { mathml: spaced.replaceAll(APPLY, NOTHING + APPLY).replace(bar, "$1\u00af") };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(answers));
