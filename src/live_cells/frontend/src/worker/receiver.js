// A file on its way: hashed as it comes, decoded, compiled if it is a module.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { XzReadableStream } from "xz-decompress";

/** A file that is not what the page was built with. */
export class FileError extends Error {
  name = "FileError";
}

const BLOCK = 1 << 20;

const DECODERS = {
  gz: (stream) => stream.pipeThrough(new DecompressionStream("gzip")),
  xz: (stream) => new XzReadableStream(stream),
};

/** Decoders give small pieces, of memory that they use again: make few large ones of them. */
class Blocks {
  #block = null;
  #filled = 0;

  constructor(pass) {
    this.pass = pass;
  }

  add(bytes, controller) {
    if (bytes.byteLength >= BLOCK) {
      this.end(controller);
      this.pass(bytes.slice(), controller);
      return;
    }
    for (let taken = 0; taken < bytes.byteLength; ) {
      this.#block ??= new Uint8Array(BLOCK);
      const part = bytes.subarray(taken, taken + BLOCK - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.byteLength;
      taken += part.byteLength;
      if (this.#filled === BLOCK) this.end(controller);
    }
  }

  end(controller) {
    if (!this.#filled) return;
    this.pass(this.#block.subarray(0, this.#filled), controller);
    this.#block = null;
    this.#filled = 0;
  }
}

function withResolvers() {
  const result = {};
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

export class Receiver {
  /** `keep` is called with copies of the decoded pieces, for a store of the page's. */
  constructor(file, encoding, keep) {
    this.file = file;
    this.hash = sha256.create();
    this.size = 0;
    const packed = new ReadableStream(
      { start: (controller) => (this.input = controller), pull: () => this.#wanted?.() },
      new CountQueuingStrategy({ highWaterMark: 8 }),
    );
    const blocks = new Blocks((block, controller) => {
      this.size += block.byteLength;
      keep?.(block.slice());
      controller.enqueue(block);
    });
    const decoded = DECODERS[encoding](packed).pipeThrough(
      new TransformStream({
        transform: (bytes, controller) => blocks.add(bytes, controller),
        flush: (controller) => {
          blocks.end(controller);
          this.#whole.resolve();
        },
      }),
    );
    this.content =
      file.kind === "wasm"
        ? WebAssembly.compileStreaming(
            new Response(decoded, { headers: { "Content-Type": "application/wasm" } }),
          )
        : this.#collect(decoded);
    this.#ended = this.content.then(
      () => {},
      (error) => this.#whole.reject(error),
    );
    this.#whole.promise.catch(() => {}); // looked at in `finish`
  }

  #wanted;
  #ended;
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
    this.hash.update(bytes);
    try {
      this.input.enqueue(bytes);
    } catch {
      return; // the decoder has given up; `finish` says why
    }
    if (this.input.desiredSize > 0) return;
    const wanted = new Promise((resolve) => (this.#wanted = resolve));
    await Promise.race([wanted, this.#ended]); // a decoder that gives up wants nothing any more
  }

  /** Wait until all is decoded, and known to be right. A module may still be compiling. */
  async finish() {
    try {
      this.input.close();
    } catch {
      // the decoder has given up
    }
    const { sha256: expected, size, url } = this.file;
    if (bytesToHex(this.hash.digest()) !== expected) {
      throw new FileError(`${url}: its SHA-256 is not ${expected}`);
    }
    await this.#whole.promise;
    if (this.size !== size) throw new FileError(`${url}: ${this.size} bytes, expected ${size}`);
  }
}

/**
 * A file that the page has kept: decoded, known to be right, in one piece.
 *
 * A module is compiled from that piece: streamed in blocks it takes half as long again, and the
 * archives wait behind it.
 */
export class KeptFile {
  constructor(file) {
    this.file = file;
  }

  async add(bytes) {
    this.content = this.file.kind === "wasm" ? WebAssembly.compile(bytes) : Promise.resolve(bytes);
    this.content.catch(() => {}); // who waits for it is told
    this.size = bytes.byteLength;
  }

  async finish() {
    const { size, url } = this.file;
    if (this.size !== size) throw new FileError(`${url}: ${this.size} bytes are kept, expected ${size}`);
  }
}
