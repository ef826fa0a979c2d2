// What an evaluation says, made ready to be drawn. Pure.

const VALUES = { good: "done", perspective: "from another side" };

/** "step-3_good" in words: "Step 3 done". */
export function labelWords(name) {
  const [place, value = ""] = name.split(/_(.*)/);
  const number = place.replace("step-", "");
  if (name === "wrong" || value === "wrong") return "Something wrong";
  if (name === "occluded" || value === "occluded") return "Hands";
  if (value === "previous") return `Before step ${number}`;
  if (value === "not_sure") return "Not sure";
  const [kind, index] = value.split("_");
  if (kind === "incorrect") return `Step ${number}, mistake ${index ?? 1}`;
  return `Step ${number} ${VALUES[kind] ?? kind}${index ? `, way ${index}` : ""}`;
}

/** Rows of a matrix for one step: `{columns: [name], rows: [{name, cells: [{share, frames, right}]}]}`; share of the row 0..1. */
export function matrixOf(step) {
  const columns = [...new Set([...step.evaluation.map((one) => one.label), ...step.confusion.map((one) => one.taken_for)])];
  const rows = step.evaluation.map((one) => ({ name: one.label, cells: columns.map((column) => cell(step, one, column)) }));
  return { columns, rows };
}

function cell(step, { label, accuracy, frames }, column) {
  if (column === label) return { share: accuracy, frames: Math.round(accuracy * frames), right: true };
  const mixed = step.confusion.find((one) => one.label === label && one.taken_for === column);
  return { share: mixed ? mixed.frames / Math.max(1, mixed.of) : 0, frames: mixed?.frames ?? 0, right: false };
}

/** Pairs that were mixed up, worst first. "Not sure" is no mistake: the operator is asked to show it again. */
export function mixUps(version) {
  return version.steps
    .flatMap((step) => step.confusion)
    .filter((one) => one.frames > 0 && one.label !== one.taken_for && !one.taken_for.endsWith("not_sure"))
    .sort((a, b) => b.frames / b.of - a.frames / a.of);
}

/** Share of held-back frames that were named rightly, over all steps; null when nothing was held back. */
export function overall(version) {
  const all = version.steps.flatMap((step) => step.evaluation);
  const frames = all.reduce((sum, one) => sum + one.frames, 0);
  return frames === 0 ? null : all.reduce((sum, one) => sum + one.accuracy * one.frames, 0) / frames;
}

const STATES = {
  queued: "Waiting for the trainer",
  running: "Training",
  finished: "Trained",
  cancelled: "Cancelled",
  failed: "Training failed",
};

/** One line about a run. */
export function runWords(run) {
  const left =
    run.state === "running" && run.seconds_left !== null && run.seconds_left !== undefined
      ? `, about ${Math.ceil(run.seconds_left)} s left`
      : "";
  const stage = run.state === "running" && run.stage ? `: ${run.stage}` : "";
  return `${STATES[run.state] ?? run.state}${stage}${left}${run.error ? `: ${run.error}` : ""}`;
}

/** Whether it still goes on. */
export const isRunning = (run) => run?.state === "queued" || run?.state === "running";
