// Puts the page's scripts together: node bundle.mjs <node_modules> <output folder>
// stdout: {"script": "page-….js", "style": "page-….css"}, what a page loads at the first tap.
// Their names hold hashes of their contents; they find their other parts themselves.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, out] = process.argv.slice(2);
const { build } = createRequire(join(modules, "_"))("esbuild");
const here = dirname(fileURLToPath(import.meta.url));
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: "es2022",
  nodePaths: [modules],
  legalComments: "none",
  logLevel: "error",
};

// The worker starts from a text, which page.js brings along.
const worker = await build({
  ...common,
  entryPoints: ["src/worker/main.js"],
  format: "iife",
  write: false,
});
const workerText = {
  name: "worker-text",
  setup(builder) {
    builder.onResolve({ filter: /^worker-text$/ }, () => ({ path: "worker-text", namespace: "worker" }));
    builder.onLoad({ filter: /.*/, namespace: "worker" }, () => ({
      contents: worker.outputFiles[0].text,
      loader: "text",
    }));
  },
};
const { metafile } = await build({
  ...common,
  entryPoints: ["src/page.js", "src/page.css"],
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  outdir: out,
  format: "esm",
  splitting: true,
  charset: "utf8",
  metafile: true,
  plugins: [workerText],
});
const written = (source) =>
  Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source)[0].split("/").pop();
process.stdout.write(JSON.stringify({ script: written("src/page.js"), style: written("src/page.css") }));
