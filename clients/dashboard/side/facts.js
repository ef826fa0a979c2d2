// The facts of one bar; of a downtime also its reason in the tree, and what can be done about it.

import { h, say } from "/static/hmi/app/dom.js";
import { icon } from "/static/hmi/app/icons.js";
import { CATEGORY_WORDS } from "../floor/stops.js";
import { lengthWords } from "../floor/summary.js";
import { TYPE_WORDS } from "../chart/words.js";
import "../forms/reason-tree.js";

const LABEL_WORDS = {
  no_operator: "No operator",
  operator_resolving_anomaly: "An operator at the stopped machine",
  waiting: "Waiting",
};

export class Facts {
  /** `element` is filled; `go` {close, end, reopen, change, give, confirm}. */
  constructor(element, go) {
    Object.assign(this, { element, go, key: "" });
  }

  /** Shows an event, or hides for null. Built anew only when it changed: a choice that somebody is making stays. */
  draw(event, { row, stops, zone, nowMs, mayWrite, live }) {
    this.element.hidden = event === null;
    if (event === null) {
      this.key = "";
      return;
    }
    const about = event.type === "activity_reason" ? stops.about(event) : null;
    const key = JSON.stringify([event, about?.record, about?.seen, about?.category, stops.tree.length, mayWrite, live]);
    if (key !== this.key) {
      this.key = key;
      this.build(event, about, { row, stops, zone, nowMs, mayWrite, live });
    }
    say(this.length, lengthWords((event.toMs ?? nowMs) - event.fromMs));
  }

  focus() {
    this.element.querySelector("h2")?.focus();
  }

  build(event, about, page) {
    const closing = { type: "button", class: "quiet", "aria-label": "Close", title: "Close (Esc)", on: { click: this.go.close } };
    const close = h("button", closing, icon("wrong"));
    const badge = about ? h("p", { class: "badge", "data-category": about.category }, CATEGORY_WORDS[about.category]) : null;
    const focused = this.element.contains(document.activeElement);
    this.element.replaceChildren(
      h("div", { class: "facts-head" }, h("h2", { tabindex: "-1" }, event.label || TYPE_WORDS[event.type]), close),
      ...(badge ? [badge] : []),
      this.list(event, about, page),
      ...(about ? this.doings(event, about, page) : []),
    );
    if (focused) this.focus();
  }

  list(event, about, { row, zone, nowMs }) {
    this.length = h("dd", {});
    const record = about?.record;
    const changed = record && record.updated_at !== record.created_at ? record.updated_at : null;
    const line = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : []);
    return h(
      "dl",
      { class: "facts-list" },
      line("Kind", TYPE_WORDS[event.type]),
      line("Machine", row?.line ? `${row.name}, ${row.line}` : row?.name),
      line("Began", zone.moment(event.fromMs, nowMs)),
      line("Ended", event.toMs === null ? "still going on" : zone.moment(event.toMs, nowMs)),
      h("dt", {}, "Lasted"),
      this.length,
      line("Reason code", about?.code ? `${about.code.path.join(" › ")}` : null),
      line("Changed", changed && zone.moment(Date.parse(changed), nowMs)),
      line("Region", about?.seen?.roi_title),
      (about?.seen?.downtime_reason ?? []).flatMap(({ label_name, duration_seconds }) =>
        line(LABEL_WORDS[label_name] ?? label_name, lengthWords(duration_seconds * 1000)),
      ),
      line("Event", event.id),
    );
  }

  doings(event, about, page) {
    const { record } = about;
    const say_ = (text) => h("p", { class: "aside" }, text);
    if (about.category === "confirmed") return [say_("The record counts, not this.")];
    if (!record) {
      const words = "Not a record: it does not count for availability, MTTR and MTBF.";
      const confirm = h("button", { type: "button", on: { click: () => this.go.confirm(event) } }, "Confirm as a downtime …");
      return [say_(words), ...(page.mayWrite && page.row?.id ? [confirm] : [])];
    }
    if (!page.mayWrite) return [this.tree(record, page.stops, true), say_("Your account may look, not change.")];
    const open = record.ended_at === null;
    const off = !page.live;
    const button = (words, click, look = "") => h("button", { type: "button", class: look, disabled: off, on: { click } }, words);
    return [
      h(
        "div",
        { class: "facts-actions" },
        open ? button("End it now", () => this.go.end(record), "primary") : button("Open it again", () => this.go.reopen(record)),
        button("Change …", () => this.go.change(record)),
      ),
      ...(open ? [] : [say_("Opened again, it goes on as if it had never ended.")]),
      this.tree(record, page.stops, off),
    ];
  }

  tree(record, stops, disabled) {
    const tree = h("reason-tree");
    tree.set(stops.tree, record.reason_code_id ?? "");
    const saving = { type: "button", class: "primary", hidden: true, on: { click: () => this.go.give(record, tree.code) } };
    const save = h("button", saving, "Save this reason");
    tree.addEventListener("change", () => (save.hidden = tree.value === (record.reason_code_id ?? "")));
    if (disabled) for (const input of tree.querySelectorAll("input[type=radio]")) input.disabled = true;
    return h("section", { class: "facts-tree", "aria-label": "Reason tree" }, h("h3", {}, "Reason"), tree, save);
  }
}
