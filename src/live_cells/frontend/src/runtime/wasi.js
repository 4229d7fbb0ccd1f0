// Python as a WebAssembly module on WASI, in a worker of a sandboxed frame.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { download, Store } from "./download.js";
import { FileError, InterruptedError, MemoryError } from "./errors.js";
import { Frame } from "./frame.js";

/** How files are asked for: after a damaged one, past the browser's own cache, which may hold it. */
let cache = "default";

const MOUNTS = ["/usr/local/lib", "/tmp"];

export class WasiRuntime {
  #frame = null;
  #waiting = null; // {resolve, reject} of the request that the worker answers now
  #failure = null; // of a piece of a file, whose end has not been asked for yet
  #lines = null;
  #abort = null;
  #tiers = new Set();
  memory = 0;

  /** `manifest` is an address, `hash` its SHA-256; fonts are those of `language`. */
  constructor({ manifest, hash, language, onStopped }) {
    this.address = manifest;
    this.hash = hash;
    this.language = language;
    this.onStopped = onStopped;
    this.store = new Store(manifest);
  }

  get started() {
    return this.#tiers.has("core");
  }

  async start(onProgress) {
    this.#abort = new AbortController();
    await this.#readManifest();
    const frame = new Frame((message) => this.#receive(message));
    this.#frame = frame;
    await frame.open();
    this.#send({ do: "open", mounts: this.manifest.mounts ?? MOUNTS });
    await this.#loadFiles("core", onProgress);
    onProgress({ phase: "start" });
    const { argv, env, start } = this.manifest;
    this.#lines = new Lines(({ text }) => console.warn(text)); // nothing is said but why it fails
    const { bytes } = await this.#ask({ do: "start", argv, env, code: start });
    this.memory = bytes;
    this.#tiers.add("core");
    const files = [...this.manifest.tiers, { name: "" }].flatMap(({ name }) => this.#filesOf(name));
    const fonts = Object.values(this.manifest.fonts ?? {}).flat();
    this.store.keepOnly([...files, ...fonts]).catch(() => {});
  }

  async loadTier(name, onProgress) {
    if (this.#tiers.has(name)) return;
    await this.#loadFiles(name, onProgress);
    await this.#turn(fill(this.manifest.added, { tier: name }));
    this.#tiers.add(name);
  }

  async run(request, onMessage) {
    let needs = null;
    // A template of the manifest: Python reads a JSON string as a string of its own.
    const status = await this.#turn(
      fill(this.manifest.run, { request: JSON.stringify(request) }),
      (message) => {
        if (message.type === "needs") needs = message.tier;
        else onMessage(message);
      },
    );
    return { status, needs };
  }

  async putFile(path, bytes) {
    await this.#ask({ do: "put", path, bytes }, [bytes.buffer]);
  }

  interrupt() {
    this.#end(new InterruptedError("ended by the reader"));
  }

  #end(error) {
    this.#frame?.close();
    this.#frame = null;
    this.#tiers.clear();
    this.#abort?.abort(error);
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  async #readManifest() {
    if (this.manifest) return;
    const address = new URL(this.address);
    address.searchParams.set("v", this.hash.slice(0, 16));
    const response = await fetch(address, { cache });
    if (!response.ok) throw new TypeError(`${address}: ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytesToHex(sha256(bytes)) !== this.hash) {
      cache = "reload";
      throw new FileError(`${address}: its SHA-256 is not ${this.hash}`);
    }
    this.manifest = JSON.parse(new TextDecoder().decode(bytes));
  }

  #filesOf(tier) {
    const files = this.manifest.tiers.find(({ name }) => name === tier)?.files ?? [];
    const fonts = tier === "extra" ? (this.manifest.fonts?.[this.language] ?? []) : [];
    return [...files, ...fonts];
  }

  async #loadFiles(tier, onProgress) {
    const files = this.#filesOf(tier);
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let loaded = 0;
    for (const file of files) {
      const kept = await this.store.get(file);
      if (kept) {
        onProgress({ phase: "kept" });
        this.#send({ do: "file", file });
        this.#send({ do: "chunk", bytes: kept }, [kept.buffer]);
      } else {
        const encoding = file.url.split(".").pop();
        this.writer = this.store.writer(file);
        this.#send({ do: "file", file, encoding, keep: Boolean(this.writer) });
        const { signal } = this.#abort;
        const options = { bytes: file.bytes, signal, stopped: this.onStopped, cache };
        for await (const bytes of download(new URL(file.url, this.address).href, options)) {
          const count = bytes.byteLength;
          this.#send({ do: "chunk", bytes }, [bytes.buffer]);
          onProgress({ phase: "download", loaded: (loaded += count), total });
        }
      }
      try {
        await this.#ask({ do: "end" });
        await this.writer?.finish();
      } catch (error) {
        this.writer?.abort();
        if (error instanceof FileError) cache = "reload";
        throw error;
      } finally {
        this.writer = null;
      }
    }
  }

  async #turn(code, onMessage = () => {}) {
    this.#lines = new Lines(onMessage);
    const { status, bytes } = await this.#ask({ do: "run", code });
    this.#lines.end();
    this.memory = bytes;
    return status;
  }

  #send(message, transfer) {
    if (!this.#frame) throw new InterruptedError("Python has been ended");
    this.#frame.send(message, transfer);
  }

  #ask(message, transfer) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#failure) this.#receive(this.#failure);
      else this.#send(message, transfer);
    });
  }

  #receive(message) {
    if (message.is === "output") this.#lines?.add(message);
    else if (message.is === "decoded") this.writer?.add(message.bytes);
    else if (message.is === "failed") {
      if (!this.#waiting) {
        this.#failure = message;
        return;
      }
      this.#failure = null;
      this.#end(errorOf(message));
    } else {
      this.#waiting?.resolve(message);
      this.#waiting = null;
    }
  }
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? JSON.stringify(values[name]) : whole,
  );
}

function errorOf({ name, message }) {
  if (name === "FileError") return new FileError(message);
  if (/memory|allocat/i.test(message)) return new MemoryError(message);
  return new Error(`${name}: ${message}`);
}

/** Messages among what Python writes: lines of JSON behind a mark. The rest is text. */
class Lines {
  #rest = "";
  #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  constructor(onMessage) {
    this.onMessage = onMessage;
  }

  add({ stream, bytes }) {
    const text = this.#decoders[stream].decode(bytes, { stream: true });
    if (stream === "stderr") return this.onMessage({ type: "stream", name: stream, text });
    this.#rest += text;
    for (;;) {
      const start = this.#rest.indexOf(MARK);
      if (start < 0) break;
      this.#text(this.#rest.slice(0, start));
      const end = this.#rest.indexOf("\n", start);
      if (end < 0) {
        this.#rest = this.#rest.slice(start);
        return;
      }
      this.onMessage(JSON.parse(this.#rest.slice(start + MARK.length, end)));
      this.#rest = this.#rest.slice(end + 1);
    }
    if (!this.#rest.includes(MARK[0])) this.end(); // a mark may come in pieces
  }

  end() {
    this.#text(this.#rest);
    this.#rest = "";
  }

  #text(text) {
    if (text) this.onMessage({ type: "stream", name: "stdout", text });
  }
}
const MARK = "\x1elive\x1f";
