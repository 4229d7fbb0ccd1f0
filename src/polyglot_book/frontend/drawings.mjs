// SVG that a program drew, written shorter: what it looks like stays.
// stdin:  ["<svg …", …]
// stdout: [{"svg": "…"} or {"error": "…"}, …], in the same order
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const { optimize } = await import(pathToFileURL(join(modules, "svgo", "lib", "svgo-node.js")).href);

// Not the preset: most of its rules look for what editors leave behind, and take three times as long for
// two hundredths of the size. Curves stay curves: an arc in their place lies beside them.
const options = {
  floatPrecision: 2, // a hundredth of a point
  plugins: [
    "removeDoctype",
    "removeXMLProcInst",
    "removeComments",
    "removeMetadata",
    "cleanupIds",
    "cleanupNumericValues",
    { name: "convertPathData", params: { applyTransforms: false, makeArcs: false } },
  ],
};

const answers = JSON.parse(readFileSync(0, "utf8")).map((svg) => {
  try {
    return { svg: optimize(svg, options).data };
  } catch (error) {
    return { error: String(error.message) };
  }
});
process.stdout.write(JSON.stringify(answers));
