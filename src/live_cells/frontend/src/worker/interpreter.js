// CPython as a WASI reactor: `_initialize` once, then `turn` for each piece of code.
import { ConsoleStdout, File, OpenFile, WASI } from "@bjorn3/browser_wasi_shim";
import { Files } from "./files.js";

const NOT_SUPPORTED = 58; // WASI's errno ENOTSUP
const STREAMS = { stdout: 1, stderr: 2 };
// A loop that prints without end must not drown the page in messages.
const MESSAGES_A_SECOND = 100;

export class Interpreter {
  module = null; // a promise: it compiles while other files come
  files = new Files();
  #exports;

  constructor(send) {
    this.send = send;
    this.pending = { stdout: [], stderr: [] };
    this.window = 0; // when the current second began
    this.sent = 0; // messages in it
  }

  async start(argv, env) {
    const compiled = await this.module;
    const outputs = Object.keys(STREAMS).map(
      (name) => new ConsoleStdout((bytes) => this.#write(name, bytes)),
    );
    const descriptors = [new OpenFile(new File(new ArrayBuffer(0))), ...outputs, ...this.files.folders];
    const wasi = new WASI(argv, env, descriptors, { debug: false });
    const imports = { wasi_snapshot_preview1: {}, host: { call: () => -1 } };
    for (const { module, name } of WebAssembly.Module.imports(compiled)) {
      if (module === "wasi_snapshot_preview1") {
        imports[module][name] = wasi.wasiImport[name] ?? (() => NOT_SUPPORTED);
      } else if (module !== "host" || name !== "call") {
        throw new Error(`the module asks for ${module}.${name}: WASI and host.call are expected`);
      }
    }
    const sleep = imports.wasi_snapshot_preview1.poll_oneoff;
    imports.wasi_snapshot_preview1.poll_oneoff = (...given) => {
      this.flush(); // whoever sleeps wants what was printed before to be seen
      return sleep(...given);
    };
    wasi.inst = await WebAssembly.instantiate(compiled, imports);
    this.#exports = wasi.inst.exports;
    this.#exports._initialize();
  }

  /** Run code and return its status: 0 if it came to its end. */
  turn(code) {
    const bytes = new TextEncoder().encode(code);
    const { host_alloc, memory, turn } = this.#exports;
    const place = host_alloc(bytes.length) >>> 0;
    new Uint8Array(memory.buffer).set(bytes, place);
    try {
      return turn(place, bytes.length);
    } finally {
      this.flush();
    }
  }

  memoryInUse() {
    return this.#exports.memory.buffer.byteLength;
  }

  #write(name, bytes) {
    this.pending[name].push(bytes);
    const now = performance.now();
    if (now - this.window > 1000) {
      this.window = now;
      this.sent = 0;
    }
    // The first messages of each second go at once, the rest of it in one.
    if (this.sent < MESSAGES_A_SECOND) {
      this.sent += 1;
      this.flush();
    }
  }

  flush() {
    for (const [stream, pieces] of Object.entries(this.pending)) {
      if (!pieces.length) continue;
      this.pending[stream] = [];
      const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let place = 0;
      for (const piece of pieces) {
        bytes.set(piece, place);
        place += piece.length;
      }
      this.send({ is: "output", stream, bytes }, [bytes.buffer]);
    }
  }
}
