// CodeMirror in the place of a cell's code. Colours are those of the book: its own classes.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

/** Pygments' classes, which the book's style sheet colours. */
const PYGMENTS = tagHighlighter([
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.modifier], class: "k" },
  { tag: tags.moduleKeyword, class: "kn" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: tags.operatorKeyword, class: "ow" },
  { tag: [tags.string, tags.special(tags.string)], class: "s2" },
  { tag: tags.number, class: "mi" },
  { tag: tags.comment, class: "c1" },
  { tag: [tags.operator, tags.derefOperator], class: "o" },
  { tag: [tags.punctuation, tags.bracket, tags.separator], class: "p" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: tags.meta, class: "nd" },
  { tag: tags.variableName, class: "n" },
]);

export function openEditor(input, code, { label, onChange, onRun }) {
  const shown = input.querySelector(".highlight");
  const box = document.createElement("div");
  box.className = "live-cells-editor highlight";
  const run = () => {
    onRun();
    return true;
  };
  const view = new EditorView({
    parent: box,
    state: EditorState.create({
      doc: code,
      extensions: [
        history(),
        drawSelection(),
        pythonLanguage,
        syntaxHighlighting(PYGMENTS),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, autocapitalize: "off", autocorrect: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run, preventDefault: true },
            { key: "Ctrl-Enter", run, preventDefault: true },
            { key: "Shift-Enter", run, preventDefault: true },
          ]),
        ),
        // Escape, then Tab goes on in the page: CodeMirror's own way out.
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      ],
    }),
  });
  shown.classList.add("live-cells-hidden");
  shown.after(box);
  return {
    get text() {
      return view.state.doc.toString();
    },
    focus() {
      view.focus();
    },
    close() {
      view.destroy();
      box.remove();
      shown.classList.remove("live-cells-hidden");
    },
  };
}
