// A file on its way: hashed as it comes, decoded, compiled if it is a module.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { XzReadableStream } from "xz-decompress";

/** A file that is not what the page was built with. */
export class FileError extends Error {
  name = "FileError";
}

const DECODERS = {
  none: (stream) => stream,
  gz: (stream) => stream.pipeThrough(new DecompressionStream("gzip")),
  xz: (stream) => new XzReadableStream(stream),
};

function withResolvers() {
  const result = {};
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

export class Receiver {
  /** `keep` is called with copies of the decoded pieces, for a store of the page's. */
  constructor(file, encoding, keep) {
    this.file = file;
    this.hash = encoding === "none" ? null : sha256.create();
    this.size = 0;
    const packed = new ReadableStream(
      { start: (controller) => (this.input = controller), pull: () => this.#wanted?.() },
      new CountQueuingStrategy({ highWaterMark: 8 }),
    );
    const decoded = DECODERS[encoding](packed).pipeThrough(
      new TransformStream({
        transform: (bytes, controller) => {
          // The decoder lends its memory and uses it again.
          const own = encoding === "none" ? bytes : bytes.slice();
          this.size += own.byteLength;
          keep?.(own.slice());
          controller.enqueue(own);
        },
        flush: () => this.#whole.resolve(),
      }),
    );
    this.content =
      file.kind === "wasm"
        ? WebAssembly.compileStreaming(
            new Response(decoded, { headers: { "Content-Type": "application/wasm" } }),
          )
        : this.#collect(decoded);
    this.content.catch((error) => this.#whole.reject(error));
    this.#whole.promise.catch(() => {}); // looked at in `finish`
  }

  #wanted;
  #whole = withResolvers();

  async #collect(stream) {
    const result = new Uint8Array(this.file.size);
    let length = 0;
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return result;
      if (length + value.byteLength > result.byteLength) break;
      result.set(value, length);
      length += value.byteLength;
    }
    throw new FileError(`${this.file.url}: more than ${this.file.size} bytes`);
  }

  /** Take the next piece; what comes back settles when another is welcome. */
  async add(bytes) {
    this.hash?.update(bytes);
    try {
      this.input.enqueue(bytes);
    } catch {
      return; // the decoder has given up; `finish` says why
    }
    if (this.input.desiredSize <= 0) await new Promise((resolve) => (this.#wanted = resolve));
  }

  /** Wait until all is decoded, and known to be right. A module may still be compiling. */
  async finish() {
    try {
      this.input.close();
    } catch {
      // the decoder has given up
    }
    const { sha256: expected, size, url } = this.file;
    if (this.hash && bytesToHex(this.hash.digest()) !== expected) {
      throw new FileError(`${url}: its SHA-256 is not ${expected}`);
    }
    await this.#whole.promise;
    if (this.size !== size) throw new FileError(`${url}: ${this.size} bytes, expected ${size}`);
  }
}
