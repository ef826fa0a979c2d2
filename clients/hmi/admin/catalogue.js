// What the administration reads and changes, in its own words; every shape of the hub is turned here and nowhere else.

import { get, part } from "../app/api.js";
import { timestampMs } from "../app/format.js";
import { call, idOf } from "../app/supercoach.js";

/** {id, first, last, name, role, active, hasPassword, rfid, units} */
function operatorOf(given) {
  const name = [given.first_name, given.last_name].filter(Boolean).join(" ");
  return {
    id: String(given.id),
    first: given.first_name,
    last: given.last_name,
    name,
    role: given.role,
    active: given.active,
    hasPassword: given.has_password,
    rfid: given.rfid ?? "",
    units: given.num_records ?? 0,
  };
}

export async function operators() {
  const { operators: all } = await call("GET", "/operator");
  return all.map(operatorOf).sort((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name));
}

/** Answers the id. */
export const addOperator = ({ first, last, role, password, rfid }) =>
  call("POST", "/operator", { first_name: first, last_name: last, role, ...(password && { password }), ...(rfid && { rfid }) });
export const setName = (id, { first, last }) => call("PUT", "/operator/name", { id, first_name: first, last_name: last });
export const setRole = (id, role) => call("PUT", "/operator/role", { id, role });
export const setActive = (id, active) => call("PUT", "/operator/active", { id, active });
export const setPassword = (id, password) => call("PUT", "/operator/password", { id, password });
export const setBadge = (id, rfid) => call("PUT", "/operator/rfid", { id, rfid });

/** {id, name, description, activeId} */
const productOf = (given) => ({
  id: given.id,
  name: given.name,
  description: given.description ?? "",
  activeId: idOf(given.active_revision),
});

/** {id, name, number, version, published, approver, active, filmed, editedMs} */
const versionOf = (given) => ({
  id: idOf(given.id),
  name: given.name,
  number: given.revision,
  version: given.product_version ?? "",
  published: given.published,
  approver: given.approver ?? "",
  active: given.active,
  filmed: given.record_videos ?? false,
  editedMs: timestampMs(given.last_edited),
});

/** {id, number, name, title, description, benchmark, minimum, checks}; a check is as the hub has it. */
const stepOf = (given, index) => ({
  id: String(given.id),
  number: index + 1,
  name: given.name,
  title: given.name || given.description || `Step ${index + 1}`,
  description: given.description ?? "",
  benchmark: given.benchmark ?? 0,
  minimum: given.minimum_predict ?? 0,
  checks: given.step_data ?? [],
});

export const products = async () => (await call("GET", "/assembly-revision")).map(productOf);
export const addProduct = async (name) => productOf(await call("POST", "/assembly-revision", { name }));
export const changeProduct = (id, change) => call("PUT", `/assembly-revision/${part(id)}`, change);
export const versions = async (productId) => (await call("GET", `/assembly-revision/${part(productId)}/assembly`)).map(versionOf);
export const activate = (productId, id) => call("PUT", `/assembly-revision/${part(productId)}/active`, { assembly_id: id });

export const addVersion = (id, name, productId) => call("PUT", `/assembly/${part(id)}`, { name, revision_id: { id: productId } });
export const changeVersion = (id, change) => call("PUT", `/assembly/${part(id)}`, change);
export const deleteVersion = (id) => call("DELETE", `/assembly/${part(id)}`);

export const steps = async (assemblyId) => (await call("GET", `/assembly/${part(assemblyId)}/step`)).map(stepOf);
export const addStep = async (assemblyId, step) => String((await call("POST", `/assembly/${part(assemblyId)}/step`, step)).id);
export const changeStep = (assemblyId, id, change) => call("PUT", `/assembly/${part(assemblyId)}/step/${part(id)}`, change);
export const deleteStep = (assemblyId, id) => call("DELETE", `/assembly/${part(assemblyId)}/step/${part(id)}`);

export const addCheck = (stepId, check) => call("POST", `/step/${part(stepId)}/step-data`, check);
export const changeCheck = (stepId, id, change) => call("PUT", `/step/${part(stepId)}/step-data/${part(id)}`, change);
/** All checks of a step at once, in their order: those left out are gone. */
export const setChecks = (assemblyId, stepId, checks) => changeStep(assemblyId, stepId, { step_data: checks });

export const releaseControl = async () => (await call("GET", "/setting/release-control")).release_control_enabled;
export const setReleaseControl = (on) => call("PUT", "/setting/release-control", { release_control_enabled: on });

/** Puts a step behind another one of the order (`order`: ids as they shall be). */
export function moveStep(assemblyId, id, order) {
  const at = order.indexOf(id);
  return changeStep(assemblyId, id, { previous_step_id: order[at - 1] ?? "", next_step_id: order[at + 1] ?? "" });
}

/** What was taught for an assembly: {pictures, recordings, models, steps: Map id → {pictures, recordings}}. */
export async function taught(assemblyId) {
  const given = await get(`/api/v1/assemblies/${part(assemblyId)}`);
  const { versions: models } = await get(`/model/version/${part(assemblyId)}`);
  const of = new Map(given.steps.map((step) => [String(step.id), total(step.labels)]));
  const all = total([given.start_label, given.occluded_label, ...given.steps.flatMap((step) => step.labels)]);
  return { ...all, models: models.length, steps: of };
}

const total = (labels) => ({
  pictures: labels.reduce((sum, label) => sum + (label?.frames ?? 0), 0),
  recordings: labels.reduce((sum, label) => sum + (label?.recordings ?? 0), 0),
});
