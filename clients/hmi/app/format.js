// Numbers as people read them. Pure.

/** Seconds as 0:14 or 12:05; hours as 1:02:03. */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${s}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
}

/** Share 0..1 as whole percent. */
export function percent(share) {
  return `${Math.round(Math.min(1, Math.max(0, share || 0)) * 100)} %`;
}

/** Whole seconds in words: "4 s", "2 min". */
export function sinceWords(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 120 ? `${s} s` : `${Math.floor(s / 60)} min`;
}

/** "1 picture", "42 pictures". */
export function count(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`;
}

/** A protobuf timestamp {seconds: "string", nanos} or an ISO time in ms, or null. */
export function timestampMs(value) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "object") return Number(value.seconds) * 1000 + (value.nanos ?? 0) / 1e6;
  if (typeof value === "number") return value;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? null : parsed;
}
