// The ways between the screens: small, quiet, at the same place of each header; only where the person may go.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const ROLES = ["viewer", "operator", "supervisor", "admin"];
const SCREENS = [
  { href: "/", words: "Bench", shape: "bench", least: "viewer" },
  { href: "/dashboard", words: "Floor", shape: "floor", least: "viewer" },
  { href: "/train", words: "Teach", shape: "teach", least: "supervisor" },
  { href: "/admin", words: "Administration", shape: "settings", least: "supervisor" },
];

/** What a role may open. Pure. */
export const screensOf = (role) => SCREENS.filter(({ least }) => ROLES.indexOf(role) >= ROLES.indexOf(least));

/** The one of two roles that may do less: somebody's own, and that of the screen they stand at. Pure. */
export const lesser = (one, other) => ROLES[Math.min(ROLES.indexOf(one), ROLES.indexOf(other))] ?? "viewer";

/** The button that signs out, for the end of the header. */
export function leaveButton(click) {
  return h("button", { class: "quiet", type: "button", "aria-label": "Sign out", title: "Sign out", on: { click } }, icon("power"));
}

/** Draws the ways into `place`, once for each role; the screen that is open is not among them. */
export function drawScreens(place, role, here = location.pathname) {
  if (place.dataset.role === role) return;
  place.dataset.role = role;
  const ways = screensOf(role).filter(({ href }) => href !== here);
  place.replaceChildren(
    ...ways.map(({ href, words, shape }) => h("a", { class: "button quiet", href, title: words }, icon(shape), h("span", {}, words))),
  );
}
