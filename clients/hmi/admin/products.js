// Products (assembly revisions) and their versions (assemblies): names, which one is active, which are published, and deleting one.

import { h } from "../app/dom.js";
import { icon } from "../app/icons.js";
import { newId } from "../train/pending.js";
import { ask } from "../elements/confirm-dialog.js";
import * as catalogue from "./catalogue.js";
import { ChecksView } from "./checks_view.js";
import { keepingFocus } from "./focus.js";
import { askForm } from "./form.js";
import { versionLoss } from "./losses.js";
import { StepsView } from "./steps.js";

export class ProductsView {
  /** `undo` and `attempt` as in operators.js; `who` is the name that a release is signed with at first. */
  constructor({ undo, attempt, who }) {
    Object.assign(this, { undo, attempt, who, products: [], versions: [], chosen: "" });
    this.steps = new StepsView({ undo, attempt, back: () => this.attempt(() => this.open()), checks: (step) => this.openChecks(step) });
    this.checks = new ChecksView({ undo, attempt, back: () => this.openSteps(this.steps.version) });
    this.list = h("ul", { class: "rows", id: "products" });
    this.panel = h("section", { class: "panel", "aria-label": "The chosen product" });
    const add = h("button", { type: "button", class: "primary", on: { click: () => this.addProduct() } }, icon("plus"), "Add a product");
    const side = h("section", { class: "side" }, h("header", { class: "side-head" }, h("h1", {}, "Assemblies"), add), this.list);
    this.element = h("div", { class: "keep" }, side, this.panel);
  }

  async open() {
    this.products = await catalogue.products();
    if (!this.products.some((one) => one.id === this.chosen)) this.chosen = this.products[0]?.id ?? "";
    keepingFocus(this.list, () => this.drawList());
    await this.openProduct();
  }

  async openProduct() {
    const product = this.products.find((one) => one.id === this.chosen);
    this.versions = product ? await catalogue.versions(product.id) : [];
    keepingFocus(this.panel, () => this.drawPanel(product));
    this.instead(this.panel);
  }

  // One of three stands beside the list: a product's versions, a version's steps, a step's checks.
  instead(wanted) {
    const shown = [this.panel, this.steps.element, this.checks.element].find((one) => one.isConnected);
    if (shown === wanted || !shown) return;
    shown.replaceWith(wanted);
    wanted.querySelector("button")?.focus();
  }

  drawList() {
    const rows = this.products.map((product) => {
      const current = String(product.id === this.chosen);
      const row = { type: "button", class: "row", "aria-current": current, on: { click: () => this.choose(product) } };
      return h("li", {}, h("button", row, h("span", { class: "row-name" }, product.name)));
    });
    this.list.replaceChildren(...rows);
    if (rows.length === 0) this.list.append(h("li", { class: "aside" }, "No product yet. Add one, or teach one at the bench."));
  }

  async choose(product) {
    this.chosen = product.id;
    this.drawList();
    this.list.querySelector("[aria-current=true]")?.focus();
    await this.attempt(() => this.openProduct());
  }

  drawPanel(product) {
    if (!product) return this.panel.replaceChildren();
    const rename = h("button", { type: "button", on: { click: () => this.renameProduct(product) } }, icon("pen"), "Rename");
    const on = { click: () => this.addVersion(product) };
    const add = h("button", { type: "button", class: "primary", on }, icon("plus"), "Add a version");
    this.panel.replaceChildren(
      h("header", { class: "panel-head" }, h("h2", {}, product.name), rename, add),
      product.description && h("p", { class: "aside" }, product.description),
      this.versions.length
        ? h("ul", { class: "versions" }, this.versions.map((version) => this.versionRow(product, version)))
        : h("p", { class: "aside" }, "No version yet: add one, then teach it at the bench."),
    );
    return undefined;
  }

  versionRow(product, version) {
    const button = (words, click, more = {}) => h("button", { type: "button", on: { click }, ...more }, words);
    const by = version.approver && ` by ${version.approver}`;
    const marks = [version.active && "active", version.published ? `published${by}` : "not published", version.filmed && "units are filmed"];
    const bin = { "aria-label": `Delete version ${version.number}`, title: "Delete", class: "quiet" };
    const publish = version.published
      ? button("Withdraw", () => this.publish(version, { published: false }))
      : button("Publish", () => this.release(version));
    return h(
      "li",
      { class: "version", "data-id": version.id, "data-active": String(version.active) },
      h("p", { class: "version-name" }, h("strong", {}, `Version ${version.number}`), version.name === product.name ? "" : version.name),
      h("p", { class: "aside" }, marks.filter(Boolean).join(", ")),
      h(
        "div",
        { class: "version-actions" },
        button("Steps", () => this.openSteps(version), { class: "primary" }),
        version.active ? null : button("Make active", () => this.activate(product, version)),
        publish,
        button("Rename", () => this.renameVersion(version)),
        button(version.filmed ? "Stop filming" : "Film units", () => this.film(version)),
        button(icon("bin"), () => this.remove(version), bin),
      ),
    );
  }

  openSteps(version) {
    return this.attempt(async () => {
      await this.steps.open(version);
      this.instead(this.steps.element);
    });
  }

  openChecks(step) {
    return this.attempt(async () => {
      await this.checks.open(this.steps.version.id, step.id);
      this.instead(this.checks.element);
    });
  }

  // Does it, shows it, and offers the way back.
  done(words, work, back) {
    return this.attempt(async () => {
      try {
        await work();
        this.offer(words, back);
      } finally {
        await this.open();
      }
    });
  }

  offer(words, back) {
    this.undo.offer(words, async () => {
      await back();
      await this.open();
    });
  }

  activate(product, version) {
    const before = product.activeId;
    const back = () => catalogue.activate(product.id, before);
    return this.done(`Version ${version.number} is the active one.`, () => catalogue.activate(product.id, version.id), back);
  }

  publish(version, change) {
    const back = () => catalogue.changeVersion(version.id, { published: version.published, approver: version.approver });
    const words = `Version ${version.number} is ${change.published ? "published" : "not published any more"}.`;
    return this.done(words, () => catalogue.changeVersion(version.id, change), back);
  }

  film(version) {
    const set = (filmed) => catalogue.changeVersion(version.id, { record_videos: filmed });
    const words = `Units of version ${version.number} are ${version.filmed ? "not filmed any more" : "filmed from the next one on"}.`;
    return this.done(words, () => set(!version.filmed), () => set(version.filmed));
  }

  async release(version) {
    const save = ({ approver }) => catalogue.changeVersion(version.id, { published: true, approver: approver.trim() });
    const text = "It may be built from now on, also where only what is released may be built.";
    const fields = [{ name: "approver", label: "Released by", value: version.approver || this.who, required: true, maxlength: 200 }];
    const saved = await askForm({ title: `Publish version ${version.number}?`, text, fields, confirm: "Publish", save });
    if (!saved) return;
    await this.attempt(() => this.open());
    const back = () => catalogue.changeVersion(version.id, { published: false, approver: version.approver });
    this.offer(`Version ${version.number} is published.`, back);
  }

  renameProduct(product) {
    return this.rename(product, (name) => catalogue.changeProduct(product.id, { name }));
  }

  renameVersion(version) {
    return this.rename(version, (name) => catalogue.changeVersion(version.id, { name }));
  }

  async rename({ name }, set) {
    const fields = [{ name: "name", label: "Name", value: name, required: true, maxlength: 120 }];
    const saved = await askForm({ title: `Rename ${name}`, fields, save: (values) => set(values.name.trim()) });
    if (!saved) return;
    await this.attempt(() => this.open());
    this.offer(`${name} is called ${saved.name.trim()} now.`, () => set(name));
  }

  async addProduct() {
    const fields = [{ name: "name", label: "What is built", required: true, maxlength: 120 }];
    const save = async ({ name }) => (this.chosen = (await catalogue.addProduct(name.trim())).id);
    if (await askForm({ title: "Add a product", fields, confirm: "Add", save })) await this.attempt(() => this.open());
  }

  async addVersion(product) {
    const id = newId();
    const fields = [{ name: "name", label: "Name", value: product.name, required: true, maxlength: 120 }];
    const save = ({ name }) => catalogue.addVersion(id, name.trim(), product.id);
    const saved = await askForm({ title: "Add a version", text: "It begins without steps.", fields, confirm: "Add", save });
    if (!saved) return;
    await this.attempt(() => this.open());
    this.offer(`${saved.name.trim()} has one version more.`, () => catalogue.deleteVersion(id));
  }

  async remove(version) {
    await this.attempt(async () => {
      const [steps, taught] = await Promise.all([catalogue.steps(version.id), catalogue.taught(version.id)]);
      const title = `Delete version ${version.number} of ${version.name}?`;
      const text = versionLoss(version, steps, taught);
      if (!(await ask({ title, text, confirm: "Delete it", dismiss: "Keep it", tone: "danger" }))) return;
      this.undo.hold(`Version ${version.number} of ${version.name} is deleted.`, () => this.deleteNow(version), () => this.open());
      this.versions = this.versions.filter((one) => one.id !== version.id);
      this.drawPanel(this.products.find((one) => one.id === this.chosen));
      this.panel.querySelector(".version button, button").focus();
    });
  }

  deleteNow(version) {
    return this.attempt(async () => {
      try {
        await catalogue.deleteVersion(version.id);
      } finally {
        await this.open();
      }
    });
  }
}
