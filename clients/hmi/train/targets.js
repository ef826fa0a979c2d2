// What there is to record for an assembly, in the order in which a person does it. Pure.

const ENOUGH_FRAMES = 30;

/**
 * The list: the bench, each step, each step that has only a name yet (`pending` [{name, benchmark}]), the hands. Each has `key`,
 * `title`, `what` (one sentence: what to show), `frames`, `label` (name of its pictures), `body` for /model/start, `mayRecord`.
 */
export function targetsOf(assembly, pending) {
  const steps = assembly.steps;
  return [
    bench(assembly),
    ...steps.map((step) => recordedStep(step)),
    ...pending.map((step, index) => pendingStep(step, steps.length + 1 + index, index === 0 && hasBench(assembly))),
    hands(assembly),
  ];
}

const hasBench = (assembly) => Boolean(assembly.start_label?.recordings);

function bench(assembly) {
  return {
    key: "bench",
    number: "",
    title: "Before step 1",
    what: "Lay everything ready as it is before the first step, hands away.",
    frames: assembly.start_label?.frames ?? 0,
    recordings: assembly.start_label?.recordings ?? 0,
    label: "step-1_previous",
    body: { step_index: 0, step_type: "MASTER" },
    mayRecord: true,
    needed: true,
  };
}

function recordedStep(step) {
  const label = step.labels.find((one) => one.type === "MASTER");
  return {
    key: `step-${step.number}`,
    number: String(step.number),
    title: step.name,
    what: "Show this step done. Move it a little, then take it off and put it on again: twice is better than once.",
    frames: label?.frames ?? 0,
    recordings: label?.recordings ?? 0,
    label: `step-${step.number}_good`,
    body: { step_index: step.number, step_type: "MASTER" },
    mayRecord: true,
    needed: true,
  };
}

function pendingStep(step, number, mayRecord) {
  const body = { step_index: number, step_type: "MASTER", data_ops: "ADD", step_description: step.name };
  if (step.benchmark > 0) body.step_benchmark = step.benchmark;
  return {
    key: `step-${number}`,
    number: String(number),
    title: step.name,
    what: mayRecord ? "Show this step done. Move it a little while you record." : "Record what stands above it first.",
    frames: 0,
    recordings: 0,
    label: `step-${number}_good`,
    body,
    mayRecord,
    pending: true,
    needed: true,
  };
}

function hands(assembly) {
  return {
    key: "hands",
    number: "",
    title: "Hands in the way",
    what: "Move your hands over the parts, as when you work, so that Takt knows not to judge then.",
    frames: assembly.occluded_label?.frames ?? 0,
    recordings: assembly.occluded_label?.recordings ?? 0,
    label: "step-1_occluded",
    body: { step_index: 0, step_type: "OCCLUDED" },
    mayRecord: true,
    needed: false,
  };
}

/** "open", "short" or "done". */
export function stateOf(target) {
  if (target.recordings === 0) return "open";
  return target.frames < ENOUGH_FRAMES ? "short" : "done";
}

/** Whether training can begin, and a sentence. */
export function readiness(assembly, targets) {
  if (assembly.steps.length === 0 && targets.every((target) => !target.pending)) return { ready: false, sentence: "Add the first step." };
  const missing = targets.find((target) => target.needed && target.recordings === 0);
  if (missing) return { ready: false, sentence: `Not recorded yet: ${missing.title}.` };
  const short = targets.find((target) => stateOf(target) === "short");
  if (short) return { ready: true, sentence: `Few pictures of: ${short.title}. More make it surer.` };
  const noHands = targets.find((target) => target.key === "hands" && target.recordings === 0);
  return {
    ready: true,
    sentence: noHands ? "Without the hands recorded, Takt may judge while they cover the part." : "Everything is recorded.",
  };
}

/** What to record next after `key`: the next one without pictures, or the same. */
export function nextOpen(targets, key) {
  const at = targets.findIndex((target) => target.key === key);
  return [...targets.slice(at + 1), ...targets.slice(0, at)].find((target) => target.recordings === 0 && target.mayRecord)?.key ?? key;
}
