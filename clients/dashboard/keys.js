// The keyboard: everything on the page can be reached without a mouse.

import { h } from "/static/hmi/app/dom.js";
import { asking, tell } from "/static/hmi/elements/confirm-dialog.js";

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
    "?": showKeys,
    Escape: go.close,
  };
  types.forEach((type, at) => (keys[at + 1] = () => go.overlay(type)));
  document.addEventListener("keydown", (event) => {
    if (asking() || event.ctrlKey || event.metaKey || event.altKey) return;
    const chart = event.target.closest?.("canvas") !== null;
    const free = chart || event.target === document.body || event.target.tagName === "MAIN";
    if (event.target.closest?.("input, select, textarea") && event.key !== "Escape") return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Enter" && chart) go.open();
    else if (!keys[key] || (/^(Arrow|Page|End)/.test(key) && !free)) return;
    else keys[key]();
    event.preventDefault();
  });
}

/** The list of keys. */
export function showKeys() {
  const cap = (key) => (key === "–" ? " – " : h("kbd", {}, key));
  const rows = KEYS.map(([keys, words]) => h("tr", {}, h("th", { scope: "row" }, keys.split(" ").map(cap)), h("td", {}, words)));
  tell({ title: "Keys", content: h("table", { class: "keys" }, h("tbody", {}, rows)) });
}
