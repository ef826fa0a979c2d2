// Everything the operator's screen knows, and how it changes. Pure: no clock, no page; `atMs` comes with the action.

import { calm, lookOf, settle, trust } from "./reading.js";
import { apply, isKnown, stepNumber } from "./unit.js";

// A finished step stays on the screen for so long, then the next one slides in.
const DONE_MS = 500;
// Without a new reading for so long the last one is no longer shown.
const READING_MS = 1500;
// Without a new picture for so long the camera counts as lost.
const PICTURE_MS = 2000;

export const initial = Object.freeze({
  screen: "loading",
  stations: [],
  station: null,
  assemblies: [],
  assembly: null,
  unit: null,
  position: null,
  reading: null,
  steady: calm,
  doneUntilMs: 0,
  doneStepId: null,
  pictureAtMs: null,
  watchingSinceMs: null,
  camera: "",
  link: { phase: "connecting", sinceMs: null, sentence: "" },
  role: "",
  who: "",
  account: "",
  operators: [],
  operator: null,
  asUser: false,
  records: null,
  coachable: [],
  stamp: "",
  notice: "",
});

const ACTIONS = {
  /** Read over REST: where the screen starts from. */
  loaded: (state, { values }) => ({ ...state, ...values }),
  station: (state, { station, unit, assembly, position, atMs }) =>
    placed({
      ...state,
      station,
      unit,
      assembly: assembly ?? state.assembly,
      position,
      reading: null,
      steady: calm,
      pictureAtMs: null,
      watchingSinceMs: atMs,
    }),
  fact: takeFact,
  prediction: takePrediction,
  seen: takeSeen,
  picture: (state, { atMs }) => ({ ...state, pictureAtMs: atMs }),
  camera: (state, { camera }) => ({ ...state, camera }),
  link: (state, { phase, sentence, atMs }) => ({ ...state, link: linked(state.link, phase, sentence, atMs) }),
  assembly: (state, { assembly }) => ({ ...state, assembly }),
  // Who builds, and whether the unit goes on by itself, is not in the facts: whoever started the unit knows it, the others read it.
  begun: (state, { recordId, ...said }) => (state.unit?.recordId === recordId ? { ...state, unit: { ...state.unit, ...said } } : state),
  // Who stands at the bench, or null. `role` is theirs, or the screen's own.
  person: (state, { operator, role, said }) => ({ ...state, operator, role, asUser: false, records: null, notice: said ?? "" }),
  notice: (state, { text }) => ({ ...state, notice: text }),
  next: (state) => placed({ ...state, unit: null, reading: null, steady: calm, doneStepId: null }),
};

/** The next state after one action. */
export function reduce(state, action) {
  return ACTIONS[action.type](state, action);
}

function placed(state) {
  if (!state.unit) return { ...state, screen: "start" };
  return { ...state, screen: state.unit.phase === "complete" || state.unit.phase === "cancelled" ? "finished" : "coaching" };
}

function takeFact(state, { msg, position, atMs }) {
  if (isKnown(state.position, position)) return state;
  const unit = apply(state.unit, msg);
  const next = { ...state, unit, position: position ?? state.position };
  if (msg.status === "STEP_COMPLETE")
    return placed({ ...next, doneStepId: String(msg.step.id), doneUntilMs: atMs + DONE_MS, reading: null });
  if (msg.status === "STEP_ADVANCE" || msg.status === "COACHING_STARTED")
    return placed({ ...next, reading: null, steady: { ...calm, sinceMs: atMs } });
  return placed(next);
}

function takePrediction(state, { msg, atMs }) {
  const unit = state.unit;
  if (!unit || (msg.step && String(msg.step.id) !== unit.stepId)) return state;
  const look = lookOf(msg, stepNumber(state.assembly, unit.stepId));
  const reading = {
    look,
    atMs,
    coachedAtMs: atMs,
    confidence: state.reading?.confidence ?? msg.step?.confidence ?? 0,
    evidence: msg.step?.evidence ?? msg.step?.confidence ?? 0,
    message: msg.message ?? "",
    roi: state.reading?.roi ?? null,
    moved: state.reading?.moved ?? false,
  };
  const steady = (msg.step?.view ? trust : settle)(state.steady, look, atMs);
  return { ...state, reading, steady };
}

// What vision says, before any rule: confidence and the watched region. Somebody who only watches takes the state from it too.
function takeSeen(state, { latest, atMs }) {
  if (!state.unit) return state;
  const old = state.reading;
  const seen = { confidence: latest.confidence ?? 0, roi: latest.roi ?? old?.roi ?? null, moved: Boolean(latest.camera_moved) };
  if (old?.coachedAtMs && atMs - old.coachedAtMs < READING_MS) return { ...state, reading: { ...old, ...seen } };
  const look = lookOf(latest, stepNumber(state.assembly, state.unit.stepId));
  return {
    ...state,
    reading: { look, atMs, coachedAtMs: 0, evidence: null, message: "", ...seen },
    steady: settle(state.steady, look, atMs),
  };
}

function linked(link, phase, sentence, atMs) {
  if (phase === "live") return { phase, sinceMs: null, sentence: "" };
  // "connecting" after a loss is still a loss to the person in front of the screen.
  const lost = link.sinceMs !== null || link.phase === "live" || phase === "lost";
  return { phase: phase === "refused" ? "refused" : lost ? "lost" : phase, sinceMs: link.sinceMs ?? (lost ? atMs : null), sentence };
}

/** Whether no camera decides the step now: a person says when it is done. */
export function isByHand({ assembly, unit }) {
  const step = unit && assembly?.steps[stepNumber(assembly, unit.stepId) - 1];
  return Boolean(step) && step.action !== "ML";
}

/** Whether a person says when the step now is done: always by hand, or because the unit is not to go on by itself. */
export function isForPerson(state) {
  return isByHand(state) || state.unit?.isAuto === false;
}

/** Whether somebody has to say who they are before a unit begins. */
export function mustSignIn({ operators, operator, asUser }) {
  return operators.length > 0 && !operator && !asUser;
}

/** What the screen tells now, worst first: link, paused, done, by hand, camera, hands, wrong, unsure, seen, waiting. */
export function lookNow(state, nowMs) {
  if (state.link.phase === "lost" || state.link.phase === "refused") return "link";
  if (state.unit?.phase === "paused") return "paused";
  if (state.doneStepId && nowMs < state.doneUntilMs) return "done";
  if (isByHand(state)) return "hand";
  if (cameraLostMs(state, nowMs) !== null) return "camera";
  if (!state.reading || nowMs - state.reading.atMs > READING_MS) return "waiting";
  return state.steady.shown;
}

/** Since how many ms no picture came, or null when pictures come. */
export function cameraLostMs(state, nowMs) {
  const last = state.pictureAtMs ?? state.watchingSinceMs;
  if (last === null || state.link.phase !== "live") return null;
  return nowMs - last > PICTURE_MS ? nowMs - last : null;
}

/** Whether somebody reads the pictures: false when the reading is old although pictures come. */
export function isRead(state, nowMs) {
  return Boolean(state.reading && nowMs - state.reading.atMs <= READING_MS);
}

/** The step that is shown: the finished one for half a second, else the one now. */
export function shownStepId(state, nowMs) {
  return state.doneStepId && nowMs < state.doneUntilMs ? state.doneStepId : state.unit?.stepId;
}
