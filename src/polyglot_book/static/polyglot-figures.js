// Shows a figure in a dialog where its link would leave the page. Esc and a tap close it.
(() => {
  "use strict";
  const { close } = document.currentScript.dataset;
  let dialog;

  const build = () => {
    dialog = document.createElement("dialog");
    dialog.className = "polyglot-zoom";
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.textContent = "×";
    button.setAttribute("aria-label", close);
    dialog.append(button, new Image());
    dialog.addEventListener("click", () => dialog.close());
    document.body.append(dialog);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".polyglot-figure");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!dialog) build();
    const { alt } = link.querySelector("img");
    Object.assign(dialog.querySelector("img"), { src: link.href, alt });
    dialog.setAttribute("aria-label", alt);
    event.preventDefault();
    dialog.showModal();
  });
})();
