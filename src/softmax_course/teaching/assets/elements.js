// What every script of a widget uses: texts filled in, elements made.
//
// fill(text, values)                 the text with its {names} replaced
// make(tag, props, ...children)      an HTML element; a property where it has one, else an attribute
// tell(form, right, given)           tells the page what was answered; a page that remembers listens,
//                                    and if it does so late, finds it in form.polyglotUntold
const fill = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const make = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
};
const tell = (form, right, given) => {
  const detail = { id: form.dataset.polyglotQuestion, right, given };
  const isUntold = form.dispatchEvent(
    new CustomEvent("polyglot:answer", { bubbles: true, cancelable: true, detail }));
  if (isUntold) (form.polyglotUntold ??= []).push(detail);
};
