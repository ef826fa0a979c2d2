// The figures beside the chart. Pure; the same rules as the hub's: a stop in flight lasts until now, what overlaps counts once.

const CHANGE_MS = 20_000;

/** Spans [[fromMs, toMs], ...] without overlaps, in order. */
export function union(spans) {
  const joined = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

const total = (spans) => union(spans).reduce((sum, [from, to]) => sum + to - from, 0);

/** What of an event lies in [fromMs, toMs), or null. */
export function clip(event, fromMs, toMs) {
  const span = [Math.max(event.fromMs, fromMs), Math.min(event.toMs ?? Infinity, toMs)];
  return span[1] > span[0] ? span : null;
}

/**
 * Availability = (window - union of downtime records) / window, up to now. Null where nothing of the window has passed.
 * Returns {share, stoppedMs, windowMs, stops} of one row.
 */
export function availability(row, stops, fromMs, toMs, nowMs) {
  const until = Math.min(toMs, nowMs);
  if (until <= fromMs) return { share: null, stoppedMs: 0, windowMs: 0, stops: 0 };
  const spans = [];
  row.lanes.activity_reason.each(fromMs, until, (event) => {
    const span = clip(event, fromMs, until);
    if (span && stops.about(event).record) spans.push(span);
  });
  const stoppedMs = total(spans);
  const windowMs = until - fromMs;
  return { share: 1 - stoppedMs / windowMs, stoppedMs, windowMs, stops: spans.length };
}

/** The same for many rows: sum over sum, not mean of means. */
export function fleetAvailability(each) {
  const sum = (name) => each.reduce((all, one) => all + one[name], 0);
  const windowMs = sum("windowMs");
  return { share: windowMs ? 1 - sum("stoppedMs") / windowMs : null, stoppedMs: sum("stoppedMs"), windowMs, stops: sum("stops") };
}

/**
 * Reasons by their time in the window, longest first: [{label, category, ms, count, share, cumulative}]. At one machine a reason counts
 * once where it overlaps itself.
 */
export function pareto(rows, stops, fromMs, toMs, nowMs) {
  const until = Math.min(toMs, nowMs);
  const reasons = new Map();
  for (const row of rows)
    row.lanes.activity_reason.each(fromMs, until, (event) => {
      const span = clip(event, fromMs, until);
      if (!span) return;
      const { category } = stops.about(event);
      if (category === "confirmed") return;
      const label = event.label || "No reason given";
      const key = `${category} ${label}`;
      if (!reasons.has(key)) reasons.set(key, { label, category, count: 0, machines: new Map() });
      const reason = reasons.get(key);
      reason.count++;
      reason.machines.set(row, [...(reason.machines.get(row) ?? []), span]);
    });
  const bars = [...reasons.values()].map(({ label, category, count, machines }) => {
    return { label, category, count, ms: [...machines.values()].reduce((sum, spans) => sum + total(spans), 0) };
  });
  bars.sort((a, b) => b.ms - a.ms || (a.label < b.label ? -1 : 1));
  const all = bars.reduce((sum, bar) => sum + bar.ms, 0);
  let reached = 0;
  return bars.map((bar) => ({ ...bar, share: bar.ms / all, cumulative: (reached += bar.ms) / all }));
}

/** What a machine does now: {state: down|running|idle|off|unknown, sinceMs, event}. */
export function stateOf(row, nowMs) {
  const reason = row.running("activity_reason");
  if (reason && reason.fromMs <= nowMs) return { state: "down", sinceMs: reason.fromMs, event: reason };
  const work = row.running("cycle") ?? row.running("step");
  if (work && work.fromMs <= nowMs) return { state: "running", sinceMs: work.fromMs, event: work };
  const shifts = row.lanes.shift_period;
  const off = shifts.events.length > 0 && shifts.at(nowMs) === null;
  const sinceMs = lastEnd(row, nowMs);
  // Between two cycles a part is changed: that is work, and a state that flickers is not read.
  const changing = sinceMs !== null && nowMs - sinceMs < CHANGE_MS && lastEnd(row, nowMs, ["cycle", "step"]) === sinceMs;
  if (changing) return { state: "running", sinceMs, event: null };
  if (sinceMs === null && shifts.events.length === 0) return { state: "unknown", sinceMs: null, event: null };
  return { state: off ? "off" : "idle", sinceMs, event: null };
}

function lastEnd(row, nowMs, types = ["cycle", "step", "activity_reason"]) {
  let last = null;
  for (const type of types) {
    const { events } = row.lanes[type];
    // The lanes lie in order of start; the newest few hold the last end.
    for (const event of events.slice(-8)) if (event.toMs !== null && event.toMs <= nowMs) last = Math.max(last ?? 0, event.toMs);
  }
  return last;
}

/** A length in words that stay short: "40 s", "12 min", "3 h 05", "78 h". */
export function lengthWords(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`;
  return `${Math.floor(s / 3600)} h`;
}
