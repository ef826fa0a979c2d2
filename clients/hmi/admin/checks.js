// What a step checks besides how it looks: its step data, in a person's words. Pure.

/** [type, what it is called, what it does] in the order in which they are offered. */
export const TYPES = [
  ["ml", "Camera", "The camera decides by how it looks, as it was taught."],
  ["ocr-check", "Text is there", "The camera reads the text on the part and says whether it is what it should be."],
  ["ocr-capture", "Text is kept", "The camera reads a text, such as a serial number, and keeps it with the unit."],
  ["ocr-verify", "Text is the same", "The camera reads a text and compares it with one that an earlier step kept."],
  ["torque", "Torque", "The tool tightens, and its result decides."],
  ["input", "Signal in", "The step waits for a signal from a machine."],
  ["output", "Signal out", "The step gives a signal to a machine."],
  ["qa", "Person", "A person looks and decides."],
];
const READS_TEXT = ["ocr-check", "ocr-capture", "ocr-verify"];
const MEASURES = ["torque", "input", "output", "qa"];

export const typeWords = (type) => TYPES.find(([known]) => known === type)?.[1] ?? type;
export const typeMeaning = (type) => TYPES.find(([known]) => known === type)?.[2] ?? "";
export const nameOf = (check) => check.name || typeWords(check.data_type);

/** A check in one line: its kind, and what it is set to. */
export function summaryOf(check) {
  const variables = (check.ocr_capture_variable_info ?? []).map((one) => one.name);
  const settings = linesOf(check).split("\n").filter(Boolean);
  const size = check.tolerance ? `± ${check.tolerance} ${check.units}`.trim() : check.units;
  return [typeWords(check.data_type), size, ...variables, ...settings].filter(Boolean).join(", ");
}

// A wrench's settings are one object of any values; those of everything else are a list of keys and texts.
const isObject = (type) => type === "torque";
const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** The settings of a check as "key = value", one a line. */
export function linesOf(check) {
  const pairs = isObject(check.data_type)
    ? Object.entries(check.torque_data ?? {})
    : (check.step_data_info ?? []).map((info) => [info.name || info.label, info.value]);
  return pairs.map(([key, value]) => `${key} = ${shown(value)}`).join("\n");
}

/** Lines back into [key, text]. Throws Error with a sentence where a line has no "=". */
export function pairsOf(text) {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).map((line) => {
    const at = line.indexOf("=");
    if (at < 1) throw new Error(`“${line}” needs a name, then =, then its value.`);
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
}

function valueOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Names of the texts that steps before `number` keep. */
export function keptBefore(steps, number) {
  const kept = steps.filter((step) => step.number < number).flatMap((step) => step.checks.flatMap(captured));
  return [...new Set(kept)];
}

const names = (check) => (check.ocr_capture_variable_info ?? []).map((one) => one.name);
const captured = (check) => (check.data_type === "ocr-capture" ? names(check) : []);
const needed = (check) => (check.data_type === "ocr-capture" ? [] : names(check));

/** Why a step cannot go: the later step that needs a text which only this one keeps; "" when it can. */
export function neededLater(step, steps) {
  const others = steps.filter((one) => one.id !== step.id);
  for (const later of others.filter((one) => one.number > step.number))
    for (const name of later.checks.flatMap(needed))
      if (step.checks.flatMap(captured).includes(name) && !keptBefore(others, later.number).includes(name))
        return `Step ${later.number}, “${later.title}”, compares the text “${name}” that this step keeps. Change that step first.`;
  return "";
}

/** The fields of the form for a check; `kept` as keptBefore. */
export function fieldsOf(check, kept) {
  const type = check.data_type;
  const chosen = names(check);
  const variables = type === "ocr-capture" ? capturing(check) : comparing(type, [...new Set([...kept, ...chosen])], chosen);
  const measured = [
    { name: "units", label: "Unit (may stay empty)", value: check.units ?? "", maxlength: 200, half: true },
    { name: "tolerance", label: "May be off by", type: "number", min: 0, max: 1_000_000, step: "any", half: true, value: check.tolerance ?? 0 },
  ];
  return [
    { name: "name", label: "What is checked", value: check.name ?? "", required: true, maxlength: 200 },
    ...(MEASURES.includes(type) ? measured : []),
    ...variables,
    ...(READS_TEXT.includes(type) ? [{ name: "align", ticks: [["auto_align", "Turn the picture so that the text is level"]], label: "Picture", chosen: check.auto_align ? ["auto_align"] : [] }] : []),
    { name: "settings", label: "Settings, one a line: name = value", lines: 3, value: linesOf(check), maxlength: 10_000 },
  ];
}

const capturing = (check) => {
  const value = (check.ocr_capture_variable_info ?? []).map(({ name, value: look }) => (look ? `${name} = ${look}` : name)).join("\n");
  const label = "Texts that are kept, one a line: name, or name = what it looks like";
  return [{ name: "kept", label, lines: 2, value, required: true, maxlength: 5000 }];
};

function comparing(type, known, chosen) {
  if (type !== "ocr-verify" && chosen.length === 0) return [];
  if (known.length === 0) return [{ name: "none", note: "No step before this one keeps a text. Add “Text is kept” to one first." }];
  return [{ name: "compare", label: "Compared with", ticks: known.map((name) => [`text-${name}`, name]), chosen: chosen.map((name) => `text-${name}`) }];
}

/** What the form says, as the hub takes it; what is not in the form stays. Throws Error with a sentence. */
export function wishOf(check, values) {
  const type = check.data_type;
  const pairs = pairsOf(values.settings ?? "");
  const settings = isObject(type) ? { torque_data: Object.fromEntries(pairs.map(([key, text]) => [key, valueOf(text)])) } : { step_data_info: infos(check, pairs) };
  const measured = MEASURES.includes(type) ? { units: values.units.trim(), tolerance: Number(values.tolerance) || 0 } : {};
  const align = READS_TEXT.includes(type) ? { auto_align: "auto_align" in values } : {};
  return { data_type: type, name: values.name.trim(), ...measured, ...align, ...settings, ...variablesOf(check, values) };
}

// A key that was there keeps its id and what else the hub knows of it.
function infos(check, pairs) {
  const known = new Map((check.step_data_info ?? []).map((info) => [info.name || info.label, info]));
  return pairs.map(([name, value]) => (known.has(name) ? { ...known.get(name), value } : { name, value }));
}

function variablesOf(check, values) {
  const before = new Map((check.ocr_capture_variable_info ?? []).map((one) => [one.name, one]));
  const one = (name, more = {}) => ({ ...before.get(name), name, ...more });
  if (check.data_type === "ocr-capture") {
    const lines = values.kept.split("\n").map((line) => line.trim());
    const kept = lines.filter(Boolean).map((line) => line.split(/\s*=\s*(.*)/s));
    return { ocr_capture_variable_info: kept.map(([name, value = ""]) => one(name, { value })) };
  }
  const ticked = Object.keys(values).filter((key) => key.startsWith("text-"));
  return { ocr_capture_variable_info: ticked.map((key) => one(key.slice("text-".length))) };
}
