// The keyboard: everything on the page can be reached without a mouse.

import { onKeys } from "/static/hmi/app/keys.js";
import { asking } from "/static/hmi/elements/confirm-dialog.js";
import { showKeys } from "/static/hmi/elements/key-list.js";

const KEYS = [
  ["← →", "earlier, later"],
  ["+ −", "less time, more time"],
  ["N", "jump to now and follow it"],
  ["↑ ↓", "machine before, after"],
  [", .", "bar before, after"],
  ["Enter", "facts of the bar"],
  ["Esc", "closes them"],
  ["R", "record a downtime"],
  ["1 – 6", "overlays on and off"],
  ["P", "print"],
];

/** The list of all keys. */
export const showAll = () => showKeys(KEYS);

/** `go` as the toolbar's, and {machine(step), bar(step), open(), close(), zoom(factor)}. */
export function listen(go, types) {
  const keys = {
    ArrowLeft: () => go.pan(-0.1),
    ArrowRight: () => go.pan(0.1),
    PageUp: () => go.pan(-1),
    PageDown: () => go.pan(1),
    ArrowUp: () => go.machine(-1),
    ArrowDown: () => go.machine(1),
    "+": () => go.zoom(0.5),
    "=": () => go.zoom(0.5),
    "-": () => go.zoom(2),
    n: go.jump,
    End: go.jump,
    ",": () => go.bar(-1),
    ".": () => go.bar(1),
    r: go.record,
    p: go.print,
    "?": showAll,
    Escape: go.close,
  };
  types.forEach((type, at) => (keys[at + 1] = () => go.overlay(type)));
  onKeys((event) => {
    if (asking() || event.ctrlKey || event.metaKey || event.altKey) return null;
    const chart = event.target.closest?.("canvas") !== null;
    const free = chart || event.target === document.body || event.target.tagName === "MAIN";
    if (event.target.closest?.("input, select, textarea") && event.key !== "Escape") return null;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Enter" && chart) return go.open;
    return /^(Arrow|Page|End)/.test(key) && !free ? null : keys[key];
  });
}
