// Runs Python texts in the runtime, outside any browser:
// node --experimental-wasm-exnref run.mjs <python.wasm>
// stdin: {"preopens": {"/guest": "folder", …}, "argv": […], "env": {…}, "turns": ["Python text", …]}
// What the texts print is printed; a text that fails ends the run with status 1.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const { preopens, argv, env, turns } = JSON.parse(readFileSync(0, "utf8"));
const wasi = new WASI({ version: "preview1", args: argv, env, preopens, returnOnExit: true });
const compiled = await WebAssembly.compile(readFileSync(process.argv[2]));
const imports = { ...wasi.getImportObject(), host: { call: () => -1 } };
const instance = await WebAssembly.instantiate(compiled, imports);
wasi.initialize(instance);
const { host_alloc: allocate, memory, turn } = instance.exports;
for (const text of turns) {
  const bytes = Buffer.from(text);
  const place = allocate(bytes.length) >>> 0;
  new Uint8Array(memory.buffer).set(bytes, place);
  if (turn(place, bytes.length)) process.exit(1);
}
