// The files that Python sees: folders in memory, filled from tar archives.
import { Directory, File, PreopenDirectory } from "@bjorn3/browser_wasi_shim";
import { parseTar } from "nanotar";

/** A file of the shim over bytes that are there already: its constructor would copy them. */
function fileOf(bytes) {
  const file = new File(new ArrayBuffer(0));
  file.data = bytes;
  return file;
}

/** A folder of the shim that says that it may be written: `os.access` asks for it. */
class Folder extends PreopenDirectory {
  fd_fdstat_get() {
    const answer = super.fd_fdstat_get();
    answer.fdstat.fs_rights_base = answer.fdstat.fs_rights_inherited = EVERY_RIGHT;
    return answer;
  }
}
const EVERY_RIGHT = 2n ** 64n - 1n;

export class Files {
  #mounts = new Map(); // path → PreopenDirectory

  /** Open folders under these paths. Python learns of them as it starts, of none later. */
  open(paths) {
    for (const path of paths) this.#mounts.set(path, new Folder(path, new Map()));
  }

  get folders() {
    return [...this.#mounts.values()];
  }

  unpack(mount, bytes) {
    for (const { name, type, data } of parseTar(bytes)) {
      if (type === "file") this.put(`${mount}/${name}`, data);
    }
  }

  put(path, bytes) {
    const inside = (mount) => path.startsWith(`${mount}/`);
    const [mount] = [...this.#mounts.keys()].filter(inside).sort((a, b) => b.length - a.length);
    if (!mount) throw new Error(`${path}: in none of the folders ${[...this.#mounts.keys()]}`);
    this.#add(this.#mounts.get(mount).dir, path.slice(mount.length + 1), bytes);
  }

  #add(folder, name, bytes) {
    const parts = name.split("/").filter((part) => part && part !== ".");
    const last = parts.pop();
    for (const part of parts) {
      let next = folder.contents.get(part);
      if (!next) {
        next = new Directory(new Map());
        next.parent = folder;
        folder.contents.set(part, next);
      }
      folder = next;
    }
    folder.contents.set(last, fileOf(bytes ?? new Uint8Array()));
  }
}
