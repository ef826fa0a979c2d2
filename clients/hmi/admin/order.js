// A list that people put in order: by dragging a row's handle (mouse or finger), or with the keys: Alt and an arrow, or the arrow buttons.

import { h } from "../app/dom.js";
import { icon } from "../app/icons.js";

/** The ids with the one at `from` put at place `to`. Pure. */
export function moved(ids, from, to) {
  const rest = ids.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ids[from], ...rest.slice(to)];
}

/** The place among rows (their middles, without the dragged one) that a height belongs to. Pure. */
export function placeAt(middles, y) {
  const after = middles.findIndex((middle) => y < middle);
  return after < 0 ? middles.length : after;
}

/**
 * Makes a list orderable. `list` holds rows with `data-id`; `move(id, order)` is called with the ids as they shall be. Each row's handle
 * comes from `handle(row)`.
 */
export class Order {
  constructor(list, move) {
    Object.assign(this, { list, move, drag: null });
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("pointermove", (event) => this.over(event));
    for (const end of ["pointerup", "pointercancel"]) list.addEventListener(end, (event) => this.drop(event, end === "pointerup"));
  }

  handle(name) {
    const on = { pointerdown: (event) => this.take(event) };
    return h("span", { class: "grip", title: `Drag ${name} to another place`, "aria-hidden": "true", on }, icon("grip"));
  }

  /** The two buttons of a row: one place up, one place down. */
  buttons(name, index, last) {
    const by = (step, shape, words) =>
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": `${words} ${name}`,
          title: words,
          disabled: step < 0 ? index === 0 : index === last,
          on: { click: (event) => this.step(event.target.closest("li"), step) },
        },
        icon(shape),
      );
    return [by(-1, "up", "Move up"), by(1, "down", "Move down")];
  }

  rows() {
    return [...this.list.querySelectorAll(":scope > li[data-id]")];
  }

  ids() {
    return this.rows().map((row) => row.dataset.id);
  }

  key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.altKey) return;
    event.preventDefault();
    if (!event.repeat) this.step(event.target.closest("li[data-id]"), step);
  }

  step(row, step) {
    const ids = this.ids();
    const from = ids.indexOf(row?.dataset.id);
    const to = from + step;
    if (from >= 0 && to >= 0 && to < ids.length) this.move(ids[from], moved(ids, from, to));
  }

  take(event) {
    if (event.button !== 0) return;
    const row = event.target.closest("li[data-id]");
    event.preventDefault();
    this.list.setPointerCapture(event.pointerId);
    this.drag = { row, startY: event.clientY, from: this.rows().indexOf(row), to: null };
    row.dataset.dragged = "yes";
  }

  over(event) {
    const { drag } = this;
    if (!drag) return;
    drag.row.style.setProperty("translate", `0 ${event.clientY - drag.startY}px`);
    const others = this.rows().filter((row) => row !== drag.row);
    const middles = others.map((row) => row.getBoundingClientRect()).map((box) => box.top + box.height / 2);
    drag.to = placeAt(middles, event.clientY);
    others.forEach((row, index) => {
      const behind = index === others.length - 1 && drag.to === others.length;
      row.dataset.gap = drag.to === drag.from ? "" : index === drag.to ? "before" : behind ? "after" : "";
    });
  }

  drop(event, wanted) {
    const { drag } = this;
    if (!drag) return;
    this.drag = null;
    this.list.releasePointerCapture?.(event.pointerId);
    for (const row of this.rows()) delete row.dataset.gap;
    delete drag.row.dataset.dragged;
    drag.row.style.removeProperty("translate");
    const ids = this.ids();
    if (wanted && drag.to !== null && drag.to !== drag.from) this.move(ids[drag.from], moved(ids, drag.from, drag.to));
  }
}
