// The bar above the chart: how much time, where, what of it, and what to do.

import { h, mark } from "/static/hmi/app/dom.js";
import { icon } from "/static/hmi/app/icons.js";
import { SPANS } from "./chart/view.js";

const OVERLAYS = [
  ["cycle", "Cycles"],
  ["step", "Steps"],
  ["part_count", "Parts"],
  ["shift_period", "Shifts"],
  ["activity_reason", "Reasons"],
  ["work_order_operation", "Orders"],
];

/** `go` {span(ms), pan(share), jump(), overlay(type), record(), print(), keys()}. */
export class Toolbar {
  constructor(element, go) {
    const button = (words, click, more = {}) => h("button", { type: "button", ...more, on: { click } }, words);
    this.spans = SPANS.map(([ms, words]) => Object.assign(button(words, () => go.span(ms)), { spanMs: ms }));
    this.now = button("Now", go.jump, { class: "jump", "aria-label": "Jump to now", title: "Jump to now and follow it (N)" });
    this.overlays = OVERLAYS.map(([type, words], at) =>
      Object.assign(
        button([h("span", { class: "swatch", "data-type": type, "aria-hidden": "true" }), words].flat(), () => go.overlay(type), {
          class: "overlay",
          title: `${words} on or off (${at + 1})`,
        }),
        { overlay: type },
      ),
    );
    this.record = button("Record downtime", go.record, { class: "primary", title: "Record a downtime (R)" });
    const group = (name, ...children) => h("div", { class: "tool-group", role: "group", "aria-label": name }, ...children);
    element.append(
      group("How much time", this.spans),
      group(
        "Where",
        button("◂", () => go.pan(-0.5), { "aria-label": "Earlier", title: "Earlier (←)" }),
        button("▸", () => go.pan(0.5), { "aria-label": "Later", title: "Later (→)" }),
        this.now,
      ),
      group("What is shown", this.overlays),
      group(
        "Actions",
        this.record,
        button([printer()], go.print, { class: "quiet", "aria-label": "Print", title: "Print (P)" }),
        button([icon("keys")], go.keys, { class: "quiet", "aria-label": "All keys", title: "All keys (?)" }),
      ),
    );
  }

  draw({ view, overlays, mayWrite, live }) {
    const press = (element, on) => element.getAttribute("aria-pressed") !== String(on) && element.setAttribute("aria-pressed", String(on));
    for (const element of this.spans) press(element, Math.abs(element.spanMs - view.spanMs) < element.spanMs * 0.02);
    for (const element of this.overlays) press(element, overlays[element.overlay]);
    press(this.now, view.follow);
    mark(this.now, "follow", view.follow);
    this.record.hidden = !mayWrite;
    this.record.disabled = !live;
  }
}

function printer() {
  const shape = icon("keys");
  shape.dataset.icon = "print";
  shape.firstChild.setAttribute("d", "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z");
  return shape;
}
