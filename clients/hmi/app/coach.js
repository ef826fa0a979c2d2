// The coaching socket: start, interrupt, and the predictions with their evidence.

import { Socket } from "./socket.js";

const ANSWER_MS = 8000;
const READY_MS = 3000;

/** An error that the hub answered, with its code. */
export class Refused extends Error {
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

export class Coach extends EventTarget {
  constructor(token) {
    super();
    this.socket = new Socket("/coach", token);
    this.waiting = new Map();
    this.nextId = 1;
    this.socket.addEventListener("ready", () => this.goOn());
    this.socket.addEventListener("message", (event) => this.receive(event.detail));
    this.socket.addEventListener("phase", (event) => event.detail.phase !== "live" && this.failAll());
  }

  /** Follows a record from a position: its facts and predictions come as "msg" events; again after every reconnect. `ask` false when
   *  this socket hears of it already, because it started it. */
  follow(recordId, position, ask = true) {
    if (this.recordId === recordId) return;
    this.recordId = recordId;
    this.position = position;
    if (ask) this.goOn();
  }

  /** The record has ended: nothing is asked for after a reconnect. */
  forget() {
    this.recordId = null;
  }

  /** Moves the position on, so that a reconnect asks only for what was missed. */
  reached(position) {
    this.position = position;
  }

  goOn() {
    if (this.recordId && this.position) this.socket.send({ resume: { assembly_record_id: this.recordId, ...this.position } });
  }

  start(request) {
    return this.request({ start: request });
  }

  interrupt(request) {
    return this.request({ interrupt: request });
  }

  async request(body) {
    if (this.socket.phase === "connecting") await this.ready();
    return this.send(body);
  }

  // The page may be quicker than its socket.
  ready() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, READY_MS);
      this.socket.addEventListener("phase", () => resolve(clearTimeout(timer)), { once: true });
    });
  }

  send(body) {
    return new Promise((resolve, reject) => {
      const id = `screen-${this.nextId++}`;
      if (!this.socket.send({ id, ...body })) return reject(new Refused("not_connected", "Not connected. Nothing was changed."));
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Refused("no_answer", "The hub did not answer in time. Look whether it happened before you try again."));
      }, ANSWER_MS);
      this.waiting.set(id, { resolve, reject, timer });
    });
  }

  receive(message) {
    const msg = message.msg ?? {};
    const asked = this.waiting.get(message.id ?? msg.id);
    if (asked) {
      this.waiting.delete(message.id ?? msg.id);
      clearTimeout(asked.timer);
      if (message.status === "error") asked.reject(new Refused(msg.error ?? msg.code, msg.message ?? "The hub refused."));
      else asked.resolve(msg);
    }
    this.dispatchEvent(new CustomEvent("msg", { detail: { ok: message.status !== "error", msg } }));
  }

  failAll() {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new Refused("not_connected", "The connection broke. Look whether it happened before you try again."));
    }
    this.waiting.clear();
  }
}
