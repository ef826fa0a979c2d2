// The unit's timeline: one box a step with its mark and its time, growing while the step is being done.

import { h, mark, say } from "../app/dom.js";
import { clockTime } from "../app/format.js";
import { icon, reshape } from "../app/icons.js";

const SHAPES = { done: "done", now: "play", skipped: "skip", pending: "waiting" };
const WORDS = { done: "done", now: "now", skipped: "skipped", pending: "to come" };
const CROWDED = 6;
// Of a longer unit the steps about the one now are shown, and how many come before and after them.
const MOST = 24;
const ABOUT = 8;

/** {first, shown, after}: how many steps stand before the shown ones, those, and how many after. Pure. */
export function near(steps) {
  if (steps.length <= MOST) return { first: 0, shown: steps, after: 0 };
  const now = steps.findIndex((step) => step.mark === "now");
  const first = Math.max(0, Math.min(steps.length - ABOUT, (now < 0 ? 0 : now) - 2));
  return { first, shown: steps.slice(first, first + ABOUT), after: steps.length - first - ABOUT };
}

class UnitStrip extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.list = h("ol", { class: "strip", "aria-label": "This unit, step by step" });
    this.append(this.list);
  }

  /** `steps` as unit.js `strip` gives them. */
  set(steps) {
    const { first, shown, after } = near(steps);
    const key = `${first > 0}/${shown.length}/${after > 0}`;
    if (key !== this.key) {
      const end = (n) => (n > 0 ? [h("li", { class: "strip-more" })] : []);
      this.list.replaceChildren(...end(first), ...shown.map(() => box()), ...end(after));
      this.key = key;
    }
    const boxes = [...this.list.children];
    if (first > 0) say(boxes.shift(), `${first} before`);
    if (after > 0) say(boxes.pop(), `${after} more`);
    mark(this.list, "crowded", shown.length > CROWDED ? "yes" : "no");
    shown.forEach((step, index) => draw(boxes[index], step));
  }
}

function box() {
  const parts = [h("span", { class: "strip-number" }), icon("waiting"), h("span", { class: "strip-time" })];
  return h("li", {}, h("span", { class: "strip-line" }, ...parts), h("span", { class: "strip-track" }, h("span", { class: "strip-fill" })));
}

function draw(item, step) {
  const [line, track] = item.children;
  const [number, shape, time] = line.children;
  const over = step.seconds !== null && step.benchmark > 0 && step.seconds > step.benchmark;
  mark(item, "mark", step.mark);
  mark(item, "over", over ? "yes" : "no");
  say(number, String(step.number));
  reshape(shape, SHAPES[step.mark]);
  say(time, step.seconds === null ? "" : clockTime(step.seconds));
  const share = step.mark === "pending" ? 0 : step.mark === "now" ? Math.min(1, step.seconds / (step.benchmark || 30)) : 1;
  track.firstChild.style.setProperty("--share", `${Math.round(share * 100)}%`);
  const spoken = `Step ${step.number}, ${step.name}: ${WORDS[step.mark]}`;
  if (item.getAttribute("aria-label") !== spoken) item.setAttribute("aria-label", spoken);
  if (step.mark === "now") item.setAttribute("aria-current", "step");
  else item.removeAttribute("aria-current");
}

customElements.define("unit-strip", UnitStrip);
