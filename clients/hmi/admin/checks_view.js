// The checks of one step: what is read, measured, signalled or looked at, besides how it looks. Each change can be taken back.

import { h, say } from "../app/dom.js";
import { icon } from "../app/icons.js";
import * as catalogue from "./catalogue.js";
import { fieldsOf, keptBefore, nameOf, summaryOf, typeMeaning, typeWords, TYPES, wishOf } from "./checks.js";
import { keepingFocus } from "./focus.js";
import { askForm } from "./form.js";

export class ChecksView {
  /** `undo` and `attempt` as in operators.js; `back()` leaves. */
  constructor({ undo, attempt, back }) {
    Object.assign(this, { undo, attempt, assemblyId: "", step: null, steps: [] });
    this.heading = h("h2", {});
    this.refused = h("p", { class: "trouble refused", role: "alert" });
    this.list = h("ul", { class: "steps", id: "checks" });
    const away = h("button", { type: "button", on: { click: back } }, icon("before"), "All steps");
    const add = h("button", { type: "button", class: "primary", on: { click: () => this.add() } }, icon("plus"), "Add a check");
    this.element = h(
      "section",
      { class: "panel", "aria-label": "The checks of the step" },
      h("header", { class: "panel-head" }, this.heading, away, add),
      h("p", { class: "aside" }, "What is checked in this step. Without a check, the camera decides by how it looks, as it was taught."),
      this.refused,
      this.list,
    );
  }

  async open(assemblyId, stepId) {
    Object.assign(this, { assemblyId, stepId });
    say(this.refused, "");
    await this.read();
  }

  async read() {
    this.steps = await catalogue.steps(this.assemblyId);
    this.step = this.steps.find((one) => one.id === this.stepId);
    if (!this.step) throw new Error("Somebody else has deleted this step. Go back to all steps.");
    say(this.heading, `Step ${this.step.number}, ${this.step.title}`);
    keepingFocus(this.list, () => this.draw());
  }

  draw() {
    this.list.replaceChildren(...this.step.checks.map((check) => this.row(check)));
    if (this.step.checks.length === 0) this.list.append(h("li", { class: "aside" }, "No check yet."));
  }

  row(check) {
    const edit = { type: "button", class: "row", on: { click: () => this.edit(check) } };
    const bin = { type: "button", class: "quiet", "aria-label": `Delete ${nameOf(check)}`, title: "Delete", on: { click: () => this.remove(check) } };
    return h(
      "li",
      { "data-id": check.id },
      h("button", edit, h("span", { class: "row-name" }, nameOf(check), h("small", {}, summaryOf(check))), icon("pen")),
      h("button", bin, icon("bin")),
    );
  }

  async add() {
    let type = "";
    const options = TYPES.map(([value, words]) => [value, words]);
    const kinds = [{ name: "type", label: "How is it checked?", options, value: "ml", meaning: typeMeaning }];
    if (!(await askForm({ title: "Add a check", fields: kinds, confirm: "Go on", save: async (values) => (type = values.type) }))) return;
    const empty = { data_type: type, name: "" };
    const save = (values) => catalogue.addCheck(this.step.id, wishOf(empty, values));
    await this.ask(`Add: ${typeWords(type)}`, empty, save, (name) => `“${name}” is checked from now on.`);
  }

  edit(check) {
    const save = (values) => catalogue.changeCheck(this.step.id, check.id, wishOf(check, values));
    return this.ask(typeWords(check.data_type), check, save, (name) => `“${name}” is changed.`);
  }

  async ask(title, check, save, words) {
    const before = this.step.checks;
    const fields = fieldsOf(check, keptBefore(this.steps, this.step.number));
    const saved = await askForm({ title, text: typeMeaning(check.data_type), fields, save });
    if (!saved) return;
    this.offer(words(saved.name.trim()), before);
    await this.attempt(() => this.read());
  }

  async remove(check) {
    const before = this.step.checks;
    await this.attempt(async () => {
      try {
        say(this.refused, "");
        await catalogue.setChecks(
          this.assemblyId,
          this.step.id,
          before.filter((one) => one.id !== check.id),
        );
        this.offer(`“${nameOf(check)}” is not checked any more.`, before);
      } catch (error) {
        say(this.refused, `“${nameOf(check)}” was not deleted. ${error.message}`);
      }
      await this.read();
    });
  }

  offer(words, before) {
    const { assemblyId, stepId } = this;
    this.undo.offer(words, async () => {
      await catalogue.setChecks(assemblyId, stepId, before);
      if (this.stepId === stepId) await this.read();
    });
  }
}
