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
  const all = () => [...document.querySelectorAll(".pager")];
  // The page is built anew, and this with it: whoever turns pages by key goes on at the same button, or at the other one at the end.
  const press = async (to, place) => {
    const index = all().indexOf(nav);
    await go(to);
    const buttons = [...(all()[index]?.querySelectorAll("button") ?? [])];
    (buttons[place]?.disabled ? buttons[1 - place] : buttons[place])?.focus();
  };
  const turn = (place, to, shape, name) =>
    h("button", { type: "button", "aria-label": name, disabled: to < 0 || to >= pages, on: { click: () => press(to, place) } }, icon(shape));
  const nav = h(
    "nav",
    { class: "pager", "aria-label": `Other ${words}s` },
    turn(0, at - 1, "before", `${words} before`),
    h("span", { role: "status" }, `${at + 1} of ${pages}`),
    turn(1, at + 1, "after", `Next ${words}`),
  );
  return nav;
}
