// What the screen says in each state. Pure.

import { sinceWords } from "../app/format.js";

// The hub's sentence says it too; large letters have said it already.
const SAID_ALREADY = /^This is not right\. /;

const SAYS = {
  hand: { words: "Press Done when it is done", more: "The camera does not check this step." },
  seen: { words: "Looks right", more: "Hold still for a moment." },
  unsure: { words: "Not sure", more: "Show it again: turn it to the camera and take your hands away." },
  hands: { words: "Hands in the way", more: "Takt goes on as soon as it sees the part." },
  done: { words: "Done", more: "" },
};

/** `{words, more}` for a look. `context` {number, message, isRead, lostMs, link, pauseReason, camera, isAuto}. */
export function caption(look, context) {
  if (look === "wrong")
    return {
      words: "Not right",
      more: (context.message ?? "").replace(SAID_ALREADY, "") || "Compare it with the picture and put it right.",
    };
  if (look === "paused") return paused(context.pauseReason);
  if (look === "camera")
    return {
      words: `No picture for ${sinceWords(context.lostMs)}`,
      more: context.camera || "Look at the camera and its cable. It goes on by itself.",
    };
  if (look === "link") return link(context.link, context.lostMs);
  if (look === "seen" && !context.isAuto) return { ...SAYS.seen, more: "Press Done to go on." };
  if (look === "waiting") return { words: `Waiting for step ${context.number}`, more: waitingWords(context) };
  return SAYS[look];
}

function waitingWords({ isRead, moved }) {
  if (moved) return "The camera has moved. Put it back where it was.";
  return isRead ? "" : "Takt is not reading the pictures yet.";
}

function paused(reason) {
  if (reason === "idle") return { words: "Paused", more: "Nothing was seen for a long time. Go on when you are back." };
  return { words: "Paused", more: "The time stands still." };
}

function link({ phase, sentence }, lostMs) {
  if (phase === "refused") return { words: "Not connected", more: sentence };
  return {
    words: `No connection for ${sinceWords(lostMs)}`,
    more: "What you see is old. The unit goes on; this screen comes back by itself.",
  };
}

/** The line about the step after this one. */
export function nextWords(assembly, number) {
  const next = assembly.steps[number];
  return next ? `Next: ${number + 1}  ${next.name}` : "Next: the unit is complete";
}

/** Sentences of errors that a person can meet when starting or interrupting. */
export function trouble(error) {
  if (error.code === "not_connected") return "Not connected: nothing was changed. Try again when the connection is back.";
  return error.message || "That did not work. Nothing was changed.";
}
