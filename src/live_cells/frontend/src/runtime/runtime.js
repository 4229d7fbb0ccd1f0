// What the page asks of a Python in the browser. Another one, such as Pyodide, would take the place
// of WasiRuntime with a class that has the same methods.
//
// start(onProgress)          until code can be run; onProgress({phase, loaded, total}), bytes
// loadTier(name, onProgress) more files, such as those for figures
// run(request, onMessage)    run a cell, {source, name}; resolves to {status, needs}: a tier's name
//                            where the cell has to be run again once that tier is there
// putFile(path, bytes)       give Python a file
// interrupt()                end it at once; all its names are gone
// resume()                   go on with a download that has stopped
import { WasiRuntime } from "./wasi.js";

export { FileError, InterruptedError, MemoryError } from "./errors.js";

export const createRuntime = (settings) => new WasiRuntime(settings);
