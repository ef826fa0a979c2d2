// The channels of /live: subscribed again after every reconnect, facts from the position they had reached.

import { Socket } from "./socket.js";

const ANSWER_MS = 8000;

/** Splits a binary picture message: u32 big-endian length, that many bytes of JSON, the JPEG. */
export function unpackPicture(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { ...head, jpeg: new Blob([new Uint8Array(buffer, 4 + length)], { type: "image/jpeg" }) };
}

export class Live extends EventTarget {
  constructor(token) {
    super();
    this.socket = new Socket("/live", token);
    this.channels = new Map();
    this.pending = new Map();
    this.nextId = 1;
    this.socket.addEventListener("ready", () => this.subscribeAll());
    this.socket.addEventListener("message", (event) => this.receive(event.detail));
    this.socket.addEventListener("binary", (event) => this.picture(event.detail));
    this.socket.addEventListener("phase", (event) => this.lost(event.detail));
  }

  /**
   * Listens to a channel until `unsubscribe`. `heard({fact | latest | picture | subscribed | refused})`; `position` {epoch, offset} to
   * go on from; `options` such as max_fps and max_width.
   */
  subscribe(channel, heard, { position = null, options = {} } = {}) {
    this.channels.set(channel, { heard, position, options });
    this.ask(channel);
  }

  unsubscribe(channel) {
    if (this.channels.delete(channel)) this.socket.send({ id: this.nextId++, unsubscribe: { channel } });
  }

  subscribeAll() {
    for (const channel of this.channels.keys()) this.ask(channel);
  }

  ask(channel) {
    const { position, options } = this.channels.get(channel);
    const id = this.nextId++;
    const since = position?.epoch && position?.offset ? { epoch: position.epoch, offset: position.offset } : null;
    if (!this.socket.send({ id, subscribe: { channel, ...options, ...(since ? { since } : {}) } })) return;
    const timer = setTimeout(() => this.pending.delete(id) && this.socket.closed(1006), ANSWER_MS);
    this.pending.set(id, { channel, sentMs: performance.now(), timer });
  }

  receive(message) {
    const asked = this.pending.get(message.id);
    if (asked) this.answered(message, asked);
    const known = this.channels.get(message.channel);
    if (!known) return;
    if (message.event) {
      if (message.offset) known.position = { epoch: message.event.epoch ?? known.position?.epoch, offset: message.offset };
      known.heard({ fact: message.event, position: known.position });
    } else if (message.latest) known.heard({ latest: message.latest });
  }

  answered(message, { channel, sentMs, timer }) {
    clearTimeout(timer);
    this.pending.delete(message.id);
    this.dispatchEvent(new CustomEvent("roundtrip", { detail: performance.now() - sentMs }));
    const known = this.channels.get(channel);
    if (!known) return;
    if (message.error) return known.heard({ refused: message.error });
    const { epoch, offset, recovered, snapshot } = message.subscribed;
    // The missed ones follow from the asked position; only without it, or when it was lost, the answer's position counts.
    if (epoch && (!known.position || !recovered)) known.position = { epoch, offset };
    // A stream that has begun since the page read its (empty) position was missed; one that has not begun was not.
    known.heard({ subscribed: { recovered: recovered || !epoch, snapshot, position: known.position } });
  }

  picture(buffer) {
    const picture = unpackPicture(buffer);
    this.channels.get(picture.channel)?.heard({ picture });
  }

  lost({ phase }) {
    if (phase === "live") return;
    for (const { timer } of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }
}
