// An error in one line of the page's language, for the commonest: what it means, where to look.
import { say } from "./words.js";

const GLOSSES = {
  NameError: [
    /name '(.+?)' is not defined/,
    "Python does not know the name “{0}”: look for a slip of the pen, or run the cell that defines it.",
  ],
  ModuleNotFoundError: [/No module named '(.+?)'/, "There is no module “{0}” here: the page brings only those that the book uses."],
  KeyError: [/(.+)/, "The dictionary has no key {0}."],
  AttributeError: [/has no attribute '(.+?)'/, "The object before the dot has nothing called “{0}”."],
  SyntaxError: [null, "Python cannot read this line: look for a bracket, a quote or a colon that is missing, there or just before."],
  IndentationError: [null, "The spaces at the beginning of the line are wrong: lines of one block start at the same place."],
  TabError: [null, "The spaces at the beginning of the line are wrong: lines of one block start at the same place."],
  TypeError: [null, "A value of the wrong kind: this operation or function does not take it, or got too many or too few arguments."],
  ValueError: [null, "The kind of value is right, but not the value itself: look at shapes, signs and ranges."],
  ZeroDivisionError: [null, "Something is divided by zero."],
  IndexError: [null, "The index is beyond the end: counting starts at 0, so the last one is the length minus 1."],
  ImportError: [null, "The module is there, but not the name that is imported from it."],
  AssertionError: [null, "The condition after assert is not true."],
  RecursionError: [null, "The function calls itself without end: the case that stops it is missing."],
  MemoryError: [null, "Not enough memory: make the arrays smaller."],
};

export function gloss(name, message) {
  const [pattern, text] = GLOSSES[name] ?? [];
  if (!text) return "";
  const found = pattern?.exec(message ?? "");
  if (pattern && !found) return "";
  return say(text, { 0: found?.[1] });
}
