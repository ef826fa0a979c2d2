// Reckons what the figures say: of every machine its state and availability, of the scope its Pareto and its key figures.

import { clockWords, stateWords } from "../chart/words.js";
import { availability, fleetAvailability, pareto, stateOf } from "../floor/summary.js";

const UNKNOWN = { share: null, stoppedMs: 0, windowMs: 0, stops: 0 };
// What was planned is no alarm.
const CALM = new Set(["planned", "maintenance", "changeover"]);

export class Side {
  /** `page`: {floor, stops, feed, state, tiles, reasons, devices, summary}. After `draw`, `states` and `shares` are those of each row. */
  constructor(page) {
    Object.assign(this, page, { states: new Map(), shares: new Map(), drawnDevices: null });
  }

  /** For the window [from, to); `knownMs` is now, or when the line was cut. */
  draw([from, to], knownMs) {
    const { floor, stops, feed, state } = this;
    // A figure of which a part has not been read yet would be wrong: none is shown.
    const { known } = feed;
    const each = new Map(floor.order.map((row) => [row, known ? availability(row, stops, from, to, knownMs) : UNKNOWN]));
    this.shares = new Map([...each].map(([row, one]) => [row, one.share]));
    this.states = new Map(floor.order.map((row) => [row, this.spoken(stateOf(row, knownMs), knownMs)]));
    const scope = state.current ? [state.current] : floor.order;
    this.tiles.draw({
      scope: state.current ? state.current.name : "All machines",
      window: clockWords(state.view, state.zone, feed.link.phase === "live" ? null : knownMs),
      known,
      availability: fleetAvailability(scope.map((row) => each.get(row))),
      reliability: state.current && !state.current.id ? null : feed.reliability,
      days: feed.reliabilityDays ?? state.days,
    });
    if (known) this.reasons.draw(pareto(scope, stops, from, to, knownMs), state.highlight);
    if (feed.devices && this.drawnDevices !== feed.devices) this.devices.draw((this.drawnDevices = feed.devices));
    this.summary.draw([...this.states.values()], state.only);
  }

  spoken(one, nowMs) {
    const calm = one.state === "down" && CALM.has(this.stops.about(one.event).category);
    return { ...one, state: calm ? "stopped" : one.state, words: stateWords(one, nowMs) };
  }
}
