// Words for what the chart shows. Pure.

import { lengthWords } from "../floor/summary.js";

export const TYPE_WORDS = {
  cycle: "Cycle",
  step: "Step",
  part_count: "Parts",
  shift_period: "Shift",
  activity_reason: "Stop",
  work_order_operation: "Work order",
};

/** A share as people read availability: "97.3 %", "100 %", "–" when nothing is known. Rounded down: no stop is hidden by rounding. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share >= 1) return "100 %";
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/** "Stop: Bearing failure, 14:02:11 to now, 12 min". */
export function eventWords(event, zone, nowMs) {
  const end = event.toMs === null ? "now" : zone.moment(event.toMs, nowMs);
  const length = lengthWords((event.toMs ?? nowMs) - event.fromMs);
  const when = event.toMs === event.fromMs ? zone.moment(event.fromMs, nowMs) : `${zone.moment(event.fromMs, nowMs)} to ${end}, ${length}`;
  return `${TYPE_WORDS[event.type]}${event.label ? `: ${event.label}` : ""}, ${when}`;
}

/** What a machine does now, for its row: [in short, what else there is to say]. */
export function stateWords({ state, sinceMs, event }, nowMs) {
  const since = sinceMs === null ? "" : lengthWords(nowMs - sinceMs);
  if (state === "down" || state === "stopped") return [since, event.label ? ` · ${event.label}` : " · no reason given"];
  if (state === "running") return ["Running", ""];
  if (state === "idle") return [`Idle ${since}`, ""];
  if (state === "off") return ["Off shift", ""];
  return ["Nothing heard", ""];
}

/** The window in words: "10:00 – 14:00"; `untilMs` when not even now is known. */
export function clockWords(view, zone, untilMs = null) {
  const seconds = view.spanMs < 900_000;
  const end = view.follow && untilMs === null ? "now" : zone.time(Math.min(view.toMs, untilMs ?? view.toMs), seconds);
  return `${zone.time(view.toMs - view.spanMs, seconds)} – ${end}`;
}

/** Its day, or both of them. */
export function dayWords(view, zone) {
  const [from, to] = [zone.date(view.toMs - view.spanMs), zone.date(view.toMs)];
  return from === to ? to : `${from} – ${to}`;
}
