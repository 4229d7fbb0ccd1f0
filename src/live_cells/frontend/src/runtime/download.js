// Files of the runtime: from the store if it has them, else over the network, going on where a
// download has stopped.

/** Milliseconds without a byte after which a download counts as stopped. */
const PATIENCE = 20_000;

const CACHE = "live-cells-runtime";

/** Decoded files, kept by the hash of what was downloaded. Without a secure context there is no
 *  Cache Storage: then the browser's HTTP cache has the packed ones. */
export class Store {
  constructor(base) {
    this.base = base;
    this.works = "caches" in globalThis;
  }

  #key(file) {
    return new URL(`${file.sha256}.decoded`, this.base).href;
  }

  async get(file) {
    if (!this.works) return null;
    try {
      const response = await (await caches.open(CACHE)).match(this.#key(file));
      const bytes = response && new Uint8Array(await response.arrayBuffer());
      return bytes?.byteLength === file.size ? bytes : null;
    } catch {
      return null; // a private window may refuse
    }
  }

  /** Return what takes the pieces of a file; only `finish` makes it a file of the store. */
  writer(file) {
    if (!this.works) return null;
    let controller;
    let refused = false;
    const stream = new ReadableStream({
      start: (given) => (controller = given),
      cancel: () => (refused = true),
    });
    const put = caches
      .open(CACHE)
      .then((cache) => cache.put(this.#key(file), new Response(stream)))
      .catch(() => {}); // full, or not allowed: the file is downloaded again next time
    return {
      add: (bytes) => !refused && controller.enqueue(bytes),
      finish: () => (refused || controller.close(), put),
      abort: () => controller.error(new Error("the file is not whole")),
    };
  }

  /** Remove the files of earlier editions. */
  async keepOnly(files) {
    if (!this.works) return;
    const wanted = new Set(files.map((file) => this.#key(file)));
    const cache = await caches.open(CACHE);
    for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
  }
}

const aborted = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** Yield a file's bytes as they come. When the network stops, `stopped` is asked; what it returns
 *  settles when the reader wants to go on, or rejects. */
export async function* download(url, { bytes: total, signal, stopped, cache = "default" }) {
  let received = 0;
  while (received < total) {
    const abort = new AbortController();
    const give = () => abort.abort();
    signal.addEventListener("abort", give);
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(give, PATIENCE);
    };
    try {
      wait();
      const headers = received ? { Range: `bytes=${received}-` } : {};
      const response = await fetch(url, { headers, cache, signal: abort.signal });
      if (!response.ok) throw new TypeError(`${url}: ${response.status}`);
      let skip = received && response.status !== 206 ? received : 0;
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        wait();
        const fresh = skip ? value.subarray(Math.min(skip, value.length)) : value;
        skip -= value.length - fresh.length;
        received += fresh.length;
        if (fresh.length) yield fresh.slice();
      }
      if (received < total) throw new TypeError(`${url}: ${received} of ${total} bytes`);
    } catch (error) {
      signal.throwIfAborted();
      await Promise.race([stopped(error), aborted(signal)]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", give);
    }
  }
}
