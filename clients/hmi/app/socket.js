// One websocket that comes back by itself: authenticates, answers the heartbeat, renews its token, and closes or tries again as the
// close code says.

import { delayMs, verdict } from "./backoff.js";

// The hub sends a ping every 25 s: after 35 s of silence the line is dead, whatever the browser believes.
const SILENCE_MS = 35_000;
const STEADY_MS = 5_000;

/**
 * Events (as `listener(event)`): "ready" {role}, "message" (parsed JSON), "binary" (ArrayBuffer), "phase".
 * `phase` is "connecting", "live", "lost" (`retryAtMs`) or "refused" (`sentence`).
 */
export class Socket extends EventTarget {
  /** `path` of the hub; `token(renew)` resolves to a token, `renew` asks for a fresh one. */
  constructor(path, token) {
    super();
    Object.assign(this, { path, token, phase: "connecting", attempt: 0, lostAtMs: null, retryAtMs: null, sentence: "", renew: false });
    /** When the hub was last heard, by the browser's clock: what is shown is known up to then. */
    this.heardAtMs = null;
    this.comeBack = () => this.phase === "lost" && this.connectNow();
  }

  start() {
    addEventListener("online", this.comeBack);
    this.connectNow();
  }

  stop() {
    removeEventListener("online", this.comeBack);
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.drop();
  }

  /** Tries at once: a person asked, or the network is back. */
  connectNow() {
    clearTimeout(this.timer);
    this.drop();
    this.change("connecting");
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const line = new WebSocket(url, ["takt.v1.json"]);
    this.line = line;
    line.binaryType = "arraybuffer";
    line.onopen = () => this.authenticate(line, this.renew);
    line.onmessage = (message) => line === this.line && this.receive(line, message.data);
    line.onclose = (close) => line === this.line && this.closed(close.code);
    this.watch();
  }

  /** Sends when live; false says that it was not sent. */
  send(message) {
    if (this.phase !== "live") return false;
    this.line.send(JSON.stringify(message));
    return true;
  }

  async authenticate(line, renew) {
    try {
      const token = await this.token(renew);
      if (line.readyState === WebSocket.OPEN) line.send(JSON.stringify({ auth: { token } }));
    } catch (error) {
      if (line === this.line) this.closed(error.status === 401 ? 4401 : 1006);
    }
  }

  receive(line, data) {
    this.watch();
    this.heardAtMs = Date.now();
    if (data instanceof ArrayBuffer) return this.tell("binary", data);
    const message = JSON.parse(data);
    if (message.ping !== undefined) return line.send(JSON.stringify({ pong: message.ping }));
    if (message.auth) return this.welcomed(message.auth);
    if (message.expires_in !== undefined) return this.authenticate(line, true);
    return this.tell("message", message);
  }

  welcomed(auth) {
    if (this.phase === "live") return;
    this.renew = false;
    this.steady = setTimeout(() => (this.attempt = 0), STEADY_MS);
    this.lostAtMs = null;
    this.change("live");
    this.tell("ready", auth);
  }

  closed(code) {
    this.drop();
    this.lostAtMs ??= Date.now();
    // An expired token is worth one try with a fresh one; a fresh one that is refused is final.
    if (code === 4401 && !this.renew) {
      this.renew = true;
      return this.connectNow();
    }
    const { retry, sentence } = verdict(code);
    this.sentence = sentence;
    if (!retry) return this.change("refused", code);
    const wait = delayMs(this.attempt++, Math.random());
    this.retryAtMs = Date.now() + wait;
    this.timer = setTimeout(() => this.connectNow(), wait);
    return this.change("lost", code);
  }

  drop() {
    clearTimeout(this.silence);
    clearTimeout(this.steady);
    const line = this.line;
    this.line = null;
    line?.close();
  }

  watch() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.closed(1006), SILENCE_MS);
  }

  change(phase, code = 0) {
    // While it tries again the screen goes on saying "lost": it is not live before it is live.
    if (this.phase === phase) return;
    this.phase = phase;
    this.tell("phase", { phase, code });
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
