// What one prediction means on the screen, and how long it must last before the screen says so. Pure.

const VIEWS = { seen: "seen", wrong: "wrong", not_sure: "unsure", hands: "hands" };

/** Looks: waiting, seen, wrong, unsure, hands. `stepNumber` is the place of the step now, from 1. */
export function lookOf(msg, stepNumber) {
  // The hub's own view is settled over many frames and counts first.
  if (msg.step?.view) return VIEWS[msg.step.view] ?? "waiting";
  const value = msg.prediction_label?.value ?? "";
  if (msg.step?.status === "OCCLUDED" || value === "occluded") return "hands";
  if (msg.step?.status === "INCORRECT" || value === "wrong" || value.startsWith("incorrect")) return "wrong";
  if (value === "not_sure") return "unsure";
  const mine = !msg.prediction_label?.name || msg.prediction_label.name === `step-${stepNumber}`;
  if (mine && (value === "good" || value.startsWith("good_"))) return "seen";
  return "waiting";
}

// An alarm that comes and goes with single frames is soon ignored: it must last, and then it stays long enough to be read.
const LASTS_MS = { waiting: 400, seen: 0, wrong: 300, unsure: 600, hands: 250 };
const STAYS_MS = { waiting: 0, seen: 250, wrong: 900, unsure: 900, hands: 400 };

/** What is shown and what may follow; `settle` gives the next one. */
export const calm = Object.freeze({ shown: "waiting", sinceMs: 0, next: null, nextSinceMs: 0 });

/** Shows a look at once: the hub has settled it. */
export function trust(state, look, nowMs) {
  return look === state.shown ? state : { shown: look, sinceMs: nowMs, next: null, nextSinceMs: 0 };
}

/** Takes in one look at `nowMs`. */
export function settle(state, look, nowMs) {
  if (look === state.shown) return state.next === null ? state : { ...state, next: null };
  if (look !== state.next) state = { ...state, next: look, nextSinceMs: nowMs };
  const lasted = nowMs - state.nextSinceMs >= LASTS_MS[look];
  const read = nowMs - state.sinceMs >= STAYS_MS[state.shown];
  return lasted && read ? { shown: look, sinceMs: nowMs, next: null, nextSinceMs: 0 } : state;
}
