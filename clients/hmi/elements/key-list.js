// All keys of a screen, behind "?".

import { h } from "../app/dom.js";
import { tell } from "./confirm-dialog.js";

const cap = (key) => (key === "–" ? "–" : h("kbd", {}, key));
const spaced = (key, at) => (at ? [" ", cap(key)] : [cap(key)]);

/** Shows them until it is closed; `keys` [[keys with blanks between, what they do]]. */
export function showKeys(keys) {
  const rows = keys.map(([given, what]) => h("tr", {}, h("th", { scope: "row" }, given.split(" ").flatMap(spaced)), h("td", {}, what)));
  tell({ title: "Keys", content: h("table", { class: "keys" }, h("tbody", {}, rows)) });
}
