// What comes in for one station: facts, predictions and pictures, turned into actions of state.js; and how old they are.

import { ageMs, hubNowMs, roundTrip, sample, unknownClock } from "../app/clock.js";
import { Coach } from "../app/coach.js";
import { Live } from "../app/live.js";

const PICTURES_PER_S = 15;
const READ_AGAIN_MS = 500;
// Signing a line in anew takes a moment; only a longer one is told as a loss.
const SWITCH_MS = 1500;
// Widths that the hub serves: the smaller one on small screens.
const WIDTHS = [480, 960];

export class StationFeed {
  /** `token` as in socket.js; `take(action)` receives; `picture` is the element that shows the pictures. */
  constructor(token, take, picture) {
    Object.assign(this, { take, picture, clock: unknownClock, ageMs: null, stationId: null, started: false, switchedMs: 0 });
    this.live = new Live(token);
    this.coach = new Coach(token);
    this.phases = { live: "connecting", coach: "connecting" };
    this.live.addEventListener("roundtrip", (event) => (this.clock = roundTrip(this.clock, event.detail)));
    for (const name of ["live", "coach"]) this[name].socket.addEventListener("phase", (event) => this.linked(name, event.detail.phase));
    this.coach.addEventListener("msg", (event) => this.said(event.detail.msg));
  }

  /** Connects. A viewer may watch, and has no business on the coaching socket. */
  start(role) {
    if (this.started) return;
    this.started = true;
    this.live.socket.start();
    if (role === "viewer") delete this.phases.coach;
    else this.coach.socket.start();
  }

  /** Somebody else acts from now on: both lines are signed in anew, and go on from where they were. */
  signInAnew() {
    if (!this.started) return;
    this.switchedMs = Date.now();
    for (const name of Object.keys(this.phases)) this[name].socket.connectNow();
    setTimeout(() => this.tellLink(), SWITCH_MS);
  }

  /** Watches a station from what REST said. `reload` is called when the facts cannot be continued from there. */
  watch(stationId, { unit, position }, reload) {
    this.reload = reload;
    if (this.stationId !== null)
      for (const kind of ["coaching", "predictions", "frames"]) this.live.unsubscribe(`${kind}:${this.stationId}`);
    this.stationId = stationId;
    const width = document.documentElement.clientWidth * devicePixelRatio > 600 ? WIDTHS[1] : WIDTHS[0];
    this.live.subscribe(`coaching:${stationId}`, (heard) => this.coaching(heard), { position });
    this.live.subscribe(`predictions:${stationId}`, (heard) => heard.latest && this.predicted(heard.latest));
    this.live.subscribe(`frames:${stationId}`, (heard) => heard.picture && this.pictured(heard.picture), {
      options: { max_fps: PICTURES_PER_S, max_width: width },
    });
    if (unit && position?.offset) this.coach.follow(unit.recordId, position);
  }

  hubNowMs(now) {
    return hubNowMs(this.clock, now);
  }

  linked(name, phase) {
    this.phases[name] = phase;
    if (phase === "connecting" && Date.now() - this.switchedMs < SWITCH_MS) return;
    this.tellLink();
  }

  tellLink() {
    const worst = ["refused", "lost", "connecting", "live"].find((one) => Object.values(this.phases).includes(one));
    const sentence = this.live.socket.sentence || this.coach.socket.sentence;
    this.take({ type: "link", phase: worst, sentence });
  }

  coaching(heard) {
    if (heard.fact) this.fact(heard.fact.msg ?? heard.fact, heard.position, true);
    if (heard.subscribed && !heard.subscribed.recovered) this.readAgain();
  }

  // The gap could not be filled: what is on the screen may be wrong, so everything is read anew.
  readAgain() {
    clearTimeout(this.again);
    this.again = setTimeout(() => this.reload(), READ_AGAIN_MS);
  }

  fact(msg, position, ask) {
    const status = msg.status ?? msg.type;
    this.take({ type: "fact", msg: { ...msg, status }, position });
    this.coach.reached(position);
    if (status === "COACHING_STARTED") this.coach.follow(msg.assembly_record_id, position, ask);
    if (status === "COACHING_COMPLETE" || status === "COACHING_CANCELLED") this.coach.forget();
  }

  // Facts come on both sockets; each is taken once, by its place in the stream.
  said(msg) {
    if (msg.status === "PREDICTION") return this.take({ type: "prediction", msg });
    if (msg.offset && msg.station_id === this.stationId) return this.fact(msg, { epoch: msg.epoch, offset: msg.offset }, false);
    if (msg.recovered === false) this.readAgain();
    return undefined;
  }

  predicted(latest) {
    const total = latest.latency_ms?.total;
    if (total !== undefined) this.clock = sample(this.clock, Date.now(), latest.captured_at_ns / 1e6, total);
    this.take({ type: "seen", latest });
  }

  pictured(picture) {
    this.picture.show(picture, (shown) => {
      this.ageMs = ageMs(this.clock, Date.now(), shown.captured_at_ns / 1e6);
      this.take({ type: "picture" });
    });
  }
}
