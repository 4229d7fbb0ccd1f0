// The worker that runs Python. It has no network: its files come by messages.
//
// in:   {do: "open", mounts}    the folders that Python sees; files come into them
//       {do: "file", file, encoding, keep} {do: "chunk", bytes} {do: "end"}   a file, in pieces;
//                              one that the page has kept has no encoding and is one piece
//       {do: "start", argv, env, code}    when all files of the first tier are there
//       {do: "run", code}      {do: "put", path, bytes}
// out:  {is: "decoded", bytes}  {is: "file"}  {is: "started"}  {is: "output", stream, bytes}
//       {is: "done", status}  {is: "put"}  {is: "failed", name, message}
import { FileError, KeptFile, Receiver } from "./receiver.js";
import { Interpreter } from "./interpreter.js";

const interpreter = new Interpreter(send);
let receiver;

function send(message, transfer = []) {
  postMessage(message, transfer);
}

const actions = {
  async open({ mounts }) {
    interpreter.files.open(mounts);
  },
  async file({ file, encoding, keep }) {
    const toPage = (bytes) => send({ is: "decoded", bytes }, [bytes.buffer]);
    receiver = encoding ? new Receiver(file, encoding, keep ? toPage : null) : new KeptFile(file);
  },
  async chunk({ bytes }) {
    await receiver.add(bytes);
  },
  async end() {
    const { file, content } = receiver;
    await receiver.finish();
    if (file.kind === "wasm") interpreter.module = content;
    else interpreter.files.unpack(file.mount, await content);
    receiver = null;
    send({ is: "file" });
  },
  async start({ argv, env, code }) {
    await interpreter.start(argv, env);
    const status = interpreter.turn(code);
    if (status) throw new Error(`the first code ended with status ${status}`);
    send({ is: "started", bytes: interpreter.memoryInUse() });
  },
  async run({ code }) {
    send({ is: "done", status: interpreter.turn(code), bytes: interpreter.memoryInUse() });
  },
  async put({ path, bytes }) {
    interpreter.files.put(path, bytes);
    send({ is: "put" });
  },
};

// One after another: pieces of a file may come while those before them are being decoded.
let last = Promise.resolve();
onmessage = ({ data }) => {
  last = last
    .then(() => actions[data.do](data))
    .catch((error) => {
      const name = error instanceof FileError ? error.name : (error?.name ?? "Error");
      send({ is: "failed", name, message: String(error?.message ?? error) });
    });
};
send({ is: "ready" });
