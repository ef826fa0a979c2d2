// The operators: who there is, and everything that can be changed of one. Whoever has built stays: they are made inactive, not deleted.

import { h, say } from "../app/dom.js";
import { count } from "../app/format.js";
import { icon } from "../app/icons.js";
import * as catalogue from "./catalogue.js";
import { keepingFocus } from "./focus.js";
import { askForm, choice } from "./form.js";
import { passwordLoss } from "./losses.js";

const ROLES = [
  ["operator", "Operator"],
  ["supervisor", "Supervisor"],
  ["admin", "Administrator"],
];
const roleWords = (role) => ROLES.find(([known]) => known === role)?.[1] ?? role;
const RULES = "10 characters or more; digits alone are fine, but no pattern and no name.";
const SECRET = { name: "password", type: "password", autocomplete: "new-password", maxlength: 256, hint: RULES };

export class OperatorsView {
  /** `undo` as in undo.js, `attempt(work)` shows what went wrong. */
  constructor({ undo, attempt }) {
    Object.assign(this, { undo, attempt, operators: [], chosen: "", wanted: "" });
    this.list = h("ul", { class: "rows", id: "operators" });
    this.panel = h("section", { class: "panel", "aria-label": "The chosen operator" });
    this.search = h("input", { type: "text", id: "search", autocomplete: "off", on: { input: () => this.drawList() } });
    const add = h("button", { type: "button", class: "primary", on: { click: () => this.add() } }, icon("plus"), "Add an operator");
    this.element = h(
      "div",
      { class: "keep" },
      h(
        "section",
        { class: "side" },
        h("header", { class: "side-head" }, h("h1", {}, "Operators"), add),
        h("div", { class: "search" }, h("label", { for: "search" }, "Find"), this.search),
        this.list,
      ),
      this.panel,
    );
  }

  async open() {
    this.operators = await catalogue.operators();
    if (!this.operators.some((one) => one.id === this.chosen)) this.chosen = this.operators[0]?.id ?? "";
    keepingFocus(this.list, () => this.drawList());
    keepingFocus(this.panel, () => this.drawPanel());
  }

  drawList() {
    const wanted = this.search.value.trim().toLowerCase();
    const shown = this.operators.filter((one) => one.name.toLowerCase().includes(wanted));
    this.list.replaceChildren(...shown.map((one) => h("li", {}, this.row(one))));
    const nobody = wanted ? "Nobody is called so." : "No operator yet. Add the first one.";
    if (shown.length === 0) this.list.append(h("li", { class: "aside" }, nobody));
  }

  row(operator) {
    const click = () => {
      this.chosen = operator.id;
      this.drawList();
      this.drawPanel();
      this.list.querySelector("[aria-current=true]")?.focus();
    };
    const marks = { "aria-current": String(operator.id === this.chosen), "data-active": String(operator.active) };
    const more = operator.active ? roleWords(operator.role) : `${roleWords(operator.role)}, inactive`;
    return h(
      "button",
      { type: "button", class: "row", ...marks, on: { click } },
      icon(operator.hasPassword || !operator.rfid ? "person" : "badge"),
      h("span", { class: "row-name" }, operator.name, h("small", {}, more)),
    );
  }

  drawPanel() {
    const operator = this.operators.find((one) => one.id === this.chosen);
    if (!operator) return this.panel.replaceChildren();
    const rename = h("button", { type: "button", on: { click: () => this.rename(operator) } }, icon("pen"), "Rename");
    const signIn = operator.hasPassword || operator.rfid ? "" : "Neither password nor badge: this operator cannot sign in.";
    this.panel.replaceChildren(
      h("header", { class: "panel-head" }, h("h2", {}, operator.name), rename),
      h("p", { class: "aside" }, `${count(operator.units, "finished unit")}.`),
      choice("role", "Role", ROLES, operator.role, (role) => this.change(operator, { role })),
      h("h3", {}, "Signing in"),
      signIn && h("p", { class: "trouble" }, signIn),
      fact("Password", operator.hasPassword ? "set" : "none", [
        operator.hasPassword ? "New password" : "Set a password",
        () => this.password(operator),
      ]),
      fact(
        "Badge",
        operator.rfid || "none",
        [operator.rfid ? "Another badge" : "Give a badge", () => this.badge(operator)],
        operator.rfid && ["Take away", () => this.change(operator, { rfid: "" })],
      ),
      fact("State", operator.active ? "active" : "inactive: cannot sign in", [
        operator.active ? "Make inactive" : "Make active",
        () => this.change(operator, { active: !operator.active }),
      ]),
    );
    return undefined;
  }

  // Role, badge and state, each with its way back.
  change(operator, wish) {
    const [field] = Object.keys(wish);
    const set = { role: catalogue.setRole, rfid: catalogue.setBadge, active: catalogue.setActive }[field];
    const words = {
      role: () => `${operator.name} is ${roleWords(wish.role)} now.`,
      rfid: () => (wish.rfid ? `${operator.name} has another badge.` : `${operator.name} has no badge any more.`),
      active: () => `${operator.name} is ${wish.active ? "active" : "inactive, and signed out"}.`,
    }[field]();
    return this.done(() => set(operator.id, wish[field]), words, () => set(operator.id, operator[field]));
  }

  done(work, words, back) {
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

  async rename(operator) {
    const saved = await askForm({
      title: `Rename ${operator.name}`,
      fields: names(operator),
      save: (values) => catalogue.setName(operator.id, values),
    });
    if (!saved) return;
    await this.attempt(() => this.open());
    this.offer(`${operator.name} is called ${`${saved.first} ${saved.last}`.trim()} now.`, () => catalogue.setName(operator.id, operator));
  }

  async password(operator) {
    const text = passwordLoss(operator);
    const saved = await askForm({
      title: `${operator.hasPassword ? "New" : "A"} password for ${operator.name}`,
      text: text && `${text} This cannot be undone.`,
      fields: [{ ...SECRET, label: "PIN or password", required: true }],
      save: ({ password }) => catalogue.setPassword(operator.id, password),
    });
    if (saved) await this.attempt(() => this.open());
  }

  async badge(operator) {
    const saved = await askForm({
      title: `A badge for ${operator.name}`,
      text: operator.rfid ? "The old badge works no more, and whoever is signed in by it is signed out." : "",
      fields: [{ name: "rfid", label: "Hold the badge to the reader, or type its number", required: true, maxlength: 200 }],
      save: ({ rfid }) => catalogue.setBadge(operator.id, rfid.trim()),
    });
    if (!saved) return;
    await this.attempt(() => this.open());
    this.offer(`${operator.name} has another badge.`, () => catalogue.setBadge(operator.id, operator.rfid));
  }

  async add() {
    const saved = await askForm({
      title: "Add an operator",
      fields: [
        ...names({ first: "", last: "" }),
        { name: "role", label: "Role", options: ROLES, value: "operator" },
        { ...SECRET, label: "PIN or password (may stay empty)", half: true },
        { name: "rfid", label: "Badge (may stay empty)", maxlength: 200, half: true },
      ],
      confirm: "Add",
      save: async (values) => (this.chosen = String(await catalogue.addOperator({ ...values, rfid: values.rfid.trim() }))),
    });
    if (!saved) return;
    say(this.search, "");
    this.search.value = "";
    await this.attempt(() => this.open());
  }
}

const names = ({ first, last }) => [
  { name: "first", label: "First name", value: first, required: true, maxlength: 100, half: true },
  { name: "last", label: "Last name", value: last, maxlength: 100, half: true },
];

function fact(name, value, ...actions) {
  const buttons = actions.filter(Boolean).map(([words, click]) => h("button", { type: "button", on: { click } }, words));
  return h("div", { class: "fact" }, h("p", {}, h("strong", {}, name), h("span", {}, value)), h("div", { class: "fact-actions" }, buttons));
}
