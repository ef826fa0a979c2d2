// The steps of one version: their order, what they say, and deleting one after it was said what is lost.

import { h, say } from "../app/dom.js";
import { count } from "../app/format.js";
import { icon } from "../app/icons.js";
import { ask } from "../elements/confirm-dialog.js";
import * as catalogue from "./catalogue.js";
import { neededLater } from "./checks.js";
import { askForm } from "./form.js";
import { stepLoss } from "./losses.js";
import { Order } from "./order.js";

// As the hub has it where nothing is said.
const LEAST = 0.6;
const NUMBER = { type: "number", half: true, min: 0, step: 1 };

export class StepsView {
  /** `undo` and `attempt` as in operators.js; `back()` leaves, `checks(step)` shows what a step checks. */
  constructor({ undo, attempt, back, checks }) {
    Object.assign(this, { undo, attempt, back, checks, steps: [], version: null, sending: Promise.resolve(), waiting: 0 });
    this.heading = h("h2", {});
    this.refused = h("p", { class: "trouble refused", role: "alert" });
    this.list = h("ol", { class: "steps", id: "steps" });
    this.order = new Order(this.list, (id, order) => this.move(id, order));
    const away = h("button", { type: "button", on: { click: back } }, icon("before"), "All versions");
    const add = h("button", { type: "button", class: "primary", on: { click: () => this.add() } }, icon("plus"), "Add a step");
    const how = "Drag a step by its dots, or move it with its arrows, or with Alt and an arrow key.";
    this.element = h(
      "section",
      { class: "panel" },
      h("header", { class: "panel-head" }, this.heading, away, add),
      h("p", { class: "aside" }, how),
      this.refused,
      this.list,
    );
  }

  async open(version) {
    this.version = version;
    say(this.heading, `${version.name}, version ${version.number}`);
    say(this.refused, "");
    await this.read();
  }

  async read() {
    const now = await catalogue.steps(this.version.id);
    // What was moved meanwhile is newer; it is read again when all is sent.
    if (this.waiting > 0) return;
    this.steps = now;
    this.draw();
  }

  draw() {
    // The focus stays with the step, wherever it went.
    const focused = document.activeElement?.closest?.("#steps li")?.dataset.id;
    const name = document.activeElement?.getAttribute?.("aria-label");
    this.list.replaceChildren(...this.steps.map((step, index) => this.row(step, index)));
    if (this.steps.length === 0) this.list.append(h("li", { class: "aside" }, "No step yet."));
    if (focused) this.focusOn(focused, name);
  }

  focusOn(id, name) {
    const row = this.list.querySelector(`li[data-id="${CSS.escape(id)}"]`);
    const same = [...(row?.querySelectorAll("button") ?? [])].find((button) => button.getAttribute("aria-label") === name);
    (same && !same.disabled ? same : row?.querySelector("button:not(:disabled)"))?.focus();
  }

  row(step, index) {
    const more = [step.benchmark ? `${step.benchmark} s` : "no time", step.checks.length ? count(step.checks.length, "check") : ""];
    const edit = { type: "button", class: "row", on: { click: () => this.edit(step) } };
    const words = h("span", { class: "row-name" }, step.title, h("small", {}, more.filter(Boolean).join(", ")));
    const remove = { "aria-label": `Delete ${step.title}`, title: "Delete", on: { click: () => this.remove(step) } };
    const bin = h("button", { type: "button", class: "quiet", ...remove }, icon("bin"));
    return h(
      "li",
      { "data-id": step.id },
      this.order.handle(step.title),
      h("button", edit, h("span", { class: "step-no" }, String(step.number)), words, icon("pen")),
      h("button", { type: "button", class: "quiet worded", "aria-label": `Checks of ${step.title}`, on: { click: () => this.checks(step) } }, "Checks"),
      this.order.buttons(step.title, index, this.steps.length - 1),
      bin,
    );
  }

  // Shown at once, sent one after the other: keys are quicker than a network.
  move(id, order) {
    const before = this.steps.map((one) => one.id);
    this.steps = order.map((other, index) => ({ ...this.steps.find((one) => one.id === other), number: index + 1 }));
    this.draw();
    this.waiting += 1;
    this.sending = this.sending.then(() => this.send(id, order, before));
  }

  async send(id, order, before) {
    const { version } = this;
    const { title } = this.steps.find((one) => one.id === id) ?? { title: "The step" };
    try {
      say(this.refused, "");
      await this.undo.settle();
      await catalogue.moveStep(version.id, id, order);
      this.offer(`“${title}” is step ${order.indexOf(id) + 1} now.`, () => catalogue.moveStep(version.id, id, before));
    } catch (error) {
      say(this.refused, `“${title}” was not moved. ${error.message}`);
    }
    this.waiting -= 1;
    if (this.waiting === 0) await this.attempt(() => this.read());
  }

  offer(words, back) {
    const { version } = this;
    this.undo.offer(words, async () => {
      await back();
      if (this.version === version) await this.read();
    });
  }

  async edit(step) {
    const { id } = this.version;
    const before = { name: step.name, description: step.description, benchmark: step.benchmark, minimum_predict: step.minimum };
    const save = (values) => catalogue.changeStep(id, step.id, wish(values));
    const saved = await askForm({ title: `Step ${step.number}`, fields: fields(step), save });
    if (!saved) return;
    await this.attempt(() => this.read());
    this.offer(`“${saved.name || step.title}” is changed.`, () => catalogue.changeStep(id, step.id, before));
  }

  async add() {
    const { id } = this.version;
    let made = "";
    const save = async (values) => (made = await catalogue.addStep(id, wish(values)));
    const empty = { name: "", description: "", benchmark: 0, minimum: LEAST };
    const saved = await askForm({ title: "Add a step at the end", fields: fields(empty), confirm: "Add", save });
    if (!saved) return;
    await this.attempt(() => this.read());
    this.offer(`“${saved.name}” is added.`, () => catalogue.deleteStep(id, made));
  }

  async remove(step) {
    const why = neededLater(step, this.steps);
    if (why) return say(this.refused, `“${step.title}” was not deleted. ${why}`);
    const { version } = this;
    await this.attempt(async () => {
      const { steps: known } = await catalogue.taught(version.id);
      const text = stepLoss(step, known.get(step.id));
      const title = `Delete step ${step.number}, “${step.title}”?`;
      if (!(await ask({ title, text, confirm: "Delete it", dismiss: "Keep it", tone: "danger" }))) return;
      say(this.refused, "");
      const shown = () => this.version === version && this.read();
      const work = () => this.attempt(() => this.deleteNow(version, step));
      this.undo.hold(`“${step.title}” is deleted.`, work, shown);
      this.without(step);
    });
    return undefined;
  }

  // Out of sight at once; the hub is asked when nobody takes it back any more.
  without(step) {
    const at = this.steps.findIndex((one) => one.id === step.id);
    this.steps = this.steps.filter((one) => one.id !== step.id).map((one, index) => ({ ...one, number: index + 1 }));
    this.draw();
    const rows = this.list.querySelectorAll("li[data-id] .row");
    (rows[Math.min(at, rows.length - 1)] ?? this.element.querySelector("button")).focus();
  }

  async deleteNow(version, step) {
    try {
      await catalogue.deleteStep(version.id, step.id);
    } catch (error) {
      say(this.refused, `“${step.title}” was not deleted. ${error.message}`);
    }
    if (this.version === version) await this.read();
  }
}

const fields = (step) => [
  { name: "name", label: "What is done", value: step.name, required: true, maxlength: 120 },
  { name: "description", label: "How (may stay empty)", value: step.description, maxlength: 1000 },
  { ...NUMBER, name: "benchmark", label: "Seconds it should take", hint: "0 = no time", max: 3600, step: "any", value: step.benchmark },
  { ...NUMBER, name: "minimum", label: "Least confidence, in %", max: 100, value: Math.round(step.minimum * 100) },
];

const wish = (values) => ({
  name: values.name.trim(),
  description: values.description.trim(),
  benchmark: Number(values.benchmark) || 0,
  minimum_predict: (Number(values.minimum) || 0) / 100,
});
