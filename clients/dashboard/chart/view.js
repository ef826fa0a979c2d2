// The window that the chart shows: {toMs, spanMs, follow}. Pure; every function gives the next one.

export const SHORTEST_MS = 300_000;
export const LONGEST_MS = 86_400_000;
export const SPANS = [
  [300_000, "5 min"],
  [900_000, "15 min"],
  [3_600_000, "1 h"],
  [14_400_000, "4 h"],
  [28_800_000, "8 h"],
  [86_400_000, "Day"],
];
// While it follows, now stands a little before the right edge, so that a growing bar is seen to grow.
const AHEAD = 0.045;
// Planned stops and shifts lie ahead; more than half a window of future shows nothing.
const FUTURE = 0.5;

const limited = (spanMs) => Math.min(LONGEST_MS, Math.max(SHORTEST_MS, spanMs));

/** A window that ends with now and goes on with it. */
export function following(spanMs, nowMs) {
  const span = limited(spanMs);
  return { spanMs: span, toMs: nowMs + span * AHEAD, follow: true };
}

/** The window a moment later. */
export function onward(view, nowMs) {
  return view.follow ? following(view.spanMs, nowMs) : view;
}

/** `factor` > 1 shows more time. `share` 0..1 of the width stays where it is; a window that follows keeps following. */
export function zoomed(view, factor, share, nowMs) {
  const span = limited(view.spanMs * factor);
  if (view.follow) return following(span, nowMs);
  const fixed = view.toMs - view.spanMs * (1 - share);
  return kept({ spanMs: span, toMs: fixed + span * (1 - share), follow: false }, nowMs);
}

/** Moves by a share of the window; positive goes to later. */
export function panned(view, share, nowMs) {
  return kept({ ...view, toMs: view.toMs + view.spanMs * share, follow: false }, nowMs);
}

/** The window moved so that a moment is in it. */
export function showing(view, ms, nowMs) {
  const fromMs = view.toMs - view.spanMs;
  if (ms >= fromMs && ms <= view.toMs) return view;
  return kept({ ...view, toMs: ms + view.spanMs / 2, follow: false }, nowMs);
}

export const fromMs = (view) => view.toMs - view.spanMs;

function kept(view, nowMs) {
  return { ...view, toMs: Math.min(view.toMs, nowMs + view.spanMs * FUTURE) };
}
