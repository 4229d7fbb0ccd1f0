// Style sheets of pages from right to left, out of those of pages from left to right.
// stdin and stdout: {"name": "css", …}
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const modules = process.argv[2];
const rtlcss = createRequire(join(modules, "polyglot.js"))("rtlcss");
const sheets = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const turned = sheets.map(([name, css]) => [name, rtlcss.process(css)]);
process.stdout.write(JSON.stringify(Object.fromEntries(turned)));
