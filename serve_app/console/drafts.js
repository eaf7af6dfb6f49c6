// The draft channel: the newest text goes out, its marks and its answer come back. Knows no element.

const SUBPROTOCOL = "postlens.v1";
const KEY_PREFIX = "postlens.key.";
// Where no channel opens, the page asks as it did before there were any, and tries again later.
const RETRY_MS = 30_000;

export class Drafts {
  #hear;
  #socket;
  #newest;
  #id = 0;
  #unavailableUntil = 0;
  #key = "";

  // `hear` has functions: marks(text, draft), answer(text, answer), problem(problem), and lost()
  // where the newest text will not be answered here.
  constructor(hear) {
    this.#hear = hear;
  }

  // Another key, or none: of a channel of its own.
  useKey(key) {
    this.#key = key;
    this.#unavailableUntil = 0;
    this.#newest = undefined;
    this.#socket?.close();
  }

  // Whether the text will be answered here; what was sent before no longer is.
  send(text) {
    if (performance.now() < this.#unavailableUntil) return false;
    this.#newest = { id: ++this.#id, text, sections: {} };
    if (this.#socket?.readyState === WebSocket.OPEN) this.#sendNewest();
    else if (this.#socket?.readyState !== WebSocket.CONNECTING) this.#open();
    return true;
  }

  #open() {
    const address = new URL("v1/drafts", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const key = this.#key ? [KEY_PREFIX + base64url(this.#key)] : [];
    const socket = new WebSocket(address, [SUBPROTOCOL, ...key]);
    let answered = false;
    socket.addEventListener("open", () => this.#sendNewest());
    socket.addEventListener("message", ({ data }) => {
      answered = true;
      this.#take(JSON.parse(data));
    });
    socket.addEventListener("close", () => this.#closed(socket, answered));
    this.#socket = socket;
  }

  #sendNewest() {
    if (!this.#newest) return;
    const { id, text } = this.#newest;
    this.#socket.send(JSON.stringify({ id, text, offsets: "utf16" }));
  }

  #take({ id, section, value, draft, done, problem }) {
    const newest = this.#newest;
    if (id !== newest?.id) return; // of a text that has changed since
    if (section) newest.sections[section] = value;
    if (draft) this.#hear.marks(newest.text, draft);
    if (done || problem) this.#newest = undefined;
    if (done) this.#hear.answer(newest.text, { ...done, ...newest.sections });
    if (problem) this.#hear.problem(problem);
  }

  // One that has answered is opened again if a text waits: its replica may have ended.
  #closed(socket, answered) {
    if (socket !== this.#socket) return;
    if (!answered) this.#unavailableUntil = performance.now() + RETRY_MS;
    if (!this.#newest) return;
    if (answered) this.#open();
    else this.#hear.lost();
  }
}

const base64url = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
