// What a person is told before something is lost. Pure.

import { count } from "../app/format.js";
import { nameOf } from "./checks.js";

/** "6 steps, 7 recordings (252 pictures) and 3 trained models"; "" when there is nothing. */
function listed(parts) {
  const known = parts.filter(Boolean);
  return known.length > 1 ? `${known.slice(0, -1).join(", ")} and ${known.at(-1)}` : (known[0] ?? "");
}

const recordings = ({ recordings: n, pictures }) => n > 0 && `${count(n, "recording")} (${count(pictures, "picture")})`;

export function versionLoss(version, steps, taught) {
  const lost = listed([
    steps.length > 0 && count(steps.length, "step"),
    recordings(taught),
    taught.models > 0 && count(taught.models, "trained model"),
  ]);
  const what = lost ? `Lost with it: ${lost}.` : "It has no steps and no pictures yet.";
  return `${what} Records of units that were built stay.${version.active ? " It is the active one: another version becomes active." : ""}`;
}

export function stepLoss(step, taught) {
  const lost = listed([
    recordings(taught ?? { recordings: 0, pictures: 0 }),
    step.checks.length > 0 && `${count(step.checks.length, "check")} (${step.checks.map(nameOf).join(", ")})`,
  ]);
  return `${lost ? `Lost with it: ${lost}.` : "Nothing was recorded for it yet."} Records of units that were built stay.`;
}

export const passwordLoss = (operator) =>
  operator.hasPassword ? `The old password of ${operator.name} works no more, and whoever is signed in by it is signed out.` : "";
