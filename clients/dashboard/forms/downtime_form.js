// The form of a downtime: a new one, or a change of one. It closes only when the hub has taken it.

import { h, say } from "/static/hmi/app/dom.js";
import { CATEGORIES, CATEGORY_WORDS } from "../floor/stops.js";
import "./reason-tree.js";

const MEANT = {
  unplanned: "It broke or stood still unexpectedly. Counts as a failure.",
  maintenance: "Repair or upkeep.",
  changeover: "Another product is set up.",
  planned: "A break, a meeting, no orders.",
};

/**
 * Asks for a downtime and hands it to `save(machineId, body)`; what that throws is shown beside the fields, and the form stays open.
 * `given` {machineId, reason, category, reason_code_id, startMs, endMs}; `fixed` says that the machine cannot be changed.
 */
export function downtimeForm({ title, confirm, machines, tree, zone, nowMs, given, fixed = false, save }) {
  const form = new Form({ machines, tree, zone, nowMs, given, fixed });
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog downtime-form", "aria-labelledby": "downtime-title" });
    const yes = h("button", { class: "primary", type: "submit" }, confirm);
    const no = h("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel");
    const trouble = h("p", { class: "trouble", role: "alert" });
    const element = h(
      "form",
      { novalidate: true },
      h("h2", { id: "downtime-title" }, title),
      form.element,
      trouble,
      h("div", { class: "dialog-actions" }, no, yes),
    );
    let saved = null;
    element.addEventListener("submit", async (event) => {
      event.preventDefault();
      const asked = form.read();
      if (typeof asked === "string") return say(trouble, asked);
      yes.disabled = true;
      say(trouble, "");
      try {
        saved = await save(asked.machineId, asked.body);
        dialog.close();
      } catch (error) {
        form.mark(error.fields ?? {});
        say(trouble, error.message);
        yes.disabled = false;
      }
      return undefined;
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(saved);
    });
    dialog.append(element);
    document.body.append(dialog);
    dialog.showModal();
    form.focus();
  });
}

class Form {
  constructor({ machines, tree, zone, nowMs, given, fixed }) {
    Object.assign(this, { zone, given, nowMs });
    this.machine = h(
      "select",
      { id: "downtime-machine", name: "machine_id", disabled: fixed },
      machines.map(({ id, name, line }) => h("option", { value: id, selected: id === given.machineId }, line ? `${name} (${line})` : name)),
    );
    this.category = h(
      "fieldset",
      { class: "categories", name: "category" },
      h("legend", {}, "Category"),
      CATEGORIES.map((name) => this.kind(name)),
      (this.meant = h("p", { class: "aside" })),
    );
    this.tree = h("reason-tree");
    const typed = { type: "text", id: "downtime-reason", name: "reason", maxlength: 500, autocomplete: "off", value: given.reason ?? "" };
    this.reason = h("input", typed);
    this.began = this.time("downtime-began", "started_at", given.startMs ?? nowMs);
    this.ended = this.time("downtime-ended", "ended_at", given.endMs ?? null);
    this.over = h("input", { type: "checkbox", id: "downtime-over", checked: given.endMs !== null && given.endMs !== undefined });
    this.element = h(
      "div",
      { class: "downtime-fields" },
      this.side(h("label", { for: "downtime-machine" }, "Machine"), this.machine, this.category, this.times()),
      this.side(h("p", { class: "label" }, "Reason"), this.tree, h("label", { for: "downtime-reason" }, "In words"), this.reason),
    );
    this.tree.set(tree, given.reason_code_id ?? "");
    this.listen();
  }

  side(...parts) {
    return h("div", { class: "downtime-side" }, ...parts);
  }

  kind(name) {
    const checked = name === (this.given.category ?? "unplanned");
    const radio = h("input", { type: "radio", name: "category", value: name, checked });
    return h("label", { class: "category", "data-category": name }, radio, CATEGORY_WORDS[name]);
  }

  time(id, name, ms) {
    const input = h("input", { type: "datetime-local", id, name, value: ms === null ? "" : this.zone.toField(ms) });
    // Seconds that a field does not show are kept as long as nobody touches it.
    Object.assign(input, { exactMs: ms, untouched: input.value });
    return input;
  }

  times() {
    return h(
      "div",
      { class: "times" },
      h("label", { for: "downtime-began" }, "Began"),
      this.began,
      h("label", { class: "check" }, this.over, "It is over"),
      (this.endLabel = h("label", { for: "downtime-ended" }, "Ended")),
      this.ended,
      h("p", { class: "aside" }, `Times are those of the site, ${this.zone.name}.`),
    );
  }

  listen() {
    const chosen = () => this.category.querySelector("input:checked").value;
    const follow = () => {
      say(this.meant, MEANT[chosen()]);
      for (const part of [this.ended, this.endLabel]) part.hidden = !this.over.checked;
      if (this.over.checked && !this.ended.value) this.ended.value = this.zone.toField(this.nowMs);
    };
    let byTree = this.tree.code?.name ?? "";
    this.tree.addEventListener("change", () => {
      const { code } = this.tree;
      if (!this.reason.value || this.reason.value === byTree) this.reason.value = byTree = code.name;
      const kind = this.category.querySelector(`input[value="${code.category}"]`);
      if (kind) kind.checked = true;
      follow();
    });
    for (const part of [this.category, this.over]) part.addEventListener("change", follow);
    follow();
  }

  /** {machineId, body}, or a sentence that says what is missing. */
  read() {
    const startMs = this.ms(this.began);
    const endMs = this.over.checked ? this.ms(this.ended) : null;
    const reason = this.reason.value.trim();
    const wrong = (field, sentence) => {
      this.mark({ [field.name]: sentence });
      field.focus();
      return sentence;
    };
    if (!reason) return wrong(this.reason, "Choose a reason, or say it in words.");
    if (startMs === null) return wrong(this.began, "Say when it began.");
    if (this.over.checked && endMs === null) return wrong(this.ended, "Say when it ended.");
    if (endMs !== null && endMs < startMs) return wrong(this.ended, "It cannot end before it began.");
    this.mark({});
    const iso = (ms) => (ms === null ? null : new Date(ms).toISOString());
    const category = this.category.querySelector("input:checked").value;
    const code = this.tree.value || null;
    const body = { reason, category, reason_code_id: code, started_at: iso(startMs), ended_at: iso(endMs) };
    return { machineId: this.machine.value, body };
  }

  ms(field) {
    if (field.exactMs !== null && field.value === field.untouched) return field.exactMs;
    return field.value ? this.zone.fromField(field.value) : null;
  }

  /** Shows which fields a refusal means. */
  mark(fields) {
    for (const field of [this.machine, this.reason, this.began, this.ended]) {
      const sentence = fields[field.name];
      if (sentence) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }

  focus() {
    if (this.machine.disabled) this.tree.querySelector("input:checked, input")?.focus();
    else this.machine.focus();
  }
}
