// Inside the sandboxed frame: starts the worker from the text that comes, and passes messages on.
addEventListener("message", ({ data, source }) => {
  if (source !== parent || typeof data.worker !== "string") return;
  const blob = new Blob([data.worker], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(blob));
  const pass = (message, target) => {
    const bytes = message.bytes?.buffer;
    target(message, bytes ? [bytes] : []);
  };
  worker.onmessage = ({ data }) => pass(data, (m, list) => parent.postMessage(m, "*", list));
  worker.onerror = ({ message }) => parent.postMessage({ is: "failed", name: "Error", message }, "*");
  addEventListener("message", ({ data, source }) => {
    if (source === parent) pass(data, (m, list) => worker.postMessage(m, list));
  });
}, { once: true });
parent.postMessage({ is: "frame" }, "*");
