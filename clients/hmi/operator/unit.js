// The unit that is being built, as facts tell it. Pure: `apply` takes one fact and gives the next unit.

import { timestampMs } from "../app/format.js";

/** Orders two stream offsets ("1716800000000-3"). */
export function compareOffsets(a, b) {
  const [am, as] = String(a).split("-").map(Number);
  const [bm, bs] = String(b).split("-").map(Number);
  return am - bm || (as || 0) - (bs || 0);
}

/** True when a fact at `position` was taken in before. */
export function isKnown(known, position) {
  return Boolean(known && position?.offset && known.epoch === position.epoch && compareOffsets(position.offset, known.offset) <= 0);
}

function started(msg) {
  const at = timestampMs(msg.created_at);
  return {
    recordId: msg.assembly_record_id,
    assemblyId: msg.assembly_id,
    operator: "",
    isAuto: true,
    isFilmed: false,
    phase: "active",
    stepId: String(msg.step?.id ?? ""),
    stepStartedMs: timestampMs(msg.step?.started_at) ?? at,
    startedMs: at,
    finishedMs: null,
    pausedMs: null,
    pauseReason: "",
    results: [],
    justDone: null,
  };
}

function finished(unit, msg, status) {
  const at = timestampMs(msg.created_at);
  const from = timestampMs(msg.step?.started_at) ?? unit.stepStartedMs;
  const result = { stepId: String(msg.step?.id ?? unit.stepId), status, seconds: Math.max(0, (at - from) / 1000) };
  return { ...unit, results: [...unit.results.filter((other) => other.stepId !== result.stepId), result] };
}

function entered(unit, msg) {
  const stepId = String(msg.step?.id ?? unit.stepId);
  return {
    ...unit,
    stepId,
    stepStartedMs: timestampMs(msg.step?.started_at) ?? timestampMs(msg.created_at),
    results: unit.results.filter((result) => result.stepId !== stepId),
  };
}

function resumed(unit, msg) {
  const at = timestampMs(msg.created_at);
  // The time that the pause took does not count against the benchmark.
  const away = unit.pausedMs === null ? 0 : Math.max(0, at - unit.pausedMs);
  return { ...unit, phase: "active", pausedMs: null, pauseReason: "", stepStartedMs: unit.stepStartedMs + away };
}

const FACTS = {
  STEP_COMPLETE: (unit, msg) => ({ ...finished(unit, msg, "COMPLETE"), justDone: { stepId: String(msg.step?.id ?? unit.stepId) } }),
  STEP_INTERRUPT: (unit, msg) => (msg.step?.status === "SKIPPED" ? finished(unit, msg, "SKIPPED") : unit),
  STEP_ADVANCE: entered,
  COACHING_PAUSED: (unit, msg) => ({ ...unit, phase: "paused", pausedMs: timestampMs(msg.created_at), pauseReason: msg.error ?? "" }),
  COACHING_RESUMED: resumed,
  COACHING_CANCELLED: (unit, msg) => ({ ...unit, phase: "cancelled", finishedMs: timestampMs(msg.created_at) }),
  COACHING_COMPLETE: (unit, msg) => ({ ...unit, phase: "complete", finishedMs: timestampMs(msg.created_at) }),
};

/** The unit after one fact. A COACHING_STARTED makes a new unit; a fact of a record that is not shown changes nothing. */
export function apply(unit, msg) {
  if (msg.status === "COACHING_STARTED") return started(msg);
  if (!unit || msg.assembly_record_id !== unit.recordId) return unit;
  return FACTS[msg.status]?.(unit, msg) ?? unit;
}

/** Which visit of which step is open: another one each time a step begins. */
export function visitOf(unit) {
  return unit ? `${unit.recordId}/${unit.stepId}/${unit.stepStartedMs}` : "";
}

/** Number of the step with this id, from 1; 0 when the assembly has none. */
export function stepNumber(assembly, stepId) {
  return (assembly?.steps.findIndex((step) => step.id === stepId) ?? -1) + 1;
}

/** The strip at the bottom: every step with its mark and its seconds. */
export function strip(unit, assembly, hubNowMs) {
  const results = new Map(unit.results.map((result) => [result.stepId, result]));
  return assembly.steps.map((step, index) => {
    const result = results.get(step.id);
    const now = unit.stepId === step.id && unit.finishedMs === null && !result;
    const until = unit.pausedMs ?? hubNowMs;
    const seconds = result ? result.seconds : now ? Math.max(0, (until - unit.stepStartedMs) / 1000) : null;
    const mark = result ? (result.status === "SKIPPED" ? "skipped" : "done") : now ? "now" : "pending";
    return { number: index + 1, name: step.name, mark, seconds, benchmark: step.benchmark };
  });
}
