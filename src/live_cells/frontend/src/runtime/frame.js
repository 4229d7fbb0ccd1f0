// The frame that the worker lives in: sandboxed, without an origin, without a network.
import workerText from "worker-text";

/** Under load a browser does not always start a worker: then a new frame does. */
const TRIES = 4;
const PATIENCE = 8000;

const POLICY = `<meta http-equiv="Content-Security-Policy" content="connect-src 'none'">`;

export class Frame {
  /** `listen` gets every message of the worker. */
  constructor(listen) {
    this.listen = listen;
  }

  async open() {
    for (let left = TRIES; left; left -= 1) {
      if (await this.#try(left === 1 ? 4 * PATIENCE : PATIENCE)) return;
      if (!this.element) return; // closed by who waits for it
      this.close();
    }
    throw new Error("the browser does not start a worker");
  }

  #try(patience) {
    const element = document.createElement("iframe");
    element.sandbox = "allow-scripts";
    element.hidden = true;
    element.title = "Python";
    element.setAttribute("aria-hidden", "true");
    element.srcdoc = POLICY + document.getElementById("live-cells-frame").innerHTML;
    this.element = element;
    const ready = new Promise((resolve) => {
      this.receive = ({ data, source }) => {
        if (source !== element.contentWindow) return;
        if (data.is === "frame") this.send({ worker: workerText });
        else if (data.is === "ready") resolve(true);
        else this.listen(data);
      };
      setTimeout(resolve, patience, false);
    });
    addEventListener("message", this.receive);
    document.body.append(element);
    return ready;
  }

  send(message, transfer = []) {
    this.element.contentWindow.postMessage(message, "*", transfer);
  }

  /** The worker ends with its frame. */
  close() {
    removeEventListener("message", this.receive);
    this.element?.remove();
    this.element = null;
  }
}
