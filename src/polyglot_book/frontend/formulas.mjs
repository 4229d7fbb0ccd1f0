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
    return { mathml };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(answers));
