// Lists that are longer than the screen: pages instead of scrolling. Pure but for `pager`.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** The page `number` (from 0) of a list, and how many pages there are. */
export function pageOf(list, size, number) {
  const pages = Math.max(1, Math.ceil(list.length / size));
  const at = Math.min(Math.max(0, number), pages - 1);
  return { items: list.slice(at * size, (at + 1) * size), at, pages };
}

/** How many fit, as the screen stands. */
export const fitting = ({ landscape, portrait }) => (matchMedia("(orientation: portrait)").matches ? portrait : landscape);

/** Back and on, or nothing when there is one page. `go(number)` shows another. */
export function pager({ at, pages }, go, words = "page") {
  if (pages <= 1) return null;
  const turn = (to, shape, name) =>
    h("button", { type: "button", "aria-label": name, disabled: to < 0 || to >= pages, on: { click: () => go(to) } }, icon(shape));
  return h(
    "nav",
    { class: "pager", "aria-label": `Other ${words}s` },
    turn(at - 1, "before", `${words} before`),
    h("span", {}, `${at + 1} of ${pages}`),
    turn(at + 1, "after", `Next ${words}`),
  );
}
