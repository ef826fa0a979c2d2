// The hub's clock as seen from the browser. The two may differ by minutes; the screen must still tell how old a picture is.
//
// Every prediction says how long it took until the hub sent it. What is left of (received - captured - taken) is the difference of
// the clocks plus the way through the network; the least of the last samples holds the least of the network, of which half the
// shortest round trip is taken off (as NTP does).

const KEEP = 64;

/** A new estimate; values are never changed, `sample` and `roundTrip` give the next one. */
export const unknownClock = Object.freeze({ samples: [], roundTripMs: Infinity });

/** One message that says how long it had taken when it left the hub. Times in ms. */
export function sample(clock, receivedMs, capturedMs, takenMs) {
  const rest = receivedMs - capturedMs - takenMs;
  return { ...clock, samples: [...clock.samples, rest].slice(-KEEP) };
}

/** One request and its answer. */
export function roundTrip(clock, ms) {
  return { ...clock, roundTripMs: Math.min(clock.roundTripMs, ms) };
}

/** Browser clock minus hub clock in ms; 0 while nothing is known. */
export function offsetMs(clock) {
  if (clock.samples.length === 0) return 0;
  const way = Number.isFinite(clock.roundTripMs) ? clock.roundTripMs / 2 : 0;
  const least = Math.min(...clock.samples);
  // Clocks that agree within the way of a message are taken as equal: nothing is subtracted that may be real delay.
  return Math.abs(least) <= Math.max(way, 25) ? 0 : least - way;
}

/** Age in ms of something captured at `capturedMs`, or null when it cannot be known (clocks differ and nothing was measured yet). */
export function ageMs(clock, nowMs, capturedMs) {
  const age = nowMs - offsetMs(clock) - capturedMs;
  if (clock.samples.length === 0 && (age < -50 || age > 60_000)) return null;
  return Math.max(0, age);
}

/** The hub's time in ms. */
export function hubNowMs(clock, nowMs) {
  return nowMs - offsetMs(clock);
}
