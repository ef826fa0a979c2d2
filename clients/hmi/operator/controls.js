// Pause, back, skip, cancel: by touch and by key, each asked once before it happens.

import { ask, asking } from "../elements/confirm-dialog.js";
import { showKeys } from "../elements/key-list.js";

const REASONS = [
  { code: "missing", text: "A part is missing" },
  { code: "damaged", text: "A part is damaged" },
  { code: "unseen", text: "Done, but the camera cannot see it" },
  { code: "other", text: "Another reason", free: true },
];

const KEYS = [
  ["Space", "Pause, or go on"],
  ["←", "One step back"],
  ["S", "Skip this step"],
  ["Enter", "Done, where you say it; next unit"],
  ["M", "Sound on or off"],
  ["Esc", "Close a question"],
  ["?", "These keys"],
];

/** Asks and resolves to an interrupt for /coach, or null. `step` {number, name}, `previous` its name or "". */
export const QUESTIONS = {
  pause: async () =>
    (await ask({ title: "Pause this unit?", text: "The time stands still until you go on.", confirm: "Pause" })) && {
      interrupt_type: "PAUSE",
    },
  back: async ({ number, previous }) =>
    (await ask({ title: `Go back to step ${number - 1}?`, text: `${previous} has to be shown again.`, confirm: "Go back" })) && {
      interrupt_type: "STEP_BACK",
    },
  skip: async ({ number, name }) => {
    const answer = await ask({
      title: `Skip step ${number}?`,
      text: `${name} is recorded as skipped, with your reason.`,
      confirm: "Skip",
      reasons: REASONS,
    });
    return answer && { interrupt_type: "SKIP_STEP", reason: answer.reason };
  },
  cancel: async () =>
    (await ask({
      title: "Cancel this unit?",
      text: "It ends here and is recorded as cancelled. This cannot be undone.",
      confirm: "Cancel the unit",
      dismiss: "Keep it",
    })) && {
      interrupt_type: "CANCEL",
    },
};

/** Which operation a key stands for, or "". */
export function operationOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || asking()) return "";
  if (event.target.matches?.("input, textarea, select")) return "";
  // On a focused button Space and Enter press that button, as everywhere.
  if (event.target.matches?.("button, a") && (event.key === " " || event.key === "Enter")) return "";
  return { " ": "pause", ArrowLeft: "back", s: "skip", S: "skip", m: "sound", M: "sound", "?": "keys", Enter: "next" }[event.key] ?? "";
}

/** The list of all keys. */
export const showAll = () => showKeys(KEYS);
