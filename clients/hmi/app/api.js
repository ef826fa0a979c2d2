// REST, in the screens' own words: every shape of the hub is turned into what the screens use here, and nowhere else.

import { HubError, jsonOf } from "./http.js";
import { accessToken } from "./sign_in.js";
import { timestampMs } from "./format.js";

const TIME_OUT_MS = 15_000;
const PICTURES = 60;

/** One request with a valid token; a token that has just ended is renewed once. Screens with words of their own build upon these. */
export async function request(method, path, body = null, tokenOf = accessToken) {
  let token = await tokenOf();
  for (const renewed of [false, true]) {
    const headers = { Authorization: `Bearer ${token}` };
    if (body) headers["Content-Type"] = "application/json";
    // What was decided just before the page is left is done nevertheless.
    const more = { keepalive: method === "DELETE", signal: AbortSignal.timeout(TIME_OUT_MS) };
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), ...more });
    if (response.status !== 401 || renewed || (await isAboutSomebodyElse(response))) return response;
    const newer = await tokenOf();
    token = newer === token ? await tokenOf(true) : newer;
  }
  throw new HubError(401, "not_authenticated", "Sign in first.");
}

// A password or badge that the hub refused says nothing of the token: asked again, it would count as a second attempt.
async function isAboutSomebodyElse(response) {
  const { code } = await response
    .clone()
    .json()
    .catch(() => ({}));
  return code === "wrong_credentials";
}

export const get = async (path) => jsonOf(await request("GET", path));
export const post = async (path, body = {}) => jsonOf(await request("POST", path, body));
export const put = async (path, body) => jsonOf(await request("PUT", path, body));
export const part = encodeURIComponent;

// A step that was taught without a name is called by the first part of its instruction.
function named(step) {
  if (step.name) return { name: step.name, description: step.description === step.name ? "" : step.description };
  const [, name, rest] = /^(.{8,60}?)[,.;:]\s+(.+)$/.exec(step.description) ?? ["", step.description.replace(/\.$/, ""), ""];
  return { name: name || `Step ${step.number}`, description: rest.charAt(0).toUpperCase() + rest.slice(1) };
}

// A model is needed only where a camera decides.
const isReady = ({ steps, active_model_version: model }) =>
  steps.length > 0 && (model !== null || steps.every((step) => step.action !== "ML"));

/** An assembly as the screens use it: `ready` when it can be coached, `title` as people call it. */
function assemblyOf(given) {
  const steps = given.steps.map((step) => ({ ...step, ...named(step), id: String(step.id), benchmark: step.benchmark || 0 }));
  return { ...given, steps, title: given.name || "Unnamed assembly", ready: isReady(given) };
}

/** The unit that is open at a station, from the last message and the visits so far, or null. */
export function unitOf({ session, results }) {
  if (!session) return null;
  const stepId = String(session.step?.id ?? "");
  const stepStartedMs = timestampMs(session.step?.started_at) ?? timestampMs(session.created_at);
  const visits = new Map();
  for (const visit of results ?? []) {
    const id = String(visit.step_id);
    if (visit.status === "COMPLETE" || visit.status === "SKIPPED")
      visits.set(id, { stepId: id, status: visit.status, seconds: visit.duration_ms / 1000 });
    else visits.delete(id);
  }
  if (session.status !== "STEP_COMPLETE") visits.delete(stepId);
  const paused = session.status === "COACHING_PAUSED";
  return {
    recordId: session.assembly_record_id,
    assemblyId: session.assembly_id,
    operator: session.operator_name || (session.operator_id ?? ""),
    isAuto: session.auto_coach_enabled ?? true,
    isFilmed: session.filmed ?? false,
    phase: paused ? "paused" : "active",
    stepId,
    stepStartedMs,
    startedMs: Math.min(stepStartedMs, ...(results ?? []).map((visit) => visit.started_at_ms)),
    finishedMs: null,
    pausedMs: paused ? timestampMs(session.created_at) : null,
    pauseReason: paused ? (session.error ?? "") : "",
    results: [...visits.values()],
    justDone: null,
  };
}

export const me = () => get("/api/v1/auth/me");
export const stations = () => get("/api/v1/stations");
export const assemblies = async () => (await get("/api/v1/assemblies")).map(assemblyOf);
export const assembly = async (id) => assemblyOf(await get(`/api/v1/assemblies/${part(id)}`));

export const station = (id) => get(`/api/v1/stations/${part(id)}`);

/** `{station, source, unit, assembly, position}`: where a station's screen starts from. */
export async function stationNow(id) {
  const given = await get(`/api/v1/stations/${part(id)}/session`);
  return { ...given, unit: unitOf(given), assembly: given.assembly && assemblyOf(given.assembly) };
}

/** Says that the open step of a unit is done, `atMs` by the hub's clock: `following` is the step after it, undefined after the last one. */
export const finishStep = ({ assemblyId, recordId }, following, atMs) =>
  following
    ? post(`/coach/step/${part(assemblyId)}/${part(following.id)}`, { assembly_record_id: recordId, end_time: new Date(atMs).toISOString() })
    : post(`/coach/complete/${part(assemblyId)}`, { assembly_record_id: recordId });

export const newModel = (id, name, description) => post(`/model/new/${part(id)}`, { name, ...(description ? { description } : {}) });
export const startRecording = (id, body) => post(`/model/start/${part(id)}`, body);
export const endRecording = (id) => post(`/model/end/${part(id)}`);
export const revertRecording = () => post("/model/revert");
export const train = (id) => post(`/model/train/${part(id)}`);
export const cancelTraining = (id) => post(`/model/train/cancel/${part(id)}`, { cancel_current_training: true });
export const trainingProgress = async (id) => JSON.parse((await get(`/model/train/progress/${part(id)}`)).msg);
export const versions = (id) => get(`/model/version/${part(id)}`);
export const activate = (id, version) => put(`/model/version/${part(id)}/active`, { version });

const pictures = new Map();

/** Address of a label's sample picture for an <img>, or null when there is none. Kept while the page lives; `fresh` reads it again. */
export function sampleImage(assemblyId, label, fresh = false) {
  return imageAt(`/model/sample/image/${part(assemblyId)}/${part(label)}`, fresh);
}

/** The same for any picture of the hub, by its path. */
export function imageAt(path, fresh = false) {
  if (fresh || !pictures.has(path)) {
    if (pictures.size >= PICTURES) forget(pictures.keys().next().value);
    forget(path);
    pictures.set(path, picture(path));
  }
  return pictures.get(path);
}

async function picture(path) {
  try {
    const response = await request("GET", path);
    if (response.ok) return URL.createObjectURL(await response.blob());
    if (response.status !== 404) pictures.delete(path);
  } catch (error) {
    console.info("A sample picture could not be read.", error.message);
    pictures.delete(path);
  }
  return null;
}

function forget(path) {
  const old = pictures.get(path);
  pictures.delete(path);
  old?.then((address) => address && setTimeout(() => URL.revokeObjectURL(address), 5000));
}
