// On paper: light colours, all machines, no buttons. The canvas has to be drawn for it before the browser lays out the page.

import { mark } from "/static/hmi/app/dom.js";

/** Draws `gantt` for paper while it is printed, and for the screen again after it. */
export function printable(gantt, drawSoon) {
  const set = (printing) => {
    mark(document.documentElement, "printing", printing ? "yes" : "no");
    gantt.recolour();
    gantt.style.setProperty("--all-rows", String(gantt.scene?.rows.length ?? 0));
    if (gantt.scene) gantt.draw(gantt.scene);
    if (!printing) drawSoon();
  };
  addEventListener("beforeprint", () => set(true));
  addEventListener("afterprint", () => set(false));
  matchMedia("print").addEventListener("change", (event) => set(event.matches));
}
