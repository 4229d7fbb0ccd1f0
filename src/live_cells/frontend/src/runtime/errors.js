/** A file is not the one that the page was built with. */
export class FileError extends Error {
  name = "FileError";
}
/** Python was ended while it ran or started. */
export class InterruptedError extends Error {
  name = "InterruptedError";
}
/** The browser gives Python no memory. */
export class MemoryError extends Error {
  name = "MemoryError";
}
