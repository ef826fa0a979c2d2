// A finished unit as the screens use it, from operation 115, and its bars. Pure.

import { timestampMs } from "./format.js";

/** {id, title, phase, endedMs, seconds, benchmark, filmed, steps}: `phase` complete or cancelled, times in seconds without pauses,
 *  `benchmark` 0 = it has none. */
export function recordOf(given) {
  return {
    id: given.id,
    title: given.assembly_name || "Unnamed assembly",
    phase: given.status,
    endedMs: timestampMs(given.finished_at ?? given.started_at),
    seconds: given.seconds,
    benchmark: given.benchmark ?? 0,
    filmed: given.filmed ?? false,
    steps: stepsOf(given.step_results),
  };
}

// A step that was begun again stands once: all its visits together.
function stepsOf(visits) {
  const steps = new Map();
  for (const visit of visits) {
    const before = steps.get(visit.step_id) ?? { seconds: 0, wrong: 0, visits: 0 };
    steps.set(visit.step_id, {
      number: visit.number || steps.size + 1,
      name: visit.name || "Unnamed step",
      seconds: before.seconds + visit.seconds,
      benchmark: visit.benchmark ?? 0,
      skipped: visit.status === "SKIPPED",
      wrong: before.wrong + visit.wrong_seen,
      visits: before.visits + 1,
    });
  }
  return [...steps.values()].sort((a, b) => a.number - b.number);
}

/** The bars of a unit on one common scale: `share` and `tick` (the benchmark; null = it has none) 0..1, `tone`, and whether it is over. */
export function barsOf(steps) {
  const longest = Math.max(1, ...steps.map((step) => Math.max(step.seconds, step.benchmark)));
  return steps.map((step) => {
    const over = step.benchmark > 0 && step.seconds > step.benchmark && !step.skipped;
    const tone = step.benchmark === 0 || step.skipped ? "grey" : over ? "warn" : "ok";
    return { step, over, tone, share: step.seconds / longest, tick: step.benchmark ? step.benchmark / longest : null };
  });
}
